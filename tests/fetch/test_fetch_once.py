"""A pass over everything asks each source once, however its first answer moves it."""

import asyncio
from collections import Counter
from datetime import UTC, datetime

from feedhub.model import Config, Fetched, Hub, Outcome, OutcomeKind, Source, Stage
from feedhub.pipeline import Pipeline, sync
from feedhub.store import SqliteStore

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
DEAD = Outcome(OutcomeKind.FAILED, Stage.CONNECT, "connection refused")
WELL = Outcome(OutcomeKind.NOT_MODIFIED, status=304)


class Fetches:
    def __init__(self):
        self.asked = Counter()
        self.outcome = DEAD

    async def fetch(self, stored, now):
        self.asked[stored.source.key] += 1
        return Fetched(self.outcome, stored.source.url, now)


def test_who_fails_or_recovers_within_a_pass_is_not_asked_again_in_it(tmp_path):
    urls = [f"https://paper{n}.example/" for n in range(150)]
    config = Config(hub=Hub(), sources=tuple(Source(key=u, url=u) for u in urls), lists=())

    async def main():
        store = SqliteStore(tmp_path / "hub.db")
        await store.open()
        await sync(store, config)
        try:
            for outcome in (DEAD, DEAD, WELL, DEAD):
                fetches = Fetches()
                fetches.outcome = outcome
                pipeline = Pipeline(config, store, fetches, None, lambda: NOW, in_flight=40)
                await pipeline.run(everything=True)
                assert fetches.asked == dict.fromkeys(urls, 1)
        finally:
            await store.close()

    asyncio.run(main())
