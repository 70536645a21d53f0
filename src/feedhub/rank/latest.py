"""Senaste nytt: items by effective time; fair to rare publishers, and a story once, if asked."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice

from feedhub.model import ListSpec, Ranked, RankedList, RankItem, SourceNorm
from feedhub.rank.match import Test
from feedhub.rank.reasons import latest_reason
from feedhub.rank.stories import Groups

FAIR_SPAN = timedelta(hours=24)  # whose publishers share the places of a fair list


class ByTime:
    """Items that were there at the tick, newest first; undated and future ones left out.

    Read several times, sorted only as far back as was read: most lists end within hours.
    """

    def __init__(self, items: Iterable[RankItem], now: datetime) -> None:
        self._now = now
        self._rest = items
        self._rows: list[tuple[datetime, RankItem]] = []
        self._hours = 1

    def __iter__(self) -> Iterator[tuple[datetime, RankItem]]:
        place = 0
        while True:
            while place == len(self._rows):
                if not self._rest:
                    return
                self._further()
            yield self._rows[place]
            place += 1

    def _further(self) -> None:
        """Sort what is told since ``hours``, three times as far each time; all after a year."""
        now = self._now
        oldest = now - timedelta(hours=self._hours)
        everything = self._hours > 8760
        found: list[tuple[datetime, int, RankItem]] = []
        rest: list[RankItem] = []
        for item in self._rest:
            at = item.effective
            if at is not None and at <= now:
                if everything or at >= oldest:
                    found.append((at, item.id, item))
                else:
                    rest.append(item)
        found.sort(reverse=True)
        self._rows += [(at, item) for at, _, item in found]
        self._rest = rest
        self._hours *= 3


def latest(
    spec: ListSpec,
    ordered: Iterable[tuple[datetime, RankItem]],
    groups: Groups,
    test: Test | None,
    norms: Mapping[int, SourceNorm],
    now: datetime,
) -> RankedList:
    """The list at the tick, from :class:`ByTime`. ``groups`` are each story's items."""
    rows = _passing(spec, ordered, groups, test)
    if spec.fair:
        chosen = _fair(rows, _paces(groups, norms, now), spec.limit, now)
    else:
        chosen = list(islice(rows, spec.limit))
    entries = tuple(
        Ranked(
            position=place,
            item_id=item.id,
            story_id=item.story_id,
            score=at.timestamp(),
            number=None,
            reasons=(latest_reason(at),),
            voices=tellers(groups.get(item.story_id, ())),
            also=_also(item, groups.get(item.story_id, ())) if spec.collapse else (),
        )
        for place, (at, item) in enumerate(chosen, 1)
    )
    return RankedList(slug=spec.slug, tick=now, entries=entries)


def _passing(
    spec: ListSpec,
    ordered: Iterable[tuple[datetime, RankItem]],
    groups: Groups,
    test: Test | None,
) -> Iterable[tuple[datetime, RankItem]]:
    least = spec.where.min_voices
    for at, item in ordered:
        if test is not None and not test(item):
            continue
        group = groups.get(item.story_id, ())
        if least > 1 and tellers(group) < least:
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


def _fair(
    rows: Iterable[tuple[datetime, RankItem]],
    pace: Mapping[str, float],
    limit: int,
    now: datetime,
) -> list[tuple[datetime, RankItem]]:
    """The newest items, no publisher having more than its fair number of the places.

    Of the publishers heard in the last day, each may have places by the logarithm of its pace,
    always one and never more than a third: a paper of a hundred items a day gets three times
    the places of one of four, not twenty-five. What is left over goes round, the newest of
    each publisher first.
    """
    whole = sum(math.log2(1.0 + rate) for rate in pace.values()) or 1.0
    most = max(1, limit // 3)
    chosen: list[tuple[datetime, RankItem]] = []
    over: list[tuple[int, datetime, RankItem]] = []
    used: Counter[str] = Counter()
    for at, item in rows:
        if len(chosen) == limit or (len(over) >= limit and now - at > FAIR_SPAN):
            break
        share = math.log2(1.0 + pace.get(item.publisher, 0.0)) / whole
        used[item.publisher] += 1
        beyond = used[item.publisher] - min(most, max(1, math.floor(share * limit)))
        if beyond <= 0:
            chosen.append((at, item))
        elif beyond <= limit:
            over.append((beyond, at, item))
    over.sort(key=lambda row: row[0])
    chosen.extend((at, item) for _, at, item in over[: limit - len(chosen)])
    chosen.sort(key=lambda row: (row[0], row[1].id), reverse=True)
    return chosen


def _paces(groups: Groups, norms: Mapping[int, SourceNorm], now: datetime) -> dict[str, float]:
    """Items a day of each publisher heard in the last day: its own normal, else as counted."""
    oldest = now - FAIR_SPAN
    counted = Counter(
        [
            item.publisher
            for item in groups.there
            if item.effective is not None and oldest <= item.effective <= now
        ]
    )
    normal: dict[str, float] = {}
    for norm in norms.values():
        normal[norm.publisher] = normal.get(norm.publisher, 0.0) + norm.items_per_day
    return {name: max(1.0, normal.get(name) or float(n)) for name, n in counted.items()}


def _also(shown: RankItem, group: Sequence[RankItem]) -> tuple[int, ...]:
    """The story's other items, first told first."""
    told = sorted((item.effective or item.first_seen, item.id) for item in group)
    return tuple(id_ for _, id_ in told if id_ != shown.id)


def tellers(group: Sequence[RankItem]) -> int:
    """How many publishers tell it in words of their own; one where all carry the same copy."""
    outlets = [item for item in group if item.role == "outlet"]
    own = {item.publisher for item in outlets if not item.copied}
    return len(own) or min(1, len(outlets))
