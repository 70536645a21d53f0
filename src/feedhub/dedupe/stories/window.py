"""The items of the sliding window, their words and their stories."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import pairwise
from math import log, sqrt

from feedhub.dedupe.stories.features import Features
from feedhub.dedupe.stories.index import Index
from feedhub.dedupe.stories.repeats import Repeats
from feedhub.dedupe.stories.rows import Rows
from feedhub.dedupe.stories.tuning import Tuning

# Stands for the story of an item that has none yet.
NO_STORY = -1


@dataclass(slots=True, eq=False)
class Words:
    """What is compared of an item: all of it, or what is not boilerplate.

    ``codes`` has a byte for each key: its count, of an end the count and one more than the
    highest count. See :attr:`Window.values`.
    """

    keys: tuple[int, ...]
    codes: bytes
    title: tuple[int, ...]  # stems in order
    summary: tuple[int, ...]


class Doc:
    """An item in the window."""

    __slots__ = (
        "at",
        "body",
        "column",
        "days",
        "filling",
        "form",
        "frame",
        "id",
        "kicker",
        "kicker_from",
        "language",
        "lede",
        "log",
        "many",
        "names",
        "numbers",
        "opening",
        "part",
        "publisher",
        "sentences",
        "size",
        "slot",
        "source",
        "stops",
        "story",
        "tie",
        "words",
    )

    def __init__(
        self, id_: int, at: float, tie: int, publisher: str, source: str, words: Words
    ) -> None:
        self.id = id_
        self.at = at  # seconds since the epoch
        self.tie = tie  # a number of the text: which of two comes first that are alike in all else
        self.publisher = publisher
        self.source = source  # whose sentences the summary's are
        self.words = words  # the kicker's own keys are last, from kicker_from
        self.story = NO_STORY
        self.slot = -1  # its number in the index, never used again
        self.language = ""
        self.kicker_from = 0
        self.size = 1.0  # its length if all words were alike rare
        self.stops: tuple[int, ...] = ()  # where each of the summary's sentences ends
        # A number for each sentence of the summary, the same for the same words of its source.
        self.sentences: tuple[int, ...] = ()
        self.part: tuple[tuple[bool, ...], Words] | None = None  # the last view, and of what
        self.kicker = ""
        self.body = 0
        self.lede = 0.0
        self.numbers: tuple[int, ...] = ()  # told in headline and summary, where there is one
        # Of moulds and numbers, only whether two are the same is asked: hashes are kept.
        self.frame = 0
        self.filling = 0
        self.form = 0
        self.names: tuple[int, ...] = ()
        self.days = 0
        self.opening = 0
        self.many = False
        self.log: tuple[str, ...] = ()
        self.column = 0


class Window:
    """Items no older than ``span`` seconds before the newest.

    All that it answers is a function of the items that it holds, so that a window rebuilt
    from the store answers as one that has lived through the items' arrival.
    """

    def __init__(self, span: float, tuning: Tuning) -> None:
        self.span = span
        self.newest = float("-inf")
        self.docs: dict[int, Doc] = {}
        self.stories: dict[int, dict[int, Doc]] = {}
        self.slots: dict[int, Doc] = {}
        self.rows = Rows()
        self.index = Index(tuning, self.slots)
        self.sizes: dict[str, int] = {}  # items by language
        self._tuning = tuning
        self._ages: list[tuple[float, int]] = []
        self._kickers: Repeats[str, int] = Repeats(tuning.recurring)
        self._frames: Repeats[int, int] = Repeats(tuning.recurring)
        self._sentences: Repeats[int, int] = Repeats(tuning.recurring)
        self.boilerplate = self._sentences.often  # numbers of sentences that are no news
        self.openers = self._kickers.often  # kickers that several different headlines open with
        most = tuning.title + 1
        self.end = most + 1  # codes from here on are those of ends
        counts = range(most + 1)
        # What a key counts for, by its code; and that squared.
        self.values = [float(n) for n in counts] + [tuning.affix * n for n in counts]
        self.norms = [value * value for value in self.values]

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

    def make(
        self, id_: int, at: float, tie: int, publisher: str, source: str, found: Features
    ) -> Doc:
        """An item as the window holds it, not yet added."""
        ends, end, norms = self.index.ends, self.end, self.norms
        counts = found.counts
        kicker_from = len(counts)
        if found.kicker_counts:
            counts = counts | found.kicker_counts
        codes = bytes([n + end if ends[key] else n for key, n in counts.items()])
        words = Words(tuple(counts), codes, found.title, found.summary)
        doc = Doc(id_, at, tie, publisher, source, words)
        doc.kicker_from = kicker_from
        doc.size = sqrt(sum([norms[code] for code in codes])) or 1.0
        doc.language = found.language
        if found.stops:
            doc.stops = found.stops
            starts = (0, *found.stops)
            doc.sentences = tuple([hash((source, found.summary[a:b])) for a, b in pairwise(starts)])
        doc.kicker = found.kicker
        doc.body = hash(found.body)
        doc.lede = found.lede
        if found.numbers:
            doc.numbers = tuple([hash(number) for number in found.numbers])
        shape = found.mould
        if shape.frame:
            doc.frame, doc.filling = hash(shape.frame), hash(shape.filling)
        if shape.form:
            doc.form, doc.days = hash(shape.form), hash(shape.days)
            doc.names = tuple(map(hash, shape.names))
            doc.opening, doc.many = hash(shape.opening), shape.many
        doc.log = shape.log
        doc.column = hash(shape.plain)
        return doc

    def add(self, doc: Doc) -> None:
        """Count an item in; it has no story until :meth:`settle`."""
        self._take(doc)
        self.index.add(doc.slot, doc.words.keys)

    def add_all(self, docs: Sequence[Doc]) -> None:
        """Count many items in."""
        for doc in docs:
            self._take(doc)
        self.index.add_all([(doc.slot, doc.words.keys) for doc in docs])

    def _take(self, doc: Doc) -> None:
        doc.slot = self.rows.add(doc.tie, doc.size, NO_STORY, self.slots)
        self.docs[doc.id] = doc
        self.slots[doc.slot] = doc
        heappush(self._ages, (doc.at, doc.id))
        self.sizes[doc.language] = self.sizes.get(doc.language, 0) + 1
        if doc.kicker:
            self._kickers.add(doc.kicker, doc.body)
        if doc.frame:
            self._frames.add(doc.frame, doc.filling)
        if doc.stops:
            for sentence in doc.sentences:
                self._sentences.add(sentence, doc.column)

    def remove(self, doc: Doc) -> None:
        del self.docs[doc.id]
        del self.slots[doc.slot]
        self._leave(doc)
        self.sizes[doc.language] -= 1
        self.index.remove(doc.slot, doc.words.keys)
        if doc.kicker:
            self._kickers.remove(doc.kicker, doc.body)
        if doc.frame:
            self._frames.remove(doc.frame, doc.filling)
        if doc.stops:
            for sentence in doc.sentences:
                self._sentences.remove(sentence, doc.column)

    def settle(self, doc: Doc, story: int) -> None:
        """Put an item of the window into a story, out of the one that it was in."""
        self._leave(doc)
        doc.story = story
        self.rows.stories[doc.slot - self.rows.first] = story
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

    def is_frame(self, frame: int) -> bool:
        """Whether several different fillings of this frame are in the window."""
        return frame in self._frames.often

    def view(self, doc: Doc) -> Words:
        """An item without what is boilerplate now: its kicker, or sentences of its source."""
        often = self.boilerplate
        kicker = doc.kicker in self.openers and doc.kicker_from > 0
        if not kicker and often.isdisjoint(doc.sentences):
            return doc.words
        drops = (kicker, *[sentence in often for sentence in doc.sentences])
        if doc.part is None or doc.part[0] != drops:
            doc.part = (drops, self._without(doc, drops))
        return doc.part[1]

    def _without(self, doc: Doc, drops: tuple[bool, ...]) -> Words:
        whole = doc.words
        kept: list[int] = []
        starts = (0, *doc.stops)
        for number, dropped in enumerate(drops[1:]):
            if not dropped:
                kept += whole.summary[starts[number] : starts[number + 1]]
        gone = set(whole.summary) - {*kept, *whole.title}
        end = doc.kicker_from if drops[0] else len(whole.keys)
        # The ends of a word follow its stem, and go with it.
        places: list[int] = []
        stem = -1
        for place, key in enumerate(whole.keys[:end]):
            stem = stem if self.index.ends[key] else key
            if stem not in gone:
                places.append(place)
        return Words(
            tuple([whole.keys[place] for place in places]),
            bytes([whole.codes[place] for place in places]),
            whole.title,
            tuple(kept),
        )
