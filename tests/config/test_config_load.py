"""What a good feeds.yaml means."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from feedhub.config import load_config
from feedhub.config.list_settings import ListSettings, WeightSettings, WhereSettings
from feedhub.config.settings import HubSettings
from feedhub.config.source_settings import SourceSettings
from feedhub.errors import ConfigErrors
from feedhub.model import Access, Auth, Config, DropRule, Hub, ListSpec, ParseRules, Source, Where
from feedhub.rank.tuning import TERMS

Load = Callable[..., Config]
Mistakes = Callable[..., list[str]]

EXAMPLE = """
hub:
  title: Min nyhetshub
  base_url: http://127.0.0.1:8000     # what subscribers see
  listen: 127.0.0.1:8000
  language: sv
  timezone: Europe/Stockholm
sources:
  - https://www.svt.se/rss.xml         # a bare address is enough
  - url: https://www.dn.se/nyheter/rss/
    name: Dagens Nyheter
    publisher: dn.se                    # sections of one paper are one voice
    category: sport
    interval: 15m
lists:                                  # senaste and popular are there without being named
  popular: {title: Populärt just nu, order: popular, window: 24h, limit: 30}
  sport:   {title: Senaste sport, order: latest, where: {category: sport}}
"""


def test_the_example(load: Load) -> None:
    config = load(EXAMPLE)
    assert config.hub == Hub(title="Min nyhetshub")
    assert config.sources == (
        Source(key="https://www.svt.se/rss.xml", url="https://www.svt.se/rss.xml"),
        Source(
            key="https://www.dn.se/nyheter/rss/",
            url="https://www.dn.se/nyheter/rss/",
            name="Dagens Nyheter",
            publisher="dn.se",
            category="sport",
            interval=timedelta(minutes=15),
        ),
    )
    assert config.lists == (
        ListSpec(slug="senaste", title="Senaste nytt", order="latest", fair=True),
        ListSpec(slug="popular", title="Populärt just nu", order="popular"),
        ListSpec(
            slug="sport",
            title="Senaste sport",
            order="latest",
            fair=True,
            where=Where(category=frozenset({"sport"})),
        ),
    )
    assert config.path.endswith("feeds.yaml")


def test_the_repository_has_a_front_page(repository: Path) -> None:
    config = load_config(repository / "feeds.yaml", {})
    assert 15 <= len(config.sources) <= 20
    assert {spec.slug for spec in config.lists} > {"senaste", "popular"}
    assert all(source.name and source.publisher and source.category for source in config.sources)
    assert all(source.interval is None and source.enabled for source in config.sources)
    outlets = [source.publisher for source in config.sources]
    assert len(set(outlets)) >= 15


def test_a_file_with_sources_alone_has_all_defaults(load: Load) -> None:
    config = load("sources: [https://example.org/rss]")
    assert config.hub == Hub()
    assert [spec.slug for spec in config.lists] == ["senaste", "popular"]


@pytest.mark.parametrize("text", ["sources:", "sources: []", "sources:\n  # - https://a.se/rss\n"])
def test_no_sources_yet_is_no_mistake(load: Load, text: str) -> None:
    assert load(text).sources == ()


def test_words_stay_words(load: Load) -> None:
    config = load(
        "hub: {title: 12:30, language: no}\n"
        "sources:\n"
        "  - {url: https://example.org/rss, name: no, category: 0777, publisher: 2026-01-01}\n"
        "  - {url: https://example.org/b, name: 1_000, category: on, publisher: 1e3}\n"
        'lists: {y: {title: "null", where: {category: on, words: [no, yes, 0x1F]}}}\n'
    )
    first, second = config.sources
    assert (config.hub.title, config.hub.language) == ("12:30", "no")
    assert (first.name, first.category, first.publisher) == ("no", "0777", "2026-01-01")
    assert (second.name, second.category, second.publisher) == ("1_000", "on", "1e3")
    assert config.lists[2].title == "null"
    assert config.lists[2].where.words == ("no", "yes", "0x1F")


def test_every_key_of_a_source(load: Load) -> None:
    (source,) = load(
        """
sources:
  - url: HTTP://Example.org:80/feed#top
    id: example
    name: " An  example "
    owner: example.org
    category: world
    interval: 1h30m
    language: EN-gb
    timezone: America/New_York
    encoding: Windows-1252
    content: full
    weight: 0.5
    role: toplist
    ordered: editorial
    rate_group: slow
    allow_private: true
    enabled: False
"""
    ).sources
    for name, value in {
        "key": "example",
        "url": "http://example.org/feed",
        "name": "An example",
        "publisher": "example.org",
        "category": "world",
        "interval": timedelta(minutes=90),
        "language": "en-GB",
        "timezone": "America/New_York",
        "encoding": "windows-1252",
        "content": "full",
        "weight": 0.5,
        "role": "toplist",
        "ordered": "editorial",
        "rate_group": "slow",
        "allow_private": True,
        "enabled": False,
    }.items():
        assert getattr(source, name) == value, name


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("300s", timedelta(minutes=5)),
        ("15m", timedelta(minutes=15)),
        ("2h", timedelta(hours=2)),
        ("1h30m", timedelta(minutes=90)),
        ("1d", timedelta(days=1)),
        ("24h", timedelta(days=1)),
    ],
)
def test_intervals(load: Load, text: str, length: timedelta) -> None:
    (source,) = load(f"sources: [{{url: https://example.org/rss, interval: {text}}}]").sources
    assert source.interval == length


def test_an_address_with_spaces_and_dashes_is_one(load: Load) -> None:
    config = load("sources:\n  - https://example.org/News - World.xml\n")
    assert config.sources[0].url == "https://example.org/News%20-%20World.xml"


def test_repairs_and_reach(load: Load, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").touch()
    basic, bearer, inline = load(
        """
sources:
  - url: https://example.org/rss
    strip_title: "Just nu: "
    strip_title_end: [" | Bladet", " - Bladet"]
    strip_kicker: true
    drop:
      - link: "*/annons/*"
      - {category: Annons, name: ads}
    paywall: [{title: "Plus:"}]
    fast: false
    headers: {X-Key: "${KEY}", Accept-Language: sv}
    auth: {user: me, password: "${KEY}"}
    proxy: http://me:pass@127.0.0.1:3128
    ca_file: ca.pem
    timeout: 20s
  - {url: https://example.org/b, auth: {bearer: "${KEY}"}}
  - https://me:hunter%202@example.org/c
""",
        KEY="s3cret",
    ).sources
    assert basic.rules == ParseRules(
        strip_title=("Just nu: ",),
        strip_title_end=(" | Bladet", " - Bladet"),
        strip_kicker=True,
        drop=(DropRule("link", "*/annons/*"), DropRule("category", "Annons", "ads")),
        paywall=(DropRule("title", "Plus:"),),
        fast=False,
    )
    assert basic.headers == (("X-Key", "s3cret"), ("Accept-Language", "sv"))
    assert basic.auth == Auth("basic", "me", "s3cret")
    assert basic.proxy == "http://me:pass@127.0.0.1:3128"
    assert basic.ca_file == str(tmp_path / "ca.pem")
    assert basic.timeout == timedelta(seconds=20)
    assert bearer.auth == Auth("bearer", "", "s3cret")
    assert (inline.url, inline.auth) == ("https://example.org/c", Auth("basic", "me", "hunter 2"))
    assert inline.key == inline.url


def test_mistakes_in_repairs_and_reach(mistakes: Mistakes) -> None:
    lines = mistakes(
        """
sources:
  - url: https://example.org/rss
    drop: [{link: a, title: b}, {name: c}, d]
    headers: {Host: hunter2, "a b": hunter2, Authorization: hunter2, X: "hunt\\ner2", Y: [a]}
    auth: {user: hunter2}
    proxy: socks5://hunter2
    ca_file: nowhere.pem
    timeout: 1h
  - {url: https://example.org/b, auth: {user: a, password: "hunter2é"}, proxy: {}}
  - {url: https://example.org/c, auth: {user: a, password: hunter2, bearer: hunter2}}
"""
    )
    assert [line.partition(": ")[2] for line in lines] == [
        "sources[0].drop[0]: must have one of link:, category: and title:",
        "sources[0].drop[1]: must have one of link:, category: and title:",
        "sources[0].drop[2]: must be keys and values",
        'sources[0].headers.Host: "Host" is a header that feedhub sets itself',
        'sources[0].headers.a b: "a b" is not the name of a header',
        'sources[0].headers.Authorization: "Authorization" is not set here; use auth:',
        "sources[0].headers.X: the value (not shown) must be plain printable ASCII on one line",
        "sources[0].headers.Y: a list stands where text is expected",
        "sources[0].auth: must have user: and password:, or bearer: alone",
        "sources[0].proxy: the value (not shown) is not a proxy such as http://127.0.0.1:3128",
        'sources[0].ca_file: "nowhere.pem" is not a file that is there',
        'sources[0].timeout: "1h" is out of bounds: 1s to 5m',
        "sources[1].auth.password: the value (not shown) must be plain printable ASCII on one line",
        "sources[1].proxy: keys and values stand where an address such as "
        "http://127.0.0.1:3128 is expected",
        "sources[2].auth: must have user: and password:, or bearer: alone",
    ]


def test_weights_name_the_terms_of_ranking(load: Load) -> None:
    config = load("sources: []\nlists: {popular: {weights: {coverage: 2, counts: 0}}}")
    assert config.lists[1].weights == {"coverage": 2.0, "counts": 0.0}
    assert set(WeightSettings.model_fields) == set(TERMS)


@pytest.mark.parametrize("text", ["4m59s", "24h1s", "1w", "0m", "-15m", "15", "15 m", "1.5h", "٣h"])
def test_refused_intervals(mistakes: Mistakes, text: str) -> None:
    (line,) = mistakes(f'sources: [{{url: https://example.org/rss, interval: "{text}"}}]')
    assert line.startswith(f'feeds.yaml:1:52: sources[0].interval: "{text}" is ')


@pytest.mark.parametrize(
    ("listen", "host", "port", "base_url"),
    [
        ("127.0.0.1:8000", "127.0.0.1", 8000, "http://127.0.0.1:8000"),
        ("0.0.0.0:80", "0.0.0.0", 80, "http://127.0.0.1:80"),
        ('"[::1]:8000"', "::1", 8000, "http://[::1]:8000"),
        ('"[::]:0"', "::", 0, "http://[::1]:0"),
        ("localhost:65535", "localhost", 65535, "http://localhost:65535"),
    ],
)
def test_listen(load: Load, listen: str, host: str, port: int, base_url: str) -> None:
    hub = load(f"hub: {{listen: {listen}}}\nsources: []").hub
    assert (hub.listen_host, hub.listen_port, hub.base_url) == (host, port, base_url)


@pytest.mark.parametrize(
    "text", ["8000", ":8000", "localhost", "::1:80", "a:65536", "[::1]", "a:b"]
)
def test_refused_listen(mistakes: Mistakes, text: str) -> None:
    (line,) = mistakes(f'hub: {{listen: "{text}"}}\nsources: []')
    assert line.startswith(f'feeds.yaml:1:15: hub.listen: "{text}" ')


@pytest.mark.parametrize(
    ("text", "base_url"),
    [
        ("https://News.Example.org/", "https://news.example.org"),
        ("https://example.org/news/", "https://example.org/news"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("https://example.org:443", "https://example.org"),
    ],
)
def test_base_url(load: Load, text: str, base_url: str) -> None:
    assert load(f"hub: {{base_url: '{text}'}}\nsources: []").hub.base_url == base_url


@pytest.mark.parametrize(
    "text", ["example.org", "ftp://example.org", "https://a.se/?x=1", "https://a.se/#x", "//a.se"]
)
def test_refused_base_url(mistakes: Mistakes, text: str) -> None:
    (line,) = mistakes(f'hub: {{base_url: "{text}"}}\nsources: []')
    assert line.startswith(f'feeds.yaml:1:17: hub.base_url: "{text}" ')


def test_base_url_holds_no_password(mistakes: Mistakes) -> None:
    (line,) = mistakes('hub: {base_url: "https://me:hunter2@a.se"}\nsources: []')
    assert "hunter2" not in line


class TestLists:
    def titles(self, load: Load, language: str) -> list[str]:
        return [spec.title for spec in load(f"hub: {{language: {language}}}\nsources: []").lists]

    def test_default_titles_follow_the_language(self, load: Load) -> None:
        assert self.titles(load, "sv-FI") == ["Senaste nytt", "Populärt just nu"]
        assert self.titles(load, "en") == ["Latest", "Popular right now"]
        assert self.titles(load, "de") == ["Latest", "Popular right now"]

    def test_a_change_leaves_the_other_defaults(self, load: Load) -> None:
        _, popular = load("sources: []\nlists: {popular: {limit: 5}}").lists
        assert popular == ListSpec(
            slug="popular", title="Populärt just nu", order="popular", limit=5
        )

    def test_null_removes(self, load: Load) -> None:
        lists = load("sources: []\nlists: {popular: null, own: {}, gone: null}").lists
        assert [spec.slug for spec in lists] == ["senaste", "own"]

    def test_an_own_list(self, load: Load) -> None:
        spec = load(
            """
sources:
  - {url: https://example.org/rss, name: Exempel, category: sport}
  - {url: https://example.org/b, id: b, category: kultur}
lists:
  own:
    order: popular
    window: 3d
    limit: 7
    description: Only the best
    fair: true
    collapse: story
    where:
      category: [sport, kultur]
      source: [Exempel, HTTPS://example.org/b, https://example.org:443/rss]
      publisher: example.org
      language: [sv, en-gb]
      words: [hockey, innebandy]
      not_words: quiz
      min_voices: 2
      max_age: 1w
"""
        ).lists[2]
        assert spec == ListSpec(
            slug="own",
            title="Own",
            order="popular",
            limit=7,
            window=timedelta(days=3),
            description="Only the best",
            fair=True,
            collapse=True,
            where=Where(
                category=frozenset({"sport", "kultur"}),
                source=frozenset({"Exempel", "b", "https://example.org/rss"}),
                publisher=frozenset({"example.org"}),
                language=frozenset({"sv", "en-GB"}),
                words=("hockey", "innebandy"),
                exclude_words=("quiz",),
                min_voices=2,
                max_age=timedelta(weeks=1),
            ),
        )


class TestEnvironment:
    def test_values_come_from_it(self, load: Load) -> None:
        config = load(
            "hub:\n"
            "  contact: ${CONTACT:-}\n"
            "  title: ${TITLE:-A hub} for $$5 or $5\n"
            '  description: "$${NOT}"\n'
            "sources:\n  - https://example.org/rss?key=${KEY}\n"
            '  - {url: "https://example.org/b", enabled: "${ON}"}\n',
            KEY="s3cret",
            TITLE="",
            ON="false",
        )
        assert config.hub.contact is None
        assert config.hub.title == "A hub for $5 or $5"
        assert config.hub.description == "${NOT}"
        assert config.sources[0].url == "https://example.org/rss?key=${KEY}"
        assert config.sources[0].unveiled(config.sources[0].url).endswith("?key=s3cret")
        assert config.sources[1].enabled is False

    def test_a_value_that_looks_like_yaml_is_text(self, load: Load) -> None:
        assert load("hub: {title: '${T}'}\nsources: []", T="a: [b, *c]").hub.title == "a: [b, *c]"

    def test_no_message_shows_a_value(self, mistakes: Mistakes) -> None:
        lines = mistakes(
            "hub: {listen: '${S}', base_url: '${S}', timezone: '${S}'}\n"
            "sources:\n"
            "  - ${S}\n"
            "  - {url: '${S}', role: '${S}', id: 'a ${S}', encoding: '${S}'}\n"
            "  - https://me:hunter2@/\n"
            "  - {url: 'https://example.org', x: hunter2.example.org}\n"
            "lists: {a: {where: {category: '${S}', max_age: '${S}'}}}\n",
            S="hunter2.example.org/rss",
        )
        assert len(lines) == 11
        assert not [line for line in lines if "hunter2" in line]


class TestYaml:
    def test_anchors_and_merges(self, load: Load) -> None:
        config = load(
            "x-slow: &slow {interval: 2h, category: local, weight: 0.5}\n"
            "sources:\n"
            "  - {<<: *slow, url: https://example.org/a}\n"
            "  - {url: https://example.org/b, <<: [{weight: 3}, *slow], interval: 3h}\n"
        )
        first, second = config.sources
        assert (first.interval, first.category) == (timedelta(hours=2), "local")
        assert (second.interval, second.weight) == (timedelta(hours=3), 3.0)

    def test_a_mistake_in_an_alias_is_shown_where_it_is_written(self, mistakes: Mistakes) -> None:
        lines = mistakes(
            "x-slow: &slow\n  interval: often\n"
            "sources:\n"
            "  - {<<: *slow, url: https://example.org/a}\n"
        )
        assert lines == [
            'feeds.yaml:2:13: sources[0].interval: "often" is not a duration such as 15m or 2h'
        ]

    @pytest.mark.parametrize("newline", ["\n", "\r\n"])
    def test_windows_files(self, load: Load, newline: str) -> None:
        text = "\ufeff" + EXAMPLE.replace("\n", newline)
        assert len(load(text).sources) == 2

    def test_lines_never_repeat_or_break(self, mistakes: Mistakes) -> None:
        (line,) = mistakes('sources:\n  - "a\\nb\\e[31m"\n')
        assert line.isprintable()


class TestFingerprint:
    def test_is_the_same_for_the_same(self, load: Load) -> None:
        assert load(EXAMPLE).fingerprint == load(f"# a comment\n{EXAMPLE}").fingerprint
        assert len(load(EXAMPLE).fingerprint) == 16

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("publisher: dn.se", "publisher: x.se"),
            ("category: sport\n", "category: sport\n    weight: 2\n"),
            ("limit: 30", "limit: 31"),
            ("window: 24h", "window: 23h"),
            ("order: latest", "order: popular"),
            ("where: {category: sport}", "where: {category: sport, words: a}"),
            ("Europe/Stockholm", "Europe/London"),
        ],
    )
    def test_changes_with_what_ranks(self, load: Load, old: str, new: str) -> None:
        assert old in EXAMPLE
        assert load(EXAMPLE).fingerprint != load(EXAMPLE.replace(old, new)).fingerprint

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("interval: 15m", "interval: 20m"),
            ("title: Senaste sport", "title: Sport"),
            ("title: Min nyhetshub", "title: Din nyhetshub"),
            ("listen: 127.0.0.1:8000", "listen: 127.0.0.1:8001"),
        ],
    )
    def test_stays_with_what_does_not(self, load: Load, old: str, new: str) -> None:
        assert old in EXAMPLE
        assert load(EXAMPLE).fingerprint == load(EXAMPLE.replace(old, new)).fingerprint


def test_the_settings_carry_every_field_of_the_model() -> None:
    """A field that the model gains must be settable in the file."""
    own = {"listen_host": "listen", "listen_port": "listen", "key": "id", "slug": "title"}
    own |= {"rules": "drop", "access": "login", "secrets": "url"}
    for model, settings in (
        (Hub, HubSettings),
        (Source, SourceSettings),
        (ListSpec, ListSettings),
        (Where, WhereSettings),
        (ParseRules, SourceSettings),
    ):
        for field in dataclasses.fields(model):
            assert own.get(field.name, field.name) in settings.model_fields, field.name


def test_who_may_read(load: Load, mistakes: Mistakes) -> None:
    text = 'hub: {token: "${T}", login: {user: vi, password: hemligt}}\nsources: []'
    config = load(text, T="0123456789abcdef")
    assert config.hub.access == Access("0123456789abcdef", "vi", "hemligt")
    assert "hemligt" not in repr(config)
    assert [spec.access for spec in config.lists] == [None, None]
    own = load("sources: []\nlists: {egen: {token: aaaaaaaaaaaaaaaa}}")
    assert own.lists[2].access == Access("aaaaaaaaaaaaaaaa")
    assert own.hub.access is None
    for wrong in ("token: kort", "token: aaaaaaaaaaaaaaaa/", "login: {user: 'a:b', password: c}"):
        (line,) = mistakes(f"hub: {{{wrong}}}\nsources: []")
        assert "hub." in line


def test_hubs_to_tell(load: Load, mistakes: Mistakes) -> None:
    one = load("hub: {websub_hubs: https://hub.example}\nsources: []")
    assert one.hub.websub_hubs == ("https://hub.example/",)
    text = "hub: {websub_hubs: [https://a.example/, https://a.example]}\nsources: []"
    assert load(text).hub.websub_hubs == ("https://a.example/",)
    assert len(mistakes("hub: {websub_hubs: [ftp://a.example/]}\nsources: []")) == 1


def test_five_thousand_sources_load_quickly(load: Load) -> None:
    text = "sources:\n" + "".join(
        f"  - {{url: https://example.org/{n}, name: Source {n}, category: c{n % 9}}}\n"
        for n in range(5000)
    )
    before = time.process_time()
    assert len(load(text).sources) == 5000
    assert time.process_time() - before < 10


def test_a_variable_that_is_no_utf_8_is_a_mistake_and_not_shown(tmp_path: Path) -> None:
    """The system gives Python the bytes of no letter as lone surrogates."""
    path = tmp_path / "feeds.yaml"
    path.write_text("hub: {title: '${HOUSE}'}\nsources: []\n", encoding="utf-8")
    with pytest.raises(ConfigErrors) as caught:
        load_config(path, {"HOUSE": "\udcf6"})
    (line,) = caught.value.lines
    assert line.endswith("hub.title: the environment variable HOUSE is not UTF-8")
