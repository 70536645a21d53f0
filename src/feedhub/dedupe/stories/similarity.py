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
    unproven: frozenset[int]  # stories that share no more with it than chance brings about
    ask: float  # the least fit that joins
    twin: Doc | None  # a copy, if there is one
    scorer: Scorer

    def proves(self, other: Doc) -> bool:
        """Whether the item shares more with this one than chance brings about."""
        return self.scorer.proven(other, other is self.twin)


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
        self._own = own = window.view(doc)
        top, logs = self._top, window.log_seen
        weight: dict[int, float] = {}
        rare: dict[int, float] = {}
        total = 0.0
        for key, value, norm in zip(own.keys, own.weights, own.norms, strict=True):
            idf = top - logs[key]
            rare[key] = idf
            square = idf * idf
            weight[key] = square * value
            total += square * norm
        self._weight = weight
        self._rare = rare
        self._length = sqrt(total)
        self._pairs: dict[tuple[int, int], float] | None = None

    def _pair_weights(self) -> dict[tuple[int, int], float]:
        """What each pair of neighbouring stems of this item weighs, by count."""
        if self._pairs is None:
            self._pairs = {}
            rare, share = self._rare, self._tuning.bigram / 2
            for text, count in ((self._own.title, self._tuning.title), (self._own.summary, 1)):
                for pair in pairwise(text):
                    mean = share * (rare[pair[0]] + rare[pair[1]])
                    self._pairs[pair] = self._pairs.get(pair, 0.0) + mean * mean * count
        return self._pairs

    def cosine(self, other: Doc) -> float:
        """The likeness of the words alone, 0 to 1 (a little over, for copies)."""
        theirs = self._window.view(other)
        top, logs = self._top, self._window.log_seen
        mine = self._weight
        dot = length = 0.0
        shared = 0
        for key, value, norm in zip(theirs.keys, theirs.weights, theirs.norms, strict=True):
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
            for pair in pairwise(theirs.summary):
                if pair in pairs:
                    dot += pairs[pair]
        both = self._length * sqrt(length)
        return dot / both if both else 0.0

    def proven(self, other: Doc, copy: bool) -> bool:
        """Whether the words shared are more than chance brings about.

        Only words in one of the headlines count: a summary may be the same everywhere.
        A copy needs but one word that is not an everyday word.

        Each shared word gives its idf in nats (the chance that an item holds it is e to the
        minus that), a word of which only the ends are shared half of it.
        """
        rare = self._rare
        titles = {*self.doc.title, *self.doc.keys[self.doc.kicker_from :], *other.title}
        theirs = set(self._window.view(other).keys)
        window, everyday = self._window, self._tuning.everyday
        nats = 0.0
        telling = False
        stem = -1
        for key in self._own.keys:
            end = window.ends[key]
            if not end:
                stem = key
            if key not in theirs or stem not in titles or (end and stem in theirs):
                continue
            if not window.listed[key]:
                telling = True
                nats += rare[key] / 2 if end else rare[key]
            elif not end and rare[key] > everyday:
                nats += rare[key] - everyday
        return telling and (copy or nats >= self._tuning.chance)

    def shares(self, other: Doc) -> list[tuple[str, float]]:
        """The cosine, key by key: ``key`` or ``key key`` and its part of the whole."""
        theirs = self._window.view(other)
        top, logs, names = self._top, self._window.log_seen, self._window.names
        weighed = zip(theirs.keys, theirs.norms, strict=True)
        length = sqrt(sum((top - logs[key]) ** 2 * norm for key, norm in weighed))
        both = self._length * length
        if not both:
            return []
        parts = [
            (names[key], self._weight[key] * value / both)
            for key, value in zip(theirs.keys, theirs.weights, strict=True)
            if key in self._weight
        ]
        pairs = self._pair_weights()
        for text, count in ((theirs.title, self._tuning.title), (theirs.summary, 1)):
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
        seen, posting, ends = window.seen, window.posting, window.ends
        budget = tuning.visits
        keys = sorted(
            [key for key in self._own.keys if not ends[key] and seen[key] > 1],
            key=seen.__getitem__,
        )
        if not keys:
            return []
        weights = self._weight
        left = sum([weights[key] for key in keys])
        enough = left * tuning.tail
        reach: dict[int, float] = {}
        get = reach.get
        for key in keys:
            budget -= seen[key]
            if budget < 0 or left < enough:
                break
            weight = weights[key]
            left -= weight
            for slot in posting[key]:
                reach[slot] = get(slot, 0.0) + weight
        reach.pop(self.doc.slot, None)
        if not reach:
            return []
        slots = window.slots
        # What shares so little weight is no rival, however short it is.
        least = tuning.reach_least * self._length * self._length / tuning.title
        weighed = sorted(reach.values(), reverse=True)
        floor = max(weighed[0] * tuning.reach_floor, least)
        if len(weighed) > tuning.reach_most and floor <= weighed[tuning.reach_most] < weighed[0]:
            # So many share but one word with it that none of them stands out.
            floor = weighed[tuning.reach_most] * 1.000001
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
        hopeless = self.base()
        best = 0.0
        for number, other in enumerate(self.candidates()):
            if number == tuning.first and best < hopeless:
                break  # the first are the likeliest: nothing here comes near
            if vetoed(doc, other, window, tuning):
                barred.add(other.story)
                continue
            cosine = self.cosine(other)
            if cosine >= closest:
                closest, twin = cosine, other
            similarity = cosine * self.decay(other)
            if similarity > best:
                best = similarity
            items.append((similarity, other))
        items.sort(key=lambda near: (-near[0], near[1].id))
        groups: dict[int, list[tuple[float, Doc]]] = {}
        for near in items:
            groups.setdefault(near[1].story, []).append(near)
        fits: list[Fit] = []
        for story, found in groups.items():
            members = window.stories[story]
            size = len(members) - (doc.id in members)
            total = sum([near[0] for near in found[: tuning.nearest]])
            fits.append((total / min(size, tuning.nearest), story))
        fits.sort(key=lambda fit: (-fit[0], fit[1]))
        rivals = fits[tuning.rival - 1][0] if len(fits) >= tuning.rival else 0.0
        ask = self.base() + tuning.crowd * rivals
        # A story of few shared words is left; those that fit too badly to join need no proof.
        unproven: set[int] = set()
        for fit, story in fits:
            if fit < ask and (twin is None or story != twin.story):
                continue
            best_of = groups[story][: tuning.nearest]
            if not any(self.proven(other, other is twin) for _, other in best_of):
                unproven.add(story)
        return Near(items, fits, frozenset(barred), frozenset(unproven), ask, twin, self)

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
