"""What must be true of a hub's lists and feeds at any instant, looked at from the outside."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from lxml import etree

from feedhub import ticks
from feedhub.model import Config, Listing, public_id
from feedhub.serve import Rendered
from feedhub.store import Store

ATOM = "{http://www.w3.org/2005/Atom}"
FRESH = timedelta(hours=12)  # how old the newest of a latest list may be
_NEWEST = (
    "SELECT id FROM items WHERE story_id IS NOT NULL AND effective <= ? AND first_seen <= ?"
    " ORDER BY effective DESC, id DESC LIMIT ?"
)


async def judge(
    store: Store,
    config: Config,
    db: Path,
    tick: datetime,
    now: datetime,
    pages: Mapping[str, Rendered],
) -> tuple[int, list[str]]:
    """(lists and feeds looked at, faults). ``tick`` was the last; nothing came in since.

    Latest lists are held against the table of items by a query of ours; popular ones against
    the same tick ranked anew from the stored history by a hub that remembers nothing.
    """
    found = await ticks.listings(store, config, now)
    anew = await ticks.replay(store, config, tick)
    faults: list[str] = []
    judged = 0
    for listing in found.standing:
        judged += 1
        faults += [f"{listing.spec.slug}: {text}" for text in _list(listing, now)]
        ids = [placed.item.id for placed in listing.entries]
        if listing.spec.order == "latest":
            wanted = _newest(db, tick, listing.spec.limit)
            if ids != wanted:
                faults.append(f"{listing.spec.slug}: not the newest: {ids} for {wanted}")
        elif ids != [entry.item_id for entry in anew[listing.spec.slug].entries]:
            faults.append(f"{listing.spec.slug}: ranked anew it is another")
        judged += 3
        faults += _feeds(listing, listing.spec.slug, pages)
    for listing in found.firsts:
        judged += 3
        faults += _feeds(listing, f"{listing.spec.slug}.new", pages)
        times = [placed.ranked.story_id for placed in listing.entries]
        if len(set(times)) != len(times):
            faults.append(f"{listing.spec.slug}.new: a story twice")
        faults += _unannounced(db, listing.spec.slug)
    return judged, faults


def _list(listing: Listing, now: datetime) -> Iterator[str]:
    ids = [placed.item.id for placed in listing.entries]
    times = [placed.item.effective or placed.item.first_seen for placed in listing.entries]
    if len(ids) != listing.spec.limit:
        yield f"{len(ids)} entries of {listing.spec.limit}"
    if len(set(ids)) != len(ids):
        yield "an item twice"
    if len({placed.ranked.story_id for placed in listing.entries}) != len(ids) and (
        listing.spec.order == "popular"
    ):
        yield "a story twice"
    if any(at > now for at in times):
        yield "from the future"
    oldest = FRESH if listing.spec.order == "latest" else listing.spec.window
    if times and now - max(times) > oldest:
        yield f"the newest is from {max(times):%Y-%m-%d %H:%M}"
    if listing.spec.order == "latest" and times != sorted(times, reverse=True):
        yield "not in order"


def _newest(db: Path, tick: datetime, limit: int) -> list[int]:
    at = int(tick.timestamp())
    with _open(db) as conn:
        return [row[0] for row in conn.execute(_NEWEST, (at, at, limit))]


def _unannounced(db: Path, slug: str) -> Iterator[str]:
    """Stories that entered a popular list and are not in its append-only feed."""
    with _open(db) as conn:
        (count,) = conn.execute(
            "SELECT count(*) FROM list_changes c WHERE slug = ? AND change = 'enter' AND NOT"
            " EXISTS (SELECT 1 FROM list_firsts f WHERE f.slug = c.slug"
            " AND f.story_id = c.story_id)",
            (slug,),
        ).fetchone()
    if count:
        yield f"{slug}.new: {count} stories were in the list and not announced"


def _open(db: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{db}?mode=ro", uri=True)


def _feeds(listing: Listing, name: str, pages: Mapping[str, Rendered]) -> Iterator[str]:
    """All three formats hold what the list holds, in its order, under the same ids."""
    kind = "s" if listing.spec.order == "popular" else "i"
    wanted = [
        public_id(kind, p.ranked.story_id if kind == "s" else p.item.id) for p in listing.entries
    ]
    for ending, read in (("atom", _atom), ("rss", _rss), ("json", _json)):
        ids = [one.rpartition(":")[2] for one in read(pages[f"/{name}.{ending}"].body)]
        if ids != wanted:
            yield f"{name}.{ending}: holds {ids[:5]}... for {wanted[:5]}..."


def _atom(body: bytes) -> Sequence[str]:
    root = etree.fromstring(body)
    return [entry.findtext(f"{ATOM}id") for entry in root.iter(f"{ATOM}entry")]


def _rss(body: bytes) -> Sequence[str]:
    return [item.findtext("guid") for item in etree.fromstring(body).iter("item")]


def _json(body: bytes) -> Sequence[str]:
    return [item["id"] for item in json.loads(body)["items"]]
