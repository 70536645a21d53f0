"""A hub as a process of its own over papers that grow, for breaking it from the outside."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import socket
import sqlite3
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from _common import feedhub, write_config
from _origin import SO_BINDTODEVICE, address
from _press import WORDS

SHOWN = 20  # entries in a document
SECOND = 1000  # hosts of second addresses follow
# root without its way around file permissions
HUMBLE = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search,-fowner")


class Papers:
    """Feeds on loopback, each on its own host; every answer holds some articles more.

    ``grown`` counts each paper's articles, ``asked`` the answers it gave; ``delay`` is seconds
    before each. Every paper has a second address.
    """

    def __init__(self, count: int, *, delay: float = 0.0) -> None:
        self.grown = [0] * count
        self.asked: Counter[int] = Counter()
        self.growth = 2
        self.delay = delay
        self._written: list[list[datetime]] = [[] for _ in range(count)]
        self._hosts = {address(number): number for number in range(count)}
        self._moved = {address(SECOND + number): number for number in range(count)}
        self._lock = threading.Lock()
        papers = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, body = papers.answer(self.connection.getsockname()[0])
                self.send_response(status)
                self.send_header("Content-Type", "application/rss+xml")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                with contextlib.suppress(OSError):  # whoever asked may be dead
                    self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def server_bind(self) -> None:
                self.socket.setsockopt(socket.SOL_SOCKET, SO_BINDTODEVICE, b"lo\0")
                super().server_bind()

            def handle_error(self, *_: object) -> None:
                """A client that was killed is no news."""

        self.server = Server(("0.0.0.0", 0), Handler)

    def __enter__(self) -> Papers:
        self._thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()

    def rows(self) -> list[dict[str, str]]:
        """The papers as sources of feeds.yaml."""
        port = self.server.server_port
        return [
            {"id": f"paper{number}", "url": f"http://{host}:{port}/feed", "name": f"Paper {number}"}
            for host, number in self._hosts.items()
        ]

    def url(self, number: int, *, moved: bool = False) -> str:
        """Where a paper is; ``moved`` is its second address."""
        host = address(number + (SECOND if moved else 0))
        return f"http://{host}:{self.server.server_port}/feed"

    def answer(self, host: str) -> tuple[int, bytes]:
        number = (self._hosts | self._moved)[host]
        time.sleep(self.delay)
        with self._lock:
            self.asked[number] += 1
            self.grown[number] += self.growth
            newest = self.grown[number]
            written = self._written[number]
            written += [datetime.now(UTC)] * (newest - len(written))
        items = "".join(
            f"<item><title>{title(number, n)}</title><guid>urn:{number}:{n}</guid>"
            f"<link>https://paper{number}.example/{n}</link>"
            f"<pubDate>{format_datetime(written[n - 1], usegmt=True)}</pubDate>"
            f"<description>{title(number, -n)}. {'Text. ' * 20}</description></item>"
            for n in range(newest, max(0, newest - SHOWN), -1)
        )
        head = f"<title>Paper {number}</title><link>https://paper{number}.example/</link>"
        return 200, f'<rss version="2.0"><channel>{head}{items}</channel></rss>'.encode()


def title(number: int, n: int) -> str:
    """The headline of an article; no two are alike, nor much like another."""
    words = random.Random(f"{number} {n}").sample(WORDS, 6)
    return f"{' '.join(words).capitalize()} {number}-{n}"


@dataclass
class Said:
    """How a command ended, and what it said."""

    code: int | None  # null: it went on until it was stopped
    text: str

    @property
    def lines(self) -> list[str]:
        """What it said of trouble: warnings, errors and whatever is no line of progress."""
        return [line for line in self.text.splitlines() if line.strip()]


@dataclass
class Place:
    """A folder with feeds.yaml and a database, and the processes that work there."""

    folder: Path
    port: int
    logs: Path | None = None  # where logs go; beside the folder
    humble: bool = False  # bound by file permissions, also where root runs it
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def db(self) -> Path:
        return self.folder / "feedhub.db"

    @property
    def log(self) -> Path:
        return (self.logs or self.folder.parent) / f"{self.folder.name}.log"

    def spawn(
        self, *arguments: str, elsewhere: str = ".", output: Path | None = None
    ) -> subprocess.Popen[bytes]:
        """Start a command with the feeds.yaml of this folder, or of one below it."""
        with (output or self.log).open("ab") as log:
            process = subprocess.Popen(
                [
                    *(HUMBLE if self.humble and os.geteuid() == 0 else ()),
                    *feedhub(*arguments, "--config", self.folder / elsewhere / "feeds.yaml"),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd="/",
                env={**os.environ, "PYTHONUNBUFFERED": "1", "NO_COLOR": "1", "HOME": "/nowhere"},
            )
        self.started.append(process)
        return process

    def start(self, *more: str) -> subprocess.Popen[bytes]:
        """``feedhub run``, in a process group of its own, its log as JSON."""
        return self.spawn("run", "-v", "--log-format", "json", *more)

    def command(self, *arguments: str, patience: float = 90.0) -> Said:
        """Any other command, to its end."""
        output = self.log.with_suffix(".command")
        output.unlink(missing_ok=True)
        code = self.spawn(*arguments, output=output).wait(patience)
        return Said(code, output.read_text("utf-8", errors="replace"))

    def said(self) -> str:
        return self.log.read_text("utf-8", errors="replace") if self.log.exists() else ""

    def reported(self) -> Counter[str]:
        """Articles that the log says were stored, by source."""
        found: Counter[str] = Counter()
        for line in self.said().splitlines():
            with contextlib.suppress(ValueError):  # a line may be torn by a kill
                event = json.loads(line)
                if isinstance(event, dict) and event.get("event") == "fetched":
                    found[event["source"]] += event["new"]
        return found

    def stored(self) -> Counter[str]:
        """Articles in the database, by source."""
        with closing(connect(self.db)) as conn:
            return Counter(
                dict(
                    conn.execute(
                        "SELECT s.key, count(*) FROM items i JOIN sources s ON s.id = i.source_id"
                        " GROUP BY 1"
                    )
                )
            )

    def lost(self) -> list[str]:
        """Where fewer articles are stored than were reported."""
        stored = self.stored()
        return [
            f"{source}: {count} were reported and {stored[source]} are there"
            for source, count in self.reported().items()
            if stored[source] < count
        ]

    def doubled(self) -> list[str]:
        """Articles stored twice."""
        with closing(connect(self.db)) as conn:
            rows = conn.execute("SELECT title FROM items GROUP BY title HAVING count(*) > 1")
            return [f"{row[0]}: twice" for row in rows]

    def make_due(self, within: int = 0) -> None:
        """All sources are due in so many seconds: the papers know no patience."""
        with closing(sqlite3.connect(self.db, timeout=30)) as conn:
            conn.execute(
                "UPDATE sources SET next_due = unixepoch('now') + ? WHERE next_due IS NOT NULL",
                (within,),
            )
            conn.commit()

    def get(self, path: str, port: int | None = None) -> tuple[int, str]:
        """(status, body); status 0 where nothing answers."""
        url = f"http://127.0.0.1:{port or self.port}{path}"
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def up(self, patience: float = 60.0) -> bool:
        """Wait until the page answers."""
        return wait_for(lambda: self.get("/healthz")[0] == 200, patience)

    def stop(self, process: subprocess.Popen[bytes]) -> int:
        process.send_signal(signal.SIGTERM)
        return process.wait(30)

    def close(self) -> None:
        for process in self.started:
            if process.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def wait_for(reached: Callable[[], Any], patience: float = 30.0) -> bool:
    """Wait for what another process does; false where it does not."""
    end = time.monotonic() + patience
    while not reached():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def connect(db: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{db.resolve().as_uri()}?mode=ro", uri=True, timeout=30)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def configure(folder: Path, papers: Papers, port: int, name: str = "feeds.yaml") -> None:
    write_config(folder / name, papers.rows(), title="Chaos", listen=f"127.0.0.1:{port}")


@contextmanager
def place(
    folder: Path,
    papers: Papers,
    like: Path | None = None,
    *,
    logs: Path | None = None,
    humble: bool = False,
) -> Iterator[Place]:
    """A hub in ``folder``, with the database of ``like``; its processes end with the block."""
    folder.mkdir(parents=True, exist_ok=True)
    made = Place(folder, free_port(), logs, humble)
    configure(folder, papers, made.port)
    if like is not None:
        shutil.copy(like, made.db)
    try:
        yield made
    finally:
        made.close()
