"""Invented sources for years: what each shows at an instant, a fetcher and a parser for it.

Documents are lines, one an entry, which begin with their hash; a line is made once and kept
while the document holds it, so that a run's time is the hub's own and not that of making things up.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any

from feedhub.errors import ParseError
from feedhub.model import (
    Document,
    Entry,
    Fetched,
    KnownEntry,
    Outcome,
    OutcomeKind,
    ParsedFeed,
    ParseRules,
    Stage,
    StoredSource,
)

DAY = timedelta(days=1)
WEB_PAGE = b"<html>"
_HASH = 16  # bytes of a line that are its hash, as letters: none of them ends the line
SILENT_FROM = 240  # the day on which the quiet ones fall silent
# share of the items, length of the document, and what is particular
TEMPERS: Mapping[str, tuple[float, int, str]] = {
    "wire": (4.0, 60, "writes all day"),
    "paper": (2.0, 40, "gives some of its articles a new headline after an hour"),
    "local": (0.5, 20, "writes little"),
    "forum": (1.0, 30, "carries counts that rise"),
    "undated": (0.5, 30, "gives no dates"),
    "archive": (0.3, 200, "shows its whole archive"),
    "flapping": (0.7, 30, "fails every third time"),
    "flipping": (0.3, 30, "changes its guids each month"),
    "quiet": (0.2, 20, "falls silent in autumn"),
    "damaged": (0.5, 30, "sends at times what is no feed"),
}
_FIRST = ("bra", "dun", "flo", "kri", "mas", "nor", "ste", "tor", "vin", "yst")
_LAST = ("den", "fall", "gard", "holm", "kyla", "land", "mark", "ning", "rot", "skog", "tal", "vik")
WORDS = [first + last for first in _FIRST for last in _LAST]


def shares(per_day: float, sources: int) -> dict[str, float]:
    """Items a day by the key of each source, of all tempers in equal numbers."""
    each = max(1, sources // len(TEMPERS))
    whole = each * sum(share for share, _, _ in TEMPERS.values())
    return {
        f"{name}-{n}": share * per_day / whole
        for name, (share, _, _) in TEMPERS.items()
        for n in range(each)
    }


@dataclass
class Press:
    """What each source shows at an instant. Equal for equal seeds."""

    start: datetime
    rates: Mapping[str, float]
    seed: int = 1
    _lines: dict[str, dict[tuple[int, int], bytes]] = field(default_factory=dict)
    _events: dict[tuple[int, int], list[str]] = field(default_factory=dict)

    def shown(self, key: str, now: datetime) -> list[tuple[int, int]]:
        """(number, edition) of each entry in the document of then, newest first."""
        temper, _, _ = key.partition("-")
        days = (now - self.start) / DAY
        rate = self.rates[key]
        newest = int((min(days, SILENT_FROM) if temper == "quiet" else days) * rate)
        numbers = range(newest, max(0, newest - TEMPERS[temper][1]), -1)
        if temper == "flipping":
            edition = int(days / 30)
            return [(n, edition) for n in numbers]
        if temper == "forum":
            return [(n, int(min(days - n / rate, 1.0) * 6) * (n % 7)) for n in numbers]
        if temper == "paper":
            return [(n, int(n % 5 == 0 and days - n / rate > 1 / 24)) for n in numbers]
        return [(n, 0) for n in numbers]

    def body(self, key: str, shown: list[tuple[int, int]]) -> bytes:
        """The document of these entries."""
        before = self._lines.get(key, {})
        lines = {one: before.get(one) or self._line(key, *one) for one in shown}
        self._lines[key] = lines
        return b"\n".join(lines.values())

    def _line(self, key: str, n: int, edition: int) -> bytes:
        temper, _, _ = key.partition("-")
        at = n / self.rates[key]
        # each hour has its events, and each source tells some of them
        words = self._event(int(at * 24), n % 3)
        own = _four(f"{self.seed} {key} {n}")
        shared = n % 4 == 0 and temper != "forum"
        title = [*(words if shared else own), own[0]]
        found: dict[str, Any] = {
            "guid": f"{key}/{n}/{edition if temper == 'flipping' else 0}",
            "link": f"https://{key}.example/{n}",
            "title": " ".join([*title, own[1]] if temper == "paper" and edition else title),
            "summary": " ".join(own * 8),
        }
        if temper != "undated":
            found["published"] = (self.start + at * DAY).timestamp()
        if temper == "forum":
            found["comments"] = edition
        line = json.dumps(found).encode()
        return blake2b(line, digest_size=_HASH // 2).hexdigest().encode() + line

    def _event(self, hour: int, number: int) -> list[str]:
        words = self._events.get((hour, number))
        if words is None:
            if len(self._events) > 10_000:  # a year has more, and nobody tells of spring in autumn
                self._events.clear()
            words = random.Random(f"{self.seed} {hour} {number}").sample(WORDS, 6)
            self._events[hour, number] = words
        return words


def _four(name: str) -> list[str]:
    """Four different words that the name chooses."""
    rest = int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big")
    left, chosen = [*WORDS], []
    for _ in range(4):
        rest, place = divmod(rest, len(left))
        chosen.append(left.pop(place))
    return chosen


class PressFetcher:
    """Answers as the sources of the press do, at once, with validators."""

    def __init__(self, press: Press) -> None:
        self._press = press
        self._asked: dict[str, int] = {}
        self.requests = 0

    async def fetch(self, stored: StoredSource, now: datetime) -> Fetched:
        self.requests += 1
        key, url = stored.source.key, stored.source.url
        count = self._asked[key] = self._asked.get(key, 0) + 1
        common: dict[str, Any] = {
            "url": url,
            "started_at": now,
            "elapsed": timedelta(milliseconds=80),
            "requested_url": url,
            "had_validator": stored.state.etag is not None,
            "conditional": stored.state.etag is not None,
        }
        if key.startswith("flapping") and count % 3 == 0:
            outcome = Outcome(OutcomeKind.FAILED, Stage.TIMEOUT, "no answer within 30 s")
            return Fetched(outcome, **common)
        web_page = key.startswith("damaged") and count % 11 == 0
        shown = self._press.shown(key, now)
        # of nothing but whole numbers, so the same in every process; thousands of them a day
        digest = hash((web_page, *shown)).to_bytes(8, "big", signed=True)
        etag = f'"{digest.hex()}"'
        if stored.state.etag == etag:
            return Fetched(Outcome(OutcomeKind.NOT_MODIFIED, status=304), etag=etag, **common)
        body = WEB_PAGE if web_page else self._press.body(key, shown)
        return Fetched(
            Outcome(OutcomeKind.OK, status=200),
            body=body,
            body_hash=digest,
            etag=etag,
            wire_bytes=len(body) // 4,
            **common,
        )


class PressParser:
    """Reads the documents of the press."""

    async def parse(self, document: Document, rules: ParseRules | None = None) -> ParsedFeed:
        if document.body == WEB_PAGE:
            raise ParseError("it is a web page")
        entries, known = [], []
        for place, line in enumerate(document.body.split(b"\n") if document.body else ()):
            entry_hash = line[:_HASH]
            if entry_hash in document.known:
                known.append(KnownEntry(entry_hash, place))
            else:
                entries.append(_entry(json.loads(line[_HASH:]), entry_hash, place))
        return ParsedFeed(
            "rss20",
            entries=tuple(entries),
            known=tuple(known),
            dated=sum(entry.published is not None for entry in entries),
        )


def _entry(row: dict[str, Any], entry_hash: bytes, place: int) -> Entry:
    published = row.get("published")
    return Entry(
        hash=entry_hash,
        position=place,
        title=row["title"],
        guid=row["guid"],
        link=row["link"],
        canonical=row["link"],
        summary=row["summary"],
        published=datetime.fromtimestamp(published, UTC) if published else None,
        counts={"comments": row["comments"]} if "comments" in row else {},
    )
