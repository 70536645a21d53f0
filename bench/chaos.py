"""What can go wrong under a hub: does each end in one clear message, with nothing lost?

    .venv/bin/python bench/chaos.py [--json] [--kills 200] [--files 18] [--seed 1] [--only STATE]

A real ``feedhub run`` over papers on loopback that grow with every answer: killed (``kill
-9``) at random instants, on a disk that fills, with a database or folder that it may not
write, twice on one file, with damaged files, and with a clock that jumps by a day. What its
log reported as stored must be there afterwards, once; no command may end in a traceback;
``feedhub doctor`` must say what is the matter. The disk and the clock want root and Linux.
"""

from __future__ import annotations

import logging
import os
import random
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import _database as database
from _chaos_clock import jumps
from _chaos_place import Papers, place
from _chaos_states import Row, corrupted, disk_full, readonly, two
from _common import arguments, emit, say, tree
from feedhub.logs import set_up
from kill import survivors

PAPERS = 8


def main() -> int:
    parser = arguments(__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--files", type=int, default=18, help="damaged databases")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", action="append", choices=sorted(STATES), help="these states")
    options = parser.parse_args()
    set_up(0, quiet=logging.ERROR)  # of the hub that runs in this process, for its clock
    chosen = options.only or list(STATES)
    figures: dict[str, Any] = {}
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="feedhub-chaos-") as name, Papers(PAPERS) as papers:
        folder = Path(name)
        folder.chmod(0o755)
        good = seeded(folder / "good", papers)
        for state in chosen:
            if state == "kills":
                killed = kills(folder / "kills", papers, options.kills, options.seed)
                figures |= killed.figures()
            else:
                (folder / state).mkdir()
                for row in STATES[state](folder / state, papers, good, options):
                    rows.append(row)
                    for fault in row.faults:
                        say(f"FAULT {row.state}: {row.command}: {fault}")
    faults = [f"{row.state}: {row.command}: {fault}" for row in rows for fault in row.faults]
    figures["states"] = len({row.state for row in rows})
    figures["tries"] = len(rows)
    figures["table"] = [
        {"state": r.state, "command": r.command, "exit": r.code, "message": r.message} for r in rows
    ]
    figures["faults"] = figures.pop("kill_faults", []) + faults
    emit(figures, as_text(figures), as_json=options.json)
    return 1 if figures["faults"] else 0


def seeded(folder: Path, papers: Papers) -> Path:
    """A database of a hub that has run for a while and was stopped in order."""
    with place(folder, papers) as hub:
        for _ in range(3):
            said = hub.command("update", "--all")
            if said.code != 0:
                raise SystemExit(f"feedhub update ended with {said.code}:\n{said.text}")
        return hub.db


@dataclass
class Killed:
    """What 200 lives came to."""

    lives: int = 0
    killed: int = 0
    in_start_up: int = 0  # killed before the page answered
    reported: int = 0
    stored: int = 0
    orphans: int = 0
    instants: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def figures(self) -> dict[str, Any]:
        return {
            "kills": self.killed,
            "kills_in_start_up": self.in_start_up,
            "items_reported_stored": self.reported,
            "items_stored": self.stored,
            "orphans": self.orphans,
            "kill_faults": self.faults,
        }


def kills(folder: Path, papers: Papers, count: int, seed: int) -> Killed:
    """Daemons that live from nothing to a few times their start-up, and are killed."""
    rng = random.Random(seed)
    found = Killed()
    with place(folder, papers) as hub:
        begun = time.monotonic()
        process = hub.start()
        if not hub.up():
            raise SystemExit(f"feedhub run does not start:\n{hub.said()}")
        start_up = time.monotonic() - begun
        hub.stop(process)
        while found.killed < count:
            hub.make_due()
            process = hub.start()
            instant = rng.uniform(0.0, 3 * start_up)
            time.sleep(instant)
            found.lives += 1
            family = tree(process.pid)
            if process.poll() is not None:
                found.faults.append(f"life {found.lives} ended by itself: {process.returncode}")
                break
            if rng.random() < 0.5:
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
            process.wait()
            found.killed += 1
            found.in_start_up += instant < start_up
            found.orphans += len(survivors(family))
            lost = [*hub.lost(), *hub.doubled()]
            if found.killed % 10 == 0:
                lost += database.faults(hub.db)
                say(f"{found.killed} kills, {sum(hub.stored().values())} articles")
            if lost:
                found.faults += [f"kill {found.killed}: {text}" for text in lost]
                break
        last = hub.command("update", "--all")
        if last.code != 0:
            found.faults.append(f"the last pass ended with {last.code}: {last.text}")
        found.faults += [*hub.lost(), *hub.doubled(), *database.faults(hub.db)]
        if database.unplaced(hub.db):
            found.faults.append("items without a story")
        if "Traceback" in hub.said():
            found.faults.append("a traceback in the log")
        if found.orphans:
            found.faults.append(f"{found.orphans} processes outlived the hub")
        found.reported, found.stored = (sum(c.values()) for c in (hub.reported(), hub.stored()))
    return found


def _disk(folder: Path, papers: Papers, good: Path, _: Any) -> Iterator[Row]:
    try:
        yield from disk_full(folder, papers, good)
    except subprocess.CalledProcessError:
        say("no file system can be mounted here: the full disk is left out (run as root)")


def _readonly(folder: Path, papers: Papers, good: Path, _: Any) -> Iterator[Row]:
    if os.geteuid() != 0:
        say("only root can run a hub as somebody who may not write: left out")
        return
    yield from readonly(folder, papers, good)


STATES: dict[str, Callable[[Path, Papers, Path, Any], Iterator[Row]]] = {
    "kills": lambda *_: iter(()),
    "disk": _disk,
    "readonly": _readonly,
    "two": lambda folder, papers, good, _: two(folder, papers, good),
    "clock": lambda folder, papers, good, _: jumps(folder, papers, good),
    "corrupted": lambda folder, papers, good, options: corrupted(
        folder, papers, good, options.files, options.seed
    ),
}


def as_text(figures: dict[str, Any]) -> str:
    lines = [f"{k}: {v}" for k, v in figures.items() if k not in ("table", "faults")]
    lines += [
        f"{row['state']:28} {row['command']:20} {row['exit']!s:5} {row['message']}"
        for row in figures["table"]
    ]
    return "\n".join([*lines, *(f"FAULT {fault}" for fault in figures["faults"])])


if __name__ == "__main__":
    raise SystemExit(main())
