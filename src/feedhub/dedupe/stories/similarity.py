"""How alike two items are, and how well an item fits each story near it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import log2, sqrt

from feedhub.dedupe.stories.tuning import Tuning
from feedhub.dedupe.stories.window import Doc, Window, Words

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
        self._top = top = window.top(doc.language)
        self._own = own = window.view(doc)
        logs = window.index.logs
        self._rare = rare = {key: top - logs[key] for key in own.keys}
        values = window.values
        self._weight = {
            key: idf * idf * values[code]
            for (key, idf), code in zip(rare.items(), own.codes, strict=True)
        }
        norms = window.norms
        squares = zip(rare.values(), own.codes, strict=True)
        self._length = sqrt(sum([idf * idf * norms[code] for idf, code in squares]))
        self._pairs: dict[int, dict[int, float]] | None = None

    def _pair_weights(self) -> dict[int, dict[int, float]]:
        """What each pair of neighbouring stems weighs, by count: first, second, weight."""
        if self._pairs is None:
            pairs: dict[int, dict[int, float]] = {}
            self._pairs = pairs
            rare, share = self._rare, self._tuning.bigram / 2
            for text, count in ((self._own.title, self._tuning.title), (self._own.summary, 1)):
                for first, second in pairwise(text):
                    after = pairs.setdefault(first, {})
                    mean = share * (rare[first] + rare[second])
                    after[second] = after.get(second, 0.0) + mean * mean * count
        return self._pairs

    def cosine(self, other: Doc) -> float:
        """The likeness of the words alone, 0 to 1 (a little over, for copies)."""
        window = self._window
        theirs = window.view(other)
        mine, values, norms = self._weight, window.values, window.norms
        top, logs = self._top, window.index.logs
        dot = square = 0.0
        shared = []
        for key, code in zip(theirs.keys, theirs.codes, strict=True):
            idf = top - logs[key]
            square += idf * idf * norms[code]
            if key in mine:
                dot += mine[key] * values[code]
                shared.append(key)
        if len(shared) > 1:
            dot += self._phrases(theirs, shared)
        both = self._length * sqrt(square)
        return dot / both if both else 0.0

    def _phrases(self, theirs: Words, shared: list[int]) -> float:
        """What the pairs of neighbouring stems that both have add."""
        pairs = self._pair_weights()
        if not any(key in pairs and not pairs[key].keys().isdisjoint(shared) for key in shared):
            return 0.0
        total = 0.0
        for text, count in ((theirs.title, self._tuning.title), (theirs.summary, 1)):
            for first, second in pairwise(text):
                if first in pairs and second in pairs[first]:
                    total += pairs[first][second] * count
        return total

    def proven(self, other: Doc, copy: bool) -> bool:
        """Whether the words shared are more than chance brings about.

        Only words in one of the headlines count: a summary may be the same everywhere.
        A copy needs but one word that is not an everyday word.

        Each shared word gives its idf in nats (the chance that an item holds it is e to the
        minus that), a word of which only the ends are shared half of it.
        """
        rare = self._rare
        titles = {
            *self.doc.words.title,
            *self.doc.words.keys[self.doc.kicker_from :],
            *other.words.title,
        }
        theirs = set(self._window.view(other).keys)
        index, everyday = self._window.index, self._tuning.everyday
        nats = 0.0
        telling = False
        stem = -1
        for key in self._own.keys:
            end = index.ends[key]
            if not end:
                stem = key
            if key not in theirs or stem not in titles or (end and stem in theirs):
                continue
            if not index.listed[key]:
                telling = True
                nats += rare[key] / 2 if end else rare[key]
            elif not end and rare[key] > everyday:
                nats += rare[key] - everyday
        return telling and (copy or nats >= self._tuning.chance)

    def shares(self, other: Doc) -> list[tuple[str, float]]:
        """The cosine, key by key: ``key`` or ``key key`` and its part of the whole."""
        theirs = self._window.view(other)
        names, logs = self._window.index.names, self._window.index.logs
        values, norms = self._window.values, self._window.norms
        coded = zip(theirs.keys, theirs.codes, strict=True)
        square = sum((self._top - logs[key]) ** 2 * norms[code] for key, code in coded)
        both = self._length * sqrt(square)
        if not both:
            return []
        parts = [
            (names[key], self._weight[key] * values[code] / both)
            for key, code in zip(theirs.keys, theirs.codes, strict=True)
            if key in self._weight
        ]
        pairs = self._pair_weights()
        for text, count in ((theirs.title, self._tuning.title), (theirs.summary, 1)):
            for first, second in pairwise(text):
                if second in pairs.get(first, ()):
                    name = f"{names[first]} {names[second]}"
                    parts.append((name, pairs[first][second] * count / both))
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
        window, tuning, index = self._window, self._tuning, self._window.index
        seen, posting, ends = index.seen, index.posting, index.ends
        most, own = tuning.visits, self.doc.slot
        keys = [key for key in self._own.keys if not ends[key] and 1 < seen[key] <= most]
        if not keys:
            return []
        keys.sort(key=seen.__getitem__)
        weights = self._weight
        left = sum([weights[key] for key in keys])
        # What shares so little weight is no rival, however short it is.
        floor = tuning.reach_least * self._length * self._length / tuning.title
        enough = left * tuning.tail
        reach: dict[int, float] = {}
        visits = 0
        for key in keys:
            found = posting[key]
            visits += len(found)
            if visits > most or left < enough:
                break
            weight = weights[key]
            if left < floor:
                # Nothing that is first met here can come to the floor.
                for slot in filter(reach.__contains__, found):
                    reach[slot] += weight
            elif reach:
                for slot in found:
                    reach[slot] = reach[slot] + weight if slot in reach else weight
            else:
                reach = dict.fromkeys(found, weight)
            left -= weight
            reach.pop(own, None)
            if reach:
                floor = max(floor, max(reach.values()) * tuning.reach_floor)
        if not reach:
            return []
        slots = window.slots
        weighed = [weight for weight in reach.values() if weight >= floor]
        if len(weighed) > tuning.reach_most:
            weighed.sort(reverse=True)
            if weighed[tuning.reach_most] < weighed[0]:
                # So many share but one word with it that none of them stands out.
                floor = weighed[tuning.reach_most] * 1.000001
        near = [
            (-weight / (doc := slots[slot]).size, doc.id, doc)
            for slot, weight in reach.items()
            if weight >= floor
        ]
        near.sort()
        chosen: list[Doc] = []
        sent: dict[int, int] = {}
        for _, _, doc in near:
            count = sent.get(doc.story, 0)
            if count < tuning.nearest and (count or len(sent) < tuning.stories):
                sent[doc.story] = count + 1
                chosen.append(doc)
                if len(chosen) == tuning.candidates:
                    break
        return chosen

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
        if fits and fits[0][0] >= ask:
            fits = [(self._whole(fit, ask), fit[1]) for fit in fits]
            fits.sort(key=lambda fit: (-fit[0], fit[1]))
        # A story of few shared words is left; those that fit too badly to join need no proof.
        unproven: set[int] = set()
        for fit, story in fits:
            if fit < ask and (twin is None or story != twin.story):
                continue
            best_of = groups[story][: tuning.nearest]
            if not any(self.proven(other, other is twin) for _, other in best_of):
                unproven.add(story)
        return Near(items, fits, frozenset(barred), frozenset(unproven), ask, twin, self)

    def _whole(self, fit: Fit, ask: float) -> float:
        """A fit by the nearest members, if it would do, weighed with the rest of the story."""
        story = self._window.stories[fit[1]]
        if fit[0] < ask or len(story) <= self._tuning.nearest:
            return fit[0]
        return self.fit(story)

    def fit(self, story: dict[int, Doc]) -> float:
        """How well the item fits a story: by its nearest members, and less by more of them.

        Of a large story the newest members are asked.
        """
        tuning = self._tuning
        members = [doc for doc in story.values() if doc is not self.doc]
        if len(members) > tuning.members:
            members.sort(key=lambda doc: (-doc.at, doc.id))
            del members[tuning.members :]
        found = [self.cosine(doc) * self.decay(doc) for doc in members]
        found.sort(reverse=True)
        nearest = found[: tuning.nearest]
        mean = sum(nearest) / len(nearest)
        most = round(float(len(found) ** tuning.breadth))
        if most <= len(nearest):
            return mean
        return mean + tuning.whole * (sum(found[:most]) / most - mean)

    def base(self) -> float:
        """The threshold before any crowd: higher with a lede, and in a larger window."""
        tuning = self._tuning
        items = self._window.sizes.get(self.doc.language, 0)
        bulk = tuning.bulk * log2(1.0 + items / tuning.bulk_items)
        return tuning.threshold + tuning.lede * self.doc.lede + bulk


def vetoed(a: Doc, b: Doc, window: Window, tuning: Tuning) -> str:
    """Why two titles from one mould tell of different things; empty when they need not."""
    if a.log and b.log and a.log != b.log:
        return "two lines of a log: another day or place"
    if a.frame and a.frame == b.frame and a.filling != b.filling and window.is_frame(a.frame):
        return "a recurring form, filled in differently"
    again = a.column == b.column and a.publisher != "" and a.publisher == b.publisher
    if again and abs(a.at - b.at) > tuning.column_h * 3600:
        return "the same title from one publisher on another day"
    return ""
