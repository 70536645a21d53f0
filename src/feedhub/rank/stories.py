"""Stories at a tick with their terms, computed once and shared by all lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from feedhub.model import RankInput, RankItem
from feedhub.rank.curves import points
from feedhub.rank.signals import (
    Context,
    CountSignal,
    PlaceSignal,
    Voice,
    age_of,
    best_count,
    best_place,
    coverage,
    voices,
)


@dataclass(slots=True)
class Story:
    """A story's items (first told first), what is known of it, and its points per term."""

    id: int
    items: list[RankItem]
    age: float  # hours since its last telling
    voices: list[Voice]
    pace: float  # of voices
    count: CountSignal | None
    prominence: PlaceSignal | None
    toplist: PlaceSignal | None
    points: dict[str, float]

    def score(self, weights: Mapping[str, float]) -> float:
        """The sum of its terms, each times the list's factor for it (1 when not named)."""
        if not weights:
            return sum(self.points.values())
        return sum(worth * weights.get(term, 1.0) for term, worth in self.points.items())


def gather(data: RankInput) -> dict[int, list[RankItem]]:
    """The items of each story that were there at the tick, first told first."""
    now = data.now
    found: dict[int, list[RankItem]] = {}
    for item in data.items:
        if item.first_seen <= now:
            group = found.get(item.story_id)
            if group is None:
                found[item.story_id] = [item]
            else:
                group.append(item)
    for group in found.values():
        if len(group) > 1:
            group.sort(key=lambda item: (-age_of(item, now), item.id))
    return found


def study(story_id: int, items: list[RankItem], ctx: Context) -> Story:
    """A story with all its terms."""
    tuning = ctx.tuning
    told = voices(items, ctx)
    pace = coverage(told, tuning)
    count = best_count(items, ctx)
    prominence = best_place(items, ctx, toplist=False)
    toplist = best_place(items, ctx, toplist=True)
    age = min(age_of(item, ctx.now) for item in items)
    worth = {
        "coverage": points(pace, tuning.term_cap),
        "counts": points(count.pace, tuning.term_cap) if count else 0.0,
        "prominence": tuning.prominence_points * prominence.value if prominence else 0.0,
        "toplist": tuning.toplist_points * toplist.value if toplist else 0.0,
        "freshness": tuning.freshness_points * 2.0 ** (-age / tuning.freshness_half_life),
    }
    return Story(story_id, items, age, told, pace, count, prominence, toplist, worth)
