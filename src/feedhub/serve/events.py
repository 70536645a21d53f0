"""Server-sent events: what stands in the lists now, told to everybody who has a page open.

A listener holds no queue: it is woken, takes what is newest and sends it. One that reads slowly
misses what was between, and costs no more than its connection.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress

from starlette.types import Receive, Scope, Send

LISTENERS = 2000  # more are asked to come back; each costs about 30 KB
QUIET = 25.0  # seconds until a comment keeps proxies from closing the connection
WAKE_AT_ONCE = 50  # listeners woken between two turns of the loop
RETRY_MS = 15_000
_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]


class Announcer:
    """The newest message, and the listeners to tell."""

    def __init__(self, limit: int = LISTENERS) -> None:
        self._limit = limit
        self._message = b""
        self._number = 0
        self._waiting: dict[object, asyncio.Event] = {}
        self._waking: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def listeners(self) -> int:
        return len(self._waiting)

    def announce(self, lists: Mapping[str, Sequence[str]]) -> None:
        """Tell of the lists as they stand: the ids in each, first place first.

        What equals the last is told to nobody. To be called in the loop that serves.
        """
        data = json.dumps({slug: list(ids) for slug, ids in lists.items()}, separators=(",", ":"))
        message = f"event: lists\ndata: {data}\n\n".encode()
        if message == self._message:
            return
        self._message, self._number = message, self._number + 1
        if self._waiting:
            self._waking = asyncio.ensure_future(self._wake())

    def close(self) -> None:
        """Let all listeners go, so that the server can stop."""
        self._closed = True
        for event in self._waiting.values():
            event.set()

    async def _wake(self) -> None:
        for count, event in enumerate(list(self._waiting.values()), 1):
            event.set()
            if count % WAKE_AT_ONCE == 0:
                await asyncio.sleep(0)  # requests in between wait for fifty sends, not for all

    async def listen(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One listener, until it or the hub goes."""
        if len(self._waiting) >= self._limit or self._closed:
            headers = [(b"retry-after", b"60"), (b"content-length", b"0")]
            await send({"type": "http.response.start", "status": 503, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
            return
        key, news = object(), asyncio.Event()
        self._waiting[key] = news
        gone = asyncio.ensure_future(_gone(receive, news))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            seen = self._number
            said = b"retry: %d\n\n" % RETRY_MS + self._message
            while not gone.done() and not self._closed:
                await send({"type": "http.response.body", "body": said, "more_body": True})
                said = b": still here\n\n"
                with suppress(TimeoutError):
                    await asyncio.wait_for(news.wait(), QUIET)
                news.clear()
                if self._number != seen:
                    seen, said = self._number, self._message
            if not gone.done():
                await send({"type": "http.response.body", "body": b""})
        finally:
            del self._waiting[key]
            gone.cancel()


async def _gone(receive: Receive, news: asyncio.Event) -> None:
    """Return, and wake the listener, once its connection has ended."""
    while (await receive())["type"] != "http.disconnect":
        pass
    news.set()
