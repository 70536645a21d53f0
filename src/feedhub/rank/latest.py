"""Senaste nytt: items by effective time; fair to rare publishers, and a story once, if asked."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from feedhub.model import ListSpec, Ranked, RankedList, RankItem, SourceNorm
from feedhub.rank.match import Test
from feedhub.rank.reasons import latest_reason

FAIR_SPAN = timedelta(hours=24)  # whose publishers share the places of a fair list


def by_time(items: Iterable[RankItem], now: datetime) -> list[tuple[datetime, RankItem]]:
    """The items that were there at the tick, newest first; undated and future ones left out."""
    found = [
        (item.effective, item)
        for item in items
        if item.effective is not None and item.effective <= now and item.first_seen <= now
    ]
    found.sort(key=lambda row: (row[0], row[1].id), reverse=True)
    return found


def latest(
    spec: ListSpec,
    ordered: Sequence[tuple[datetime, RankItem]],
    groups: Mapping[int, Sequence[RankItem]],
    test: Test | None,
    norms: Mapping[int, SourceNorm],
    now: datetime,
) -> RankedList:
    """The list at the tick, from :func:`by_time`. ``groups`` are each story's items."""
    rows = _passing(spec, ordered, groups, test)
    chosen = _fair(rows, ordered, norms, spec.limit, now) if spec.fair else _first(rows, spec.limit)
    entries = tuple(
        Ranked(
            position=place,
            item_id=item.id,
            story_id=item.story_id,
            score=at.timestamp(),
            number=None,
            reasons=(latest_reason(at),),
            voices=_voices(groups.get(item.story_id, ())),
            also=tuple(o.id for o in groups.get(item.story_id, ()) if o.id != item.id)
            if spec.collapse
            else (),
        )
        for place, (at, item) in enumerate(chosen, 1)
    )
    return RankedList(slug=spec.slug, tick=now, entries=entries)


def _passing(
    spec: ListSpec,
    ordered: Iterable[tuple[datetime, RankItem]],
    groups: Mapping[int, Sequence[RankItem]],
    test: Test | None,
) -> Iterable[tuple[datetime, RankItem]]:
    least = spec.where.min_voices
    for at, item in ordered:
        if test is not None and not test(item):
            continue
        group = groups.get(item.story_id, ())
        if least > 1 and _voices(group) < least:
            continue
        if spec.collapse and not _is_first(item, group, test):
            continue
        yield at, item


def _is_first(item: RankItem, group: Sequence[RankItem], test: Test | None) -> bool:
    """Whether the item is its story's first telling in this list: a story never jumps."""
    if len(group) < 2:
        return True
    told = (
        (other.effective, other.id)
        for other in group
        if other.effective is not None and (test is None or test(other))
    )
    return min(told) == (item.effective, item.id)


def _first(
    rows: Iterable[tuple[datetime, RankItem]], limit: int
) -> list[tuple[datetime, RankItem]]:
    return [row for row, _ in zip(rows, range(limit), strict=False)]


def _fair(
    rows: Iterable[tuple[datetime, RankItem]],
    ordered: Iterable[tuple[datetime, RankItem]],
    norms: Mapping[int, SourceNorm],
    limit: int,
    now: datetime,
) -> list[tuple[datetime, RankItem]]:
    """The newest items, no publisher having more than its fair number of the places.

    Of the publishers heard in the last day, each may have places by the square root of its
    pace, and always one: a paper of a hundred items a day stands for more than one of four,
    but five times more, not twenty-five. What is left over goes to the newest.
    """
    pace = _paces(ordered, norms, now)
    whole = sum(math.sqrt(rate) for rate in pace.values()) or 1.0
    chosen: list[tuple[datetime, RankItem]] = []
    over: list[tuple[datetime, RankItem]] = []
    used: Counter[str] = Counter()
    for at, item in rows:
        if len(chosen) == limit or (len(over) >= limit and now - at > FAIR_SPAN):
            break
        share = math.sqrt(pace.get(item.publisher, 0.0)) / whole
        if used[item.publisher] < max(1, math.floor(share * limit)):
            used[item.publisher] += 1
            chosen.append((at, item))
        elif len(over) < limit:
            over.append((at, item))
    chosen.extend(over[: limit - len(chosen)])
    chosen.sort(key=lambda row: (row[0], row[1].id), reverse=True)
    return chosen


def _paces(
    ordered: Iterable[tuple[datetime, RankItem]], norms: Mapping[int, SourceNorm], now: datetime
) -> dict[str, float]:
    """Items a day of each publisher heard in the last day: its own normal, else as counted."""
    counted: Counter[str] = Counter()
    for at, item in ordered:
        if now - at > FAIR_SPAN:
            break
        counted[item.publisher] += 1
    normal: dict[str, float] = {}
    for norm in norms.values():
        normal[norm.publisher] = normal.get(norm.publisher, 0.0) + norm.items_per_day
    return {name: max(1.0, normal.get(name) or float(n)) for name, n in counted.items()}


def _voices(group: Sequence[RankItem]) -> int:
    return len({item.publisher for item in group if item.role == "outlet"})
