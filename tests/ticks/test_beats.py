"""Work goes on at its pace, whatever a clock is set to."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from feedhub.beats import Beats, Every

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_after_a_clock_that_was_set_ahead_there_is_one_beat_and_the_next_in_its_time():
    often = Every(timedelta(seconds=0.3))
    years_on = NOW + timedelta(days=4 * 365)
    assert often.get_next_fire_time(NOW, NOW) == NOW + often.interval
    assert often.get_next_fire_time(NOW, years_on) == years_on + often.interval
    assert often.get_next_fire_time(None, NOW) == NOW + often.interval


def test_after_a_clock_that_was_set_back_nothing_waits_for_the_old_time_to_come_again():
    async def main():
        beaten = asyncio.Event()

        async def work():
            beaten.set()

        beats = Beats()
        beats.add(work, HOUR)
        beats.start()
        try:
            beats.keep_pace(datetime.now(UTC) - timedelta(seconds=0.5))  # no more than jitter
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            assert not beaten.is_set()
            beats.keep_pace(datetime.now(UTC) - 3 * HOUR)
            async with asyncio.timeout(30):
                await beaten.wait()
        finally:
            beats.pause()
            beats.shutdown()

    asyncio.run(main())
