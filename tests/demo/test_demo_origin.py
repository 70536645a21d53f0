"""The demo's origin over real HTTP on loopback: validators, 304s, the passing of time."""

from __future__ import annotations

import asyncio
import socket
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx
import pytest

from feedhub.demo.clock import DemoClock
from feedhub.demo.origin import DemoOrigin

REAL = datetime(2030, 3, 2, 9, 0, 0, 654321, tzinfo=UTC)


class Wall:
    """A real time that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = REAL

    def __call__(self) -> datetime:
        return self.now


def test_every_feed_is_served_with_validators_and_answers_304() -> None:
    async def run() -> None:
        clock = DemoClock(REAL, wall=Wall())
        async with DemoOrigin(clock) as origin, httpx.AsyncClient() as client:
            listed = (await client.get(origin.base_url + "/")).text.split()
            assert listed == ["/" + feed.path for feed in origin.scenario.feeds()]
            for feed in origin.scenario.feeds():
                url = f"{origin.base_url}/{feed.path}"
                first = await client.get(url)
                body, content_type = origin.scenario.render_feed(feed.key, clock.start)
                assert (first.status_code, first.content) == (200, body)
                assert first.headers["content-type"] == content_type
                assert first.headers["cache-control"] == "max-age=60"
                modified = parsedate_to_datetime(first.headers["last-modified"])
                assert modified <= clock.start
                assert parsedate_to_datetime(first.headers["date"]) == clock.start.replace(
                    microsecond=0
                )
                for validators in (
                    {"if-none-match": first.headers["etag"]},
                    {"if-none-match": f'"other", W/{first.headers["etag"]}'},
                    {"if-modified-since": first.headers["last-modified"]},
                ):
                    again = await client.get(url, headers=validators)
                    assert (again.status_code, again.content) == (304, b"")
                    assert again.headers["etag"] == first.headers["etag"]
                for validators in (
                    {"if-none-match": '"other"'},
                    # A tag that differs decides, whatever the date says (RFC 9110).
                    {
                        "if-none-match": '"other"',
                        "if-modified-since": first.headers["last-modified"],
                    },
                    {"if-modified-since": "Mon, 02 Jan 2006 15:04:05 GMT"},
                    {"if-modified-since": "yesterday"},
                ):
                    again = await client.get(url, headers=validators)
                    assert again.status_code == 200

    asyncio.run(run())


def test_as_time_passes_old_validators_no_longer_do() -> None:
    async def run() -> None:
        wall = Wall()
        async with (
            DemoOrigin(DemoClock(REAL, wall=wall)) as origin,
            httpx.AsyncClient() as client,
        ):
            url = f"{origin.base_url}/rikskuriren/nyheter.rss"
            first = await client.get(url)
            wall.now += timedelta(minutes=1)  # an hour in the demo
            for name, value in (("if-none-match", "etag"), ("if-modified-since", "last-modified")):
                later = await client.get(url, headers={name: first.headers[value]})
                assert later.status_code == 200
                assert later.headers["etag"] != first.headers["etag"]

    asyncio.run(run())


def test_pictures_are_served_and_the_unknown_is_not_found() -> None:
    async def run() -> None:
        clock = DemoClock(REAL, wall=Wall())
        async with DemoOrigin(clock) as origin, httpx.AsyncClient() as client:
            pictured = next(
                article
                for article in origin.scenario.published_until(clock.start)
                if article.picture
            )
            picture = await client.get(f"{origin.base_url}{pictured.picture}")
            assert picture.headers["content-type"] == "image/png"
            assert picture.content.startswith(b"\x89PNG\r\n")
            for path in ("/no/such.rss", "/bilder/x.png"):
                assert (await client.get(origin.base_url + path)).status_code == 404

    asyncio.run(run())


def test_a_taken_port_is_an_os_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError):
        DemoOrigin(DemoClock(REAL), port=taken.getsockname()[1])


def test_the_port_is_free_again_afterwards() -> None:
    async def run() -> None:
        async with DemoOrigin(DemoClock(REAL)) as origin:
            port = int(origin.base_url.rsplit(":", 1)[1])
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) != 0

    asyncio.run(run())
