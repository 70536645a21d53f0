"""``kill -9`` at random instants of ``feedhub update``: nothing may be lost or doubled.

    .venv/bin/python bench/kill.py --data DIR [--json] [--kills 50] [--seed N]

The feeds of DIR/feeds/real.tar.xz are read undisturbed into one database, and into another
by a command that is killed again and again at random instants, always going on with what it
left. Half the kills hit the whole process group, half the started process alone, after
which whatever it had started must end by itself. One clean pass later both databases must
say the same. Between kills every other pass finds all bodies changed and no entry, so that
there is always work to interrupt.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import _database as database
from _common import arguments, emit, feedhub, say, tree, write_config
from _origin import Origin
from replay import unpack

ORPHANS_END = 5.0  # seconds in which what a killed process had started must be gone


def main() -> int:
    parser = arguments(__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    archive = options.data and options.data / "feeds" / "real.tar.xz"
    if not archive or not archive.exists():
        say(f"kill: {archive or '--data DIR'} is not there; nothing to interrupt")
        return 0
    with tempfile.TemporaryDirectory(prefix="feedhub-kill-") as name:
        folder = Path(name)
        names, documents = unpack(archive, folder / "feeds")
        with Origin(documents) as origin:
            found = trial(origin, names, folder, kills=options.kills, seed=options.seed)
    figures = found.figures()
    emit(figures, as_text(figures), as_json=options.json)
    return 1 if figures["faults"] else 0


@dataclass
class Trial:
    """What happened: when each kill fell, and what was wrong in the end."""

    sources: int
    whole_s: float  # an undisturbed first pass
    start_up_s: float = 0.0  # a pass when nothing is due
    again_s: float = 0.0  # a pass when every body has changed
    instants: list[float] = field(default_factory=list)
    stored: list[int] = field(default_factory=list)  # items after each kill
    finished: int = 0  # passes that ended before their kill came
    orphans: int = 0
    faults: list[str] = field(default_factory=list)
    items: int = 0

    def figures(self) -> dict[str, Any]:
        return {
            "sources": self.sources,
            "items": self.items,
            "kills": len(self.instants),
            "ended_before_their_kill": self.finished,
            "undisturbed_s": round(self.whole_s, 2),
            "start_up_s": round(self.start_up_s, 2),
            "again_s": round(self.again_s, 2),
            "instants_s": [round(instant, 3) for instant in self.instants],
            "items_after_kill": self.stored,
            "orphans": self.orphans,
            "faults": self.faults,
        }


def trial(
    origin: Origin,
    names: list[str],
    folder: Path,
    *,
    kills: int,
    seed: int,
) -> Trial:
    """Interrupt ``kills`` passes over what ``origin`` serves, then compare."""
    rng = random.Random(seed)
    undisturbed = _hub(folder / "undisturbed", origin, names)
    found = Trial(sources=len(names), whole_s=_to_the_end(undisturbed))
    found.start_up_s = _to_the_end(undisturbed, "--quiet")  # nothing is due
    origin.set(edition=1)
    found.again_s = _to_the_end(undisturbed)
    expected = database.contents(undisturbed / "feedhub.db")
    found.items = expected.items
    found.faults += [f"undisturbed: {fault}" for fault in _faults(undisturbed)]
    hub = _hub(folder / "killed", origin, names)
    while len(found.instants) < kills:
        origin.set(edition=(len(found.instants) + found.finished) % 2)
        _interrupt(hub, rng, found, kills)
    origin.set(edition=0)
    _to_the_end(hub)
    found.faults += _faults(hub)
    found.faults += database.unlike(expected, database.contents(hub / "feedhub.db"))
    if found.orphans:
        found.faults.append(f"{found.orphans} processes outlived the command that started them")
    return found


def _faults(hub: Path) -> list[str]:
    db = hub / "feedhub.db"
    waiting = database.unplaced(db)
    return database.faults(db) + ([f"items without a story: {waiting}"] if waiting else [])


def _hub(folder: Path, origin: Origin, names: list[str]) -> Path:
    folder.mkdir()
    write_config(
        folder / "feeds.yaml",
        (
            {"id": name, "url": origin.url(document), "name": name}
            for name, document in zip(names, origin.documents, strict=True)
        ),
    )
    return folder


def _start(hub: Path, *options: str) -> subprocess.Popen[bytes]:
    with (hub / "errors.txt").open("wb") as errors:
        return subprocess.Popen(
            feedhub("update", *(options or ("--all",)), "--config", hub / "feeds.yaml"),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            start_new_session=True,
        )


def _to_the_end(hub: Path, *options: str) -> float:
    start = time.monotonic()
    process = _start(hub, *options)
    if process.wait() not in (0, 1):
        said = (hub / "errors.txt").read_text(errors="replace")
        raise SystemExit(f"feedhub update ended with {process.returncode}:\n{said}")
    return time.monotonic() - start


def _interrupt(hub: Path, rng: random.Random, found: Trial, kills: int) -> None:
    """Start a pass and kill it.

    The first reading is cut into many: two kills of five come soon after the work has
    begun. The others fall anywhere in a pass that reads everything again.
    """
    instant = rng.uniform(0.0, found.again_s)
    if len(found.instants) < 0.4 * kills:
        work = max(found.whole_s - found.start_up_s, 0.0)
        instant = found.start_up_s * 0.8 + rng.uniform(0.0, 5 * work / kills)
    process = _start(hub)
    try:
        process.wait(instant)
    except subprocess.TimeoutExpired:
        pass
    else:
        found.finished += 1
        return
    family = tree(process.pid)
    if rng.random() < 0.5:
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()
    found.instants.append(instant)
    found.orphans += len(survivors(family))
    found.stored.append(_items(hub / "feedhub.db"))
    if sys.stderr.isatty():
        say(f"kill {len(found.instants)}: after {instant:.2f} s, {found.stored[-1]} items")


def survivors(family: list[int], patience: float = ORPHANS_END) -> list[int]:
    """Those of ``family`` that are still there when patience has run out; they are ended."""
    deadline = time.monotonic() + patience
    alive = [pid for pid in family if _alive(pid)]
    while alive and time.monotonic() < deadline:
        time.sleep(0.02)
        alive = [pid for pid in alive if _alive(pid)]
    for pid in alive:
        os.kill(pid, signal.SIGKILL)
    return alive


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def _items(db: Path) -> int:
    try:
        return len(database.rows(db, ("items",))["items"])
    except database.Unreadable:
        return 0  # killed before the first table was there


def as_text(figures: dict[str, Any]) -> str:
    lines = [
        f"{figures['sources']} sources, {figures['items']} items; an undisturbed pass takes"
        f" {figures['undisturbed_s']} s",
        f"{figures['kills']} kills; {figures['ended_before_their_kill']} passes ended before"
        " theirs came",
        f"items stored after each: {', '.join(map(str, figures['items_after_kill']))}",
        f"orphans: {figures['orphans']}",
    ]
    lines += [f"FAULT {fault}" for fault in figures["faults"]] or [
        "same keys, texts and links as undisturbed; no duplicates; integrity ok"
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    raise SystemExit(main())
