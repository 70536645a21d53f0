"""A small scripted origin over loopback, and makers of values, for the fetching tests."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from feedhub.model import Fetched, FetchState, Outcome, OutcomeKind, Source, StoredSource


def pytest_configure(config: pytest.Config) -> None:
    """Known also where the tests run in one process, without the plugin that heeds it."""
    config.addinivalue_line("markers", "xdist_group(name): run by one worker")


NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)  # a Monday


@dataclass
class Seen:
    """A request as the origin saw it."""

    line: str
    headers: dict[str, str]
    raw: bytes
    body: bytes = b""

    @property
    def path(self) -> str:
        return self.line.split(" ")[1]


Handler = Callable[[Seen, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Origin:
    """Answers each path with bytes or with a handler; closes after each answer by default."""

    host: str = "127.0.0.1"
    port: int = 0
    scheme: str = "http"
    routes: dict[str, bytes | Handler] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)
    connections: int = 0
    active: int = 0
    most_active: int = 0
    keep: bool = False

    def url(self, path: str = "/feed") -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{path}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                raw = await reader.readuntil(b"\r\n\r\n")
                first, *rest = raw.decode("latin-1").split("\r\n")
                headers = {}
                for line in rest:
                    name, _, value = line.partition(":")
                    headers[name.lower()] = value.strip()
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                seen = Seen(first, headers, raw, body)
                self.seen.append(seen)
                self.active += 1
                self.most_active = max(self.most_active, self.active)
                try:
                    answer = self.routes.get(seen.path.partition("?")[0], b"")
                    if isinstance(answer, bytes):
                        writer.write(answer)
                        await writer.drain()
                    else:
                        await answer(seen, writer)
                finally:
                    self.active -= 1
                if not self.keep:
                    return
        except (OSError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()


def _ok(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


@pytest.fixture
def ok() -> Callable[..., bytes]:
    """``ok(body, *headers, status=...)``: a whole answer as bytes."""
    return _ok


@pytest.fixture
def origin() -> Callable[..., AbstractAsyncContextManager[Origin]]:
    """``async with origin(host=..., tls=context, keep=...) as it``: serve until the end."""

    @asynccontextmanager
    async def start(
        host: str = "127.0.0.1", tls: ssl.SSLContext | None = None, *, keep: bool = False
    ) -> AsyncIterator[Origin]:
        it = Origin(host=host, keep=keep, scheme="https" if tls else "http")
        tasks: set[asyncio.Task[None]] = set()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            tasks.add(task)
            try:
                await it.serve(reader, writer)
            except asyncio.CancelledError:
                writer.transport.abort()
            finally:
                tasks.discard(task)

        server = await asyncio.start_server(serve, host, 0, ssl=tls, backlog=1024)
        it.port = server.sockets[0].getsockname()[1]
        try:
            yield it
        finally:
            server.close()
            for task in list(tasks):
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    return start


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def stored() -> Callable[..., StoredSource]:
    """``stored(url, recent=..., source={...}, **state)``: a source with what is remembered."""

    def make(
        url: str = "http://feed.example/rss",
        *,
        recent: tuple[datetime, ...] = (),
        source: dict[str, object] | None = None,
        **state: object,
    ) -> StoredSource:
        options: dict[str, object] = {"key": url, "url": url, "allow_private": True}
        options.update(source or {})
        return StoredSource(1, Source(**options), FetchState(**state), recent)

    return make


@pytest.fixture
def fetched() -> Callable[..., Fetched]:
    """``fetched(kind, at=NOW, status=..., **fields)``: a fetch that ended so."""

    def make(
        kind: OutcomeKind = OutcomeKind.OK,
        *,
        at: datetime = NOW,
        status: int | None = None,
        **fields: object,
    ) -> Fetched:
        fields.setdefault("url", "http://feed.example/rss")
        return Fetched(
            outcome=Outcome(kind, status=status),
            started_at=at,
            elapsed=timedelta(seconds=1),
            **fields,
        )

    return make
