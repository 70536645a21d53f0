"""How well-behaved the hub has been, judged from its own fetch log alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from datetime import datetime, timedelta
from enum import StrEnum

from feedhub.fetch.pace import FLOOR, words
from feedhub.fetch.validators import FULL_AT_MOST
from feedhub.model import FetchLogRow, OutcomeKind, Visit
from feedhub.values import dataclass

TOLERANCE = timedelta(milliseconds=100)  # of clocks and of rounding in the log
SPACING = timedelta(seconds=1)

_Blame = Callable[["FaultKind", str], None]


class FaultKind(StrEnum):
    """What a publisher could hold against us."""

    TOO_SOON = "sooner than allowed"
    UNCONDITIONAL = "in full although a validator was given"
    AFTER_GONE = "after 410"
    BURST = "in a burst"
    IGNORED_RETRY_AFTER = "within Retry-After"


@dataclass(frozen=True, slots=True)
class Fault:
    """One request that should not have been made so."""

    kind: FaultKind
    source_key: str
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Grade:
    """A source's share: ``letter`` is A without faults, then B (under 1 %) to F (over 20 %)."""

    source_key: str
    requests: int
    faults: tuple[Fault, ...] = ()

    @property
    def letter(self) -> str:
        if not self.faults:
            return "A"
        share = len(self.faults) / max(1, self.requests)
        for limit, letter in ((0.01, "B"), (0.05, "C"), (0.2, "D")):
            if share < limit:
                return letter
        return "F"


@dataclass(frozen=True, slots=True)
class Audit:
    """The whole: grades by source key, worst first; ``score`` is 1.0 without a fault."""

    requests: int
    grades: tuple[Grade, ...]
    counts: Mapping[FaultKind, int] = field(default_factory=dict)

    @property
    def faults(self) -> tuple[Fault, ...]:
        return tuple(fault for grade in self.grades for fault in grade.faults)

    @property
    def score(self) -> float:
        """The share of requests that nobody could object to."""
        blamed = {(fault.source_key, fault.at) for fault in self.faults}
        return 1.0 - len(blamed) / self.requests if self.requests else 1.0


@dataclass(slots=True)
class _History:
    """What the earlier rows of a source oblige to."""

    last: FetchLogRow | None = None
    last_full: datetime | None = None
    gone_at: datetime | None = None
    gone_url: str = ""
    quiet: _Quiet | None = None


@dataclass(frozen=True, slots=True)
class _Quiet:
    """A wish for quiet: who asked before it was heard has not ignored it."""

    heard_at: datetime
    until: datetime


def audit(rows: Iterable[FetchLogRow], *, spacing: timedelta = SPACING) -> Audit:
    """Grade a fetch log. Pure; ``rows`` may come in any order.

    The rules are those of the plan, applied to what was done: no request before the planned
    time or within 5 minutes of the last (by hand: a person's own wish, and free); in full at
    most daily where the source gave a validator; none after 410; requests to one group at
    least ``spacing`` apart, those that redirects led to included; none to a throttling group,
    nor to a source, before its Retry-After has passed, not even by hand.
    """
    faults: dict[str, list[Fault]] = defaultdict(list)
    requests: Counter[str] = Counter()
    sources: dict[str, _History] = defaultdict(_History)
    last_in_group: dict[str, datetime] = {}
    group_quiet: dict[str, _Quiet] = {}

    for visit, row, place in _in_order(rows):
        history = sources[row.source_key]
        if place == 0 and history.last is not None and _is_another(row, history.last):
            history.last = history.quiet = None

        def blame(kind: FaultKind, text: str, row: FetchLogRow = row) -> None:
            faults[row.source_key].append(Fault(kind, row.source_key, row.at, text))

        if place == 0:
            requests[row.source_key] += 1
            _judge_request(row, history, blame)
        before = last_in_group.get(visit.group)
        if before is not None and visit.at - before < spacing - TOLERANCE:
            gap_ms = (visit.at - before).total_seconds() * 1000
            blame(FaultKind.BURST, f"{gap_ms:.0f} ms after another request to {visit.group}")
        for quiet in (history.quiet if place == 0 else None, group_quiet.get(visit.group)):
            if quiet and quiet.heard_at <= visit.at < quiet.until - TOLERANCE:
                text = f"{words(quiet.until - visit.at)} of it were left"
                blame(FaultKind.IGNORED_RETRY_AFTER, text)
                break

        last_in_group[visit.group] = visit.at
        if place < len(row.hops):
            continue
        history.last = row
        if not row.conditional:
            history.last_full = row.at
        if row.outcome is OutcomeKind.GONE:
            history.gone_at, history.gone_url = row.at, row.url
        if row.retry_after is not None:
            heard_at = row.at + row.elapsed
            history.quiet = quiet = _Quiet(heard_at, heard_at + row.retry_after)
            # Without a status it was held back on its way, by what an earlier row has told.
            if row.outcome is OutcomeKind.THROTTLED and row.status is not None:
                before_it = group_quiet.get(visit.group, quiet)
                group_quiet[visit.group] = max(quiet, before_it, key=lambda one: one.until)

    grades = [Grade(key, count, tuple(faults[key])) for key, count in requests.items()]
    grades.sort(key=lambda grade: (-len(grade.faults), grade.source_key))
    counts = Counter(fault.kind for found in faults.values() for fault in found)
    return Audit(sum(requests.values()), tuple(grades), dict(counts))


def _is_another(row: FetchLogRow, last: FetchLogRow) -> bool:
    """Whether feeds.yaml has given the source another address: who was there last planned nothing
    for it, and has no claim to what it asked for itself.
    """
    return row.allowed_at is None and not row.by_hand and row.url != last.url


def _in_order(rows: Iterable[FetchLogRow]) -> list[tuple[Visit, FetchLogRow, int]]:
    """Every host's turn in the order of time, with its row and its place among the row's."""
    turns = [
        (visit, row, place)
        for row in rows
        for place, visit in enumerate((Visit(row.group, row.at), *row.hops))
    ]
    return sorted(turns, key=lambda turn: (turn[0].at, turn[1].source_key))


def _judge_request(row: FetchLogRow, history: _History, blame: _Blame) -> None:
    _judge_time(row, history, blame)
    if row.had_validator and not row.conditional and history.last_full is not None:
        gap = row.at - history.last_full
        if gap < FULL_AT_MOST - TOLERANCE:
            blame(FaultKind.UNCONDITIONAL, f"{words(gap)} after it was last asked in full")
    if history.gone_at is not None and row.url == history.gone_url:
        blame(FaultKind.AFTER_GONE, f"it had said 410 at {history.gone_at:%Y-%m-%d %H:%M}")


def _judge_time(row: FetchLogRow, history: _History, blame: _Blame) -> None:
    if row.by_hand:
        return
    if row.allowed_at is not None and row.at < row.allowed_at - TOLERANCE:
        blame(FaultKind.TOO_SOON, f"{words(row.allowed_at - row.at)} before it was due")
    elif history.last is not None and row.at - history.last.at < FLOOR - TOLERANCE:
        blame(FaultKind.TOO_SOON, f"{words(row.at - history.last.at)} after the last request")
