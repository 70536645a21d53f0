"""The daemon as it runs: real command, real HTTP, a feeds.yaml that changes under it."""

from __future__ import annotations

import json
import os
import re
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
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
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
        head = "<title>Bladet</title><link>https://bladet.example/</link>"
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
        self.process: subprocess.Popen[bytes] | None = None
        self.log = folder / "log"

    def write(self, *urls: str, extra: str = "") -> None:
        rows = "".join(f"  - {{url: '{url}', allow_private: true}}\n" for url in urls)
        text = f"hub: {{listen: '127.0.0.1:{self.port}'}}\nsources:\n{rows or '  []'}\n{extra}"
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


def test_a_changed_feeds_yaml_is_taken_over_and_a_bad_one_changes_nothing(hub, paper):
    paper.titles = ["Första nyheten"]
    hub.write()
    hub.start()
    assert hub.titles() == set()
    hub.write(paper.url)
    wait_for(lambda: hub.titles() == {"Första nyheten"})
    (hub.folder / "feeds.yaml").write_text("sources: [1, {]", encoding="utf-8")
    wait_for(lambda: "the old one stays in force" in hub.said())
    assert "feeds.yaml:1" in json.dumps(json.loads(hub.get("/healthz"))["configuration"])
    assert hub.titles() == {"Första nyheten"}
    hub.write(paper.url, extra="lists: {egen: {title: Egen, order: latest}}\n")
    wait_for(lambda: "read again" in hub.said().split("stays in force")[-1])
    wait_for(lambda: hub.titles("egen") == {"Första nyheten"})
    assert hub.stop() < 10


def test_after_a_restart_the_lists_stand_at_once_and_nobody_is_asked_again(hub, paper):
    paper.titles = ["En nyhet", "En till"]
    hub.write(paper.url)
    hub.start()
    wait_for(lambda: len(hub.titles()) == 2)
    ids = {item["id"] for item in json.loads(hub.get("/senaste.json"))["items"]}
    hub.stop()
    asked = hub.said().count("outcome=")
    hub.start()
    assert {item["id"] for item in json.loads(hub.get("/senaste.json"))["items"]} == ids
    hub.get("/healthz")
    assert hub.said().count("outcome=") == asked
    hub.stop()


def test_where_nothing_answers_the_page_says_so_in_one_sentence(hub):
    hub.write("http://127.0.0.1:1/a", "http://127.0.0.1:1/b")
    hub.start()
    wait_for(lambda: "feedhub demo" in hub.said())
    wait_for(lambda: re.search("feedhub demo", hub.get("/")))
    hub.stop()


def test_a_taken_port_is_one_line(hub, paper):
    hub.write(paper.url)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", hub.port))
        taken.listen()
        found = subprocess.run(
            [sys.executable, "-m", "feedhub", "run"],
            cwd=hub.folder,
            capture_output=True,
            text=True,
            timeout=DEADLINE,
            check=False,
        )
    assert found.returncode == 2
    assert "port is taken" in found.stderr
    assert "Traceback" not in found.stderr
