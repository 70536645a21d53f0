"""Servers that are slow, silent or dead, and what happens to the others meanwhile."""

import asyncio
import gc
import socket
from contextlib import suppress
from dataclasses import replace

import pytest

from feedhub.fetch import Fetcher
from feedhub.model import OutcomeKind
from feedhub.net import HttpClient, HttpSettings

SETTINGS = HttpSettings(connect_timeout=0.2, total_timeout=0.25, error_body_timeout=0.1)
PATIENT = replace(SETTINGS, total_timeout=10)  # where something comes in the end
HEAD = b"HTTP/1.1 200 OK\r\n"


async def forever():
    await asyncio.sleep(3600)


def stall_after(data):
    async def answer(seen, writer):
        writer.write(data)
        await writer.drain()
        await forever()

    return answer


def drip(start, piece):
    async def answer(seen, writer):
        writer.write(start)
        while not writer.is_closing():
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.01)

    return answer


def fetch(origin, stored, now, answer, settings=SETTINGS, path="/feed"):
    async def main():
        async with origin() as it, HttpClient(settings) as client:
            it.routes[path] = answer
            fetcher = Fetcher(client, spacing=0)
            started = asyncio.get_running_loop().time()
            got = await fetcher.fetch(stored(it.url(path)), now)
            return got, asyncio.get_running_loop().time() - started

    return asyncio.run(main())


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(stall_after(b""), id="before the status line"),
        pytest.param(stall_after(b"HTTP/1.1 2"), id="in the status line"),
        pytest.param(stall_after(HEAD + b"Content-Ty"), id="in the headers"),
        pytest.param(stall_after(HEAD + b"X: y\r\n\r"), id="before the last newline"),
        pytest.param(stall_after(b"HTTP/1.1 100 Continue\r\n\r\n"), id="after an interim answer"),
        pytest.param(stall_after(HEAD + b"Content-Length: 5\r\n\r\n"), id="before the body"),
        pytest.param(stall_after(HEAD + b"Content-Length: 5\r\n\r\nab"), id="in the body"),
        pytest.param(stall_after(HEAD + b"\r\n<rss/>"), id="before closing an endless body"),
        pytest.param(
            stall_after(HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab"), id="in a chunk"
        ),
        pytest.param(
            stall_after(HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n"),
            id="before the trailers",
        ),
        pytest.param(drip(b"", b"H"), id="dripping the status line"),
        pytest.param(drip(HEAD, b"X-Slow: y\r\n"), id="dripping headers"),
        pytest.param(drip(HEAD + b"Content-Length: 99999\r\n\r\n", b"x"), id="dripping the body"),
        pytest.param(
            drip(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"), id="dripping chunks"
        ),
    ],
)
def test_every_stall_ends_in_a_timeout(origin, stored, now, answer):
    got, took = fetch(origin, stored, now, answer)
    # A drip that cannot be the start of HTTP is told at once.
    assert got.outcome.label in ("failed:timeout", "failed:status"), got.outcome.reason
    assert took < 1.5


def test_a_whole_body_is_enough_though_the_connection_stays_open(origin, stored, now):
    got, took = fetch(origin, stored, now, stall_after(HEAD + b"Content-Length: 6\r\n\r\n<rss/>"))
    assert got.outcome.label == "ok"
    assert took < 0.2


def test_an_error_is_known_before_its_page_has_come(origin, stored, now):
    page = stall_after(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 99\r\n\r\n<h1>")
    got, _ = fetch(origin, stored, now, page)
    assert got.outcome.label == "blocked"


def test_an_endless_error_page_is_cut_short(origin, stored, now):
    page = drip(b"HTTP/1.1 500 Oops\r\n\r\n", b"x" * 4096)
    got, _ = fetch(origin, stored, now, page)
    assert got.outcome.label == "failed:status"


def test_a_stall_after_a_redirect_counts_from_the_start(origin, stored, now):
    async def main():
        async with origin() as it, HttpClient(SETTINGS) as client:
            it.routes["/feed"] = b"HTTP/1.1 302 F\r\nLocation: /next\r\nContent-Length: 0\r\n\r\n"
            it.routes["/next"] = stall_after(b"")
            return await Fetcher(client).fetch(stored(it.url()), now)

    assert asyncio.run(main()).outcome.label == "failed:timeout"


def test_a_refused_port(stored, now):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]

        async def main():
            async with HttpClient(PATIENT) as client:
                return await Fetcher(client).fetch(stored(f"http://127.0.0.1:{port}/"), now)

        got = asyncio.run(main())
    assert got.outcome.label == "failed:connect"
    assert "refused" in got.outcome.reason


@pytest.fixture
def blackhole():
    """A port that takes no connection and refuses none: its queue is full."""
    full = socket.socket()
    full.bind(("127.0.0.1", 0))
    full.listen(0)
    fill = []
    for _ in range(4):
        sock = socket.socket()
        sock.setblocking(False)
        with suppress(BlockingIOError):
            sock.connect(full.getsockname())
        fill.append(sock)
    yield full.getsockname()[1]
    for sock in [*fill, full]:
        sock.close()


def test_a_connection_that_never_comes_about(stored, now, blackhole):
    async def main():
        async with HttpClient(PATIENT) as client:
            return await Fetcher(client).fetch(stored(f"http://127.0.0.1:{blackhole}/"), now)

    got = asyncio.run(main())
    assert got.outcome.label == "failed:timeout"
    assert "no connection" in got.outcome.reason


class Names:
    """A resolver by table; a missing name hangs, an empty one fails."""

    def __init__(self, table):
        self.table = table

    async def resolve(self, host, *, doubtful):
        if host not in self.table:
            await forever()
        if not self.table[host]:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return self.table[host]

    def close(self):
        pass


@pytest.mark.parametrize(
    ("host", "label", "words"),
    [
        ("hangs.example", "failed:timeout", "no name lookup"),
        ("unknown.example", "failed:dns", "unknown.example: Name or service not known"),
    ],
)
def test_names_that_do_not_resolve(stored, now, host, label, words):
    async def main():
        async with HttpClient(SETTINGS, resolver=Names({"unknown.example": ()})) as client:
            return await Fetcher(client).fetch(stored(f"http://{host}/"), now)

    got = asyncio.run(main())
    assert got.outcome.label == label
    assert words in got.outcome.reason


def test_the_next_address_is_tried_beside_a_dead_one(origin, stored, now, blackhole, ok):
    async def main():
        async with origin("127.0.0.9") as it:
            it.routes["/feed"] = ok(b"<rss/>")
            # Two addresses of one name: nobody listens on this port at the first of them.
            table = {"two.example": ("127.0.0.8", "127.0.0.9")}
            async with HttpClient(
                replace(PATIENT, connect_timeout=5), resolver=Names(table)
            ) as client:
                return await Fetcher(client).fetch(
                    stored(f"http://two.example:{it.port}/feed"), now
                )

    assert asyncio.run(main()).outcome.label == "ok"


def test_dead_hosts_cannot_starve_the_living(origin, stored, now, ok):
    """Ten places; sixty silent hosts come first in line; ten living ones must not wait long."""

    async def main():
        settings = HttpSettings(connect_timeout=5, total_timeout=5)
        async with origin("0.0.0.0") as it, HttpClient(settings) as client:
            it.routes["/dead"] = stall_after(b"")
            it.routes["/feed"] = ok(b"<rss/>")
            fetcher = Fetcher(client, concurrency=10, slow_concurrency=100, patience=0.05)
            dead = [
                asyncio.create_task(
                    fetcher.fetch(stored(f"http://127.2.0.{n}:{it.port}/dead"), now)
                )
                for n in range(1, 61)
            ]
            await asyncio.sleep(0)
            living = await asyncio.wait_for(
                asyncio.gather(
                    *(
                        fetcher.fetch(stored(f"http://127.3.0.{n}:{it.port}/feed"), now)
                        for n in range(1, 11)
                    )
                ),
                timeout=3,
            )
            still_dead = sum(not task.done() for task in dead)
            for task in dead:
                task.cancel()
            await asyncio.gather(*dead, return_exceptions=True)
            return living, still_dead

    living, still_dead = asyncio.run(main())
    assert {got.outcome.kind for got in living} == {OutcomeKind.OK}
    assert still_dead == 60


def test_known_dead_hosts_take_no_quick_place(origin, stored, now, ok):
    async def main():
        settings = HttpSettings(connect_timeout=5, total_timeout=5)
        async with origin("0.0.0.0") as it, HttpClient(settings) as client:
            it.routes["/dead"] = stall_after(b"")
            it.routes["/feed"] = ok(b"<rss/>")
            fetcher = Fetcher(client, concurrency=1, slow_concurrency=1, patience=60)
            dead = [
                asyncio.create_task(
                    fetcher.fetch(stored(f"http://127.2.0.{n}:{it.port}/dead", errors=3), now)
                )
                for n in range(1, 4)
            ]
            await asyncio.sleep(0)
            got = await fetcher.fetch(stored(f"http://127.3.0.1:{it.port}/feed"), now)
            for task in dead:
                task.cancel()
            await asyncio.gather(*dead, return_exceptions=True)
            return got

    assert asyncio.run(main()).outcome.kind is OutcomeKind.OK


def test_cancelling_at_any_await_leaves_nothing_behind(origin, stored, now, ok):
    """Cancelled after each number of turns of the loop, through a redirect and two bodies."""

    async def slow_feed(seen, writer):
        writer.write(HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\n<rs\r\n")
        await asyncio.sleep(0.003)
        writer.write(b"3\r\ns/>\r\n0\r\n\r\n")
        await writer.drain()

    async def main():
        async with origin() as it, HttpClient(HttpSettings(total_timeout=5)) as client:
            it.routes["/move"] = b"HTTP/1.1 301 M\r\nLocation: /feed\r\nContent-Length: 2\r\n\r\nhi"
            it.routes["/feed"] = slow_feed
            fetcher = Fetcher(client, concurrency=1, slow_concurrency=1, spacing=0)
            cancelled = 0
            for turns in range(100):
                task = asyncio.create_task(fetcher.fetch(stored(it.url("/move")), now))
                for _ in range(min(turns, 60)):
                    await asyncio.sleep(0)
                await asyncio.sleep(max(0, turns - 60) * 0.0002)
                task.cancel()
                try:
                    await task
                except asyncio.CancelledError:
                    cancelled += 1
            # One place, one turn per host: had any been kept, this would hang.
            got = await asyncio.wait_for(fetcher.fetch(stored(it.url("/move")), now), 5)
            await asyncio.sleep(0.02)
            return got, cancelled, it.active

    got, cancelled, active = asyncio.run(main())
    gc.collect()
    assert got.outcome.kind is OutcomeKind.MOVED
    assert cancelled > 40
    assert active == 0
