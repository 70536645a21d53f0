"""Asking hubs has manners too: spaced, one beside the other, and those that are dead left alone."""

import asyncio
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

import feedhub.push
from feedhub.fetch import websub
from feedhub.fetch.hubs import Quiet, ask_hub
from feedhub.fetch.websub import Offer, Step
from feedhub.model import Config, Hub, Source
from feedhub.net import HttpResponse
from feedhub.pipeline import sync
from feedhub.push import Push
from feedhub.store import SqliteStore

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


class Clock:
    """Time that passes only in waiting."""

    def __init__(self):
        self.seconds = 0.0

    def time(self):
        return self.seconds

    async def sleep(self, seconds):
        self.seconds += seconds
        await asyncio.sleep(0)


def run(path, monkeypatch, hubs, answer):
    """One step with a subscription at each of ``hubs``; who was asked when, and what is kept."""
    urls = [f"https://paper{n}.example/" for n in range(len(hubs))]
    config = Config(
        hub=Hub(base_url="https://mine.example"),
        sources=tuple(Source(key=u, url=u) for u in urls),
        lists=(),
    )
    clock, asked = Clock(), []

    async def ask(client, subscription, step, base_url, now, **_):
        asked.append((subscription.hub, clock.time()))
        return await answer(subscription.hub)

    monkeypatch.setattr(feedhub.push, "ask_hub", ask)

    async def main():
        store = SqliteStore(path / "hub.db")
        await store.open()
        await sync(store, config)
        push = Push(SimpleNamespace(store=store, config=config, clock=lambda: NOW), None, clock)
        for number, hub in enumerate(hubs, 1):
            await push._save(websub.begin(number, Offer(hub, urls[number - 1]), NOW))
        await push.step()
        kept = [await push._of_source(number) for number in range(1, len(hubs) + 1)]
        left = await store.subscriptions_due(NOW)
        await store.close()
        return kept, left

    kept, left = asyncio.run(main())
    return asked, kept, left


def test_one_hub_is_asked_once_a_second(tmp_path, monkeypatch):
    async def good(hub):
        return None

    asked, _, left = run(tmp_path, monkeypatch, ["https://hub.example/"] * 3, good)
    assert sorted(at for _, at in asked) == [0, 1, 2]
    assert left == []


def test_a_dead_hub_holds_up_no_other_and_is_asked_once(tmp_path, monkeypatch):
    alive = asyncio.Event()

    async def answer(hub):
        if "dead" in hub:
            await asyncio.wait_for(alive.wait(), 30)
            return Quiet("hub not reached: timeout")
        alive.set()
        return None

    hubs = ["https://dead.example/a"] * 4 + ["https://alive.example/"]
    asked, kept, left = run(tmp_path, monkeypatch, hubs, answer)
    assert sorted(hub for hub, _ in asked) == ["https://alive.example/", "https://dead.example/a"]
    assert [one.failures for one in kept] == [1, 1, 1, 1, 0]
    assert all(one.next_step_at >= NOW + timedelta(minutes=10) for one in kept)
    assert left == []


def test_a_hub_that_asks_for_quiet_has_it_for_all(tmp_path, monkeypatch):
    async def answer(hub):
        return Quiet.throttled("hub answered 429", {"retry-after": "7200"}, NOW)

    hubs = ["https://hub.example/a"] * 3
    asked, kept, left = run(tmp_path, monkeypatch, hubs, answer)
    assert len(asked) == 1
    # the others' wish is counted from when their turn came, a second of another clock later
    assert all(one.next_step_at >= NOW + timedelta(minutes=119) for one in kept)
    assert left == []


@pytest.mark.parametrize("status", [429, 503])
def test_what_it_asks_for_is_read(status):
    class Client:
        async def post(self, request):
            later = {"retry-after": "Mon, 02 Mar 2026 09:00:00 GMT"}
            return HttpResponse(request.url, status, later, b"", 0)

    there = websub.begin(1, Offer("https://hub.example/", "https://paper.example/"), NOW)
    note = asyncio.run(ask_hub(Client(), there, Step.SUBSCRIBE, "https://x.example", NOW))
    assert isinstance(note, Quiet)
    assert note.asked == timedelta(hours=1)
