"""Whether a document's order is an editor's or only that of time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Literal

from feedhub.model import RankItem, SourceNorm

ENOUGH = 8  # neighbours of different times: fewer say nothing either way
SHARE = 0.25  # of neighbours out of time order: a late correction or two is no editor


def detect_order(times: Sequence[datetime | None]) -> Literal["editorial", "time"] | None:
    """``editorial`` or ``time`` for entries' times in document order; null when too few tell.

    Compares neighbours: in a list by time nearly all fall (or, oldest first, nearly all rise).
    """
    dated = [at for at in times if at is not None]
    falls = sum(a > b for a, b in pairwise(dated))
    rises = sum(a < b for a, b in pairwise(dated))
    if falls + rises < ENOUGH:
        return None
    return "editorial" if min(falls, rises) > SHARE * (falls + rises) else "time"


def editorial_sources(
    placed: Iterable[RankItem], norms: Mapping[int, SourceNorm]
) -> frozenset[int]:
    """The sources whose order is an editor's: told in feeds.yaml, else seen in their items."""
    told = {id_: norm.ordered for id_, norm in norms.items() if norm.ordered}
    places: dict[int, list[tuple[int, datetime]]] = {}
    for item in placed:
        if item.position is None or item.effective is None or len(item.source_ids) != 1:
            continue
        source_id = item.source_ids[0]
        if source_id not in told:
            places.setdefault(source_id, []).append((item.position, item.effective))
    seen = {
        id_
        for id_, rows in places.items()
        if len(rows) > ENOUGH and detect_order([at for _, at in sorted(rows)]) == "editorial"
    }
    return frozenset(seen | {id_ for id_, order in told.items() if order == "editorial"})
