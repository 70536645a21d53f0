"""What the person who runs a hub asks of its store: keeping, copying, moving, correcting."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, TypeVar

from feedhub.model import Hand, Retention
from feedhub.store import exchange, figures, hand, retention, tombstones
from feedhub.store.connection import Readers
from feedhub.store.exchange import Record, Taken
from feedhub.store.figures import Request

T = TypeVar("T")


class Upkeep(Protocol):
    """The part of :class:`feedhub.store.protocol.Store` that operating needs."""

    # keeping: each call is one short transaction
    async def ripe(self, keeping: Retention, now: datetime) -> list[int]:
        """Ids of items past their age or count; some may turn out to be held."""
        ...

    async def bury_ahead(self, ids: Sequence[int], keeping: Retention, now: datetime) -> None:
        """Note of many that they will be removed: each call of :meth:`remove` writes less then."""
        ...

    async def remove(self, ids: Sequence[int], keeping: Retention, now: datetime) -> int:
        """Remove those that nothing holds; how many went."""
        ...

    async def thin(self, keeping: Retention, now: datetime, step: str, after: int) -> int:
        """A page of one of :data:`THINNED`, after an id; what to go on after, or 0."""
        ...

    async def shrink(self, pages: int) -> int:
        """Give free pages back to the file system; how many were."""
        ...

    async def pruned_at(self) -> datetime | None:
        """When retention last ran to its end."""
        ...

    async def note_pruned(self, now: datetime) -> None: ...

    # watching
    async def sizes(self) -> Mapping[str, int]:
        """How many items, stories and unplaced_items there are."""
        ...

    async def requests_after(self, after: int | None) -> tuple[int, list[Request]]:
        """Requests in the log after a number, and the number of the newest; none after null."""
        ...

    # moving
    async def export(self, limit: int, each: Callable[[Sequence[Record]], None]) -> None:
        """Give all records to ``each``, in a thread, as they are at one instant."""
        ...

    async def import_records(self, records: Sequence[Record]) -> Taken:
        """Take records in, all or none. Raises ValueError (Refused) for what is none of ours."""
        ...

    # the editor's hand
    async def lay_hand(self, order: Hand) -> Hand:
        """Record an order, in the place of an earlier one of its kind; its ``id`` is minted."""
        ...

    async def lift_hand(
        self, kind: str, target: int, action: str, now: datetime, by: str
    ) -> list[Hand]:
        """Take back what is in force for a target; "" is every action."""
        ...

    async def refresh_hands(self, now: datetime) -> bool:
        """End orders whose time is up, and reach items that joined; true if readers see it."""
        ...

    async def hands_changed_at(self) -> datetime | None:
        """When hands last changed what readers see, whichever process saw to it."""
        ...

    async def hands(self, now: datetime, *, past: bool = False) -> list[Hand]:
        """Orders in force, oldest first; with ``past``, those that were at ``now``."""
        ...

    async def hand_log(self, limit: int) -> list[Hand]:
        """All orders ever, newest first."""
        ...


Page = Callable[[sqlite3.Connection, Retention, datetime, int], int]


def _whole(
    work: Callable[[sqlite3.Connection, Retention, datetime], int],
) -> Page:
    """A step without a cursor: again (1) as long as it finds something."""
    return lambda conn, keeping, now, _after: int(work(conn, keeping, now) > 0)


THINNED: dict[str, Page] = {
    "requests": retention.trim,
    "history": retention.thin,
    "orders": _whole(retention.thin_orders),
    "places": _whole(retention.thin_changes),
    "signals": _whole(retention.thin_places),
    "archives": _whole(retention.thin_archives),
    "stories": retention.end_stories,
    "search": retention.merge_search,
    "tombstones": _whole(lambda conn, _keeping, now: tombstones.settle(conn, now)),
}


class SqliteUpkeep:
    """See :class:`Upkeep`: the methods, over the writer and readers of the store they join."""

    path: Path
    _readers: Readers
    _write: Callable[[Callable[[sqlite3.Connection], Any]], Coroutine[Any, Any, Any]]

    async def ripe(self, keeping: Retention, now: datetime) -> list[int]:
        return await self._readers.run(lambda c: retention.ripe(c, keeping, now))

    async def bury_ahead(self, ids: Sequence[int], keeping: Retention, now: datetime) -> None:
        await self._write(lambda c: retention.bury_ahead(c, ids, keeping, now))

    async def remove(self, ids: Sequence[int], keeping: Retention, now: datetime) -> int:
        def work(conn: sqlite3.Connection) -> int:
            gone = retention.remove(conn, ids, keeping, now)
            if gone:
                retention.tidy_search(conn)
            return gone

        gone: int = await self._write(work)
        return gone

    async def thin(self, keeping: Retention, now: datetime, step: str, after: int) -> int:
        going_on: int = await self._write(lambda c: THINNED[step](c, keeping, now, after))
        return going_on

    async def shrink(self, pages: int) -> int:
        freed: int = await self._write(lambda c: retention.shrink(c, pages))
        return freed

    async def pruned_at(self) -> datetime | None:
        return await self._readers.run(retention.last)

    async def note_pruned(self, now: datetime) -> None:
        await self._write(lambda c: retention.note(c, now))

    async def sizes(self) -> Mapping[str, int]:
        return await self._readers.run(figures.sizes)

    async def requests_after(self, after: int | None) -> tuple[int, list[Request]]:
        return await self._readers.run(lambda c: figures.requests_after(c, after))

    async def export(self, limit: int, each: Callable[[Sequence[Record]], None]) -> None:
        await self._readers.run(lambda c: exchange.everything(c, limit, each))

    async def import_records(self, records: Sequence[Record]) -> Taken:
        taken: Taken = await self._write(lambda c: exchange.take(c, records))
        return taken

    async def lay_hand(self, order: Hand) -> Hand:
        laid: Hand = await self._write(lambda c: hand.lay(c, order))
        return laid

    async def lift_hand(
        self, kind: str, target: int, action: str, now: datetime, by: str
    ) -> list[Hand]:
        lifted: list[Hand] = await self._write(
            lambda c: hand.lift(c, kind, target, action, now, by)
        )
        return lifted

    async def refresh_hands(self, now: datetime) -> bool:
        changed: bool = await self._write(lambda c: hand.refresh(c, now))
        return changed

    async def hands_changed_at(self) -> datetime | None:
        return await self._readers.run(hand.changed_at)

    async def hands(self, now: datetime, *, past: bool = False) -> list[Hand]:
        found = hand.in_force_then if past else hand.in_force
        return await self._readers.run(lambda c: found(c, now))

    async def hand_log(self, limit: int) -> list[Hand]:
        return await self._readers.run(lambda c: hand.log(c, limit))
