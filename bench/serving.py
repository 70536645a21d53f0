"""A hundred-item feed under load, beside a bare starlette route and nginx; fetched to visible.

    .venv/bin/python bench/serving.py [--json] [--seconds 4] [--rounds 3]

wrk asks over loopback with 32 connections kept alive; figures are medians of interleaved rounds.
``p99_ms`` is of 200 answers at full load; ``cpu_us_*`` is the server's own processor time for
one request, which other work on the machine disturbs least.

``fetch_to_visible_s`` runs ``feedhub run`` on a source that answers late, while 500 listeners and
2,000 readers that never read hold connections: from the source's answer until its newest item
stands in the feed that is served.

Needs wrk; leaves nginx out, and says so, where it is not installed.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from _common import arguments, emit, feedhub, say, table, write_config

CONNECTIONS = 32
LISTENERS = 500
SLOW = 2000
LATE = 6.0  # seconds until the source answers: time for all connections to be made


def main() -> int:
    parser = arguments(__doc__)
    parser.add_argument("--seconds", type=int, default=4, help="of each run of wrk")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="feedhub-serving-") as name:
        folder = Path(name)
        if shutil.which("wrk"):
            figures |= load(folder, options.seconds, options.rounds)
        else:
            say("wrk is not installed; the load is left out")
        figures |= visible(folder)
    emit(figures, as_text(figures), as_json=options.json)
    return 0


@dataclass(frozen=True, slots=True)
class Served:
    """Where a server listens, and its process."""

    port: int
    pid: int

    def cpu(self) -> float:
        """Seconds of processor time it has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def serving(kind: str, folder: Path) -> Iterator[Served]:
    """One of the servers of _serving_hub.py."""
    script = Path(__file__).with_name("_serving_hub.py")
    process = subprocess.Popen(
        [sys.executable, script, kind, folder],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield Served(json.loads(process.stdout.readline())["port"], process.pid)
    finally:
        process.stdin.close()
        process.wait(20)


@contextlib.contextmanager
def nginx(folder: Path) -> Iterator[Served | None]:
    """nginx with one worker on the same file, or None where there is none."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        say("nginx is not installed; left out")
        yield None
        return
    port = free_port()
    config = folder / "nginx.conf"
    config.write_text(
        f"worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/nginx.log; daemon off;\n"
        "events { worker_connections 4096; }\n"
        "http { access_log off; sendfile on; keepalive_requests 100000000;\n"
        "  types { application/atom+xml atom; }\n"
        f"  server {{ listen 127.0.0.1:{port}; root {folder}; }} }}\n"
    )
    folder.chmod(0o755)  # its worker is another user
    process = subprocess.Popen([program, "-c", str(config), "-p", str(folder)])
    try:
        wait_for(port)
        yield Served(port, process.pid)
    finally:
        process.terminate()
        process.wait(10)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise SystemExit(f"nothing listens on port {port}")


def wrk(server: Served, seconds: int, **headers: str) -> tuple[float, float, float]:
    """(requests a second, 99th percentile in ms, microseconds of processor time a request)."""
    before = server.cpu()
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency"]
    for name, value in headers.items():
        command += ["-H", f"{name.replace('_', '-')}: {value}"]
    done = subprocess.run(
        [*command, f"http://127.0.0.1:{server.port}/senaste.atom"],
        capture_output=True,
        text=True,
        check=True,
    )
    rate = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    tail = re.search(r"99%\s+([\d.]+)(us|ms|s)", done.stdout)
    count = re.search(r"(\d+) requests in", done.stdout)
    if rate is None or tail is None or count is None:
        raise SystemExit(f"wrk said something else:\n{done.stdout}")
    unit = {"us": 0.001, "ms": 1.0, "s": 1000.0}[tail[2]]
    cost = 1e6 * (server.cpu() - before) / int(count[1])
    return float(rate[1]), float(tail[1]) * unit, cost


def load(folder: Path, seconds: int, rounds: int) -> dict[str, Any]:
    """Requests a second of every kind, the servers taking turns."""
    rates: dict[str, list[float]] = {}
    tails: dict[str, list[float]] = {}
    costs: dict[str, list[float]] = {}
    with serving("hub", folder) as ours, serving("bare", folder) as bare, nginx(folder) as other:
        answer = http.client.HTTPConnection("127.0.0.1", ours.port)
        answer.request("GET", "/senaste.atom")
        first = answer.getresponse()
        size, etag = len(first.read()), first.getheader("etag") or ""
        runs: list[tuple[str, Served | None, dict[str, str]]] = [
            ("200", ours, {}),
            ("bare", bare, {}),
            ("nginx", other, {}),
            ("gzip", ours, {"Accept_Encoding": "gzip"}),
            ("br", ours, {"Accept_Encoding": "gzip, deflate, br"}),
            ("304", ours, {"If_None_Match": etag}),
        ]
        for _ in range(rounds):
            for name, server, headers in runs:
                if server is not None:
                    rate, tail, cost = wrk(server, seconds, **headers)
                    rates.setdefault(name, []).append(rate)
                    tails.setdefault(name, []).append(tail)
                    costs.setdefault(name, []).append(cost)
    spent = {name: round(statistics.median(costs[name]), 1) for name in ("200", "304", "bare")}
    middle = {name: statistics.median(values) for name, values in rates.items()}
    figures: dict[str, Any] = {
        "feed_bytes": size,
        "rps_200": round(middle["200"]),
        "rps_gzip": round(middle["gzip"]),
        "rps_br": round(middle["br"]),
        "rps_304": round(middle["304"]),
        "rps_bare_starlette": round(middle["bare"]),
        "cpu_us_200": spent["200"],
        "cpu_us_304": spent["304"],
        "cpu_us_bare_starlette": spent["bare"],
        "p99_ms": round(statistics.median(tails["200"]), 2),
        "p99_ms_bare_starlette": round(statistics.median(tails["bare"]), 2),
        "ratio_to_bare_starlette": round(middle["200"] / middle["bare"], 3),
        "ratio_to_nginx": None,
    }
    if "nginx" in middle:
        figures["rps_nginx"] = round(middle["nginx"])
        figures["ratio_to_nginx"] = round(middle["200"] / middle["nginx"], 3)
    return figures


# --- from fetched to visible -----------------------------------------------------------------


class Late(ThreadingHTTPServer):
    """A source that answers ``LATE`` seconds after it is asked, and notes when it did."""

    answered_at = 0.0


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        time.sleep(LATE)
        now = time.time()
        items = "".join(
            f"<item><title>Nyhet {number} om hamnen</title><guid>g{number}</guid>"
            f"<link>https://sen.example/{number}</link>"
            f"<description>{'En mening om hamnen. ' * 20}</description>"
            f"<pubDate>{formatdate(now - 60 * number)}</pubDate></item>"
            for number in range(1, 101)
        )
        link = "<link>https://sen.example/</link>"
        body = (
            f'<rss version="2.0"><channel><title>Sen</title>{link}{items}</channel></rss>'.encode()
        )
        assert isinstance(self.server, Late)
        self.send_response(200)
        self.send_header("Content-Type", "application/rss+xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.server.answered_at = time.monotonic()

    def log_message(self, *args: object) -> None:
        """Say nothing: the benchmark's own lines are on standard error."""


def visible(folder: Path) -> dict[str, Any]:
    """How long after its source's answer an item stands in the feed, the hub being beset."""
    origin = Late(("127.0.0.1", 0), Answer)
    threading.Thread(target=origin.serve_forever, daemon=True).start()
    port = free_port()
    config = folder / "feeds.yaml"
    source = {"url": f"http://127.0.0.1:{origin.server_address[1]}/rss.xml"}
    write_config(config, [source], title="Mätning", listen=f"127.0.0.1:{port}")
    with (folder / "run.log").open("w") as log:
        process = subprocess.Popen(
            feedhub("run", "--config", config, "--db", folder / "run.db"),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    held: list[socket.socket] = []
    try:
        wait_for(port)
        held = beset(port)
        seen, waits = watch(port, origin)
        listening = healthz(port)["listeners"]
    finally:
        for one in held:
            one.close()
        process.terminate()
        process.wait(30)
        origin.shutdown()
    return {
        "fetch_to_visible_s": round(seen - origin.answered_at, 2),
        "listeners": listening,
        "slow_readers": SLOW,
        "beset_p99_ms": round(1000 * sorted(waits)[int(0.99 * (len(waits) - 1))], 1),
    }


def beset(port: int) -> list[socket.socket]:
    """Listeners and slow readers, all connected and asked for."""
    held = []
    for number in range(LISTENERS + SLOW):
        one = socket.socket()
        if number >= LISTENERS:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        one.connect(("127.0.0.1", port))
        path = "/api/v1/events" if number < LISTENERS else "/"
        one.sendall(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        held.append(one)
    return held


def watch(port: int, origin: Late) -> tuple[float, list[float]]:
    """When the newest item was first seen, and how long each look took."""
    waits = []
    end = time.monotonic() + LATE + 30
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    while time.monotonic() < end:
        start = time.monotonic()
        connection.request("GET", "/senaste.atom")
        body = connection.getresponse().read()
        now = time.monotonic()
        waits.append(now - start)
        if origin.answered_at and b"Nyhet 1 om hamnen" in body:
            return now, waits
        time.sleep(0.02)
    raise SystemExit("the item never became visible")


def healthz(port: int) -> dict[str, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", "/healthz")
    said: dict[str, Any] = json.loads(connection.getresponse().read())
    return said


def as_text(figures: dict[str, Any]) -> str:
    return table("serving", {name: {"figure": value} for name, value in figures.items()})


if __name__ == "__main__":
    raise SystemExit(main())
