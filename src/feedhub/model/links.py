"""What people have said of pairs of items: joined, or split for good."""

from __future__ import annotations

from collections.abc import Iterable


class Links:
    """Must-link pairs reach through one another; cannot-link pairs win over them.

    ``joins`` are those in force: a pair that would bring together, by way of others, what was
    split is none. Where several do so together, the lowest ids hold.
    """

    def __init__(self, must: Iterable[tuple[int, int]], cannot: Iterable[tuple[int, int]]) -> None:
        self.splits = sorted({(min(pair), max(pair)) for pair in cannot})
        self._apart: dict[int, set[int]] = {}
        for a, b in self.splits:
            self._apart.setdefault(a, set()).add(b)
            self._apart.setdefault(b, set()).add(a)
        self.joins: list[tuple[int, int]] = []
        self._groups: dict[int, set[int]] = {}
        for a, b in sorted({(min(pair), max(pair)) for pair in must}):
            if self.apart(a) & self.together(b):
                continue
            self.joins.append((a, b))
            group = self.together(a) | self.together(b)
            for id_ in group:
                self._groups[id_] = group

    def together(self, id_: int) -> set[int]:
        """All items that are joined with this one, by hand or through others; itself too."""
        return self._groups.get(id_, {id_})

    def apart(self, id_: int) -> set[int]:
        """All items that are split from this one or from those joined with it."""
        return set().union(*(self._apart.get(other, set()) for other in self.together(id_)))

    def holds(self, id_: int) -> bool:
        """Whether a person has said anything of this item."""
        return id_ in self._groups or id_ in self._apart
