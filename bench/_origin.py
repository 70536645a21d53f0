"""A fast origin on loopback, in a process of its own: every document has its own host.

Each document answers under an address of its own in 127.0.0.0/8, so that per-host manners
count every source as a host. All of that network is this machine on Linux, but a socket
bound to 127.0.0.1 hears that one address only; ten thousand sockets would work and be
wasteful. One socket on 0.0.0.0, tied to the device ``lo`` (SO_BINDTODEVICE), hears all of
127/8 and nothing from outside; the address a client connected to chooses the document.

Dead hosts come in two kinds: silent ones accept and never answer, refusing ones live on a
second port that is bound and not listened on.

Used as ``with Origin(documents) as origin``; the parent speaks to the child in JSON lines
and the child ends when its standard input does.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from email.utils import formatdate
from functools import partial
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import Any, Self

SO_BINDTODEVICE = getattr(socket, "SO_BINDTODEVICE", 25)
PUBLISHED = 1_700_000_000  # Last-Modified of edition 0, seconds since 1970
TYPES = {
    "rss": "application/rss+xml",
    "atom": "application/atom+xml",
    "rdf": "application/rdf+xml",
    "json": "application/feed+json",
    "xml": "text/xml",
}


@dataclass(frozen=True, slots=True)
class Document:
    """A file served under one address. ``delay`` is in seconds, before the answer."""

    address: str
    file: str
    type: str
    delay: float = 0.0


def address(number: int) -> str:
    """The ``number``-th host, from 127.1.0.1; none ends in .0 or .255."""
    rest, last = divmod(number, 254)
    high, low = divmod(rest, 256)
    return f"127.{1 + high}.{low}.{1 + last}"


def content_type(body: bytes) -> str:
    """The type that a well-kept server gives a feed, without a charset: its prologue says."""
    head = body[:4096].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith(b"{"):
        return TYPES["json"]
    for mark, kind in ((b"<rdf:rdf", "rdf"), (b"<rss", "rss"), (b"<feed", "atom")):
        if mark in head:
            return TYPES[kind]
    return TYPES["xml"]


class Origin:
    """The child process and its port; a context manager."""

    def __init__(self, documents: list[Document], *, silent: list[str] | None = None) -> None:
        self.documents = documents
        self._silent = silent or []

    def __enter__(self) -> Self:
        with tempfile.NamedTemporaryFile("w", suffix=".json") as manifest:
            served = [asdict(document) for document in self.documents]
            json.dump({"documents": served, "silent": self._silent}, manifest)
            manifest.flush()
            self._process = subprocess.Popen(
                [sys.executable, __file__, "serve", manifest.name],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            assert self._process.stdout is not None
            line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the origin did not start; see the lines above")
        ports = json.loads(line)
        self.port: int = ports["port"]
        self.refusing_port: int = ports["refusing"]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()

    def url(self, document: Document) -> str:
        return f"http://{document.address}:{self.port}/feed"

    def set(self, **values: Any) -> None:
        """``edition`` (bodies and validators change, entries do not), ``validators``,
        ``delay`` (seconds, added to every answer)."""
        self._ask({"set": values})

    def counts(self) -> dict[str, int]:
        """Answers since the last call, by status; ``open`` is how many wait for theirs."""
        found: dict[str, int] = self._ask({"counts": True})
        return found

    def asked(self) -> dict[str, int]:
        """How often each address has been asked since the last call."""
        found: dict[str, int] = self._ask({"asked": True})
        return found

    def _ask(self, question: dict[str, Any]) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


# --- the child -----------------------------------------------------------------------------


class _Site:
    """What is served, and what has been asked for."""

    def __init__(self, manifest: dict[str, Any]) -> None:
        self.documents = {
            one["address"]: (Path(one["file"]), one["type"], one["delay"])
            for one in manifest["documents"]
        }
        self.digests = {
            host: blake2b(file.read_bytes(), digest_size=8).hexdigest()
            for host, (file, _, _) in self.documents.items()
        }
        self.silent = frozenset(manifest["silent"])
        self.settings: dict[str, Any] = {"edition": 0, "validators": True, "delay": 0.0}
        self.counts: dict[str, int] = {}
        self.asked: dict[str, int] = {}
        self.open = 0

    def answer(self, host: str, head: bytes) -> bytes:
        edition = self.settings["edition"]
        file, kind, _ = self.documents[host]
        etag = f'"{self.digests[host]}-{edition}"'
        validators = (
            f"ETag: {etag}\r\nLast-Modified: {formatdate(PUBLISHED + edition, usegmt=True)}\r\n"
            if self.settings["validators"]
            else ""
        )
        if validators and _header(head, b"if-none-match") == etag:
            self._count("304")
            return f"HTTP/1.1 304 Not Modified\r\n{validators}\r\n".encode()
        self._count("200")
        body = file.read_bytes() + b"\n" * edition
        start = (
            f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\n"
            f"Content-Length: {len(body)}\r\n{validators}\r\n"
        )
        return start.encode() + body

    def _count(self, status: str) -> None:
        self.counts[status] = self.counts.get(status, 0) + 1

    def reply(self, question: dict[str, Any]) -> Any:
        if "set" in question:
            self.settings.update(question["set"])
            return self.settings
        if "counts" in question:
            counts, self.counts = self.counts, {}
            return counts | {"open": self.open}
        asked, self.asked = self.asked, {}
        return asked


def _header(head: bytes, name: bytes) -> str:
    for line in head.split(b"\r\n")[1:]:
        key, _, value = line.partition(b":")
        if key.strip().lower() == name:
            return value.strip().decode("latin-1")
    return ""


class _Connection(asyncio.Protocol):
    """HTTP/1.1 with keep-alive, GET only; requests have no body."""

    def __init__(self, site: _Site) -> None:
        self._site = site
        self._buffer = b""
        self._waiting = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._host = transport.get_extra_info("sockname")[0]

    def connection_lost(self, exc: Exception | None) -> None:
        self._site.open -= self._waiting
        self._waiting = 0

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head, self._buffer = self._buffer[:end], self._buffer[end + 4 :]
            self._take(head)

    def _take(self, head: bytes) -> None:
        site = self._site
        site.asked[self._host] = site.asked.get(self._host, 0) + 1
        site.open += 1
        self._waiting += 1
        if self._host in site.silent:
            return
        if self._host not in site.documents:
            self._send(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", head)
            return
        delay = site.settings["delay"] + site.documents[self._host][2]
        if delay:
            loop = asyncio.get_running_loop()
            loop.call_later(delay, self._answer, head)
        else:
            self._answer(head)

    def _answer(self, head: bytes) -> None:
        self._send(self._site.answer(self._host, head), head)

    def _send(self, answer: bytes, head: bytes) -> None:
        if self._transport.is_closing():
            return
        self._site.open -= 1
        self._waiting -= 1
        self._transport.write(answer)
        if _header(head, b"connection").lower() == "close" or b"HTTP/1.0" in head[:200]:
            self._transport.close()


def _listening() -> socket.socket:
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.setsockopt(socket.SOL_SOCKET, SO_BINDTODEVICE, b"lo\0")
    sock.bind(("0.0.0.0", 0))
    return sock


async def _serve(manifest: dict[str, Any]) -> None:
    loop = asyncio.get_running_loop()
    site = _Site(manifest)
    refusing = _listening()  # bound, never listened on: connections are refused
    server = await loop.create_server(partial(_Connection, site), sock=_listening(), backlog=4096)
    port = server.sockets[0].getsockname()[1]
    print(json.dumps({"port": port, "refusing": refusing.getsockname()[1]}), flush=True)
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        print(json.dumps(site.reply(json.loads(line))), flush=True)
    refusing.close()
    server.close()


if __name__ == "__main__" and sys.argv[1:2] == ["serve"]:
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(json.loads(Path(sys.argv[2]).read_text())))
