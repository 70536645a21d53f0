"""The stories of a tick, studied once for all lists, and only as far as a list reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from heapq import heapify, heappop, heapreplace
from operator import mul

from feedhub.model import RankInput, RankItem
from feedhub.rank.curves import points, swell
from feedhub.rank.signals import Context, context, count_bound
from feedhub.rank.stories import Groups, Story, study
from feedhub.rank.tuning import TERMS, Tuning

Bound = tuple[float, ...]  # a worth for each of TERMS, in their order
_EARLIEST = datetime.min.replace(tzinfo=UTC)


class Pool:
    """Stories by what is known of them, best first, each studied once for all lists.

    The shared ones have several items, counts or a place in a top list: only these can rise
    above the floor. The others, a lone item each, are looked at only when a list falls back
    on them.
    """

    def __init__(self, data: RankInput, tuning: Tuning) -> None:
        # orders know the studies, not the pool: in a circle all items would outlive the tick
        self._studies = Studies(data, tuning)
        self.ctx, self.groups = self._studies.ctx, self._studies.groups
        self._plain = _Order(self._studies, {})

    def shared(self, weights: Mapping[str, float]) -> Iterator[Story]:
        """The stories that may rise above the floor, best first; studied as they are read."""
        return iter(self._plain if not weights else _Order(self._studies, weights))

    def all(self, weights: Mapping[str, float], window: timedelta) -> Iterator[Story]:
        """Every story told within ``window`` and maybe others, best first; studied as read."""
        return iter(_Order(self._studies, weights, window))

    def story(self, story_id: int) -> Story:
        """A story, studied."""
        return self._studies.story(story_id)


class Studies:
    """What was found out about stories so far, and what each of the others can be at most."""

    def __init__(self, data: RankInput, tuning: Tuning) -> None:
        groups = self.groups = Groups(data)
        self.ctx = context(data, groups.counted, groups.placed, tuning)
        self._known: dict[int, Story] = {}
        self._bounds: list[tuple[int, Bound]] | None = None
        self._lone: list[tuple[int, Bound]] = []
        self._reach = timedelta(0)  # how far back the lone ones have been looked at
        # those of one item that has counts or stands in a top list
        self._loud = {item.story_id for item in groups.counted}
        toplists = self.ctx.toplists
        if toplists:
            self._loud.update(
                item.story_id for item in groups.placed if not toplists.isdisjoint(item.source_ids)
            )
        self._loud.difference_update(groups.shared)

    def story(self, story_id: int) -> Story:
        """A story, studied."""
        found = self._known.get(story_id)
        if found is None:
            found = self._known[story_id] = study(story_id, self.groups[story_id], self.ctx)
        return found

    def bounds(self) -> list[tuple[int, Bound]]:
        """(story id, more than each of its terms can be) of the shared stories."""
        if self._bounds is None:
            ctx, firsts = self.ctx, self.groups.firsts
            self._bounds = [
                (story_id, _bound(items, ctx)) for story_id, items in self.groups.shared.items()
            ]
            self._bounds += [(story_id, _bound([firsts[story_id]], ctx)) for story_id in self._loud]
        return self._bounds

    def lone(self) -> Iterator[tuple[int, RankItem]]:
        """(story id, item) of the others."""
        shared, loud = self.groups.shared, self._loud
        for story_id, item in self.groups.firsts.items():
            if story_id not in shared and story_id not in loud:
                yield story_id, item

    def lone_bounds(self, window: timedelta) -> list[tuple[int, Bound]]:
        """The same of the others, as far back as the window."""
        if window > self._reach:
            oldest = self.ctx.now - window
            self._lone = [
                (story_id, _bound([item], self.ctx))
                for story_id, item in self.lone()
                if (item.effective or item.first_seen) >= oldest
            ]
            self._reach = window
        return self._lone


class _Order:
    """The shared stories, or with ``lone`` all, by score under some weights.

    They are studied only as far as they are read.

    A heap holds every story under an upper bound; what comes to the top is studied and put
    back under its score, and is next when it comes to the top again. Equal scores go by age.
    """

    def __init__(
        self, studies: Studies, weights: Mapping[str, float], lone: timedelta | None = None
    ) -> None:
        self._studies = studies
        self._lone_window = lone
        self._weights = weights
        self._heap: list[tuple[float, float, int, Story | None]] | None = None
        self._read: list[Story] = []

    def __iter__(self) -> Iterator[Story]:
        place = 0
        while True:
            if place == len(self._read) and not self._next():
                return
            yield self._read[place]
            place += 1

    def _next(self) -> bool:
        if self._heap is None:
            factors = [max(0.0, self._weights.get(term, 1.0)) for term in TERMS]
            bounds = self._studies.bounds()
            if self._lone_window is not None:
                bounds = [*bounds, *self._studies.lone_bounds(self._lone_window)]
            # A hair more, since bound and score add the same numbers in another order.
            self._heap = [
                (-1e-9 - sum(map(mul, bound, factors)), -1.0, -story_id, None)
                for story_id, bound in bounds
            ]
            heapify(self._heap)
        heap = self._heap
        while heap:
            _, _, negative, story = heap[0]
            if story is not None:
                heappop(heap)
                self._read.append(story)
                return True
            story = self._studies.story(-negative)
            heapreplace(heap, (*story.rank(self._weights), story))
        return False


def _bound(items: list[RankItem], ctx: Context) -> Bound:
    """More than each term of a story can be, without looking closely.

    As if every item were a voice of its own, as fresh and as heavy as the best of them, and
    every count had been gained at once when it was last seen to rise.
    """
    tuning = ctx.tuning
    newest = _EARLIEST
    weight = most = 0.0
    placed = counted = False
    for item in items:
        at = item.effective
        if at is None or at > item.first_seen:
            at = item.first_seen
        if at > newest:
            newest = at
        if item.weight > weight:
            weight = item.weight
        if item.position is not None or item.places:
            placed = True
        if item.counts or item.history:
            counted = True
            most = max(most, count_bound(item, ctx))
    age = max(0.0, (ctx.now - newest).total_seconds() / 3600.0)
    whole = swell(
        ((age, weight * len(items)),),
        tuning.voice_fast,
        tuning.voice_slow,
        tuning.voice_slow_share,
    )
    counts = points(most / tuning.count_unit, tuning.count_cap) if counted else 0.0
    own = min(counts, tuning.own_cap)
    return (
        points(whole, tuning.coverage_cap),
        counts,
        tuning.prominence if placed else 0.0,
        tuning.toplist if placed else 0.0,
        own,
        own,
    )
