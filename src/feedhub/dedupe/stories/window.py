"""The items of the sliding window, their words and their stories, in packed arrays.

An item is a *slot*, its place in the arrays. Slots are in the order of arrival; they are
renumbered by :meth:`Window.tidy`, so that nothing may keep one across turns.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from math import log

import numpy as np

from feedhub.dedupe.stories.arrays import (
    Bools,
    Floats,
    Ints,
    Keys,
    Rows,
    Singles,
    grown,
    places,
)
from feedhub.dedupe.stories.features import Features
from feedhub.dedupe.stories.postings import Postings
from feedhub.dedupe.stories.repeats import Repeats
from feedhub.dedupe.stories.tuning import Tuning
from feedhub.dedupe.stories.vocabulary import NO_KEY, Vocabulary

# Neighbouring stems weigh as much again as the stems times bigram squared; the mean of two
# rarities, squared, is a little under the mean of their squares.
_PAIR_NORM = 0.85

ASKERS = 32  # items that are looked up at once
_PACK = 4096  # items that came since the index was packed, at least, before it is packed anew
_CHUNK = 8192  # items whose keys are gathered at once

# Stands for the story of an item that has none yet.
NO_STORY = -1


@dataclass(slots=True)
class Arrival:
    """An item as it comes into the window; ``source`` is whose sentences its summary's are."""

    id: int
    at: float  # seconds since the epoch
    publisher: str
    source: str
    found: Features


@dataclass(slots=True)
class _Repeating:
    """What an item has that others may repeat; few have any of it."""

    kicker: int  # 0 for none
    body: int
    sentences: tuple[int, ...]  # a number for each, the same for the same words of one source
    stops: tuple[int, ...]  # where each ends
    kicker_from: int
    view: tuple[bool, ...]  # what is left out now: the kicker, each sentence


class Window:
    """Items no older than ``span`` seconds before the newest.

    All that it answers is a function of the items that it holds, so that a window rebuilt
    from the store answers as one that has lived through the items' arrival.
    """

    def __init__(self, span: float, tuning: Tuning) -> None:
        self.span = span
        self.newest = float("-inf")
        self.slot_of: dict[int, int] = {}  # by item id
        self.stories: dict[int, list[int]] = {}  # story -> slots, in the order they joined
        self.vocabulary = Vocabulary(tuning)
        self.postings = Postings()
        self.tops: Floats = np.zeros(16)  # language -> log(its items + prior)
        self._sizes: list[int] = []  # items by language
        self._tuning = tuning
        self._languages: dict[str, int] = {}
        self._repeating: dict[int, _Repeating] = {}  # by item id
        self._kickers = Repeats(tuning.recurring, lambda id_: self._repeating[id_].body)
        self._frames = Repeats(tuning.recurring, lambda id_: int(self.filling[self.slot_of[id_]]))
        self._sentences = Repeats(tuning.recurring, lambda id_: int(self.column[self.slot_of[id_]]))
        self._old: list[int] = []  # ids from old to new, as of the last packing; oldest last
        self._young: list[tuple[float, int]] = []  # a heap of those that came since
        # A number for each item.
        self._reach: Singles = np.zeros(0, np.float32)
        self.used = 0
        self._posted = 0  # slots that the index has
        self._packed = 0  # ... and has packed
        self.id: Ints = np.zeros(64, np.int64)
        self.at: Floats = np.zeros(64)
        self.alive: Bools = np.zeros(64, np.bool_)
        self.story_of = array("q", bytes(8 * 64))  # one by one this is read faster ...
        self.story: Ints = np.frombuffer(self.story_of, np.int64)  # ... and together so
        self.language: Keys = np.zeros(64, np.int32)
        self.lede: Floats = np.zeros(64)
        self.size: Floats = np.zeros(64)  # its length if all words were alike rare
        # Of moulds and publishers, only whether two are the same is asked: hashes, 0 for none.
        self.frame: Ints = np.zeros(64, np.int64)
        self.filling: Ints = np.zeros(64, np.int64)
        self.log: Ints = np.zeros(64, np.int64)
        self.column: Ints = np.zeros(64, np.int64)
        self.publisher: Ints = np.zeros(64, np.int64)
        # Rows: an item's keys with their codes, all of them and those that are compared now;
        # its stems in order, the title's, NO_KEY, the summary's.
        self.keys = Rows(np.int32)
        self.codes = Rows(np.uint8)
        self.stems = Rows(np.int32)
        self.whole: Ints = np.zeros(64, np.int64)
        self.whole_n: Keys = np.zeros(64, np.int32)
        self.part: Ints = np.zeros(64, np.int64)
        self.part_n: Keys = np.zeros(64, np.int32)
        self.text: Ints = np.zeros(64, np.int64)
        self.text_n: Keys = np.zeros(64, np.int32)
        self.title_n: Keys = np.zeros(64, np.int32)
        # A code is a key's count, of an end the count and one more than the highest: what it
        # counts for; and that squared, with its share of pairs.
        most = tuning.title + 1
        pair = 1.0 + _PAIR_NORM * tuning.bigram**2
        counts = range(most + 1)
        self._end = most + 1
        self.values: Floats = np.array(
            [float(n) for n in counts] + [tuning.affix * n for n in counts]
        )
        self.norms: Floats = np.array(
            [pair * n * n for n in counts] + [(tuning.affix * n) ** 2 for n in counts]
        )

    # --- time ---------------------------------------------------------------------------

    def holds(self, at: float) -> bool:
        """Whether an item of that time is within the window."""
        return at >= self.newest - self.span

    def advance(self, at: float) -> None:
        """Let time pass to ``at``: what is then too old drops out."""
        if at <= self.newest:
            return
        self.newest = at
        gone: list[int] = []
        old, young, slot_of = self._old, self._young, self.slot_of
        while old:
            slot = slot_of.get(old[-1])
            if slot is not None and self.holds(self.at[slot]):
                break
            if slot is not None:
                gone.append(slot)
            old.pop()
        while young and not self.holds(young[0][0]):
            at, id_ = heappop(young)
            slot = slot_of.get(id_)
            if slot is not None and self.at[slot] == at:
                gone.append(slot)
        if gone:
            self.remove(sorted(set(gone)))

    # --- items --------------------------------------------------------------------------

    def add(self, arrivals: Sequence[Arrival]) -> list[int]:
        """Count items in, each a new id; their slots. They have no story until :meth:`settle`."""
        first = self.used
        last = first + len(arrivals)
        if last > len(self.id):
            self._grow(last)
        slots = list(range(first, last))
        self.used = last
        keys: list[int] = []
        codes = bytearray()
        stems: list[int] = []
        ends, end = self.vocabulary.ends, self._end
        whole, whole_n, text, text_n = [], [], [], []
        for slot, one in zip(slots, arrivals, strict=True):
            found = one.found
            whole.append(len(keys))
            text.append(len(stems))
            # The key that stands for none: no row is empty.
            keys.append(NO_KEY)
            keys += found.counts
            codes.append(0)
            codes += bytes(found.counts.values())
            whole_n.append(len(found.counts) + 1)
            stems += found.title
            stems.append(NO_KEY)
            stems += found.summary
            text_n.append(len(found.title) + 1 + len(found.summary))
            self.slot_of[one.id] = slot
            heappush(self._young, (one.at, one.id))
        row = np.array(keys, np.int32)
        coded = np.frombuffer(codes, np.uint8) + ends[row] * np.uint8(end)
        begins = np.array(whole, np.int64)
        here = slice(first, last)
        self.id[here] = [one.id for one in arrivals]
        self.at[here] = [one.at for one in arrivals]
        self.alive[here] = True
        self.story[here] = NO_STORY
        languages = [self._language(one.found.language) for one in arrivals]
        self.language[here] = languages
        self.lede[here] = [one.found.lede for one in arrivals]
        self.size[here] = np.sqrt(np.add.reduceat(self.norms[coded], begins))
        self.frame[here] = [_hash(one.found.mould.frame) for one in arrivals]
        self.filling[here] = [_hash(one.found.mould.filling) for one in arrivals]
        self.log[here] = [_hash(one.found.mould.log) for one in arrivals]
        self.column[here] = [_hash(one.found.mould.plain) for one in arrivals]
        self.publisher[here] = [_hash(one.publisher) for one in arrivals]
        self.whole[here] = self.part[here] = begins + self.keys.extend(row)
        self.codes.extend(coded)
        self.whole_n[here] = self.part_n[here] = whole_n
        self.text[here] = np.array(text, np.int64) + self.stems.extend(stems)
        self.text_n[here] = text_n
        self.title_n[here] = [len(one.found.title) for one in arrivals]
        self.vocabulary.count(row, 1)
        for language in languages:
            self._sizes[language] += 1
        self._weigh(set(languages))
        for slot, one in zip(slots, arrivals, strict=True):
            self._note(slot, one)
        return slots

    def _note(self, slot: int, one: Arrival) -> None:
        """Count in what others may repeat."""
        found = one.found
        if self.frame[slot]:
            self._frames.add(int(self.frame[slot]), one.id)
        if not found.kicker and not found.stops:
            return
        sentences = []
        start = 0
        for stop in found.stops:
            sentences.append(_hash((one.source, *found.summary[start:stop])))
            start = stop
        self._repeating[one.id] = mine = _Repeating(
            _hash(found.kicker),
            _hash(found.body),
            tuple(sentences),
            tuple(found.stops),
            found.kicker_from + 1,
            (False,) * (1 + len(sentences)),
        )
        changed: set[int] = set()
        if mine.kicker:
            changed.update(self._kickers.add(mine.kicker, one.id))
        for sentence in mine.sentences:
            changed.update(self._sentences.add(sentence, one.id))
        self._look_again(changed)

    def remove(self, slots: Sequence[int]) -> None:
        """Count items out."""
        rows = np.array(slots, np.int64)
        at, _ = places(self.whole[rows], self.whole_n[rows].astype(np.int64))
        self.vocabulary.count(self.keys.data[at], -1)
        self.alive[rows] = False
        languages = set(self.language[rows].tolist())
        for slot in slots:
            id_ = int(self.id[slot])
            self._leave(slot)
            self._sizes[int(self.language[slot])] -= 1
            changed: set[int] = set()
            if self.frame[slot]:
                self._frames.remove(int(self.frame[slot]), id_)
            mine = self._repeating.get(id_)
            if mine is not None:
                if mine.kicker:
                    changed.update(self._kickers.remove(mine.kicker, id_))
                for sentence in mine.sentences:
                    changed.update(self._sentences.remove(sentence, id_))
                del self._repeating[id_]
            del self.slot_of[id_]
            changed.discard(id_)
            self._look_again(changed)
        self._weigh(languages)

    def settle(self, slot: int, story: int) -> None:
        """Put an item of the window into a story, out of the one that it was in."""
        self._leave(slot)
        self.story_of[slot] = story
        if story in self.stories:
            self.stories[story].append(slot)
        else:
            self.stories[story] = [slot]

    def _leave(self, slot: int) -> None:
        story = self.story_of[slot]
        if story == NO_STORY:
            return
        members = self.stories[story]
        members.remove(slot)
        if not members:
            del self.stories[story]
        self.story_of[slot] = NO_STORY

    def _language(self, name: str) -> int:
        number = self._languages.get(name)
        if number is None:
            number = self._languages[name] = len(self._sizes)
            self._sizes.append(0)
            if number == len(self.tops):
                self.tops = grown(self.tops, number + 1)
        return number

    def _weigh(self, languages: Iterable[int]) -> None:
        for language in languages:
            self.tops[language] = log(self._sizes[language] + self._tuning.prior_items)

    # --- what is known of words and moulds ----------------------------------------------

    def items_beside(self, slots: Sequence[int]) -> Ints:
        """How many items there are in each item's language, itself too."""
        return np.array(self._sizes, np.int64)[self.language[slots]]

    def top(self, slot: int) -> float:
        """The log of how many items of its language there are, with the prior's."""
        return float(self.tops[self.language[slot]])

    def is_frame(self, frame: int) -> bool:
        """Whether several different fillings of this frame are in the window."""
        return frame in self._frames.often

    def _look_again(self, ids: Iterable[int]) -> None:
        """Leave out of these items what is boilerplate now, and no more than that."""
        for id_ in ids:
            mine = self._repeating[id_]
            kickers, sentences = self._kickers.often, self._sentences.often
            drops = (mine.kicker in kickers, *[one in sentences for one in mine.sentences])
            if drops != mine.view:
                mine.view = drops
                self._compare(self.slot_of[id_], mine)

    def _compare(self, slot: int, mine: _Repeating) -> None:
        whole, length = int(self.whole[slot]), int(self.whole_n[slot])
        if not any(mine.view):
            self.part[slot], self.part_n[slot] = whole, length
            return
        keys = self.keys.data[whole : whole + length].tolist()
        title, summary = self.texts(slot)
        kept: list[int] = list(title)
        start = 0
        for dropped, stop in zip(mine.view[1:], mine.stops, strict=True):
            if not dropped:
                kept += summary[start:stop]
            start = stop
        gone = set(summary).difference(kept)
        # The ends of a word follow its stem, and go with it.
        stems = (~self.vocabulary.ends[keys]).tolist()
        stay = [0]
        last = NO_KEY
        for place in range(1, mine.kicker_from if mine.view[0] else length):
            if stems[place]:
                last = keys[place]
            if last not in gone:
                stay.append(place)
        codes = self.codes.data[whole : whole + length][stay]
        self.part[slot] = self.keys.extend([keys[place] for place in stay])
        self.codes.extend(codes)
        self.part_n[slot] = len(stay)

    def texts(self, slot: int) -> tuple[list[int], list[int]]:
        """The stems in order, boilerplate and all: the title's and the summary's."""
        start, length = int(self.text[slot]), int(self.text_n[slot])
        text = self.stems.data[start : start + length].tolist()
        title = int(self.title_n[slot])
        return text[:title], text[title + 1 :]

    def compared(self, slot: int) -> tuple[list[int], list[int]]:
        """The keys that an item is compared by, and their codes."""
        start, length = int(self.part[slot]) + 1, int(self.part_n[slot]) - 1
        end = start + length
        return self.keys.data[start:end].tolist(), self.codes.data[start:end].tolist()

    def kicker_keys(self, slot: int) -> list[int]:
        """The kicker's own keys."""
        mine = self._repeating.get(int(self.id[slot]))
        if mine is None or not mine.kicker:
            return []
        start = int(self.whole[slot])
        end = start + int(self.whole_n[slot])
        keys: list[int] = self.keys.data[start + mine.kicker_from : end].tolist()
        return keys

    # --- room -----------------------------------------------------------------------------

    @property
    def reach(self) -> Singles:
        """Room to sum by asker and slot in; zeros, to be left as zeros."""
        if len(self._reach) != ASKERS * len(self.alive):
            self._reach = np.zeros(ASKERS * len(self.alive), np.float32)
        return self._reach

    def _grow(self, least: int) -> None:
        for name in _COLUMNS:
            setattr(self, name, grown(getattr(self, name), least))
        self._hold_stories(self.story)

    def _hold_stories(self, stories: Ints) -> None:
        self.story_of = array("q", bytes(8 * len(self.id)))
        self.story = np.frombuffer(self.story_of, np.int64)
        self.story[: len(stories)] = stories

    def tidy(self) -> None:
        """Pack the index when much came since, and the arrays; slots change. Between turns."""
        since = self.used - self._packed
        if since < max(_PACK, len(self.slot_of) // 16):
            return
        self._compact()
        self.vocabulary.sweep()
        self._pack()

    def post(self) -> None:
        """Bring what came last into the index; before it is asked."""
        first, last = self._posted, self.used
        if first == last:
            return
        if last - first >= _PACK:
            self._pack()
            return
        lengths = self.whole_n[first:last].astype(np.int64)
        at, _ = places(self.whole[first:last], lengths)
        keys = self.keys.data[at]
        slots = np.arange(first, last).repeat(lengths)
        stems = ~self.vocabulary.ends[keys] & (keys != NO_KEY)
        self.postings.add(keys[stems].tolist(), slots[stems].tolist())
        self._posted = last

    def _compact(self) -> None:
        """Give back the room of items that are gone."""
        live = (self.alive[: self.used]).nonzero()[0]
        count = len(live)
        moved = np.zeros(self.used, np.int64)
        moved[live] = np.arange(count)
        self._keep_rows(live)
        room = max(64, count + max(_PACK, count // 16) + 64)
        for name in _COLUMNS:
            old = getattr(self, name)
            new = np.zeros(room, old.dtype)
            new[:count] = old[live]
            setattr(self, name, new)
        self._hold_stories(self.story[live])
        self.used = count
        for slot, id_ in enumerate(self.id[:count].tolist()):
            self.slot_of[id_] = slot
        for members in self.stories.values():
            members[:] = moved[members].tolist()

    def _keep_rows(self, live: Ints) -> None:
        """Lay the rows of these items anew, a row that is compared in part behind the whole."""
        keys, codes, stems = Rows(np.int32), Rows(np.uint8), Rows(np.int32)
        cut = self.part[live] != self.whole[live]
        for start in range(0, len(live), _CHUNK):
            some = live[start : start + _CHUNK]
            lengths = self.whole_n[some].astype(np.int64)
            at, begins = places(self.whole[some], lengths)
            self.whole[some] = begins + keys.extend(self.keys.data[at])
            codes.extend(self.codes.data[at])
            at, begins = places(self.text[some], self.text_n[some].astype(np.int64))
            self.text[some] = begins + stems.extend(self.stems.data[at])
        for slot in live[cut].tolist():
            first, last = int(self.part[slot]), int(self.part[slot]) + int(self.part_n[slot])
            self.part[slot] = keys.extend(self.keys.data[first:last])
            codes.extend(self.codes.data[first:last])
        same = live[~cut]
        self.part[same] = self.whole[same]
        self.keys, self.codes, self.stems = keys, codes, stems

    def _pack(self) -> None:
        entries: list[Ints] = []
        for start in range(0, self.used, _CHUNK):
            some = slice(start, min(start + _CHUNK, self.used))
            lengths = self.whole_n[some].astype(np.int64)
            at, _ = places(self.whole[some], lengths)
            keys = self.keys.data[at]
            slots = np.arange(some.start, some.stop).repeat(lengths)
            stems = ~self.vocabulary.ends[keys] & (keys != NO_KEY)
            entries.append(keys[stems].astype(np.int64) << 32 | slots[stems])
        self.postings.pack(
            np.concatenate(entries) if entries else np.zeros(0, np.int64), len(self.vocabulary)
        )
        order = np.lexsort((self.id[: self.used], self.at[: self.used]))
        self._old = self.id[order[::-1]].tolist()
        self._young = []
        self._packed = self._posted = self.used


_COLUMNS = (
    "id", "at", "alive", "language", "lede", "size", "frame", "filling", "log", "column",
    "publisher", "whole", "whole_n", "part", "part_n", "text", "text_n", "title_n",
)  # fmt: skip


def _hash(value: object) -> int:
    """A number for a value, the same for the same one; 0 for an empty one."""
    return hash(value) if value else 0
