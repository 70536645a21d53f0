"""What the pages ask the store for by id or word, as the server wants it."""

from __future__ import annotations

from collections.abc import Sequence

from feedhub.hub import Hub
from feedhub.model import Item, SourceStatus
from feedhub.publish.views import SourceDetail, StoryDetail

SOURCE_ITEMS = 50


class StoreQueries:
    """See :class:`feedhub.serve.Queries`."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._store = hub.store

    async def search(self, text: str, limit: int) -> Sequence[Item]:
        return await self._store.search(text, limit)

    async def item(self, number: int) -> Item | None:
        return (await self._store.items([number])).get(number)

    async def story(self, number: int) -> StoryDetail | None:
        items = await self._store.story(number)
        if not items:
            return None
        survivor = items[0].story_id
        assert survivor is not None
        titles = {spec.slug: spec.title for spec in self._hub.config.lists}
        placed = tuple(
            (titles[slug], ranked)
            for slug, (standing, _) in (await self._store.load_lists()).items()
            if slug in titles
            for ranked in standing.entries
            if ranked.story_id == survivor
        )
        return StoryDetail(survivor, tuple(items), placed)

    async def source(self, number: int) -> SourceDetail | None:
        for status in await self._store.statuses():
            if status.stored.id == number:
                items = await self._store.of_source(number, SOURCE_ITEMS)
                return SourceDetail(status, tuple(items))
        return None

    async def statuses(self) -> Sequence[SourceStatus]:
        return await self._store.statuses()
