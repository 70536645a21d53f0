"""Which items a document's entries are: keys first, then guards against a change of ids.

Runs inside the writer's transaction; what is one article is decided by the identity given.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field

from feedhub.model import Candidate, Carried, GuidCheck, Identity, Key, KnownItem
from feedhub.store import codec

_LOOK_UP = "SELECT item_id FROM item_keys WHERE scope = ? AND kind = ? AND value = ?"


@dataclass
class Found:
    """What the keys of one entry led to. ``item_id`` is null for an entry never met before."""

    candidate: Candidate
    item_id: int | None = None
    twin: int | None = None  # a second item that is the same article
    refused: set[Key] = field(default_factory=set)  # keys that led to another article
    pruned: bool = False  # only the keys of its item remain
    flipped: bool = False  # known under other guids of this source
    carried: bool = False  # found by a guard


def resolve(
    conn: sqlite3.Connection,
    source_id: int,
    candidates: Sequence[Candidate],
    met: set[int],
    identity: Identity,
) -> list[Found]:
    """One :class:`Found` an entry, in order. ``met`` are items the document is known to hold."""
    found = [_by_keys(conn, source_id, candidate, identity) for candidate in candidates]
    taken = met | {one.item_id for one in found if one.item_id is not None}
    _by_guards(conn, source_id, found, taken, identity)
    return found


def check(found: Sequence[Found]) -> GuidCheck:
    """What the document showed of its source's guids."""
    return GuidCheck(
        entries=sum(any(k.kind == "guid" for k in one.candidate.lookup) for one in found),
        flipped=sum(one.flipped for one in found),
        reused=sum(any(k.kind == "guid" for k in one.refused) for one in found),
    )


def _by_keys(
    conn: sqlite3.Connection, source_id: int, candidate: Candidate, identity: Identity
) -> Found:
    found = Found(candidate)
    for key in candidate.lookup:
        row = conn.execute(_LOOK_UP, key).fetchone()
        if row is None or row[0] == found.item_id:
            continue
        known = known_item(conn, row[0], source_id)
        if known is None:
            if found.item_id is None:
                found.item_id, found.pruned = row[0], True
        elif found.item_id is not None and not found.pruned:
            if identity.twins(candidate, known):
                found.twin = known.id
        elif identity.same_article(candidate, key, known):
            found.item_id, found.pruned = known.id, False
            found.flipped = _flipped(candidate, known)
        else:
            found.refused.add(key)
    return found


def _flipped(candidate: Candidate, known: KnownItem) -> bool:
    guid = candidate.entry.guid
    return bool(guid and known.guids and guid not in known.guids)


def _by_guards(
    conn: sqlite3.Connection,
    source_id: int,
    found: Sequence[Found],
    taken: set[int],
    identity: Identity,
) -> None:
    """Recognise known articles among those that no key found: a change of guids or links."""
    unfound = [one for one in found if one.item_id is None]
    pairs: list[tuple[Found, Carried]] = []
    for one in unfound:
        for guard in one.candidate.guards:
            row = conn.execute(_LOOK_UP, guard).fetchone()
            if row is None or row[0] in taken:
                continue
            known = known_item(conn, row[0], source_id)
            if known is not None:
                pairs.append((one, Carried(one.candidate, guard, known)))
                taken.add(known.id)
                break
    accepted = identity.carried_over(len(unfound), [pair for _, pair in pairs])
    for (one, pair), yes in zip(pairs, accepted, strict=True):
        if yes:
            one.item_id = pair.known.id
            one.carried = True
            one.flipped = _flipped(one.candidate, pair.known)


def known_item(conn: sqlite3.Connection, item_id: int, source_id: int) -> KnownItem | None:
    """What is known of an item; null when only its keys are left."""
    row = conn.execute(
        "SELECT source_id, title, canonical, published FROM items WHERE id = ?", (item_id,)
    ).fetchone()
    if row is None:
        return None
    guids = conn.execute(
        "SELECT value FROM item_keys WHERE item_id = ? AND scope = ? AND kind = 'guid'",
        (item_id, source_id),
    )
    return KnownItem(
        id=item_id,
        source_id=row[0],
        title=row[1],
        canonical=row[2],
        published=codec.moment(row[3]),
        guids=frozenset(value for (value,) in guids),
    )
