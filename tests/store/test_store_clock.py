"""A clock that was ahead and was put right: nothing waits for it, nothing hides behind it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

from feedhub.fetch import audit
from feedhub.model import Hand, Visit

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


def test_a_servers_wish_for_quiet_outlives_it(play):
    async def scenario(w):
        await w.configure(w.source("a"))
        (stored,) = await w.lease()
        wrong = w.now + DAY
        commit = w.commit(stored.id, now=wrong, due=wrong + 15 * w.minute)
        state = replace(commit.state, last_fetch_at=wrong, quiet_until=wrong + 9 * w.minute)
        await w.store.commit_fetch(replace(commit, state=state), wrong, w.believing)
        await w.store.mend_clock(w.now, DAY)
        assert (await w.store.stored(stored.id)).state.quiet_until == w.now + 9 * w.minute

    play(scenario)


def test_the_log_of_requests_blames_nobody_for_it(play):
    async def scenario(w):
        await w.configure(w.source("a"))
        (stored,) = await w.lease()
        allowed = None
        for number in range(4):
            at = w.now + 3 * DAY + number * 20 * w.minute
            visits = (Visit("a.example", at), Visit("b.example", at + timedelta(seconds=2)))
            commit = w.commit(stored.id, now=at, due=at + 15 * w.minute)
            fetched = replace(commit.fetched, visits=visits, retry_after=5 * w.minute)
            state = replace(commit.state, last_fetch_at=at)
            commit = replace(commit, fetched=fetched, state=state, allowed_at=allowed)
            await w.store.commit_fetch(replace(commit, group="a.example"), at, w.believing)
            allowed = at + 15 * w.minute
        later = w.now + 2 * 60 * w.minute
        before = await w.store.fetch_log(w.now)
        await w.store.mend_clock(later, DAY)
        rows = await w.store.fetch_log(w.now)
        assert rows[-1].at == later
        assert audit(before).faults == audit(rows).faults == ()
        for row, old in zip(rows, before, strict=True):
            assert old.at - row.at == 3 * DAY - 60 * w.minute
            assert row.hops == (Visit("b.example", row.at + timedelta(seconds=2)),)
            assert row.allowed_at is None or row.at - row.allowed_at == 5 * w.minute
        assert await w.store.mend_clock(later, DAY) == 0
        assert await w.store.fetch_log(w.now) == rows

    play(scenario)


async def ticked(w, at):
    """A tick at that time, which is how far the clock has been ahead."""
    await w.store.save_lists([], at, "fingerprint", frozenset())


def test_so_do_leases_that_hubs_gave(play):
    async def scenario(w):
        await w.configure(w.source("a"), w.source("b"))
        leased = {one.source.key: one.id for one in await w.lease()}
        wrong, lease = w.now + 3 * DAY, 10 * DAY
        ahead = {
            "hub": "https://hub.example/",
            "lease_from": wrong.isoformat(),
            "lease_until": (wrong + lease).isoformat(),
            "next_step_at": (wrong + 7 * DAY).isoformat(),
        }
        before = w.now - DAY
        right = {
            "lease_from": before.isoformat(),
            "lease_until": (before + lease).isoformat(),
            "next_step_at": (before + 7 * DAY).isoformat(),
            "pushed_at": wrong.isoformat(),
        }
        for key, data, since in (("a", ahead, wrong), ("b", right, before)):
            plans = (since + 7 * DAY, since + lease)
            await w.store.save_subscription(leased[key], key, *plans, data)
        await ticked(w, wrong)
        await w.store.mend_clock(w.now, DAY)

        found = await w.store.subscription(leased["a"])
        assert found["lease_from"] == w.now.isoformat()
        assert found["lease_until"] == (w.now + lease).isoformat()
        assert found["next_step_at"] == (w.now + 7 * DAY).isoformat()
        assert found["hub"] == "https://hub.example/"
        assert (await w.store.stored(leased["a"])).state.push_until == w.now + lease
        assert await w.store.subscriptions_due(w.now + 7 * DAY - w.minute) != []
        # one that was given before keeps its time, and its last push is not still to come
        found = await w.store.subscription(leased["b"])
        assert found == {**right, "pushed_at": w.now.isoformat()}
        assert (await w.store.stored(leased["b"])).state.push_until == before + lease
        assert await w.store.mend_clock(w.now, DAY) == 0
        assert await w.store.subscription(leased["b"]) == found

    play(scenario)


def test_hubs_are_told_and_hands_obeyed_as_before(play):
    async def scenario(w):
        await w.configure(w.source("a"))
        (stored,) = await w.lease()
        report = await w.read(stored.id, w.entry("1"))
        wrong = w.now + 3 * DAY
        await w.store.ask_pings([("https://hub.example/", "https://x.example/")], wrong)
        (ping,) = await w.store.due_pings(wrong, 5)
        await w.store.note_ping(ping, wrong, wrong + 5 * w.minute, 500, "no")
        order = Hand(
            0, "i", report.new_ids[0], "hide", "", "", wrong, "anna", "", until=wrong + DAY
        )
        await w.store.lay_hand(order)
        assert await w.store.refresh_hands(wrong)
        await ticked(w, wrong)
        await w.store.mend_clock(w.now, DAY)

        assert await w.store.due_pings(w.now, 5) == []
        (ping,) = await w.store.due_pings(w.now + 5 * w.minute, 5)
        assert (ping.asked_at, ping.tried_at) == (w.now, w.now)
        (hand,) = await w.store.hands(w.now)
        assert (hand.at, hand.until) == (w.now, w.now + DAY)
        assert await w.store.hands_changed_at() == w.now
        # what hides the item was dated ahead too
        with closing(sqlite3.connect(w.store.path)) as conn:
            assert conn.execute("SELECT at FROM overrides").fetchall() == [
                (int(w.now.timestamp()),)
            ]

    play(scenario)


def test_clicks_are_counted_in_whole_hours(play):
    async def scenario(w):
        await w.configure(w.source("a"))
        wrong = w.now + timedelta(hours=50, minutes=20)
        hour = timedelta(hours=1)
        counts = {(7, w.now + n * hour): 2 for n in range(49, 52)}
        await w.store.add_clicks({**counts, (7, w.now): 5})
        await ticked(w, wrong)
        await w.store.mend_clock(w.now, DAY)
        with closing(sqlite3.connect(w.store.path)) as conn:
            rows = conn.execute("SELECT hour, count FROM clicks ORDER BY hour").fetchall()
        t = int(w.now.timestamp())
        # of the hours from 49 on; the last had begun 40 minutes after the clock's own time
        assert rows == [(t - 7200, 2), (t - 3600, 2), (t, 7)]

    play(scenario)
