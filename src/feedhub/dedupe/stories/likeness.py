"""How alike items are by their words, many pairs at once, by the window as it is now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt

import numpy as np

from feedhub.dedupe.stories.arrays import Floats, Ints, places
from feedhub.dedupe.stories.tuning import Tuning
from feedhub.dedupe.stories.vocabulary import NO_KEY
from feedhub.dedupe.stories.window import ASKERS, NO_STORY, Window

_PAIRS = 2048  # pairs compared at once: bounds what a comparison holds
_UNITS = 1024.0  # weights are summed in so many parts of one


@dataclass(slots=True)
class _Words:
    """The words of an item as proof: its keys, those of its headline, and what each tells.

    ``telling`` has for each key its stem, whether it is listed as common, and its idf.
    """

    keys: set[int]
    title: set[int]
    telling: list[tuple[int, int, bool, float]]


class Likeness:
    """Weights are squared rarities (idf) by kind and count; a likeness is the cosine of them."""

    def __init__(self, window: Window, tuning: Tuning) -> None:
        self._window = window
        self._tuning = tuning
        self._known: dict[int, _Words] = {}

    def begin(self) -> None:
        """Words are counted otherwise from now on."""
        self._known.clear()

    # --- many pairs -----------------------------------------------------------------------

    def cosines(self, askers: Sequence[int], of: Ints, others: Ints) -> Floats:
        """The likeness of pairs of slots: ``askers[of[n]]`` and ``others[n]``, 0 to 1.

        For copies it may be a little over 1.
        """
        if not len(others):
            return np.zeros(0)
        window, vocabulary = self._window, self._window.vocabulary
        local, logs = vocabulary.local, vocabulary.logs
        values, norms = window.values, window.norms
        mine = np.array(askers, np.int64)
        tops = self.tops(mine)
        lengths = window.part_n[mine].astype(np.int64)
        at, begins = places(window.part[mine], lengths)
        keys, codes = window.keys.data[at], window.codes.data[at]
        rare = tops.repeat(lengths) - logs[keys]
        rare *= rare
        own = np.sqrt(np.add.reduceat(rare * norms[codes], begins))
        # Number the keys for this question; one that is nobody's here is 0, and weighs nothing.
        width = len(keys) + 1
        local[keys] = np.arange(1, width, dtype=np.int32)
        local[NO_KEY] = 0
        weights = np.zeros(len(askers) * width)
        asker = np.arange(0, len(askers) * width, width).repeat(lengths)
        weights[asker + local[keys]] = rare * values[codes]
        weights[::width] = 0.0
        after = self._after(mine, width)
        found = np.empty(len(others))
        for start in range(0, len(others), _PAIRS):
            some = slice(start, start + _PAIRS)
            found[some] = self._compare(tops, own, weights, after, width, of[some], others[some])
        local[keys] = 0
        return found

    def tops(self, slots: Ints) -> Floats:
        """For each item the log of how many there are in its language, with the prior's."""
        return self._window.tops[self._window.language[slots]]

    def _after(self, mine: Ints, width: int) -> tuple[Ints, Ints]:
        """For each asker and stem of its text the stem that comes next; and how much it counts."""
        window = self._window
        local = window.vocabulary.local
        lengths = window.text_n[mine].astype(np.int64)
        at, begins = places(window.text[mine], lengths)
        stems = local[window.stems.data[at]]
        asker = np.arange(0, len(mine) * width, width).repeat(lengths)
        titles = begins + window.title_n[mine]
        counts = np.where(np.arange(len(stems)) < titles.repeat(lengths), self._tuning.title, 1)
        # The last stem of a text comes before none; an unknown one and none are both 0.
        first = stems[:-1]
        second = stems[1:]
        linked = (first > 0) & (second > 0)
        linked[begins[1:] - 1] = False
        place = (asker[:-1] + first)[linked]
        second = second[linked]
        after = np.zeros(len(mine) * width, np.int64)
        times = np.zeros(len(mine) * width, np.int64)
        after[place[::-1]] = second[::-1]  # where two come after one, the first is known
        np.add.at(times, place, np.where(after[place] == second, counts[:-1][linked], 0))
        return after, times

    def _compare(
        self,
        tops: Floats,
        own: Floats,
        weights: Floats,
        after: tuple[Ints, Ints],
        width: int,
        of: Ints,
        others: Ints,
    ) -> Floats:
        window, vocabulary = self._window, self._window.vocabulary
        local, logs = vocabulary.local, vocabulary.logs
        lengths = window.part_n[others].astype(np.int64)
        at, begins = places(window.part[others], lengths)
        keys, codes = window.keys.data[at], window.codes.data[at]
        rare = tops[of].repeat(lengths) - logs[keys]
        rare *= rare
        squares = np.add.reduceat(rare * window.norms[codes], begins)
        shared = weights[(of * width).repeat(lengths) + local[keys]]
        dots = np.add.reduceat(shared * window.values[codes], begins)
        two = (np.add.reduceat(shared > 0.0, begins, dtype=np.int64) > 1).nonzero()[0]
        if len(two):
            self._phrases(dots, tops, after, width, of, others, two)
        lengths_both = own[of] * np.sqrt(squares)
        return np.divide(dots, lengths_both, out=np.zeros(len(dots)), where=lengths_both > 0.0)

    def _phrases(
        self,
        dots: Floats,
        tops: Floats,
        after: tuple[Ints, Ints],
        width: int,
        of: Ints,
        others: Ints,
        pairs: Ints,
    ) -> None:
        """Add what neighbouring stems weigh that both have."""
        window = self._window
        logs = window.vocabulary.logs
        theirs, asker = others[pairs], of[pairs]
        lengths = window.text_n[theirs].astype(np.int64)
        at, begins = places(window.text[theirs], lengths)
        stems = window.stems.data[at]
        numbers = window.vocabulary.local[stems]
        first = (asker * width).repeat(lengths)[:-1] + numbers[:-1]
        second = numbers[1:]
        hits = ((after[0][first] == second) & (second > 0)).nonzero()[0]
        if not len(hits):
            return
        row = np.searchsorted(begins, hits, "right") - 1
        whole = hits + 1 < (begins + lengths)[row]
        hits, row = hits[whole], row[whole]
        share = self._tuning.bigram / 2
        mean = share * (2.0 * tops[asker[row]] - logs[stems[hits]] - logs[stems[hits + 1]])
        titles = hits < begins[row] + window.title_n[theirs[row]]
        counts = np.where(titles, self._tuning.title, 1) * after[1][first[hits]]
        np.add.at(dots, pairs[row], mean * mean * counts)

    # --- candidates -----------------------------------------------------------------------

    def candidates(self, slots: Sequence[int], *, placed: bool) -> list[list[int]]:
        """For each item the items that share the most weight with it, for their length.

        The rarest words are looked up first, as far as the budget goes. No story sends more
        than its nearest few: a big one must not hide its rivals. Of the items without a story
        each looks at those before it alone; with ``placed``, at none.
        """
        found: list[list[int]] = []
        for start in range(0, len(slots), ASKERS):
            found += self._candidates(slots[start : start + ASKERS], placed)
        return found

    def _candidates(self, slots: Sequence[int], placed: bool) -> list[list[int]]:
        window, tuning = self._window, self._tuning
        askers, words, weights, floors = self._lookups(np.array(slots, np.int64))
        others, counts = window.postings.of(words)
        asker = askers.repeat(counts)
        alive = window.alive[others].nonzero()[0]
        asker, others = asker[alive], others[alive]
        if not len(others):
            return [[] for _ in slots]
        # Sum what each item shares with each asker, in a table of all of them.
        reach, width = window.reach, len(window.alive)
        cells = asker * width + others
        np.add.at(reach, cells, weights.astype(reach.dtype).repeat(counts)[alive])
        cells_own = np.arange(len(slots)) * width + np.array(slots, np.int64)
        reach[cells_own] = 0.0
        found = reach[cells]
        # What shares so little weight is no rival, however short it is.
        begins = _firsts(asker)
        best = np.maximum.reduceat(found, begins) * tuning.reach_floor
        floors[asker[begins]] = np.maximum(floors[asker[begins]], best)
        near = (found >= floors[asker]).nonzero()[0]
        reach[cells] = 0.0
        # A cell stands there once for each word: the last of them is taken.
        cells, found = cells[near], found[near]
        number = np.arange(1, len(cells) + 1, dtype=reach.dtype)
        reach[cells] = number
        last = (reach[cells] == number).nonzero()[0]
        reach[cells] = 0.0
        near = near[last]
        asker, others, found = asker[near], others[near], found[last]
        stories = window.story[others]
        new = stories == NO_STORY
        if new.any():
            # Each is a story of its own, and known to those that come later.
            stories = np.where(new, NO_STORY - 1 - others, stories)
            before = np.zeros(len(slots), np.int64) if placed else np.array(slots, np.int64)
            old = (~new | (others < before[asker])).nonzero()[0]
            asker, others, found, stories = asker[old], others[old], found[old], stories[old]
        order = np.lexsort((window.id[others], found / -window.size[others], asker))
        asker, others, stories = asker[order], others[order], stories[order]
        front = self._spread(asker, stories)
        asker, others = asker[front], others[front]
        ends = asker.searchsorted(np.arange(len(slots) + 1)).tolist()
        chosen = others.tolist()
        return [chosen[start:end] for start, end in pairwise(ends)]

    def _lookups(self, slots: Ints) -> tuple[Ints, list[int], Floats, Floats]:
        """What to look up: the asker, the word and its weight; and each asker's least weight."""
        window, tuning = self._window, self._tuning
        vocabulary = window.vocabulary
        lengths = window.part_n[slots].astype(np.int64)
        at, begins = places(window.part[slots], lengths)
        keys, codes = window.keys.data[at], window.codes.data[at]
        asker = np.arange(len(slots)).repeat(lengths)
        rare = self.tops(slots)[asker] - vocabulary.logs[keys]
        rare *= rare
        floors = np.add.reduceat(rare * window.norms[codes], begins)
        floors *= tuning.reach_least / tuning.title
        seen = vocabulary.seen[keys]
        asked = ((seen > 1) & (seen <= tuning.visits) & ~vocabulary.ends[keys]).nonzero()[0]
        asker, seen = asker[asked], seen[asked]
        order = np.lexsort((seen, asker))  # equals as they stand in the text
        asked, asker, seen = asked[order], asker[order], seen[order]
        weights = rare[asked] * window.values[codes[asked]]
        # Sums up to each word, in whole numbers: they must not hang on who else is asking.
        spent = _running(seen.astype(np.int64), asker)
        units = np.rint(weights * _UNITS).astype(np.int64)
        gained = _running(units, asker)
        whole = np.zeros(len(slots), np.int64)
        np.maximum.at(whole, asker, gained)
        # The commonest words are not looked up when they weigh little.
        left = whole[asker] - gained + units
        go = ((spent <= tuning.visits) & (left >= tuning.tail * whole[asker])).nonzero()[0]
        return asker[go], keys[asked[go]].tolist(), weights[go], floors

    def _spread(self, asker: Ints, stories: Ints) -> Ints:
        """The places of the first for each asker, few of each story, in their order."""
        tuning = self._tuning
        order = np.lexsort((stories, asker))
        begins = _firsts(stories[order], asker[order])
        lengths = np.append(begins[1:], len(order)) - begins
        rank = np.empty(len(order), np.int64)
        rank[order] = np.arange(len(order)) - begins.repeat(lengths)
        first = np.zeros(len(order), np.int64)
        first[order[begins]] = 1
        number = _running(first, asker)  # of its story, where it is the first of it
        number[order] = number[order[begins]].repeat(lengths)
        go = ((rank < tuning.nearest) & (number <= tuning.stories)).astype(np.int64)
        found: Ints = ((_running(go, asker) <= tuning.candidates) & (go > 0)).nonzero()[0]
        return found

    # --- one pair -------------------------------------------------------------------------

    def proven(self, one: int, other: int, copy: bool) -> bool:
        """Whether the words that two items share are more than chance brings about.

        Only words in one of the headlines count: a summary may be the same everywhere.
        A copy needs but one word that is not an everyday word.

        Each shared word gives its idf in nats (the chance that an item holds it is e to the
        minus that), a word of which only the ends are shared half of it; a word known to be
        common what it has over ``everyday``.
        """
        everyday = self._tuning.everyday
        mine, theirs = self._words(one), self._words(other)
        headlines = mine.title | theirs.title
        nats = 0.0
        telling = False
        for key, stem, listed, rare in mine.telling:
            end = key != stem
            if key not in theirs.keys or stem not in headlines or (end and stem in theirs.keys):
                continue
            if not listed:
                telling = True
                nats += rare / 2 if end else rare
            elif not end and rare > everyday:
                nats += rare - everyday
        return telling and (copy or nats >= self._tuning.chance)

    def _words(self, slot: int) -> _Words:
        """An item's words, remembered until :meth:`begin`."""
        known = self._known.get(slot)
        if known is not None:
            return known
        window, vocabulary = self._window, self._window.vocabulary
        keys, _ = window.compared(slot)
        stems: list[int] = []
        stem = NO_KEY
        for key, end in zip(keys, vocabulary.ends[keys].tolist(), strict=True):
            if not end:
                stem = key
            stems.append(stem)
        rare = (window.top(slot) - vocabulary.logs[keys]).tolist()
        listed = vocabulary.listed[keys].tolist()
        title = {*window.texts(slot)[0], *window.kicker_keys(slot)}
        known = _Words(set(keys), title, list(zip(keys, stems, listed, rare, strict=True)))
        self._known[slot] = known
        return known

    def shares(self, one: int, other: int) -> list[tuple[str, float]]:
        """The cosine, key by key: ``key`` or ``key key`` and its part of the whole."""
        window, tuning = self._window, self._tuning
        values, norms, logs = window.values, window.norms, window.vocabulary.logs
        top = window.top(one)

        def rare(key: int) -> float:
            return top - float(logs[key])

        mine = dict(zip(*window.compared(one), strict=True))
        theirs = dict(zip(*window.compared(other), strict=True))
        both = sqrt(
            sum(rare(key) ** 2 * float(norms[code]) for key, code in mine.items())
            * sum(rare(key) ** 2 * float(norms[code]) for key, code in theirs.items())
        )
        if not both:
            return []
        parts: dict[tuple[int, ...], float] = {
            (key,): rare(key) ** 2 * float(values[mine[key]] * values[code])
            for key, code in theirs.items()
            if key in mine
        }
        after: dict[int, int] = {}
        counts: dict[tuple[int, ...], int] = {}
        for text, count in zip(window.texts(one), (tuning.title, 1), strict=True):
            for pair in pairwise(text):
                known = pair[0] in mine and pair[1] in mine
                if known and after.setdefault(pair[0], pair[1]) == pair[1]:
                    counts[pair] = counts.get(pair, 0) + count
        for text, count in zip(window.texts(other), (tuning.title, 1), strict=True):
            for pair in pairwise(text):
                if pair in counts and len(parts) > 1:
                    mean = tuning.bigram / 2 * (rare(pair[0]) + rare(pair[1]))
                    points = mean * mean * count * counts[pair]
                    parts[pair] = parts.get(pair, 0.0) + points
        names = window.vocabulary.names({key for part in parts for key in part})
        return [
            (" ".join(names[key] for key in part), points / both) for part, points in parts.items()
        ]


def _firsts(values: Ints, group: Ints | None = None) -> Ints:
    """Where values begin that differ from the one before, or whose group does."""
    changes = np.empty(len(values), np.bool_)
    changes[:1] = True
    np.not_equal(values[1:], values[:-1], out=changes[1:])
    if group is not None:
        changes[1:] |= group[1:] != group[:-1]
    found: Ints = changes.nonzero()[0]
    return found


def _running(values: Ints, group: Ints) -> Ints:
    """The sum of each group's values up to and with each of them; groups are in order."""
    sums = values.cumsum()
    begins = _firsts(group)
    lengths = np.append(begins[1:], len(group)) - begins
    sums -= (sums[begins] - values[begins]).repeat(lengths)
    return sums
