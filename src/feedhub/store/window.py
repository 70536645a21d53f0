"""What a tick ranks from: the items of a window with their signals, now or at a past time."""

from __future__ import annotations

import itertools
import sqlite3
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from statistics import median
from typing import Any

from feedhub.model import CountAt, RankInput, RankItem, SourceNorm
from feedhub.store import codec
from feedhub.store.clicks import HOUR, click_history, link_history
from feedhub.values import dataclass

# A source's normal is read over this time: two weeks hold both kinds of weekday twice.
NORM_WINDOW = timedelta(days=14)
# Of a window that overflows, a source may fill this part: who floods it crowds out only itself.
SOURCE_PART = 10
# A window is filled up from what is older; so many rows are looked at for each that is wanted.
FILL_LOOK = 10

_ROW = (
    "SELECT i.id, i.story_id, coalesce(i.publisher, s.publisher), s.category, i.categories,"
    " coalesce(i.language, s.language), i.title, i.effective, i.first_seen,"
    " s.weight, s.role, i.source_id, i.updated FROM items i JOIN sources s ON s.id = i.source_id"
    " WHERE i.story_id IS NOT NULL AND i.first_seen <= ?"
    # told, newest first: read off an index, so that nothing is sorted, and no more than is taken
    " AND coalesce(i.effective, i.first_seen) >= ? AND coalesce(i.effective, i.first_seen) < ?"
    " ORDER BY coalesce(i.effective, i.first_seen) DESC, i.id DESC"
)
_TEXTS = (2, 3, 4, 5, 10)  # of a row: what many rows say alike

Row = tuple[Any, ...]
Seen = tuple[int, str, int]  # when, which kind of count, how many
Place = tuple[int, int]  # a source, and where in its document
Places = tuple[Mapping[int, tuple[Place, ...]], Mapping[int, int]]
Norm = tuple[float, Mapping[str, float]]  # items a day, median per kind of count


@dataclass(frozen=True, slots=True)
class _Kept:
    """An item as it was last made, and what of."""

    basis: Row
    item: RankItem


class Window:
    """Reads what ticks rank from; keeps what did not change between them.

    What is kept is only ever given where it was made of equal values. Threads may share one:
    the worst that a race costs is to make something twice.
    """

    def __init__(self) -> None:
        self._items: dict[int, _Kept] = {}
        self._norms: tuple[int, Mapping[int, Norm]] = (-1, {})
        self._orders: dict[int, tuple[int, Sequence[int]]] = {}

    def rank_input(
        self,
        conn: sqlite3.Connection,
        now: datetime,
        since: datetime,
        limit: int,
        least: int = 0,
        *,
        past: bool = False,
    ) -> RankInput:
        """Items that tell of the time since ``since``, the newest ``limit`` of them.

        Where they are more than ``limit``, no source has more than a tenth of it. Where they
        are fewer than ``least``, older ones fill up to that many, of no source more than a
        tenth as long as others have any; what a flood brought comes last.

        Counts, orders and normals are those of ``now``, whenever it was; with ``past`` the
        stories are, too. Headlines and the configuration are today's.
        """
        t, start = int(now.timestamp()), int(since.timestamp())
        rows = _rows(conn, t, start, limit, least)
        own = {row[0]: row[11] for row in rows}
        history = _history(conn, own, start, t)
        carried = _carried(conn, own, t)
        places, entries = self._places(conn, own, t)
        if past:
            stories = _stories_then(conn, own, t)
            rows = [(row[0], stories[row[0]], *row[2:]) for row in rows if row[0] in stories]
        kept: dict[int, _Kept] = {}
        known = self._items
        for row in rows:
            item_id = row[0]
            more = (carried.get(item_id, ()), places.get(item_id, ()), history.get(item_id, ()))
            before = known.get(item_id)
            same = before is not None and before.basis[0] == row
            if before is None or not same or before.basis[1] != more:
                row = before.basis[0] if before is not None and same else _shared_texts(row)
                before = _Kept((row, more), _item(row, *more))
            kept[item_id] = before
        if not past:
            self._items = kept
        items = tuple(one.item for one in kept.values())
        return RankInput(now=now, items=items, norms=self._sources(conn, t, entries))

    def _places(self, conn: sqlite3.Connection, wanted: Mapping[int, int], t: int) -> Places:
        """(source, place) of each item in the documents of then, and how long these were."""
        places: dict[int, tuple[Place, ...]] = {}
        lengths: dict[int, int] = {}
        leads: dict[int, int] = dict(  # documents read before two items became one name both
            conn.execute(
                "SELECT old_id, new_id FROM redirects WHERE kind = 'i' AND new_id >= ?",
                (min(wanted, default=0),),
            ).fetchall()
        )
        for source_id, at in conn.execute(
            "SELECT id, (SELECT max(at) FROM orders WHERE source_id = s.id AND at <= ?)"
            " FROM sources s",
            (t,),
        ).fetchall():
            if at is None:
                continue
            known = self._orders.get(source_id)
            if known is None or known[0] != at:
                (text,) = conn.execute(
                    "SELECT items FROM orders WHERE source_id = ? AND at = ?", (source_id, at)
                ).fetchone()
                # an order of the very second may still be replaced
                known = (at if at < t else -1, array("q", codec.loads(text)))
                self._orders[source_id] = known
            lengths[source_id] = len(known[1])
            for place, item_id in enumerate(known[1]):
                if item_id not in wanted:
                    if item_id not in leads or (item_id := leads[item_id]) not in wanted:
                        continue
                    if any(where == source_id for where, _ in places.get(item_id, ())):
                        continue
                places[item_id] = (*places.get(item_id, ()), (source_id, place))
        return places, lengths

    def _sources(
        self, conn: sqlite3.Connection, t: int, lengths: Mapping[int, int]
    ) -> dict[int, SourceNorm]:
        """Every source with its normal as it was when the tick's hour began."""
        hour = t - t % HOUR
        known, norms = self._norms
        if known != hour:
            norms = _norms(conn, hour)
            self._norms = (hour, norms)
        found = {}
        for source_id, key, name, publisher, entries, role, ordered in conn.execute(
            "SELECT id, key, name, publisher, entries, role, ordered FROM sources"
        ):
            pace, typical = norms.get(source_id, (0.0, {}))
            found[source_id] = SourceNorm(
                source_id=source_id,
                key=key,
                name=name,
                publisher=publisher,
                items_per_day=pace,
                typical_counts=typical,
                entries=lengths.get(source_id, entries),
                role=role,
                ordered=ordered,
            )
        return found


def _rows(conn: sqlite3.Connection, t: int, start: int, limit: int, least: int) -> list[Row]:
    """Rows of the items told since ``start``, the newest first, at most ``limit``.

    Filled up with older ones to ``least``: nobody's are displaced by what another has in plenty.
    """
    rows, flood = _shared(conn.execute(_ROW, (t, start, _END)), limit)
    if len(rows) + len(flood) <= limit:
        rows, flood = sorted([*rows, *flood], key=_newest_first), []
    if (room := least - len(rows)) > 0:
        rest = itertools.islice(conn.execute(_ROW, (t, 0, start)), least * FILL_LOOK)
        older, plenty = _shared(rest, room, parts=least)
        left = [*older, *plenty, *flood]
        rows = sorted([*rows, *left[:room]], key=_newest_first)
    return rows


_END = 1 << 62  # after all times


def _newest_first(row: Row) -> tuple[int, int]:
    told: int = row[8] if row[7] is None else row[7]
    return -told, -row[0]


def _shared(
    found: Iterable[Row],
    limit: int,
    parts: int | None = None,
) -> tuple[list[Row], list[Row]]:
    """The first rows, at most ``limit``, of no source more than its part; and what is beyond
    their parts of those that have more, as many again.
    """
    most = max(1, (parts or limit) // SOURCE_PART)
    rows: list[Row] = []
    more: list[Row] = []
    taken: Counter[int] = Counter()
    for row in found:
        source_id = row[11]
        taken[source_id] += 1
        if taken[source_id] <= most:
            rows.append(row)
            if len(rows) == limit:
                break
        elif len(more) <= limit:
            more.append(row)
    return rows, more


@lru_cache(maxsize=1 << 14)
def _one(text: str) -> str:
    """The first text that said the same. Not interned: early Pythons 3.12 never let go of that."""
    return text


def _shared_texts(row: Row) -> Row:
    """The same, one value for all that say a thing alike: a window is tens of thousands."""
    told = [*row]
    for place in _TEXTS:
        if told[place] is not None:
            told[place] = _one(told[place])
    return tuple(told)


_NO_COUNTS: Mapping[str, int] = {}


def _item(
    row: Row, carried: Iterable[int], places: tuple[Place, ...], history: Iterable[Seen]
) -> RankItem:
    seen = tuple(CountAt(codec.at(at), _one(kind), value) for at, kind, value in history)
    return RankItem(
        id=row[0],
        story_id=row[1],
        source_ids=tuple(sorted({row[11], *carried})) if carried else (row[11],),
        publisher=row[2],
        section=row[3],
        categories=codec.unpack_strings(row[4]),
        language=row[5],
        title=row[6],
        effective=codec.moment(row[7]),
        first_seen=codec.at(row[8]),
        counts={one.kind: one.value for one in seen} if seen else _NO_COUNTS,
        history=seen,
        position=min([place for _, place in places], default=None),
        places=tuple(sorted(places)) if len(places) > 1 else places,
        weight=row[9],
        role=row[10],
        updated=codec.at(row[12]),
    )


def _carried(
    conn: sqlite3.Connection, wanted: Mapping[int, int], t: int
) -> Mapping[int, list[int]]:
    """The sources, beside each item's own, that carry or had carried it."""
    found: dict[int, list[int]] = {}
    if not wanted:
        return found
    for item_id, source_id in conn.execute(
        "SELECT item_id, source_id FROM sightings WHERE item_id >= ? AND first_seen <= ?",
        (min(wanted), t),
    ):
        if wanted.get(item_id, source_id) != source_id:
            found.setdefault(item_id, []).append(source_id)
    return found


def _stories_then(conn: sqlite3.Connection, wanted: Mapping[int, int], t: int) -> Mapping[int, int]:
    return {
        item_id: story_id
        for item_id, story_id in conn.execute(
            "SELECT item_id, story_id FROM story_history WHERE at <= ? ORDER BY item_id, at", (t,)
        )
        if item_id in wanted
    }


def _history(
    conn: sqlite3.Connection, wanted: Mapping[int, int], start: int, t: int
) -> Mapping[int, list[Seen]]:
    """Every change of a count by then: of the feeds' since ever, of our own in the window."""
    found: dict[int, list[Seen]] = defaultdict(list)
    if not wanted:
        return found
    for item_id, kind, at, value in conn.execute(
        "SELECT item_id, kind, at, value FROM observations"
        " WHERE item_id >= ? AND at <= ? ORDER BY at",
        (min(wanted), t),
    ):
        if item_id in wanted:
            found[item_id].append((at, kind, value))
    for own in (click_history(conn, start, t), link_history(conn, start, t)):
        for item_id, seen in own.items():
            if item_id in wanted:
                found[item_id] = sorted([*found[item_id], *seen], key=lambda one: one[0])
    return found


def _norms(conn: sqlite3.Connection, t: int) -> dict[int, Norm]:
    """Each source's own normal at ``t``, from what was known then."""
    window = (t - int(NORM_WINDOW.total_seconds()), t, t)
    counts: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for source_id, kind, value, _ in conn.execute(
        "SELECT i.source_id, o.kind, o.value, max(o.at)"
        # from what few items have: most have no counts, and would be looked at in vain
        " FROM observations o CROSS JOIN items i ON i.id = o.item_id"
        " WHERE o.item_id >= (SELECT min(id) FROM items WHERE effective >= ? AND effective <= ?)"
        " AND i.effective >= ? AND i.effective <= ? AND i.first_seen <= ? AND o.at <= ?"
        " GROUP BY o.item_id, o.kind",
        (*window[:2], *window, t),
    ):
        counts[source_id][kind].append(value)
    norms: dict[int, Norm] = {}
    for source_id, volume, oldest in conn.execute(
        # all read off two indexes: the few that came later are looked up, not each one's coming
        "SELECT i.source_id, count(*), min(i.effective)"
        " FROM sources s CROSS JOIN items i ON i.source_id = s.id"
        " WHERE i.effective >= ? AND i.effective <= ?"
        " AND i.id NOT IN (SELECT id FROM items WHERE first_seen > ?) GROUP BY i.source_id",
        window,
    ):
        # at least a day, lest an hour's burst be read as a day's rate
        days = max((t - oldest) / 86400, 1.0)
        typical = {kind: float(median(values)) for kind, values in counts[source_id].items()}
        norms[source_id] = (volume / days, typical)
    return norms
