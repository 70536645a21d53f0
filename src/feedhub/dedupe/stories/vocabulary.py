"""Keys as small numbers: how many items have each, and how rare that makes it."""

from __future__ import annotations

from math import log

import numpy as np

from feedhub.dedupe.stories.arrays import Bools, Floats, Keys, grown
from feedhub.dedupe.stories.keys import commonness, is_end, keys_of, unlisted
from feedhub.dedupe.stories.tuning import Tuning

NO_KEY = 0  # stands between a title and its summary; it weighs nothing

_WORDS = 1 << 14  # spellings whose keys are remembered; those met since, and as many before
_SPARE = 1000  # keys that no item has any more are kept until they are so many, and the most


class Vocabulary:
    """All keys of the items in the window, numbered while any item has them.

    Nothing may be ordered by a key's number: it tells of what was seen before.
    """

    def __init__(self, tuning: Tuning) -> None:
        self.seen: Keys = np.zeros(64, np.int32)  # key -> how many items have it now
        self.logs: Floats = np.zeros(64)  # key -> log(seen + prior)
        self.ends: Bools = np.zeros(64, np.bool_)  # key -> an end of a word, no stem
        self.listed: Bools = np.zeros(64, np.bool_)  # key -> known as common
        self.local: Keys = np.zeros(64, np.int32)  # room to number a question's keys; zeros
        self._prior: Floats = np.zeros(64)  # key -> how many are taken to have had it before
        self._tuning = tuning
        self._numbers: dict[str, int] = {}
        self._common: dict[str, dict[str, float]] = {}  # language -> key -> share
        self._top = NO_KEY + 1
        # language -> spelling -> keys: those met lately, and those before that
        self._words: dict[str, dict[str, tuple[int, ...]]] = {}
        self._before: dict[str, dict[str, tuple[int, ...]]] = {}
        self._kept = 0
        self._spare: list[int] = []
        self._prior[NO_KEY] = 1.0

    def __len__(self) -> int:
        """How many numbers there are, in use or not."""
        return self._top

    # --- words to keys --------------------------------------------------------------------

    def keys(self, words: list[str], language: str) -> list[tuple[int, ...]]:
        """The keys of each case-folded word, its stem's first."""
        known = self._words.get(language)
        if known is None:
            known = self._words[language] = {}
        try:
            return [known[word] for word in words]
        except KeyError:
            return self._learn(words, language)

    def _learn(self, words: list[str], language: str) -> list[tuple[int, ...]]:
        if self._kept > _WORDS:
            self._before, self._words, self._kept = self._words, {}, 0
        known = self._words.setdefault(language, {})
        before = self._before.get(language, {})
        missing: list[str] = []
        for word in words:
            if word not in known:
                if word in before:
                    known[word] = before[word]
                else:
                    missing.append(word)
                self._kept += 1
        if not missing:
            return [known[word] for word in words]
        numbers = self._numbers
        number = self._number
        listed = self._common.get(language)
        if listed is None:
            listed = self._common[language] = commonness(language, self._tuning)
        for word, names in zip(missing, keys_of(missing, language, self._tuning), strict=True):
            known[word] = tuple(
                [numbers[name] if name in numbers else number(name, listed) for name in names]
            )
        return [known[word] for word in words]

    def _forget_words(self) -> None:
        self._words.clear()
        self._before.clear()
        self._kept = 0

    def _number(self, name: str, listed: dict[str, float]) -> int:
        tuning = self._tuning
        share = listed.get(name, tuning.prior_share) if listed else unlisted(name, tuning)
        if self._spare:
            number = self._spare.pop()
        else:
            number = self._top
            self._top += 1
            if number == len(self.seen):
                self._grow()
        self._prior[number] = prior = share * tuning.prior_items
        self.logs[number] = log(prior)
        self.ends[number] = is_end(name)
        self.listed[number] = share > tuning.prior_share
        self._numbers[name] = number
        return number

    def _grow(self) -> None:
        least = self._top + 1
        for name in ("seen", "logs", "ends", "listed", "local", "_prior"):
            setattr(self, name, grown(getattr(self, name), least))

    def names(self, keys: set[int]) -> dict[int, str]:
        """The names of some keys, by a walk over all: for explaining."""
        return {number: name for name, number in self._numbers.items() if number in keys}

    # --- counts ---------------------------------------------------------------------------

    def count(self, keys: Keys, by: int) -> None:
        """Count keys of items in (``by`` 1) or out (-1), each as often as it stands there."""
        np.add.at(self.seen, keys, by)
        self.seen[NO_KEY] = 0
        self.logs[keys] = np.log(self.seen[keys] + self._prior[keys])

    def sweep(self) -> None:
        """Give back the numbers of keys that no item has, when they are many.

        Only while no item is between its keys and their being counted.
        """
        unused = len(self._numbers) - int(np.count_nonzero(self.seen))
        if unused <= _SPARE + len(self._numbers) // 4:
            return
        seen = self.seen
        gone = [name for name, number in self._numbers.items() if not seen[number]]
        for name in gone:
            self._spare.append(self._numbers.pop(name))
        self._forget_words()
