"""Politeness per host: how many at once, how far apart, and who has asked for quiet."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import field
from datetime import timedelta
from typing import Protocol

from feedhub.fetch.clock import Clock
from feedhub.values import dataclass

# Beside other processes a turn is a lease of so long, in whole seconds that may have begun; ours
# are further apart than that, or they would never find one free.
TURN = timedelta(seconds=2)
SPACING_BESIDE = 2.75  # s


class Others(Protocol):
    """Other processes that may ask the same hosts."""

    async def agree(self, group: str) -> float:
        """Wait for the group's turn among all; seconds to be left until the next of ours."""


class Paused(Exception):
    """The group has asked for quiet for ``seconds`` more."""

    def __init__(self, seconds: float, group: str = "") -> None:
        self.seconds = seconds
        self.group = group
        super().__init__(f"quiet for {seconds:.0f} s more")


@dataclass(slots=True)
class _Slot:
    places: asyncio.Semaphore
    waiting: int = 0
    next_start: float = field(default=float("-inf"))

    def leave(self) -> None:
        self.places.release()
        self.waiting -= 1


class HostGate:
    """One queue for each group: a configured rate group, else a host.

    ``concurrency`` requests at once, their starts ``spacing`` seconds apart. A pause ends
    everything queued for the group with :class:`Paused`, since waiting out an hour in line
    would only hold memory: its next due time is the place to wait. Groups that are idle and
    owe nothing are forgotten. ``others``, where there are any, have their part of the turns.
    """

    others: Others | None = None

    def __init__(self, clock: Clock, *, concurrency: int = 1, spacing: float = 1.0) -> None:
        self._clock = clock
        self._concurrency = concurrency
        self._spacing = spacing
        self._slots: dict[str, _Slot] = {}
        self._paused: dict[str, float] = {}
        self._sweep_at = 1024

    def pause(self, group: str, seconds: float) -> None:
        """Nothing of ``group`` for ``seconds`` from now; the longest wish stands."""
        if len(self._paused) >= self._sweep_at:
            self._sweep()
        until = self._clock.time() + seconds
        self._paused[group] = max(until, self._paused.get(group, until))

    def paused_for(self, group: str) -> float:
        """Seconds of quiet left; 0 when there are none."""
        until = self._paused.get(group)
        if until is None:
            return 0.0
        left = until - self._clock.time()
        if left <= 0:
            del self._paused[group]
            return 0.0
        return left

    @asynccontextmanager
    async def turn(self, group: str) -> AsyncIterator[None]:
        """Wait for one's turn. Raises :class:`Paused`, before or after waiting."""
        leave = await self.enter(group)
        try:
            yield
        finally:
            leave()

    async def enter(self, group: str) -> Callable[[], None]:
        """As :meth:`turn`, for who gives it back by calling what this gives, once."""
        self._check(group)
        slot = self._slots.get(group)
        if slot is None:
            if len(self._slots) >= self._sweep_at:
                self._sweep()
            slot = self._slots[group] = _Slot(asyncio.Semaphore(self._concurrency))
        slot.waiting += 1
        try:
            await slot.places.acquire()
        except BaseException:
            slot.waiting -= 1
            raise
        try:
            self._check(group)
            now = self._clock.time()
            start = max(slot.next_start, now)
            slot.next_start = start + self._spacing
            if start > now:
                await self._clock.sleep(start - now)
                self._check(group)
            if self.others is not None and (more := await self.others.agree(group)):
                self._check(group)
                slot.next_start = max(slot.next_start, self._clock.time() + more)
        except BaseException:
            slot.leave()
            raise
        return slot.leave

    def started(self, group: str) -> None:
        """The request of the turn being held leaves only now: spacing counts from here."""
        slot = self._slots[group]
        slot.next_start = max(slot.next_start, self._clock.time() + self._spacing)

    def _check(self, group: str) -> None:
        if (left := self.paused_for(group)) > 0:
            raise Paused(left, group)

    def _sweep(self) -> None:
        """Drop the groups that nobody waits for, and the pauses, whose time has passed."""
        now = self._clock.time()
        self._paused = {k: until for k, until in self._paused.items() if until > now}
        self._slots = {k: s for k, s in self._slots.items() if s.waiting or s.next_start > now}
        self._sweep_at = max(1024, 2 * len(self._slots), 2 * len(self._paused))
