"""Laws of identity, through the real decisions and a real store: what polls may not do."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from sqlite3 import connect

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedhub.dedupe import ARTICLES, candidates
from feedhub.model import (
    CommitReport,
    Entry,
    FetchCommit,
    Fetched,
    FetchState,
    GuidTrust,
    Hand,
    Outcome,
    OutcomeKind,
    ParsedFeed,
    Retention,
    Source,
)
from feedhub.store import SqliteStore

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
few = settings(max_examples=25, deadline=None)


def entry(**said) -> Entry:
    digest = blake2b(repr(sorted(said.items())).encode(), digest_size=16).digest()
    return Entry(hash=digest, position=0, link=said.get("canonical"), **said)


def document(entries: Sequence[Entry]) -> ParsedFeed:
    """As the parser gives it: places, and which guids and links several entries share."""

    def several(values):
        values = [value for value in values if value]
        return frozenset(value for value in values if values.count(value) > 1)

    once = list({one.hash: one for one in entries}.values())
    return ParsedFeed(
        format="rss20",
        entries=tuple(replace(one, position=n) for n, one in enumerate(once)),
        repeated_guids=several([one.guid for one in once]),
        repeated_links=several([one.canonical for one in once]),
    )


class Hub:
    def __init__(self, store: SqliteStore, path: Path) -> None:
        self.store, self.path, self.now = store, path, NOW

    async def read(self, entries: Sequence[Entry], source: int = 1) -> CommitReport:
        """Read a document; every entry is looked at, as if its hash were unknown."""
        self.now += HOUR
        stored = await self.store.stored(source)
        assert stored is not None
        parsed = document(entries)
        commit = FetchCommit(
            source_id=source,
            fetched=Fetched(Outcome(OutcomeKind.OK, status=200), "https://a.example/f", self.now),
            state=FetchState(imported_at=NOW, last_ok_at=self.now),
            publisher="a.example",
            candidates=candidates(parsed, stored, self.now),
            complete=True,
            parsed=parsed,
        )
        return await self.store.commit_fetch(commit, self.now, ARTICLES)

    async def trust(self) -> GuidTrust:
        stored = await self.store.stored(1)
        assert stored is not None
        return stored.guids

    def rows(self, sql: str) -> list[tuple]:
        with closing(connect(self.path)) as conn:
            return conn.execute(sql).fetchall()

    def run(self, sql: str) -> None:
        with closing(connect(self.path)) as conn:
            conn.execute(sql)
            conn.commit()

    def items(self, source: int = 1) -> dict[bytes, int]:
        """Entry hash -> item of what the source carries."""
        return dict(
            self.rows(
                "SELECT entry_hash, item_id FROM sightings"
                f" WHERE source_id = {source} AND gone_at IS NULL"
            )
        )

    def count(self) -> int:
        return self.rows("SELECT count(*) FROM items")[0][0]


def play(scenario: Callable[[Hub], Awaitable[None]], sources: int = 1) -> None:
    async def main() -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "hub.db"
            store = SqliteStore(path)
            await store.open()
            made = [Source(f"s{n}", f"https://s{n}.example/f") for n in range(sources)]
            await store.sync_sources(made, lambda one: (one.key, one.key))
            try:
                await scenario(Hub(store, path))
            finally:
                await store.close()

    asyncio.run(main())


# Articles told apart by all they say, as a feed's are; and entries alike in part or in all.
WORDS = ("Brand", "Storm", "Val", "Match", "Dom", "Strejk", "Rekord", "Flyg")


def article(n: int, **changes) -> Entry:
    said = {
        "guid": f"id-{n}",
        "title": f"{WORDS[n % 8]} i {WORDS[(n * 3 + 1) % 8]} nummer {n}",
        "canonical": f"https://s0.example/nyheter/artikel-{n}",
        "summary": f"Ingress om {WORDS[n % 8]} och {n} till",
        "published": NOW - n * HOUR,
    }
    return entry(**{**said, **changes})


def dated(entries: Sequence[Entry], with_dates: bool) -> list[Entry]:
    if with_dates:
        return list(entries)
    return [replace(one, published=None) for one in entries]


numbers = st.lists(st.integers(0, 40), unique=True, min_size=1, max_size=10)
loose = st.lists(
    st.builds(
        entry,
        guid=st.sampled_from([None, "/a/", "1", "2", "3"]),
        title=st.sampled_from(["", "Väder", "Polisen om branden i natt", "Två döda i en krasch"]),
        canonical=st.sampled_from([None, "https://a.example/", "https://a.example/a/1-x"]),
        summary=st.sampled_from(["", "Kort text"]),
        published=st.sampled_from([None, NOW - HOUR, NOW - 30 * HOUR]),
    ),
    max_size=7,
)


@few
@given(loose)
def test_reading_twice_changes_nothing(entries):
    async def scenario(hub):
        await hub.read(entries)
        before = hub.rows("SELECT * FROM items"), hub.items()
        again = await hub.read(entries)
        assert (again.new, again.changed, again.gone) == (0, 0, 0)
        assert (hub.rows("SELECT * FROM items"), hub.items()) == before

    play(scenario)


@few
@given(loose, st.randoms(use_true_random=False))
def test_the_order_of_entries_does_not_matter(entries, random):
    mixed = list(entries)
    random.shuffle(mixed)
    known = [article(1), article(2)]
    counts = []

    for told in (entries, mixed):

        async def scenario(hub, told=told):
            await hub.read(known)
            report = await hub.read([*told, *known])
            counts.append((report.new, report.gone, hub.count()))

        play(scenario)
    assert counts[0] == counts[1]


FLIPS = {
    "guids": lambda one, n: replace(one, guid=f"urn:new:{n}"),
    "guids lost": lambda one, n: replace(one, guid=None),
    "domain": lambda one, n: replace(
        one, canonical=f"https://ny.example/nyheter/artikel-{n}", guid=f"https://ny.example/{n}"
    ),
    "cms": lambda one, n: replace(
        one, canonical=f"https://ny.example/2026/{n * 7}/", guid=f"node {n}"
    ),
    "parameters": lambda one, n: replace(one, canonical=f"{one.canonical}?kanal={n}"),
    "headlines": lambda one, n: replace(one, title=f"Helt annan rubrik {n * 5}"),
}


def flipped(entries: Sequence[Entry], how: str) -> list[Entry]:
    return [
        replace(FLIPS[how](one, n), hash=blake2b(f"{how} {n}".encode(), digest_size=16).digest())
        for n, one in enumerate(entries)
    ]


@few
@given(numbers, numbers, st.sampled_from(sorted(FLIPS)), st.booleans())
def test_a_flip_mints_nothing_but_news(first, second, how, with_dates):
    async def scenario(hub):
        told = dated([article(n) for n in first], with_dates)
        await hub.read(told)
        items = hub.items()
        new = dated([article(n) for n in second if n not in first], with_dates)
        again = flipped(told, how)
        report = await hub.read([*new, *again])
        assert report.new == len(new)
        after = hub.items()
        assert [after[one.hash] for one in again] == [items[one.hash] for one in told]

    play(scenario)


@few
@given(numbers, st.booleans())
def test_pruned_items_never_come_back_as_new(which, flip):
    async def scenario(hub):
        told = [article(n) for n in which]
        await hub.read(told)
        hub.run("DELETE FROM sightings")
        hub.run("DELETE FROM items")
        report = await hub.read(flipped(told, "cms") if flip else told)
        assert (report.new, hub.count()) == (0, 0)
        news = article(77)
        report = await hub.read([news, *told])
        assert report.new == 1

    play(scenario)


def test_removed_items_are_known_beside_others_that_kept_their_ids():
    async def scenario(hub):
        told = [article(n) for n in range(6)]
        await hub.read(told)
        await hub.read([article(50)])
        old = (await hub.store.known_items(range(1, 7))).keys()
        day = 24 * HOUR
        await hub.store.remove(sorted(old), Retention(day, None, day, day), hub.now + 900 * HOUR)
        assert hub.count() == 1
        report = await hub.read([article(50), *told[:3], *flipped(told, "cms")[3:]])
        assert (report.new, hub.count()) == (0, 1)

    play(scenario)


def test_numbers_begun_anew_hide_no_news_behind_what_was_removed():
    async def scenario(hub):
        await hub.read([article(n, guid=str(n)) for n in range(3)])
        hub.run("DELETE FROM sightings")
        hub.run("DELETE FROM items")
        hub.now += 900 * HOUR
        again = [article(n + 3, guid=str(n), published=hub.now) for n in range(3)]
        assert (await hub.read(again)).new == 3
        assert (await hub.read(again)).new == 0
        # what is old, or has its old address, is what was removed
        old = article(9, guid="7")
        await hub.read([*again, old])
        hub.run("DELETE FROM sightings WHERE item_id = (SELECT max(id) FROM items)")
        hub.run("DELETE FROM items WHERE id = (SELECT max(id) FROM items)")
        moved = replace(old, canonical="https://ny.example/a/b-c-d", title="Ny", hash=b"n" * 16)
        bumped = replace(old, published=hub.now, hash=b"b" * 16)
        assert (await hub.read([moved])).new == 0
        assert (await hub.read([bumped])).new == 0

    play(scenario)


def test_places_of_numbers_hide_no_news():
    def document(n):
        return [
            article(n - place, guid=str(place), published=NOW + (n - place) * HOUR / 6)
            for place in range(5)
        ]

    async def scenario(hub):
        for n in range(5, 12):
            report = await hub.read(document(n))
            assert report.new == (5 if n == 5 else 1)
        assert not (await hub.trust()).trusted

    play(scenario)


def test_an_article_of_two_sections_in_one_document_is_one():
    async def scenario(hub):
        told = [article(1, canonical=f"https://s0.example/{where}/b-1") for where in ("x", "y")]
        assert (await hub.read(told)).new == 1
        assert (await hub.trust()).trusted
        assert (await hub.read(told)).new == 0
        corrected = [replace(one, title="Rättat helt", hash=one.hash[::-1]) for one in told]
        report = await hub.read(corrected)
        assert (report.new, report.changed) == (0, 1)
        assert (await hub.trust()).trusted

    play(scenario)


def test_an_article_listed_twice_under_its_link_is_one_at_once_or_a_reading_later():
    async def scenario(hub):
        again = article(1, guid="and-again")
        assert (await hub.read([article(1), again, article(2)])).new == 2
        third = article(1, guid="once-more")
        elsewhere = article(2, canonical="https://s0.example/sport/artikel-2")
        for _ in range(2):
            report = await hub.read([third, article(1), again, elsewhere, article(2)])
            assert (report.new, hub.count()) == (0, 2)
        # one of them corrected, its guid gone
        corrected = article(1, guid=None, title=f"{article(1).title} rättat")
        report = await hub.read([corrected, article(1), again, article(2)])
        assert (report.new, hub.count()) == (0, 2)
        # what has the link with another headline at another time is another
        live = article(3, canonical=article(1).canonical)
        assert (await hub.read([live, article(1), article(2)])).new == 1

    play(scenario)


@pytest.mark.parametrize("page", ["anslagstavla", "kommun/anslag/tavla"])
@pytest.mark.parametrize("date_only", [True, False])
@pytest.mark.parametrize(
    ("numbered", "title"),
    [
        (True, "Justerat protokoll från nämnd {}"),
        (False, "Justerat protokoll från nämnd {}"),
        (True, "Kungörelse"),
    ],
)
def test_notices_of_one_day_under_the_link_of_their_page_are_as_many(
    page, date_only, numbered, title
):
    async def scenario(hub):
        told = [
            article(
                n,
                guid=f"n-{n}" if numbered else None,
                title=title.format(n),
                canonical=f"https://s0.example/{page}",
                published=NOW.replace(hour=0, minute=0, second=0, microsecond=0),
                date_only=date_only,
            )
            for n in range(3)
        ]
        assert (await hub.read([article(50), *told[:2]])).new == 3
        assert (await hub.read([article(50), told[2], *told[:2]])).new == 1
        assert (await hub.read([article(50), *told])).new == 0
        assert hub.count() == 4

    play(scenario)


@few
@given(numbers, st.lists(st.sampled_from(["guids", "cms", "same"]), max_size=5))
def test_a_change_of_trust_makes_no_duplicate(which, changes):
    async def scenario(hub):
        told = [article(n) for n in which]
        await hub.read(told)
        for step, how in enumerate(changes):
            if how != "same":
                now = flipped(told, how)
                told = [
                    replace(one, guid=f"{one.guid} {step}", hash=one.hash[:15] + bytes([step]))
                    for one in now
                ]
            report = await hub.read(told)
            assert report.new == 0
        assert hub.count() == len(which)

    play(scenario)


def test_guids_that_flip_again_and_again_lose_their_place():
    async def scenario(hub):
        told = [article(n) for n in range(5)]
        await hub.read(told)
        for step in range(3):
            told = [
                replace(one, guid=f"{step} {n}", hash=bytes([step, n]) * 8)
                for n, one in enumerate(told)
            ]
            await hub.read(told)
        trust = await hub.trust()
        assert (trust.trusted, trust.flips) == (False, 3)
        assert "guids changed" in trust.reason

    play(scenario)


def test_articles_that_all_have_one_guid_stay_apart_and_it_loses_its_place():
    async def scenario(hub):
        told = [article(n, guid="/a/", published=None) for n in range(5)]
        assert (await hub.read(told)).new == 5
        assert (await hub.read([article(9, guid="/a/", published=None), *told[:4]])).new == 1
        assert hub.count() == 6
        trust = await hub.trust()
        assert not trust.trusted
        assert "one guid" in trust.reason
        # alone in a document, it names nothing either
        assert (await hub.read([article(11, guid="/a/", published=None)])).new == 1
        last = article(
            12, guid="/a/", published=None, title="Helt annat", summary="Om något nytt i dag"
        )
        assert (await hub.read([last])).new == 1

    play(scenario)


def test_a_reused_guid_is_another_article_and_is_counted():
    async def scenario(hub):
        await hub.read([article(1, guid="dagens")])
        other = article(2, guid="dagens", published=NOW + 24 * HOUR, title="Helt annat", summary="")
        await hub.read([other])
        assert hub.count() == 2
        assert (await hub.trust()).reused == 1

    play(scenario)


def test_a_corrected_headline_keeps_history_and_place():
    async def scenario(hub):
        await hub.read([article(1)])
        before = hub.rows("SELECT effective FROM items")
        told = article(1, title="Något helt annat", published=NOW + HOUR)
        report = await hub.read([told])
        assert (report.new, report.changed) == (0, 1)
        assert hub.rows("SELECT effective FROM items") == before
        assert hub.rows("SELECT title FROM item_titles") == [(article(1).title,)]

    play(scenario)


def test_twins_that_meet_in_one_document_join_once_whatever_the_order():
    link = "https://s0.example/nyheter/artikel-1"

    async def scenario(hub):
        await hub.read([article(1)], source=1)
        await hub.read([article(1, guid="x", canonical="https://s1.example/a/en-1")], source=2)
        assert hub.count() == 2
        # both of the second source's entries lead to the pair
        told = [
            article(1, guid="x", canonical=link),
            article(1, guid="y", canonical="https://s1.example/a/en-1"),
        ]
        report = await hub.read(told, source=2)
        assert report.new == 0
        assert hub.count() == 1
        assert (await hub.read(told, source=2)).new == 0
        assert hub.rows("SELECT old_id, new_id FROM redirects") == [(2, 1)]
        assert await hub.store.merged_at(2) == hub.now - HOUR
        assert await hub.store.merged_at(1) is None
        assert (await hub.store.known_items([1]))[1].guids == {"id-1", "x", "y"}

    play(scenario, sources=2)


def test_what_two_sources_had_as_two_while_one_had_moved_becomes_one_when_the_other_does():
    moved = article(1, guid="new", canonical="https://ny.example/nyheter/artikel-1")

    async def scenario(hub):
        await hub.read([moved, article(2)], source=1)
        bulk = [article(n, title="Kungörelse", published=NOW, summary="") for n in (5, 6)]
        await hub.read([article(1, guid="x"), *bulk], source=2)
        assert hub.count() == 5
        told = replace(moved, guid="y", hash=b"y" * 16)
        # what is of one headline and time, and was told all along, stays apart
        changed = replace(bulk[1], summary="Rättat", hash=b"b" * 16)
        report = await hub.read([told, changed], source=2)
        assert (report.new, hub.count()) == (0, 4)
        assert hub.rows("SELECT count(*) FROM redirects") == [(1,)]
        assert (await hub.read([told, *bulk], source=2)).new == 0
        assert hub.count() == 4

    play(scenario, sources=2)


def test_what_people_say_of_several_items_holds_outside_of_any_window_too():
    async def scenario(hub):
        await hub.read([article(n) for n in range(4)])
        a, b, c, d = sorted(item_id for item_id in hub.items().values())
        for n in range(1, 5):
            hub.run(f"INSERT INTO stories VALUES ({n}, 0)")
            hub.run(f"UPDATE items SET story_id = {n} WHERE id = {n}")

        def stories():
            return dict(hub.rows("SELECT id, story_id FROM items"))

        await hub.store.link(b, c, "join", NOW, "")
        await hub.store.link(a, d, "split", NOW, "")
        await hub.store.link(a, c, "join", NOW, "")
        assert stories()[a] == stories()[b] == stories()[c]
        await hub.store.link(c, d, "join", NOW, "")  # forbidden by the split of a and d
        assert stories()[d] != stories()[a] == stories()[c]
        await hub.store.link(a, c, "split", NOW, "")
        found = stories()
        assert found[b] == found[c] != found[a]  # joined, they leave together

    play(scenario)


def test_a_merged_item_keeps_its_place_in_documents_that_named_the_younger():
    theirs = article(1, guid="x", canonical="https://s1.example/a/en-1")

    async def scenario(hub):
        await hub.read([article(1)], source=1)
        await hub.read([theirs], source=2)
        await hub.read([article(5), replace(theirs, guid="y")], source=3)
        now = replace(theirs, canonical=article(1).canonical, hash=b"n" * 16)
        await hub.read([now], source=2)
        hub.run("INSERT INTO stories VALUES (1, 0)")
        hub.run("UPDATE items SET story_id = 1")
        data = await hub.store.rank_input(hub.now, NOW - 99 * HOUR, 100)
        merged = next(item for item in data.items if item.title == article(1).title)
        assert merged.places == ((1, 0), (2, 0), (3, 1))

    play(scenario, sources=3)


def test_what_was_taken_down_is_not_shown_under_its_other_id_until_the_next_tick():
    theirs = article(1, guid="x", canonical="https://s1.example/a/en-1")

    async def scenario(hub):
        await hub.read([article(1)], source=1)
        (younger,) = (await hub.read([theirs], source=2)).new_ids
        await hub.store.lay_hand(Hand(0, "i", younger, "takedown", "", "", hub.now, "eva"))
        await hub.store.refresh_hands(hub.now)
        await hub.read([replace(theirs, canonical=article(1).canonical, hash=b"n" * 16)], source=2)
        assert hub.count() == 1
        assert await hub.store.items([1, younger]) == {}

    play(scenario, sources=2)


def test_an_outlets_article_is_its_own_though_an_aggregator_had_it_first():
    async def scenario(hub):
        sources = [
            Source("s0", "https://s0.example/f", role="aggregator"),
            Source("s1", "https://s1.example/f", publisher="Tidningen"),
        ]
        await hub.store.sync_sources(sources, lambda one: (one.key, one.publisher or one.key))
        passed_on = article(1, title=f"{article(1).title} - Tidningen")
        elsewhere = article(2, canonical="https://s0.example/rss/articles/x-2")
        await hub.read([passed_on, elsewhere], source=1)
        before = hub.rows("SELECT effective FROM items ORDER BY id")
        await hub.read([article(1, guid="own"), article(2, guid="own2")], source=2)
        # later the aggregator gives the address that its own led to
        await hub.read([passed_on, article(2)], source=1)
        found = hub.rows("SELECT source_id, publisher, title, effective FROM items ORDER BY id")
        titles = {title for _, _, title, _ in found}
        assert titles == {article(1).title, article(2).title}
        assert all((source, publisher) == (2, None) for source, publisher, _, _ in found)
        assert [(row[3],) for row in found] == before
        # and it follows what its outlet says from now on, not the aggregator
        await hub.read([article(1, guid="own", title="Rättad rubrik")], source=2)
        await hub.read([replace(passed_on, title="Annat", hash=b"a" * 16)], source=1)
        assert ("Rättad rubrik",) in hub.rows("SELECT title FROM items")

    play(scenario, sources=2)


def test_what_a_person_said_of_a_merged_item_holds_for_the_one_that_stays():
    async def scenario(hub):
        await hub.read([article(1), article(5)], source=1)
        other = article(1, guid="x", canonical="https://s1.example/a/en-1")
        (younger,) = (await hub.read([other], source=2)).new_ids
        items = hub.items()
        older, third = items[article(1).hash], items[article(5).hash]
        await hub.store.link(younger, third, "split", NOW, "olika")
        await hub.read([replace(other, canonical=article(1).canonical, hash=b"n" * 16)], source=2)
        said = hub.rows("SELECT a, b, kind FROM story_links")
        assert said == [(min(older, third), max(older, third), "split")]

    play(scenario, sources=2)
