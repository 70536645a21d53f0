"""The commands as a person types them, against a real origin and a real database."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import unescape
from urllib.parse import unquote, urlsplit

import feedparser
import pytest
from click.testing import CliRunner

from feedhub.cli import main

ADDRESS = re.compile(r'(?:href|src|action|xmlUrl|htmlUrl)="([^"]*)"')


def ago(hours: float) -> str:
    return format_datetime(datetime.now(UTC) - timedelta(hours=hours), usegmt=True)


@pytest.fixture
def three_papers(origin, desk, make_rss):
    fire = [
        (
            "https://a.example/a/brand-i-hamnen-malmo-1",
            "Stor brand i hamnen i Malmö natten mot fredag",
        ),
        (
            "https://b.example/b/hamnbrand-malmo-2",
            "Brand i hamnen i Malmö: flera lastbilar förstörda",
        ),
        ("https://c.example/c/brand-malmo-hamn-3", "Kraftig brand i Malmö hamn under natten"),
    ]
    others = [
        "Riksbanken lämnar räntan oförändrad",
        "Ny bro över älven invigd",
        "Handbollslandslaget vann mot Norge",
    ]
    urls = []
    for n, ((link, title), other) in enumerate(zip(fire, others, strict=True)):
        body = make_rss(
            f"Tidning{n}",
            (link, title, ago(2 + n / 10)),
            (f"https://x{n}.example/nyheter/annat-{n}-{n}", other, ago(1 + n / 10)),
        )
        urls.append(origin.feed(f"/{n}", body))
    desk.sources(*urls)
    return desk


def test_update_then_show_ranks_what_three_papers_tell_first(three_papers):
    result = three_papers.run("update")
    assert result.exit_code == 0, result.output
    popular = json.loads(three_papers.run("show", "popular", "--json").output)
    first = popular["entries"][0]
    assert "hamn" in first["title"]
    assert first["number"] == {"value": 3, "unit": "voices"}
    assert len([e for e in popular["entries"] if "hamn" in e["title"]]) == 1
    assert first["reasons"]
    latest = json.loads(three_papers.run("show", "senaste", "--json").output)
    times = [entry["effective"] for entry in latest["entries"]]
    assert len(times) == 6
    assert times == sorted(times, reverse=True)


def test_a_second_update_asks_nobody_and_all_asks_conditionally(three_papers, origin):
    three_papers.run("update")
    asked = len(origin.requests)
    result = three_papers.run("update")
    assert result.exit_code == 0
    assert len(origin.requests) == asked
    result = three_papers.run("update", "--all")
    assert [conditional for _, conditional in origin.requests[asked:]] == [True] * 3
    assert "not_modified" in result.output


def test_failed_sources_are_named_and_the_rest_goes_on(three_papers, origin):
    origin.documents["/1"] = (404, "text/plain", b"no")
    origin.documents["/2"] = (200, "text/html", b"<!doctype html><title>Hej</title><p>hej")
    result = three_papers.run("update")
    assert result.exit_code == 1
    assert "s1: failed:status" in result.output
    assert "s2: not_a_feed" in result.output
    assert len(json.loads(three_papers.run("show", "senaste", "--json").output)["entries"]) == 2


def test_build_writes_the_lists_that_feedparser_reads_back(three_papers, tmp_path):
    three_papers.run("update")
    out = tmp_path / "site"
    assert three_papers.run("build", str(out)).exit_code == 0
    shown = json.loads(three_papers.run("show", "senaste", "--json").output)["entries"]
    for name in ("senaste.atom", "senaste.rss"):
        feed = feedparser.parse((out / name).read_bytes())
        assert [e.title for e in feed.entries] == [e["title"] for e in shown]
        assert [e.link for e in feed.entries] == [e["link"] for e in shown]
    again = three_papers.run("build", str(out))
    assert "0 files written" in again.output
    assert "Malmö" in (out / "index.html").read_text("utf-8")


def test_every_address_in_files_leads_to_a_file(three_papers, tmp_path):
    three_papers.run("update")
    out = tmp_path / "site"
    assert three_papers.run("build", str(out)).exit_code == 0
    dead = set()
    for path in out.rglob("*"):
        if path.suffix in (".html", ".atom", ".rss", ".opml"):
            for found in ADDRESS.findall(path.read_text("utf-8")):
                name = unescape(found).removeprefix("http://127.0.0.1:8000")
                file = out / unquote(urlsplit(name).path).strip("/")
                if name.startswith("/") and not (file.is_file() or (file / "index.html").is_file()):
                    dead.add((name, path.relative_to(out)))
    assert not dead
    assert (out / "senaste/archive/0/index.html").is_file()


def test_check_says_good_and_counts(three_papers):
    result = three_papers.run("check")
    assert result.exit_code == 0
    assert "3 sources" in result.output


def test_a_list_by_a_category_of_the_feeds_own_is_noted_and_obeyed(desk):
    desk.write("sources: [https://a.example/f]\nlists:\n  sport: {where: {category: sport}}\n")
    result = desk.run("check")
    assert result.exit_code == 0
    assert "feeds.yaml:3:29: lists.sport.where.category: no source has" in result.output
    found = json.loads(desk.run("check", "--json").output)
    assert found["good"]
    assert len(found["notes"]) == 1
    doctor = json.loads(desk.run("doctor", "--offline", "--json").output)
    assert [one["about"] for one in doctor if one["level"] == "note"] == ["feeds.yaml", "database"]


def test_check_online_tries_each_and_stores_nothing(three_papers):
    result = three_papers.run("check", "--online")
    assert result.exit_code == 0
    assert result.output.count("ok: 2 items") == 3
    assert not (three_papers.folder / "feedhub.db").exists()


def test_mistakes_are_lines_with_exit_code_2(desk):
    desk.write("sources:\n  - url: https://a.example/f\n    intervall: 15m\n")
    for command in ("update", "check", "run"):
        result = desk.run(command)
        assert result.exit_code == 2
        assert "feeds.yaml:3:5" in result.output
        assert 'did you mean "interval"' in result.output
        assert "Traceback" not in result.output


def test_a_missing_configuration_is_one_line(desk):
    result = desk.run("update")
    assert result.exit_code == 2
    assert len(result.output.strip().splitlines()) == 1


def test_an_unknown_list_names_those_there_are(three_papers):
    result = three_papers.run("show", "sport")
    assert result.exit_code == 2
    assert "senaste, popular" in result.output


def test_show_before_any_update_says_what_to_do(three_papers):
    result = three_papers.run("show", "popular")
    assert result.exit_code == 2
    assert "feedhub update" in result.output


def test_where_nothing_can_be_reached_the_demo_is_named(desk):
    desk.sources("http://127.0.0.1:1/a", "http://127.0.0.1:1/b")
    result = desk.run("update")
    assert result.exit_code == 1
    assert "feedhub demo" in result.output


@pytest.mark.parametrize(
    "command", ["run", "update", "build", "show", "check", "demo", "completion"]
)
def test_every_command_has_help_with_an_example(command):
    assert command in CliRunner().invoke(main, ["--help"]).output
    result = CliRunner().invoke(main, [command, "--help"])
    assert result.exit_code == 0
    assert "Example" in result.output


def test_version():
    assert CliRunner().invoke(main, ["--version"]).output.startswith("feedhub ")


class TestSources:
    def test_list_shows_outcomes(self, three_papers):
        three_papers.run("update")
        rows = json.loads(three_papers.run("sources", "list", "--json").output)
        assert [(row["id"], row["outcome"], row["items"]) for row in rows] == [
            (f"s{n}", "ok", 2) for n in range(3)
        ]
        assert "Källa 1" in three_papers.run("sources", "list").output

    def test_add_takes_the_feed_that_a_page_names_and_keeps_comments(self, origin, desk, make_rss):
        feed = origin.feed("/nyheter.rss", make_rss("Ny", ("https://a.example/1", "En", ago(1))))
        link = b'<link rel="alternate" type="application/rss+xml" href="/nyheter.rss">'
        origin.documents["/"] = (200, "text/html", b"<!doctype html>" + link)
        desk.write("# mina\nsources:\n  - https://a.example/feed  # den första\n")
        result = desk.run("sources", "add", f"{origin.base}/", "--allow-private", "--yes")
        assert result.exit_code == 0, result.output
        text = (desk.folder / "feeds.yaml").read_text("utf-8")
        assert feed in text
        assert "# mina" in text
        assert "# den första" in text
        assert desk.run("check").exit_code == 0

    def test_add_of_what_is_no_feed_says_so(self, origin, desk):
        desk.write("sources: []\n")
        result = desk.run("sources", "add", f"{origin.base}/x", "--allow-private")
        assert result.exit_code == 2
        assert "failed:status" in result.output

    def test_remove_and_import_and_export(self, desk, tmp_path):
        desk.write("sources:\n  - https://a.example/feed\n  - https://b.example/feed\n")
        assert desk.run("sources", "remove", "https://a.example/feed").exit_code == 0
        exported = desk.run("sources", "export").output
        assert "https://b.example/feed" in exported
        assert "https://a.example/feed" not in exported
        opml = tmp_path / "x.opml"
        opml.write_text(exported.replace("b.example", "c.example"), encoding="utf-8")
        assert "1 source added" in desk.run("sources", "import", str(opml)).output
        assert "c.example" in (desk.folder / "feeds.yaml").read_text("utf-8")

    def test_export_has_the_titles_of_feeds_and_needs_no_sound_database(
        self, desk, origin, make_rss
    ):
        url = origin.feed("/a", make_rss("Bladet å", ("https://a.example/1", "Ett ord", "")))
        desk.write(f"sources: [{{url: '{url}', allow_private: true}}]\n")
        desk.run("update", "-q")
        assert 'text="Bladet å"' in desk.run("sources", "export").stdout
        for path in desk.folder.glob("feedhub.db*"):
            path.unlink()
        (desk.folder / "feedhub.db").write_text("no database")
        result = desk.run("sources", "export")
        assert result.exit_code == 0
        assert f'text="{url}"' in result.stdout
        assert "feedhub.db" in result.stderr

    def test_import_tells_what_it_would_do_and_what_it_saw(self, desk, tmp_path):
        desk.write("sources:\n  - https://a.example/feed\n")
        opml = tmp_path / "x.opml"
        opml.write_bytes(
            b'<opml><body>\r\n<outline text="Sport"><outline text="R&D" xmlUrl="https://b.example/f"/>'
            b'</outline>\r\n<outline text="M" xmlUrl="mailto:x"/>\r\n'
            b'<outline text="A" xmlUrl="https://a.example/feed"/></body></opml>'
        )
        told = json.loads(desk.run("sources", "import", str(opml), "--dry-run", "--json").stdout)
        assert told["added"] == [{"url": "https://b.example/f", "name": "R&D", "category": "Sport"}]
        assert told["there_already"] == 1
        assert [note.partition(":")[0] for note in told["notes"]] == [
            "line 3",
            "not well-formed, read all the same",
        ]
        assert "b.example" not in (desk.folder / "feeds.yaml").read_text("utf-8")
        result = desk.run("sources", "import", str(opml))
        assert "1 source added, 1 there already" in result.stdout
        assert "line 3" in result.stderr
        assert "category: Sport" in (desk.folder / "feeds.yaml").read_text("utf-8")

    def test_import_into_an_included_file(self, desk, tmp_path):
        desk.write("include: planet.yaml\nsources: []\n")
        (desk.folder / "planet.yaml").write_text("# of the planet\nsources:\n")
        ini = tmp_path / "planet.ini"
        ini.write_text("[Planet]\nname = P\n[https://a.example/f]\nname = Anna\n")
        to = str(desk.folder / "planet.yaml")
        assert desk.run("sources", "import", str(ini), "--to", to).exit_code == 0
        text = (desk.folder / "planet.yaml").read_text("utf-8")
        assert text == "# of the planet\nsources:\n  - url: https://a.example/f\n    name: Anna\n"

    def test_what_is_no_list_is_said(self, desk, tmp_path):
        desk.write("sources: []\n")
        (tmp_path / "x.opml").write_text("<html>")
        result = desk.run("sources", "import", str(tmp_path / "x.opml"))
        assert result.exit_code == 2
        assert "no feeds were found" in result.output

    def test_test_says_what_a_source_gives_and_leaves_no_trace(self, three_papers, origin):
        result = three_papers.run("sources", "test", "Källa 0", f"{origin.base}/1")
        assert result.exit_code == 0, result.output
        assert "s0: ok: 2 items" in result.output
        assert "newest:" in result.output
        assert re.search(r"asked again after \d{4}-\d\d-\d\d \d\d:\d\d: every", result.output)
        assert not (three_papers.folder / "feedhub.db").exists()
        origin.documents["/2"] = (404, "text/plain", b"no")
        result = three_papers.run("sources", "test", "--json")
        assert result.exit_code == 1
        rows = json.loads(result.stdout)
        assert [row["outcome"] for row in rows] == ["ok", "ok", "failed:status"]
        assert [row["items"] for row in rows] == [2, 2, 0]

    def test_test_of_an_address_that_is_not_in_the_file(self, three_papers, origin):
        url = f"{origin.base}/0?x"
        assert "failed:address" in three_papers.run("sources", "test", url).output
        origin.documents["/0?x"] = origin.documents["/0"]
        assert "ok: 2 items" in three_papers.run("sources", "test", url, "--allow-private").output
        result = three_papers.run("sources", "test", "nobody")
        assert result.exit_code == 2
        assert "no source has" in result.output


class TestStories:
    def entries(self, desk):
        return json.loads(desk.run("show", "senaste", "--json").output)["entries"]

    def test_split_and_join_hold(self, three_papers):
        three_papers.run("update")
        fire = [e for e in self.entries(three_papers) if "hamn" in e["title"].lower()]
        assert len({e["story"] for e in fire}) == 1
        one, other = fire[0]["item"], fire[1]["item"]
        assert three_papers.run("stories", "split", one, other).exit_code == 0
        three_papers.run("update", "--all")
        split = {e["item"]: e["story"] for e in self.entries(three_papers)}
        assert split[one] != split[other]
        assert three_papers.run("stories", "join", one, other, "--note", "samma").exit_code == 0
        joined = {e["item"]: e["story"] for e in self.entries(three_papers)}
        assert joined[one] == joined[other]
        shown = json.loads(three_papers.run("stories", "show", one, "--json").output)
        assert {one, other} <= {row["item"] for row in shown}

    def test_a_join_that_a_split_forbids_is_refused_by_name(self, three_papers):
        three_papers.run("update")
        one, two, three = [entry["item"] for entry in self.entries(three_papers)][:3]
        assert three_papers.run("stories", "split", one, three).exit_code == 0
        assert three_papers.run("stories", "join", one, two).exit_code == 0
        refused = three_papers.run("stories", "join", two, three)
        assert refused.exit_code == 2
        assert len(refused.output.strip().splitlines()) == 1
        assert "were split by hand" in refused.output
        assert three_papers.run("stories", "join", one, three).exit_code == 0
        assert three_papers.run("stories", "join", two, three).exit_code == 0

    def test_explain_one_and_two(self, three_papers):
        three_papers.run("update")
        entries = self.entries(three_papers)
        fire = [e for e in entries if "hamn" in e["title"].lower()]
        rest = next(e for e in entries if "hamn" not in e["title"].lower())
        why = json.loads(three_papers.run("explain", fire[0]["story"], "--json").output)
        assert set(why["popular"]["popular"]["voices"]) == {"p0", "p1", "p2"}
        assert why["popular"]["popular"]["reasons"]
        same = json.loads(
            three_papers.run("explain", fire[0]["item"], fire[1]["item"], "--json").output
        )
        assert same["same_story"]
        other = three_papers.run("explain", fire[0]["item"], rest["item"])
        assert "two stories" in other.output

    def test_explain_calls_lists_as_people_do(self, three_papers):
        three_papers.run("update")
        told = three_papers.run("explain", "i1").output
        assert "  senaste: place " in told
        assert "  senaste, its page: place " in told
        assert "senaste.page" not in told

    def test_explain_tells_what_keeps_two_items_apart_and_what_makes_them_one(
        self, three_papers, origin
    ):
        three_papers.run("update")
        one, other, *_ = self.entries(three_papers)
        told = three_papers.run("explain", one["item"], other["item"])
        assert "two items:" in told.output
        why = json.loads(three_papers.run("explain", one["item"], other["item"], "--json").output)
        assert [key["name"] for key in why["keys"]][:3] == ["link", "guid", "headline"]
        assert "two pages: " in why["keys"][0]["text"]
        same = json.loads(three_papers.run("explain", one["item"], one["item"], "--json").output)
        assert same["same_item"]
        assert same["guids"]

    def test_explain_tells_what_editors_have_ordered(self, three_papers):
        three_papers.run("update")
        one = self.entries(three_papers)[0]["item"]
        three_papers.run("hide", one, "--by", "eva", "--note", "dubblett")
        told = three_papers.run("explain", one)
        assert "by hand: hide, eva, " in told.output
        assert told.output.rstrip().endswith(": dubblett")
        why = json.loads(three_papers.run("explain", one, "--json").output)
        assert [hand["action"] for hand in why["hands"]] == ["hide"]

    def test_ids_that_are_none_are_one_line(self, three_papers):
        three_papers.run("update")
        for args in (("explain", "x"), ("explain", "i999"), ("stories", "join", "i1", "s999")):
            result = three_papers.run(*args)
            assert result.exit_code == 2
            assert len(result.output.strip().splitlines()) == 1


def test_manners_are_perfect_after_updates(three_papers):
    three_papers.run("update")
    three_papers.run("update")
    result = three_papers.run("manners", "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.output)["requests"] == 3
    assert "100.00%" in three_papers.run("manners").output


def test_reading_commands_leave_the_database_as_it_is(three_papers, tmp_path):
    three_papers.run("update")
    db = three_papers.folder / "feedhub.db"
    before = db.read_bytes()
    other = tmp_path / "other.yaml"
    other.write_text("sources: []\n", encoding="utf-8")
    for args in (
        ("show", "popular", "--json"),
        ("explain", "i1"),
        ("manners",),
        ("sources", "list"),
        ("stories", "show", "i1"),
    ):
        assert three_papers.run(*args).exit_code == 0, args
    result = CliRunner().invoke(main, ["show", "-c", str(other), "--db", str(db), "senaste"])
    assert result.exit_code == 0
    assert db.read_bytes() == before


def test_titles_that_look_like_markup_are_shown_as_they_are(origin, desk, make_rss):
    title = r"Mapp C:\[/temp] och [red]:smile:[/red]"
    desk.sources(origin.feed("/x", make_rss("T", ("https://a.example/a/1", title, ago(1)))))
    desk.run("update")
    shown = " ".join(desk.run("show", "senaste", "--why").output.split())
    assert title in shown


def test_build_overwrites_nobody_elses_files(three_papers, tmp_path):
    three_papers.run("update")
    site = tmp_path / "site"
    site.mkdir()
    (site / "index.html").write_text("min egen sida", encoding="utf-8")
    (site / "annat.txt").write_text("x", encoding="utf-8")
    result = three_papers.run("build", str(site))
    assert result.exit_code == 2
    assert "index.html" in result.output
    assert sorted(path.name for path in site.iterdir()) == ["annat.txt", "index.html"]
    (site / "index.html").unlink()
    assert three_papers.run("build", str(site)).exit_code == 0
    assert (site / "annat.txt").exists()
