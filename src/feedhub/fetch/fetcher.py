"""Source -> Fetched: one polite, bounded request with exactly one outcome."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from hashlib import blake2b

from feedhub import __version__
from feedhub.errors import NetError
from feedhub.fetch.classify import WHOLE, classify
from feedhub.fetch.clock import Clock, SystemClock
from feedhub.fetch.gate import HostGate, Paused
from feedhub.fetch.lanes import Lanes
from feedhub.fetch.pace import RETRY_AFTER_MOST, retry_after, words
from feedhub.fetch.state import believed_url, moved_to
from feedhub.fetch.validators import conditional_headers, has_validator
from feedhub.model import (
    Fetched,
    Outcome,
    OutcomeKind,
    Source,
    StoredSource,
    Visit,
)
from feedhub.net import (
    HttpClient,
    HttpRequest,
    HttpResponse,
    host_of,
    same_party,
    without_credentials,
)

# Of the whole group, where no Retry-After is given: doubled for each refusal in a row, up to these.
THROTTLED_PAUSE = timedelta(minutes=5)
THROTTLED_MOST = timedelta(hours=4)


class _Way:
    """One fetch's way past the hosts: it holds one host's turn at a time, redirects included,
    and, once it has that, a place among all.

    Both are given back before the next host's turn is waited for. So none waits for a turn
    while it holds anything, whoever has a place goes on to its end, and fetches that cross one
    another's way, or meet at one host, cannot wait for one another.
    """

    def __init__(
        self, gate: HostGate, lanes: Lanes, clock: Clock, stored: StoredSource, now: datetime
    ) -> None:
        self._gate = gate
        self._lanes = lanes
        self._clock = clock
        self._source = stored.source
        self._doubtful = stored.state.errors > 0
        self._now, self._zero = now, clock.time()
        self._held: list[Callable[[], None]] = []  # what gives them back, the turn's first
        self._told = False
        self.group = ""
        self.visits: list[Visit] = []

    async def __aenter__(self) -> _Way:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._give_back()

    def _give_back(self) -> None:
        while self._held:
            self._held.pop()()

    @property
    def now(self) -> datetime:
        return self._now + timedelta(seconds=self._clock.time() - self._zero)

    async def enter(self, group: str) -> datetime:
        """Wait for the turn and for a place; when that was over."""
        self._held.append(await self._gate.enter(group))
        self._held.append(await self._lanes.enter(doubtful=self._doubtful))
        self._gate.started(group)
        self.group, self._told = group, False
        return self.now

    async def hop(self, url: str) -> None:
        group = rate_group(self._source, url)
        if group != self.group:
            self._give_back()
            await self.enter(group)

    def sent(self) -> None:
        if not self._told:  # the first of this turn: redirects within a host belong to it
            self._told = True
            self._gate.started(self.group)  # looking its name up may have taken a while
            self.visits.append(Visit(self.group, self.now))


class Fetcher:
    """Fetches sources through one client, with manners.

    Cheap to call many times at once: requests wait in line per rate group, then for a place
    among all. ``spacing`` is in seconds between the starts of two requests to one group;
    ``precise`` adds to a time what it lacks of the true one.
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
        precise: Callable[[datetime], datetime] = lambda now: now,
    ) -> None:
        self._client = client
        self._precise = precise
        self._clock = clock or SystemClock()
        self.identify(contact)
        self.gate = HostGate(self._clock, concurrency=per_host, spacing=spacing)
        self._lanes = Lanes(concurrency, slow_concurrency, patience)
        self._refusals: dict[str, int] = {}  # by group: how often in a row it has throttled us

    def identify(self, contact: str | None) -> None:
        """Who is to be written to about requests from now on."""
        self._agent = user_agent(contact)

    def resume(self, sources: Iterable[StoredSource], now: datetime) -> None:
        """Take up the pauses that hosts had asked for before a restart."""
        for stored in sources:
            self._honour(stored, now)

    async def fetch(self, stored: StoredSource, now: datetime) -> Fetched:
        """Fetch one source. ``now`` is the time of the call, in UTC.

        Never raises for what a network or server does; cancelling it leaves nothing behind.
        The request may start later than ``now``: see ``started_at`` of the result.
        """
        now = self._precise(now)
        url = stored.source.unveiled(believed_url(stored, now))
        shown = stored.source.veiled(without_credentials(url))
        if stored.state.gone_at is not None:
            gone = Outcome(OutcomeKind.GONE, reason="410 earlier; not asked again", status=410)
            return Fetched(gone, shown, now, sent=False, requested_url=shown)
        self._honour(stored, now)
        way = _Way(self.gate, self._lanes, self._clock, stored, now)
        try:
            if quiet := _left(stored.state.quiet_until, now):  # asked by hand, before its time
                raise Paused(quiet)
            async with way:
                started_at = await way.enter(rate_group(stored.source, url))
                return await self._ask(stored, url, shown, started_at, way)
        except Paused as pause:
            left = timedelta(seconds=pause.seconds)
            reason = f"{pause.group or shown} asked for quiet for {words(left)} more"
            # Where a redirect led to a host that wants quiet, the one before it has been asked.
            started_at = way.visits[0].at if way.visits else now
            return Fetched(
                Outcome(OutcomeKind.THROTTLED, reason=reason),
                shown,
                started_at,
                way.now - started_at,
                sent=bool(way.visits),
                retry_after=left,
                requested_url=shown,
                visits=tuple(way.visits),
            )

    def _unsaid_pause(self, group: str) -> timedelta:
        """How long a group that throttles, and does not say for how long, is left in peace.

        Its sources each slow down by themselves, but a hundred of them would go on asking it
        every five minutes by turns.
        """
        refusals = self._refusals.get(group, 0)
        self._refusals[group] = refusals + 1
        return min(THROTTLED_PAUSE * (1 << min(refusals, 12)), THROTTLED_MOST)

    def _honour(self, stored: StoredSource, now: datetime) -> None:
        if left := _left(stored.state.paused_until, now):
            group = stored.state.paused_group
            group = group or rate_group(stored.source, believed_url(stored, now))
            self.gate.pause(group, left)

    async def _ask(
        self, stored: StoredSource, url: str, shown: str, started_at: datetime, way: _Way
    ) -> Fetched:
        source, state = stored.source, stored.state
        conditional = conditional_headers(stored, started_at)
        had = has_validator(state)
        ours = same_party(source.url, url)
        request = HttpRequest(
            url=url,
            headers=source.headers if ours else (),
            conditional=conditional,
            auth=source.auth if ours else None,
            allow_private=source.allow_private,
            proxy=source.proxy,
            ca_file=source.ca_file,
            timeout=source.timeout.total_seconds() if source.timeout else None,
            holds=True,
            doubtful=state.errors > 0,
            user_agent=self._agent,
            line=way,
        )
        try:
            response = await self._client.get(request)
        except NetError as error:
            reason = source.veiled(error.reason)
            return Fetched(
                Outcome(OutcomeKind.FAILED, error.stage, reason, error.status),
                shown,
                started_at,
                way.now - started_at,
                requested_url=shown,
                conditional=bool(conditional),
                had_validator=had,
                retry_after=_asked_pause(error.headers, way.now),
                visits=tuple(way.visits),
            )
        fetched = None
        try:
            fetched = self._conclude(
                stored, response, shown, started_at, way, bool(conditional), had
            )
        finally:
            if fetched is None or fetched.body is None:
                response.let_go()
        return fetched

    def _conclude(
        self,
        stored: StoredSource,
        response: HttpResponse,
        shown: str,
        started_at: datetime,
        way: _Way,
        conditional: bool,
        had: bool,
    ) -> Fetched:
        source, body, digest = stored.source, response.body, None
        veiled, moved = source.veiled, response.permanent_url
        kept = moved and veiled(moved)
        if kept and source.unveiled(kept) != moved:
            # it spells a secret otherwise: kept without that, it could not be asked for
            kept = None
        if response.status in WHOLE:
            digest = blake2b(body, digest_size=16).digest()
        outcome = classify(
            response.status,
            response.headers,
            body,
            same_body=digest is not None and digest == stored.state.body_hash,
            conditional=conditional,
            moved=moved is not None,
            detour=response.redirects > 0 and moved != response.url,
            former=moved_to(stored, started_at) not in (None, shown),
            authorized=source.auth is not None and same_party(source.url, response.url),
        )
        pause = _asked_pause(response.headers, way.now)
        if outcome.kind is OutcomeKind.THROTTLED:
            pause = max(pause or self._unsaid_pause(way.group), timedelta(seconds=1))
            self.gate.pause(way.group, pause.total_seconds())
        else:
            self._refusals.pop(way.group, None)
        fresh = outcome.kind in (OutcomeKind.OK, OutcomeKind.MOVED)
        headers = {k: v for k, v in response.headers.items() if k != "set-cookie"}
        return Fetched(
            outcome=outcome,
            url=veiled(response.url),
            started_at=started_at,
            elapsed=way.now - started_at,
            body=body if fresh else None,
            body_hash=digest if outcome.good else None,
            headers=headers,
            etag=headers.get("etag") or None,  # an empty one is none
            last_modified=headers.get("last-modified") or None,
            wire_bytes=response.wire_bytes,
            permanent_url=kept,
            requested_url=shown,
            conditional=conditional,
            had_validator=had,
            retry_after=pause,
            visits=tuple(way.visits),
            let_go=response.let_go,
        )


def _left(until: datetime | None, now: datetime) -> float:
    """Seconds of quiet left; 0 for none, and for a time that a clock gone wrong has noted."""
    if until is None or not timedelta(0) < until - now <= RETRY_AFTER_MOST + timedelta(hours=1):
        return 0.0
    return (until - now).total_seconds()


def _asked_pause(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    header = headers.get("retry-after")
    return None if header is None else retry_after(header, now, headers.get("date", ""))


def rate_group(source: Source, url: str | None = None) -> str:
    """What a source is rationed with: its ``rate_group``, else the host of ``url`` (its own)."""
    return source.rate_group or host_of(url or source.url) or source.url


def user_agent(contact: str | None) -> str:
    """``feedhub/VERSION (+contact)``, only of characters that a header can carry."""
    name = f"feedhub/{__version__}"
    said = "".join(c for c in contact or "" if " " < c < "\x7f" and c not in "()")
    return f"{name} (+{said})" if said else name
