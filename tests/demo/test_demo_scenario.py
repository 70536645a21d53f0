"""The demo's scenario: what is told when, by whom, and in which format."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from itertools import combinations, pairwise
from typing import Any

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedhub.demo.catalogue import Telling, catalogue
from feedhub.demo.scenario import REBUILD, Scenario

START = datetime(2030, 6, 15, 3, 21, 7, 5, tzinfo=UTC)
SCENARIO = Scenario(START, media_base="http://127.0.0.1:9")
FEEDS = sorted(catalogue().feeds)
XML_FEEDS = [key for key in FEEDS if catalogue().feeds[key].format != "json11"]
HOURS = (0, 3, 8, 30)

offsets = st.timedeltas(timedelta(0), timedelta(days=3))
nordic = re.compile(r"[åäöø]")


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def parsed(key: str, now: datetime) -> Any:
    body, content_type = SCENARIO.render_feed(key, now)
    return feedparser.parse(body, response_headers={"content-type": content_type})


def voices(story: str, now: datetime) -> set[str]:
    return {a.feed.publisher for a in SCENARIO.published_until(now) if a.story == story}


# --- the documents ----------------------------------------------------------------------


@pytest.mark.parametrize("hours", HOURS)
@pytest.mark.parametrize("key", XML_FEEDS)
def test_feedparser_reads_every_xml_feed_as_it_was_meant(key: str, hours: int) -> None:
    feed = catalogue().feeds[key]
    found = parsed(key, at(hours))
    edition = SCENARIO.edition(key, at(hours))
    assert bool(found.bozo) == (feed.format == "rss20-sloppy")
    assert found.version == {
        "rss20": "rss20",
        "rss20-sloppy": "rss20",
        "rss10": "rss10",
        "atom10": "atom10",
    }.get(feed.format)
    assert found.feed.title == feed.title
    assert [e.title for e in found.entries] == [a.title for a in edition]
    for entry, article in zip(found.entries, edition, strict=True):
        assert entry.link.split("?")[0] == article.link
        assert entry.link.startswith(f"https://{feed.publisher}/")
        assert entry.summary.strip("\xa0 ") == article.lead
        stamp = entry.get("published_parsed") or entry.updated_parsed
        assert datetime(*stamp[:6], tzinfo=UTC) == article.published.replace(microsecond=0)
        assert entry.tags[0].term == article.section
    assert len({e.id if "id" in e else e.link for e in found.entries}) == len(edition)


def test_windows_1252_it_says_and_windows_1252_it_is() -> None:
    body, content_type = SCENARIO.render_feed("sundahamn", at(0))
    assert content_type.endswith("charset=windows-1252")
    assert b'encoding="windows-1252"' in body
    with pytest.raises(UnicodeDecodeError):
        body.decode("utf-8")
    # A dash is in windows-1252 but not in Latin-1, so the two can be told apart.
    assert b"\x96" in SCENARIO.render_feed("sundahamn", at(4))[0]
    assert nordic.search(body.decode("windows-1252"))
    assert parsed("sundahamn", at(0)).encoding == "windows-1252"


def test_the_sloppy_feed_has_the_faults_it_is_there_for() -> None:
    body = SCENARIO.render_feed("alvskoga", at(0))[0].decode()
    assert body.startswith("\n<?xml")
    assert " & " in body
    assert "&nbsp;" in body
    assert "<cms:" in body
    assert "xmlns:cms" not in body


def test_the_json_feed_has_all_that_a_news_page_shows() -> None:
    body, content_type = SCENARIO.render_feed("kvallsfacklan", at(0))
    assert content_type == "application/feed+json"
    document = json.loads(body)
    assert document["version"] == "https://jsonfeed.org/version/1.1"
    (item,) = (i for i in document["items"] if "spannlag" in i["title"])
    assert item["tags"] == ["Inrikes"]
    assert item["_media"] == {"credit": "Hedda Ljungvall"}
    assert "Foto: Hedda Ljungvall" in item["content_html"]
    assert item["image"].startswith(SCENARIO.media_base)
    assert item["authors"] == [{"name": "Signe Almroth"}]
    assert item["_counts"] == {"shares": 782}
    assert item["summary"].startswith("När brandbilen")
    assert datetime.fromisoformat(item["date_published"]) < START


def test_rss_and_atom_carry_counts_and_photo_credits() -> None:
    for key, name in (("rikskuriren-nyheter", "slash_comments"), ("granposten", "thr_total")):
        entries = parsed(key, at(0)).entries
        assert all(int(entry[name]) >= 0 for entry in entries)
        assert any(int(entry[name]) > 50 for entry in entries)
        assert any(entry.get("media_credit") for entry in entries)


# --- the stories ------------------------------------------------------------------------


def test_enough_is_told() -> None:
    written = catalogue().tellings
    history = SCENARIO.published_until(START)
    assert 120 <= len(written) <= 160
    assert 40 <= len(history) <= 60
    assert min(a.published for a in history) >= START - timedelta(hours=10)
    assert len({told.key for told in written}) == len({told.number for told in written})
    assert len({told.title for told in written}) == len(written) - 2  # two agency copies
    assert len({feed.publisher for feed in SCENARIO.feeds()}) == len(FEEDS) - 1
    assert all(SCENARIO.edition(key, START) for key in FEEDS)


def test_stories_gather_voices_as_told() -> None:
    told_by = {
        "lyftbron": {0: 3, 1: 4},
        "slant": {0: 2, 1: 4},
        "spannlag": {0: 1, 9: 1},
        "norrvinge": {0: 2},
        "ottilia": {0: 1, 0.25: 2, 2.5: 6},
        "vasselius": {2.5: 0, 2.75: 3, 4.25: 7},
        "vmguld": {3: 0, 4: 3},
        "havsornen": {6: 0, 8: 4},
    }
    for story, at_hours in told_by.items():
        for hours, expected in at_hours.items():
            assert len(voices(story, at(hours))) == expected, (story, hours)


def test_at_the_start_one_story_has_three_voices_and_no_other_has_more() -> None:
    counted = {a.story: len(voices(a.story, START)) for a in SCENARIO.published_until(START)}
    assert [story for story, number in counted.items() if number >= 3] == ["lyftbron"]
    assert sum(number == 2 for number in counted.values()) >= 6


def test_agency_copies_are_nearly_the_same_and_say_so() -> None:
    for story in ("farjan", "lokforare"):
        copies = [t for t in catalogue().tellings if t.story == story and t.byline == "Nordtext"]
        assert len(copies) == 2
        assert len({t.title for t in copies}) == 1
        assert len({t.feed for t in copies}) == 2


def _stems(told: Telling) -> set[str]:
    text = f"{told.title} {told.lead}".lower()
    return {word[:6] for word in re.findall(r"\w+", text) if len(word) >= 5}


def test_tellings_of_one_event_share_words_and_others_do_not() -> None:
    language = {key: feed.language for key, feed in catalogue().feeds.items()}
    for one, other in combinations(catalogue().tellings, 2):
        if language[one.feed] != language[other.feed]:
            continue
        shared = _stems(one) & _stems(other)
        if one.story == other.story:
            assert len(shared) >= 2, (one.key, other.key)
        elif {one.story, other.story} != {"lyftbron", "lyftbron-ned"}:  # a sequel
            assert len(shared) <= 3, (one.key, other.key, shared)


def test_a_corrected_headline_keeps_its_address() -> None:
    corrected = [t for t in catalogue().tellings if t.corrected]
    assert corrected
    for told in corrected:
        assert told.corrected_at is not None
        before, after = (
            next(a for a in SCENARIO.published_until(START + moment) if a.key == told.key)
            for moment in (told.corrected_at - timedelta(seconds=1), told.corrected_at)
        )
        assert (before.title, after.title) == (told.title, told.corrected)
        assert (before.link, before.published) == (after.link, after.published)
        assert before.updated == before.published < after.updated


def test_the_endless_part_never_says_the_same_twice_in_days() -> None:
    articles = SCENARIO.published_until(START + timedelta(days=6))
    assert len({a.key for a in articles}) == len(articles)
    assert len({a.link for a in articles}) == len(articles)
    titles = [(a.feed.key, a.title) for a in articles]
    assert len(set(titles)) == len(titles)
    assert not any("{" in a.title + a.lead or "}" in a.title + a.lead for a in articles)
    gaps = [
        newer.published - older.published
        for newer, older in pairwise(articles)
        if older.published > at(7)
    ]
    assert max(gaps) < timedelta(minutes=45)


# --- laws -------------------------------------------------------------------------------


@settings(deadline=None, max_examples=60)
@given(offsets, offsets)
def test_time_only_adds(one: timedelta, other: timedelta) -> None:
    earlier, later = sorted((START + one, START + other))
    before = {a.key: a for a in SCENARIO.published_until(earlier)}
    after = {a.key: a for a in SCENARIO.published_until(later)}
    assert before.keys() <= after.keys()
    for key, article in before.items():
        assert article.link == after[key].link
        assert article.published == after[key].published <= earlier
        assert article.updated <= after[key].updated
        assert all(after[key].counts[kind] >= n for kind, n in article.counts.items())


@settings(deadline=None, max_examples=30)
@given(st.sampled_from(FEEDS), offsets)
def test_same_start_and_time_same_bytes(key: str, since: timedelta) -> None:
    again = Scenario(START, media_base=SCENARIO.media_base)
    assert SCENARIO.render_feed(key, START + since) == again.render_feed(key, START + since)


@settings(deadline=None, max_examples=30)
@given(st.sampled_from(FEEDS), offsets)
def test_changed_at_is_the_first_moment_of_the_document_served_now(
    key: str, since: timedelta
) -> None:
    now = START + since
    changed = SCENARIO.changed_at(key, now)
    body = SCENARIO.render_feed(key, now)
    assert changed <= now
    assert SCENARIO.render_feed(key, changed) == body
    assert SCENARIO.render_feed(key, changed - REBUILD) != body


@settings(deadline=None, max_examples=30)
@given(st.sampled_from(FEEDS), offsets)
def test_an_edition_holds_the_newest_of_all_that_is_published(key: str, since: timedelta) -> None:
    built = START + since // REBUILD * REBUILD
    feed = catalogue().feeds[key]
    everything = [a for a in SCENARIO.published_until(built) if a.feed.key == key]
    edition = SCENARIO.edition(key, START + since)
    assert {a.key for a in edition} == {a.key for a in everything[: feed.limit]}
    if not feed.editorial:
        assert [a.key for a in edition] == [a.key for a in everything[: feed.limit]]


def test_an_editor_moves_articles_about() -> None:
    def order(hours: float) -> list[str]:
        return [a.key for a in SCENARIO.edition("rikskuriren-nyheter", at(hours))]

    assert order(2.75)[0] == "vasselius/rikskuriren-nyheter"
    earlier, later = order(1), order(8)
    kept = [key for key in later if key in earlier]
    assert kept != [key for key in earlier if key in kept]


def test_an_unknown_feed_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        SCENARIO.render_feed("nobody", START)
