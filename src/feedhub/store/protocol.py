"""What the hub asks of a store: domain batches, asynchronous, each one atomic."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

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
from feedhub.store.upkeep import Upkeep


class Store(Upkeep, Protocol):
    """Every method raises StoreError with one clear line when the database cannot be used."""

    @property
    def owner(self) -> str:
        """The name under which this process holds leases."""
        ...

    async def open(self) -> None:
        """Open, bring up to date, and give up the leases of processes that have ended."""
        ...

    async def close(self) -> None: ...

    async def authority(self) -> str:
        """The tag: authority (RFC 4151), minted when the database was created."""
        ...

    # sources
    async def sync_sources(
        self, sources: Sequence[Source], describe: Callable[[Source], tuple[str, str]]
    ) -> None:
        """Make the store's sources equal the configuration.

        ``describe`` gives (name, voice) of one that is new, and is called for no other.
        """
        ...

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
        """Lease sources that are due: those whose last fetch failed, or the others.

        ``everything`` leases by rising id from ``after``, due or not; ``but`` are keys of sources
        to pass over this time.
        """
        ...

    async def release(self, source_ids: Sequence[int], owner: str) -> None: ...

    async def paused(self) -> list[StoredSource]:
        """Sources whose hosts have asked for quiet: what a restart must not forget."""
        ...

    async def stored(self, source_id: int) -> StoredSource | None:
        """One configured source as it stands."""
        ...

    async def save_subscription(
        self,
        source_id: int,
        token: str,
        next_step_at: datetime | None,
        push_until: datetime | None,
        data: Mapping[str, Any],
    ) -> None:
        """Keep a WebSub subscription, ``data``, in the place of the source's earlier one."""
        ...

    async def subscription(self, source_id: int) -> Mapping[str, Any] | None: ...

    async def subscription_by_token(self, token: str) -> Mapping[str, Any] | None: ...

    async def subscriptions_due(self, now: datetime) -> Sequence[Mapping[str, Any]]:
        """Those that need a step now, and those whose source is no longer read."""
        ...

    async def mend_clock(self, now: datetime, longest: timedelta) -> int:
        """Take back what a clock that was ahead has dated and planned; how many sources were."""
        ...

    async def next_due(self) -> datetime | None: ...

    async def statuses(self) -> list[SourceStatus]: ...

    async def status(self, source_id: int) -> SourceStatus | None:
        """A configured source as it stands; None: there is none of that id."""
        ...

    async def fetch_log(self, since: datetime) -> list[FetchLogRow]:
        """The requests made since then, oldest first: what the audit of manners reads."""
        ...

    async def hashes(self, source_id: int) -> frozenset[bytes]: ...

    async def commit_fetch(
        self, commit: FetchCommit, now: datetime, identity: Identity, *, patient: bool = False
    ) -> CommitReport:
        """One fetch, atomically. Several may share a transaction.

        A ``patient`` one waits a moment for others to share it with, which costs all of them less.
        """
        ...

    # stories
    async def unplaced(self, limit: int) -> list[StoryItem]: ...

    async def placed_since(
        self, since: datetime, limit: int, after: tuple[datetime, int] | None = None
    ) -> list[StoryItem]:
        """Items with a story that tell of the time since ``since``, in order of time and id.

        A page of ``limit``, after the time and id of the last one of the page before.
        """
        ...

    async def take_restated(self) -> list[int]:
        """Items that have changed in what stories are made from, or that are no more, since the
        last call; each is given once.
        """
        ...

    async def last_story(self) -> int: ...

    async def commit_stories(self, changes: StoryChanges, now: datetime, owner: str) -> bool:
        """Write placements and merges; false, and nothing written, without the lease."""
        ...

    async def story_item(self, item_id: int) -> StoryItem | None: ...

    async def known_items(self, ids: Sequence[int]) -> Mapping[int, KnownItem]:
        """What identity knows of items, with the guids that any source has given them."""
        ...

    async def merged_at(self, item_id: int) -> datetime | None:
        """When an item was merged into another; null for one that was not."""
        ...

    async def story_links(self) -> StoryLinks: ...

    async def link(
        self,
        one: int,
        other: int,
        kind: str,
        now: datetime,
        note: str,
        along: Sequence[int] = (),
    ) -> None:
        """Record for good that two items are one story (``join``) or are not (``split``).

        Where a story is taken apart, who told later leaves it, and of its other items those
        ``along``; for these, nothing is recorded.
        """
        ...

    async def take_lease(
        self, name: str, owner: str, now: datetime, length: timedelta
    ) -> Lease | None: ...

    async def drop_lease(self, name: str, owner: str) -> None: ...

    async def any_lease(self, prefix: str, now: datetime, *, but: str) -> bool:
        """Whether a lease whose name begins so runs, given to any other owner than ``but``."""
        ...

    # lists
    async def rank_input(
        self,
        now: datetime,
        since: datetime,
        limit: int,
        *,
        least: int = 0,
        past: bool = False,
    ) -> RankInput:
        """What a tick ranks from: items since ``since``, else the newest ``least`` of all.

        At most ``limit`` of them; with ``past``, as it was at ``now``.
        """
        ...

    async def fingerprint_at(self, at: datetime) -> str | None:
        """The configuration under which lists were ranked then."""
        ...

    async def standing_at(
        self, at: datetime, *, before: bool = False
    ) -> dict[str, tuple[RankedList, str]]:
        """The lists as they stood then, without reasons; ``before`` a tick at that very time."""
        ...

    async def story_items(self, ids: Iterable[int]) -> list[StoryItem]:
        """Items as the story engine sees them."""
        ...

    async def add_clicks(self, counts: Mapping[tuple[int, datetime], int]) -> None:
        """Add to the clicks of items, by (item, beginning of the hour)."""
        ...

    async def unread_links(self, limit: int) -> list[LinkSource]:
        """Items whose text has not been looked at for links, oldest id first."""
        ...

    async def note_links(
        self, read: Sequence[LinkSource], links: Sequence[tuple[LinkSource, str]], now: datetime
    ) -> None:
        """Keep the canonical links in the texts of the items that were read."""
        ...

    async def last_tick(self) -> datetime | None:
        """When lists were last ranked, changed or not."""
        ...

    async def load_lists(self) -> dict[str, tuple[RankedList, str]]: ...

    async def save_lists(
        self,
        lists: Iterable[RankedList],
        tick: datetime,
        fingerprint: str,
        with_firsts: frozenset[str],
    ) -> frozenset[str]:
        """Store the lists of one tick together; the slugs of those that readers see changed."""
        ...

    async def firsts(self, slug: str, limit: int) -> list[tuple[Ranked, Item, datetime]]:
        """The newest of an append-only feed: titles, leads and links as they were on entering."""
        ...

    # reading
    async def items(self, ids: Iterable[int]) -> Mapping[int, Item]: ...

    async def story(self, story_id: int) -> list[Item]: ...

    async def of_source(self, source_id: int, limit: int) -> list[Item]: ...

    async def recent(
        self, where: ItemFilter, limit: int, before: tuple[datetime, int] | None = None
    ) -> list[Item]:
        """The newest items that pass, after ``before`` (time told, id) in that order."""
        ...

    async def search(
        self,
        words: str,
        limit: int,
        where: ItemFilter | None = None,
        offset: int = 0,
        *,
        newest: bool = False,
    ) -> list[Item]:
        """Items that hold all the words, the best match first; ``newest``: the newest first."""
        ...

    # archives: feeds are named by slug, the append-only feed of a popular list SLUG.new
    async def entered(self, feed: str) -> int:
        """How many entries the feed ever held."""
        ...

    async def archive_page(self, feed: str, start: int, size: int) -> ArchivePage:
        """Entries in order of entering, from number ``start`` (0 is the first ever)."""
        ...

    async def unsealed(self, feed: str, size: int) -> list[int]:
        """Complete pages of ``size`` entries whose documents are not stored yet."""
        ...

    async def seal(
        self, feed: str, number: int, documents: Mapping[str, bytes], now: datetime
    ) -> None:
        """Store a page's documents by format, once and for all."""
        ...

    async def archive(
        self, feed: str, number: int, size: int, kind: str
    ) -> ArchivedDocument | None:
        """A sealed document, bodiless when an item of it is stored no more; None: none."""
        ...

    # WebSub hubs to be told of changed feeds
    async def ask_pings(self, pairs: Sequence[tuple[str, str]], now: datetime) -> None:
        """Note (hub, topic) pairs to be told; one that waits already keeps its time."""
        ...

    async def due_pings(self, now: datetime, limit: int) -> list[Ping]: ...

    async def note_ping(
        self,
        ping: Ping,
        now: datetime,
        next_at: datetime | None,
        status: int | None,
        reason: str,
    ) -> None:
        """Log an attempt; ``next_at`` is null when there is to be no other."""
        ...
