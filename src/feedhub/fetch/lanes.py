"""How many fetches are under way, shared so that dead hosts cannot starve living ones."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
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
        if doubtful:
            async with self._slow:
                yield
            return
        await self._quick.acquire()
        lane = self._quick
        mover: asyncio.Task[None] | None = None

        async def move() -> None:
            nonlocal lane
            await self._slow.acquire()
            lane = self._slow
            self._quick.release()

        def impatient() -> None:
            nonlocal mover
            mover = asyncio.get_running_loop().create_task(move())

        timer = asyncio.get_running_loop().call_later(self._patience, impatient)
        try:
            yield
        finally:
            timer.cancel()
            if mover is None or mover.done():
                lane.release()
            else:  # not waited for: being cancelled here once more must not cost the place
                mover.add_done_callback(lambda _: lane.release())
                mover.cancel()
