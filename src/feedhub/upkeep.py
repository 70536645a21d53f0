"""Keeping the database to size: what feeds.yaml lets go, in small pieces between other work."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from feedhub.model import Config, ListSpec, Retention
from feedhub.store import Store
from feedhub.store.upkeep import THINNED
from feedhub.values import dataclass

EVERY = timedelta(days=1)
# Items in one transaction: about 80 ms, in which nothing else is written.
BATCH = 500
BURIED_AHEAD = 10 * BATCH  # items whose keys are noted in one transaction: about 150 ms
PAGES = 1000  # given back to the file system in one transaction: 4 MB
ARCHIVED_NEW = ".new"  # what a popular list's append-only feed is called after


@dataclass(frozen=True, slots=True)
class Pruned:
    """What a run came to."""

    items: int
    held: int  # past their time, and kept for another reason
    pages: int  # given back to the file system


def policy(config: Config) -> Retention:
    """What feeds.yaml says of keeping. No item goes that a popular list still counts."""
    hub = config.hub
    least = max(
        (s.window for s in config.lists if s.order == "popular"), default=timedelta(0)
    ) + timedelta(days=3)
    age = max(hub.keep, least)
    return Retention(
        age=age,
        count=hub.keep_count,
        log=hub.keep_log,
        history=hub.keep_history,
        sources={
            source.key: (
                max(source.keep or age, least),
                source.keep_count or hub.keep_count,
            )
            for source in config.sources
            if source.keep is not None or source.keep_count is not None
        },
        feeds={
            spec.slug + (ARCHIVED_NEW if spec.order == "popular" else ""): length
            for spec in config.lists
            if (length := _kept(spec)) is None or length > timedelta(0)
        },
    )


def _kept(spec: ListSpec) -> timedelta | None:
    """How long what was in a list stays; null for ever."""
    if spec.keep is None:
        return None if spec.order == "popular" else timedelta(0)
    return None if spec.keep == "always" else spec.keep


async def prune(
    store: Store,
    config: Config,
    now: datetime,
    *,
    pause: float = 0.0,
    step: Callable[[int, int], None] | None = None,
) -> Pruned:
    """Remove what is past its time, all of it; ``pause`` seconds between transactions.

    ``step`` is told (items looked at, of how many). Ended in the middle, it is begun anew
    the next time and nothing is half done.
    """
    keeping = policy(config)
    ids = await store.ripe(keeping, now)
    gone = 0
    for start in range(0, len(ids), BATCH):
        if start % BURIED_AHEAD == 0:
            await store.bury_ahead(ids[start : start + BURIED_AHEAD], keeping, now)
            await asyncio.sleep(pause)
        gone += await store.remove(ids[start : start + BATCH], keeping, now)
        if step is not None:
            step(min(start + BATCH, len(ids)), len(ids))
        await asyncio.sleep(pause)
    for name in THINNED:
        after = await store.thin(keeping, now, name, 0)
        while after:
            await asyncio.sleep(pause)
            after = await store.thin(keeping, now, name, after)
    pages = 0
    while (freed := await store.shrink(PAGES)) > 0:
        pages += freed
        await asyncio.sleep(pause)
    await store.note_pruned(now)
    return Pruned(gone, len(ids) - gone, pages)
