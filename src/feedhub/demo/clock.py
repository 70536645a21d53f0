"""The demo's clock: hours behind at first, then fast, then in step with real time.

Demo time starts ``head_start`` before ``real_start`` and runs ``speed`` times as fast as real
time until it has caught up; from then on the two are the same. So hours of news pass in
minutes, nothing is ever dated in the future, and every rule that the hub keeps (its
five-minute bound, say) holds in demo time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from datetime import UTC, datetime, timedelta

from feedhub.values import dataclass

_TICK = timedelta(microseconds=1)


def _wall() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class DemoClock:
    """A pure mapping from real to demo time, callable as the hub's ``now``.

    ``real_start`` must be aware. ``speed`` is demo seconds in a real second, above 1;
    ``head_start`` is how far behind the demo begins, zero or more. ``wall`` is where
    :meth:`__call__` reads the real time, in any zone.

    Raises:
        ValueError: for a naive ``real_start``, a speed of 1 or less, a negative head start.
    """

    real_start: datetime
    speed: float = 60.0
    head_start: timedelta = timedelta(hours=6)
    wall: Callable[[], datetime] = field(default=_wall, compare=False)

    def __post_init__(self) -> None:
        if self.real_start.tzinfo is None:
            raise ValueError("real_start must have a time zone")
        if not self.speed > 1:
            raise ValueError("speed must be above 1, or demo time never catches up")
        if self.head_start < timedelta(0):
            raise ValueError("head_start must not be negative")

    @property
    def start(self) -> datetime:
        """The demo time at which the demo begins, in UTC."""
        return self.real_start.astimezone(UTC) - self.head_start

    @property
    def caught_up_at(self) -> datetime:
        """The first real time, in UTC, from which demo time is real time."""
        return self.real_start.astimezone(UTC) + self.head_start / (self.speed - 1) + _TICK

    def at(self, real: datetime) -> datetime:
        """The demo time at ``real``, in UTC: never after it, never running backwards."""
        real = real.astimezone(UTC)
        elapsed = max(real - self.real_start, timedelta(0))
        # Compared before it is multiplied: a far-off date times the speed has no datetime.
        if real >= self.caught_up_at:
            return real
        return min(real, self.start + elapsed * self.speed)

    def __call__(self) -> datetime:
        """The demo time now, in UTC."""
        return self.at(self.wall())
