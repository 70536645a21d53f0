"""A year of a hub in minutes: does it level off, and is everything still right?

    .venv/bin/python bench/years.py [--json] [--days 365] [--per-day 2740] [--keep 60] [--seed 1]

200 sources of ten tempers are asked at the pace that the real rules of manners give, by an
injected clock and a fetcher that invents documents. Store, identity, stories, ranking and
retention are the real ones. Each simulated day old items are removed; in the middle of the
year the database is backed up, restored, and the year goes on in the copy. At sampled
instants the lists are judged: their order, their freshness, each story once.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Any

from _common import arguments, emit, say
from feedhub import ticks
from feedhub.errors import ParseError, StoreError
from feedhub.fetch import audit
from feedhub.logs import set_up
from feedhub.model import (
    Config,
    Document,
    Entry,
    Fetched,
    Hub,
    KnownEntry,
    ListSpec,
    Outcome,
    OutcomeKind,
    ParsedFeed,
    ParseRules,
    Source,
    Stage,
    StoredSource,
)
from feedhub.pipeline import Pipeline, sync
from feedhub.store import SqliteStore
from feedhub.store.backup import backup, restore
from feedhub.ticks import Stories
from feedhub.upkeep import prune

START = datetime(2026, 1, 1, tzinfo=UTC)
STEP = timedelta(minutes=30)  # how often it is looked what is due
RANKED = 6  # hours between ticks
DAY = timedelta(days=1)
# share of the items, length of the document, and what is particular
TEMPERS = (
    ("wire", 4.0, 60, "writes all day"),
    ("paper", 2.0, 40, "writes by day, and moves its best up"),
    ("local", 0.5, 20, "writes little"),
    ("forum", 1.0, 30, "carries counts that rise"),
    ("undated", 0.5, 30, "gives no dates"),
    ("archive", 0.3, 200, "shows its whole archive"),
    ("flapping", 0.7, 30, "fails every third time"),
    ("flipping", 0.3, 30, "changes its guids each month"),
    ("quiet", 0.2, 20, "falls silent in autumn"),
    ("damaged", 0.5, 30, "sends at times what is no feed"),
)
_FIRST = ("bra", "dun", "flo", "kri", "mas", "nor", "ste", "tor", "vin", "yst")
_LAST = ("den", "fall", "gard", "holm", "kyla", "land", "mark", "ning", "rot", "skog", "tal", "vik")
WORDS = [first + last for first in _FIRST for last in _LAST]


def main() -> int:
    parser = arguments(__doc__)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--per-day", type=int, default=2740, help="items of all sources")
    parser.add_argument("--keep", type=int, default=60, help="days that items are kept")
    parser.add_argument("--sources", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    set_up(0, quiet=logging.ERROR)
    with tempfile.TemporaryDirectory(prefix="feedhub-years-") as name:
        year = Year(Path(name), options)
        asyncio.run(year.run())
    figures = year.figures()
    emit(figures, as_text(figures), as_json=options.json)
    return 1 if figures["faults"] or figures["lock_errors"] else 0


@dataclass
class Press:
    """Invents what each source shows at an instant. Equal for equal seeds."""

    seed: int
    rates: dict[str, float]  # items a day by source key
    fetches: dict[str, int] = field(default_factory=dict)

    def document(self, key: str, now: datetime) -> list[dict[str, Any]]:
        temper, _ = key.split("-")
        days = (now - START) / DAY
        if temper == "quiet":
            days = min(days, 240)
        length = next(row[2] for row in TEMPERS if row[0] == temper)
        newest = int(days * self.rates[key])
        numbers = range(newest, max(0, newest - length), -1)
        return [self._entry(key, temper, n, days) for n in numbers]

    def _entry(self, key: str, temper: str, n: int, days: float) -> dict[str, Any]:
        at = n / self.rates[key]
        # each hour has its events, and each source tells some of them
        event = random.Random(f"{self.seed} {int(at * 24)} {n % 3}")
        words = event.sample(WORDS, 6)
        own = random.Random(f"{self.seed} {key} {n}").sample(WORDS, 4)
        shared = n % 4 == 0 and temper != "forum"
        found: dict[str, Any] = {
            "guid": f"{key}/{n}/{int(days / 30) if temper == 'flipping' else 0}",
            "link": f"https://{key}.example/{n}",
            "title": " ".join([*(words if shared else own), own[0]]).capitalize(),
            "summary": " ".join(own * 8),
        }
        if temper != "undated":
            found["published"] = (START + at * DAY).timestamp()
        if temper == "forum":
            found["comments"] = int(min(days - at, 1.0) * 24) * (n % 7)
        return found


class Fetcher:
    """Answers as the sources of the press do, at once, with validators."""

    def __init__(self, press: Press) -> None:
        self._press = press
        self.requests = 0

    async def fetch(self, stored: StoredSource, now: datetime) -> Fetched:
        self.requests += 1
        key = stored.source.key
        count = self._press.fetches[key] = self._press.fetches.get(key, 0) + 1
        url = stored.source.url
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
        body = json.dumps(self._press.document(key, now)).encode()
        if key.startswith("damaged") and count % 11 == 0:
            body = b"<html>"
        digest = blake2b(body, digest_size=16).digest()
        etag = f'"{digest.hex()}"'
        if stored.state.etag == etag:
            return Fetched(Outcome(OutcomeKind.NOT_MODIFIED, status=304), etag=etag, **common)
        return Fetched(
            Outcome(OutcomeKind.OK, status=200),
            body=body,
            body_hash=digest,
            etag=etag,
            wire_bytes=len(body) // 4,
            **common,
        )


class Parser:
    """Reads the documents of the press."""

    async def parse(self, document: Document, rules: ParseRules | None = None) -> ParsedFeed:
        if document.body == b"<html>":
            raise ParseError("it is a web page")
        entries, known = [], []
        for place, row in enumerate(json.loads(document.body)):
            entry_hash = blake2b(json.dumps(row).encode(), digest_size=16).digest()
            if entry_hash in document.known:
                known.append(KnownEntry(entry_hash, place))
                continue
            published = row.get("published")
            entries.append(
                Entry(
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
            )
        return ParsedFeed("rss20", entries=tuple(entries), known=tuple(known), dated=len(entries))


class Year:
    """The simulation, and what was seen."""

    def __init__(self, folder: Path, options: Any) -> None:
        self._db = folder / "feedhub.db"
        self._copy = folder / "copy.db"
        self._days: int = options.days
        self._now = START
        each = options.sources // len(TEMPERS)
        share = options.per_day / (each * sum(row[1] for row in TEMPERS))
        rates = {f"{t[0]}-{n}": t[1] * share for t in TEMPERS for n in range(each)}
        self._press = Press(options.seed, rates)
        sources = tuple(
            Source(key, f"https://{key}.example/feed", key, f"{key}.example", key.split("-")[0])
            for key in rates
        )
        lists = (
            ListSpec("senaste", "Senaste", "latest"),
            ListSpec("popular", "Populärt", "popular"),
        )
        hub = Hub(keep=timedelta(days=options.keep))
        self._config = Config(hub, sources, lists, fingerprint="years")
        self._fetcher = Fetcher(self._press)
        self.db_mib: list[float] = []
        self.rss_mib: list[float] = []
        self.items: list[int] = []
        self.lock_errors = 0
        self.manners_faults = 0
        self.faults: list[str] = []
        self.judged = 0
        self.took = 0.0

    def _clock(self) -> datetime:
        return self._now

    async def run(self) -> None:
        start = time.monotonic()
        half = self._days // 2
        await self._part(range(half))
        size = backup(self._db, self._copy)
        restore(self._copy, self._db, self._now)
        say(f"backed up and restored {size / 2**20:.0f} MiB on day {half}")
        await self._part(range(half, self._days))
        self.took = time.monotonic() - start

    async def _part(self, days: range) -> None:
        store = SqliteStore(self._db)
        await store.open()
        await sync(store, self._config)
        pipeline = Pipeline(self._config, store, self._fetcher, Parser(), self._clock)
        stories = Stories(store)
        for day in days:
            for at in _instants(START + day * DAY):
                self._now = at
                try:
                    await pipeline.run()
                    if at.minute == 0 and at.hour % RANKED == 0:
                        await stories.place(at)
                        await ticks.rank(store, self._config, at)
                except StoreError as error:
                    self.lock_errors += "locked" in str(error)
                    self.faults.append(f"{at:%Y-%m-%d %H:%M}: {error}")
            await prune(store, self._config, self._now)
            if day % 7 == 6:
                await self._judge(store)
            if day % 30 == 29:
                await self._month(store, day)
        await stories.close()
        await store.close()

    async def _judge(self, store: SqliteStore) -> None:
        """What must be true of the lists at any instant."""
        found = await ticks.listings(store, self._config, self._now)
        for listing in (*found.standing, *found.firsts):
            self.judged += 1
            name = f"{self._now:%Y-%m-%d} {listing.spec.slug}"
            ids = [placed.item.id for placed in listing.entries]
            if len(ids) != min(30, listing.spec.limit):
                self.faults.append(f"{name}: {len(ids)} entries")
            if len(set(ids)) != len(ids):
                self.faults.append(f"{name}: an item twice")
            if any((p.item.effective or self._now) > self._now for p in listing.entries):
                self.faults.append(f"{name}: from the future")
        latest = next(one for one in found.standing if one.spec.order == "latest")
        times = [placed.item.effective for placed in latest.entries]
        dated = [at for at in times if at is not None]
        if dated != sorted(dated, reverse=True):
            self.faults.append(f"{self._now:%Y-%m-%d} senaste: not in order")
        if times[-1] is None or self._now - times[-1] > timedelta(hours=12):
            self.faults.append(f"{self._now:%Y-%m-%d} senaste: old")

    async def _month(self, store: SqliteStore, day: int) -> None:
        graded = audit(await store.fetch_log(self._now - 30 * DAY))
        self.manners_faults += len(graded.faults)
        self.faults += [f"{f.at:%Y-%m-%d} {f.source_key}: {f.text}" for f in graded.faults[:3]]
        sizes = await store.sizes()
        self.items.append(sizes["items"])
        self.db_mib.append(round(_size(self._db), 1))
        self.rss_mib.append(round(_resident(), 1))
        say(
            f"day {day + 1}: {self.db_mib[-1]} MiB, {self.rss_mib[-1]} MiB resident,"
            f" {sizes['items']} items, {self._fetcher.requests} requests, {len(self.faults)} faults"
        )

    def figures(self) -> dict[str, Any]:
        return {
            "days": self._days,
            "sources": len(self._config.sources),
            "items_written": int(sum(self._press.rates.values()) * self._days),
            "requests": self._fetcher.requests,
            "db_mib": self.db_mib,
            "rss_mib": self.rss_mib,
            "items_stored": self.items,
            "last_quarter_growth": _growth(self.db_mib),
            "last_quarter_rss_growth": _growth(self.rss_mib),
            "lock_errors": self.lock_errors,
            "manners_faults": self.manners_faults,
            "lists_judged": self.judged,
            "faults": self.faults[:50],
            "took_s": round(self.took, 1),
        }


def _size(path: Path) -> float:
    return path.stat().st_size / 2**20


def _resident() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20


def _instants(day: datetime) -> Iterator[datetime]:
    at = day
    while at < day + DAY:
        yield at
        at += STEP


def _growth(months: list[float]) -> float | None:
    """The mean of the last three months over that of the three before, less one."""
    if len(months) < 6:
        return None
    return round(sum(months[-3:]) / sum(months[-6:-3]) - 1, 4)


def as_text(figures: dict[str, Any]) -> str:
    lines = [f"{name}: {value}" for name, value in figures.items() if name != "faults"]
    return "\n".join([*lines, *(f"FAULT {fault}" for fault in figures["faults"])])


if __name__ == "__main__":
    raise SystemExit(main())
