"""The addresses at which WebSub hubs verify subscriptions and push documents to us."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol
from urllib.parse import parse_qsl

from starlette.types import ASGIApp, Receive, Scope, Send

PATH = "/websub/"
MAX_BODY = 4 * 1024 * 1024  # of a push; more is answered 413 and read no further


class Answer(Protocol):
    """A status and a short text."""

    @property
    def status(self) -> int: ...

    @property
    def body(self) -> str: ...


class Receiver(Protocol):
    """Who judges what hubs say."""

    async def verify(self, token: str, query: Mapping[str, str]) -> Answer: ...

    async def receive(self, token: str, headers: Mapping[str, str], body: bytes) -> Answer: ...


def with_callbacks(inner: ASGIApp, receiver: Receiver, prefix: Callable[[], str]) -> ASGIApp:
    """``inner`` with ``/websub/TOKEN`` in front, also below the path of ``hub.base_url``."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "").removeprefix(prefix()) if scope["type"] == "http" else ""
        if not path.startswith(PATH):
            await inner(scope, receive, send)
            return
        token = path[len(PATH) :]
        if scope["method"] == "GET":
            query = dict(parse_qsl(scope["query_string"].decode("latin-1"), max_num_fields=50))
            answer = await receiver.verify(token, query)
            await _send(send, answer.status, answer.body)
        elif scope["method"] == "POST":
            body = await _body(receive)
            if body is None:
                await _send(send, 413, "")
                return
            headers = {
                name.decode("latin-1").lower(): value.decode("latin-1")
                for name, value in scope["headers"]
            }
            answer = await receiver.receive(token, headers, body)
            await _send(send, answer.status, answer.body)
        else:
            await _send(send, 405, "")

    return app


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
        (b"content-type", b"text/plain; charset=latin-1"),
        (b"content-length", str(len(body)).encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
