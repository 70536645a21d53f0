"""A hub that speaks, or another process that asks, while a push or a turn is awaited."""

from __future__ import annotations

import asyncio
import hmac
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from unittest.mock import AsyncMock

import pytest

from feedhub import push
from feedhub.fetch import websub
from feedhub.fetch.websub import Offer, Status
from feedhub.model import Config, Fetched, Hub, Outcome, OutcomeKind, Source
from feedhub.parse import parse_document
from feedhub.pipeline import Pipeline, sync
from feedhub.store import SqliteStore

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
TOPIC = "https://a.example/feed"
CONFIG = Config(
    hub=Hub(base_url="https://mine.example"), sources=(Source(key="a", url=TOPIC),), lists=()
)


@pytest.fixture
def play(tmp_path):
    def run(scenario):
        async def main():
            store = SqliteStore(tmp_path / "hub.db")
            await store.open()
            try:
                await sync(store, CONFIG)
                hub = SimpleNamespace(store=store, clock=lambda: NOW, config=CONFIG)
                await scenario(hub)
            finally:
                await store.close()

        asyncio.run(main())

    return run


async def begun(subscriptions, **lease):
    source_id = 1
    asked = websub.asked(websub.begin(source_id, Offer("https://hub.example/", TOPIC), NOW), NOW)
    await subscriptions._save(asked)
    await verified(subscriptions, asked.token, **lease)
    return await subscriptions._by_token(asked.token)


async def verified(subscriptions, token, seconds=600):
    query = {"hub.mode": "subscribe", "hub.topic": TOPIC, "hub.challenge": "c",
             "hub.lease_seconds": str(seconds)}  # fmt: skip
    assert (await subscriptions.verify(token, query)).status == 200


def signed(subscription, body):
    digest = hmac.new(subscription.secret.encode(), body, "sha256").hexdigest()
    return {"x-hub-signature": f"sha256={digest}"}


def test_a_lease_that_is_renewed_while_a_push_is_read_stays_renewed(play):
    async def scenario(hub):
        mine = push.Push(hub, None)
        first = await begun(mine)

        async def process_push(stored, fetched):
            await mine._save(websub.asked(await mine._by_token(first.token), NOW))
            await verified(mine, first.token, seconds=864000)

        hub.pipeline = SimpleNamespace(process_push=process_push)
        assert (await mine.receive(first.token, signed(first, b"x"), b"x")).status == 202
        after = await mine._by_token(first.token)
        assert (after.lease_until, after.pushed_at) == (NOW + timedelta(days=10), NOW)
        assert len(after.seen) == 1

    play(scenario)


def test_a_subscription_that_took_its_place_while_a_push_is_read_keeps_it(play):
    async def scenario(hub):
        mine = push.Push(hub, None)
        first = await begun(mine)
        other = websub.begin(1, Offer("https://new.example/", TOPIC), NOW)

        async def process_push(stored, fetched):
            await mine._save(other)

        hub.pipeline = SimpleNamespace(process_push=process_push)
        assert (await mine.receive(first.token, signed(first, b"x"), b"x")).status == 202
        assert not await mine.known(first.token)
        assert await mine._by_token(other.token) == other

    play(scenario)


def test_what_another_process_has_asked_meanwhile_is_not_asked_again(play, monkeypatch):
    async def scenario(hub):
        mine, other = push.Push(hub, None), push.Push(hub, None)
        await mine._save(websub.begin(1, Offer("https://hub.example/", TOPIC), NOW))
        asked = []

        async def ask_hub(client, subscription, step, *_, **__):
            asked.append(step)

        monkeypatch.setattr(push, "ask_hub", ask_hub)
        (row,) = await hub.store.subscriptions_due(NOW)
        due = push._subscription(row)
        await other._step(due, NOW)
        await mine._step(due, NOW)
        assert asked == [websub.Step.SUBSCRIBE]

    play(scenario)


def test_a_hub_that_never_confirms_an_end_is_left_alone_after_the_lease(play, monkeypatch):
    async def scenario(hub):
        mine = push.Push(hub, None)
        first = await begun(mine)
        await mine._save(websub.asked(websub.end(first, NOW), NOW))
        asked = []

        async def ask_hub(client, subscription, step, *_, **__):
            asked.append(step)

        monkeypatch.setattr(push, "ask_hub", ask_hub)
        hub.clock = lambda: NOW + timedelta(hours=2)
        await mine.step()
        assert asked == []
        assert (await mine._by_token(first.token)).status is Status.ENDED

    play(scenario)


def test_a_push_that_is_no_feed_is_told_as_the_hubs(play):
    async def scenario(hub):
        mine = push.Push(hub, None)
        await read(hub, WHOLE)
        first = await begun(mine)
        page = b"<!doctype html><title>Hub</title>"
        hub.pipeline = Pipeline(hub.config, hub.store, None, Parses(), hub.clock)
        assert (await mine.receive(first.token, signed(first, page), page)).status == 202
        (status,) = await hub.store.statuses()
        assert status.outcome.reason.startswith("pushed by its hub: a web page")
        assert (status.stored.state.errors, status.stored.state.etag, status.items) == (0, '"1"', 3)

    play(scenario)


def test_who_said_that_it_is_gone_is_not_subscribed_to_again(play, monkeypatch):
    async def scenario(hub):
        mine = push.Push(hub, None)
        first = await begun(mine)
        hub.clock = lambda: first.next_step_at
        asked = []

        async def ask_hub(client, subscription, step, *_, **__):
            asked.append(step)

        monkeypatch.setattr(push, "ask_hub", ask_hub)
        stored = await hub.store.stored(1)
        gone = replace(stored, state=replace(stored.state, gone_at=NOW))
        hub.store.stored = AsyncMock(return_value=gone)
        await mine.step()
        assert asked == [websub.Step.UNSUBSCRIBE]

    play(scenario)


def test_once_no_hub_can_call_back_none_is_asked_to(play, monkeypatch):
    async def scenario(hub):
        mine = push.Push(hub, None)
        first = await begun(mine)
        monkeypatch.setattr(push, "ask_hub", AsyncMock(side_effect=AssertionError))
        hub.clock = lambda: first.next_step_at
        hub.config = replace(CONFIG, hub=Hub(base_url="http://192.168.1.2:8000"))
        await mine.step()
        after = await mine._by_token(first.token)
        assert (after.status, after.next_step_at) == (Status.ENDED, None)
        assert "base_url" in after.note
        # and polling has its usual pace
        assert (await hub.store.stored(1)).state.push_until is None

    play(scenario)


def test_nor_is_one_waited_for_until_its_lease_would_be_renewed(play, monkeypatch):
    """For days a source would be asked four times a day only, while no push can come."""

    async def scenario(hub):
        clock = SimpleNamespace(time=lambda: 0.0, sleep=AsyncMock())  # of the hub's turns
        mine = push.Push(hub, None, clock)
        monkeypatch.setattr(push, "ask_hub", AsyncMock(return_value=None))
        await mine.after(await read(hub, WHOLE))
        await mine.step()
        await verified(mine, (await mine._of_source(1)).token, seconds=864000)
        assert (await hub.store.stored(1)).state.push_until is not None
        hub.config = replace(CONFIG, hub=Hub(base_url="http://192.168.1.2:8000"))
        await mine.after(await read(hub, WHOLE))
        assert (await mine._of_source(1)).status is Status.ENDED
        assert (await hub.store.stored(1)).state.push_until is None

    play(scenario)


def test_a_hub_that_calls_where_we_were_before_is_told_where_we_are(play, monkeypatch):
    async def scenario(hub):
        clock = SimpleNamespace(time=lambda: 0.0, sleep=AsyncMock())  # of the hub's turns
        mine, told = push.Push(hub, None, clock), []

        async def ask_hub(client, subscription, step, base_url, *_, **__):
            told.append((step, base_url))

        monkeypatch.setattr(push, "ask_hub", ask_hub)
        await mine.after(await read(hub, WHOLE))
        await mine.step()
        subscription = await mine._of_source(1)
        await verified(mine, subscription.token)
        await mine.after(await read(hub, WHOLE))
        assert (await mine._of_source(1)).token == subscription.token  # nothing has changed
        hub.config = replace(CONFIG, hub=Hub(base_url="https://moved.example"))
        await mine.after(await read(hub, WHOLE))
        await mine.step()
        assert (await mine._of_source(1)).token != subscription.token
        assert told == [
            (websub.Step.SUBSCRIBE, "https://mine.example"),
            (websub.Step.UNSUBSCRIBE, "https://mine.example"),
            (websub.Step.SUBSCRIBE, "https://moved.example"),
        ]

    play(scenario)


ITEMS = "".join(f"<item><title>Nyhet {n}</title><guid>{n}</guid></item>" for n in range(3))
START = f"<?xml version='1.0'?><rss version='2.0'><channel><title>A</title>{ITEMS}"
HUB_LINK = '<a:link xmlns:a="http://www.w3.org/2005/Atom" rel="hub" href="https://hub.example/"/>'
WHOLE, CUT, WITHOUT = f"{START}{HUB_LINK}</channel></rss>", START[:-20], f"{START}</channel></rss>"


class Parses:
    async def parse(self, document, rules=None):
        return parse_document(document, rules)


async def read(hub, text):
    """A pass that is given this document, with validators; how the fetch ended."""

    class Fetches:
        async def fetch(self, stored, now):
            outcome = Outcome(OutcomeKind.OK, status=200)
            body = text.encode()
            return Fetched(outcome, TOPIC, now, body=body, body_hash=body[:9], etag='"1"')

    found = []
    pipeline = Pipeline(hub.config, hub.store, Fetches(), Parses(), hub.clock, on_done=found.append)
    await pipeline.run(everything=True)
    (done,) = found
    return done


def test_a_document_cut_off_before_its_hub_does_not_end_the_subscription(play):
    async def scenario(hub):
        subscriptions = push.Push(hub, None)
        kept = await begun(subscriptions)
        assert (await read(hub, WHOLE)).offer == Offer("https://hub.example/", TOPIC)
        for text, status in ((CUT, Status.ACTIVE), (WITHOUT, Status.ENDING)):
            await subscriptions.after(await read(hub, text))
            assert (await subscriptions._by_token(kept.token)).status is status

    play(scenario)


def test_what_a_document_that_was_cut_off_lacks_is_not_gone_and_is_asked_for_again(play):
    async def scenario(hub):
        seen = []
        for text in (WHOLE, CUT, WHOLE, CUT, CUT):
            done = await read(hub, text)
            (status,) = await hub.store.statuses()
            state = status.stored.state
            seen.append((done.report.gone, len(await hub.store.hashes(1)), state.etag))
        # a server that never sends the end is believed the second time
        assert seen == [(0, 3, '"1"'), (0, 3, None), (0, 3, '"1"'), (0, 3, None), (1, 2, '"1"')]

    play(scenario)
