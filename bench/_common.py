"""What the benchmarks share: arguments, running a command with its costs, tables."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SAMPLE = 0.05  # seconds between two looks at the memory of a process tree


def arguments(doc: str | None) -> argparse.ArgumentParser:
    """``--data`` and ``--json``, as every benchmark takes them."""
    parser = argparse.ArgumentParser(description=(doc or "").strip().splitlines()[0])
    parser.add_argument("--data", type=Path, help="the folder of the corpora")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    return parser


def say(text: str) -> None:
    """A line about the run itself; never among the figures."""
    print(text, file=sys.stderr, flush=True)


def feedhub(*arguments: str | Path) -> list[str]:
    """The command as users run it, of the environment that runs the benchmark."""
    script = Path(sys.executable).with_name("feedhub")
    if script.exists():
        return [str(script), *map(str, arguments)]
    return [sys.executable, "-c", "from feedhub.cli import main; main()", *map(str, arguments)]


def write_config(path: Path, sources: Iterable[Mapping[str, Any]], **hub: Any) -> None:
    """A feeds.yaml of private sources: JSON, one source a line, which is YAML too."""
    rows = ",\n".join(json.dumps({"allow_private": True, **source}) for source in sources)
    path.write_text(
        f'{{"hub": {json.dumps(hub or {"title": "bench"})},\n"sources": [\n{rows}\n]}}\n',
        encoding="utf-8",
    )


# --- what a command costs -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cost:
    """A finished command. ``cpu_s`` is user and system time of it and all that it waited for;
    ``peak_mib`` the largest sum of proportional set sizes (PSS) of its process tree."""

    code: int
    wall_s: float
    cpu_s: float
    peak_mib: float
    output: str

    def row(self) -> dict[str, float]:
        return {
            "wall_s": round(self.wall_s, 3),
            "cpu_s": round(self.cpu_s, 3),
            "peak_mib": round(self.peak_mib, 1),
        }


def tree(pid: int) -> list[int]:
    """``pid`` and all that descend from it now."""
    found = [pid]
    for one in found:
        try:
            for children in Path(f"/proc/{one}/task").glob("*/children"):
                found += map(int, children.read_text().split())
        except OSError:
            continue
    return found


def pss_mib(pids: Iterable[int]) -> float:
    """Their proportional set sizes, summed: pages shared among them count once."""
    total = 0
    for pid in pids:
        try:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue
        total += next((int(r.split()[1]) for r in text.splitlines() if r.startswith("Pss:")), 0)
    return total / 1024


class _Sampler(threading.Thread):
    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid = pid
        self.done = threading.Event()
        self.peak = 0.0

    def run(self) -> None:
        while not self.done.wait(SAMPLE):
            self.peak = max(self.peak, pss_mib(tree(self._pid)))


def measure(
    command: Sequence[str | Path], *, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> Cost:
    """Run a command to its end, in a session of its own. Its errors are in ``output`` too."""
    # users' interpreters keep compiled modules; an installed peer's are compiled already
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    process = subprocess.Popen(
        [str(part) for part in command],
        cwd=cwd,
        env={**environment, **(env or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    sampler = _Sampler(process.pid)
    sampler.start()
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    sampler.done.set()
    sampler.join()
    process.stdout.close()
    process.returncode = os.waitstatus_to_exitcode(status)
    cpu = usage.ru_utime + usage.ru_stime
    return Cost(process.returncode, wall, cpu, sampler.peak, output)


# --- saying it ------------------------------------------------------------------------------


def table(title: str, rows: Mapping[str, Mapping[str, object]]) -> str:
    """Rows by name under the columns of the first; what a row lacks is left blank."""
    columns = list(dict.fromkeys(column for row in rows.values() for column in row))
    cells = [[title, *columns]] + [
        [name, *(_cell(row.get(column, "")) for column in columns)] for name, row in rows.items()
    ]
    widths = [max(len(line[place]) for line in cells) for place in range(len(cells[0]))]
    return "\n".join(
        "  ".join(
            [
                line[0].ljust(widths[0]),
                *(c.rjust(w) for c, w in zip(line[1:], widths[1:], strict=True)),
            ]
        )
        for line in cells
    )


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.2f}" if abs(value) < 100 else f"{value:.0f}"
    return str(value)


def emit(figures: Mapping[str, Any], text: str, *, as_json: bool) -> None:
    """The figures as one JSON object, or the text for a person."""
    print(json.dumps(figures, ensure_ascii=False) if as_json else text)
