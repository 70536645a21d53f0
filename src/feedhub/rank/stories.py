"""Stories at a tick with their terms, computed once and shared by all lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field

from feedhub.model import RankInput, RankItem
from feedhub.rank.curves import points
from feedhub.rank.signals import (
    Context,
    CountSignal,
    PlaceSignal,
    Voice,
    age_of,
    best_place,
    coverage,
    hub_count,
    source_count,
    voices,
)
from feedhub.values import dataclass


@dataclass(slots=True)
class Story:
    """A story's items (first told first), what is known of it, and its points per term."""

    id: int
    items: list[RankItem]
    age: float  # hours since it was last told
    voices: list[Voice]  # independent ones
    carriers: list[Voice]  # who print what another wrote
    pace: float  # of both
    points: dict[str, float]
    base: float  # the sum of the points
    counts: dict[str, CountSignal] = field(default_factory=dict)  # by term
    prominence: PlaceSignal | None = None
    toplist: PlaceSignal | None = None

    def score(self, weights: Mapping[str, float]) -> float:
        """The sum of its terms, each times the list's factor for it (1 when not named)."""
        if not weights:
            return self.base
        return sum(worth * weights.get(term, 1.0) for term, worth in self.points.items())

    def rank(self, weights: Mapping[str, float], held: float = 0.0) -> tuple[float, float, int]:
        """What orders are sorted by: the score, then who was told last, then the younger story.

        ``held`` are points that count for the order only.
        """
        return -(self.score(weights) + held), self.age, -self.id


class Groups(Mapping[int, list[RankItem]]):
    """The items of each story that were there at the tick, as they came.

    Most stories have one item, so lists are made only for the others. ``counted`` are the
    items with counts, ``placed`` those that stand in a document now.
    """

    def __init__(self, data: RankInput) -> None:
        now = data.now
        self.there = [item for item in data.items if item.first_seen <= now]
        self.firsts: dict[int, RankItem] = {}
        self.shared: dict[int, list[RankItem]] = {}
        self.counted: list[RankItem] = []
        self.placed: list[RankItem] = []
        first_of, shared = self.firsts.setdefault, self.shared
        for item in self.there:
            first = first_of(item.story_id, item)
            if first is not item:
                group = shared.get(item.story_id)
                if group is None:
                    shared[item.story_id] = [first, item]
                else:
                    group.append(item)
            if item.history or item.counts:
                self.counted.append(item)
            if item.position is not None or item.places:
                self.placed.append(item)

    def __getitem__(self, story_id: int) -> list[RankItem]:
        return self.shared.get(story_id) or [self.firsts[story_id]]

    def __iter__(self) -> Iterator[int]:
        return iter(self.firsts)

    def __len__(self) -> int:
        return len(self.firsts)


def told_order(items: list[RankItem], ctx: Context) -> list[RankItem]:
    """The items of a story, first told first."""
    if len(items) < 2:
        return items
    now = ctx.now
    return sorted(items, key=lambda item: (-age_of(item, now), item.id))


def study(story_id: int, items: list[RankItem], ctx: Context) -> Story:
    """A story with all its terms, from its items in any order."""
    tuning = ctx.tuning
    items = told_order(items, ctx)
    told = voices(items, ctx)
    if told and all(voice.copied for voice in told):
        # Whose words they are is not here: the first carrier stands in, of those with a time.
        first = max(told, key=lambda one: (not one.undated, one.first_age, one.publisher))
        first.copied = False
    own = [voice for voice in told if not voice.copied]
    carriers = [voice for voice in told if voice.copied]
    pace = coverage(told, tuning)
    age = _last_told(items, told, ctx)
    worth = {"coverage": points(pace, tuning.coverage_cap)}
    story = Story(story_id, items, age, own, carriers, pace, worth, 0.0)
    if any(item.counts or item.history for item in items):
        for term, count, cap in (
            ("counts", source_count(items, ctx), tuning.count_cap),
            ("clicks", hub_count(items, "clicks", ctx), tuning.own_cap),
            ("links", hub_count(items, "links", ctx), tuning.own_cap),
        ):
            if count is not None:
                story.counts[term] = count
                worth[term] = points(count.pace / tuning.count_unit, cap)
    story.prominence = best_place(items, ctx, toplist=False)
    if story.prominence is not None:
        worth["prominence"] = tuning.prominence * story.prominence.value
    story.toplist = best_place(items, ctx, toplist=True)
    if story.toplist is not None:
        worth["toplist"] = tuning.toplist * story.toplist.value
    story.base = sum(worth.values())
    return story


def _last_told(items: list[RankItem], told: list[Voice], ctx: Context) -> float:
    """Hours since the freshest voice, or since an aggregator's item where that is later."""
    ages = [age_of(item, ctx.now) for item in items if item.role != "outlet"]
    if told:
        ages.append(told[0].age)
    return min(ages)
