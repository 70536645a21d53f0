"""The items of the sliding window, and the inverted index that finds neighbours among them."""

from __future__ import annotations

from heapq import heappop, heappush
from math import exp, log, sqrt
from typing import NamedTuple

from feedhub.dedupe.stories.features import HEAD, TAIL, Features, commonness
from feedhub.dedupe.stories.repeats import Repeats
from feedhub.dedupe.stories.templates import Mould
from feedhub.dedupe.stories.tuning import Tuning

# Neighbouring stems weigh as much again as the stems times bigram squared; the mean of two
# rarities, squared, is a little under the mean of their squares.
_PAIR_NORM = 0.85


# Stands for the story of an item that has none yet.
NO_STORY = -1


class Doc:
    """An item in the window, its features as small numbers (see :class:`Window`)."""

    __slots__ = (
        "at",
        "body",
        "column",
        "id",
        "keys",
        "kicker",
        "kicker_from",
        "language",
        "lede",
        "mould",
        "norms",
        "part",
        "publisher",
        "size",
        "slot",
        "source",
        "stops",
        "story",
        "summary",
        "title",
        "weights",
    )

    def __init__(self, id_: int, at: float, publisher: str) -> None:
        self.id = id_
        self.at = at  # seconds since the epoch
        self.publisher = publisher
        self.story = NO_STORY
        self.slot = -1  # its number in the index, never used again
        self.language = ""
        self.keys: tuple[int, ...] = ()  # the kicker's own keys are last, from kicker_from
        self.weights: tuple[float, ...] = ()  # count times kind, for each key
        self.norms: tuple[float, ...] = ()  # the same squared, with the share of pairs
        self.kicker_from = 0
        self.size = 1.0  # its length if all words were alike rare
        self.title: tuple[int, ...] = ()
        self.summary: tuple[int, ...] = ()
        self.stops: tuple[int, ...] = ()  # where each of the summary's sentences ends
        self.source = ""  # whose sentences they are
        self.part: tuple[tuple[bool, ...], Part] | None = None  # the last view, and of what
        self.kicker = ""
        self.body = ""
        self.lede = 0.0
        self.mould: Mould | None = None
        self.column = ""


class Part(NamedTuple):
    """What is compared of an item that is partly boilerplate."""

    keys: tuple[int, ...]
    weights: tuple[float, ...]
    norms: tuple[float, ...]
    title: tuple[int, ...]
    summary: tuple[int, ...]


class Window:
    """Items no older than ``span`` seconds before the newest, their words and their stories.

    All that it answers is a function of the items that it holds, so that a window rebuilt
    from the store answers as one that has lived through the items' arrival. Keys are interned
    as small numbers while any item has them; nothing may be ordered by such a number.
    """

    def __init__(self, span: float, tuning: Tuning) -> None:
        self.span = span
        self.newest = float("-inf")
        self.docs: dict[int, Doc] = {}
        self.stories: dict[int, dict[int, Doc]] = {}
        self.slots: dict[int, Doc] = {}
        self.posting: list[list[int]] = []  # stem -> slots, of which some may be gone
        self.seen: list[int] = []  # key -> how many items have it now
        self.names: list[str] = []
        self.ends: list[bool] = []  # key -> whether it is an end of a word, no stem
        self.listed: list[bool] = []  # key -> whether it is known as common
        self.log_seen: list[float] = []  # key -> log(seen + prior)
        self.sizes: dict[str, int] = {}  # items by language
        self._tuning = tuning
        self._numbers: dict[str, int] = {}
        self._spare: list[int] = []
        self._ages: list[tuple[float, int]] = []
        self._next_slot = 0
        self._gone = 0  # index entries whose item is gone
        self._entries = 0
        self._kickers: Repeats[str, str] = Repeats(tuning.recurring)
        self._frames: Repeats[str, str] = Repeats(tuning.recurring)
        self._sentences: Repeats[int, int] = Repeats(tuning.recurring)
        self._logs: dict[float, list[float]] = {}  # by share: log(seen + prior) by seen
        self._key_logs: list[list[float]] = []  # the same, by key
        pair = 1.0 + _PAIR_NORM * tuning.bigram**2
        most = tuning.title + 1
        # Shared float objects: a million references to a few values.
        self._stem_values = [float(count) for count in range(most + 1)]
        self._stem_norms = [pair * count * count for count in range(most + 1)]
        self._end_values = [tuning.affix * count for count in range(most + 1)]
        self._end_norms = [(tuning.affix * count) ** 2 for count in range(most + 1)]
        self._ledes: dict[float, float] = {}

    # --- time ---------------------------------------------------------------------------

    def holds(self, at: float) -> bool:
        """Whether an item of that time is within the window."""
        return at >= self.newest - self.span

    def advance(self, at: float) -> None:
        """Let time pass to ``at``: what is then too old drops out."""
        if at <= self.newest:
            return
        self.newest = at
        while self._ages and not self.holds(self._ages[0][0]):
            old, id_ = heappop(self._ages)
            doc = self.docs.get(id_)
            if doc is not None and doc.at == old:
                self.remove(doc)

    # --- items --------------------------------------------------------------------------

    def make(self, id_: int, at: float, publisher: str, source: str, found: Features) -> Doc:
        """An item as the index holds it, its keys interned, not yet added.

        ``source`` tells whose sentences the summary's are.
        A doc that is not added afterwards must be handed to :meth:`forget`.
        """
        doc = Doc(id_, at, publisher)
        keys: list[int] = []
        weights: list[float] = []
        norms: list[float] = []
        numbers = self._numbers
        for counts in (found.counts, found.kicker_counts):
            doc.kicker_from = len(keys)
            for name, count in counts.items():
                number = numbers.get(name)
                if number is None:
                    number = self._intern(name)
                keys.append(number)
                if name[0] == HEAD or name[0] == TAIL:
                    weights.append(self._end_values[count])
                    norms.append(self._end_norms[count])
                else:
                    weights.append(self._stem_values[count])
                    norms.append(self._stem_norms[count])
        doc.keys = tuple(keys)
        doc.weights = tuple(weights)
        doc.norms = tuple(norms)
        doc.size = sqrt(sum(norms)) or 1.0
        doc.title = tuple([numbers[name] for name in found.title])
        doc.summary = tuple([numbers[name] for name in found.summary])
        doc.language = found.language
        doc.stops = found.stops
        doc.source = source
        doc.kicker = found.kicker
        doc.body = found.body if found.kicker else ""
        doc.lede = self._ledes.setdefault(found.lede, found.lede)
        shape = found.mould
        doc.mould = shape if shape.frame or shape.log else None
        doc.column = shape.plain
        return doc

    def forget(self, doc: Doc) -> None:
        """Give back what :meth:`make` took, when the doc is not added."""
        for key in doc.keys:
            self._release(key)

    def add(self, doc: Doc) -> None:
        """Count an item in; it has no story until :meth:`settle`."""
        doc.slot = self._next_slot
        self._next_slot += 1
        self.docs[doc.id] = doc
        self.slots[doc.slot] = doc
        heappush(self._ages, (doc.at, doc.id))
        self.sizes[doc.language] = self.sizes.get(doc.language, 0) + 1
        seen, log_seen, posting = self.seen, self.log_seen, self.posting
        slot, ends, entries = doc.slot, self.ends, 0
        for key in doc.keys:
            count = seen[key] + 1
            seen[key] = count
            logs = self._key_logs[key]
            if count == len(logs):
                logs.append(log(count + exp(logs[0])))
            log_seen[key] = logs[count]
            if not ends[key]:
                posting[key].append(slot)
                entries += 1
        self._entries += entries
        if doc.kicker:
            self._kickers.add(doc.kicker, doc.body)
        if doc.mould is not None and doc.mould.frame:
            self._frames.add(doc.mould.frame, doc.mould.filling)
        for sentence in _sentences(doc):
            self._sentences.add(sentence, hash(doc.column))

    def remove(self, doc: Doc) -> None:
        del self.docs[doc.id]
        del self.slots[doc.slot]
        for sentence in _sentences(doc):
            self._sentences.remove(sentence, hash(doc.column))
        self._leave(doc)
        self.sizes[doc.language] -= 1
        seen, log_seen, ends = self.seen, self.log_seen, self.ends
        for key in doc.keys:
            count = seen[key] - 1
            seen[key] = count
            log_seen[key] = self._key_logs[key][count]
            if count == 0:
                # Its entries are all gone with it; this item's own is counted below.
                self._gone -= len(self.posting[key])
                self._entries -= len(self.posting[key])
                self._release(key)
            self._gone += not ends[key]
        if doc.kicker:
            self._kickers.remove(doc.kicker, doc.body)
        if doc.mould is not None and doc.mould.frame:
            self._frames.remove(doc.mould.frame, doc.mould.filling)
        if self._gone * 2 > self._entries:
            self._sweep()

    def settle(self, doc: Doc, story: int) -> None:
        """Put an item of the window into a story, out of the one that it was in."""
        self._leave(doc)
        doc.story = story
        self.stories.setdefault(story, {})[doc.id] = doc

    def _leave(self, doc: Doc) -> None:
        if doc.story == NO_STORY:
            return
        members = self.stories[doc.story]
        del members[doc.id]
        if not members:
            del self.stories[doc.story]

    # --- what is known of words and moulds ----------------------------------------------

    def top(self, language: str) -> float:
        """The log of how many items of the language there are, with the prior's."""
        return log(self.sizes.get(language, 0) + self._tuning.prior_items)

    def is_boilerplate(self, kicker: str) -> bool:
        """Whether several different headlines in the window open with this kicker."""
        return kicker in self._kickers.often

    def is_frame(self, frame: str) -> bool:
        """Whether several different fillings of this frame are in the window."""
        return frame in self._frames.often

    def view(self, doc: Doc) -> Doc | Part:
        """An item without what is boilerplate now: its kicker, or sentences of its source."""
        kicker = doc.kicker_from > 0 and doc.kicker != "" and self.is_boilerplate(doc.kicker)
        often = self._sentences.often
        if not kicker and not (often and doc.stops):
            return doc
        drops = (kicker, *[sentence in often for sentence in _sentences(doc)])
        if not any(drops):
            return doc
        if doc.part is None or doc.part[0] != drops:
            doc.part = (drops, self._without(doc, drops))
        return doc.part[1]

    def _without(self, doc: Doc, drops: tuple[bool, ...]) -> Part:
        kept: list[int] = []
        starts = (0, *doc.stops)
        for number, dropped in enumerate(drops[1:]):
            if not dropped:
                kept += doc.summary[starts[number] : starts[number + 1]]
        gone = set(doc.summary) - {*kept, *doc.title}
        end = doc.kicker_from if drops[0] else len(doc.keys)
        # The ends of a word follow its stem, and go with it.
        places: list[int] = []
        stem = -1
        for place, key in enumerate(doc.keys[:end]):
            stem = stem if self.ends[key] else key
            if stem not in gone:
                places.append(place)
        return Part(
            tuple([doc.keys[place] for place in places]),
            tuple([doc.weights[place] for place in places]),
            tuple([doc.norms[place] for place in places]),
            doc.title,
            tuple(kept),
        )

    # --- interning ----------------------------------------------------------------------

    def _intern(self, name: str) -> int:
        share = commonness(name, self._tuning)
        logs = self._logs.setdefault(share, [log(share * self._tuning.prior_items)])
        if self._spare:
            number = self._spare.pop()
            self.names[number] = name
            self.log_seen[number] = logs[0]
            self._key_logs[number] = logs
            self.ends[number] = name[0] == HEAD or name[0] == TAIL
            self.listed[number] = share > self._tuning.prior_share
        else:
            number = len(self.names)
            self.names.append(name)
            self.posting.append([])
            self.seen.append(0)
            self.log_seen.append(logs[0])
            self._key_logs.append(logs)
            self.ends.append(name[0] == HEAD or name[0] == TAIL)
            self.listed.append(share > self._tuning.prior_share)
        self._numbers[name] = number
        return number

    def _release(self, key: int) -> None:
        if self.seen[key] == 0 and self._numbers.get(self.names[key]) == key:
            del self._numbers[self.names[key]]
            self.posting[key] = []
            self._spare.append(key)

    def _sweep(self) -> None:
        slots = self.slots
        self._entries = 0
        for key, found in enumerate(self.posting):
            if found and len(found) != self.seen[key]:
                self.posting[key] = [slot for slot in found if slot in slots]
            self._entries += len(self.posting[key])
        self._gone = 0


def _sentences(doc: Doc) -> list[int]:
    """A number for each sentence of an item's summary, the same for the same words there."""
    start = 0
    found: list[int] = []
    for stop in doc.stops:
        found.append(hash((doc.source, doc.summary[start:stop])))
        start = stop
    return found
