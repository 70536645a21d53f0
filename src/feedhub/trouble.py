"""Which sources need a person, and what that person can do. Pure: statuses and ``now`` in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from shlex import quote

from feedhub.fetch import proposed_url
from feedhub.model import Outcome, OutcomeKind, SourceStatus
from feedhub.values import dataclass

# Shorter outages mend themselves, and telling of them teaches people not to read.
OUTAGE = timedelta(hours=24)
# A source is silent when its pause is this many times its longest of late, and over a week.
SILENT = 3
SILENT_LEAST = timedelta(days=7)

KINDS: Mapping[str, str] = {
    "dead": "its host says that it is gone for good",
    "failing": "no good answer for a day, or none ever",
    "moved": "a permanent redirect has been seen for a week",
    "silent": "nothing new for a week, and for three times its longest pause of late",
    "misbehaving": 'its ids or its "not modified" cannot be trusted; feedhub copes',
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is the matter with one source. ``advice`` says what to do."""

    source_id: int
    source: str  # its name
    key: str
    kind: str
    since: datetime
    text: str
    advice: str


def troubles(statuses: Iterable[SourceStatus], now: datetime) -> list[Trouble]:
    """What is the matter, the newest trouble first."""
    found = [trouble for status in statuses for trouble in _of(status, now)]
    return sorted(found, key=lambda one: (one.since, one.source_id), reverse=True)


def _of(status: SourceStatus, now: datetime) -> Iterable[Trouble]:
    state, outcome = status.stored.state, status.outcome
    key = status.stored.source.key

    def trouble(kind: str, since: datetime, text: str, advice: str) -> Trouble:
        name = status.told_name or status.stored.source.url
        return Trouble(status.stored.id, name, key, kind, since, text, advice)

    if state.gone_at is not None:
        yield trouble(
            "dead",
            state.gone_at,
            "its host says that it is gone for good (410)",
            f"remove it: feedhub sources remove {quote(key)}",
        )
        return
    if outcome is not None and not outcome.good:
        since = state.last_ok_at or state.imported_at
        if since is None or now - since >= OUTAGE:
            reason = f": {outcome.reason}" if outcome.reason else ""
            yield trouble(
                "failing",
                since or state.failing_since or state.last_fetch_at or now,
                f"no good answer since then; now {outcome.label}{reason}",
                _advice(status, outcome),
            )
            return
    new = proposed_url(status.stored, now)
    if new is not None:
        yield trouble(
            "moved",
            state.redirect_since or now,
            f"it has moved for good to {new}",
            "write the new address down: feedhub sources apply",
        )
    pause = _silence(status, now)
    if pause is not None:
        yield trouble(
            "silent",
            status.stored.recent[0],
            f"nothing new for {pause.days} days, although it answers",
            "look whether it publishes elsewhere now",
        )
    if not status.stored.guids.trusted:
        yield trouble(
            "misbehaving",
            state.imported_at or now,
            f"its ids are not to be trusted: {status.stored.guids.reason}",
            "nothing needs to be done: its links are trusted instead",
        )
    if state.distrusted_at is not None:
        yield trouble(
            "misbehaving",
            state.distrusted_at,
            "it says that nothing has changed when it has",
            "nothing needs to be done: it is asked in full at times",
        )


def _advice(status: SourceStatus, outcome: Outcome) -> str:
    return {
        OutcomeKind.BLOCKED: "its host refuses us: ask its owner, or remove it",
        OutcomeKind.NOT_A_FEED: "what is there is no feed: feedhub sources add finds the new one",
        OutcomeKind.THROTTLED: "its host asks for quiet: give it a longer interval",
    }.get(outcome.kind, f"look at {status.stored.source.url} in a browser")


def _silence(status: SourceStatus, now: datetime) -> timedelta | None:
    """How long a source has been unusually quiet; null when it has not."""
    recent = status.stored.recent
    if len(recent) < 3:
        return None
    longest = max(later - earlier for later, earlier in pairwise(recent))
    pause = now - recent[0]
    return pause if pause > max(SILENT_LEAST, SILENT * longest) else None
