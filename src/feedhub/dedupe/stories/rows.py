"""What is asked of many items at once, side by side in memory and by slot."""

from __future__ import annotations

from array import array
from typing import Generic, TypeVar

D = TypeVar("D")

_ROOM = 1024  # rows of items that are gone, before they are looked for


class Rows(Generic[D]):
    """A row for each slot from ``first`` on, of which some may be gone.

    Of the numbers each has its own in the column: those that the items hold are all over memory.
    """

    def __init__(self) -> None:
        self.first = 0  # the slot of the first row
        self.docs: list[D | None] = []  # none where it is gone
        self.ties = array("q")
        self.sizes = array("d")
        self.stories = array("q")
        self._room = _ROOM

    def holds(self, slot: int) -> bool:
        """Whether the item of a slot that was given is there."""
        return slot >= self.first and self.docs[slot - self.first] is not None

    def add(self, doc: D, tie: int, size: float, story: int) -> int:
        """A row after all others; its slot."""
        if len(self.docs) >= self._room:
            self._trim()
        self.docs.append(doc)
        self.ties.append(tie)
        self.sizes.append(size)
        self.stories.append(story)
        return self.first + len(self.docs) - 1

    def remove(self, slot: int) -> None:
        """Let the item of a slot go."""
        self.docs[slot - self.first] = None

    def _trim(self) -> None:
        """Let go of the rows before the oldest item's."""
        there = (row for row, doc in enumerate(self.docs) if doc is not None)
        gone = next(there, len(self.docs))
        del self.docs[:gone]
        for column in (self.ties, self.sizes, self.stories):
            del column[:gone]
        self.first += gone
        self._room = len(self.docs) + len(self.docs) // 4 + _ROOM
