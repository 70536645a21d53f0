"""A clock that was ahead and was put right: nothing waits for it, nothing hides behind it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

DAY = timedelta(days=1)


def test_what_was_dated_ahead_comes_back(play):
    async def scenario(w):
        await w.configure(w.source("a"))
        (stored,) = await w.lease()
        await w.read(stored.id, w.entry("1"), now=w.now)
        wrong = w.now + DAY
        commit = w.commit(
            stored.id, w.entry("2", published=wrong), now=wrong, due=wrong + 15 * w.minute
        )
        state = replace(commit.state, last_fetch_at=wrong, paused_until=wrong + 2 * w.minute)
        commit = replace(commit, state=state)
        report = await w.store.commit_fetch(commit, wrong, w.believing)
        (new,) = report.new_ids
        later = w.now + w.minute
        assert await w.store.mend_clock(later, DAY) == 1
        found = (await w.store.items([new]))[new]
        assert found.first_seen <= later
        assert found.effective is not None
        assert found.effective <= later
        again = await w.store.stored(stored.id)
        assert again.state.last_fetch_at <= later
        # the pause that was promised is kept, from now on
        assert again.state.next_due == later + 15 * w.minute
        assert again.state.paused_until == later + 2 * w.minute
        assert await w.store.mend_clock(later, DAY) == 0

    play(scenario)
