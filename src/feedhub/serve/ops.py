"""What watchers ask: ``/metrics``, ``/readyz`` and ``/health.atom``; and the count of requests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from feedhub.publish.context import PublishContext
from feedhub.serve.access import enter
from feedhub.serve.answers import GUARDED

_READERS = ("feed", "rss", "reader", "atom", "podcast", "miniflux", "newsblur", "inoreader")
_MACHINES = ("bot", "crawl", "spider", "curl", "wget", "python", "prometheus", "monitor")


class Watched(Protocol):
    """Who knows how the hub is: each gives a status, a content type and a body."""

    async def metrics(self) -> tuple[int, str, bytes]: ...

    async def ready(self) -> tuple[int, str, bytes]: ...

    async def health_feed(self) -> tuple[int, str, bytes]: ...

    def answered(self, status: int, client: str) -> None:
        """Count one answer; ``client`` is reader, browser, machine or other."""
        ...


def with_ops(inner: ASGIApp, watched: Watched, context: Callable[[], PublishContext]) -> ASGIApp:
    """``inner`` with what watchers ask in front, also below the path of ``hub.base_url``.

    ``/readyz`` is open to all, as ``/healthz`` is; the others are read as the hub is.
    """
    open_to = {"/readyz": watched.ready}
    read_as_hub = {"/metrics": watched.metrics, "/health.atom": watched.health_feed}

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await inner(scope, receive, send)
            return
        headers = dict(scope["headers"])
        client = client_class(headers.get(b"user-agent", b"").decode("latin-1"))

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                watched.answered(message["status"], client)
            await send(message)

        ctx = context()
        path = scope["path"].removeprefix(ctx.asked_path)
        handler = open_to.get(path)
        if handler is None and path.endswith(("/metrics", "/health.atom")):
            entry = enter(
                path, ctx, scope.get("query_string", b""), headers.get(b"authorization", b"")
            )
            handler = read_as_hub.get(entry.path) if entry.allowed else None
        if handler is None or scope["method"] not in ("GET", "HEAD"):
            await inner(scope, receive, counted)
            return
        status, kind, body = await handler()
        start = [
            (b"content-type", kind.encode()),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
            *GUARDED,
        ]
        await counted({"type": "http.response.start", "status": status, "headers": start})
        await counted(
            {"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body}
        )

    return app


def client_class(agent: str) -> str:
    """What kind of client a User-Agent is of: reader, machine, browser or other."""
    text = agent.lower()
    if any(word in text for word in _READERS):
        return "reader"
    if any(word in text for word in _MACHINES):
        return "machine"
    return "browser" if text.startswith("mozilla/") else "other"
