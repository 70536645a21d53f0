"""The laws of the demo's clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedhub.demo.clock import DemoClock

START = datetime(2031, 5, 4, 12, 0, 0, 123457, tzinfo=UTC)
clocks = st.builds(
    DemoClock,
    real_start=st.just(START),
    speed=st.floats(1.01, 5000),
    head_start=st.timedeltas(timedelta(0), timedelta(days=3)),
)
moments = st.timedeltas(timedelta(days=-400), timedelta(days=400)).map(lambda d: START + d)


@given(clocks, moments, moments)
def test_time_never_runs_backwards(clock: DemoClock, one: datetime, other: datetime) -> None:
    earlier, later = sorted((one, other))
    assert clock.at(earlier) <= clock.at(later)


@given(clocks, moments)
def test_demo_time_is_never_in_the_future(clock: DemoClock, real: datetime) -> None:
    assert clock.at(real) <= real


@given(clocks, st.timedeltas(timedelta(0), timedelta(days=400)))
def test_it_catches_up_and_then_runs_in_step(clock: DemoClock, later: timedelta) -> None:
    real = clock.caught_up_at + later
    assert clock.at(real) == real


def test_six_hours_pass_in_about_six_minutes() -> None:
    clock = DemoClock(START)
    assert clock.at(START) == clock.start == START - timedelta(hours=6)
    assert clock.at(START + timedelta(seconds=5)) == clock.start + timedelta(minutes=5)
    assert timedelta(minutes=6) < clock.caught_up_at - START < timedelta(minutes=6, seconds=10)


def test_called_it_reads_the_wall_it_was_given_in_utc() -> None:
    clock = DemoClock(START, wall=lambda: START + timedelta(minutes=1))
    assert clock() == clock.start + timedelta(hours=1)
    assert clock().tzinfo is UTC


@pytest.mark.parametrize(
    "wrong",
    [
        {"real_start": datetime(2031, 5, 4)},  # noqa: DTZ001 - naive is what is refused
        {"speed": 1.0},
        {"speed": float("nan")},
        {"head_start": timedelta(seconds=-1)},
    ],
)
def test_nonsense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        DemoClock(**{"real_start": START, **wrong})
