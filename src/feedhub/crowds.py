"""Rate groups with many sources: few of them wait in line at once, so that others find room.

A host with thousands of feeds, one of which may be asked a second, must not fill all places
with those that wait for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from feedhub.fetch import rate_group
from feedhub.model import Source

# How many sources of one rate group are under way at once. More are leased once half have gone.
CROWD = 30


class Crowds:
    """Counts who is under way by rate group, and knows whom to pass over meanwhile."""

    def __init__(self) -> None:
        self._under_way: Counter[str] = Counter()
        self._crowded: set[str] = set()
        self._sources: tuple[Source, ...] = ()
        self._keys: dict[str, list[str]] = {}  # of those sources, by group

    def join(self, source: Source) -> None:
        self._under_way[rate_group(source)] += 1

    def leave(self, source: Source) -> None:
        group = rate_group(source)
        self._under_way[group] -= 1
        if not self._under_way[group]:
            del self._under_way[group]

    def turns_away(self, source: Source) -> bool:
        """Whether enough of its group are in line; then none of it is wanted for a while."""
        group = rate_group(source)
        if self._under_way[group] < CROWD:
            return False
        self._crowded.add(group)
        return True

    @property
    def waiting(self) -> bool:
        """Whether some were turned away, and it is not yet time to ask for them again."""
        self._crowded = {one for one in self._crowded if self._under_way[one] > CROWD // 2}
        return bool(self._crowded)

    def passed_over(self, sources: tuple[Source, ...]) -> Sequence[str]:
        """The keys of those of ``sources`` whose groups have a crowd in line."""
        if not self.waiting:
            return ()
        if self._sources is not sources:
            self._sources, self._keys = sources, {}
            for source in sources:
                self._keys.setdefault(rate_group(source), []).append(source.key)
        return [key for group in self._crowded for key in self._keys.get(group, ())]
