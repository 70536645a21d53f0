"""Telling WebSub hubs that feeds have changed (W3C WebSub, 6): pings with retries and a log."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import urlencode

import structlog

from feedhub.errors import NetError
from feedhub.model import Ping
from feedhub.net import HttpRequest, HttpResponse
from feedhub.publish.context import PublishContext
from feedhub.serve.site import FORMATS

log = structlog.get_logger(__name__)

# After these a ping is given up: a hub that was away for a day has lost its subscriptions' leases
# no sooner than we lose patience, and the next change tries anew.
RETRIES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 720))
AT_ONCE = 4
BATCH = 50
TIMEOUT = 20.0  # seconds


class Log(Protocol):
    """What is asked of the store."""

    async def ask_pings(self, pairs: Sequence[tuple[str, str]], now: datetime) -> None: ...

    async def due_pings(self, now: datetime, limit: int) -> list[Ping]: ...

    async def note_ping(
        self,
        ping: Ping,
        now: datetime,
        next_at: datetime | None,
        status: int | None,
        reason: str,
    ) -> None: ...


class Client(Protocol):
    """The guarded way out."""

    async def post(self, request: HttpRequest) -> HttpResponse: ...


def topics(slugs: Iterable[str], ctx: PublishContext) -> list[str]:
    """The addresses of the feeds of changed lists. Private ones are nobody else's business."""
    found = []
    for spec in ctx.lists:
        if spec.slug in slugs and ctx.access(spec) is None:
            names = [spec.slug, f"{spec.slug}.new"] if spec.order == "popular" else [spec.slug]
            found += [ctx.url(f"/{name}.{ending}") for name in names for ending in FORMATS]
    return found


def next_try(attempts: int, now: datetime) -> datetime | None:
    """When to try again after ``attempts`` that failed; null: no more."""
    return now + RETRIES[attempts - 1] if attempts <= len(RETRIES) else None


class Pinger:
    """Notes what hubs are to be told, and tells them in the background of the beat."""

    def __init__(self, store: Log, client: Client) -> None:
        self._store = store
        self._client = client

    async def changed(self, slugs: Iterable[str], ctx: PublishContext, now: datetime) -> None:
        """The lists have changed, and are served as they are now: tell the hubs of it."""
        hubs = ctx.hub.websub_hubs
        pairs = [(hub, topic) for topic in topics(frozenset(slugs), ctx) for hub in hubs]
        if pairs:
            await self._store.ask_pings(pairs, now)

    async def beat(self, now: datetime) -> int:
        """Make the pings that are due; how many there were."""
        due = await self._store.due_pings(now, BATCH)
        turn = asyncio.Semaphore(AT_ONCE)

        async def one(ping: Ping) -> None:
            async with turn:
                await self._tell(ping, now)

        await asyncio.gather(*map(one, due))
        return len(due)

    async def _tell(self, ping: Ping, now: datetime) -> None:
        form = {"hub.mode": "publish", "hub.url": ping.topic, "hub.topic": ping.topic}
        request = HttpRequest(
            ping.hub,
            # whoever runs the hub has named this address: it may well be a neighbour's
            allow_private=True,
            content=urlencode(form).encode(),
            content_type="application/x-www-form-urlencoded",
            timeout=TIMEOUT,
        )
        status, reason = None, ""
        try:
            answer = await self._client.post(request)
            status = answer.status
            if not 200 <= status < 300:
                reason = answer.body[:200].decode("utf-8", "replace").strip() or "no reason given"
        except NetError as error:
            reason = str(error)
        again = next_try(ping.attempts + 1, now) if reason else None
        await self._store.note_ping(ping, now, again, status, reason)
        if reason:
            said = {"hub": ping.hub, "topic": ping.topic, "status": status, "reason": reason}
            log.warning("websub_ping_failed", again=again.isoformat() if again else None, **said)
