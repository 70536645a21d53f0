"""Which items a document's entries are: keys first, then what a change of ids leaves alike.

Runs inside the writer's transaction; what is one article is decided by the identity given.
Keys and items are read once for a whole document.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from feedhub.model import Candidate, Entry, GuidCheck, Identity, Key, KnownItem
from feedhub.store import codec

_LOOK_UP = (
    "SELECT value, item_id FROM item_keys"
    " WHERE scope = ? AND kind = ? AND value IN (SELECT value FROM json_each(?))"
)
_KNOWN = (
    "SELECT id, source_id, title, canonical, published, summary FROM items"
    " WHERE id IN (SELECT value FROM json_each(?))"
)
_OF_PAGES = (
    "SELECT id FROM items WHERE id IN (SELECT value FROM json_each(?))"
    " AND canonical IN (SELECT value FROM json_each(?))"
)
_GUIDS = (
    "SELECT item_id, value FROM item_keys WHERE scope = ? AND kind = 'guid'"
    " AND item_id IN (SELECT value FROM json_each(?))"
)
_ALL_GUIDS = _GUIDS.replace("scope = ? AND ", "")


@dataclass
class Found:
    """What the keys of one entry led to. ``item_id`` is null for an entry never met before."""

    candidate: Candidate
    item_id: int | None = None
    twin: int | None = None  # a second item that is the same article
    refused: set[Key] = field(default_factory=set)  # keys that led to another article
    pruned: bool = False  # only the keys of its item remain
    flipped: bool = False  # known under other guids of this source
    carried: bool = False  # known under other guids and links


@dataclass(frozen=True)
class Resolved:
    """One :class:`Found` an entry, in order, and the keys as they stand in the table."""

    found: Sequence[Found]
    keys: Mapping[Key, int]


def resolve(
    conn: sqlite3.Connection,
    source_id: int,
    candidates: Sequence[Candidate],
    met: set[int],
    missing: Collection[int],
    identity: Identity,
) -> Resolved:
    """Find the items of a document's entries.

    ``met`` are items the document is known to hold, ``missing`` those that the source carried
    before and that may have left it.
    """
    if not candidates:
        return Resolved((), {})
    keys = _keys(conn, candidates)
    led = {keys[k] for c in candidates for k in c.lookup if k in keys}
    items = known_items(conn, led, source_id)
    found = [_by_keys(candidate, keys, items, identity) for candidate in candidates]
    _settle(found, items, met, identity)
    # all that were removed go by one number, which is nobody's
    removed = sum(one.pruned for one in found)
    taken = met | {one.item_id for one in found if one.item_id is not None and not one.pruned}
    _meet(conn, source_id, found, keys, set(missing) - taken, items)
    _carry(conn, source_id, found, keys, taken, missing, len(taken) + removed, identity)
    return Resolved(found, keys)


def check(found: Sequence[Found]) -> GuidCheck:
    """What the document showed of its source's guids."""
    links: defaultdict[str, set[str | None]] = defaultdict(set)
    usable = 0
    for one in found:
        guid = one.candidate.entry.guid
        if any(key.kind == "guid" for key in one.candidate.lookup):
            usable += 1
        elif guid:  # several entries have it
            links[guid].add(one.candidate.entry.canonical)
    return GuidCheck(
        entries=usable,
        flipped=sum(one.flipped for one in found),
        reused=sum(any(k.kind == "guid" for k in one.refused) for one in found),
        shared=sum(len(of) > 1 for of in links.values()),
    )


def _keys(conn: sqlite3.Connection, candidates: Sequence[Candidate]) -> dict[Key, int]:
    """Which items the keys of all entries lead to."""
    asked: defaultdict[tuple[int, str], set[str]] = defaultdict(set)
    for candidate in candidates:
        for key in (*candidate.lookup, *candidate.remember, *candidate.guards):
            asked[key.scope, key.kind].add(key.value)
    return {
        Key(scope, kind, value): item_id
        for (scope, kind), values in asked.items()
        for value, item_id in conn.execute(
            _LOOK_UP, (scope, kind, codec.pack_texts(sorted(values)))
        )
    }


def _by_keys(
    candidate: Candidate,
    keys: Mapping[Key, int],
    items: Mapping[int, KnownItem],
    identity: Identity,
) -> Found:
    found = Found(candidate)
    for key in candidate.lookup:
        item_id = keys.get(key)
        if item_id is None or item_id == found.item_id:
            continue
        known = items.get(item_id)
        if known is None:
            if found.item_id is None:
                found.item_id, found.pruned = item_id, True
        elif found.item_id is not None and not found.pruned:
            if identity.twins(candidate, known):
                found.twin = known.id
        elif identity.same_article(candidate, key, known):
            found.item_id, found.pruned = known.id, False
            found.flipped = _flipped(candidate.entry, known)
        else:
            found.refused.add(key)
    if found.pruned and (reused := _numbers_begun_anew(candidate, keys)):
        found.item_id, found.pruned = None, False
        found.refused.update(reused)
    return found


def _numbers_begun_anew(candidate: Candidate, keys: Mapping[Key, int]) -> list[Key]:
    """The guid of a new article, where it is all that an article removed long ago had, too.

    A system that was set up anew counts from one again. What is removed is older than days.
    """
    others = [key for key in (*candidate.lookup, *candidate.guards) if key.kind != "guid"]
    if not candidate.fresh or not others or any(key in keys for key in others):
        return []
    return [key for key in candidate.lookup if key.kind == "guid"]


def _flipped(entry: Entry, known: KnownItem) -> bool:
    return bool(entry.guid and known.guids and entry.guid not in known.guids)


def _settle(
    found: Sequence[Found], items: Mapping[int, KnownItem], met: set[int], identity: Identity
) -> None:
    """Where several entries claim one item, whatever their order, the likest has it.

    An unchanged entry has it before all. The others are the same article told twice if they
    are like it, else articles of their own.
    """
    claims: defaultdict[int, list[Found]] = defaultdict(list)
    for one in found:
        if one.item_id is not None and not one.pruned:
            claims[one.item_id].append(one)
    for item_id, rivals in claims.items():
        if len(rivals) == 1 and item_id not in met:
            continue
        known = items[item_id]
        best = None
        if item_id not in met:
            best = min(rivals, key=partial(_claim, known=known, identity=identity))
        # as it is told now: of two that are corrected alike, neither is like what was known
        now = known if best is None else replace(known, title=best.candidate.entry.title)
        for one in rivals:
            alike = identity.twins(one.candidate, known) or identity.twins(one.candidate, now)
            if one is not best and not alike:
                one.item_id, one.flipped = one.twin, False
                one.twin = None
                one.refused.update(one.candidate.lookup)


def _claim(found: Found, *, known: KnownItem, identity: Identity) -> tuple[bool, ...]:
    """Lower is better."""
    entry = found.candidate.entry
    return (
        not identity.twins(found.candidate, known),
        entry.title != known.title,
        entry.guid not in known.guids,
        entry.canonical != known.canonical,
    )


def _meet(
    conn: sqlite3.Connection,
    source_id: int,
    found: Sequence[Found],
    keys: Mapping[Key, int],
    left: Collection[int],
    items: Mapping[int, KnownItem],
) -> None:
    """Twins that a change of links shows: what the source has just let go of, and another's.

    The source moved later than the other, and had the article as one of its own meanwhile: the
    headline and time are those of what has ``left`` its document.
    """
    met: dict[int, Found] = {}
    for one in found:
        known = None if one.item_id is None or one.pruned else items[one.item_id]
        if known is None or one.twin is not None or known.source_id == source_id or known.guids:
            continue
        own = next((keys[k] for k in one.candidate.guards if keys.get(k) in left), None)
        if own is not None and own != one.item_id:
            met.setdefault(own, one)
    for item_id in known_items(conn, met, source_id):
        met[item_id].twin = item_id


def _carry(
    conn: sqlite3.Connection,
    source_id: int,
    found: Sequence[Found],
    keys: Mapping[Key, int],
    taken: set[int],
    missing: Collection[int],
    recognised: int,
    identity: Identity,
) -> None:
    """Recognise known articles among those that no key found: a change of guids or links."""
    unfound = _untold(conn, source_id, found, keys, taken, identity)
    if not unfound:
        return
    guarded = {keys[k] for one in unfound for k in one.candidate.guards if k in keys}
    pool = (guarded | set(missing)) - taken
    if not pool:
        return
    items = known_items(conn, pool, source_id)
    chosen = identity.carried_over(
        [one.candidate for one in unfound], [items[i] for i in sorted(items)], recognised
    )
    for one, item_id in zip(unfound, chosen, strict=True):
        if item_id is not None:
            one.item_id, one.carried = item_id, True
            one.flipped = _flipped(one.candidate.entry, items[item_id])
            continue
        gone = (keys[k] for k in one.candidate.guards if k in keys)
        one.item_id = next((i for i in gone if i in pool and i not in items), None)
        one.pruned = one.item_id is not None
    carried = {item_id for item_id in chosen if item_id is not None}
    _untold(conn, source_id, unfound, keys, carried, identity)


def _untold(
    conn: sqlite3.Connection,
    source_id: int,
    found: Sequence[Found],
    keys: Mapping[Key, int],
    taken: set[int],
    identity: Identity,
) -> list[Found]:
    """What is not found yet, but for what tells again of an article that the document holds."""
    unfound = [one for one in found if one.item_id is None]
    if not unfound or not taken:
        return unfound
    guarded = {keys[k] for one in unfound for k in one.candidate.guards if k in keys}
    there = guarded & taken | _of_pages(conn, unfound, taken)
    told = known_items(conn, there, source_id).values()
    for one in unfound if told else ():
        one.item_id = _told_again(one.candidate, told, identity)
    return [one for one in unfound if one.item_id is None]


def _of_pages(conn: sqlite3.Connection, unfound: Sequence[Found], taken: set[int]) -> set[int]:
    """Items of the document with a link that several of its entries have, so that it is no key."""
    pages = {
        one.candidate.entry.canonical or ""
        for one in unfound
        if all(key.kind != "link" for key in one.candidate.lookup)
    } - {""}
    if not pages:
        return set()
    found = conn.execute(
        _OF_PAGES, (codec.pack_ids(sorted(taken)), codec.pack_texts(sorted(pages)))
    )
    return {item_id for (item_id,) in found}


def _told_again(candidate: Candidate, told: Iterable[KnownItem], identity: Identity) -> int | None:
    """The article of the same time, and guid or link, that the document holds.

    A second entry for another section may come a reading later than the first, or be corrected
    before the other is.
    """
    entry = candidate.entry
    for known in told:
        if (
            entry.published is not None
            and entry.published == known.published
            and (entry.guid in known.guids or _on_one_page(entry, known))
            and identity.twins(candidate, known)
        ):
            return known.id
    return None


def _on_one_page(entry: Entry, known: KnownItem) -> bool:
    """Whether a link that several entries have may lead to one article that they tell of.

    A board of notices is a page for all of a day's, under headlines that are alike: headline and
    text are the same, or the text where there is no guid and a time of day to go by.
    """
    if entry.canonical is None or (entry.canonical, entry.summary) != (
        known.canonical,
        known.summary,
    ):
        return False
    corrected = bool(entry.summary) and entry.guid is None and not entry.date_only
    return corrected or entry.title == known.title


def known_items(
    conn: sqlite3.Connection, ids: Iterable[int], source_id: int | None
) -> dict[int, KnownItem]:
    """What is known of items; those of which only keys are left are lacking.

    Guids are those of one source; without a ``source_id``, of all.
    """
    wanted = codec.pack_ids(sorted(ids))
    if wanted == "[]":
        return {}
    guids: defaultdict[int, list[str]] = defaultdict(list)
    for item_id, value in conn.execute(
        _GUIDS if source_id is not None else _ALL_GUIDS,
        (wanted,) if source_id is None else (source_id, wanted),
    ):
        guids[item_id].append(value)
    return {
        row[0]: KnownItem(
            id=row[0],
            source_id=row[1],
            title=row[2],
            canonical=row[3],
            published=codec.moment(row[4]),
            guids=frozenset(guids.get(row[0], ())),
            summary=row[5],
        )
        for row in conn.execute(_KNOWN, (wanted,))
    }
