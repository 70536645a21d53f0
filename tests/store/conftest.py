"""A small world of values for the store's contract tests."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pytest

from feedhub.model import (
    Candidate,
    CommitReport,
    Entry,
    FetchCommit,
    Fetched,
    FetchState,
    GuidCheck,
    GuidTrust,
    Key,
    KnownEntry,
    KnownItem,
    Outcome,
    OutcomeKind,
    ParsedFeed,
    Source,
    StoredSource,
)
from feedhub.store import SqliteStore, Store

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Believing:
    """An identity that believes every key, joins every twin and carries every guard."""

    def same_article(self, candidate: Candidate, key: Key, known: KnownItem) -> bool:
        return True

    def twins(self, candidate: Candidate, known: KnownItem) -> bool:
        return True

    def carried_over(
        self, unfound: Sequence[Candidate], missing: Sequence[KnownItem], found: int
    ) -> Sequence[int | None]:
        titles = {item.title: item.id for item in missing}
        return [titles.pop(one.entry.title, None) for one in unfound]

    def weigh(self, trust: GuidTrust, check: GuidCheck) -> GuidTrust:
        return GuidTrust(flips=trust.flips + check.flipped, reused=trust.reused + check.reused)


class Doubting(Believing):
    """One that believes no key."""

    def same_article(self, candidate: Candidate, key: Key, known: KnownItem) -> bool:
        return False


class World:
    """A store with verbs, so that a test reads as what happened."""

    now = NOW
    minute = MINUTE
    believing = Believing()

    def __init__(self, store: Store) -> None:
        self.store = store

    def source(self, key: str, **changes: Any) -> Source:
        return Source(key=key, url=f"https://{key}.example/feed", **changes)

    async def configure(self, *sources: Source) -> None:
        await self.store.sync_sources(sources, lambda s: (s.name or s.key, s.publisher or s.key))

    async def lease(
        self, now: datetime = NOW, owner: str = "me", **kwargs: Any
    ) -> list[StoredSource]:
        options: dict[str, Any] = {"length": 5 * MINUTE, "limit": 10, **kwargs}
        return await self.store.lease_due(now, owner, **options)

    def entry(self, guid: str, position: int = 0, **changes: Any) -> Entry:
        values: dict[str, Any] = {
            "title": f"Rubrik {guid}",
            "link": f"https://a.example/{guid}",
            "canonical": f"https://a.example/{guid}",
            "published": NOW - MINUTE,
            **changes,
        }
        seed = repr((guid, sorted(values.items(), key=lambda kv: kv[0])))
        digest = blake2b(seed.encode(), digest_size=16).digest()
        return Entry(hash=digest, position=position, guid=guid, **values)

    def candidate(self, source_id: int, entry: Entry) -> Candidate:
        keys = [Key(source_id, "guid", entry.guid or "")]
        if entry.canonical:
            keys.append(Key(0, "link", entry.canonical))
        guards = (Key(source_id, "headline", entry.title),)
        return Candidate(
            entry, tuple(keys), tuple(keys), None, entry.published, "published", guards
        )

    def commit(
        self,
        source_id: int,
        *entries: Entry,
        known: tuple[KnownEntry, ...] = (),
        now: datetime = NOW,
        due: datetime | None = None,
        outcome: Outcome | None = None,
        **changes: Any,
    ) -> FetchCommit:
        return FetchCommit(
            source_id=source_id,
            fetched=Fetched(
                outcome=outcome or Outcome(OutcomeKind.OK, status=200),
                url="https://a.example/feed",
                started_at=now,
            ),
            state=FetchState(
                etag='W/"å"',
                body_hash=b"\x00\xff",
                last_ok_at=now,
                next_due=due or now + 15 * MINUTE,
                due_reason="every 15 minutes",
            ),
            publisher="a.example",
            candidates=tuple(self.candidate(source_id, e) for e in entries),
            known=known,
            complete=True,
            parsed=ParsedFeed(format="rss20", title="Flöde", entries=entries, known=known),
            owner="me",
            **changes,
        )

    async def read(self, source_id: int, *entries: Entry, **kwargs: Any) -> CommitReport:
        now = kwargs.get("now", NOW)
        identity = Doubting() if kwargs.pop("doubting", False) else Believing()
        commit = self.commit(source_id, *entries, **kwargs)
        return await self.store.commit_fetch(commit, now, identity)


Scenario = Callable[[World], Awaitable[None]]


@pytest.fixture(params=["sqlite"])
def play(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Scenario], None]:
    """Run a scenario against a fresh store; every backend must pass the same ones."""

    def run(scenario: Scenario) -> None:
        async def main() -> None:
            store = SqliteStore(tmp_path / "hub.db")
            await store.open()
            try:
                await scenario(World(store))
            finally:
                await store.close()

        asyncio.run(main())

    return run
