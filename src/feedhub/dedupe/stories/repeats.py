"""What comes again and again: kickers, sentences and frames, each with what it came with."""

from __future__ import annotations

from collections.abc import Callable, Iterable


class Repeats:
    """Which keys come with several different values; ``often`` are those that recur.

    A key and a value are numbers, told of an item by its id: ``value_of`` gives an item's value.
    """

    def __init__(self, recurring: int, value_of: Callable[[int], int]) -> None:
        self.often: set[int] = set()
        self._recurring = recurring
        self._value_of = value_of
        self._once: dict[int, int] = {}  # keys that one item has: nearly all, so kept small
        self._more: dict[int, dict[int, None]] = {}

    def add(self, key: int, id_: int) -> Iterable[int]:
        """Count an item in; the items for which this changes whether the key recurs."""
        ids = self._more.get(key)
        if ids is None:
            one = self._once.setdefault(key, id_)
            if one == id_:
                return ()
            del self._once[key]
            ids = self._more[key] = {one: None}
        ids[id_] = None
        if key in self.often:
            return (id_,)
        if self._recurs(ids):
            self.often.add(key)
            return ids
        return ()

    def remove(self, key: int, id_: int) -> Iterable[int]:
        """Count an item out, while ``value_of`` knows it; as :meth:`add`."""
        ids = self._more.get(key)
        if ids is None:
            self._once.pop(key, None)
            return ()
        ids.pop(id_, None)
        if len(ids) == 1:
            del self._more[key]
            self._once[key] = next(iter(ids))
        if key in self.often and not self._recurs(ids):
            self.often.discard(key)
            return ids
        return ()

    def _recurs(self, ids: Iterable[int]) -> bool:
        values: set[int] = set()
        for id_ in ids:
            values.add(self._value_of(id_))
            if len(values) == self._recurring:
                return True
        return False
