"""Keys as small numbers: how many items have each, which ones, and how rare that makes it."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable
from math import exp, log
from typing import cast

from feedhub.dedupe.stories.keys import commonness, commons, is_end, keys_of
from feedhub.dedupe.stories.tuning import Tuning

_WORDS = 1 << 16  # spellings whose keys are remembered
_SPARE = 1000  # keys that no item has any more are kept until they are so many, and the most
_NONE: array[int] = array("i")  # the posting of an end, which is never looked up


class Index:
    """All keys of the items in the window, interned while any item has them.

    Nothing may be ordered by a key's number: it tells of what was seen before.
    """

    def __init__(self, tuning: Tuning, alive: Callable[[int], bool]) -> None:
        self.few = tuning.visits  # a key that more items have is common, and not looked up
        self.seen: list[int] = []  # key -> how many items have it now
        self.logs: list[float] = []  # key -> log(seen + prior)
        # key -> slots; none for ends; of a common one, some may be gone
        self.posting: list[array[int]] = []
        self.names: list[str] = []
        self.ends: list[bool] = []  # key -> whether it is an end of a word, no stem
        self.listed: list[bool] = []  # key -> whether it is known as common
        self._alive = alive
        self._tuning = tuning
        self._tables: list[list[float]] = []  # key -> its logs by count
        self._table_of: dict[float, list[float]] = {}
        self._numbers: dict[str, int] = {}
        self._words: dict[str, dict[str, tuple[int, ...]]] = {}
        self._commons: dict[str, dict[str, float]] = {}  # by language
        self._kept = 0
        self._spare: list[int] = []
        self._unused = 0

    # --- words to keys --------------------------------------------------------------------

    def keys(self, words: list[str], language: str) -> list[tuple[int, ...]]:
        """The keys of each case-folded word, its stem's first."""
        known = self._words.setdefault(language, {})
        found = list(map(known.get, words))
        if None not in found:
            return cast("list[tuple[int, ...]]", found)
        missing = [word for word, keys in zip(words, found, strict=True) if keys is None]
        if self._kept + len(missing) > _WORDS:
            self._forget_words()
            known = self._words.setdefault(language, {})
            missing = words
        self._kept += len(missing)
        numbers = self._numbers
        if language not in self._commons:
            self._commons[language] = commons(language, self._tuning)
        common = self._commons[language]
        for word, names in zip(missing, keys_of(missing, language, self._tuning), strict=True):
            known[word] = tuple(
                [numbers[name] if name in numbers else self._intern(name, common) for name in names]
            )
        return [known[word] for word in words]

    def _forget_words(self) -> None:
        self._words.clear()
        self._commons.clear()
        self._kept = 0

    def _intern(self, name: str, common: dict[str, float]) -> int:
        share = commonness(name, common, self._tuning)
        table = self._table_of.get(share)
        if table is None:
            table = self._table_of[share] = [log(share * self._tuning.prior_items)]
        if self._spare:
            number = self._spare.pop()
        else:
            number = len(self.names)
            self.names.append("")
            self.seen.append(0)
            self.posting.append(_NONE)
            self.logs.append(0.0)
            self.ends.append(False)
            self.listed.append(False)
            self._tables.append(table)
        self.names[number] = name
        self.logs[number] = table[0]
        self.ends[number] = end = is_end(name)
        self.posting[number] = _NONE if end else array("i")
        self.listed[number] = share > self._tuning.prior_share
        self._tables[number] = table
        self._numbers[name] = number
        return number

    # --- counts ---------------------------------------------------------------------------

    def add(self, slot: int, keys: Iterable[int]) -> None:
        """Count an item's keys in."""
        seen, logs, posting, tables = self.seen, self.logs, self.posting, self._tables
        none = _NONE
        for key in keys:
            seen[key] = count = seen[key] + 1
            slots = posting[key]
            if slots is not none:
                slots.append(slot)
            table = tables[key]
            if count == len(table):
                table.append(log(count + exp(table[0])))
            logs[key] = table[count]

    def add_all(self, items: Iterable[tuple[int, Iterable[int]]]) -> None:
        """Count the keys of many slots in: the same as one by one, when none is asked between."""
        seen, logs, posting, tables = self.seen, self.logs, self.posting, self._tables
        none = _NONE
        for slot, keys in items:
            for key in keys:
                seen[key] += 1
                slots = posting[key]
                if slots is not none:
                    slots.append(slot)
        for key, count in enumerate(seen):
            table = tables[key]
            while count >= len(table):
                table.append(log(len(table) + exp(table[0])))
            logs[key] = table[count]

    def remove(self, slot: int, keys: Iterable[int]) -> None:
        """Count an item's keys out; it is no longer alive."""
        seen, logs, posting, tables = self.seen, self.logs, self.posting, self._tables
        few, alive, none = self.few, self._alive, _NONE
        for key in keys:
            seen[key] = count = seen[key] - 1
            slots = posting[key]
            if slots is not none:
                if count < few:
                    slots.remove(slot)
                elif count == few or len(slots) > 2 * count:
                    slots[:] = array("i", [one for one in slots if alive(one)])
            logs[key] = tables[key][count]
            if not count:
                self._unused += 1
        if self._unused > _SPARE + len(self.names) // 2:
            self._sweep()

    def _sweep(self) -> None:
        """Give back the numbers of keys that no item has."""
        for key, name in enumerate(self.names):
            if name and not self.seen[key]:
                del self._numbers[name]
                self.names[key] = ""
                self.posting[key] = _NONE
                self._spare.append(key)
        self._forget_words()
        self._unused = 0
