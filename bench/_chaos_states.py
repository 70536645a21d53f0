"""The states that a hub's file can be in: each made, tried with every command, and judged."""

from __future__ import annotations

import json
import random
import re
import subprocess
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import _database as database
from _chaos_place import Papers, Place, Said, configure, free_port, place, wait_for

# What is no news: progress on standard output, and what a run tells of each fetch.
QUIET = re.compile(r'"level": "info"|^\{"record"')
COMMANDS = (
    ("run",),
    ("update", "--all"),
    ("show", "senaste"),
    ("search", "text"),
    ("sources", "list"),
    ("prune",),
    ("backup", "BACKUP", "--force"),
    ("export",),
    ("doctor", "--offline"),
)
LONGEST = 6.0  # seconds that a run is given in a bad state


@dataclass
class Row:
    """One command in one state. ``faults`` is empty where all went as it must."""

    state: str
    command: str
    code: int | None
    message: str
    faults: list[str] = field(default_factory=list)


def tried(state: str, hub: Place, backups: Path, *, skip: Collection[str] = ()) -> Iterator[Row]:
    """Every command in this state: it works, or ends in one clear message."""
    for words in COMMANDS:
        if words[0] in skip:
            continue
        arguments = [str(backups / "copy.db") if word == "BACKUP" else word for word in words]
        said = _run(hub) if words == ("run",) else hub.command(*arguments)
        row = Row(state, " ".join(words), said.code, _message(said))
        if "Traceback" in said.text or '"exception"' in said.text:
            row.faults.append("a traceback")
        if said.code not in (None, 0) and words[0] != "doctor":
            row.faults += _clear(said)
        yield row


def _run(hub: Place) -> Said:
    """``feedhub run`` until it ends, or for a while."""
    before = len(hub.said())
    process = hub.start()
    try:
        code: int | None = process.wait(LONGEST)
    except subprocess.TimeoutExpired:
        code = None
        hub.stop(process)
    return Said(code, hub.said()[before:])


def _clear(said: Said) -> Iterator[str]:
    lines = [line for line in said.lines if not QUIET.search(line)]
    if not lines:
        yield "it ended without a word"
    elif len(set(lines)) > 1:
        yield f"{len(set(lines))} lines in place of one"


def _message(said: Said) -> str:
    lines = [line for line in said.lines if not QUIET.search(line)]
    errors = [line for line in lines if '"level": "error"' in line or '"warning"' in line]
    chosen = (errors or lines or [""])[-1]
    try:
        event = json.loads(chosen)
        chosen = f"{event['event']}: {event.get('error', event.get('mistake', ''))}"
    except (ValueError, TypeError, KeyError):
        pass
    return chosen.strip()[:160]


def doctor(hub: Place) -> dict[str, list[str]]:
    """What doctor says, by level."""
    said = hub.command("doctor", "--offline", "--json")
    found: dict[str, list[str]] = {"good": [], "note": [], "bad": []}
    start = said.text.find("[")
    try:
        for one in json.loads(said.text[start:]):
            found[one["level"]].append(f"{one['about']}: {one['text']}")
    except ValueError:
        found["bad"].append(f"doctor itself: {said.text.strip()[:200]}")
    return found


def told(state: str, hub: Place, wanted: str) -> Row:
    """Doctor, of which it is known what it must say: a pattern among what is bad or noted."""
    found = doctor(hub)
    row = Row(state, "doctor", None, "; ".join(found["bad"] + found["note"])[:200])
    if not any(re.search(wanted, text) for text in found["bad"] + found["note"]):
        row.faults.append(f"doctor does not say {wanted!r}: {found}")
    return row


# --- disk full -----------------------------------------------------------------------------


@contextmanager
def small_disk(where: Path, mib: int) -> Iterator[Path]:
    """A file system of this size. Raises CalledProcessError where none can be mounted."""
    where.mkdir(parents=True)
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={mib}m", "tmpfs", where],
        check=True,
        capture_output=True,
    )
    try:
        yield where
    finally:
        subprocess.run(["umount", "-l", where], check=False)


def disk_full(folder: Path, papers: Papers, like: Path) -> Iterator[Row]:
    """The disk fills under a running hub, is looked at, and is given room again."""
    backups = folder / "backups"
    backups.mkdir()
    with (
        small_disk(folder / "disk", 12) as disk,
        place(disk / "hub", papers, like, logs=folder) as hub,
    ):
        process = hub.start()
        row = Row("disk full", "run, going on", None, "")
        if not hub.up():
            row.faults.append("it did not start")
        ballast = disk / "ballast"
        hub.make_due(within=4)
        _fill(ballast)
        failing = wait_for(lambda: "full" in hub.get("/readyz")[1], 75)
        code, said = hub.get("/readyz")
        row.message = said.strip()[:200]
        if not failing or code != 503:
            row.faults.append(f"/readyz says {code} {said.strip()}")
        if hub.get("/senaste.json")[0] != 200:
            row.faults.append("the lists are not served any more")
        yield row
        yield told("disk full", hub, r"^disk: ")
        yield from tried("disk full", hub, backups, skip=("run", "doctor"))
        ballast.unlink()
        again = Row("disk full", "room again", None, "")
        if not wait_for(lambda: hub.get("/readyz")[0] == 200, 90):
            again.faults.append(f"not ready again: {hub.get('/readyz')}")
        again.faults += [*hub.lost(), *hub.doubled()]
        if process.poll() is not None:
            again.faults.append(f"it ended with {process.returncode}")
        elif hub.stop(process) != 0:
            again.faults.append("it did not stop as it should")
        again.faults += database.faults(hub.db)
        if "Traceback" in hub.said() or '"exception"' in hub.said():
            again.faults.append("a traceback in the log")
        yield again
        _fill(ballast)
        yield from tried("disk full at the start", hub, backups, skip=("export",))
        ballast.unlink()
        yield _sound("disk full at the start", hub)


def _fill(ballast: Path) -> None:
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 4096)
        except OSError:
            pass


def _sound(state: str, hub: Place) -> Row:
    """Nothing lost, nothing twice, the file sound."""
    row = Row(state, "afterwards", None, "")
    row.faults += [*hub.lost(), *hub.doubled(), *database.faults(hub.db)]
    return row


# --- read-only ------------------------------------------------------------------------------


def readonly(folder: Path, papers: Papers, like: Path) -> Iterator[Row]:
    """A database, then a folder, that the hub may read and not write."""
    backups = folder / "backups"
    backups.mkdir()
    backups.chmod(0o777)
    for state, file_mode, folder_mode, wanted in (
        ("read-only database", 0o444, 0o777, r"database: .*cannot be written"),
        ("read-only folder", 0o666, 0o555, r"folder: .*cannot be written"),
        ("unreadable database", 0o000, 0o777, r"database: .*cannot be read"),
    ):
        with place(folder / state.replace(" ", "-"), papers, like, humble=True) as hub:
            (hub.folder / "feeds.yaml").chmod(0o644)
            hub.db.chmod(file_mode)
            hub.folder.chmod(folder_mode)
            before = hub.stored()
            yield from tried(state, hub, backups)
            yield told(state, hub, wanted)
            hub.folder.chmod(0o755)
            row = Row(state, "afterwards", None, "", database.faults(hub.db))
            if hub.stored() != before:
                row.faults.append("the database has changed")
            yield row


# --- two hubs on one file --------------------------------------------------------------------


def two(folder: Path, papers: Papers, like: Path) -> Iterator[Row]:
    """A second hub on the database of the first, at a port of its own and at the same one."""
    with place(folder / "two", papers, like) as hub:
        first = hub.start()
        row = Row("two hubs, one file", "run, twice", None, "")
        if not hub.up():
            row.faults.append("the first did not start")
        yield _at_work(hub)
        other = free_port()
        (hub.folder / "other").mkdir()
        configure(hub.folder / "other", papers, other)
        before = len(hub.said())
        second = hub.spawn(
            *("run", "-v", "--log-format", "json", "--db", str(hub.db)), elsewhere="other"
        )
        if not wait_for(lambda: hub.get("/healthz", other)[0] == 200 or second.poll() is not None):
            row.faults.append("the second neither serves nor ends")
        asked = papers.asked.copy()
        hub.make_due()
        wait_for(lambda: all(papers.asked[n] > asked[n] for n in range(len(papers.grown))), 30)
        wait_for(lambda: False, 3)
        twice = {n for n in range(len(papers.grown)) if papers.asked[n] - asked[n] > 1}
        if twice:
            row.faults.append(f"papers asked twice: {sorted(twice)}")
        said = hub.said()[before:]
        lines = [line for line in said.splitlines() if '"level": "warning"' in line]
        row.message = (lines or [""])[0][:200]
        if "works on" not in said:
            row.faults.append("nobody says that there are two")
        if "locked" in said or "Traceback" in said:
            row.faults.append("a lock error or a traceback")
        if second.poll() is None and hub.stop(second) != 0:
            row.faults.append("the second did not stop as it should")
        if hub.stop(first) != 0:
            row.faults.append("the first did not stop as it should")
        row.faults += [*hub.lost(), *hub.doubled(), *database.faults(hub.db)]
        yield row


def _at_work(hub: Place) -> Row:
    good = doctor(hub)["good"]
    row = Row("a hub at work", "doctor", None, next((t for t in good if "database" in t), ""))
    if not any("a hub works on it" in text for text in good):
        row.faults.append(f"doctor does not see the hub at work: {good}")
    return row


# --- corrupted pages -------------------------------------------------------------------------


def corrupted(
    folder: Path,
    papers: Papers,
    like: Path,
    files: int,
    seed: int,
    skip: Collection[str] = (),
) -> Iterator[Row]:
    """Copies of the database with bytes flipped in some pages; every command on each.

    A flip may hit what no command reads: then all must go well. Doctor must call damaged
    what SQLite's own check calls damaged.
    """
    rng = random.Random(seed)
    backups = folder / "backups"
    backups.mkdir()
    whole = like.read_bytes()
    for number in range(files):
        kind, damage = _DAMAGES[number % len(_DAMAGES)]
        name = f"corrupted: {kind}"
        with place(folder / f"damaged{number}", papers) as hub:
            damaged = damage(bytearray(whole), rng)
            hub.db.write_bytes(damaged)
            yield from tried(name, hub, backups, skip={"doctor", *skip})
            hub.db.write_bytes(damaged)
            yield _known_damaged(name, hub)


def _known_damaged(state: str, hub: Place) -> Row:
    try:
        wrong = [fault for fault in database.faults(hub.db) if "integrity_check" in fault]
    except database.Broken as error:
        wrong = [str(error)]
    found = doctor(hub)
    row = Row(state, "doctor", None, "; ".join(found["bad"])[:160])
    if any(text.startswith("doctor itself") for text in found["bad"]):
        row.faults.append(found["bad"][-1])
    if wrong and not any("database" in text for text in found["bad"]):
        row.faults.append(f"doctor calls sound what is not: {wrong[0][:100]}")
    return row


def _flip(body: bytearray, rng: random.Random, pages: int, each: int) -> bytes:
    for _ in range(pages):
        page = rng.randrange(1, len(body) // 4096)
        for _ in range(each):
            at = page * 4096 + rng.randrange(4096)
            body[at] ^= 1 << rng.randrange(8)
    return bytes(body)


def _zeros(body: bytearray, rng: random.Random) -> bytes:
    page = rng.randrange(1, len(body) // 4096)
    body[page * 4096 : (page + 1) * 4096] = bytes(4096)
    return bytes(body)


def _json(body: bytearray, rng: random.Random) -> bytes:
    """Flips within stored JSON: what SQLite cannot see."""
    spots = [found.start() for found in re.finditer(rb'\{"|\["', bytes(body))]
    for spot in rng.sample(spots, min(40, len(spots))):
        body[spot + rng.randrange(2)] ^= 1 << rng.randrange(8)
    return bytes(body)


_DAMAGES: tuple[tuple[str, Callable[[bytearray, random.Random], bytes]], ...] = (
    ("a bit in each of 5 pages", lambda body, rng: _flip(body, rng, 5, 1)),
    ("50 bits in each of 3 pages", lambda body, rng: _flip(body, rng, 3, 50)),
    ("half of all pages", lambda body, rng: _flip(body, rng, len(body) // 8192, 20)),
    ("a page of zeros", _zeros),
    ("the header", lambda body, rng: bytes([*rng.randbytes(100), *body[100:]])),
    ("the end cut off", lambda body, rng: bytes(body[: len(body) * 2 // 3])),
    ("in the stored JSON", _json),
    ("an empty file", lambda body, rng: b""),
    ("a text file", lambda body, rng: b"hello\n" * 1000),
)
