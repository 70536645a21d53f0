"""Many sources, cold and warm, beside other programs; and ten thousand, half of them dead.

    .venv/bin/python bench/update.py [--json] [--sources 1000] [--large 10000] [--no-peers]

Generated feeds of 30 items, about 37 KB each, one loopback address a source, ETag and
Last-Modified honoured. Every figure is of the whole command as users run it: start-up,
configuration, fetching, storing, stories and ranks. Peers have no stories and no ranks.
A warm pass takes a second, which start-up and chance move by a fifth: of several in a row the
median is told, for each program alike.

Of the large run's dead half, every tenth host accepts and never answers and the others
refuse; ``--silent`` sets that share. ``living_done_s`` is when the last living source was
stored: dead hosts must not make the living wait.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import _database as database
import _peers
from _common import Cost, arguments, emit, feedhub, measure, say, table, write_config
from _generated import make_documents
from _origin import Origin, address

LONG = 30.0  # seconds of warm passes after which a slow program is not asked for another


def main() -> int:
    parser = arguments(__doc__)
    parser.add_argument("--sources", type=int, default=1000)
    parser.add_argument("--passes", type=int, default=5, help="warm passes, of which the median")
    parser.add_argument("--large", type=int, default=10_000, help="0 leaves the large run out")
    parser.add_argument("--silent", type=float, default=0.1, help="share of the dead")
    parser.add_argument("--no-peers", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="feedhub-update-") as name:
        folder = Path(name)
        figures = beside_peers(
            folder / "small", options.sources, options.passes, peers=not options.no_peers
        )
        if options.large:
            figures |= with_the_dead(folder / "large", options.large, options.silent)
    emit(figures, as_text(figures), as_json=options.json)
    return 0


def update(hub: Path) -> Cost:
    cost = measure(feedhub("update", "--all", "--config", hub / "feeds.yaml"))
    if cost.code not in (0, 1):
        raise SystemExit(f"feedhub update ended with {cost.code}:\n{cost.output}")
    return cost


def warm_passes(one: Callable[[], Cost], passes: int) -> list[Cost]:
    """The costs of ``passes`` in a row, or of fewer of a slow program; quickest first."""
    start, costs = time.monotonic(), [one()]
    while len(costs) < passes and time.monotonic() - start < LONG:
        costs.append(one())
    return sorted(costs, key=lambda cost: cost.wall_s)


def middle(costs: list[Cost]) -> Cost:
    return costs[(len(costs) - 1) // 2]


def beside_peers(folder: Path, sources: int, passes: int, *, peers: bool) -> dict[str, Any]:
    """Cold and warm passes of ours and of every peer that is here, one origin for all."""
    hub, files = folder / "hub", folder / "feeds"
    hub.mkdir(parents=True)
    files.mkdir()
    db = hub / "feedhub.db"
    with Origin(make_documents(files, sources)) as origin:
        urls = [origin.url(document) for document in origin.documents]
        write_config(hub / "feeds.yaml", ({"url": url} for url in urls))
        say(f"update: {sources} sources, feedhub")
        start_up = measure(feedhub("check", "--config", hub / "feeds.yaml"))
        cold = update(hub)
        origin.counts()
        warm = middle(all_warm := warm_passes(lambda: update(hub), passes))
        asked = origin.counts()
        figures: dict[str, Any] = {
            "sources": sources,
            "items": len(database.rows(db, ("items",))["items"]),
            "cold": cold.row(),
            "warm": warm.row(),
            "warm_walls_s": [round(one.wall_s, 3) for one in all_warm],
            "check": start_up.row(),
            "warm_answers": asked,
            "cpu_us_per_source_warm": round(warm.cpu_s / sources * 1e6),
            "cpu_us_per_source_cold": round(cold.cpu_s / sources * 1e6),
            "file_mib": round(database.size_mib(db), 1),
            "stages": stages(folder, urls),
            "peers": {},
        }
        if peers:
            for make in (_peers.reader, _peers.newsboat, _peers.sfeed):
                peer = make(folder / make.__name__, urls)
                if isinstance(peer, str):
                    say(f"update: {peer}")
                else:
                    figures |= _beside(peer, passes, cold, warm, figures["peers"])
    return figures


def _beside(
    peer: _peers.Peer, passes: int, cold: Cost, warm: Cost, told: dict[str, Any]
) -> dict[str, float]:
    say(f"update: {peer.name}")
    theirs_cold = peer.update()
    theirs_warm = middle(all_warm := warm_passes(peer.update, passes))
    told[peer.name] = {
        "items": peer.items(theirs_warm),
        "cold": theirs_cold.row(),
        "warm": theirs_warm.row(),
        "warm_walls_s": [round(one.wall_s, 3) for one in all_warm],
        "file_mib": round(peer.size_mib(), 1),
    }
    return {
        f"cold_ratio_to_{peer.name}": round(theirs_cold.wall_s / cold.wall_s, 2),
        f"warm_ratio_to_{peer.name}": round(theirs_warm.wall_s / warm.wall_s, 2),
    }


_STAGES = """
import time
t = [time.perf_counter()]
mark = lambda: t.append(time.perf_counter())
import asyncio, json, os, sys
from pathlib import Path
from feedhub.cli import main
import feedhub.ticks as ticks
from feedhub.cli.common import now, set_up_logging
from feedhub.config import load_config
from feedhub.hub import open_hub
set_up_logging(0)
mark()
config = load_config(Path(sys.argv[1]), os.environ)
mark()
async def run():
    async with open_hub(config, Path(sys.argv[2]), now) as hub:
        mark()
        await hub.pipeline.run(everything=True)
        mark()
        at = hub.clock()
        await hub.stories.place(at)
        mark()
        await ticks.rank(hub.store, config, at)
        mark()
asyncio.run(run())
mark()
names = ("import", "configuration", "open", "fetch and store", "stories", "rank", "close")
print(json.dumps(dict(zip(names, (round(b - a, 3) for a, b in zip(t, t[1:]))))))
"""


def stages(folder: Path, urls: list[str]) -> dict[str, dict[str, float]]:
    """Seconds of each stage of a cold and of a warm pass, from inside the process."""
    hub = folder / "stages"
    hub.mkdir()
    write_config(hub / "feeds.yaml", ({"url": url} for url in urls))
    command = [sys.executable, "-c", _STAGES, hub / "feeds.yaml", hub / "feedhub.db"]
    found = {}
    for name in ("cold", "warm"):
        cost = measure(command)
        if cost.code:
            raise SystemExit(f"the {name} pass by stages ended with {cost.code}:\n{cost.output}")
        found[name] = json.loads(cost.output.strip().splitlines()[-1])
    return found


def with_the_dead(folder: Path, sources: int, silent_share: float) -> dict[str, Any]:
    """A cold and a warm pass over ``sources``, every other one of them dead."""
    hub, files = folder / "hub", folder / "feeds"
    hub.mkdir(parents=True)
    files.mkdir()
    db = hub / "feedhub.db"
    living = sources // 2
    dead = [address(living + number) for number in range(sources - living)]
    every = round(1 / silent_share) if silent_share else 0
    silent = dead[::every] if every else []
    say(f"update: {sources} sources, {len(dead)} dead of which {len(silent)} silent")
    with Origin(make_documents(files, living, seed=2), silent=silent) as origin:
        mute = frozenset(silent)
        rows = []
        for number in range(max(living, len(dead))):  # alternating: the dead are everywhere
            if number < len(dead):
                host = dead[number]
                port = origin.port if host in mute else origin.refusing_port
                rows.append({"url": f"http://{host}:{port}/feed"})
            if number < living:
                rows.append({"url": origin.url(origin.documents[number])})
        write_config(hub / "feeds.yaml", rows)
        passes: dict[str, dict[str, Any]] = {}
        for name in ("cold", "warm"):
            seen = database.last_fetch(db) if db.exists() else 0
            cost = update(hub)
            passes[name] = {
                **cost.row(),
                "cpu_us_per_source": round(cost.cpu_s / sources * 1e6),
                "living_done_s": _living_done(db, seen),
                "outcomes": database.outcomes(db, after=seen),
            }
            say(f"update: {name}: {passes[name]}")
    return {
        "peak_mib_10000": max(one["peak_mib"] for one in passes.values()),
        "large": {"sources": sources, "dead": len(dead), "silent": len(silent), **passes},
    }


def _living_done(db: Path, seen: int) -> int:
    """Seconds from the pass's first request to the end of its last good fetch."""
    with closing(sqlite3.connect(db)) as conn:
        row = conn.execute(
            "SELECT max(CASE WHEN outcome IN ('ok', 'unchanged', 'not_modified', 'moved')"
            " THEN at + elapsed_ms / 1000 END) - min(at) FROM fetches WHERE id > ?",
            (seen,),
        ).fetchone()
    return int(row[0] or 0)


def as_text(figures: dict[str, Any]) -> str:
    rows: dict[str, dict[str, object]] = {}
    everyone = {"feedhub": figures, **figures["peers"]}
    for temper in ("cold", "warm"):
        for name, one in everyone.items():
            rows[f"{name}, {temper}"] = {**one[temper], "items": one["items"]}
            if name != "feedhub":
                ratio = figures[f"{temper}_ratio_to_{name}"]
                rows[f"{name}, {temper}"]["ratio"] = ratio
    lines = [
        f"{figures['sources']} sources; a ratio above 1 means that feedhub is faster",
        table("pass", rows),
        f"CPU a source: cold {figures['cpu_us_per_source_cold']} us,"
        f" warm {figures['cpu_us_per_source_warm']} us",
        "",
        table("stages, s", figures["stages"]),
    ]
    if large := figures.get("large"):
        lines += [
            "",
            f"{large['sources']} sources, {large['dead']} dead ({large['silent']} silent):"
            f" peak {figures['peak_mib_10000']} MiB",
            table(
                "pass",
                {
                    name: {k: v for k, v in large[name].items() if k != "outcomes"}
                    for name in ("cold", "warm")
                },
            ),
        ]
        lines += [f"{name}: {large[name]['outcomes']}" for name in ("cold", "warm")]
    return "\n".join(lines)


if __name__ == "__main__":
    raise SystemExit(main())
