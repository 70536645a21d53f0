"""The items of the sliding window, and the inverted index that finds neighbours among them."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappop, heappush
from math import log

from feedhub.dedupe.stories.features import Features
from feedhub.dedupe.stories.tuning import Tuning


class Doc:
    """An item in the window."""

    __slots__ = ("at", "counts", "id", "language", "pairs", "publisher", "story")

    def __init__(self, id_: int, at: float, publisher: str, story: int, found: Features) -> None:
        self.id = id_
        self.at = at  # seconds since the epoch
        self.publisher = publisher
        self.story = story
        self.language = found.language
        self.counts = found.counts
        self.pairs = found.pairs


class Window:
    """Items no older than ``span`` seconds before the newest, their words and their stories.

    All that it answers is a function of the items that it holds, so that a window rebuilt
    from the store answers as one that has lived through the items' arrival.
    """

    def __init__(self, span: float, tuning: Tuning) -> None:
        self.span = span
        self.newest = float("-inf")
        self.docs: dict[int, Doc] = {}
        self.stories: dict[int, set[int]] = {}
        self._tuning = tuning
        self._holders: dict[str, set[int]] = {}
        self._ages: list[tuple[float, int]] = []

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

    def add(self, doc: Doc) -> None:
        self.docs[doc.id] = doc
        self.stories.setdefault(doc.story, set()).add(doc.id)
        heappush(self._ages, (doc.at, doc.id))
        for key in doc.counts:
            self._holders.setdefault(key, set()).add(doc.id)

    def remove(self, doc: Doc) -> None:
        del self.docs[doc.id]
        self._leave(doc)
        for key in doc.counts:
            holders = self._holders[key]
            holders.discard(doc.id)
            if not holders:
                del self._holders[key]

    def move(self, doc: Doc, story: int) -> None:
        self._leave(doc)
        doc.story = story
        self.stories.setdefault(story, set()).add(doc.id)

    def _leave(self, doc: Doc) -> None:
        members = self.stories[doc.story]
        members.discard(doc.id)
        if not members:
            del self.stories[doc.story]

    def idf(self, key: str) -> float:
        """How rare a key is: the log of how many items there are to one that has it."""
        found = self._holders.get(key)
        seen = len(found) if found else 0
        prior = self._tuning
        rare = log(len(self.docs) + prior.prior_items) - log(seen + prior.prior_df)
        return max(rare, 0.0)

    def holders(self, key: str) -> Iterator[int]:
        """The items that have a key; none when it is too common to tell items apart."""
        found = self._holders.get(key, ())
        if len(found) <= self._tuning.common:
            yield from found
