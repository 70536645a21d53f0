"""Laws of a whole pass, from documents to stories, through a real store."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from feedhub.dedupe import ARTICLES, candidates
from feedhub.model import (
    Entry,
    FetchCommit,
    Fetched,
    FetchState,
    Outcome,
    OutcomeKind,
    ParsedFeed,
    Source,
)
from feedhub.store import SqliteStore
from feedhub.ticks import Stories

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
WORDS = ["brand", "lagerlokal", "sundbyberg", "regeringen", "skatten", "riksbanken", "räntan"]
WORDS += ["höjer", "polisen", "skottlossning", "malmö", "gripen", "lavin", "italien", "svensk"]
few = settings(max_examples=25, deadline=None)

titles = st.lists(st.sampled_from(WORDS), min_size=2, max_size=6, unique=True).map(" ".join)
told = st.tuples(titles, st.sampled_from([None, 0, 1, 30, 600]))
documents = st.lists(st.lists(told, max_size=6), min_size=2, max_size=3)


def entry(source: int, title: str, age: int | None) -> Entry:
    digest = blake2b(f"{source} {title} {age}".encode(), digest_size=16).digest()
    link = f"https://s{source}.example/nyheter/{digest.hex()}"
    return Entry(
        hash=digest,
        position=0,
        title=title,
        guid=digest.hex(),
        link=link,
        canonical=link,
        published=None if age is None else NOW - age * MINUTE,
    )


Stories_ = frozenset[frozenset[tuple[int, str]]]


class Hub:
    def __init__(self, store: SqliteStore) -> None:
        self.store = store
        self.stories = Stories(store)

    async def read(self, source: int, entries: Sequence[Entry], now: datetime) -> None:
        stored = await self.store.stored(source)
        assert stored is not None
        state = FetchState(imported_at=NOW - 999 * MINUTE, last_ok_at=now)
        parsed = ParsedFeed(
            format="rss20", entries=tuple(replace(one, position=n) for n, one in enumerate(entries))
        )
        commit = FetchCommit(
            source_id=source,
            fetched=Fetched(Outcome(OutcomeKind.OK, status=200), stored.source.url, now),
            state=state,
            publisher=stored.source.key,
            candidates=candidates(parsed, replace(stored, state=state), now),
            complete=True,
            parsed=parsed,
        )
        await self.store.commit_fetch(commit, now, ARTICLES)

    async def found(self) -> dict[int, tuple[int, str]]:
        """Items by id: their story and title."""
        items = await self.store.story_items(range(1, 200))
        return {item.id: (item.story_id or 0, item.title) for item in items}

    async def partition(self) -> Stories_:
        stories: dict[int, set[tuple[int, str]]] = {}
        for item in await self.store.story_items(range(1, 200)):
            stories.setdefault(item.story_id or 0, set()).add((item.source_id or 0, item.title))
        return frozenset(map(frozenset, stories.values()))


def play(scenario: Callable[[Hub], Awaitable[None]]) -> None:
    async def main() -> None:
        with tempfile.TemporaryDirectory() as folder:
            store = SqliteStore(Path(folder) / "hub.db")
            await store.open()
            made = [Source(f"s{n}", f"https://s{n}.example/f") for n in (1, 2, 3)]
            await store.sync_sources(made, lambda one: (one.key, one.key))
            hub = Hub(store)
            try:
                await scenario(hub)
            finally:
                await hub.stories.close()
                await store.close()

    asyncio.run(main())


def entries_of(rows: list[list[tuple[str, int | None]]]) -> dict[int, list[Entry]]:
    return {
        source: [entry(source, title, age) for title, age in dict(told_of).items()]
        for source, told_of in enumerate(rows, 1)
    }


@few
@given(documents, st.randoms(use_true_random=False))
def test_the_order_of_what_is_fetched_in_one_pass_does_not_matter(rows, random):
    given_ = entries_of(rows)
    found: list[Stories_] = []
    for mixed in (False, True):

        async def scenario(hub: Hub, mixed: bool = mixed) -> None:
            order = list(given_)
            if mixed:
                random.shuffle(order)
            for source in order:
                entries = list(given_[source])
                if mixed:
                    random.shuffle(entries)
                await hub.read(source, entries, NOW)
            await hub.stories.place(NOW)
            found.append(await hub.partition())

        play(scenario)
    assert found[0] == found[1]


@few
@given(documents)
def test_reading_and_placing_again_changes_nothing(rows):
    async def scenario(hub: Hub) -> None:
        found = []
        for step in range(3):
            for source, entries in entries_of(rows).items():
                await hub.read(source, entries, NOW + step * MINUTE)
            await hub.stories.place(NOW + step * MINUTE)
            found.append((await hub.found(), await hub.store.last_story()))
        assert found[0] == found[1] == found[2]

    play(scenario)


@few
@given(documents, documents, st.integers(0, 5))
def test_a_restart_between_two_passes_changes_no_story(rows, later, corrected):
    found = []
    for restarts in (False, True):

        async def scenario(hub: Hub, restarts: bool = restarts) -> None:
            given_ = entries_of(rows)
            for source, entries in given_.items():
                await hub.read(source, entries, NOW)
            await hub.stories.place(NOW)
            for source, entries in given_.items():  # a headline is corrected meanwhile
                if len(entries) > corrected:
                    was = entries[corrected]
                    title = "polisen om skottlossning i malmö"
                    now = replace(was, title=title, hash=was.hash[::-1])
                    entries[corrected] = now
                await hub.read(source, entries, NOW + MINUTE)
            if restarts:
                await hub.stories.close()
            for source, entries in entries_of(later).items():
                await hub.read(source, [*given_.get(source, ()), *entries], NOW + 2 * MINUTE)
            await hub.stories.place(NOW + 2 * MINUTE)
            found.append(await hub.found())

        play(scenario)
    assert found[0] == found[1]
