"""Telling hubs: a strict one over loopback, retries, a log; and what feeds say of hubs."""

import asyncio
from datetime import timedelta
from urllib.parse import parse_qs

import pytest

from feedhub.model import Ping
from feedhub.net import HttpClient
from feedhub.serve.websub import RETRIES, Pinger, next_try


class Log:
    """The store's pings, as the pinger sees them."""

    def __init__(self):
        self.rows = {}

    async def ask_pings(self, pairs, now):
        for pair in pairs:
            self.rows.setdefault(pair, Ping(len(self.rows), *pair, now, next_at=now))

    async def due_pings(self, now, limit):
        due = [one for one in self.rows.values() if one.next_at and one.next_at <= now]
        return due[:limit]

    async def note_ping(self, ping, now, next_at, status, reason):
        import dataclasses

        self.rows[ping.hub, ping.topic] = dataclasses.replace(
            ping, attempts=ping.attempts + 1, next_at=next_at, status=status, reason=reason
        )


class Hub:
    """A hub that takes a ping only when every letter of it is as WebSub says."""

    def __init__(self, status=204):
        self.status = status
        self.topics = []
        self.faults = []

    async def serve(self, reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        request, *lines = head.split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines if line)
        body = await reader.readexactly(int(headers["content-length"]))
        form = parse_qs(body.decode("ascii"), strict_parsing=True)
        expected = "application/x-www-form-urlencoded"
        for fault, wrong in {
            "method": not request.startswith("POST /hubb HTTP/1.1"),
            "type": headers.get("content-type") != expected,
            "mode": form.get("hub.mode") != ["publish"],
            "url": len(form.get("hub.url", ())) != 1,
            "agent": not headers.get("user-agent", "").startswith("feedhub"),
            "cookie": "cookie" in headers,
        }.items():
            if wrong:
                self.faults.append(fault)
        self.topics += form.get("hub.url", ())
        answer = f"HTTP/1.1 {self.status} x\r\nContent-Length: 4\r\nConnection: close\r\n\r\nnej!"
        if self.status == 204:
            answer = "HTTP/1.1 204 x\r\nConnection: close\r\n\r\n"
        writer.write(answer.encode())
        await writer.drain()
        writer.close()


@pytest.fixture
def told(make):
    """Tell a hub of both lists and give what came of it: (hub, log)."""

    def tell(hub, minutes=(0,)):
        async def run():
            server = await asyncio.start_server(hub.serve, "127.0.0.1", 0)
            port = server.sockets[0].getsockname()[1]
            ctx = make.ctx(websub_hubs=(f"http://127.0.0.1:{port}/hubb",))
            log = Log()
            async with HttpClient() as client:
                pinger = Pinger(log, client)
                await pinger.changed(["senaste", "popular", "okänd"], ctx, make.now)
                for minute in minutes:
                    await pinger.beat(make.now + timedelta(minutes=minute))
            server.close()
            await server.wait_closed()
            return log

        return asyncio.run(run())

    return tell


def test_a_strict_hub_takes_every_ping(told):
    hub = Hub()
    log = told(hub)
    assert hub.faults == []
    names = ("senaste", "popular", "popular.new")
    endings = ("atom", "rss", "json")
    assert sorted(hub.topics) == sorted(
        f"http://hub.example/{name}.{ending}" for name in names for ending in endings
    )
    assert {(one.status, one.next_at, one.reason) for one in log.rows.values()} == {(204, None, "")}


def test_a_hub_in_trouble_is_asked_again_later_and_its_reason_kept(told, make):
    hub = Hub(status=503)
    log = told(hub, minutes=(0, 0.5, 1))
    assert len(hub.topics) == 18  # the half minute is too soon
    for one in log.rows.values():
        assert (one.attempts, one.status, one.reason) == (2, 503, "nej!")
        assert one.next_at == make.now + timedelta(minutes=6)


def test_a_hub_that_is_away_is_given_up_in_the_end(make):
    now = make.now
    waits = [next_try(number, now) - now for number in range(1, len(RETRIES) + 1)]
    assert waits == sorted(waits)
    assert next_try(len(RETRIES) + 1, now) is None


def test_nobody_there_is_logged_and_hurts_nothing(make):
    async def run():
        ctx = make.ctx(websub_hubs=("http://127.0.0.1:9/hubb",))
        log = Log()
        async with HttpClient() as client:
            pinger = Pinger(log, client)
            await pinger.changed(["senaste"], ctx, make.now)
            assert await pinger.beat(make.now) == 3
        return log

    log = asyncio.run(run())
    assert all(one.status is None and one.reason for one in log.rows.values())


def test_feeds_name_their_hubs_in_the_document_and_in_the_header(
    new_site, serve, fetch, check_json
):
    base = serve(new_site(websub_hubs=("https://push.example/",)))
    for ending in ("atom", "rss", "json"):
        got = fetch(base, f"/popular.new.{ending}")
        assert "https://push.example/" in got.text
        address = f"http://hub.example/popular.new.{ending}"
        said = got.headers["link"]
        assert said == f'<https://push.example/>; rel="hub", <{address}>; rel="self"'
    said = check_json(fetch(base, "/senaste.json").body)
    assert said["hubs"] == [{"type": "WebSub", "url": "https://push.example/"}]
    assert "link" not in fetch(base, "/senaste").headers
