"""What comes again and again: kickers, sentences and frames, each with what it came with."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V", bound=Hashable)


class Repeats(Generic[K, V]):
    """Counts the different values that come with each key; ``often`` are the recurring keys."""

    def __init__(self, recurring: int) -> None:
        self.often: set[K] = set()
        self._recurring = recurring
        self._once: dict[K, V] = {}  # keys that came once: nearly all, so they are kept small
        self._more: dict[K, dict[V, int]] = {}

    def add(self, key: K, value: V) -> None:
        counts = self._more.get(key)
        if counts is None:
            if key not in self._once:
                self._once[key] = value
                return
            counts = self._more[key] = {self._once.pop(key): 1}
        counts[value] = counts.get(value, 0) + 1
        if len(counts) >= self._recurring:
            self.often.add(key)

    def remove(self, key: K, value: V) -> None:
        counts = self._more.get(key)
        if counts is None:
            del self._once[key]
            return
        counts[value] -= 1
        if not counts[value]:
            del counts[value]
            if len(counts) < self._recurring:
                self.often.discard(key)
        if sum(counts.values()) == 1:
            del self._more[key]
            self._once[key] = next(iter(counts))
