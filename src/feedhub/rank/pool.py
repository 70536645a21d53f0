"""The stories of a tick, studied once for all lists, and only as far as a list needs."""

from __future__ import annotations

from collections.abc import Mapping

from feedhub.model import RankInput, RankItem
from feedhub.rank.signals import context
from feedhub.rank.stories import Story, gather, study
from feedhub.rank.tuning import Tuning


class Pool:
    """Stories by what is known of them.

    ``shared`` have several items, counts or a place in a top list: only these can rise above
    the floor. The others, a lone item each, are looked at only when a list falls back on them.
    """

    def __init__(self, data: RankInput, tuning: Tuning) -> None:
        self.ctx = context(data, tuning)
        self.groups = gather(data)
        self._studied: dict[int, Story] = {}
        self._shared: list[Story] | None = None
        self._lone: list[tuple[int, RankItem]] = []

    def shared(self, weights: Mapping[str, float]) -> list[Story]:
        """The stories that may rise above the floor, best first."""
        if self._shared is None:
            self._shared = self._divide()
        if not weights:
            return self._shared
        return sorted(self._shared, key=lambda story: (-story.score(weights), -story.id))

    def lone(self) -> list[tuple[int, RankItem]]:
        """(story id, item) of the others."""
        self.shared({})
        return self._lone

    def story(self, story_id: int) -> Story:
        """A story, studied."""
        found = self._studied.get(story_id)
        if found is None:
            found = self._studied[story_id] = study(story_id, self.groups[story_id], self.ctx)
        return found

    def _divide(self) -> list[Story]:
        shared = []
        toplists = self.ctx.toplists
        for story_id, items in self.groups.items():
            if len(items) == 1:
                item = items[0]
                if not (item.counts or item.history or not toplists.isdisjoint(item.source_ids)):
                    self._lone.append((story_id, item))
                    continue
            shared.append(self.story(story_id))
        shared.sort(key=lambda story: (-story.base, -story.id))
        return shared
