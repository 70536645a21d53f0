"""A paper on loopback and the hub as a process of its own, for tests from the outside."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

DEADLINE = 40.0


def wait_for(check: Callable[[], Any]) -> Any:
    """Ask until the answer is true: the hub is another process, and has no clock of ours."""
    end = time.monotonic() + DEADLINE
    while not (found := check()):
        assert time.monotonic() < end, "the hub did not get there in time"
        time.sleep(0.05)
    return found


class Paper:
    """One feed on loopback whose items a test can add to."""

    def __init__(self) -> None:
        self.titles: list[str] = []
        self.links = ""  # elements for the head of the feed
        self.polls = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.polls += 1
                body = outer.feed()
                self.send_response(200)
                self.send_header("Content-Type", "application/rss+xml")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/feed"

    def feed(self) -> bytes:
        at = format_datetime(datetime.now(UTC), usegmt=True)
        items = "".join(
            f"<item><title>{title}</title><guid>urn:{n}</guid><pubDate>{at}</pubDate></item>"
            for n, title in enumerate(self.titles)
        )
        head = f"<title>Bladet</title><link>https://bladet.example/</link>{self.links}"
        return f'<rss version="2.0"><channel>{head}{items}</channel></rss>'.encode()


@pytest.fixture
def paper() -> Iterator[Paper]:
    made = Paper()
    thread = threading.Thread(target=made.server.serve_forever, args=(0.02,))
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


class Running:
    """``feedhub run`` in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.base = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None
        self.log = folder / "log"

    def write(self, *urls: str, extra: str = "") -> None:
        rows = "".join(f"  - {{url: '{url}', allow_private: true}}\n" for url in urls)
        hub = f"hub: {{listen: '127.0.0.1:{self.port}', base_url: '{self.base}'}}"
        text = f"{hub}\nsources:\n{rows or '  []'}\n{extra}"
        draft = self.folder / "draft.yaml"
        draft.write_text(text, encoding="utf-8")
        draft.replace(self.folder / "feeds.yaml")

    def start(self) -> None:
        starts = self.said().count("is up") if self.log.exists() else 0
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "feedhub", "run", "-v"],
                cwd=self.folder,
                stdout=log,
                stderr=log,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )
        wait_for(lambda: self.said().count("is up") > starts)

    def said(self) -> str:
        return self.log.read_text("utf-8")

    def get(self, path: str) -> str:
        url = f"http://127.0.0.1:{self.port}{path}"
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.read().decode()

    def titles(self, slug: str = "senaste") -> set[str]:
        return {item["title"] for item in json.loads(self.get(f"/{slug}.json"))["items"]}

    def stop(self) -> float:
        """End it as a service manager would; how long it took, in seconds."""
        assert self.process is not None
        begun = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(timeout=15) == 0, self.said()
        return time.monotonic() - begun


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Running]:
    made = Running(tmp_path)
    yield made
    if made.process is not None and made.process.poll() is None:
        made.process.kill()
        made.process.wait()


@pytest.fixture
def until() -> Callable[[Callable[[], Any]], Any]:
    return wait_for
