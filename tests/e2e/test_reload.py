"""A slice of ``bench/reload.py``: feeds.yaml edited at will under a running hub."""

from __future__ import annotations

import asyncio
import importlib
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

import feedhub.daemon

BENCH = Path(__file__).parents[2] / "bench"


@pytest.fixture
def as_found(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What the trial sets for its process is put back."""
    before = structlog.get_config()
    level = logging.getLogger("apscheduler").level
    monkeypatch.setattr(feedhub.daemon, "WATCH", feedhub.daemon.WATCH)
    monkeypatch.setattr(feedhub.daemon, "BEAT", feedhub.daemon.BEAT)
    yield
    structlog.configure(**before)
    logging.getLogger("apscheduler").setLevel(level)


def test_the_sources_are_those_of_the_file_after_every_edit(tmp_path: Path, as_found: None) -> None:
    if str(BENCH) not in sys.path:
        sys.path.append(str(BENCH))
    reload = importlib.import_module("reload")
    done = asyncio.run(reload.trial(tmp_path, 25, 11))
    assert done.faults == []
    assert done.reloads >= 25
    assert sum(done.papers.asked.values()) >= reload.PAPERS
