"""What is asked of many items at once, side by side in memory and by slot."""

from __future__ import annotations

from array import array
from collections.abc import Iterable

_ROOM = 1024  # rows of items that are gone, before they are looked for


class Rows:
    """A row for each slot from ``first`` on, of which some may be gone."""

    def __init__(self) -> None:
        self.first = 0  # the slot of the first row
        self.ties = array("q")
        self.sizes = array("d")
        self.stories = array("q")
        self._room = _ROOM

    def add(self, tie: int, size: float, story: int, alive: Iterable[int]) -> int:
        """A row after all others; its slot. ``alive`` are the other items' slots, in order."""
        if len(self.ties) >= self._room:
            self._trim(next(iter(alive), self.first + len(self.ties)))
        self.ties.append(tie)
        self.sizes.append(size)
        self.stories.append(story)
        return self.first + len(self.ties) - 1

    def _trim(self, oldest: int) -> None:
        """Let go of the rows before the oldest item's."""
        gone = oldest - self.first
        for column in (self.ties, self.sizes, self.stories):
            del column[:gone]
        self.first = oldest
        self._room = 2 * len(self.ties) + _ROOM
