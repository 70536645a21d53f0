"""The second half of the line, on ticks whose time is an input: place, rank, and what then stands.

:class:`Stories` places what has no story yet, under a lease; :func:`rank` ranks and saves, and
:func:`replay` does the same for a past tick; :func:`listings` is what there is to render.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

import structlog

from feedhub import hands
from feedhub.clusterer import InThread
from feedhub.errors import FeedhubError
from feedhub.evidence import Copies, read_links
from feedhub.memory import give_back
from feedhub.model import (
    Config,
    Hand,
    Item,
    Listing,
    ListSpec,
    Placed,
    RankedList,
    RankInput,
    StoryChanges,
    StoryItem,
    StoryLinks,
)
from feedhub.store import PAGE, Store
from feedhub.values import dataclass

if TYPE_CHECKING:
    from feedhub.dedupe.stories import StoryEngine

log = structlog.get_logger()

# The clusterer's lease outlives any batch; a hub that dies holding it delays the next by this.
CLUSTER_LEASE = timedelta(minutes=2)
BATCH = 1000
LOADED = 2000  # items a page, while a window is loaded
# An item first seen now may tell of a story up to three days old; see the story engine.
STORY_WINDOW = timedelta(hours=72)
# What is ranked: everything of the last days, at least as long as any popular list's window,
# and beyond that the newest items up to this many, so that the lists of a quiet hub are full.
RANK_WINDOW = timedelta(days=3)
RANK_LIMIT = 20_000
RANK_LEAST = 3_000


class Engine(Protocol):
    """A story engine wherever it runs; see :mod:`feedhub.clusterer`."""

    async def load(self, items: Sequence[StoryItem]) -> None: ...

    async def place(
        self, items: Sequence[StoryItem], first: int, links: StoryLinks
    ) -> StoryChanges: ...

    async def close(self) -> None: ...


Start = Callable[[timedelta], Awaitable[Engine]]  # an empty window of that length


class Stories:
    """Places new items into stories, one clusterer at a time over all processes."""

    def __init__(
        self,
        store: Store,
        start: Start = InThread.start,
        stopwatch: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._stopwatch = stopwatch  # seconds since some time or other
        self._owner = store.owner
        self._start = start
        self._engine: Engine | None = None
        self._links = StoryLinks()
        self._turn = asyncio.Lock()
        self._outdated = False

    async def place(self, now: datetime) -> int:
        """Place what has no story yet; how many items were. 0 while another process does it.

        What comes while it places waits for the next call.
        """
        async with self._turn:
            return await self._place(now)

    async def _place(self, now: datetime) -> int:
        if self._outdated:
            self._outdated = False
            await self._forget()
        if not await self._lease(now):
            return 0
        links = await self._store.story_links()
        again = links != self._links
        if again:
            await self._forget()  # a person has spoken: what was placed may have moved
        placed = 0
        begun = self._stopwatch()
        while (batch := await self._store.unplaced(BATCH)) or again:
            again_told = await self._told_again()
            if self._engine is None:
                self._engine, self._links = await self._load(now), links
            engine, self._engine = self._engine, None  # not ours until what it says is stored
            stored = False
            try:
                changes = await engine.place(
                    [*batch, *again_told], await self._store.last_story() + 1, links
                )
                stored = await self._store.commit_stories(changes, now, self._owner)
            finally:
                if stored:
                    self._engine = engine
                else:
                    await engine.close()
            if not stored:
                break
            again = False
            placed += len(batch)
            if len(batch) < BATCH:
                break  # what has come meanwhile is for who places next: it may never end
            give_back()
            # a backlog may take longer than a lease is long
            if not await self._lease(now + timedelta(seconds=self._stopwatch() - begun)):
                break
        return placed

    async def _told_again(self) -> Sequence[StoryItem]:
        """What our window holds in words that are not the item's any more, as it is now.

        A window that holds what is no more is let go, as is one that has none of it yet.
        """
        ids = await self._store.take_restated()
        if self._engine is None or not ids:
            return ()
        found = await self._store.story_items(ids)
        if len(found) < len(ids):
            await self._forget()
            return ()
        return [item for item in found if item.story_id is not None]

    async def _lease(self, now: datetime) -> bool:
        """Take or renew the lease; what another has placed meanwhile, our index does not know."""
        lease = await self._store.take_lease("stories", self._owner, now, CLUSTER_LEASE)
        if lease != "kept":
            await self._forget()
        return lease is not None

    def forget(self) -> None:
        """What is stored has been changed by others: the next batch reads the window anew."""
        self._outdated = True

    async def follow(self, clock: Callable[[], datetime], more: asyncio.Event) -> None:
        """Place whenever ``more`` is set, until cancelled; what is under way is then finished.

        What fails is logged, and left to whoever places next.
        """
        while True:
            await more.wait()
            more.clear()
            placing = asyncio.ensure_future(self._try_to_place(clock()))
            try:
                await asyncio.shield(placing)
            except asyncio.CancelledError:
                await placing
                raise

    async def _try_to_place(self, now: datetime) -> None:
        try:
            await self.place(now)
        except FeedhubError as error:
            log.warning("items could not be placed; it will be tried again", error=str(error))

    async def close(self) -> None:
        """End the engine and give the lease back; placing again begins anew."""
        await self._forget()
        await self._store.drop_lease("stories", self._owner)

    async def engine(self, now: datetime) -> StoryEngine:
        """An engine over the window as it is stored, for asking it why."""
        # stemmers and all: who asks for none does without
        from feedhub.dedupe.stories import StoryEngine

        engine = StoryEngine(STORY_WINDOW)
        await self._fill(InThread(engine), now)
        return engine

    async def _load(self, now: datetime) -> Engine:
        engine = await self._start(STORY_WINDOW)
        try:
            await self._fill(engine, now)
        except BaseException:
            await engine.close()
            raise
        return engine

    async def _fill(self, engine: Engine, now: datetime) -> None:
        after = None
        since = now - STORY_WINDOW
        while page := await self._store.placed_since(since, LOADED, after):
            await engine.load(page)
            after = (page[-1].at, page[-1].id)

    async def _forget(self) -> None:
        engine, self._engine = self._engine, None
        if engine is not None:
            await engine.close()


async def rank_data(
    store: Store,
    config: Config,
    now: datetime,
    *,
    past: bool = False,
    copies: Copies | None = None,
) -> RankInput:
    """What the tick ``now`` ranks from; with ``past``, as it was then."""
    windows = [spec.window for spec in config.lists if spec.order == "popular"]
    since = now - max([RANK_WINDOW, *windows])
    data = await store.rank_input(now, since, RANK_LIMIT, least=RANK_LEAST, past=past)
    return await (copies or Copies(store)).mark(data)


def ranked_specs(config: Config) -> tuple[ListSpec, ...]:
    """Every list that a tick ranks: of a fair one the feed, which is whole, and the page."""
    found = []
    for spec in config.lists:
        found.append(replace(spec, fair=False))
        if spec.fair and spec.order == "latest":
            found.append(replace(spec, slug=spec.slug + PAGE))
    return tuple(found)


def held_on_to(
    standing: Mapping[str, tuple[RankedList, str]], config: Config
) -> dict[str, RankedList]:
    """Of the lists that stood, those that were ranked under this configuration."""
    return {
        slug: ranked
        for slug, (ranked, fingerprint) in standing.items()
        if fingerprint == config.fingerprint
    }


async def _before(
    store: Store,
    standing: Mapping[str, tuple[RankedList, str]],
    config: Config,
    orders: Sequence[Hand],
) -> dict[str, RankedList]:
    """What the tick before left to hold on to: not the places that pins gave, once they end."""
    previous = held_on_to(standing, config)
    now = {order.id for order in orders}
    for tick in {one.tick for one in previous.values()}:
        then = await store.hands(tick, past=True)
        ended = [hand for hand in then if hand.action == "pin" and hand.id not in now]
        if ended:
            previous |= {
                slug: hands.unpinned(one, ended)
                for slug, one in previous.items()
                if one.tick == tick
            }
    return previous


async def rank(
    store: Store, config: Config, now: datetime, copies: Copies | None = None
) -> frozenset[str]:
    """Rank every list at the tick ``now``; the slugs of those that readers see changed."""
    await read_links(store, now)
    touched = await store.refresh_hands(now)
    orders = await store.hands(now)
    data = await rank_data(store, config, now, copies=copies)
    previous = await _before(store, await store.load_lists(), config, orders)
    ranked = await asyncio.to_thread(_ranked, config, data, orders, previous)
    popular = frozenset(spec.slug for spec in config.lists if spec.order == "popular")
    changed = await store.save_lists(ranked.values(), now, config.fingerprint, popular)
    if touched:  # titles too
        return frozenset(spec.slug for spec in config.lists)
    return frozenset(slug.removesuffix(PAGE) for slug in changed)


async def replay(store: Store, config: Config, now: datetime) -> dict[str, RankedList]:
    """Every list as a tick at the past time ``now`` ranks it, by slug; nothing is written.

    The tick that stood then gives the same again, editors' hands of that time included, while
    what it read is kept. Headlines, texts and the configuration are today's.
    """
    orders = await store.hands(now, past=True)
    data = await rank_data(store, config, now, past=True)
    previous = await _before(store, await store.standing_at(now, before=True), config, orders)
    return await asyncio.to_thread(_ranked, config, data, orders, previous)


def _ranked(
    config: Config, data: RankInput, orders: Sequence[Hand], previous: Mapping[str, RankedList]
) -> dict[str, RankedList]:
    """Every list at the tick, with editors' orders in it."""
    from feedhub.rank import rank_lists  # a pass with nothing new ranks nothing

    ranked: dict[str, RankedList] = {}
    for specs, there in hands.apart(ranked_specs(config), data, orders):
        found = rank_lists(hands.room(specs, orders), there, previous)
        ranked |= hands.obeyed(found, specs, there, orders) if orders else found
    return ranked


@dataclass(frozen=True, slots=True)
class Listings:
    """All lists, ready to be rendered: as they stand, and the append-only feeds.

    ``pages`` are, by slug, those that the page shows otherwise than the feed.
    """

    standing: tuple[Listing, ...]
    firsts: tuple[Listing, ...]
    pages: Mapping[str, Listing] = field(default_factory=dict)

    @property
    def as_seen(self) -> tuple[Listing, ...]:
        """The standing lists in the form that pages show."""
        return tuple(self.pages.get(one.spec.slug, one) for one in self.standing)


async def listings(store: Store, config: Config, now: datetime) -> Listings:
    """The configured lists as the last tick that changed them left them.

    A list that no tick has ranked yet is there too, empty, as of ``now``.
    """
    standing = await store.load_lists()
    orders = await store.hands(now)
    now_there = {slug: hands.told(ranked, orders) for slug, (ranked, _) in standing.items()}
    ids = {
        item_id
        for ranked in now_there.values()
        for entry in ranked.entries
        for item_id in (entry.item_id, *entry.also)
    }
    items = await store.items(ids)
    found, pages = [], {}
    for spec in config.lists:
        found.append(_listing(spec, now_there.get(spec.slug), items, now))
        page = now_there.get(spec.slug + PAGE)
        if page is not None and spec.fair and spec.order == "latest":
            pages[spec.slug] = _listing(spec, page, items, now)
    firsts = [
        await _firsts(store, listing.spec, listing.tick)
        for listing in found
        if listing.spec.order == "popular"
    ]
    return Listings(tuple(found), tuple(firsts), pages)


def _listing(
    spec: ListSpec, ranked: RankedList | None, items: Mapping[int, Item], now: datetime
) -> Listing:
    ranked = ranked or RankedList(spec.slug, now, ())
    entries = tuple(
        Placed(
            entry,
            items[entry.item_id],
            tuple(items[also] for also in entry.also if also in items),
        )
        for entry in ranked.entries
        if entry.item_id in items
    )
    return Listing(
        spec=spec,
        tick=ranked.tick,
        updated=max([ranked.tick, *(placed.item.updated for placed in entries)]),
        entries=entries,
        note=ranked.note,
        note_code=ranked.note_code,
    )


async def _firsts(store: Store, spec: ListSpec, tick: datetime) -> Listing:
    rows = await store.firsts(spec.slug, spec.limit)
    return Listing(
        spec=spec,
        tick=tick,
        updated=max((entered for _, _, entered in rows), default=tick),
        entries=tuple(Placed(ranked, item) for ranked, item, _ in rows),
    )
