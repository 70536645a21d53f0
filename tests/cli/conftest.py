"""A small origin on loopback and a folder with a feeds.yaml, for the commands' tests."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from feedhub.cli import main


def rss(title: str, *items: tuple[str, str, str]) -> bytes:
    """A feed of (guid, title, RFC 822 date) items; a guid that is an address is also the link."""
    rows = "".join(
        f"<item><guid>{guid}</guid><link>{guid}</link><title>{text}</title>"
        f"<pubDate>{date}</pubDate><description>Ingress till {text}</description></item>"
        for guid, text, date in items
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel>'
        f"<title>{title}</title><link>https://{title.lower()}.example/</link>{rows}"
        "</channel></rss>"
    ).encode()


class Origin:
    """Paths to documents; every answer has an ETag and obeys If-None-Match."""

    def __init__(self) -> None:
        self.documents: dict[str, tuple[int, str, bytes]] = {}
        self.moved: dict[str, str] = {}  # paths to where they lead for the time being
        self.requests: list[tuple[str, bool]] = []
        self.authorized: list[bool] = []  # whether each request had credentials
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                status, kind, body = outer.documents.get(self.path, (404, "text/plain", b"no"))
                etag = f'"{hash(body)}"'
                conditional = self.headers.get("If-None-Match") == etag
                outer.requests.append((self.path, conditional))
                outer.authorized.append("Authorization" in self.headers)
                if conditional:
                    self.send_response(304)
                    self.end_headers()
                    return
                if goal := outer.moved.get(self.path):
                    status = 302
                self.send_response(status)
                if goal:
                    self.send_header("Location", goal)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("ETag", etag)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.base = f"http://127.0.0.1:{self.server.server_port}"

    def feed(self, path: str, body: bytes) -> str:
        self.documents[path] = (200, "application/rss+xml; charset=utf-8", body)
        return self.base + path


@pytest.fixture
def origin() -> Iterator[Origin]:
    made = Origin()
    thread = threading.Thread(target=made.server.serve_forever, args=(0.02,))
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


class Desk:
    """A folder with a feeds.yaml, and the command run in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, text: str) -> None:
        (self.folder / "feeds.yaml").write_text(text, encoding="utf-8")

    def sources(self, *urls: str) -> None:
        rows = "".join(
            f"  - {{url: '{url}', id: s{n}, name: Källa {n}, publisher: p{n}, rate_group: g{n},"
            " allow_private: true}\n"
            for n, url in enumerate(urls)
        )
        self.write(f"sources:\n{rows}")

    def run(self, *args: str) -> Result:
        words = 2 if args[0] in {"sources", "stories"} else 1
        command = [*args[:words], "-c", str(self.folder / "feeds.yaml"), *args[words:]]
        return CliRunner().invoke(main, command, catch_exceptions=False)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def make_rss():
    return rss
