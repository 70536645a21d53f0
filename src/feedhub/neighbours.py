"""Other processes that fetch into the same database: turns at a host are shared with them.

A running hub and ``feedhub update`` beside it lease different sources, which may well be of one
host. Each knows what it has asked itself; between them a turn is a lease of a second or two in
the database, and what a host has asked the one for, the other reads there. A process that is alone
pays for none of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

from feedhub.fetch.clock import Clock, SystemClock
from feedhub.fetch.gate import SPACING_BESIDE, TURN
from feedhub.model import Lease, StoredSource
from feedhub.store import Store
from feedhub.store.owners import at_work

LOOK = 1.0  # s between two looks at who works on the database
# Nothing is asked sooner than this after another was first seen: by then it has seen us, and what
# it asked before is past.
ARRIVAL = 2.5
RETRY = 0.25  # s until a turn that another has is asked for again
_HOST = "host "  # what the leases' names begin with


class Neighbours:
    """Whose turn it is, between all processes on ``db``."""

    def __init__(
        self,
        store: Store,
        db: Path,
        now: Callable[[], datetime],
        learn: Callable[[Iterable[StoredSource], datetime], None],
        clock: Clock | None = None,
    ) -> None:
        self._store = store
        self._db = db
        self._now = now
        self._learn = learn
        self._clock = clock or SystemClock()
        self._looked_at = float("-inf")
        self._since: float | None = None  # when another was first seen; null: alone

    async def agree(self, group: str) -> float:
        """Wait for the group's turn among all; seconds to be left until the next of ours."""
        await self._look()
        if self._since is None:
            return 0.0
        await self._clock.sleep(max(self._since + ARRIVAL - self._clock.time(), 0.0))
        while await self._take(group) is None:
            await self._clock.sleep(RETRY)
        self._learn(await self._store.paused(), self._now())
        return SPACING_BESIDE

    async def _take(self, group: str) -> Lease | None:
        return await self._store.take_lease(_HOST + group, self._store.owner, self._now(), TURN)

    async def _look(self) -> None:
        """See, now and then, whether another is at work or has been a moment ago."""
        time = self._clock.time()
        if time - self._looked_at < LOOK:
            return
        self._looked_at = time
        if at_work(self._db) > 1 or await self._store.any_lease(
            _HOST, self._now(), but=self._store.owner
        ):
            self._since = time if self._since is None else self._since
        else:
            self._since = None
