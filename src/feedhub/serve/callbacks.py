"""The addresses at which WebSub hubs verify subscriptions and push documents to us."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Protocol
from urllib.parse import parse_qsl

from starlette.types import ASGIApp, Receive, Scope, Send

from feedhub.serve.answers import GUARDED

PATH = "/websub/"
MAX_BODY = 4 * 1024 * 1024  # of a push; more is answered 413 and read no further
# Pushes that are read or taken in at once; of one hub, and of all. More is answered 503: anybody
# can be a hub, and each of these may be of four megabytes.
PUSHES_OF_ONE = 2
PUSHES = 8
BODY_TIME = 30.0  # seconds that a push may take to come in
MAX_TOKEN = 100


class Answer(Protocol):
    """A status and a short text."""

    @property
    def status(self) -> int: ...

    @property
    def body(self) -> str: ...


class Receiver(Protocol):
    """Who judges what hubs say."""

    async def known(self, token: str) -> bool: ...

    async def verify(self, token: str, query: Mapping[str, str]) -> Answer: ...

    async def receive(self, token: str, headers: Mapping[str, str], body: bytes) -> Answer: ...


def with_callbacks(inner: ASGIApp, receiver: Receiver, prefix: Callable[[], str]) -> ASGIApp:
    """``inner`` with ``/websub/TOKEN`` in front, also below the path of ``hub.base_url``."""

    under_way: Counter[str] = Counter()  # by token

    async def push(token: str, scope: Scope, receive: Receive, send: Send) -> None:
        body = None
        if _announced(scope) <= MAX_BODY:
            try:
                async with asyncio.timeout(BODY_TIME):
                    body = await _body(receive)
            except TimeoutError:
                await _send(send, 408, "")
                return
        if body is None:
            await _send(send, 413, "")
            return
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in scope["headers"]
        }
        answer = await receiver.receive(token, headers, body)
        await _send(send, answer.status, answer.body)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "").removeprefix(prefix()) if scope["type"] == "http" else ""
        if not path.startswith(PATH):
            await inner(scope, receive, send)
            return
        token = path[len(PATH) :]
        if len(token) > MAX_TOKEN or not await receiver.known(token):
            # before a byte of a body is read: guessing must not be a way to fill the memory
            await _send(send, 404, "")
            return
        if scope["method"] == "GET":
            # Latin-1 there and back, so that a challenge is given back byte for byte.
            text = scope["query_string"].decode("latin-1")
            try:
                query = dict(parse_qsl(text, max_num_fields=50, encoding="latin-1"))
            except ValueError:  # no hub says so many things
                await _send(send, 404, "")
                return
            answer = await receiver.verify(token, query)
            await _send(send, answer.status, answer.body)
        elif scope["method"] == "POST":
            if under_way[token] >= PUSHES_OF_ONE or under_way.total() >= PUSHES:
                await _send(send, 503, "")
                return
            under_way[token] += 1
            try:
                await push(token, scope, receive, send)
            finally:
                under_way[token] -= 1
                if not under_way[token]:
                    del under_way[token]
        else:
            await _send(send, 405, "")

    return app


def _announced(scope: Scope) -> int:
    """The length that a request's head gives, 0 where it gives none."""
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value[:12])
    return 0


async def _body(receive: Receive) -> bytes | None:
    """The request's body; null when it is too long or the hub went away in the middle."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > MAX_BODY:
            return None
        if not message.get("more_body"):
            return b"".join(parts)


async def _send(send: Send, status: int, text: str) -> None:
    body = text.encode("latin-1", "replace")
    headers = [
        (b"content-type", b"text/plain"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        *GUARDED,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
