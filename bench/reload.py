"""feeds.yaml edited hundreds of times under a running hub: is it always what the file says?

    .venv/bin/python bench/reload.py [--json] [--reloads 500] [--seed 1]

Hypothesis makes the edits: sources come, go, change places, names, addresses and keys; some
files are broken in one of many ways. Each is written as editors do (in place, or a new file
under the old name, or the old one moved aside first), told by SIGHUP or only seen. After each
the hub's sources must be those of the file; after a broken one, as before, and page, figures
and log must say why. All the while papers on loopback are fetched that grow with every
answer: in the end every answer must be in the log of fetches and every article stored, once.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

import _database as database
import feedhub.daemon
from _chaos_place import Papers, Place, connect, free_port, wait_for
from _common import arguments, emit
from feedhub.config import load_config

PAPERS = 10
PATIENCE = 20.0
LOOKS = timedelta(seconds=0.02)  # between looks at the file, and at what is due

BROKEN: dict[str, Callable[[str], bytes]] = {
    "no YAML": lambda text: b"sources: [1, {",
    "a tab": lambda text: b"\thub: 1\n" + text.encode(),
    "an unknown key": lambda text: text.encode() + b"\nintervall: 5m\n",
    "the wrong kind": lambda text: b"sources: 12\n",
    "a source twice": lambda text: b"sources: ['http://a.example/f', 'http://a.example/f']\n",
    "no address": lambda text: b"sources: ['nonsense']\n",
    "other letters": lambda text: b"hub: {title: '\xff\xfe'}\n",
    "no text": lambda text: bytes(range(256)),
    "a bad interval": lambda text: b"sources: [{url: 'http://a.example/f', interval: soon}]\n",
    "cut off": lambda text: text[: len(text) * 2 // 3].encode() + b"'",
    "no file": lambda text: b"",
    "a folder": lambda text: b"",
}


@st.composite
def edits(draw: st.DrawFn) -> dict[str, Any]:
    """What is written, and how."""
    numbers = draw(st.lists(st.integers(0, PAPERS - 1), unique=True, max_size=PAPERS))
    rows = []
    for number in numbers:
        row: dict[str, Any] = {"number": number, "moved": draw(st.booleans())}
        row |= draw(
            st.fixed_dictionaries(
                {},
                optional={
                    "name": st.sampled_from(["Bladet", "Å ä ö: #1", "'citat'", "no", "12:30"]),
                    "category": st.sampled_from(["inrikes", "sport"]),
                    "weight": st.sampled_from([0.5, 1, 2]),
                    "enabled": st.booleans(),
                    "content": st.sampled_from(["title", "excerpt"]),
                    "keep": st.sampled_from(["30d", "400d"]),
                },
            )
        )
        rows.append(row)
    return {
        "rows": rows,
        "title": draw(st.sampled_from(["Hubben", "Åäö", "x" * 80])),
        "extra": draw(st.booleans()),
        "broken": draw(st.none() | st.none() | st.sampled_from(sorted(BROKEN))),
        "way": draw(st.sampled_from(["in place", "renamed over", "moved aside"])),
        "hup": draw(st.booleans()),
        "due": draw(st.booleans()),
    }


@dataclass
class Editing:
    """The running hub from the view of who edits its file."""

    hub: Place
    papers: Papers
    events: list[dict[str, Any]]
    reloads: int = 0
    refused: int = 0
    taken_s: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    expected: list[tuple[str, str]] = field(default_factory=list)
    ways: Counter[str] = field(default_factory=Counter)
    breaks: Counter[str] = field(default_factory=Counter)

    def edit(self, one: dict[str, Any]) -> None:
        if one["due"]:
            self.hub.make_due()
            time.sleep(0.04)  # so that fetches are under way
        text, wanted = self._text(one)
        began = time.monotonic()
        self._write(text, one)
        if one["hup"]:
            os.kill(os.getpid(), signal.SIGHUP)
        self.ways[one["way"]] += 1
        if one["broken"] is None:
            self.expected = wanted
            if not wait_for(lambda: self._sources() == wanted, PATIENCE):
                self.faults.append(f"{self._sources()} for {wanted}")
            self.taken_s.append(time.monotonic() - began)
            self.reloads += 1
            self._told_right()
        else:
            self.refused += 1
            self.breaks[one["broken"]] += 1
            self._told_wrong(one["broken"])

    def _text(self, one: dict[str, Any]) -> tuple[str, list[tuple[str, str]]]:
        rows, wanted = [], []
        for row in one["rows"]:
            number = row["number"]
            url = self.papers.url(number, moved=row["moved"])
            rows.append(
                {
                    "id": f"paper{number}",
                    "url": url,
                    "allow_private": True,
                    **{key: row[key] for key in row if key not in ("number", "moved")},
                }
            )
            if row.get("enabled", True):
                wanted.append((f"paper{number}", url))
        hub = {"title": one["title"], "listen": f"127.0.0.1:{self.hub.port}"}
        whole: dict[str, Any] = {"hub": hub, "sources": rows}
        if one["extra"]:
            whole["lists"] = {"egen": {"title": "Egen", "order": "latest"}}
        return json.dumps(whole, ensure_ascii=False, indent=1), wanted

    def _write(self, text: str, one: dict[str, Any]) -> None:
        path = self.hub.folder / "feeds.yaml"
        if path.is_dir():
            path.rmdir()
        if one["broken"] in ("no file", "a folder"):
            path.unlink(missing_ok=True)
            if one["broken"] == "a folder":
                path.mkdir()
            return
        body = BROKEN[one["broken"]](text) if one["broken"] else text.encode()
        if one["way"] == "in place":
            path.write_bytes(body)
        elif one["way"] == "renamed over":
            draft = path.with_suffix(".tmp")
            draft.write_bytes(body)
            draft.replace(path)
        else:
            if path.exists():
                path.replace(path.with_suffix(".yaml~"))
            path.write_bytes(body)

    def _sources(self) -> list[tuple[str, str]]:
        with closing(connect(self.hub.db)) as conn:
            rows = conn.execute("SELECT key, url FROM sources WHERE configured = 1 ORDER BY place")
            return [(key, url) for key, url in rows]

    def _told_right(self) -> None:
        if not wait_for(lambda: "configuration" not in self._health(), PATIENCE):
            self.faults.append("/healthz still names mistakes")
        if "feedhub_configuration_ok 1" not in self.hub.get("/metrics")[1]:
            self.faults.append("/metrics does not say that the file is right")

    def _told_wrong(self, name: str) -> None:
        if not wait_for(self._mistakes, PATIENCE):
            self.faults.append(f"{name}: neither page nor log says why: {self._health()}")
            return
        if "feedhub_configuration_ok 0" not in self.hub.get("/metrics")[1]:
            self.faults.append(f"{name}: /metrics says that the file is right")
        if "feeds.yaml" not in self.hub.get("/status")[1]:
            self.faults.append(f"{name}: the status page does not say why")
        if self._sources() != self.expected:
            self.faults.append(f"{name}: the sources have changed")
        if self.hub.get("/senaste.json")[0] != 200:
            self.faults.append(f"{name}: the lists are not served")

    def _health(self) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads(self.hub.get("/healthz")[1])
        except ValueError:
            return {}
        return found

    def _mistakes(self) -> bool:
        """The page says why, and the log does, now or since the same mistakes were made."""
        why = self._health().get("configuration") or ()
        logged = {e.get("mistake") for e in self.events}
        return bool(why) and set(why) <= logged

    def settle(self) -> None:
        """All papers stand in the file and are at rest; what came of them is counted."""
        every = [{"number": number, "moved": False} for number in range(PAPERS)]
        self.edit(
            {
                "rows": every,
                "title": "Hubben",
                "extra": False,
                "broken": None,
                "way": "renamed over",
                "hup": True,
                "due": True,
            }
        )
        wait_for(self._at_rest, PATIENCE)
        self.papers.growth = 0
        wait_for(lambda: self._fetches() == self.papers.asked, PATIENCE)
        if self._fetches() != self.papers.asked:
            self.faults.append(f"fetches: {self._fetches()} are logged of {self.papers.asked}")
        stored = self.hub.stored()
        for number, count in enumerate(self.papers.grown):
            if stored[f"paper{number}"] != count:
                self.faults.append(f"paper{number}: {stored[f'paper{number}']} of {count} stored")
        with closing(connect(self.hub.db)) as conn:
            rows = conn.execute("SELECT count(*) FROM sources").fetchone()[0]
        if rows != PAPERS:
            self.faults.append(f"{rows} sources are known where {PAPERS} papers are")
        self.faults += [*self.hub.doubled(), *database.faults(self.hub.db)]

    def _at_rest(self) -> bool:
        with closing(connect(self.hub.db)) as conn:
            row = conn.execute("SELECT min(coalesce(next_due, 0)) FROM sources").fetchone()
        return bool(row[0] > time.time())

    def _fetches(self) -> Counter[int]:
        with closing(connect(self.hub.db)) as conn:
            rows = conn.execute(
                "SELECT s.key, count(*) FROM fetches f JOIN sources s ON s.id = f.source_id"
                " WHERE f.sent = 1 GROUP BY 1"
            )
            return Counter({int(key.removeprefix("paper")): count for key, count in rows})


async def trial(folder: Path, reloads: int, number: int) -> Editing:
    """``reloads`` edits under a hub of this process."""
    events: list[dict[str, Any]] = []
    structlog.configure(
        processors=[_kept_in(events)], logger_factory=structlog.ReturnLoggerFactory()
    )
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    feedhub.daemon.WATCH = feedhub.daemon.BEAT = LOOKS
    with Papers(PAPERS, delay=0.05) as papers:
        hub = Place(folder, free_port())
        editing = Editing(hub, papers, events)
        first = editing._text({"rows": [], "title": "Hubben", "extra": False})[0]
        (folder / "feeds.yaml").write_text(first, "utf-8")
        stop, up = asyncio.Event(), asyncio.Event()
        config = load_config(folder / "feeds.yaml", {})
        task = asyncio.create_task(
            feedhub.daemon.serve(config, hub.db, _now, started=up.set, stop=stop)
        )
        await asyncio.wait_for(up.wait(), PATIENCE)
        try:
            await asyncio.to_thread(_edits, editing, reloads, number)
            await asyncio.to_thread(editing.settle)
        finally:
            stop.set()
            await asyncio.wait_for(task, PATIENCE)
    return editing


def _edits(editing: Editing, reloads: int, number: int) -> None:
    @seed(number)
    @settings(
        max_examples=reloads,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(edits())
    def edit(one: dict[str, Any]) -> None:
        if editing.reloads < reloads and not editing.faults:
            editing.edit(one)

    while editing.reloads < reloads and not editing.faults:
        edit()  # hypothesis may find that it has seen it all sooner


def _kept_in(events: list[dict[str, Any]]) -> Callable[..., str]:
    def keep(_logger: object, _name: str, event: dict[str, Any]) -> str:
        events.append(dict(event))
        return ""

    return keep


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def main() -> int:
    parser = arguments(__doc__)
    parser.add_argument("--reloads", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="feedhub-reload-") as name:
        done = asyncio.run(trial(Path(name), options.reloads, options.seed))
    taken = sorted(done.taken_s)
    figures = {
        "reloads": done.reloads,
        "refused": done.refused,
        "refused_by_kind": dict(done.breaks),
        "ways": dict(done.ways),
        "fetches": sum(done.papers.asked.values()),
        "items": sum(done.papers.grown),
        "taken_over_s_median": round(taken[len(taken) // 2], 3),
        "taken_over_s_max": round(taken[-1], 3),
        "faults": done.faults,
    }
    lines = [f"{key}: {value}" for key, value in figures.items() if key != "faults"]
    emit(
        figures,
        "\n".join([*lines, *(f"FAULT {fault}" for fault in done.faults)]),
        as_json=options.json,
    )
    return 1 if done.faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
