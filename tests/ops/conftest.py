"""A hub's store with invented sources, read at instants that the tests choose."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pytest

from feedhub.dedupe import ARTICLES, candidates
from feedhub.model import (
    CommitReport,
    Config,
    Entry,
    FetchCommit,
    Fetched,
    Hub,
    KnownEntry,
    ListSpec,
    Outcome,
    OutcomeKind,
    ParsedFeed,
    Placement,
    Source,
    StoryChanges,
)
from feedhub.pipeline import sync
from feedhub.store import SqliteStore

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


class Room:
    """A store, its configuration, and verbs."""

    now = NOW
    day = DAY

    def __init__(self, path: Path) -> None:
        self.path = path
        self.store = SqliteStore(path)
        self.config = Config(hub=Hub(), sources=(), lists=())

    async def configure(
        self,
        *keys: str,
        lists: tuple[ListSpec, ...] = (),
        sources: tuple[Source, ...] = (),
        **hub: Any,
    ) -> None:
        made = sources or tuple(
            Source(key=k, url=f"https://{k}.example/feed", name=k) for k in keys
        )
        self.config = Config(hub=Hub(**hub), sources=made, lists=lists)
        await sync(self.store, self.config)

    def entry(self, source: str, number: int, at: datetime, **changes: Any) -> Entry:
        link = f"https://{source}.example/{number}"
        return replace(
            Entry(
                hash=blake2b(f"{link} {changes}".encode(), digest_size=16).digest(),
                position=0,
                title=f"Rubrik {number} av {source}",
                guid=f"{source}-{number}",
                link=link,
                canonical=link,
                summary=f"Ingressen till artikel {number}",
                published=at,
            ),
            **changes,
        )

    async def read(self, source: str, entries: list[Entry], now: datetime) -> CommitReport:
        """The source's document holds these entries, and is read whole."""
        leased = await self.store.lease_due(
            now, "test", length=timedelta(minutes=5), limit=100, everything=True
        )
        await self.store.release([one.id for one in leased], "test")
        stored = next(one for one in leased if one.source.key == source)
        hashes = await self.store.hashes(stored.id)
        parsed = ParsedFeed(
            format="rss20",
            entries=tuple(e for e in entries if e.hash not in hashes),
            known=tuple(KnownEntry(e.hash, e.position) for e in entries if e.hash in hashes),
        )
        fetched = Fetched(Outcome(OutcomeKind.OK, status=200), stored.source.url, now)
        state = replace(
            stored.state,
            imported_at=stored.state.imported_at or now,
            last_fetch_at=now,
            last_ok_at=now,
            next_due=now + timedelta(minutes=15),
        )
        commit = FetchCommit(
            source_id=stored.id,
            fetched=fetched,
            state=state,
            publisher=source,
            candidates=candidates(parsed, stored, now),
            known=parsed.known,
            complete=True,
            parsed=parsed,
            group=source,
        )
        return await self.store.commit_fetch(commit, now, ARTICLES)

    async def place(self, now: datetime) -> None:
        """Every waiting item becomes a story of its own."""
        await self.store.take_lease("stories", self.store.owner, now, timedelta(minutes=2))
        waiting = await self.store.unplaced(10_000)
        first = await self.store.last_story() + 1
        placements = tuple(Placement(item.id, first + n) for n, item in enumerate(waiting))
        await self.store.commit_stories(StoryChanges(placements), now, self.store.owner)
        await self.store.drop_lease("stories", self.store.owner)

    async def count(self, table: str) -> int:
        """Rows of a table, by its name in the file."""
        row = await self.store._readers.run(
            lambda c: c.execute(f"SELECT count(*) FROM {table}").fetchone()
        )
        return int(row[0])

    async def buried(self) -> int:
        """Keys of removed items that are remembered."""
        row = await self.store._readers.run(
            lambda c: c.execute("SELECT coalesce(sum(length(marks)), 0) FROM tombstones").fetchone()
        )
        return int(row[0]) // 8


Scenario = Callable[[Room], Awaitable[None]]


@pytest.fixture
def play(tmp_path: Path) -> Callable[[Scenario], None]:
    """Run a scenario against a fresh store."""

    def run(scenario: Scenario) -> None:
        async def main() -> None:
            room = Room(tmp_path / "hub.db")
            await room.store.open()
            try:
                await scenario(room)
            finally:
                await room.store.close()

        asyncio.run(main())

    return run
