"""A hub whose clock jumps by a day, forth and back, while it runs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import _database as database
from _chaos_place import Papers, Place, connect, place
from _chaos_states import Row, doctor
from feedhub.config import load_config
from feedhub.daemon import serve

PATIENCE = 30.0  # seconds in which a hub must have come to terms with a jump


class Clock:
    """The machine's, set wrong."""

    def __init__(self) -> None:
        self.wrong = timedelta(0)

    def __call__(self) -> datetime:
        return (datetime.now(UTC) + self.wrong).replace(microsecond=0)


def jumps(
    folder: Path, papers: Papers, like: Path, ways: Sequence[str] = ("ahead", "behind")
) -> Iterator[Row]:
    """A day ahead and back, then a day behind and back; in the end all must be as ever."""
    for first, days in ((way, 1 if way == "ahead" else -1) for way in ways):
        with place(folder / first, papers, like) as hub:
            yield from asyncio.run(_jump(hub, papers, first, timedelta(days=days)))


async def _jump(hub: Place, papers: Papers, name: str, far: timedelta) -> list[Row]:
    clock, stop, up = Clock(), asyncio.Event(), asyncio.Event()
    config = load_config(hub.folder / "feeds.yaml", {})
    rows: list[Row] = []
    task = asyncio.create_task(serve(config, hub.db, clock, started=up.set, stop=stop))
    begun = clock()
    await asyncio.wait_for(up.wait(), PATIENCE)
    # what the papers have written since the database was made comes in first, all at once
    await asyncio.to_thread(hub.make_due)
    if not await _until(lambda: _stored(hub, begun) == len(papers.grown)):
        rows.append(Row("clock right", "run", None, "", ["the papers were not read"]))
    for state, wrong in ((f"clock a day {name}", far), ("clock right again", timedelta(0))):
        asked = papers.asked.copy()
        back = wrong < clock.wrong
        clock.wrong = wrong
        since = clock()
        row = Row(state, "run, going on", None, "")
        if not await _until(lambda: _planned(hub, clock())):
            row.faults.append("sources are not asked again for hours")
        await asyncio.to_thread(hub.make_due, int(wrong.total_seconds()))
        if not await _until(lambda asked=asked: all(_news(papers, asked))):
            row.faults.append(f"not all papers were asked: {_news(papers, asked)}")
        # a paper knows that it was asked before the hub has stored what it said
        if not await _until(lambda since=since: _stored(hub, since) == len(papers.grown)):
            row.faults.append(f"only {_stored(hub, since)} answers were stored")
        if not await _until(lambda: hub.get("/readyz")[0] == 200):
            row.faults.append(f"not ready: {(await asyncio.to_thread(hub.get, '/readyz'))[1]}")
        if not await _until(lambda: _newest_listed(hub)):
            row.faults.append("the newest articles are not in the list")
        if back and _ahead(hub, clock()):
            row.faults.append(f"{_ahead(hub, clock())} articles are from the future")
        row.message = (await asyncio.to_thread(hub.get, "/healthz"))[1].strip()[:160]
        found = await asyncio.to_thread(doctor, hub)
        said = any("clock" in text for text in found["bad"])
        if said != (wrong > timedelta(0)):
            row.faults.append(f"doctor: {found['bad'] or found['good']}")
        rows.append(row)
    row = Row("clock right again", "afterwards", None, "")
    stop.set()
    await asyncio.wait_for(task, 20)
    row.faults += [*hub.doubled(), *database.faults(hub.db)]
    return [*rows, row]


def _news(papers: Papers, asked: dict[int, int]) -> list[bool]:
    return [papers.asked[n] > asked.get(n, 0) for n in range(len(papers.grown))]


def _stored(hub: Place, since: datetime) -> int:
    """How many sources have a fetch in the log from then on, within an hour."""
    begin = int(since.timestamp())
    with closing(connect(hub.db)) as conn:
        row = conn.execute(
            "SELECT count(DISTINCT source_id) FROM fetches WHERE at BETWEEN ? AND ?",
            (begin, begin + 3600),
        )
        return int(row.fetchone()[0])


def _planned(hub: Place, now: datetime) -> bool:
    """Whether every source is asked again within hours."""
    with closing(connect(hub.db)) as conn:
        (latest,) = conn.execute("SELECT max(next_due) FROM sources").fetchone()
    return bool(latest < now.timestamp() + 6 * 3600)


def _ahead(hub: Place, now: datetime) -> int:
    """How many articles are dated after now, but for a minute."""
    with closing(connect(hub.db)) as conn:
        row = conn.execute(
            "SELECT count(*) FROM items WHERE max(first_seen, coalesce(effective, 0)) > ?",
            (now.timestamp() + 60,),
        )
        return int(row.fetchone()[0])


def _newest_listed(hub: Place) -> bool:
    """Whether what was written last is in the latest list."""
    with closing(connect(hub.db)) as conn:
        rows = conn.execute("SELECT title FROM items ORDER BY published DESC, id DESC LIMIT 2")
        newest = {row[0] for row in rows}
    return any(one in hub.get("/senaste.json")[1] for one in newest)


async def _until(reached: object) -> bool:
    assert callable(reached)
    end = asyncio.get_running_loop().time() + PATIENCE
    while not await asyncio.to_thread(reached):
        if asyncio.get_running_loop().time() > end:
            return False
        await asyncio.sleep(0.2)
    return True
