"""How a fetch ended: the one vocabulary of store, log, metric and page."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from feedhub.values import dataclass


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


# What the words mean, as the reference tells it.
OUTCOMES: Mapping[OutcomeKind, str] = {
    OutcomeKind.OK: "a document was read",
    OutcomeKind.UNCHANGED: "200 with the same bytes as last time",
    OutcomeKind.NOT_MODIFIED: "304",
    OutcomeKind.MOVED: "a good answer, through a permanent redirect",
    OutcomeKind.GONE: "410: not asked again",
    OutcomeKind.THROTTLED: "429, or 503 with Retry-After: asked again when the host allows",
    OutcomeKind.BLOCKED: "401, 403 or a challenge page",
    OutcomeKind.NOT_A_FEED: "something else stands there; feeds that it names are told",
    OutcomeKind.FAILED: "with a stage, as in `failed:dns`, and a reason",
}
STAGES: Mapping[Stage, str] = {
    Stage.DNS: "the host's name leads nowhere",
    Stage.CONNECT: "nobody answers at the address",
    Stage.TLS: "the certificate is not to be trusted, or no secure connection came about",
    Stage.TIMEOUT: "the answer took too long",
    Stage.STATUS: "a status that is no document, such as 404 or 500",
    Stage.SIZE: "the document is larger than feedhub reads",
    Stage.ENCODING: "the compression is damaged, or one that was not asked for",
    Stage.REDIRECTS: "too many redirects, or one that leads in a circle",
    Stage.ADDRESS: "an address of this machine or a private network; see `allow_private`",
    Stage.PARSE: "the document is a feed that cannot be read",
}
# Why an entry of a document was not taken in, as counted in feedhub_refused_total.
REFUSALS: Mapping[str, str] = {
    "no title, link or content": "there is nothing to show",
    "said twice in the document": "the same entry stands in the document already",
    "older than the newest 5000": "the document holds more entries than are taken in at once",
    "repeated": "another entry of the document is the same article",
    "removed before": "it was stored once, and let go when it was old",
    "drop RULE": "a `drop` rule of the source keeps it out; RULE is its name or its pattern",
}

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
