"""WebSub from the subscriber's side, wired: subscribe, verify, take pushes, renew, unsubscribe.

Every decision is :mod:`feedhub.fetch.websub`'s; here are the store, the hub's socket and the
pipeline. Polling goes on, slowly while pushes are trusted, at the usual pace when they are not.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from feedhub.fetch import HostGate, user_agent, websub
from feedhub.fetch.clock import Clock as Ticking
from feedhub.fetch.clock import SystemClock
from feedhub.fetch.gate import Paused
from feedhub.fetch.hubs import Quiet, ask_hub
from feedhub.fetch.websub import Reply, Status, Step, Subscription
from feedhub.hub import Hub
from feedhub.intake import Done
from feedhub.net import HttpClient, host_of

log = structlog.get_logger()


QUIET = 300.0  # s in which a hub that could not be asked is not asked again
_PRIVATE = "allow_private"  # kept beside the subscription's own fields


class Push:
    """All subscriptions of one hub."""

    def __init__(self, hub: Hub, client: HttpClient, clock: Ticking | None = None) -> None:
        self._hub = hub
        self._client = client
        self._gate = HostGate(clock or SystemClock())

    async def after(self, done: Done) -> None:
        """Take up what a fetched document says of its hub."""
        if not done.read:
            return
        kept = await self._of_source(done.stored.id)
        now = self._hub.clock()
        if done.offer is None:
            if kept is not None:
                await self._save(websub.end(kept, now))
            return
        base_url = self._hub.config.hub.base_url
        if (
            kept is not None
            and (kept.hub, kept.topic) == (done.offer.hub, done.offer.topic)
            and kept.base_url in ("", base_url)  # else its hub calls where we were before
        ):
            if kept.status is Status.ENDED:
                kept = None
            else:
                await self._save(websub.polled(kept, done.report.new_at, now))
                return
        if not self._reachable(done.stored.source.allow_private):
            if kept is not None and kept.status is not Status.ENDED:
                await self._save(_unreached(kept))
            return
        if kept is not None and websub.end(kept, now).status is Status.ENDING:
            await self._ask(websub.end(kept, now), Step.UNSUBSCRIBE)
        log.info("subscribing", source=done.stored.source.key, hub=done.offer.hub)
        private = done.stored.source.allow_private
        await self._save(websub.begin(done.stored.id, done.offer, now), allow_private=private)

    async def step(self) -> None:
        """Ask the hubs of those subscriptions that need it now.

        One request at a time to each, a second apart, the hubs beside one another; one that is
        not there is asked for one of its feeds, and for the others later.
        """
        now = self._hub.clock()
        due = map(_subscription, await self._hub.store.subscriptions_due(now))
        steps = [asyncio.ensure_future(self._step(one, now)) for one in due]
        ends = await asyncio.gather(*steps, return_exceptions=True)
        for end in ends:
            if isinstance(end, BaseException):
                raise end

    async def _step(self, subscription: Subscription, now: datetime) -> None:
        stored = await self._hub.store.stored(subscription.source_id)
        gone = stored is None or stored.state.gone_at is not None  # from feeds.yaml, or for good
        if gone or subscription.status is Status.ENDING:
            ended = websub.end(subscription, now)
            if ended != subscription:
                subscription = ended
                await self._save(ended)
        step = websub.next_step(subscription, now)
        if step is Step.NOTHING:
            return
        if step is Step.SUBSCRIBE and not self._reachable(await self._private(subscription)):
            await self._save(_unreached(subscription))
            return
        try:
            async with self._gate.turn(host_of(subscription.hub)):
                # in line for it, its hub may have spoken, and another process have asked
                current = await self._by_token(subscription.token)
                step = websub.next_step(current, now) if current else Step.NOTHING
                if current is not None and step is not Step.NOTHING:
                    await self._ask(current, step)
        except Paused as pause:
            current = await self._by_token(subscription.token)
            if current is not None:
                reason = "its hub could not be asked of late"
                left = timedelta(seconds=math.ceil(pause.seconds))
                await self._save(websub.not_taken_on(current, now, reason, at_least=left))

    async def _ask(self, subscription: Subscription, step: Step) -> None:
        now = self._hub.clock()
        hub = self._hub.config.hub
        base_url = hub.base_url if step is Step.SUBSCRIBE else subscription.base_url or hub.base_url
        await self._save(replace(websub.asked(subscription, now), base_url=base_url))
        refusal = await ask_hub(
            self._client,
            subscription,
            step,
            base_url,
            now,
            allow_private=await self._private(subscription),
            user_agent=user_agent(hub.contact),
        )
        asked = timedelta(0)
        if isinstance(refusal, Quiet):
            asked = refusal.asked
            self._gate.pause(host_of(subscription.hub), max(QUIET, asked.total_seconds()))
        if refusal is not None:
            log.info("hub did not take the request on", hub=subscription.hub, reason=refusal)
            kept = await self._by_token(subscription.token)
            if kept is not None:
                now = self._hub.clock()
                await self._save(websub.not_taken_on(kept, now, refusal, at_least=asked))

    async def known(self, token: str) -> bool:
        """Whether a callback's token is that of a subscription, running or ended."""
        return await self._hub.store.subscription_by_token(token) is not None

    async def verify(self, token: str, query: Mapping[str, str]) -> Reply:
        """Answer a hub that asks whether we meant it."""
        kept = await self._by_token(token)
        if kept is None:
            return Reply(404)
        after, reply = websub.verify(kept, query, self._hub.clock())
        if after != kept:
            await self._save(after)
        return reply

    async def receive(self, token: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Take a push: judged before a byte of it is parsed."""
        kept = await self._by_token(token)
        if kept is None:
            return Reply(404)
        now = self._hub.clock()
        after, reply, document = websub.receive(kept, headers, body, now)
        if document is not None:
            stored = await self._hub.store.stored(kept.source_id)
            if stored is None:
                return Reply(410)
            # stored first, so that a hub that hears "accepted" need not send it again
            fetched = websub.pushed(stored, headers, document, now)
            await self._hub.pipeline.process_push(stored, fetched)
            # its hub may have spoken meanwhile, and another have taken its place
            kept = await self._by_token(token)
            if kept is None:
                return reply
            after = websub.taken(kept, document, now)
        if after != kept:
            await self._save(after)
        return reply

    async def _of_source(self, source_id: int) -> Subscription | None:
        row = await self._hub.store.subscription(source_id)
        return None if row is None else _subscription(row)

    async def _by_token(self, token: str) -> Subscription | None:
        row = await self._hub.store.subscription_by_token(token)
        return None if row is None else _subscription(row)

    async def _private(self, subscription: Subscription) -> bool:
        """Whether its source may ask private addresses, as it was when the subscription began: it
        may have left feeds.yaml since.
        """
        row = await self._hub.store.subscription(subscription.source_id) or {}
        return bool(row.get(_PRIVATE))

    def _reachable(self, private: bool) -> bool:
        return private or websub.can_be_reached(self._hub.config.hub.base_url)

    async def _save(self, subscription: Subscription, *, allow_private: bool | None = None) -> None:
        if allow_private is None:
            allow_private = await self._private(subscription)
        until = websub.trusted_until(subscription, self._hub.clock())
        await self._hub.store.save_subscription(
            subscription.source_id,
            subscription.token,
            subscription.next_step_at,
            until,
            {**_row(subscription), _PRIVATE: allow_private},
        )


def _row(subscription: Subscription) -> dict[str, Any]:
    return {
        field.name: value.isoformat() if isinstance(value, datetime) else value
        for field in fields(subscription)
        if (value := getattr(subscription, field.name)) is not None
    }


def _unreached(subscription: Subscription) -> Subscription:
    """Ended, whatever is left of its lease: no push can come any more, and polling has its pace."""
    note = "hub.base_url is not public any more, and no hub can call back"
    return replace(subscription, status=Status.ENDED, next_step_at=None, note=note)


def _subscription(row: Mapping[str, Any]) -> Subscription:
    values: dict[str, Any] = {
        name: datetime.fromisoformat(value).astimezone(UTC) if name in _TIMES else value
        for name, value in row.items()
        if name != _PRIVATE
    }
    found = Subscription(**values)
    return replace(found, status=Status(found.status), seen=tuple(found.seen))


_TIMES = frozenset(field.name for field in fields(Subscription) if "datetime" in str(field.type))
