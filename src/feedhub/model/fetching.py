"""A source's state, what one fetch brought, and when the next is due."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import datetime, timedelta

from feedhub.model.outcomes import Outcome, OutcomeKind
from feedhub.model.settings import Source
from feedhub.values import dataclass


@dataclass(frozen=True, slots=True)
class FetchState:
    """What the store remembers of a source between fetches.

    ``etag`` and ``last_modified`` are opaque: the header's bytes read as Latin-1, sent back
    as they came. ``imported_at`` is the first successful import, null before it.
    """

    etag: str | None = None
    last_modified: str | None = None
    body_hash: bytes | None = None
    last_fetch_at: datetime | None = None
    last_ok_at: datetime | None = None
    last_200_at: datetime | None = None
    imported_at: datetime | None = None
    next_due: datetime | None = None
    due_reason: str = ""
    errors: int = 0  # consecutive fetches that did not end well
    failing_since: datetime | None = None  # the first of them
    redirect_url: str | None = None  # where permanent redirects agree on pointing
    redirect_since: datetime | None = None
    onward_url: str | None = None  # where that address, believed, has itself begun to point
    onward_since: datetime | None = None
    site_link: str | None = None
    hints: PaceHints | None = None  # from the last document parsed
    fresh_for: timedelta | None = None  # as its server last said with Cache-Control or Expires
    paused_until: datetime | None = None  # a throttling host's wish, for its whole rate group
    paused_group: str | None = None  # which that is, where a redirect led to another's
    quiet_until: datetime | None = None  # Retry-After of any answer, for this source alone
    gone_at: datetime | None = None  # 410: not asked again
    distrusted_at: datetime | None = None  # when its validators were found to lie
    unconditional_at: datetime | None = None  # last request in full although validators were there
    push_until: datetime | None = None  # a hub is trusted to push its news until then
    changed_at: datetime | None = None  # when a 200 last brought another body
    suspicions: int = 0  # times in a row that a 304 was belied by asking in full
    dated: int | None = None  # entries with a date in the last document; null: none was read
    date_trust: float | None = None  # share of those dates that could be believed; null: no dates
    truncated: bool = False  # the last document was cut off
    backoff: int = 0  # doublings of its pace after throttling; one fewer with each good fetch


@dataclass(frozen=True, slots=True)
class GuidTrust:
    """What a source's guids have shown, and whether they are asked first because of it."""

    trusted: bool = True
    reason: str = ""  # why not, in words fit for the status page
    flips: int = 0  # fetches in which most known articles came under new guids
    reused: int = 0  # guids that came back for another article
    shared: bool = False  # different articles have had one guid at the same time


@dataclass(frozen=True, slots=True)
class StoredSource:
    """A source with its id in the store and what is remembered of it."""

    id: int
    source: Source
    state: FetchState
    recent: tuple[datetime, ...] = ()  # effective times of its newest items, newest first
    guids: GuidTrust = GuidTrust()

    @property
    def next_due(self) -> datetime | None:
        """When it is asked next; null for one that is not: disabled, or gone for good."""
        asked = self.source.enabled and self.state.gone_at is None
        return self.state.next_due if asked else None


@dataclass(frozen=True, slots=True)
class Visit:
    """A host's turn to be asked: its rate group, else its name, and when, in UTC."""

    group: str
    at: datetime


def _nothing() -> None:
    """Nothing is held."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """The result of one fetch: exactly one outcome, and on a good 200 the body."""

    outcome: Outcome
    url: str  # the address that answered last
    started_at: datetime
    elapsed: timedelta = timedelta(0)
    body: bytes | None = None
    body_hash: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)  # lower-case names
    etag: str | None = None
    last_modified: str | None = None
    wire_bytes: int = 0
    permanent_url: str | None = None  # where an unbroken chain of 301/308 led
    requested_url: str = ""  # the address asked first: the configured or a believed one
    conditional: bool = False  # the request carried validators
    had_validator: bool = False  # there were some to carry
    sent: bool = True  # false: held back, nothing left this machine
    retry_after: timedelta | None = None  # the pause asked for, counted from the end
    visits: tuple[Visit, ...] = ()  # who was really asked; more than one after redirects
    # to be called once what the body brought is stored: until then its bytes count as held
    let_go: Callable[[], None] = field(default=_nothing, repr=False, compare=False)

    @property
    def ended_at(self) -> datetime:
        return self.started_at + self.elapsed

    @property
    def group(self) -> str | None:
        """The rate group that answered, where one was asked."""
        return self.visits[-1].group if self.visits else None


@dataclass(frozen=True, slots=True)
class FetchLogRow:
    """One request as the fetch log keeps it: what the audit of manners reads.

    ``allowed_at`` is the due time in force when the request was made, as the fetch before
    had planned it; for a request by hand the end of a pause, if any. Null: no fetch before.
    """

    source_key: str
    group: str  # the rate group, else the host
    at: datetime
    outcome: OutcomeKind
    status: int | None = None
    conditional: bool = False
    had_validator: bool = False
    retry_after: timedelta | None = None  # what this answer asked for
    allowed_at: datetime | None = None
    by_hand: bool = False
    url: str = ""  # the address asked
    elapsed: timedelta = timedelta(0)
    hops: tuple[Visit, ...] = ()  # groups of other hosts that redirects led to


@dataclass(frozen=True, slots=True)
class PaceHints:
    """What a document says of its own pace; empty when it says nothing."""

    ttl: timedelta | None = None
    skip_hours: frozenset[int] = frozenset()  # 0-23, UTC
    skip_days: frozenset[int] = frozenset()  # 0 Monday .. 6 Sunday, UTC
    update_period: timedelta | None = None  # sy:updatePeriod / sy:updateFrequency


@dataclass(frozen=True, slots=True)
class Due:
    """When a source is fetched next, and why then, in words fit for the status page."""

    at: datetime
    reason: str
