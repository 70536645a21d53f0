"""Time for the fetching edges: seconds that only go forward, and waiting for them."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """``time`` is in seconds from an arbitrary start, as :func:`time.monotonic`."""

    def time(self) -> float: ...

    async def sleep(self, seconds: float) -> None: ...


class SystemClock:
    """The machine's own."""

    def time(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def to_the_point(now: datetime) -> datetime:
    """``now``, which the hub reads in whole seconds, with its fraction: requests are logged by it.

    Read anew for each, two of them a second apart could seem to be less. A time that is not this
    machine's is left as it is.
    """
    exact = datetime.now(UTC)
    return exact if timedelta(0) <= exact - now < timedelta(seconds=2) else now
