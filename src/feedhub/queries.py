"""What the pages ask the store for by id or word, as the server wants it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from feedhub import hands
from feedhub.evidence import Copies
from feedhub.hub import Hub
from feedhub.model import (
    ArchivedDocument,
    ArchivePage,
    Config,
    Item,
    ItemFilter,
    RankInput,
    SourceStatus,
)
from feedhub.publish.context import ARCHIVE_SIZE
from feedhub.publish.views import Explained, SourceDetail, StoryDetail
from feedhub.rank import explain
from feedhub.ticks import rank_data

SOURCE_ITEMS = 50
# Reading all that a tick ranks from costs a tick; who asks why again within this gets what was
# read then, and after it the memory is given back.
RANK_KEPT = timedelta(minutes=1)


class StoreQueries:
    """See :class:`feedhub.serve.Queries`."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._store = hub.store
        self._ranked_from: tuple[Config, RankInput] | None = None
        self._copies = Copies(hub.store)
        self._explaining = asyncio.Lock()

    async def search(
        self,
        text: str,
        limit: int,
        where: ItemFilter | None = None,
        offset: int = 0,
        *,
        newest: bool = False,
    ) -> Sequence[Item]:
        return await self._store.search(text, limit, where, offset, newest=newest)

    async def recent(
        self, where: ItemFilter, limit: int, before: tuple[datetime, int] | None = None
    ) -> Sequence[Item]:
        return await self._store.recent(where, limit, before)

    async def item(self, number: int) -> Item | None:
        return (await self._store.items([number])).get(number)

    async def story(self, number: int) -> StoryDetail | None:
        items = await self._store.story(number)
        if not items:
            return None
        survivor = items[0].story_id
        assert survivor is not None
        titles = {spec.slug: spec.title for spec in self._hub.config.lists if spec.access is None}
        placed = tuple(
            (titles[slug], ranked)
            for slug, (standing, _) in (await self._store.load_lists()).items()
            if slug in titles
            for ranked in standing.entries
            if ranked.story_id == survivor
        )
        return StoryDetail(survivor, tuple(items), placed)

    async def source(self, number: int) -> SourceDetail | None:
        status = await self._store.status(number)
        if status is None:
            return None
        return SourceDetail(status, tuple(await self._store.of_source(number, SOURCE_ITEMS)))

    async def statuses(self) -> Sequence[SourceStatus]:
        return await self._store.statuses()

    async def explain(self, number: int, slug: str) -> Explained | None:
        spec = next((one for one in self._hub.config.lists if one.slug == slug), None)
        told = await self._store.story(number)  # of what was taken down nothing is said
        if spec is None or not told or told[0].story_id is None:
            return None
        number = told[0].story_id
        async with self._explaining:  # one at a time: it is the dearest of all questions
            orders = await self._store.hands(self._hub.clock())
            data = hands.ranked_of(spec, await self._rank_input(), orders)
            found = await asyncio.to_thread(explain, data, number, spec)
        if found is None:
            return None
        standing = (await self._store.load_lists()).get(slug)
        places = standing[0].entries if standing else ()
        position = next((one.position for one in places if one.story_id == number), None)
        return Explained(
            number, slug, found.score, found.voices, found.above_floor, found.reasons, position
        )

    async def _rank_input(self) -> RankInput:
        """What a tick would rank from now: the lists' windows, and copies marked."""
        now, config, kept = self._hub.clock(), self._hub.config, self._ranked_from
        if (
            kept is not None
            and kept[0] is config  # an edit may have asked for another window
            and timedelta(0) <= now - kept[1].now < RANK_KEPT
        ):
            return kept[1]
        data = await rank_data(self._store, config, now, copies=self._copies)
        self._ranked_from = (config, data)
        asyncio.get_running_loop().call_later(RANK_KEPT.total_seconds(), self._forget)
        return data

    def _forget(self) -> None:
        self._ranked_from = None

    async def entered(self, feed: str) -> int:
        return await self._store.entered(feed)

    async def archive_page(self, feed: str, number: int) -> ArchivePage:
        return await self._store.archive_page(feed, number * ARCHIVE_SIZE, ARCHIVE_SIZE)

    async def archive(self, feed: str, number: int, kind: str) -> ArchivedDocument | None:
        return await self._store.archive(feed, number, ARCHIVE_SIZE, kind)
