"""Which article an entry is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from feedhub.dedupe import ARTICLES, candidates, registrable_domain, source_publisher
from feedhub.dedupe.identity import is_article_link, title_likeness
from feedhub.dedupe.times import effective_time
from feedhub.model import (
    Entry,
    FetchState,
    GuidCheck,
    GuidTrust,
    Key,
    KnownItem,
    ParsedFeed,
    Source,
    StoredSource,
)

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def entry(**changes) -> Entry:
    return Entry(hash=b"h", position=0, **changes)


def stored(**changes) -> StoredSource:
    return StoredSource(7, Source("a", "https://a.example/feed", **changes), FetchState())


def keys_of(one: Entry, **feed) -> list[tuple[int, str]]:
    parsed = ParsedFeed(format="rss20", entries=(one,), **feed)
    (candidate,) = candidates(parsed, stored(), NOW)
    return [(key.scope, key.kind) for key in candidate.lookup]


ARTICLE = "https://a.example/inrikes/en-lang-rubrik-1"


def test_a_guid_used_once_comes_first_then_the_link_across_sources():
    assert keys_of(entry(guid="g", canonical=ARTICLE)) == [(7, "guid"), (0, "link")]


def test_a_repeated_guid_is_no_key():
    one = entry(guid="/a/", canonical=ARTICLE)
    assert keys_of(one, repeated_guids=frozenset({"/a/"})) == [(0, "link")]


def test_a_front_page_link_never_crosses_sources():
    assert keys_of(entry(guid="g", canonical="https://a.example/")) == [(7, "guid")]
    assert keys_of(entry(canonical="https://a.example/nyheter")) == [(7, "link")]


def test_without_guid_and_link_title_and_day_are_the_key():
    assert keys_of(entry(title="Rubrik")) == [(7, "title")]
    one = entry(title="Rubrik", canonical=ARTICLE)
    assert keys_of(one, repeated_links=frozenset({ARTICLE})) == [(7, "title")]


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("https://a.example/", False),
        ("https://a.example", False),
        ("https://a.example/nyheter", False),
        ("https://a.example/nyheter/sport", False),
        ("https://a.example/?p=12", True),
        ("https://a.example/nyheter/sport/x", True),
        ("https://a.example/en-kort-rubrik", True),
        ("https://a.example/1.234", True),
        ("https://a.example/artikel.html", True),
        ("https://a.example/a/Xyz9", True),
        ("https://a.example/#!/artikel/1", True),
    ],
)
def test_article_links(link, expected):
    assert is_article_link(link) is expected


def known(**changes) -> KnownItem:
    values = {
        "id": 1,
        "source_id": 7,
        "title": "Polisen utreder brand i Malmö",
        "canonical": ARTICLE,
        "published": NOW,
        "guids": frozenset({"g"}),
        **changes,
    }
    return KnownItem(**values)


def judge(one: Entry, kind: str, was: KnownItem) -> bool:
    parsed = ParsedFeed(format="rss20", entries=(one,))
    (candidate,) = candidates(parsed, stored(), NOW)
    return ARTICLES.same_article(candidate, Key(7, kind, "x"), was)


def test_a_corrected_headline_is_the_same_article():
    one = entry(guid="g", title="Ny rubrik helt", canonical=ARTICLE, published=NOW + 9 * HOUR)
    assert judge(one, "guid", known())


def test_a_reused_guid_with_other_title_link_and_time_is_another_article():
    one = entry(guid="g", title="Helt annat", canonical=ARTICLE + "2", published=NOW + 9 * HOUR)
    assert not judge(one, "guid", known())


def test_a_number_given_to_the_next_article_minutes_later_is_reused():
    one = entry(
        guid="1",
        title="Fiskeförbud i älven",
        canonical="https://a.example/inrikes/fiske",
        published=NOW + HOUR / 3,
    )
    assert not judge(one, "guid", known(canonical="https://a.example/inrikes/brand"))


def test_a_guid_that_is_used_again_needs_more_than_a_like_title():
    trust = GuidTrust(trusted=False, reused=2)
    one = entry(
        guid="1", title="Polisen om natten 2 mars", canonical=ARTICLE + "2", published=NOW + HOUR
    )
    parsed = ParsedFeed(format="rss20", entries=(one,))
    was = known(title="Polisen om natten 1 mars", canonical="https://a.example/inrikes/natt-x-y")
    for guids, same in ((GuidTrust(), True), (trust, False)):
        source = StoredSource(7, Source("a", "https://a.example/f"), FetchState(), guids=guids)
        (candidate,) = candidates(parsed, source, NOW)
        key = next(key for key in candidate.lookup if key.kind == "guid")
        assert ARTICLES.same_article(candidate, key, was) is same


def test_a_guid_with_the_number_of_its_revision_is_the_same_guid():
    was = known(guids=frozenset({f"{ARTICLE}#0"}))
    one = entry(guid=f"{ARTICLE}#1", title="Ny rubrik", canonical=ARTICLE, published=NOW + 9 * HOUR)
    assert judge(one, "link", was)
    other = entry(guid=f"{ARTICLE}#p", title="Inlägg", canonical=ARTICLE, published=NOW + 9 * HOUR)
    assert not judge(other, "link", was)


def test_one_article_told_twice_in_a_document_keeps_its_guid():
    twice = [
        entry(guid="g", title="Branden", canonical=f"https://a.example/{where}/b-1", published=NOW)
        for where in ("malmo", "inrikes")
    ]
    parsed = ParsedFeed(format="rss20", entries=tuple(twice), repeated_guids=frozenset({"g"}))
    assert all(c.lookup[0].kind == "guid" for c in candidates(parsed, stored(), NOW))
    other = ParsedFeed(
        format="rss20",
        entries=(twice[0], entry(guid="g", title="Annons", canonical=ARTICLE, published=NOW)),
        repeated_guids=frozenset({"g"}),
    )
    assert all(c.lookup[0].kind == "link" for c in candidates(other, stored(), NOW))


def test_flipped_guids_keep_their_articles():
    one = entry(guid="new", title="Polisen utreder brand i Malmö", canonical=ARTICLE, published=NOW)
    assert judge(one, "link", known())


def test_a_standing_page_gives_a_new_article_a_day():
    one = entry(
        guid="tisdag", title="Vädret på tisdag", canonical=ARTICLE, published=NOW + 24 * HOUR
    )
    assert not judge(one, "link", known(title="Allt om måndagens trafik", guids=frozenset({"m"})))


def test_trust_in_guids_ends_with_the_second_flip_and_changes_only_the_order():
    flip = GuidCheck(entries=10, flipped=9)
    once = ARTICLES.weigh(GuidTrust(), flip)
    assert once.trusted
    twice = ARTICLES.weigh(once, flip)
    assert not twice.trusted
    assert "2 documents" in twice.reason
    one = entry(guid="g", canonical=ARTICLE)
    parsed = ParsedFeed(format="rss20", entries=(one,))
    distrusted = StoredSource(7, Source("a", "https://a.example/f"), FetchState(), guids=twice)
    (candidate,) = candidates(parsed, distrusted, NOW)
    assert [key.kind for key in candidate.lookup] == ["link", "guid"]
    assert set(candidate.remember) == set(candidates(parsed, stored(), NOW)[0].remember)


def test_likeness_is_symmetric_and_one_for_equals():
    assert title_likeness("Å ena sidan", "å ENA  sidan") == 1.0
    assert title_likeness("a b", "b c") == title_likeness("b c", "a b")
    assert title_likeness("", "x") == 0.0


class TestEffectiveTime:
    imported = FetchState(imported_at=NOW - 30 * HOUR, last_ok_at=NOW - HOUR)

    def effective(self, state=imported, **changes):
        return effective_time(entry(**changes), state, NOW)[0]

    def test_published_is_believed_within_two_days(self):
        assert self.effective(published=NOW - 47 * HOUR) == NOW - 47 * HOUR
        assert self.effective(published=NOW - 60 * HOUR) == NOW

    def test_after_our_own_downtime_longer(self):
        away = FetchState(imported_at=NOW - 900 * HOUR, last_ok_at=NOW - 100 * HOUR)
        assert self.effective(away, published=NOW - 120 * HOUR) == NOW - 120 * HOUR

    def test_the_first_import_does_not_flood(self):
        new = FetchState()
        assert self.effective(new, published=NOW - 900 * HOUR) == NOW - 900 * HOUR
        assert self.effective(new) is None

    def test_undated_items_get_the_time_they_were_seen(self):
        assert self.effective() == NOW

    def test_never_in_the_future(self):
        assert self.effective(published=NOW + HOUR) == NOW
        assert self.effective(FetchState(), published=NOW + HOUR) == NOW

    def test_a_day_without_a_time_is_the_moment_of_that_day_nearest_to_us(self):
        midnight = NOW.replace(hour=0)
        assert self.effective(published=midnight, date_only=True) == NOW
        yesterday = midnight - 24 * HOUR
        assert self.effective(published=yesterday, date_only=True) == midnight - timedelta(
            seconds=1
        )


@pytest.mark.parametrize(
    ("url", "domain"),
    [
        ("https://www.svt.example/rss.xml", "svt.example"),
        ("https://news.bbc.co.uk/x", "bbc.co.uk"),
        ("http://127.0.0.1:8000/feed", "127.0.0.1"),
        ("https://min.blogspot.com/feed", "min.blogspot.com"),
        ("https://localhost/", "localhost"),
        ("nonsense", None),
    ],
)
def test_registrable_domains(url, domain):
    assert registrable_domain(url) == domain


def test_the_voice_is_the_site_not_the_host_of_its_feed():
    source = Source("a", "https://feeds.host.example/x")
    assert source_publisher(source, "https://www.tidning.example/") == "tidning.example"
    assert source_publisher(source, None) == "host.example"
    assert source_publisher(Source("a", "https://x.example", publisher="Y"), None) == "Y"


def test_an_aggregators_item_belongs_to_the_outlet_it_names():
    one = entry(guid="g", link="https://www.dn.example/a/1", title="x")
    parsed = ParsedFeed(format="rss20", entries=(one,))
    (candidate,) = candidates(parsed, stored(role="aggregator"), NOW)
    assert candidate.publisher == "dn.example"
    (own,) = candidates(parsed, stored(), NOW)
    assert own.publisher is None
