"""How alike two items are, and how well an item fits each story near it."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from feedhub.dedupe.stories.tuning import Tuning
from feedhub.dedupe.stories.window import Doc, Window


@dataclass(frozen=True, slots=True)
class Shared:
    """What two items have in common: each key with its share of the cosine."""

    cosine: float
    decay: float
    parts: tuple[tuple[str, float], ...]

    @property
    def similarity(self) -> float:
        return self.cosine * self.decay


class Scorer:
    """One item's weights against the window as it is now."""

    def __init__(self, doc: Doc, window: Window, tuning: Tuning) -> None:
        self.doc = doc
        self._window = window
        self._tuning = tuning
        self._weights = {key: self._weight(key) for key in doc.counts}
        self._length = self._norm(doc)

    def _weight(self, key: str) -> float:
        rare = self._window.idf(key)
        if key[0] in "<>":
            rare *= self._tuning.affix
        return rare * rare

    def _pair_weight(self, pair: tuple[str, str]) -> float:
        mean = (self._window.idf(pair[0]) + self._window.idf(pair[1])) / 2
        return (self._tuning.bigram * mean) ** 2

    def _norm(self, doc: Doc) -> float:
        total = sum(self._weight(key) * count * count for key, count in doc.counts.items())
        total += sum(self._pair_weight(pair) * count**2 for pair, count in doc.pairs.items())
        return sqrt(total)

    def shared(self, other: Doc) -> Shared:
        """The likeness of this item and another: cosine, feature by feature, and time."""
        length = self._length * self._norm(other)
        parts: list[tuple[str, float]] = []
        if length:
            mine = self.doc.counts
            for key, count in other.counts.items():
                if key in mine:
                    parts.append((key, self._weight(key) * count * mine[key] / length))
            for pair, count in other.pairs.items():
                if pair in self.doc.pairs:
                    points = self._pair_weight(pair) * count * self.doc.pairs[pair] / length
                    parts.append((" ".join(pair), points))
        hours = abs(self.doc.at - other.at) / 3600
        return Shared(
            sum(points for _, points in parts),
            2.0 ** (-hours / self._tuning.half_life_h),
            tuple(parts),
        )

    def neighbours(self) -> list[tuple[float, Doc]]:
        """The nearest items of the window, nearest first; ties go to the older id."""
        reach: dict[int, float] = {}
        for key, weight in self._weights.items():
            if weight:
                for id_ in self._window.holders(key):
                    reach[id_] = reach.get(id_, 0.0) + weight * self.doc.counts[key]
        reach.pop(self.doc.id, None)
        chosen = sorted(reach, key=lambda id_: (-reach[id_], id_))[: self._tuning.candidates]
        near = [(self.shared(self._window.docs[id_]).similarity, id_) for id_ in chosen]
        near.sort(key=lambda pair: (-pair[0], pair[1]))
        return [(similarity, self._window.docs[id_]) for similarity, id_ in near]

    def stories(self) -> list[tuple[float, int]]:
        """How well the item fits each story near it, best first; ties go to the older story."""
        sums: dict[int, float] = {}
        for similarity, doc in self.neighbours():
            sums[doc.story] = sums.get(doc.story, 0.0) + similarity
        fits = [
            (total / len(self._window.stories[story]) ** self._tuning.size_power, story)
            for story, total in sums.items()
        ]
        fits.sort(key=lambda pair: (-pair[0], pair[1]))
        return fits


def crowding(fits: list[tuple[float, int]], tuning: Tuning) -> float:
    """How much evidence a busy subject asks for beyond the threshold."""
    if len(fits) < tuning.neighbour:
        return 0.0
    return tuning.density * fits[tuning.neighbour - 1][0]
