"""What a fetch has changed waits to be stored with others' only while others are on their way."""

import asyncio
from datetime import UTC, datetime

from feedhub.model import Config, Fetched, Hub, Outcome, OutcomeKind, Source
from feedhub.pipeline import FEW, Pipeline, sync
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
