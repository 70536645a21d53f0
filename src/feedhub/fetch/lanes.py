"""How many fetches are under way, shared so that dead hosts cannot starve living ones."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager


class Lanes:
    """Two lanes: ``quick`` for hosts believed alive, ``slow`` for those that failed last time
    and for those that keep one waiting.

    A fetch in the quick lane that has no answer after ``patience`` seconds is moved to the
    slow lane and its place given to another, so that even on a first pass, when nothing is
    known, silent hosts hold quick places for ``patience`` seconds and no longer. When the slow
    lane is full it stays where it is: the sum of open connections is what must be bounded.
    """

    def __init__(self, quick: int = 200, slow: int = 400, patience: float = 1.5) -> None:
        self._quick = asyncio.Semaphore(quick)
        self._slow = asyncio.Semaphore(slow)
        self._patience = patience

    @asynccontextmanager
    async def place(self, *, doubtful: bool) -> AsyncIterator[None]:
        """Hold a place; ``doubtful`` starts in the slow lane."""
        leave = await self.enter(doubtful=doubtful)
        try:
            yield
        finally:
            leave()

    async def enter(self, *, doubtful: bool) -> Callable[[], None]:
        """As :meth:`place`, for who gives it back by calling what this gives, once."""
        if doubtful:
            await self._slow.acquire()
            return self._slow.release
        await self._quick.acquire()
        return _Place(self._quick, self._slow, self._patience).leave


class _Place:
    """A place in the quick lane, which becomes one in the slow lane where it is held for long."""

    __slots__ = ("_lane", "_mover", "_quick", "_slow", "_timer")

    def __init__(self, quick: asyncio.Semaphore, slow: asyncio.Semaphore, patience: float) -> None:
        self._quick, self._slow = quick, slow
        self._lane = quick
        self._mover: asyncio.Task[None] | None = None
        self._timer = asyncio.get_running_loop().call_later(patience, self._impatient)

    def _impatient(self) -> None:
        self._mover = asyncio.get_running_loop().create_task(self._move())

    async def _move(self) -> None:
        await self._slow.acquire()
        self._lane = self._slow
        self._quick.release()

    def leave(self) -> None:
        self._timer.cancel()
        mover = self._mover
        if mover is None or mover.done():
            self._lane.release()
        else:  # not waited for: being cancelled here once more must not cost the place
            mover.add_done_callback(lambda _: self._lane.release())
            mover.cancel()
