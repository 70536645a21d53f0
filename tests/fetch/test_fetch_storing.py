"""What a fetch has changed waits to be stored with others' only while others are on their way."""

import asyncio
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

from feedhub.daemon import Daemon
from feedhub.errors import StoreError
from feedhub.intake import FEW
from feedhub.model import Config, Fetched, Hub, Outcome, OutcomeKind, Source
from feedhub.pipeline import Pipeline, sync
from feedhub.store import SqliteStore

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
SOURCES = 40


class Fetches:
    async def fetch(self, stored, now):
        return Fetched(Outcome(OutcomeKind.NOT_MODIFIED, status=304), stored.source.url, now)


class Watched(SqliteStore):
    """Stores nothing before all have come, but for those that will not wait."""

    def __init__(self, path):
        super().__init__(path)
        self.patient = []
        self.all_here = asyncio.Event()

    async def commit_fetch(self, fetch, now, identity, *, patient=False):
        self.patient.append(patient)
        if len(self.patient) == SOURCES:
            self.all_here.set()
        if patient:
            await self.all_here.wait()
        return await super().commit_fetch(fetch, now, identity, patient=patient)


class Full(SqliteStore):
    """A lease still fits on the disk, what was fetched does not."""

    full = True

    async def commit_fetch(self, fetch, now, identity, *, patient=False):
        if self.full:
            raise StoreError("hub.db: the disk is full")
        return await super().commit_fetch(fetch, now, identity, patient=patient)


def test_that_nothing_can_be_stored_is_told_until_something_can(tmp_path):
    config = Config(hub=Hub(), sources=(Source("a", "https://a.example/"),), lists=())
    times = [NOW]

    async def main():
        store = Full(tmp_path / "hub.db")
        await store.open()
        await sync(store, config)
        try:
            pipeline = Pipeline(config, store, Fetches(), None, lambda: times[-1])
            hub = SimpleNamespace(
                config=config, store=store, client=None, clock=lambda: NOW, pipeline=pipeline
            )
            daemon = Daemon(hub, None, None)
            for store.full in (True, True, False):
                times.append(times[-1] + timedelta(days=1))
                await pipeline.fill()
                await pipeline.drain(60)
                pipeline._stopping = False
                found = daemon.health()
                said.append((found.get("status"), found.get("errors")))
        finally:
            await store.close()

    said = []
    asyncio.run(main())
    full = ("failing", {"storing": "hub.db: the disk is full"})
    assert said == [full, full, (None, None)]


class Moving(SqliteStore):
    """feeds.yaml gives the source another address while it is asked, and the beat comes again
    before the fetch has ended that is stored already."""

    moved = pipeline = None

    async def commit_fetch(self, fetch, now, identity, *, patient=False):
        if (config := self.moved) is not None:
            self.moved = None
            await sync(self, config)
            self.pipeline.config = config
        report = await super().commit_fetch(fetch, now, identity, patient=patient)
        await self.pipeline.fill()
        return report


def test_a_source_that_is_due_at_once_is_asked_at_once(tmp_path):
    old, new = (
        Config(hub=Hub(), sources=(Source("a", f"https://{host}.example/"),), lists=())
        for host in ("old", "new")
    )
    asked = []

    class Asking(Fetches):
        async def fetch(self, stored, now):
            asked.append(stored.source.url)
            return await super().fetch(stored, now)

    async def main():
        store = Moving(tmp_path / "hub.db")
        await store.open()
        await sync(store, old)
        try:
            store.moved = new
            store.pipeline = Pipeline(old, store, Asking(), None, lambda: NOW)
            for _ in range(2):
                await store.pipeline.fill()
                while tasks := list(store.pipeline._tasks):
                    await asyncio.wait(tasks)
        finally:
            await store.close()

    asyncio.run(main())
    assert asked == ["https://old.example/", "https://new.example/"]


def test_the_last_of_a_pass_wait_for_nobody(tmp_path):
    urls = [f"https://paper{n}.example/" for n in range(SOURCES)]
    config = Config(hub=Hub(), sources=tuple(Source(key=u, url=u) for u in urls), lists=())

    async def main():
        store = Watched(tmp_path / "hub.db")
        await store.open()
        await sync(store, config)
        try:
            pipeline = Pipeline(config, store, Fetches(), None, lambda: NOW, in_flight=SOURCES)
            async with asyncio.timeout(60):
                await pipeline.run(everything=True)
            return store.patient
        finally:
            await store.close()

    patient = asyncio.run(main())
    assert len(patient) == SOURCES
    assert patient == [True] * patient.count(True) + [False] * patient.count(False)
    assert patient.count(False) >= FEW
