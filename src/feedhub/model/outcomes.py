"""How a fetch ended: the one vocabulary of store, log, metric and page."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class OutcomeKind(StrEnum):
    """How a fetch ended: one word for store, log, metric and page."""

    OK = "ok"
    UNCHANGED = "unchanged"  # 200 with the same body as last time
    NOT_MODIFIED = "not_modified"  # 304
    MOVED = "moved"  # a good answer, through a permanent redirect
    GONE = "gone"  # 410
    THROTTLED = "throttled"  # 429, or 503 with Retry-After
    BLOCKED = "blocked"  # 401, 403 or a challenge page
    NOT_A_FEED = "not_a_feed"  # an answer that is no feed, with what was found
    FAILED = "failed"  # see the stage and the reason


class Stage(StrEnum):
    """Where a failed fetch failed."""

    DNS = "dns"
    CONNECT = "connect"
    TLS = "tls"
    TIMEOUT = "timeout"
    STATUS = "status"
    SIZE = "size"
    ENCODING = "encoding"
    REDIRECTS = "redirects"
    ADDRESS = "address"
    PARSE = "parse"


GOOD_OUTCOMES = frozenset(
    {OutcomeKind.OK, OutcomeKind.UNCHANGED, OutcomeKind.NOT_MODIFIED, OutcomeKind.MOVED}
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of one fetch. ``stage`` is set exactly when ``kind`` is ``failed``."""

    kind: OutcomeKind
    stage: Stage | None = None
    reason: str = ""
    status: int | None = None

    @property
    def good(self) -> bool:
        return self.kind in GOOD_OUTCOMES

    @property
    def label(self) -> str:
        """``ok``, ``failed:dns`` ...: the word used in logs, metrics and pages."""
        return f"{self.kind}:{self.stage}" if self.stage else str(self.kind)
