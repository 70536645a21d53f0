"""How alike two items are, and how well an item fits each story near it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import log2, sqrt

from feedhub.dedupe.stories.tuning import Tuning
from feedhub.dedupe.stories.window import Doc, Window

Fit = tuple[float, int]  # how well an item fits a story, and the story


@dataclass(frozen=True, slots=True)
class Near:
    """What an item found around it: its nearest items, its fits, what it must keep out of."""

    items: list[tuple[float, Doc]]  # (similarity, item), nearest first
    fits: list[Fit]  # best first
    barred: frozenset[int]  # stories that hold another notice of the same mould
    ask: float  # the least fit that joins
    twin: Doc | None  # a copy, if there is one


class Scorer:
    """One item of the window against the others, by the window as it is now.

    Weights are squared rarities (idf) by kind and count; the likeness of two items is the
    cosine of them, halved for every half-life between their times.
    """

    def __init__(self, doc: Doc, window: Window, tuning: Tuning) -> None:
        self.doc = doc
        self._window = window
        self._tuning = tuning
        self._top = window.top(doc.language)
        self._keys, self._norms = self._open(doc)
        top, logs = self._top, window.log_seen
        weight: dict[int, float] = {}
        rare: dict[int, float] = {}
        total = 0.0
        for key, value, norm in zip(self._keys, doc.weights, self._norms, strict=False):
            idf = top - logs[key]
            rare[key] = idf
            square = idf * idf
            weight[key] = square * value
            total += square * norm
        self._weight = weight
        self._rare = rare
        self._length = sqrt(total)
        self._pairs: dict[tuple[int, int], float] | None = None

    def _open(self, doc: Doc) -> tuple[tuple[int, ...], tuple[float, ...]]:
        """The keys that count, and their norms: without a kicker that is boilerplate."""
        if doc.kicker and self._window.is_boilerplate(doc.kicker):
            return doc.keys[: doc.kicker_from], doc.norms[: doc.kicker_from]
        return doc.keys, doc.norms

    def _pair_weights(self) -> dict[tuple[int, int], float]:
        """What each pair of neighbouring stems of this item weighs, by count."""
        if self._pairs is None:
            self._pairs = {}
            rare, share = self._rare, self._tuning.bigram / 2
            for text, count in ((self.doc.title, self._tuning.title), (self.doc.summary, 1)):
                for pair in pairwise(text):
                    mean = share * (rare[pair[0]] + rare[pair[1]])
                    self._pairs[pair] = self._pairs.get(pair, 0.0) + mean * mean * count
        return self._pairs

    def cosine(self, other: Doc) -> float:
        """The likeness of the words alone, 0 to 1 (a little over, for copies)."""
        keys, norms = self._open(other)
        top, logs = self._top, self._window.log_seen
        mine = self._weight
        dot = length = 0.0
        shared = 0
        for key, value, norm in zip(keys, other.weights, norms, strict=False):
            idf = top - logs[key]
            length += idf * idf * norm
            if key in mine:
                dot += mine[key] * value
                shared += 1
        if shared > 1:
            pairs = self._pair_weights()
            for pair in pairwise(other.title):
                if pair in pairs:
                    dot += pairs[pair] * self._tuning.title
            for pair in pairwise(other.summary):
                if pair in pairs:
                    dot += pairs[pair]
        both = self._length * sqrt(length)
        return dot / both if both else 0.0

    def shares(self, other: Doc) -> list[tuple[str, float]]:
        """The cosine, key by key: ``key`` or ``key key`` and its part of the whole."""
        keys, norms = self._open(other)
        top, logs, names = self._top, self._window.log_seen, self._window.names
        length = sqrt(
            sum((top - logs[key]) ** 2 * norm for key, norm in zip(keys, norms, strict=True))
        )
        both = self._length * length
        if not both:
            return []
        parts = [
            (names[key], self._weight[key] * value / both)
            for key, value in zip(keys, other.weights, strict=False)
            if key in self._weight
        ]
        pairs = self._pair_weights()
        for text, count in ((other.title, self._tuning.title), (other.summary, 1)):
            for pair in pairwise(text):
                if pair in pairs:
                    name = f"{names[pair[0]]} {names[pair[1]]}"
                    parts.append((name, pairs[pair] * count / both))
        return parts

    def decay(self, other: Doc) -> float:
        """What time leaves of a likeness."""
        hours = abs(self.doc.at - other.at) / 3600.0
        return float(2.0 ** (-hours / self._tuning.half_life_h))

    def candidates(self) -> list[Doc]:
        """The items that share the most weight with this one, for their length.

        The rarest words are looked up first, as far as the budget goes. No story sends more
        than its nearest few: a big one must not hide its rivals.
        """
        window, tuning = self._window, self._tuning
        seen, posting = window.seen, window.posting
        budget = tuning.visits
        left = sum(self._weight.values())
        enough = left * tuning.tail
        reach: dict[int, float] = {}
        get = reach.get
        for key in sorted(self._keys, key=seen.__getitem__):
            budget -= seen[key]
            if budget < 0 or left < enough:
                break
            weight = self._weight[key]
            left -= weight
            for slot in posting[key]:
                reach[slot] = get(slot, 0.0) + weight
        reach.pop(self.doc.slot, None)
        if not reach:
            return []
        slots = window.slots
        floor = max(reach.values()) * tuning.reach_floor
        near = [
            (-weight / (doc := slots[slot]).size, doc.id, doc)
            for slot, weight in reach.items()
            if weight >= floor and slot in slots
        ]
        near.sort()
        found: list[Doc] = []
        sent: dict[int, int] = {}
        for _, _, doc in near:
            count = sent.get(doc.story, 0)
            if count < tuning.nearest and (count or len(sent) < tuning.stories):
                sent[doc.story] = count + 1
                found.append(doc)
                if len(found) == tuning.candidates:
                    break
        return found

    def look(self) -> Near:
        """The nearest items, and how well this item fits each story among them."""
        doc, tuning, window = self.doc, self._tuning, self._window
        items: list[tuple[float, Doc]] = []
        barred: set[int] = set()
        twin: Doc | None = None
        closest = tuning.twin
        for other in self.candidates():
            if vetoed(doc, other, window, tuning):
                barred.add(other.story)
                continue
            cosine = self.cosine(other)
            if cosine >= closest:
                closest, twin = cosine, other
            items.append((cosine * self.decay(other), other))
        items.sort(key=lambda near: (-near[0], near[1].id))
        groups: dict[int, list[float]] = {}
        for similarity, other in items:
            groups.setdefault(other.story, []).append(similarity)
        fits: list[Fit] = []
        for story, found in groups.items():
            members = window.stories[story]
            size = len(members) - (doc.id in members)
            fits.append((sum(found[: tuning.nearest]) / min(size, tuning.nearest), story))
        fits.sort(key=lambda fit: (-fit[0], fit[1]))
        rivals = fits[tuning.rival - 1][0] if len(fits) >= tuning.rival else 0.0
        ask = self.base() + tuning.crowd * rivals
        return Near(items, fits, frozenset(barred), ask, twin)

    def base(self) -> float:
        """The threshold before any crowd: higher with a lede, and in a larger window."""
        tuning = self._tuning
        items = self._window.sizes.get(self.doc.language, 0)
        bulk = tuning.bulk * log2(1.0 + items / tuning.bulk_items)
        return tuning.threshold + tuning.lede * self.doc.lede + bulk


def vetoed(a: Doc, b: Doc, window: Window, tuning: Tuning) -> str:
    """Why two titles from one mould tell of different things; empty when they need not."""
    left, right = a.mould, b.mould
    if left is not None and right is not None:
        if left.log and right.log and left.log != right.log:
            return "two lines of a log: another day or place"
        same = left.frame != "" and left.frame == right.frame
        if same and left.filling != right.filling and window.is_frame(left.frame):
            return "a recurring form, filled in differently"
    again = a.column == b.column and a.publisher != "" and a.publisher == b.publisher
    if again and abs(a.at - b.at) > tuning.column_h * 3600:
        return "the same title from one publisher on another day"
    return ""
