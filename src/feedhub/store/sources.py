"""Sources in the store: in step with feeds.yaml, leased when due, shown with their health."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from feedhub.model import (
    FetchLogRow,
    FetchState,
    Lease,
    Outcome,
    OutcomeKind,
    Source,
    SourceStatus,
    Stage,
    StoredSource,
)
from feedhub.store import codec

# Enough to see a daily rhythm in most feeds, and one short index scan.
RECENT = 50


_TOLD = (
    "url", "category", "language", "content", "weight", "role", "ordered", "configured",
    "place", "named",
)  # fmt: skip
_TELL = (
    f"UPDATE sources SET {', '.join(f'{name} = ?' for name in _TOLD)},"  # noqa: S608 - from above
    " publisher = coalesce(?, publisher), name = coalesce(?, name) WHERE id = ?"
)
_MEET = (
    f"INSERT INTO sources ({', '.join(_TOLD)}, publisher, name, key)"  # noqa: S608
    f" VALUES ({', '.join('?' * (len(_TOLD) + 3))})"
)


def sync_sources(
    conn: sqlite3.Connection,
    sources: Sequence[Source],
    describe: Callable[[Source], tuple[str, str]],
) -> None:
    """Make the table equal feeds.yaml; rows that equal it already are not written.

    ``describe`` gives the name to show and the voice of a source that is new and tells
    neither. Sources that are no longer there keep their rows and items, and are not fetched.
    """
    _adopt(conn, sources)
    known = {
        row[0]: row[1:]
        for row in conn.execute(
            f"SELECT key, id, state, publisher, name, {', '.join(_TOLD)} FROM sources"  # noqa: S608
        )
    }
    for place, source in enumerate(sources):
        told = (
            source.url,
            source.category,
            source.language,
            source.content,
            source.weight,
            source.role,
            source.ordered,
            int(source.enabled),
            place,
            int(source.name is not None),
        )
        row = known.pop(source.key, None)
        if row is None:
            name, voice = describe(source)
            conn.execute(_MEET, (*told, voice, name, source.key))
            continue
        source_id, state, voice, name, *before = row
        if before[0] != source.url:
            _move(conn, source_id, before[0], source.url, codec.unpack_state(state))
        publisher = source.publisher
        if (*before, voice, name) != (*told, publisher or voice, source.name or name):
            conn.execute(_TELL, (*told, publisher, source.name, source_id))
    conn.executemany(
        "UPDATE sources SET configured = 0 WHERE id = ? AND configured = 1",
        [(row[0],) for row in known.values()],
    )


def _move(conn: sqlite3.Connection, source_id: int, old: str, new: str, state: FetchState) -> None:
    """A source that was given another address keeps its items."""
    kept = state_at(new, old, state)
    if kept != state:
        conn.execute(
            "UPDATE sources SET state = ?, next_due = NULL, errors = 0 WHERE id = ?",
            (codec.pack_state(kept), source_id),
        )


def state_at(new: str, old: str, state: FetchState) -> FetchState:
    """What is remembered of a source whose address has become ``new``: all, where that is the
    same feed as far as is known. Else the old server is forgotten, and the new one is due.

    What a host has asked for holds for all addresses there. That it is gone was said of one
    address: who writes https for http wants to know it of that.
    """
    bare = new.partition("://")[2]
    known = (old.partition("://")[2], (state.redirect_url or "").partition("://")[2])
    if new == old or (bare in known and (state.gone_at is None or new == state.redirect_url)):
        return state
    fresh = FetchState(imported_at=state.imported_at, last_ok_at=state.last_ok_at)
    if urlsplit(new).hostname == urlsplit(old).hostname:
        fresh = replace(fresh, paused_until=state.paused_until, paused_group=state.paused_group)
    return fresh


def _adopt(conn: sqlite3.Connection, sources: Sequence[Source]) -> None:
    """Give sources that feeds.yaml names anew the rows of those they were before.

    That is: an address that a permanent redirect of a source no longer there led to, or the
    same address with the other of http and https.
    """
    wanted = {source.key for source in sources}
    rows = conn.execute(  # what was in feeds.yaml until now goes before what had left it already
        "SELECT id, key, url, state FROM sources ORDER BY configured DESC, id"
    ).fetchall()
    known = {row[1] for row in rows}
    new = [source for source in sources if source.key not in known]
    if not new:
        return
    left: dict[str, int] = {}
    for source_id, key, url, state in rows:
        if key in wanted:
            continue
        moved = codec.unpack_state(state).redirect_url
        for address in (url, moved):
            if address:
                left.setdefault(address.partition("://")[2], source_id)
    for source in new:
        if (source_id := left.pop(source.url.partition("://")[2], 0)) != 0:
            conn.execute("UPDATE sources SET key = ? WHERE id = ?", (source.key, source_id))


def lease_due(
    conn: sqlite3.Connection,
    sources: Mapping[str, Source],
    now: datetime,
    owner: str,
    until: datetime,
    limit: int,
    doubtful: bool,
    everything: bool,
    after: int,
    but: Sequence[str] = (),
) -> list[StoredSource]:
    """Lease up to ``limit`` sources that are due and free, the longest due first.

    ``doubtful`` are those whose last fetch failed; they and the others are leased apart, so
    that neither keeps the other waiting. ``everything`` leases whether due or not, by rising
    id from ``after``; ``but`` are keys to pass over.
    """
    t = int(now.timestamp())
    order = "id" if everything else "next_due IS NOT NULL, next_due, id"
    due = "id > ?" if everything else "(next_due IS NULL OR next_due <= ?)"
    health = "errors > 0" if doubtful else "errors = 0"
    # a lease that ends later than any can was given by a clock that has since been put right
    absurd = t + 2 * int((until - now).total_seconds())
    rows = conn.execute(
        f"SELECT {_ONE} FROM sources WHERE configured = 1 AND {health} AND {due}"  # noqa: S608 - fixed text
        f" AND (leased_until IS NULL OR leased_until <= ? OR leased_until > ?)"
        f"{' AND key NOT IN (SELECT value FROM json_each(?))' if but else ''}"
        f" ORDER BY {order} LIMIT ?",
        (
            after if everything else t,
            t,
            absurd,
            *((json.dumps(list(but)),) if but else ()),
            limit,
        ),
    ).fetchall()
    leased = [row for row in rows if row[1] in sources]
    conn.executemany(
        "UPDATE sources SET leased_by = ?, leased_until = ? WHERE id = ?",
        [(owner, int(until.timestamp()), row[0]) for row in leased],
    )
    return [_stored(conn, row, sources[row[1]]) for row in leased]


def release(conn: sqlite3.Connection, source_ids: Sequence[int], owner: str) -> None:
    """Give leases up untouched: what was leased and not fetched is due as before."""
    conn.executemany(
        "UPDATE sources SET leased_by = NULL, leased_until = NULL WHERE id = ? AND leased_by = ?",
        [(source_id, owner) for source_id in source_ids],
    )


# What a source as it is stored is made of.
_ONE = "id, key, state, guids, (SELECT push_until FROM subscriptions WHERE source_id = sources.id)"


def _stored(conn: sqlite3.Connection, row: Sequence[Any], source: Source) -> StoredSource:
    recent = conn.execute(
        "SELECT effective FROM items WHERE source_id = ? AND effective IS NOT NULL"
        " ORDER BY effective DESC LIMIT ?",
        (row[0], RECENT),
    ).fetchall()
    state = codec.unpack_state(row[2])
    push_until = codec.moment(row[4])
    if state.push_until != push_until:
        state = replace(state, push_until=push_until)
    return StoredSource(
        id=row[0],
        source=source,
        state=state,
        recent=tuple([datetime.fromtimestamp(t, UTC) for (t,) in recent]),  # not by codec: hot
        guids=codec.unpack_guids(row[3]),
    )


def paused(conn: sqlite3.Connection, sources: Mapping[str, Source]) -> list[StoredSource]:
    """The configured sources whose hosts have asked for quiet."""
    rows = conn.execute(
        f"SELECT {_ONE} FROM sources"  # noqa: S608 - fixed text
        " WHERE configured = 1 AND state LIKE '%\"paused_until\"%'"
    ).fetchall()
    return [_stored(conn, row, sources[row[1]]) for row in rows if row[1] in sources]


def stored(
    conn: sqlite3.Connection, sources: Mapping[str, Source], source_id: int
) -> StoredSource | None:
    """One source as it stands; null when it is not, or no longer, configured."""
    row = conn.execute(
        f"SELECT {_ONE} FROM sources WHERE id = ? AND configured = 1",  # noqa: S608 - fixed text
        (source_id,),
    ).fetchone()
    return _stored(conn, row, sources[row[1]]) if row and row[1] in sources else None


def next_due(conn: sqlite3.Connection) -> datetime | None:
    """When the next configured source is due; null when there is none or one never fetched."""
    row = conn.execute(
        "SELECT min(coalesce(next_due, 0)) FROM sources WHERE configured = 1"
    ).fetchone()
    return codec.moment(row[0])


def statuses(
    conn: sqlite3.Connection, sources: Mapping[str, Source], only: int | None = None
) -> list[SourceStatus]:
    """The configured sources in the order of feeds.yaml, each with its last outcome.

    ``only`` is the id of one; of others nothing is read then.
    """
    found = []
    for row in conn.execute(
        f"SELECT {_ONE}, outcome, stage, reason, status,"  # noqa: S608 - fixed text
        " (SELECT count(*) FROM items WHERE source_id = sources.id),"
        " (SELECT max(effective) FROM items WHERE source_id = sources.id), name, publisher"
        " FROM sources WHERE configured = 1 AND (?1 IS NULL OR id = ?1) ORDER BY place",
        (only,),
    ).fetchall():
        if row[1] not in sources:
            continue
        outcome = None
        if row[5] is not None:
            outcome = Outcome(
                OutcomeKind(row[5]), Stage(row[6]) if row[6] else None, row[7], row[8]
            )
        found.append(
            SourceStatus(
                stored=_stored(conn, row, sources[row[1]]),
                outcome=outcome,
                items=row[9],
                newest=codec.moment(row[10]),
                name=row[11],
                publisher=row[12],
            )
        )
    return found


def fetch_log(conn: sqlite3.Connection, since: datetime) -> list[FetchLogRow]:
    """The requests made since ``since``, oldest first.

    What was held back is no request, nor is what failed before anything could be sent.
    """
    rows = conn.execute(
        "SELECT s.key, f.rate_group, f.at, f.outcome, f.status, f.conditional, f.had_validator,"
        " f.retry_after, f.allowed_at, f.by_hand, f.requested, f.elapsed_ms, f.visits"
        " FROM fetches f JOIN sources s ON s.id = f.source_id"
        " WHERE f.sent = 1 AND CASE WHEN f.visits IS NULL"
        " THEN coalesce(f.stage, '') NOT IN ('dns', 'address', 'connect')"
        " ELSE f.visits != '[]' END AND f.at >= ? ORDER BY f.at, f.id",
        (int(since.timestamp()),),
    )
    return [
        FetchLogRow(
            source_key=row[0],
            group=row[1],
            at=datetime.fromtimestamp(row[2], UTC),
            outcome=OutcomeKind(row[3]),
            status=row[4],
            conditional=bool(row[5]),
            had_validator=bool(row[6]),
            retry_after=None if row[7] is None else timedelta(seconds=row[7]),
            allowed_at=codec.moment(row[8]),
            by_hand=bool(row[9]),
            url=row[10],
            elapsed=timedelta(milliseconds=row[11]),
            hops=codec.unpack_visits(row[12] or "[]")[1:],
        )
        for row in rows
    ]


def hashes(conn: sqlite3.Connection, source_id: int) -> frozenset[bytes]:
    """The hashes of the entries that the source's document held when it was last read."""
    rows = conn.execute(
        # by that index: the planner would go through all that the source ever showed
        "SELECT entry_hash FROM sightings INDEXED BY sightings_live"
        " WHERE source_id = ? AND gone_at IS NULL",
        (source_id,),
    )
    return frozenset([entry_hash for (entry_hash,) in rows])


def lease_owners(conn: sqlite3.Connection) -> set[str]:
    """Everybody who holds a lease, alive or not."""
    return {
        name
        for (name,) in conn.execute(
            "SELECT leased_by FROM sources WHERE leased_by IS NOT NULL"
            " UNION SELECT owner FROM leases"
        )
    }


def give_up(conn: sqlite3.Connection, owners: Sequence[str]) -> None:
    """Give up all leases of owners that have ended."""
    conn.executemany(
        "UPDATE sources SET leased_by = NULL, leased_until = NULL WHERE leased_by = ?",
        [(owner,) for owner in owners],
    )
    conn.executemany("DELETE FROM leases WHERE owner = ?", [(owner,) for owner in owners])


def take_lease(
    conn: sqlite3.Connection, name: str, owner: str, now: datetime, length: timedelta
) -> Lease | None:
    """Take or renew a named lease; null while another holds it.

    ``kept`` when nobody else can have held it meanwhile, else ``new``.
    """
    t, seconds = int(now.timestamp()), int(length.total_seconds())
    row = conn.execute("SELECT owner, until FROM leases WHERE name = ?", (name,)).fetchone()
    # one that ends later than any can was given by a clock that has since been put right
    if row is not None and row[0] != owner and t < row[1] <= t + 2 * seconds:
        return None
    conn.execute("INSERT OR REPLACE INTO leases VALUES (?, ?, ?)", (name, owner, t + seconds))
    return "kept" if row is not None and row[0] == owner else "new"


def drop_lease(conn: sqlite3.Connection, name: str, owner: str) -> None:
    conn.execute("DELETE FROM leases WHERE name = ? AND owner = ?", (name, owner))


def any_lease(conn: sqlite3.Connection, prefix: str, now: datetime, but: str) -> bool:
    t, names = int(now.timestamp()), (prefix, prefix + "\U0010ffff")
    row = conn.execute(
        "SELECT 1 FROM leases WHERE name BETWEEN ? AND ? AND owner <> ?"
        # one that ends much later was given by a clock that has since been put right
        " AND until > ? AND until <= ? LIMIT 1",
        (*names, but, t, t + 300),
    ).fetchone()
    return row is not None
