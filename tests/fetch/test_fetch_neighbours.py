"""Two processes on one database: a host is asked by both as it would be by one."""

import asyncio
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from feedhub.fetch import Fetcher, HostGate, audit
from feedhub.fetch.clock import to_the_point
from feedhub.fetch.gate import Paused
from feedhub.hub import open_hub
from feedhub.model import (
    Config,
    FetchCommit,
    Fetched,
    FetchLogRow,
    FetchState,
    Hub,
    Outcome,
    OutcomeKind,
    Source,
)
from feedhub.neighbours import Neighbours
from feedhub.pipeline import sync
from feedhub.store import SqliteStore

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
CONFIG = Config(hub=Hub(), sources=(Source(key="a", url="https://a.example/"),), lists=())


class Clock:
    """Time that passes only in waiting, for all who wait at once; none while a store works."""

    def __init__(self):
        self.seconds = 0.0
        self.working = 0

    def time(self):
        return self.seconds

    def now(self):
        return START + timedelta(seconds=int(self.seconds))

    async def sleep(self, seconds):
        end = self.seconds + seconds
        while self.seconds < end:
            self.seconds += 0 if self.working else 0.01
            await asyncio.sleep(0)

    @contextmanager
    def stopped(self):
        self.working += 1
        try:
            yield
        finally:
            self.working -= 1


class Store(SqliteStore):
    """One whose work takes no time of the clock's."""

    def __init__(self, path, clock):
        super().__init__(path)
        self.clock = clock

    async def take_lease(self, *args):
        with self.clock.stopped():
            return await super().take_lease(*args)

    async def any_lease(self, *args, **options):
        with self.clock.stopped():
            return await super().any_lease(*args, **options)

    async def paused(self):
        with self.clock.stopped():
            return await super().paused()


@asynccontextmanager
async def process(path, clock, learn=lambda paused, now: None):
    """What one process has: its store and its gate."""
    store = Store(path / "hub.db", clock)
    with clock.stopped():
        await store.open()
        await sync(store, CONFIG)
    gate = HostGate(clock)
    gate.others = Neighbours(store, path / "hub.db", clock.now, learn, clock)
    try:
        yield store, gate
    finally:
        with clock.stopped():
            await store.close()


async def visit(gate, clock, starts, times, group="a.example"):
    for _ in range(times):
        async with gate.turn(group):
            starts.append(clock.time())


def gaps(starts):
    return [later - earlier for earlier, later in pairwise(sorted(starts))]


def test_one_alone_leases_nothing(tmp_path):
    async def main():
        clock, starts = Clock(), []
        async with process(tmp_path, clock) as (store, gate):
            await visit(gate, clock, starts, 4)
            assert not await store.any_lease("", clock.now(), but="")
        assert max(gaps(starts)) < 1.1

    asyncio.run(main())


def test_two_take_turns_from_the_first_to_the_last(tmp_path):
    async def main():
        clock, starts = Clock(), []
        async with process(tmp_path, clock) as (_, gate):
            ours = asyncio.create_task(visit(gate, clock, starts, 12))
            await clock.sleep(2.5)  # alone for a while
            theirs = []
            async with process(tmp_path, clock) as (_, other):
                await visit(other, clock, theirs, 4)
            await ours  # and again
        assert len(starts) == 12
        between = [at for at in starts if theirs[0] < at < theirs[-1]]
        assert len(between) >= 2  # none has it all
        assert min(gaps([*starts, *theirs])) >= 0.99
        assert max(gaps(starts)[-2:]) < 1.1

    asyncio.run(main())


def test_who_is_alone_again_soon_pays_nothing_however_busy(tmp_path):
    async def main():
        clock, starts = Clock(), {name: [] for name in "abcd"}
        async with process(tmp_path, clock) as (_, gate):
            async with process(tmp_path, clock):
                visits = [visit(gate, clock, at, 8, name) for name, at in starts.items()]
                ours = asyncio.gather(*visits)
                await clock.sleep(6)
            await ours
        assert all(max(gaps(at)[-3:]) < 1.1 for at in starts.values())

    asyncio.run(main())


def test_other_hosts_do_not_wait_for_it(tmp_path):
    async def main():
        clock, starts = Clock(), []
        async with process(tmp_path, clock) as (_, one), process(tmp_path, clock) as (_, two):
            await visit(one, clock, starts, 1, "a.example")
            await visit(two, clock, starts, 1, "b.example")
        assert max(gaps(starts)) < 3

    asyncio.run(main())


def test_what_a_host_asked_the_one_for_the_other_heeds(tmp_path):
    async def main():
        clock = Clock()

        fetcher = Fetcher(None, clock=clock)
        learn, gate = fetcher.resume, fetcher.gate
        async with process(tmp_path, clock) as (store, _), process(tmp_path, clock, learn) as two:
            gate.others = two[1].others
            await visit(gate, clock, [], 1)
            url = "https://a.example/"
            throttled = Fetched(Outcome(OutcomeKind.THROTTLED, status=429), url, clock.now())
            state = FetchState(paused_until=clock.now() + 30 * MINUTE, paused_group="a.example")
            await store.commit_fetch(FetchCommit(1, throttled, state, None), clock.now(), None)
            with pytest.raises(Paused, match=r"quiet for 1[678]"):
                await visit(gate, clock, [], 1)

    asyncio.run(main())


def test_a_wish_binds_from_when_it_was_heard():
    def row(at, **changes):
        values = {"source_key": "a", "group": "a", "at": START + at * SECOND}
        return FetchLogRow(**{**values, "outcome": OutcomeKind.OK, **changes})

    throttled = row(
        0,
        outcome=OutcomeKind.THROTTLED,
        status=429,
        elapsed=10 * SECOND,
        retry_after=5 * MINUTE,
    )
    meanwhile = row(5, source_key="b")  # another process asks while the answer is on its way
    assert audit([throttled, meanwhile]).faults == ()
    assert len(audit([throttled, row(11, source_key="b")]).faults) == 1


def test_requests_are_logged_by_the_true_time(tmp_path, origin, ok):
    """A clock in whole seconds, read anew for each, would have them a second apart, or none."""

    async def main():
        async with origin() as it:
            it.routes["/feed"] = ok(b"<rss version='2.0'><channel/></rss>")
            source = Source(key="a", url=it.url(), allow_private=True)
            before = datetime.now(UTC)

            def whole():
                return datetime.now(UTC).replace(microsecond=0)

            config = replace(CONFIG, sources=(source,))
            async with open_hub(config, tmp_path / "hub.db", whole) as hub:
                await hub.pipeline.run()
                (row,) = await hub.store.fetch_log(before - MINUTE)
                (status,) = await hub.store.statuses()
            assert before <= row.at <= datetime.now(UTC)
            # and what is planned counts from then on
            assert status.stored.state.next_due >= row.at + 5 * MINUTE

    asyncio.run(main())
    assert to_the_point(START) == START  # another's time is not known any better
