"""A host with thousands of feeds, one of which may be asked a second, keeps no other waiting."""

import asyncio
from datetime import UTC, datetime

import pytest

from feedhub.crowds import CROWD
from feedhub.model import Config, Fetched, Hub, Outcome, OutcomeKind, Source
from feedhub.pipeline import LEASE, Pipeline, sync
from feedhub.store import SqliteStore

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


class Fetches:
    """Those of the great host wait for ``gate``; the others end at once."""

    def __init__(self):
        self.gate = asyncio.Semaphore(0)
        self.done = []
        self.waiting = self.most = 0

    async def fetch(self, stored, now):
        if "great.example" in stored.source.url:
            self.waiting += 1
            self.most = max(self.most, self.waiting)
            await self.gate.acquire()
            self.waiting -= 1
        self.done.append(stored.source.key)
        return Fetched(Outcome(OutcomeKind.NOT_MODIFIED, status=304), stored.source.url, now)


@pytest.fixture
def run(tmp_path):
    """``run(work)``: 200 sources at one host, then five others, on a store of their own."""
    great = [f"https://great.example/{n}" for n in range(200)]
    others = [f"https://other{n}.example/" for n in range(5)]
    sources = tuple(Source(key=url, url=url) for url in great + others)
    config = Config(hub=Hub(), sources=sources, lists=())

    def start(work):
        async def main():
            store = SqliteStore(tmp_path / "hub.db")
            await store.open()
            await sync(store, config)
            fetches = Fetches()
            pipeline = Pipeline(config, store, fetches, None, lambda: NOW, in_flight=60)
            try:
                return await work(pipeline, fetches)
            finally:
                await pipeline.drain(0)
                await store.close()

        return asyncio.run(main())

    return start


async def settle(until):
    for _ in range(2000):
        if until():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it never came to be")


def test_the_others_are_fetched_while_the_crowd_waits(run):
    async def work(pipeline, fetches):
        await pipeline.fill()
        await settle(lambda: len(fetches.done) == 5)
        assert all("other" in key for key in fetches.done)
        assert fetches.most == CROWD

        # its line is filled up again once half of it has gone, and never before
        for _ in range(CROWD // 2):
            fetches.gate.release()
        await settle(lambda: pipeline.busy == CROWD // 2)
        await pipeline.fill()
        await settle(lambda: fetches.waiting == CROWD)

    run(work)


def test_one_pass_still_fetches_everything(run):
    async def work(pipeline, fetches):
        passing = asyncio.create_task(pipeline.run())
        for _ in range(200):
            fetches.gate.release()
        await asyncio.wait_for(passing, 60)
        assert len(fetches.done) == len(set(fetches.done)) == 205

    run(work)


def test_one_pass_does_so_when_the_crowd_goes_while_it_asks_who_is_due(run):
    async def work(pipeline, fetches):
        ask = pipeline.store.lease_due

        async def slowly(*args, doubtful, but, **more):
            leased = await ask(*args, doubtful=doubtful, but=but, **more)
            if but and not leased and not doubtful:
                for _ in range(CROWD):
                    fetches.gate.release()
                await settle(lambda: not pipeline.busy)
            elif not but and len(leased) < 60:
                for _ in range(CROWD):
                    fetches.gate.release()
            return leased

        pipeline.store.lease_due = slowly
        await asyncio.wait_for(pipeline.run(), 60)
        assert len(fetches.done) == len(set(fetches.done)) == 205

    run(work)


def test_so_does_a_pass_by_hand(run):
    async def work(pipeline, fetches):
        for _ in range(200):
            fetches.gate.release()
        await asyncio.wait_for(pipeline.run(everything=True), 60)
        assert len(set(fetches.done)) == 205

    run(work)


def test_what_is_passed_over_is_free_for_another_process(run):
    async def work(pipeline, fetches):
        await pipeline.fill()
        leased = await pipeline.store.lease_due(NOW, "another", length=LEASE, limit=500)
        assert len(leased) == 200 - CROWD

    run(work)


def test_a_pass_by_hand_ends_also_after_a_crowd_was_turned_away(run):
    async def work(pipeline, fetches):
        await pipeline.fill()
        await settle(lambda: fetches.waiting == CROWD)
        for _ in range(200 + CROWD):
            fetches.gate.release()
        await asyncio.wait_for(pipeline.run(everything=True), 60)
        assert len(set(fetches.done)) == 205

    run(work)
