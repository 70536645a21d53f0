"""Those who watch a hub, over sources of every temper: figures, readiness, health feed, log."""

from __future__ import annotations

import asyncio
import importlib
import io
import json
import re
import socket
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import structlog

from feedhub.config import load_config
from feedhub.daemon import serve
from feedhub.logs import Lines, set_up

BENCH = Path(__file__).parents[2] / "bench"
TEMPERS = ("good", "gone", "moved", "silent", "blocked", "page", "misbehaving")
WORDS = ("ekan", "granen", "björken", "alen", "linden", "asken", "rönnen")
ATOM = "{http://www.w3.org/2005/Atom}"


def bench(name: str) -> ModuleType:
    if str(BENCH) not in sys.path:
        sys.path.append(str(BENCH))
    return importlib.import_module(name)


class Clock:
    """The machine's, and what is added to it: days pass when the test says so."""

    def __init__(self) -> None:
        self.later = timedelta(0)

    def __call__(self) -> datetime:
        return (datetime.now(UTC) + self.later).replace(microsecond=0)


class Town:
    """One host on loopback for each temper."""

    def __init__(self, clock: Clock) -> None:
        origin = bench("_origin")
        self._hosts = {origin.address(number): name for number, name in enumerate(TEMPERS)}
        self._asked = 0
        self._begun = clock()
        self._clock = clock
        town = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                name = town._hosts[self.connection.getsockname()[0]]
                status, headers, body = town.answer(name, self.path)
                self.send_response(status)
                for key, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(key, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        class Server(ThreadingHTTPServer):
            def server_bind(self) -> None:
                self.socket.setsockopt(socket.SOL_SOCKET, origin.SO_BINDTODEVICE, b"lo\0")
                super().server_bind()

        self.server = Server(("0.0.0.0", 0), Handler)

    def url(self, name: str) -> str:
        host = next(host for host, temper in self._hosts.items() if temper == name)
        return f"http://{host}:{self.server.server_port}/feed"

    def answer(self, name: str, path: str) -> tuple[int, dict[str, str], bytes]:
        feed = {"Content-Type": "application/rss+xml"}
        if name == "gone":
            return 410, {}, b""
        if name == "blocked":
            return 403, {}, b"no"
        if name == "page":
            return 200, {"Content-Type": "text/html"}, b"<html><body>Hej</body></html>"
        if name == "moved" and path == "/feed":
            return 301, {"Location": self.url("moved").replace("/feed", "/new")}, b""
        self._asked += 1
        days = 0 if name == "silent" else (self._clock() - self._begun).days
        flip = self._asked if name == "misbehaving" else 0
        items = "".join(
            f"<item><title>{name} {WORDS[n % len(WORDS)]} {n}</title><guid>{name}-{n}-{flip}</guid>"
            f"<link>https://{name}.example/{n}</link>"
            f"<pubDate>{format_datetime(self._at(n), usegmt=True)}</pubDate>"
            f"<description>{WORDS[-n % len(WORDS)]}</description></item>"
            for n in range(days + 5, max(0, days - 3), -1)
        )
        return 200, feed, f"<rss version='2.0'><channel>{items}</channel></rss>".encode()

    def _at(self, n: int) -> datetime:
        """Five articles before the town was there, one each day since."""
        gap = timedelta(days=n - 5) if n > 5 else timedelta(hours=n - 6)
        return self._begun + gap


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def town(clock: Clock) -> Iterator[Town]:
    made = Town(clock)
    thread = threading.Thread(target=made.server.serve_forever, args=(0.02,))
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """What the hub logs, as JSON lines."""
    before, lines = structlog.get_config(), io.StringIO()
    set_up(1, "json")
    structlog.configure(logger_factory=lambda *_: Lines(lines))
    yield lines
    structlog.configure(**before)


class Watcher:
    """Who asks the hub."""

    def __init__(self, port: int) -> None:
        self._base = f"http://127.0.0.1:{port}"

    async def get(self, path: str) -> tuple[int, str]:
        return await asyncio.to_thread(self._get, path)

    def _get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(self._base + path, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    async def figures(self) -> dict[str, float]:
        _, text = await self.get("/metrics")
        rows = [line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#")]
        return {name: float(value) for name, value in rows}

    async def troubles(self) -> dict[str, str]:
        """Title of each entry of the health feed, and its advice."""
        _, text = await self.get("/health.atom")
        entries = ET.fromstring(text).findall(f"{ATOM}entry")
        ids = [entry.findtext(f"{ATOM}id") for entry in entries]
        assert len(set(ids)) == len(ids)
        return {e.findtext(f"{ATOM}title", ""): e.findtext(f"{ATOM}summary", "") for e in entries}

    async def until(self, reached: Any) -> Any:
        end = asyncio.get_running_loop().time() + 40
        while not (found := await reached()):
            assert asyncio.get_running_loop().time() < end, "the hub did not get there"
            await asyncio.sleep(0.05)
        return found


def test_each_temper_is_seen_for_what_it_is(
    tmp_path: Path, town: Town, clock: Clock, logged: io.StringIO
) -> None:
    place = bench("_chaos_place")
    port = place.free_port()
    rows = [{"url": town.url(name), "name": name, "id": name} for name in TEMPERS]
    rows.append({"url": "http://127.0.0.1:1/feed", "name": "dead", "id": "dead"})
    bench("_common").write_config(tmp_path / "feeds.yaml", rows, listen=f"127.0.0.1:{port}")
    config = load_config(tmp_path / "feeds.yaml", {})
    hub = place.Place(tmp_path, port)
    watcher = Watcher(port)

    async def main() -> None:
        stop, up = asyncio.Event(), asyncio.Event()
        task = asyncio.create_task(serve(config, hub.db, clock, started=up.set, stop=stop))
        await asyncio.wait_for(up.wait(), 20)
        try:
            await the_day()
            for _ in range(3):  # guids must flip more than once before nobody trusts them
                await later(timedelta(hours=26))
            await the_week()
        finally:
            stop.set()
            await asyncio.wait_for(task, 20)

    async def later(span: timedelta) -> None:
        """So much time goes by, and what is due is asked again."""
        before = await watcher.figures()
        clock.later += span
        asked = "feedhub_fetch_seconds_count"
        await watcher.until(lambda: more(asked, before[asked] + len(TEMPERS) - 1))

    async def more(name: str, least: float) -> bool:
        return (await watcher.figures()).get(name, 0) >= least

    async def the_day() -> None:
        """Once around: outcomes have their names, and nothing is a trouble that may pass."""
        await watcher.until(lambda: more("feedhub_fetch_seconds_count", len(TEMPERS) + 1))
        figures = await watcher.figures()
        for outcome, count in {
            "ok": 3,
            "moved": 1,
            "gone": 1,
            "blocked": 1,
            "not_a_feed": 1,
            "failed:connect": 1,
        }.items():
            assert figures[f'feedhub_sources{{outcome="{outcome}"}}'] == count, figures
            assert figures[f'feedhub_fetches_total{{outcome="{outcome}"}}'] == count
        assert figures['feedhub_entries_total{fate="new"}'] == figures["feedhub_items"] == 20
        assert figures["feedhub_lag_seconds"] == 0
        assert figures['feedhub_troubles{kind="dead"}'] == 1
        await watcher.until(lambda: ready(200))
        assert (await watcher.get("/healthz"))[0] == 200
        await watcher.until(lambda: more('feedhub_list_entries{list="senaste"}', 20))
        assert (await watcher.figures())["feedhub_unplaced_items"] == 0
        # what has never answered is told at once; what may pass is not
        assert set(await watcher.troubles()) == {
            "gone: dead",
            "dead: failing",
            "blocked: failing",
            "page: failing",
        }

    async def ready(code: int) -> bool:
        return (await watcher.get("/readyz"))[0] == code

    async def the_week() -> None:
        await later(timedelta(days=8))
        found = await watcher.until(lambda: troubled({"moved: moved", "silent: silent"}))
        assert "misbehaving: misbehaving" in found, found
        assert "feedhub sources apply" in found["moved: moved"]
        assert "feedhub sources remove gone" in found["gone: dead"]
        assert not any(name.startswith("good") for name in found), found
        figures = await watcher.figures()
        for kind in ("dead", "moved", "silent", "misbehaving"):
            assert figures[f'feedhub_troubles{{kind="{kind}"}}'] == 1, (kind, found)
        assert figures['feedhub_troubles{kind="failing"}'] == 3
        await watcher.until(lambda: ready(200))

    async def troubled(wanted: set[str]) -> dict[str, str] | None:
        found = await watcher.troubles()
        return found if wanted <= set(found) else None

    asyncio.run(main())
    events = [json.loads(line) for line in logged.getvalue().splitlines()]
    fetched = [event for event in events if event["event"] == "fetched"]
    assert {(e["source"], e["outcome"]) for e in fetched} >= {
        ("good", "ok"),
        ("gone", "gone"),
        ("moved", "moved"),
        ("dead", "failed:connect"),
        ("blocked", "blocked"),
        ("page", "not_a_feed"),
    }
    for event in fetched:
        assert {"level", "timestamp", "new", "changed"} <= set(event)
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", event["timestamp"])
