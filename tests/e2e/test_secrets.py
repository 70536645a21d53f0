"""Secrets of every kind, looked for in every byte that the hub writes, says and serves."""

from __future__ import annotations

import base64
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import quote, unquote

import pytest

FEED = """<rss version="2.0"><channel><title>T</title><link>https://t.example/?{0}</link>
<item><title>Nyhet {0}</title><guid>1{0}</guid><link>https://t.example/1?x=1&amp;{0}</link>
<description>&lt;a href="https://t.example/2?{0}"&gt;mer&lt;/a&gt; {0}</description>
<enclosure url="https://t.example/a.mp3?{0}" type="audio/mpeg" length="1"/></item>
</channel></rss>"""
PAGE = """<html><title>{0}</title><link rel="alternate" type="application/rss+xml" href="/ok?{0}">
</html>"""
KINDS = ("userinfo", "basic", "bearer", "header", "proxy", "tunnel", "dead", "query", "path")
SECRETS = {kind: f"{kind}-hemlighet-7" for kind in KINDS}
SECRETS["query"] = "query/hemlig+het=7"  # as keys in base64 are


class Origin(BaseHTTPRequestHandler):
    """Answers well, badly, elsewhere or with a page, as the path asks; a proxy of sorts, too."""

    seen: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.seen.append(f"{self.path} {self.headers}")
        where = self.path
        # what it was told it tells again, in a spelling of its own
        echo = quote(unquote(where.partition("key=")[2] or where.rpartition("/")[2]), safe="")
        status, body, kind = 200, FEED.format(echo).encode(), "application/rss+xml"
        if "/error" in where:
            status = 500
        elif "/moved" in where:
            status = 301
        elif "/page" in where:
            body, kind = PAGE.format(echo).encode(), "text/html"
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if status == 301:
            self.send_header("Location", f"/ok/5?key={echo}")
        self.end_headers()
        self.wfile.write(body)

    def do_CONNECT(self) -> None:
        self.seen.append(f"{self.path} {self.headers}")
        self.send_response(407)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def origin() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Origin)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    Origin.seen.clear()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


def sources(port: int) -> str:
    at = f"127.0.0.1:{port}"
    rows = [
        f"url: 'http://bob:{SECRETS['userinfo']}@{at}/ok/1'",
        f"url: 'http://{at}/ok/2', auth: {{user: bob, password: {SECRETS['basic']}}}",
        f"url: 'http://{at}/ok/3', auth: {{bearer: {SECRETS['bearer']}}}",
        f"url: 'http://{at}/error', headers: {{X-Api-Key: {SECRETS['header']}}}",
        f"url: 'http://feeds.example/ok', proxy: 'http://bob:{SECRETS['proxy']}@{at}'",
        f"url: 'https://feeds.example/ok', proxy: 'http://bob:{SECRETS['tunnel']}@{at}'",
        f"url: 'http://bob:{SECRETS['dead']}@127.0.0.1:1/'",
        f"url: 'http://{at}/ok/4?key=${{QUERY}}'",
        f"url: 'http://{at}/error?key=${{QUERY}}'",
        f"url: 'http://{at}/moved?key=${{QUERY}}'",
        f"url: 'http://{at}/page/${{PATH_TOKEN}}'",
        f"url: 'http://{at}/page', auth: {{user: bob, password: {SECRETS['basic']}}}",
    ]
    return "".join(f"  - {{{row}, allow_private: true}}\n" for row in rows)


def test_no_secret_is_ever_written_said_or_served(hub, origin, monkeypatch):
    monkeypatch.setenv("QUERY", SECRETS["query"])
    monkeypatch.setenv("PATH_TOKEN", SECRETS["path"])
    text = f"hub: {{listen: '127.0.0.1:{hub.port}'}}\nsources:\n{sources(origin)}"
    (hub.folder / "feeds.yaml").write_text(text, "utf-8")
    said: dict[str, bytes] = {}

    def feedhub(*words: str) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "feedhub", *words],
            cwd=hub.folder,
            capture_output=True,
            timeout=120,
            check=False,
        )
        assert b"Traceback" not in done.stderr
        said[" ".join(words)] = done.stdout + done.stderr

    feedhub("update", "--all", "-vv")
    feedhub("check", "--online", "-vv")
    feedhub("sources", "list", "--json")
    feedhub("sources", "list")
    feedhub("sources", "export")
    feedhub("sources", "apply")
    feedhub("manners", "--all")
    feedhub("manners", "--json")
    feedhub("doctor")
    feedhub("export")
    feedhub("backup", "copy.db")

    hub.start()
    paths = ["/", "/status", "/sources.opml", "/metrics", "/healthz", "/health.atom"]
    paths += ["/senaste.json", "/senaste.atom", "/api/v1/sources"]
    for path in paths:
        said[path] = hub.get(path).encode()
    assert b"QUERY" in said["/api/v1/sources"]  # the name stands where the secret would
    for path in set(re.findall(r'href="(/source[^"]*)"', said["/status"].decode())):
        said[path] = hub.get(path).encode()
    hub.stop()

    # each was really used, or the test would show nothing
    asked = "\n".join(Origin.seen)
    for kind, secret in SECRETS.items():
        pair = base64.b64encode(f"bob:{secret}".encode()).decode()
        assert kind == "dead" or secret in asked or pair in asked, kind

    for file in hub.folder.iterdir():
        if file.is_file() and file.name != "feeds.yaml":
            said[file.name] = file.read_bytes()
    assert {"copy.db", "feedhub.db", "log"} <= set(said)
    for where, data in said.items():
        for secret in SECRETS.values():
            pair = base64.b64encode(f"bob:{secret}".encode())
            assert secret.encode() not in data, (where, secret)
            assert quote(secret, safe="").encode() not in data, (where, secret)
            assert pair not in data, (where, secret)
