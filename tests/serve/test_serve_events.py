"""Server-sent events: what is told, to whom, and that listeners delay nobody."""

import asyncio
import json
import time

import pytest

from feedhub.serve.events import Announcer


class Listener:
    """A connection without a network: what was sent to it, and a way to hang up."""

    def __init__(self, slow=False):
        self.sent = []
        self.status = None
        self._gone = asyncio.Event()
        self._slow = slow

    async def receive(self):
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message):
        if message["type"] == "http.response.start":
            self.status = message["status"]
            return
        self.sent.append(message["body"])
        if self._slow:
            await asyncio.Event().wait()

    def hang_up(self):
        self._gone.set()

    @property
    def told(self):
        lines = b"".join(self.sent).decode().splitlines()
        return [json.loads(line[6:]) for line in lines if line.startswith("data: ")]


async def settle():
    for _ in range(20):
        await asyncio.sleep(0)


def listen(events, listener):
    return asyncio.ensure_future(events.listen({}, listener.receive, listener.send))


def test_a_listener_hears_what_stands_now_and_every_change_after():
    async def run():
        events, one = Announcer(), Listener()
        events.announce({"senaste": ["i1"]})
        task = listen(events, one)
        await settle()
        events.announce({"senaste": ["i1"]})  # nothing has changed
        await settle()
        events.announce({"senaste": ["i2", "i1"]})
        await settle()
        assert one.told == [{"senaste": ["i1"]}, {"senaste": ["i2", "i1"]}]
        one.hang_up()
        await asyncio.wait_for(task, 1)
        assert events.listeners == 0

    asyncio.run(run())


def test_a_slow_listener_misses_what_was_between_and_holds_nothing_back():
    async def run():
        events, slow, quick = Announcer(), Listener(slow=True), Listener()
        tasks = [listen(events, slow), listen(events, quick)]
        await settle()
        for number in range(50):
            events.announce({"senaste": [f"i{number}"]})
            await settle()
        assert len(quick.told) == 50
        assert len(slow.sent) == 1
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert events.listeners == 0

    asyncio.run(run())


def test_more_than_there_is_room_for_are_asked_to_come_back():
    async def run():
        events = Announcer(limit=1)
        first, second = Listener(), Listener()
        task = listen(events, first)
        await settle()
        await listen(events, second)
        assert (first.status, second.status) == (200, 503)
        events.close()
        await asyncio.wait_for(task, 1)

    asyncio.run(run())


def test_listeners_over_http_hear_a_change_and_delay_no_reader(site, serve, fetch, make):
    base = serve(site)
    host, port = base.removeprefix("http://").split(":")

    async def run():
        async def one():
            reader, writer = await asyncio.open_connection(host, int(port))
            writer.write(b"GET /api/v1/events HTTP/1.1\r\nHost: a\r\n\r\n")
            await reader.readuntil(b"event: lists\ndata: ")
            first = await reader.readuntil(b"\n\n")
            return reader, writer, first

        listeners = [await one() for _ in range(200)]
        assert set(json.loads(listeners[0][2])) == {"senaste", "popular"}
        latest, popular = make.pair()
        fewer = make.listing(*latest.entries[:1])
        site.publish(site.pages, listings=[fewer, popular])
        before = time.perf_counter()
        answer = await asyncio.to_thread(fetch, base, "/senaste.atom")
        waited = time.perf_counter() - before
        for reader, writer, _ in listeners:
            await reader.readuntil(b"event: lists\ndata: ")
            told = json.loads(await reader.readuntil(b"\n\n"))
            assert told["senaste"] == ["i1"]
            writer.close()
        return answer.status, waited

    status, waited = asyncio.run(run())
    assert status == 200
    assert waited < 2.0


def test_the_address_takes_no_other_method(site, serve, fetch):
    assert fetch(serve(site), "/api/v1/events", "POST").status == 405


@pytest.mark.parametrize("private", [True, False])
def test_private_lists_are_not_told_of(make, private):
    from feedhub.model import Access
    from feedhub.serve import Site

    access = Access("a" * 16) if private else None
    latest = make.listing(make.placed(make.item()), access=access)
    site = Site(make.ctx(), clock=lambda: make.now)
    one = Listener()

    async def run():
        site.publish({}, listings=[latest])
        task = listen(site.events, one)
        await settle()
        site.close()
        await asyncio.wait_for(task, 1)

    asyncio.run(run())
    assert one.told == [{} if private else {"senaste": ["i1"]}]
