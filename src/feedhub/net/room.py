"""What answers may hold in memory together, counted in bytes rather than in answers."""

from __future__ import annotations

import asyncio
from collections import deque


class Room:
    """``size`` bytes that the bodies of answers share, from their first to when they are let go.

    Where there is no more, a body waits to grow, the longest waiting first. One at a time may
    grow beyond: so somebody always comes to an end, and what is held is at most ``size`` and one
    body more. Of one event loop.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._held = 0
        self._ahead: Share | None = None  # who may grow beyond
        self._waiting: deque[tuple[Share, int, asyncio.Future[None]]] = deque()

    @property
    def held(self) -> int:
        """Bytes that are held now."""
        return self._held

    def share(self) -> Share:
        return Share(self)

    def _takes(self, share: Share, size: int) -> bool:
        """Give ``share`` so many bytes more, where that may be now."""
        if self._held + size > self._size:
            if self._ahead is None:
                self._ahead = share
            elif self._ahead is not share:
                return False
        self._held += size
        share.held += size
        return True

    async def take(self, share: Share, size: int) -> None:
        if (not self._waiting or self._ahead is share) and self._takes(share, size):
            return
        granted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        place = (share, size, granted)
        self._waiting.append(place)
        try:
            await granted
        except asyncio.CancelledError:
            if place in self._waiting:
                self._waiting.remove(place)
            raise

    def give(self, share: Share, size: int, *, all_of_it: bool) -> None:
        self._held -= size
        share.held -= size
        if all_of_it and self._ahead is share:
            self._ahead = None
        while self._waiting:
            who, wanted, granted = self._waiting[0]
            if granted.cancelled():
                self._waiting.popleft()
            elif self._takes(who, wanted):
                self._waiting.popleft()
                granted.set_result(None)
            else:
                return


class Share:
    """One body's part of the room."""

    __slots__ = ("_room", "held")

    def __init__(self, room: Room) -> None:
        self._room = room
        self.held = 0  # bytes

    def fits(self, size: int) -> bool:
        """Whether it holds ``size`` bytes already."""
        return size <= self.held

    async def grow(self, size: int) -> None:
        """Wait until it may hold ``size`` bytes more."""
        await self._room.take(self, size)

    def shrink(self, size: int) -> None:
        """Give back what is held beyond ``size`` bytes."""
        if self.held > size:
            self._room.give(self, self.held - size, all_of_it=False)

    def leave(self) -> None:
        """Give back all of it. Again does nothing."""
        if self.held:
            self._room.give(self, self.held, all_of_it=True)
