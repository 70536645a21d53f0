"""A pass that could not store what it fetched names every cause, each once."""

import asyncio
from datetime import UTC, datetime

import pytest
from structlog.testing import capture_logs

from feedhub.errors import NotAFeed, StoreError
from feedhub.model import Config, Fetched, Hub, Outcome, OutcomeKind, Source
from feedhub.pipeline import Pipeline, sync
from feedhub.store import SqliteStore

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


class Fetches:
    def __init__(self):
        self.asked = []

    async def fetch(self, stored, now):
        self.asked.append(stored.source.key)
        return Fetched(Outcome(OutcomeKind.NOT_MODIFIED, status=304), stored.source.url, now)


class Failing(SqliteStore):
    """Stores nothing of a source whose key names a cause."""

    full_after = 10**9  # leases

    async def commit_fetch(self, fetch, now, identity):
        match fetch.source_id % 4:
            case 1:
                raise StoreError("hub.db: database or disk is full")
            case 2:
                raise StoreError("hub.db: disk I/O error")
            case 3:
                raise ZeroDivisionError
        return await super().commit_fetch(fetch, now, identity)

    async def lease_due(self, *args, **options):
        self.full_after -= 1
        if self.full_after < 0:
            raise StoreError("hub.db: attempt to write a readonly database")
        return await super().lease_due(*args, **options)


def run(path, work, number=40, in_flight=40):
    urls = [f"https://paper{n}.example/" for n in range(number)]
    config = Config(hub=Hub(), sources=tuple(Source(key=u, url=u) for u in urls), lists=())

    async def main():
        store = Failing(path / "hub.db")
        await store.open()
        await sync(store, config)
        try:
            fetches = Fetches()
            pipeline = Pipeline(config, store, fetches, None, lambda: NOW, in_flight=in_flight)
            with capture_logs() as lines:
                await work(pipeline, store)
            return fetches, [line for line in lines if "stored" in line["event"]]
        finally:
            await store.close()

    return asyncio.run(main())


def test_every_cause_has_its_line(tmp_path):
    async def work(pipeline, store):
        with pytest.raises(StoreError, match="disk is full"):
            await pipeline.run(everything=True)

    fetches, lines = run(tmp_path, work)
    assert len(fetches.asked) == 40
    told = {line["error"]: line["sources"] for line in lines}
    assert told == {
        "hub.db: disk I/O error": 10,
        "ZeroDivisionError()": 10,
    }  # and disk full, raised


def test_a_running_hub_says_each_cause_once(tmp_path):
    async def work(pipeline, store):
        pipeline._run = pipeline.process  # no success that would make it say it again
        await pipeline.fill()
        while pipeline.busy:  # noqa: ASYNC110 - what ends is not told
            await asyncio.sleep(0.005)

    _, lines = run(tmp_path, work)
    assert len(lines) == 3


def test_where_nothing_can_be_leased_nobody_is_asked_and_all_have_their_end(tmp_path):
    async def work(pipeline, store):
        store.full_after = 2
        with pytest.raises(StoreError, match=r"full|readonly"):
            await pipeline.run()
        assert pipeline.busy == 0

    fetches, lines = run(tmp_path, work, number=200)
    assert len(fetches.asked) < 200
    assert any("readonly" in line["error"] for line in lines)


def test_a_page_that_names_hundreds_of_feeds_is_not_quoted_in_full(tmp_path):
    feeds = tuple(f"https://paper.example/{n}" for n in range(500))

    class Page:
        async def parse(self, document, rules=None):
            raise NotAFeed("a web page", feeds)

    class Pages(Fetches):
        async def fetch(self, stored, now):
            return Fetched(Outcome(OutcomeKind.OK, status=200), stored.source.url, now, body=b"x")

    url = "https://paper.example/"
    config = Config(hub=Hub(), sources=(Source(key=url, url=url),), lists=())

    async def main():
        store = SqliteStore(tmp_path / "hub.db")
        await store.open()
        await sync(store, config)
        done = []
        pipeline = Pipeline(config, store, Pages(), Page(), lambda: NOW, on_done=done.append)
        await pipeline.run()
        await store.close()
        return done

    (done,) = asyncio.run(main())
    assert done.outcome.kind is OutcomeKind.NOT_A_FEED
    assert done.outcome.reason.endswith("https://paper.example/4 and 495 more")
    assert done.feeds == feeds
