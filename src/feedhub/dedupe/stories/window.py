"""The items of the sliding window, their words and their stories."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log, sqrt
from sys import intern

from feedhub.dedupe.stories.ages import Ages
from feedhub.dedupe.stories.features import Features
from feedhub.dedupe.stories.index import Index
from feedhub.dedupe.stories.repeats import Repeats
from feedhub.dedupe.stories.rows import Rows
from feedhub.dedupe.stories.tuning import Tuning

# Stands for the story of an item that has none yet.
NO_STORY = -1

_NO_KEYS: array[int] = array("i")

_SHARED = 30  # codes of more keys are hardly ever those of another item
_PATTERNS = 1 << 14  # codes that are kept for others, at most


@dataclass(slots=True, eq=False)
class Words:
    """What is compared of an item when some of it is boilerplate; else the item itself is."""

    keys: array[int]
    codes: bytes


class Doc:
    """An item in the window, and all that is compared of it.

    ``codes`` has a byte for each key: its count, of an end the count and one more than the
    highest count. See :attr:`Window.values`.
    """

    __slots__ = (
        "at",
        "body",
        "codes",
        "column",
        "dates",
        "days",
        "filling",
        "form",
        "frame",
        "id",
        "keys",
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
        "summary",
        "tie",
        "title_to",
    )

    def __init__(self, id_: int, at: float, tie: int, publisher: str, source: str) -> None:
        self.id = id_
        self.at = at  # seconds since the epoch
        self.tie = tie  # a number of the text: which of two comes first that are alike in all else
        self.publisher = publisher
        self.source = source  # whose sentences the summary's are
        self.story = NO_STORY
        self.slot = -1  # its number in the index, never used again
        self.language = ""
        # First come the title's keys, up to title_to; last the kicker's own, from kicker_from.
        self.keys = _NO_KEYS
        self.codes = b""
        self.title_to = 0
        self.kicker_from = 0
        self.summary: tuple[int, ...] = ()  # its stems in order
        self.size = 1.0  # its length if all words were alike rare
        self.stops: tuple[int, ...] = ()  # where each of the summary's sentences ends
        # A number for each sentence of the summary, the same for the same words of its source.
        self.sentences: tuple[int, ...] = ()
        self.part: tuple[tuple[bool, ...], Words] | None = None  # the last view, and of what
        self.kicker = ""
        self.body = 0
        self.lede = 0.0
        self.dates: tuple[int, ...] = ()  # told in either, as month and day in four digits
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
        # Most stories have one item or two, for which nothing is smaller than a tuple.
        self.stories: dict[int, tuple[Doc, ...]] = {}
        self.rows: Rows[Doc] = Rows()
        self.index = Index(tuning, self.rows.holds)
        self.sizes: dict[str, int] = {}  # items by language
        self._tuning = tuning
        self._ages = Ages()
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
        # Every other headline's codes and size are those of another, and shared.
        self._codes: dict[bytes, tuple[bytes, float]] = {}

    # --- time ---------------------------------------------------------------------------

    def holds(self, at: float) -> bool:
        """Whether an item of that time is within the window."""
        return at >= self.newest - self.span

    def advance(self, at: float) -> None:
        """Let time pass to ``at``: what is then too old drops out."""
        if at <= self.newest:
            return
        self.newest = at
        for old, id_ in self._ages.before(at - self.span):
            doc = self.docs.get(id_)
            if doc is not None and doc.at == old:
                self.remove(doc)

    # --- items --------------------------------------------------------------------------

    def make(
        self, id_: int, at: float, tie: int, publisher: str, source: str, found: Features
    ) -> Doc:
        """An item as the window holds it, not yet added."""
        ends, end = self.index.ends, self.end
        counts = found.counts
        doc = Doc(id_, at, tie, publisher, source)
        doc.title_to, doc.kicker_from = found.title_to, len(counts)
        if found.kicker_counts:
            counts = counts | found.kicker_counts
        doc.keys, doc.summary = array("i", counts), found.summary
        codes = bytes([n + end if ends[key] else n for key, n in counts.items()])
        doc.codes, doc.size = self._codes.get(codes) or self._weighed(codes)
        doc.language = found.language
        if found.stops:
            doc.stops = found.stops
            starts = (0, *found.stops)
            doc.sentences = tuple([hash((source, found.summary[a:b])) for a, b in pairwise(starts)])
        doc.kicker = intern(found.kicker)
        doc.body = hash(found.body)
        doc.lede = found.lede
        doc.dates = found.dates
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

    def _weighed(self, codes: bytes) -> tuple[bytes, float]:
        """Codes, and the length of an item that has them."""
        found = codes, sqrt(sum([self.norms[code] for code in codes])) or 1.0
        if len(codes) <= _SHARED and len(self._codes) < _PATTERNS:
            self._codes[codes] = found
        return found

    def add(self, doc: Doc) -> None:
        """Count an item in; it has no story until :meth:`settle`."""
        self._take(doc)
        self.index.add(doc.slot, doc.keys)

    def add_all(self, docs: Sequence[Doc]) -> None:
        """Count many items in."""
        for doc in docs:
            self._take(doc)
        self.index.add_all([(doc.slot, doc.keys) for doc in docs])

    def _take(self, doc: Doc) -> None:
        doc.slot = self.rows.add(doc, doc.tie, doc.size, NO_STORY)
        self.docs[doc.id] = doc
        self._ages.add(doc.at, doc.id)
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
        self.rows.remove(doc.slot)
        self._leave(doc)
        self.sizes[doc.language] -= 1
        self.index.remove(doc.slot, doc.keys)
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
        self.stories[story] = (*self.stories.get(story, ()), doc)

    def _leave(self, doc: Doc) -> None:
        if doc.story == NO_STORY:
            return
        rest = tuple([member for member in self.stories[doc.story] if member is not doc])
        if rest:
            self.stories[doc.story] = rest
        else:
            del self.stories[doc.story]

    # --- what is known of words and moulds ----------------------------------------------

    def top(self, language: str) -> float:
        """The log of how many items of the language there are, with the prior's."""
        return log(self.sizes.get(language, 0) + self._tuning.prior_items)

    def is_frame(self, frame: int) -> bool:
        """Whether several different fillings of this frame are in the window."""
        return frame in self._frames.often

    def view(self, doc: Doc) -> Doc | Words:
        """An item without what is boilerplate now: its kicker, or sentences of its source."""
        often = self.boilerplate
        kicker = doc.kicker in self.openers and doc.kicker_from > 0
        if not kicker and often.isdisjoint(doc.sentences):
            return doc
        drops = (kicker, *[sentence in often for sentence in doc.sentences])
        if doc.part is None or doc.part[0] != drops:
            doc.part = (drops, self._without(doc, drops))
        return doc.part[1]

    def _without(self, doc: Doc, drops: tuple[bool, ...]) -> Words:
        kept: list[int] = []
        starts = (0, *doc.stops)
        for number, dropped in enumerate(drops[1:]):
            if not dropped:
                kept += doc.summary[starts[number] : starts[number + 1]]
        gone = set(doc.summary) - {*kept, *doc.keys[: doc.title_to]}
        end = doc.kicker_from if drops[0] else len(doc.keys)
        # The ends of a word follow its stem, and go with it.
        places: list[int] = []
        stem = -1
        for place, key in enumerate(doc.keys[:end]):
            stem = stem if self.index.ends[key] else key
            if stem not in gone:
                places.append(place)
        return Words(
            array("i", [doc.keys[place] for place in places]),
            bytes([doc.codes[place] for place in places]),
        )
