"""Slices of ``bench/chaos.py``: what may go wrong under a hub ends in one clear message."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

BENCH = Path(__file__).parents[2] / "bench"


def bench(name: str) -> ModuleType:
    if str(BENCH) not in sys.path:
        sys.path.append(str(BENCH))
    return importlib.import_module(name)


@pytest.fixture
def papers() -> Iterator[Any]:
    with bench("_chaos_place").Papers(3) as made:
        yield made


@pytest.fixture
def good(papers: Any, tmp_path: Path) -> Path:
    found: Path = bench("chaos").seeded(tmp_path / "good", papers)
    return found


def faults(rows: Any) -> list[str]:
    return [f"{row.state}: {row.command}: {fault}" for row in rows for fault in row.faults]


def test_a_running_hub_killed_again_and_again_loses_nothing(papers: Any, tmp_path: Path) -> None:
    found = bench("chaos").kills(tmp_path / "kills", papers, 5, seed=3)
    assert found.faults == []
    assert found.killed == 5
    assert found.stored >= found.reported


@pytest.mark.parametrize("way", ["ahead", "behind"])
def test_a_clock_that_jumps_stops_nothing(
    way: str, papers: Any, good: Path, tmp_path: Path
) -> None:
    assert faults(bench("_chaos_clock").jumps(tmp_path, papers, good, [way])) == []


def test_two_hubs_on_one_file_share_the_work_and_say_so(
    papers: Any, good: Path, tmp_path: Path
) -> None:
    assert faults(bench("_chaos_states").two(tmp_path, papers, good)) == []


def test_damaged_files_are_called_damaged(papers: Any, good: Path, tmp_path: Path) -> None:
    rows = bench("_chaos_states").corrupted(
        tmp_path, papers, good, 4, seed=5, skip={"run", "sources", "prune", "search", "backup"}
    )
    assert faults(rows) == []


@pytest.mark.optional
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
def test_a_full_disk_is_one_message_and_is_got_over(
    papers: Any, good: Path, tmp_path: Path
) -> None:
    chaos = bench("_chaos_states")
    try:
        with chaos.small_disk(tmp_path / "probe", 1):
            pass
    except Exception as error:  # containers seldom may
        pytest.skip(f"no disk can be mounted here: {error}")
    assert faults(chaos.disk_full(tmp_path, papers, good)) == []
