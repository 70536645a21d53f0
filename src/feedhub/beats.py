"""Work that is done again and again, by the time that passes, whatever the clock is set to.

APScheduler plans by the clock. Of a clock that is set ahead it would make up every beat that was
missed, one by one: millions after a start without a network. Of one that is set back it would
wait until the old time has come again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

LOOK = 1.0  # seconds of the loop's time between two looks at the clock
EARLY = timedelta(seconds=1)  # that a beat may be planned beyond its interval

Work = Callable[[], Coroutine[Any, Any, object]]


class Every(BaseTrigger):  # type: ignore[misc]
    """So often from the last beat; what was missed is missed."""

    def __init__(self, interval: timedelta) -> None:
        self.interval = interval

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """After ``now``, in step with the last beat where that is not long ago."""
        then = (previous_fire_time or now) + self.interval
        return then if then > now else now + self.interval


class Beats:
    """The beats of one process, each at most once at a time."""

    def __init__(self) -> None:
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        self._looking: asyncio.TimerHandle | None = None

    def add(self, work: Work, interval: timedelta) -> None:
        """Do ``work`` so often, from one interval after the start."""
        self._scheduler.add_job(
            work, Every(interval), max_instances=1, coalesce=True, misfire_grace_time=None
        )

    def start(self) -> None:
        self._scheduler.start()
        self._look()

    def pause(self) -> None:
        """Begin no more; what has begun goes on."""
        if self._looking is not None:
            self._looking.cancel()
        self._scheduler.pause()

    def shutdown(self) -> None:
        """Cancel what is still going on."""
        self._scheduler.shutdown(wait=False)

    def keep_pace(self, now: datetime) -> None:
        """Where the clock was set back, plan from ``now``: what waits would wait for long."""
        for job in self._scheduler.get_jobs():
            if job.next_run_time - now > job.trigger.interval + EARLY:
                job.modify(next_run_time=now)

    def _look(self) -> None:
        # the very clock that the scheduler goes by
        self.keep_pace(datetime.now(UTC))
        self._looking = asyncio.get_running_loop().call_later(LOOK, self._look)
