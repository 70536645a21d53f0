"""Source -> Fetched: one polite, bounded request with exactly one outcome."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import blake2b

from feedhub import __version__
from feedhub.errors import NetError
from feedhub.fetch.classify import classify
from feedhub.fetch.clock import Clock, SystemClock
from feedhub.fetch.gate import HostGate, Paused
from feedhub.fetch.lanes import Lanes
from feedhub.fetch.pace import retry_after, words
from feedhub.fetch.state import believed_url
from feedhub.fetch.validators import conditional_headers, has_validator
from feedhub.model import Fetched, FetchLogRow, Outcome, OutcomeKind, Source, StoredSource
from feedhub.net import (
    HttpClient,
    HttpRequest,
    HttpResponse,
    host_of,
    same_party,
    without_credentials,
)

THROTTLED_PAUSE = timedelta(minutes=5)  # of the whole group, where no Retry-After is given


class Fetcher:
    """Fetches sources through one client, with manners.

    Cheap to call many times at once: requests wait in line per rate group, then for a place
    among all. ``spacing`` is in seconds between the starts of two requests to one group.
    """

    def __init__(
        self,
        client: HttpClient,
        *,
        contact: str | None = None,
        concurrency: int = 200,
        slow_concurrency: int = 400,
        per_host: int = 1,
        spacing: float = 1.0,
        patience: float = 1.5,
        clock: Clock | None = None,
    ) -> None:
        self._client = client
        self._clock = clock or SystemClock()
        self._agent = user_agent(contact)
        self.gate = HostGate(self._clock, concurrency=per_host, spacing=spacing)
        self._lanes = Lanes(concurrency, slow_concurrency, patience)

    def resume(self, sources: Iterable[StoredSource], now: datetime) -> None:
        """Take up the pauses that hosts had asked for before a restart."""
        for stored in sources:
            self._honour(stored, now)

    async def fetch(self, stored: StoredSource, now: datetime) -> Fetched:
        """Fetch one source. ``now`` is the time of the call, in UTC.

        Never raises for what a network or server does; cancelling it leaves nothing behind.
        The request may start later than ``now``: see ``started_at`` of the result.
        """
        asked = self._clock.time()
        url = believed_url(stored, now)
        shown = without_credentials(url)
        if stored.state.gone_at is not None:
            gone = Outcome(OutcomeKind.GONE, reason="410 earlier; not asked again", status=410)
            return Fetched(gone, shown, now, sent=False, requested_url=shown)
        self._honour(stored, now)
        doubtful = stored.state.errors > 0
        group = rate_group(stored.source, url)
        try:
            async with (
                self.gate.turn(group),
                self._lanes.place(doubtful=doubtful),
            ):
                self.gate.started(group)
                start = self._clock.time()
                started_at = now + timedelta(seconds=start - asked)
                return await self._ask(stored, url, started_at, start)
        except Paused as pause:
            left = timedelta(seconds=pause.seconds)
            reason = f"{group} asked for quiet for {words(left)} more"
            return Fetched(
                Outcome(OutcomeKind.THROTTLED, reason=reason),
                shown,
                now,
                sent=False,
                retry_after=left,
                requested_url=shown,
            )

    def _honour(self, stored: StoredSource, now: datetime) -> None:
        until = stored.state.paused_until
        if until is not None and until > now:
            group = rate_group(stored.source, believed_url(stored, now))
            self.gate.pause(group, (until - now).total_seconds())

    async def _ask(
        self, stored: StoredSource, url: str, started_at: datetime, start: float
    ) -> Fetched:
        source, state = stored.source, stored.state
        conditional = conditional_headers(stored, started_at)
        had = has_validator(state)
        ours = url == source.url or same_party(source.url, url)
        request = HttpRequest(
            url=url,
            headers=source.headers if ours else (),
            conditional=conditional,
            auth=source.auth if ours else None,
            allow_private=source.allow_private,
            proxy=source.proxy,
            ca_file=source.ca_file,
            timeout=source.timeout.total_seconds() if source.timeout else None,
            doubtful=state.errors > 0,
            user_agent=self._agent,
        )
        try:
            response = await self._client.get(request)
        except NetError as error:
            outcome = Outcome(OutcomeKind.FAILED, error.stage, error.reason, error.status)
            return Fetched(
                outcome,
                without_credentials(url),
                started_at,
                self._since(start),
                requested_url=without_credentials(url),
                conditional=bool(conditional),
                had_validator=had,
            )
        return self._conclude(stored, response, url, started_at, start, bool(conditional), had)

    def _conclude(
        self,
        stored: StoredSource,
        response: HttpResponse,
        url: str,
        started_at: datetime,
        start: float,
        conditional: bool,
        had: bool,
    ) -> Fetched:
        body, digest = response.body, None
        if response.status == 200:
            digest = blake2b(body, digest_size=16).digest()
        outcome = classify(
            response.status,
            response.headers,
            body,
            same_body=digest is not None and digest == stored.state.body_hash,
            conditional=conditional,
            moved=response.permanent_url is not None,
        )
        group = rate_group(stored.source, url)
        pause = self._pause(group, response, outcome, started_at)
        fresh = outcome.kind in (OutcomeKind.OK, OutcomeKind.MOVED)
        headers = {k: v for k, v in response.headers.items() if k != "set-cookie"}
        return Fetched(
            outcome=outcome,
            url=response.url,
            started_at=started_at,
            elapsed=self._since(start),
            body=body if fresh else None,
            body_hash=digest if outcome.good else None,
            headers=headers,
            etag=headers.get("etag"),
            last_modified=headers.get("last-modified"),
            wire_bytes=response.wire_bytes,
            permanent_url=response.permanent_url,
            requested_url=without_credentials(url),
            conditional=conditional,
            had_validator=had,
            retry_after=pause,
        )

    def _pause(
        self, group: str, response: HttpResponse, outcome: Outcome, started_at: datetime
    ) -> timedelta | None:
        """The pause asked for; a throttled group as a whole is held to it."""
        header = response.headers.get("retry-after")
        asked = None
        if header is not None:
            asked = retry_after(header, started_at, response.headers.get("date", ""))
        if outcome.kind is OutcomeKind.THROTTLED:
            pause = max(asked or THROTTLED_PAUSE, timedelta(seconds=1))
            self.gate.pause(group, pause.total_seconds())
            return pause
        return asked

    def _since(self, start: float) -> timedelta:
        return timedelta(seconds=self._clock.time() - start)


def rate_group(source: Source, url: str | None = None) -> str:
    """What a source is rationed with: its ``rate_group``, else the host of ``url`` (its own)."""
    return source.rate_group or host_of(url or source.url) or source.url


def log_row(stored: StoredSource, fetched: Fetched, *, by_hand: bool = False) -> FetchLogRow | None:
    """The fetch log's row for a request; ``None`` where none was sent.

    ``stored`` is as it was before the fetch: its due time is what allowed the request.
    """
    if not fetched.sent:
        return None
    state = stored.state
    return FetchLogRow(
        source_key=stored.source.key,
        group=rate_group(stored.source, fetched.requested_url),
        at=fetched.started_at,
        outcome=fetched.outcome.kind,
        status=fetched.outcome.status,
        conditional=fetched.conditional,
        had_validator=fetched.had_validator,
        retry_after=fetched.retry_after,
        allowed_at=state.paused_until if by_hand else state.next_due,
        by_hand=by_hand,
        url=fetched.requested_url,
    )


def user_agent(contact: str | None) -> str:
    """``feedhub/VERSION (+contact)``, only of characters that a header can carry."""
    name = f"feedhub/{__version__}"
    said = "".join(c for c in contact or "" if " " < c < "\x7f" and c not in "()")
    return f"{name} (+{said})" if said else name
