"""How well an item fits each story near it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from feedhub.dedupe.stories.arrays import Floats, Ints
from feedhub.dedupe.stories.likeness import Likeness
from feedhub.dedupe.stories.tuning import Tuning
from feedhub.dedupe.stories.window import NO_STORY, Window

Slots = int | Ints
Fit = tuple[float, int]  # how well an item fits a story, and the story


@dataclass(slots=True)
class Found:
    """An item's nearest others: slots, with their cosine and what time leaves of it.

    ``barred`` are others of the same mould that tell of something else.
    """

    slot: int
    base: float  # the threshold before any crowd
    near: list[tuple[float, float, int]]  # (similarity, cosine, slot), nearest first
    barred: list[int]


@dataclass(frozen=True, slots=True)
class Near:
    """What an item found around it: its fits, what it must keep out of.

    Of an item that nothing comes near there are no fits.
    """

    found: Found
    fits: list[Fit]  # best first
    barred: frozenset[int]  # stories that hold another notice of the same mould
    unproven: frozenset[int]  # stories that share no more with it than chance brings about
    ask: float  # the least fit that joins
    twin: int | None  # a copy, if there is one


class Neighbours:
    """Items and their neighbours, by the window as it is now."""

    def __init__(self, window: Window, tuning: Tuning) -> None:
        self._window = window
        self._tuning = tuning
        self.likeness = Likeness(window, tuning)
        # What was worked out: by item and the members asked; by the members of both; by item.
        self._fits: dict[tuple[int, ...], float] = {}
        self._links: dict[tuple[tuple[int, ...], tuple[int, ...]], float] = {}
        self._found: dict[int, Found] = {}

    def begin(self) -> None:
        """Words are counted otherwise from now on: forget what was worked out."""
        self._window.post()
        self._fits.clear()
        self._links.clear()
        self._found.clear()
        self.likeness.begin()

    def among(self, slots: Sequence[int]) -> list[Found]:
        """The nearest others of items that have a story, each remembered until :meth:`begin`."""
        new = [slot for slot in dict.fromkeys(slots) if slot not in self._found]
        for found in self.find(new, placed=True):
            self._found[found.slot] = found
        return [self._found[slot] for slot in slots]

    def find(self, slots: Sequence[int], *, placed: bool = False) -> list[Found]:
        """The nearest others of some items. Those without a story know those before them."""
        if not slots:
            return []
        window = self._window
        chosen = self.likeness.candidates(slots, placed=placed)
        lengths = [len(some) for some in chosen]
        of = np.arange(len(slots)).repeat(lengths)
        others = np.array([slot for some in chosen for slot in some], np.int64)
        mine = np.array(slots, np.int64)[of]
        cosines = self.likeness.cosines(slots, of, others)
        similar = (cosines * self.decay(mine, others)).tolist()
        cosine = cosines.tolist()
        ids = window.id[others].tolist()
        vetoes = self._vetoes(mine, others)
        found: list[Found] = []
        start = 0
        for slot, base, some in zip(slots, self.bases(slots), chosen, strict=True):
            ranked = []
            barred = []
            for n, other in enumerate(some, start):
                if n in vetoes:
                    barred.append(other)
                else:
                    ranked.append((-similar[n], ids[n], cosine[n], other))
            ranked.sort()
            near = [(-minus, cos, other) for minus, _, cos, other in ranked]
            found.append(Found(slot, base, near, barred))
            start += len(some)
        return found

    def foresee(self, handful: Sequence[Found]) -> None:
        """Work out at once what :meth:`look` will likely ask of large stories."""
        window, nearest = self._window, self._tuning.nearest
        asked: list[tuple[int, list[int]]] = []
        for found in handful:
            stories = {
                window.story_of[other]
                for similarity, _, other in found.near[:nearest]
                if similarity >= found.base
            }
            asked += [
                (found.slot, window.stories[story])
                for story in sorted(stories)
                if story != NO_STORY and len(window.stories[story]) > nearest
            ]
        self.fits(asked)

    def decay(self, mine: Slots, others: Slots) -> Floats:
        """What time leaves of likenesses of pairs of slots."""
        at = self._window.at
        apart: Floats = np.abs(at[mine] - at[others])
        return np.exp2(apart / (-3600.0 * self._tuning.half_life_h))

    def _vetoes(self, mine: Ints, others: Ints) -> set[int]:
        """Which of some pairs are two titles from one mould that tell of different things."""
        w = self._window
        log, log2_ = w.log[mine], w.log[others]
        moulded = (log != 0) & (log2_ != 0) & (log != log2_)
        moulded |= (w.frame[mine] != 0) & (w.frame[mine] == w.frame[others])
        moulded |= w.column[mine] == w.column[others]
        pairs = moulded.nonzero()[0]
        return {n for n in pairs.tolist() if vetoed(int(mine[n]), int(others[n]), w, self._tuning)}

    def likenesses(
        self, askers: Sequence[int], others: Sequence[Sequence[int]]
    ) -> list[list[float]]:
        """The similarity of each asker to each of its others."""
        of = np.arange(len(askers)).repeat([len(some) for some in others])
        flat = np.array([slot for some in others for slot in some], np.int64)
        mine = np.array(askers, np.int64)[of]
        values = (self.likeness.cosines(askers, of, flat) * self.decay(mine, flat)).tolist()
        found = []
        start = 0
        for some in others:
            found.append(values[start : start + len(some)])
            start += len(some)
        return found

    def look(self, found: Found) -> Near:
        """How well an item fits each story among its neighbours."""
        tuning, window = self._tuning, self._window
        if not found.near or found.near[0][0] < found.base:
            closest = max([near[1] for near in found.near], default=0.0)
            if closest < tuning.twin:  # nothing comes near: it will found a story
                barred = self._barred(found)
                return Near(found, [], barred, _NOTHING, found.base, None)
        story_of = window.story_of
        twin: int | None = None
        closest = tuning.twin
        groups: dict[int, list[tuple[float, float, int]]] = {}
        for near in found.near:
            if near[1] >= closest:
                closest, twin = near[1], near[2]
            groups.setdefault(story_of[near[2]], []).append(near)
        fits: list[Fit] = []
        own = story_of[found.slot]
        for story, members in groups.items():
            size = len(window.stories[story]) - (story == own)
            total = sum([near[0] for near in members[: tuning.nearest]])
            fits.append((total / min(size, tuning.nearest), story))
        fits.sort(key=_best_first)
        rivals = fits[tuning.rival - 1][0] if len(fits) >= tuning.rival else 0.0
        ask = found.base + tuning.crowd * rivals
        if fits and fits[0][0] >= ask:
            fits = [(self._whole(found.slot, fit, ask), fit[1]) for fit in fits]
            fits.sort(key=_best_first)
        # A story of few shared words is left; those that fit too badly to join need no proof.
        unproven: set[int] = set()
        copied = NO_STORY if twin is None else story_of[twin]
        for fit, story in fits:
            if fit < ask and story != copied:
                continue
            best_of = groups[story][: tuning.nearest]
            if not any(self.proves(found.slot, other, twin) for _, _, other in best_of):
                unproven.add(story)
        return Near(found, fits, self._barred(found), frozenset(unproven), ask, twin)

    def _barred(self, found: Found) -> frozenset[int]:
        story_of = self._window.story_of
        return frozenset([story_of[other] for other in found.barred])

    def proves(self, slot: int, other: int, twin: int | None) -> bool:
        """Whether an item shares more with this one than chance brings about."""
        return self.likeness.proven(slot, other, other == twin)

    def _whole(self, slot: int, fit: Fit, ask: float) -> float:
        """A fit by the nearest members, if it would do, weighed with the rest of the story."""
        story = self._window.stories[fit[1]]
        if fit[0] < ask or len(story) <= self._tuning.nearest:
            return fit[0]
        return self.fits([(slot, story)])[0]

    def fits(self, asked: Sequence[tuple[int, Sequence[int]]]) -> list[float]:
        """How well items fit stories: by their nearest members, and less by more of them.

        Of a large story the newest members are asked. A story that is but the item itself
        is fitted by 0.
        """
        tuning, window = self._tuning, self._window
        known = self._fits
        keys = []
        new: dict[tuple[int, ...], list[int]] = {}
        for slot, story in asked:
            others = newest([one for one in story if one != slot], tuning.members, window)
            key = (slot, *others)
            keys.append(key)
            if key not in known:
                new[key] = others
        if new:
            found = self.likenesses([key[0] for key in new], list(new.values()))
            for key, some in zip(new, found, strict=True):
                known[key] = self._fit(sorted(some, reverse=True)) if some else 0.0
        return [known[key] for key in keys]

    def links(self, asked: Sequence[tuple[Sequence[int], Sequence[int]]]) -> list[float]:
        """The mean likeness of the newest members of two stories; none over a veto."""
        window, most, known = self._window, self._tuning.merge_members, self._links
        keys = [
            (tuple(newest(one, most, window)), tuple(newest(two, most, window)))
            for one, two in asked
        ]
        new = [key for key in dict.fromkeys(keys) if key not in known]
        if new:
            found = self.likenesses(
                [slot for one, _ in new for slot in one],
                [two for one, two in new for _ in one],
            )
            start = 0
            for one, two in new:
                values = found[start : start + len(one)]
                start += len(one)
                apart = any(vetoed(a, b, window, self._tuning) for a in one for b in two)
                mean = sum(map(sum, values)) / (len(one) * len(two))
                known[one, two] = 0.0 if apart else mean
        return [known[key] for key in keys]

    def _fit(self, found: list[float]) -> float:
        tuning = self._tuning
        nearest = found[: tuning.nearest]
        mean = sum(nearest) / len(nearest)
        most = round(float(len(found) ** tuning.breadth))
        if most <= len(nearest):
            return mean
        return mean + tuning.whole * (sum(found[:most]) / most - mean)

    def bases(self, slots: Sequence[int]) -> list[float]:
        """Thresholds before any crowd: higher with a lede, and in a larger window."""
        tuning, window = self._tuning, self._window
        items = window.items_beside(slots)
        bulk = tuning.bulk * np.log2(1.0 + items / tuning.bulk_items)
        asked: list[float] = (tuning.threshold + tuning.lede * window.lede[slots] + bulk).tolist()
        return asked


def newest(slots: Sequence[int], most: int, window: Window) -> list[int]:
    """The newest of some items, at most so many."""
    if len(slots) <= most:
        return list(slots)
    order = np.lexsort((window.id[slots], -window.at[slots]))[:most]
    return [slots[n] for n in order]


def vetoed(a: int, b: int, window: Window, tuning: Tuning) -> str:
    """Why two titles from one mould tell of different things; empty when they need not."""
    if window.log[a] and window.log[b] and window.log[a] != window.log[b]:
        return "two lines of a log: another day or place"
    frame = int(window.frame[a])
    same = frame != 0 and frame == window.frame[b]
    if same and window.filling[a] != window.filling[b] and window.is_frame(frame):
        return "a recurring form, filled in differently"
    again = window.column[a] == window.column[b] and window.publisher[a] != 0
    again = again and window.publisher[a] == window.publisher[b]
    if again and abs(window.at[a] - window.at[b]) > tuning.column_h * 3600:
        return "the same title from one publisher on another day"
    return ""


_NOTHING: frozenset[int] = frozenset()


def _best_first(fit: Fit) -> tuple[float, int]:
    return (-fit[0], fit[1])
