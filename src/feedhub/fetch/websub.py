"""WebSub subscriptions (W3C recommendation of 2018): every decision, as values.

    offered -> begin -> (store) -> ask the hub -> verify -> pushes ... renew ... -> end

A subscription is stored before the hub is asked, since a hub may verify it while it is still
being asked. Its callback is ``{base_url}/websub/{token}``; the token cannot be guessed and
names the subscription. Nothing here opens a connection: :mod:`feedhub.fetch.hubs` asks, the
server room answers with what :func:`verify` and :func:`receive` say.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import blake2b
from urllib.parse import urlencode

from feedhub.errors import NetError
from feedhub.model import Fetched, Outcome, OutcomeKind, StoredSource
from feedhub.net import is_public_host, parse_target
from feedhub.values import dataclass

LEASE = timedelta(days=10)  # what is asked for; hubs give what they like
LEASE_LEAST = timedelta(minutes=5)
LEASE_MOST = timedelta(days=90)
RENEW_AFTER = 0.7  # the share of a lease after which it is renewed
PENDING_FOR = timedelta(hours=1)  # how long a hub may take to verify
RETRY_FIRST = timedelta(minutes=10)
RETRY_MOST = timedelta(days=1)
REMEMBERED = 64  # digests of pushes, to know a replay by
MAX_PUSH = 4 * 1024 * 1024
ALGORITHMS = ("sha1", "sha256", "sha384", "sha512")

_LINK = re.compile(
    r"<([^<>]*)>((?:\s*;\s*[\w!#$&+\-.^`|~*]+(?:\s*=\s*(?:\"[^\"]*\"|[^\s\",;]+))?)*)"
)
_REL = re.compile(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\s\",;]+))", re.IGNORECASE)


class Status(StrEnum):
    """Where a subscription stands."""

    PENDING = "pending"  # asked for, or about to be
    ACTIVE = "active"
    DENIED = "denied"  # the hub will not
    ENDING = "ending"  # we asked the hub to stop
    ENDED = "ended"


class Step(StrEnum):
    """What a subscription needs now."""

    NOTHING = "nothing"
    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"


@dataclass(frozen=True, slots=True)
class Offer:
    """A hub that a feed names, and the topic under which the hub knows the feed."""

    hub: str
    topic: str


@dataclass(frozen=True, slots=True)
class Subscription:
    """What is remembered of one subscription; plain values, to be stored as they are."""

    source_id: int
    hub: str
    topic: str
    token: str = field(repr=False)
    secret: str = field(repr=False)
    status: Status = Status.PENDING
    asked_at: datetime | None = None
    lease_from: datetime | None = None
    lease_until: datetime | None = None
    next_step_at: datetime | None = None
    failures: int = 0  # refusals in a row
    silent: int = 0  # requests in a row that were not refused, nor verified so far
    pushed_at: datetime | None = None
    missed_at: datetime | None = None  # when polling last found what the hub had not pushed
    seen: tuple[str, ...] = ()  # hexadecimal digests of the latest pushes
    note: str = ""
    base_url: str = ""  # below which the hub was last told to call back


@dataclass(frozen=True, slots=True)
class Reply:
    """What the callback answers: a status and, for a verification, the challenge."""

    status: int
    body: str = ""


def offered(
    headers: Mapping[str, str], hub_links: Sequence[str], self_link: str | None, url: str
) -> Offer | None:
    """The hub of a document: Link headers before the feed's own links, as the standard says.

    ``headers`` has lower-case names; ``url`` is where the document came from and stands in
    for a missing ``self``. Links that are no web addresses are passed over.
    """
    hubs: list[str] = []
    topics: list[str] = []
    for match in _LINK.finditer(headers.get("link", "")):
        rel = _REL.search(match[2])
        words = (rel[1] or rel[2]).lower().split() if rel else []
        if "hub" in words:
            hubs.append(match[1])
        if "self" in words:
            topics.append(match[1])
    hub = _first_address([*hubs, *hub_links], url)
    topic = _first_address([*topics, self_link or "", url], url)
    return Offer(hub, topic) if hub and topic else None


def _first_address(links: Sequence[str], base: str) -> str | None:
    for link in links:
        if not link.strip():
            continue
        try:
            return parse_target(link, base).href
        except NetError:
            continue
    return None


def can_be_reached(base_url: str) -> bool:
    """Whether hubs out there can call back: the hub's own address is a public one."""
    try:
        target = parse_target(base_url)
    except NetError:
        return False
    return is_public_host(target.host)


def begin(source_id: int, offer: Offer, now: datetime) -> Subscription:
    """A new subscription, to be stored and then asked for."""
    return Subscription(
        source_id=source_id,
        hub=offer.hub,
        topic=offer.topic,
        token=secrets.token_urlsafe(24),
        secret=secrets.token_hex(32),
        next_step_at=now,
    )


def callback(subscription: Subscription, base_url: str) -> str:
    return f"{base_url}/websub/{subscription.token}"


def request_form(subscription: Subscription, step: Step, base_url: str) -> bytes:
    """The form to post to the hub, ``application/x-www-form-urlencoded``."""
    form = {
        "hub.mode": str(step),
        "hub.topic": subscription.topic,
        "hub.callback": callback(subscription, base_url),
    }
    if step is Step.SUBSCRIBE:
        form["hub.lease_seconds"] = str(int(LEASE.total_seconds()))
        form["hub.secret"] = subscription.secret
    return urlencode(form).encode("ascii")


def next_step(subscription: Subscription, now: datetime) -> Step:
    """What is to be done now; ask again after ``next_step_at``."""
    if subscription.next_step_at is None or now < subscription.next_step_at:
        return Step.NOTHING
    if subscription.status is Status.ENDED:
        return Step.NOTHING
    if subscription.status is Status.ENDING:
        return Step.UNSUBSCRIBE
    return Step.SUBSCRIBE


def asked(subscription: Subscription, now: datetime) -> Subscription:
    """To be stored before the hub is asked. A lease that runs goes on while it is renewed.

    A hub that takes requests on and never verifies them, since it cannot reach us, say, is asked
    again after an hour, doubling to a day.
    """
    pause = min(PENDING_FOR * 2 ** min(subscription.silent, 12), RETRY_MOST)
    silent = subscription.silent + 1
    return replace(subscription, asked_at=now, silent=silent, next_step_at=now + pause)


def not_taken_on(
    subscription: Subscription, now: datetime, note: str, at_least: timedelta = timedelta(0)
) -> Subscription:
    """The hub refused the request, or could not be reached.

    Asked again after a pause that doubles from 10 minutes to a day, and not before ``at_least``
    where the hub asked for that, however long it takes: polling carries the source meanwhile.
    """
    if subscription.status is Status.ENDING:
        return replace(subscription, status=Status.ENDED, next_step_at=None, note=note)
    failures = subscription.failures + 1
    pause = max(min(RETRY_FIRST * 2 ** min(failures - 1, 12), RETRY_MOST), at_least)
    return replace(subscription, failures=failures, silent=0, next_step_at=now + pause, note=note)


def verify(
    subscription: Subscription, query: Mapping[str, str], now: datetime
) -> tuple[Subscription, Reply]:
    """Answer the hub's verification of intent (a GET of the callback).

    The challenge is given back only for what we have asked for ourselves within the hour, of
    this topic; anything else is 404 and changes nothing. A hub may deny what it had granted, at
    any time: its word ends the lease, and polling takes over.
    """
    refused = (subscription, Reply(404))
    mode, challenge = query.get("hub.mode"), query.get("hub.challenge", "")
    if query.get("hub.topic") != subscription.topic:
        return refused
    if mode == "denied":
        if subscription.status in (Status.ENDING, Status.ENDED):
            return refused  # nothing is asked for that could be denied
        said = query.get("hub.reason", "").encode("latin-1", "replace").decode("utf-8", "replace")
        note = said[:200] or "the hub gave no reason"
        ended = replace(
            subscription,
            status=Status.DENIED,
            lease_until=None,
            failures=subscription.failures + 1,
            next_step_at=now + RETRY_MOST,
            note=note,
        )
        return ended, Reply(200)
    asked_at = subscription.asked_at
    if not challenge or asked_at is None or now - asked_at > PENDING_FOR:
        return refused
    if mode == "unsubscribe" and subscription.status is Status.ENDING:
        ended = replace(
            subscription, status=Status.ENDED, lease_until=None, next_step_at=None, asked_at=None
        )
        return ended, Reply(200, challenge)
    if mode == "subscribe" and subscription.status not in (Status.ENDING, Status.ENDED):
        given = query.get("hub.lease_seconds", "")
        lease = LEASE
        if given.isascii() and given.isdigit():
            lease = min(max(timedelta(seconds=int(given[:10])), LEASE_LEAST), LEASE_MOST)
        active = replace(
            subscription,
            status=Status.ACTIVE,
            lease_from=now,
            lease_until=now + lease,
            next_step_at=now + lease * RENEW_AFTER,
            asked_at=None,
            failures=0,
            silent=0,
            note="",
        )
        return active, Reply(200, challenge)
    return refused


def receive(
    subscription: Subscription, headers: Mapping[str, str], body: bytes, now: datetime
) -> tuple[Subscription, Reply, bytes | None]:
    """Judge a push (a POST to the callback) before a byte of it is parsed.

    Returns the document only when its signature is right and it is no replay. A wrong
    signature is answered like a right one, as the standard asks, so that nobody can probe for
    the secret; an ended subscription with 410, which tells the hub to stop. ``headers`` has
    lower-case names.
    """
    if subscription.status in (Status.ENDED, Status.ENDING, Status.DENIED):
        return subscription, Reply(410), None
    if subscription.lease_until is None or now >= subscription.lease_until:
        return subscription, Reply(410), None
    if len(body) > MAX_PUSH:
        return subscription, Reply(413), None
    if not signed(subscription.secret, headers.get("x-hub-signature", ""), body):
        note = "a push with a missing or wrong signature was ignored"
        return replace(subscription, note=note), Reply(202), None
    digest = blake2b(body, digest_size=16).hexdigest()
    if digest in subscription.seen:
        return subscription, Reply(202), None
    return taken(subscription, body, now), Reply(202), body


def taken(subscription: Subscription, body: bytes, now: datetime) -> Subscription:
    """With a push that was taken in; of what may have changed while it was, nothing is lost."""
    digest = blake2b(body, digest_size=16).hexdigest()
    seen = (digest, *(one for one in subscription.seen if one != digest))[:REMEMBERED]
    return replace(subscription, seen=seen, pushed_at=now)


def signed(secret: str, signature: str, body: bytes) -> bool:
    """Whether ``signature`` (``sha256=...``) is that of ``body`` under ``secret``."""
    method, _, given = signature.strip().partition("=")
    if method.lower() not in ALGORITHMS:
        return False
    expected = hmac.new(secret.encode(), body, method.lower()).hexdigest()
    return hmac.compare_digest(expected.encode(), given.strip().lower().encode("utf-8", "replace"))


def pushed(stored: StoredSource, headers: Mapping[str, str], body: bytes, now: datetime) -> Fetched:
    """A push as a fetch, to go the same way as one; ``sent`` is false: nobody was asked.

    The validators stay those of the last fetch: a hub's copy says nothing about them.
    """
    digest = blake2b(body, digest_size=16).digest()
    same = digest == stored.state.body_hash
    kind = OutcomeKind.UNCHANGED if same else OutcomeKind.OK
    wanted = ("content-type", "link")
    return Fetched(
        outcome=Outcome(kind, reason="pushed by its hub"),
        url=stored.state.redirect_url or stored.source.url,
        started_at=now,
        body=None if same else body,
        body_hash=digest,
        headers={name: headers[name] for name in wanted if name in headers},
        etag=stored.state.etag,
        last_modified=stored.state.last_modified,
        wire_bytes=len(body),
        sent=False,
    )


def polled(subscription: Subscription, news: Sequence[datetime], now: datetime) -> Subscription:
    """After a poll that brought new entries dated ``news``: did the hub miss them?

    Missed is what was published more than half an hour before this poll and after the lease
    began. From then on polling has its usual pace again, until the hub pushes once more.
    """
    since = subscription.lease_from
    if subscription.status is not Status.ACTIVE or since is None:
        return subscription
    grace = timedelta(minutes=30)
    if any(since < at <= now - grace for at in news):
        return replace(subscription, missed_at=now)
    return subscription


def trusted_until(subscription: Subscription | None, now: datetime) -> datetime | None:
    """Until when pushes stand in for polling: to be stored as ``FetchState.push_until``.

    ``None`` while there is no lease, and from a missed entry on until the next push.
    """
    if subscription is None or subscription.status is not Status.ACTIVE:
        return None
    if subscription.lease_until is None or now >= subscription.lease_until:
        return None
    missed, push = subscription.missed_at, subscription.pushed_at
    if missed is not None and (push is None or push <= missed):
        return None
    return subscription.lease_until


def end(subscription: Subscription, now: datetime) -> Subscription:
    """To be stopped: its source is gone from feeds.yaml, or names another hub.

    Its hub is asked to stop as long as the lease runs; then it has stopped.
    """
    if subscription.status is Status.ENDED:
        return subscription
    if subscription.lease_until is None or now >= subscription.lease_until:
        return replace(subscription, status=Status.ENDED, next_step_at=None)
    if subscription.status is Status.ENDING:
        return subscription
    return replace(subscription, status=Status.ENDING, silent=0, next_step_at=now)
