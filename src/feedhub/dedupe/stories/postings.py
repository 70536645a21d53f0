"""Which items have a word: a packed index, and a small one of what came since it was packed."""

from __future__ import annotations

import numpy as np

from feedhub.dedupe.stories.arrays import Ints, Keys, places

_NONE: list[int] = []


class Postings:
    """Slots by key. Slots that are no longer alive may be among them: the asker leaves them out."""

    def __init__(self) -> None:
        self._starts: Keys = np.zeros(2, np.int32)  # key -> where its slots start in ...
        self._slots: Keys = np.zeros(0, np.int32)
        self._fresh: dict[int, list[int]] = {}

    def add(self, keys: list[int], slots: list[int]) -> None:
        """Take in that these keys are in these slots, one by one."""
        fresh = self._fresh
        for key, slot in zip(keys, slots, strict=True):
            if key in fresh:
                fresh[key].append(slot)
            else:
                fresh[key] = [slot]

    def pack(self, entries: Ints, keys: int) -> None:
        """Take these entries, ``key << 32 | slot``, in place of all; sorts them."""
        entries.sort()
        self._slots = (entries & 0xFFFFFFFF).astype(np.int32)
        entries >>= 32
        self._starts = np.searchsorted(entries, np.arange(keys + 1)).astype(np.int32)
        self._fresh = {}

    def of(self, keys: list[int]) -> tuple[Ints, Ints]:
        """The slots of some keys, end to end; and how many there are of each."""
        fresh = self._fresh
        asked = np.array(keys, np.int64)
        known = np.minimum(asked, len(self._starts) - 2)
        starts = self._starts[known].astype(np.int64)
        counts = np.where(known == asked, self._starts[known + 1] - starts, 0)
        more = [fresh.get(key, _NONE) for key in keys]
        lengths = np.array([len(slots) for slots in more], np.int64)
        # Of each key what is packed, then what is fresh.
        at, _ = places(starts, counts)
        both = counts + lengths
        found = np.empty(int(both.sum()), np.int64)
        ends = both.cumsum()
        packed, _ = places(ends - both, counts)
        found[packed] = self._slots[at]
        late, _ = places(ends - lengths, lengths)
        found[late] = [slot for slots in more for slot in slots]
        return found, both
