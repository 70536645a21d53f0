"""The store on one SQLite file: the protocol's methods over the writer and the readers."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from feedhub.errors import StoreError, StoreTooNew
from feedhub.model import (
    ArchivedDocument,
    ArchivePage,
    CommitReport,
    FetchCommit,
    FetchLogRow,
    Identity,
    Item,
    ItemFilter,
    KnownItem,
    Lease,
    LinkSource,
    Ping,
    Ranked,
    RankedList,
    RankInput,
    Source,
    SourceStatus,
    StoredSource,
    StoryChanges,
    StoryItem,
    StoryLinks,
)
from feedhub.store import (
    archives,
    clicks,
    clock,
    codec,
    commit,
    hand,
    lists,
    pings,
    push,
    reading,
    resolve,
    restated,
    sources,
    stories,
    tombstones,
    window,
)
from feedhub.store.backup import NEWER
from feedhub.store.connection import Readers, Writer
from feedhub.store.owners import Owner
from feedhub.store.upkeep import SqliteUpkeep
from feedhub.store.version import SCHEMA_VERSION

T = TypeVar("T")
CLUSTER_LEASE = "stories"


class SqliteStore(SqliteUpkeep):
    """See :class:`feedhub.store.protocol.Store`. One instance is one process's view."""

    def __init__(self, path: Path, *, readonly: bool = False) -> None:
        self.path = path
        self._readonly = readonly
        self._owner = Owner(path)
        self._writer = Writer(path)
        self._readers = Readers(path)
        self._configured: dict[str, Source] = {}
        self._window = window.Window()

    @property
    def owner(self) -> str:
        """The name under which this process holds leases."""
        return self._owner.name

    async def open(self) -> None:
        if self._readonly:
            await self._readers.run(self._check)
            return
        await asyncio.get_running_loop().run_in_executor(None, self._open)

        def give_up(conn: sqlite3.Connection) -> None:
            held = sources.lease_owners(conn)
            sources.give_up(conn, [name for name in held if self._owner.is_gone(name)])

        await self._write(give_up)

    def _check(self, conn: sqlite3.Connection) -> None:
        (version,) = conn.execute("PRAGMA user_version").fetchone()
        if version > SCHEMA_VERSION:
            raise StoreTooNew(f"{self.path}: {NEWER}")
        if version < SCHEMA_VERSION:
            raise StoreError(
                f"{self.path}: was written by an earlier feedhub; feedhub update, or run, brings"
                " it up to date"
            )

    def _open(self) -> None:
        self._writer.open()
        try:
            self._owner.hold()
        except OSError as error:
            raise StoreError(
                f"{self.path.parent}: {error.strerror}; the database's folder must be writable"
            ) from error

    async def close(self) -> None:
        """Finish what is queued and close the file. Safe to call when opening failed."""
        loop = asyncio.get_running_loop()
        # the writer last: only a connection that may write can empty the WAL into the file
        await loop.run_in_executor(None, self._readers.close)
        if self._writer.is_alive():
            await loop.run_in_executor(None, self._writer.close)
        self._owner.drop()

    async def _write(self, work: Callable[[sqlite3.Connection], T], *, patient: bool = False) -> T:
        if self._readonly:
            raise StoreError(f"{self.path}: it was opened for reading only")
        result: T = await self._writer.ask(work, patient=patient)
        return result

    async def authority(self) -> str:
        row = await self._readers.run(
            lambda c: c.execute("SELECT value FROM meta WHERE key = 'authority'").fetchone()
        )
        return str(row[0])

    # --- sources --------------------------------------------------------------------------

    async def sync_sources(
        self, configured: Sequence[Source], describe: Callable[[Source], tuple[str, str]]
    ) -> None:
        if not self._readonly:
            await self._write(lambda c: sources.sync_sources(c, configured, describe))
        self._configured = {source.key: source for source in configured}

    async def lease_due(
        self,
        now: datetime,
        owner: str,
        *,
        length: timedelta,
        limit: int,
        doubtful: bool = False,
        everything: bool = False,
        after: int = 0,
        but: Sequence[str] = (),
    ) -> list[StoredSource]:
        until = now + length
        return await self._write(
            lambda c: sources.lease_due(
                c, self._configured, now, owner, until, limit, doubtful, everything, after, but
            )
        )

    async def release(self, source_ids: Sequence[int], owner: str) -> None:
        await self._write(lambda c: sources.release(c, source_ids, owner))

    async def paused(self) -> list[StoredSource]:
        return await self._readers.run(lambda c: sources.paused(c, self._configured))

    async def stored(self, source_id: int) -> StoredSource | None:
        return await self._readers.run(lambda c: sources.stored(c, self._configured, source_id))

    async def save_subscription(
        self,
        source_id: int,
        token: str,
        next_step_at: datetime | None,
        push_until: datetime | None,
        data: Mapping[str, Any],
    ) -> None:
        await self._write(lambda c: push.save(c, source_id, token, next_step_at, push_until, data))

    async def subscription(self, source_id: int) -> Mapping[str, Any] | None:
        return await self._readers.run(lambda c: push.of_source(c, source_id))

    async def subscription_by_token(self, token: str) -> Mapping[str, Any] | None:
        return await self._readers.run(lambda c: push.by_token(c, token))

    async def subscriptions_due(self, now: datetime) -> Sequence[Mapping[str, Any]]:
        return await self._readers.run(lambda c: push.due(c, now))

    async def mend_clock(self, now: datetime, longest: timedelta) -> int:
        return await self._write(lambda c: clock.mend(c, now, longest))

    async def next_due(self) -> datetime | None:
        return await self._readers.run(sources.next_due)

    async def statuses(self) -> list[SourceStatus]:
        return await self._readers.run(lambda c: sources.statuses(c, self._configured))

    async def status(self, source_id: int) -> SourceStatus | None:
        found = await self._readers.run(lambda c: sources.statuses(c, self._configured, source_id))
        return found[0] if found else None

    async def fetch_log(self, since: datetime) -> list[FetchLogRow]:
        return await self._readers.run(lambda c: sources.fetch_log(c, since))

    async def hashes(self, source_id: int) -> frozenset[bytes]:
        return await self._readers.run(lambda c: sources.hashes(c, source_id))

    async def commit_fetch(
        self, fetch: FetchCommit, now: datetime, identity: Identity, *, patient: bool = False
    ) -> CommitReport:
        def work(conn: sqlite3.Connection) -> CommitReport:
            tombstones.recall(conn, fetch)
            return commit.commit_fetch(conn, fetch, now, identity)

        return await self._write(work, patient=patient)

    # --- stories --------------------------------------------------------------------------

    async def unplaced(self, limit: int) -> list[StoryItem]:
        return await self._readers.run(lambda c: stories.unplaced(c, limit))

    async def placed_since(
        self, since: datetime, limit: int, after: tuple[datetime, int] | None = None
    ) -> list[StoryItem]:
        return await self._readers.run(lambda c: stories.placed_since(c, since, limit, after))

    async def take_restated(self) -> list[int]:
        return await self._write(restated.take)

    async def last_story(self) -> int:
        return await self._readers.run(stories.last_story)

    async def commit_stories(self, changes: StoryChanges, now: datetime, owner: str) -> bool:
        def work(conn: sqlite3.Connection) -> bool:
            held = conn.execute(
                "SELECT 1 FROM leases WHERE name = ? AND owner = ?", (CLUSTER_LEASE, owner)
            ).fetchone()
            if held is None:
                return False
            stories.apply_changes(conn, changes, now)
            return True

        return await self._write(work)

    async def story_item(self, item_id: int) -> StoryItem | None:
        return await self._readers.run(lambda c: stories.story_item(c, item_id))

    async def known_items(self, ids: Sequence[int]) -> Mapping[int, KnownItem]:
        return await self._readers.run(lambda c: resolve.known_items(c, ids, None))

    async def merged_at(self, item_id: int) -> datetime | None:
        row = await self._readers.run(
            lambda c: c.execute(
                "SELECT at FROM redirects WHERE kind = 'i' AND old_id = ?", (item_id,)
            ).fetchone()
        )
        return None if row is None else codec.at(row[0])

    async def story_links(self) -> StoryLinks:
        return await self._readers.run(stories.links)

    async def link(
        self,
        one: int,
        other: int,
        kind: str,
        now: datetime,
        note: str,
        along: Sequence[int] = (),
    ) -> None:
        def work(conn: sqlite3.Connection) -> None:
            stories.link(conn, one, other, kind, now, note, along)
            # whoever places just now knows nothing of it, and may be about to mint the same id
            conn.execute("DELETE FROM leases WHERE name = ?", (CLUSTER_LEASE,))

        await self._write(work)

    async def take_lease(
        self, name: str, owner: str, now: datetime, length: timedelta
    ) -> Lease | None:
        return await self._write(lambda c: sources.take_lease(c, name, owner, now, length))

    async def drop_lease(self, name: str, owner: str) -> None:
        await self._write(lambda c: sources.drop_lease(c, name, owner))

    async def any_lease(self, prefix: str, now: datetime, *, but: str) -> bool:
        return await self._readers.run(lambda c: sources.any_lease(c, prefix, now, but))

    # --- lists ----------------------------------------------------------------------------

    async def rank_input(
        self,
        now: datetime,
        since: datetime,
        limit: int,
        *,
        least: int = 0,
        past: bool = False,
    ) -> RankInput:
        return await self._readers.run(
            lambda c: self._window.rank_input(c, now, since, limit, least, past=past)
        )

    async def fingerprint_at(self, at: datetime) -> str | None:
        return await self._readers.run(lambda c: lists.fingerprint_at(c, at))

    async def standing_at(
        self, at: datetime, *, before: bool = False
    ) -> dict[str, tuple[RankedList, str]]:
        return await self._readers.run(lambda c: lists.standing_at(c, at, before=before))

    async def story_items(self, ids: Iterable[int]) -> list[StoryItem]:
        return await self._readers.run(lambda c: stories.by_id(c, ids))

    async def add_clicks(self, counts: Mapping[tuple[int, datetime], int]) -> None:
        rows = [(item_id, int(hour.timestamp()), n) for (item_id, hour), n in counts.items()]
        await self._write(lambda c: clicks.add_clicks(c, rows))

    async def unread_links(self, limit: int) -> list[LinkSource]:
        return await self._readers.run(lambda c: clicks.unread_links(c, limit))

    async def note_links(
        self, read: Sequence[LinkSource], links: Sequence[tuple[LinkSource, str]], now: datetime
    ) -> None:
        await self._write(lambda c: clicks.note_links(c, read, links, now))

    async def last_tick(self) -> datetime | None:
        row = await self._readers.run(
            lambda c: c.execute("SELECT value FROM meta WHERE key = 'last_tick'").fetchone()
        )
        return None if row is None else codec.at(int(row[0]))

    async def load_lists(self) -> dict[str, tuple[RankedList, str]]:
        return await self._readers.run(lists.load_lists)

    async def save_lists(
        self,
        ranked: Iterable[RankedList],
        tick: datetime,
        fingerprint: str,
        with_firsts: frozenset[str],
    ) -> frozenset[str]:
        def work(conn: sqlite3.Connection) -> frozenset[str]:
            lists.note_fingerprint(conn, tick, fingerprint)
            conn.execute(
                "INSERT OR REPLACE INTO meta VALUES ('last_tick', ?)", (str(codec.seconds(tick)),)
            )
            return frozenset(
                one.slug
                for one in ranked
                if lists.save_list(conn, one, fingerprint, one.slug in with_firsts)
            )

        return await self._write(work)

    async def firsts(self, slug: str, limit: int) -> list[tuple[Ranked, Item, datetime]]:
        def work(conn: sqlite3.Connection) -> list[tuple[Ranked, Item, datetime]]:
            rows = lists.firsts(conn, slug, limit)
            found = reading.items(conn, [row[0] for row in rows])
            hidden, titles = hand.overridden(conn, slug)
            return [
                (
                    codec.unpack_ranked(entry)[0],
                    replace(
                        found[item_id],
                        title=titles.get(item_id, title),
                        summary=summary,
                        link=link,
                    ),
                    tick,
                )
                for item_id, tick, title, summary, link, entry in rows
                if item_id in found and item_id not in hidden
            ]

        return await self._readers.run(work)

    # --- reading --------------------------------------------------------------------------

    async def items(self, ids: Iterable[int]) -> Mapping[int, Item]:
        return await self._readers.run(lambda c: reading.items(c, ids))

    async def story(self, story_id: int) -> list[Item]:
        return await self._readers.run(lambda c: reading.story(c, story_id))

    async def of_source(self, source_id: int, limit: int) -> list[Item]:
        return await self._readers.run(lambda c: reading.of_source(c, source_id, limit))

    async def recent(
        self, where: ItemFilter, limit: int, before: tuple[datetime, int] | None = None
    ) -> list[Item]:
        return await self._readers.run(lambda c: reading.recent(c, where, limit, before))

    async def search(
        self,
        words: str,
        limit: int,
        where: ItemFilter | None = None,
        offset: int = 0,
        *,
        newest: bool = False,
    ) -> list[Item]:
        return await self._readers.run(
            lambda c: reading.search(c, words, limit, where, offset, newest=newest)
        )

    # --- archives and pings ---------------------------------------------------------------

    async def entered(self, feed: str) -> int:
        return await self._readers.run(lambda c: archives.entered(c, feed))

    async def archive_page(self, feed: str, start: int, size: int) -> ArchivePage:
        return await self._readers.run(lambda c: archives.page(c, feed, start, size))

    async def unsealed(self, feed: str, size: int) -> list[int]:
        return await self._readers.run(lambda c: archives.unsealed(c, feed, size))

    async def seal(
        self, feed: str, number: int, documents: Mapping[str, bytes], now: datetime
    ) -> None:
        await self._write(lambda c: archives.seal(c, feed, number, documents, now))

    async def archive(
        self, feed: str, number: int, size: int, kind: str
    ) -> ArchivedDocument | None:
        return await self._readers.run(lambda c: archives.document(c, feed, number, size, kind))

    async def ask_pings(self, pairs: Sequence[tuple[str, str]], now: datetime) -> None:
        await self._write(lambda c: pings.ask(c, pairs, now))

    async def due_pings(self, now: datetime, limit: int) -> list[Ping]:
        return await self._readers.run(lambda c: pings.due(c, now, limit))

    async def note_ping(
        self,
        ping: Ping,
        now: datetime,
        next_at: datetime | None,
        status: int | None,
        reason: str,
    ) -> None:
        await self._write(lambda c: pings.note(c, ping, now, next_at, status, reason))
