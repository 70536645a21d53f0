"""A year of a hub in minutes: does it level off, and is everything still right?

    .venv/bin/python bench/years.py [--json] [--days 365] [--per-day 2740] [--keep 60]
        [--keep-listed 90] [--seed 1]

200 sources of ten tempers are asked at the pace that the real rules of manners give, by an
injected clock and a fetcher that invents documents. Store, identity, stories, ranking,
rendering, archives and retention are the real ones; as in a hub the story engine is a process of
its own, and fetching goes on while it places, while a tick ranks and renders, and while what is old
is removed at the end of each simulated day. In the middle of the year the database is backed up,
restored, and the year goes on in the copy. At sampled instants the hub stands still, and every list
and every feed of it is judged. What was in the popular list is kept longer than the rest; kept for
ever, as it is where feeds.yaml does not say, it grows for ever.
"""

from __future__ import annotations

import asyncio
import logging
import resource
import sqlite3
import tempfile
import time
from collections.abc import Coroutine, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from _common import arguments, emit, say
from _press import DAY, Press, PressFetcher, PressParser, shares
from _year_judge import judge
from feedhub import loop, ticks
from feedhub.clusterer import Clusterer
from feedhub.errors import StoreError
from feedhub.evidence import Copies
from feedhub.fetch import audit
from feedhub.hub import Hub as OpenHub
from feedhub.logs import set_up
from feedhub.memory import look_seldom
from feedhub.model import Config, Hub, ListSpec, Source
from feedhub.pipeline import Pipeline, sync
from feedhub.rendering import context, render
from feedhub.serve import Rendered
from feedhub.store import SqliteStore
from feedhub.store.backup import backup, restore
from feedhub.ticks import Stories
from feedhub.upkeep import prune

START = datetime(2026, 1, 1, tzinfo=UTC)
STEP = timedelta(hours=1)
RANKED = 6  # hours between ticks
JUDGED = 7  # days between two looks at the lists
MONTH = 30


def main() -> int:
    parser = arguments(__doc__)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--per-day", type=int, default=2740, help="items of all sources")
    parser.add_argument("--keep", type=int, default=60, help="days that items are kept")
    parser.add_argument("--keep-listed", type=int, default=90, help="days; 0: for ever")
    parser.add_argument("--sources", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    set_up(0, quiet=logging.ERROR)
    look_seldom()
    with tempfile.TemporaryDirectory(prefix="feedhub-years-") as name:
        year = Year(Path(name), options)
        loop.run(year.run())
    figures = year.figures()
    emit(figures, as_text(figures), as_json=options.json)
    return 1 if figures["faults"] or figures["lock_errors"] else 0


class Year:
    """The simulation, and what was seen."""

    def __init__(self, folder: Path, options: Any) -> None:
        self._db = folder / "feedhub.db"
        self._copy = folder / "copy.db"
        self._days: int = options.days
        self._now = START
        self._begun = time.monotonic()
        rates = shares(options.per_day, options.sources)
        self._press = Press(START, rates, options.seed)
        sources = tuple(
            Source(key, f"https://{key}.example/feed", key, f"{key}.example", key.split("-")[0])
            for key in rates
        )
        kept = timedelta(days=options.keep_listed) if options.keep_listed else "always"
        lists = (
            ListSpec("senaste", "Senaste", "latest"),
            ListSpec("popular", "Populärt", "popular", keep=kept),
        )
        hub = Hub(keep=timedelta(days=options.keep))
        self._config = Config(hub, sources, lists, fingerprint="years")
        self._fetcher = PressFetcher(self._press)
        self._pages: Mapping[str, Rendered] = {}
        self.db_mib: list[float] = []
        self.wal_mib: list[float] = []
        self.rss_mib: list[float] = []
        self.rows: list[dict[str, int]] = []
        self.tables: list[dict[str, float]] = []
        self.lock_errors = 0
        self.manners_faults = 0
        self.faults: list[str] = []
        self.judged = 0
        self.took = 0.0
        self.cpu = 0.0
        self.backup_mib = 0.0
        self.lost = 0

    def _clock(self) -> datetime:
        return self._now

    async def run(self) -> None:
        half = self._days // 2
        await self._part(range(half))
        before = _counts(self._db)
        self.backup_mib = round(backup(self._db, self._copy) / 2**20, 1)
        await self._part(range(half, half + 1))  # goes on, and is then put back
        restore(self._copy, self._db, self._now)
        for old in self._db.parent.glob("feedhub.db.before-restore*"):
            old.unlink()
        self.lost = sum(before.values()) - sum(_counts(self._db).values())
        if self.lost:
            self.faults.append(f"day {half}: {self.lost} rows were lost in backup and restore")
        say(f"backed up and restored {self.backup_mib} MiB on day {half}")
        await self._part(range(half, self._days))
        self.took = time.monotonic() - self._begun
        used = [resource.getrusage(of) for of in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        self.cpu = sum(one.ru_utime + one.ru_stime for one in used)

    async def _part(self, days: range) -> None:
        store = SqliteStore(self._db)
        await store.open()
        await sync(store, self._config)
        pipeline = Pipeline(self._config, store, self._fetcher, PressParser(), self._clock)
        stories, copies = Stories(store, Clusterer.start), Copies(store)
        hub = OpenHub(self._config, store, pipeline, stories, self._clock, await store.authority())
        ctx = context(hub)
        # what a hub does while it goes on fetching
        placing: asyncio.Task[None] | None = None
        behind: asyncio.Task[None] | None = None

        async def after(work: Coroutine[Any, Any, object], at: datetime) -> None:
            nonlocal behind
            if behind is not None:
                await behind
            behind = asyncio.create_task(self._watched(work, at))

        async def tick(at: datetime) -> None:
            await stories.place(at)
            await ticks.rank(store, self._config, at, copies)
            self._pages = await render(hub, ctx, self._pages)

        for day in days:
            for at in _instants(START + day * DAY):
                self._now = at
                await self._watched(pipeline.run(), at)
                if placing is None or placing.done():
                    placing = asyncio.create_task(self._watched(stories.place(at), at))
                if at.hour % RANKED == 0:
                    await after(tick(at), at)
                    if day % JUDGED == JUDGED - 1 and at.hour // RANKED == day // JUDGED % 4:
                        assert behind is not None
                        await behind
                        await self._watched(self._judge(store, at), at)
            await after(prune(store, self._config, self._now), self._now)
            if day % MONTH == MONTH - 1 or day == days[-1]:
                assert behind is not None
                await behind
            if day % MONTH == MONTH - 1:
                await self._month(store, day)
        if placing is not None:
            await placing
        await stories.close()
        await store.close()

    async def _watched(self, work: Coroutine[Any, Any, object], at: datetime) -> None:
        try:
            await work
        except StoreError as error:
            self.lock_errors += "locked" in str(error)
            self.faults.append(f"{at:%Y-%m-%d %H:%M}: {error}")

    async def _judge(self, store: SqliteStore, tick: datetime) -> None:
        judged, faults = await judge(store, self._config, self._db, tick, self._now, self._pages)
        self.judged += judged
        self.faults += [f"{self._now:%Y-%m-%d %H:%M} {text}" for text in faults]

    async def _month(self, store: SqliteStore, day: int) -> None:
        graded = audit(await store.fetch_log(self._now - MONTH * DAY))
        self.manners_faults += len(graded.faults)
        self.faults += [f"{f.at:%Y-%m-%d} {f.source_key}: {f.text}" for f in graded.faults[:3]]
        self.rows.append(_counts(self._db))
        self.tables.append(_table_mib(self._db))
        self.db_mib.append(_size(self._db))
        self.wal_mib.append(_size(self._db.with_name(self._db.name + "-wal")))
        self.rss_mib.append(round(_resident(), 1))
        say(
            f"day {day + 1}: {self.db_mib[-1]} MiB, {self.rss_mib[-1]} MiB resident,"
            f" {self.rows[-1]['items']} items, {self._fetcher.requests} requests,"
            f" {time.monotonic() - self._begun:.0f} s, {time.process_time():.0f} of processor"
            f" beside stories, {len(self.faults)} faults"
        )
        largest = sorted(self.tables[-1].items(), key=lambda row: -row[1])[:12]
        say("    " + ", ".join(f"{name} {mib}" for name, mib in largest))
        for fault in self.faults[-3:]:
            say(f"    {fault}")

    def figures(self) -> dict[str, Any]:
        return {
            "days": self._days,
            "sources": len(self._config.sources),
            "items_written": int(sum(self._press.rates.values()) * self._days),
            "requests": self._fetcher.requests,
            "db_mib": self.db_mib,
            "rss_mib": self.rss_mib,
            "wal_mib": self.wal_mib,
            "rows": {name: [month[name] for month in self.rows] for name in (self.rows or [{}])[0]},
            "tables_mib": {
                name: [month.get(name, 0.0) for month in self.tables]
                for name in sorted({name for month in self.tables for name in month})
            },
            "last_quarter_growth": _growth(self.db_mib),
            "last_quarter_rss_growth": _growth(self.rss_mib),
            "lock_errors": self.lock_errors,
            "manners_faults": self.manners_faults,
            "lists_judged": self.judged,
            "backup_mib": self.backup_mib,
            "rows_lost_by_restore": self.lost,
            "faults": self.faults[:50],
            "took_s": round(self.took, 1),
            "cpu_s": round(self.cpu, 1),
        }


TABLES = (
    "items", "item_keys", "item_titles", "sightings", "stories", "story_history", "orders",
    "observations", "fetches", "redirects", "tombstones", "list_changes", "list_places",
    "list_firsts", "feed_entries", "feed_archives", "fingerprints",
)  # fmt: skip


def _counts(db: Path) -> dict[str, int]:
    """Rows by table."""
    with sqlite3.connect(f"file:{db}?mode=ro", uri=True) as conn:
        return {
            name: int(conn.execute(f"SELECT count(*) FROM {name}").fetchone()[0]) for name in TABLES
        }


def _table_mib(db: Path) -> dict[str, float]:
    """MiB by table, its indexes with it; those of less than a tenth left out."""
    with sqlite3.connect(f"file:{db}?mode=ro", uri=True) as conn:
        rows = conn.execute(
            "SELECT coalesce(m.tbl_name, s.name), sum(s.pgsize) / 1048576.0 FROM dbstat s"
            " LEFT JOIN sqlite_schema m ON m.name = s.name WHERE s.aggregate = TRUE GROUP BY 1"
        )
        return {name: round(mib, 1) for name, mib in rows if mib >= 0.1}


def _size(path: Path) -> float:
    return round(path.stat().st_size / 2**20, 1) if path.exists() else 0.0


def _resident() -> float:
    """MiB of this process and the story process."""
    tasks = [task / "children" for task in Path("/proc/self/task").iterdir()]
    children = [pid for task in tasks for pid in task.read_text().split()]
    pages = [Path(f"/proc/{pid}/statm").read_text().split()[1] for pid in ("self", *children)]
    return sum(map(int, pages)) * 4096 / 2**20


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
