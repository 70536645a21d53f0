"""Killed at any instant, stopped in the middle of fetches: nothing is lost, nothing doubled."""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

BENCH = Path(__file__).parents[2] / "bench"
ITEMS = 6


def bench(name: str) -> ModuleType:
    """A module of ``bench/``: the origin and the trial are the same as on real feeds."""
    if str(BENCH) not in sys.path:
        sys.path.append(str(BENCH))
    return importlib.import_module(name)


def test_killed_at_random_instants_it_ends_as_if_undisturbed(tmp_path: Path) -> None:
    feeds = tmp_path / "feeds"
    feeds.mkdir()
    documents = bench("_generated").make_documents(feeds, 16, items=ITEMS)
    names = [f"source{number}" for number in range(len(documents))]
    with bench("_origin").Origin(documents) as origin:
        origin.set(delay=0.2)  # so that some kills fall while fetches are under way
        found = bench("kill").trial(origin, names, tmp_path, kills=6, seed=4)
    assert found.faults == []
    assert found.items == ITEMS * len(documents)
    assert len(found.instants) == 6


# --- stopping the daemon -----------------------------------------------------------------


class Daemon:
    """A ``feedhub run`` of its own process group."""

    def __init__(self, folder: Path) -> None:
        self._log = (folder / "daemon.log").open("ab")
        self.process = subprocess.Popen(
            bench("_common").feedhub("run", "--config", folder / "feeds.yaml"),
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )

    def close(self) -> None:
        self._log.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[dict[str, Any]]:
    """An origin of four quick sources, two slow ones and a silent one; feeds.yaml for them."""
    origins, common = bench("_origin"), bench("_common")
    feeds = tmp_path / "feeds"
    feeds.mkdir()
    made = bench("_generated").make_documents(feeds, 6, items=ITEMS)
    documents = made[:4] + [
        origins.Document(one.address, one.file, one.type, delay=3.0) for one in made[4:]
    ]
    mute = origins.address(900)
    with origins.Origin(documents, silent=[mute]) as origin:
        rows = [{"url": origin.url(document)} for document in documents]
        rows.append({"url": f"http://{mute}:{origin.port}/feed"})
        with closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        common.write_config(tmp_path / "feeds.yaml", rows, listen=f"127.0.0.1:{port}")
        yield {"origin": origin, "folder": tmp_path, "mute": mute, "documents": documents}


def test_stopped_in_the_middle_of_fetches_nothing_is_lost(place: dict[str, Any]) -> None:
    origin, db = place["origin"], place["folder"] / "feedhub.db"
    daemon = Daemon(place["folder"])
    try:
        until(lambda: stored(db) == 4, daemon)  # the quick ones are in; three are under way
        assert origin.counts() == {"200": 4, "open": 3}
        began = time.monotonic()
        daemon.process.send_signal(signal.SIGTERM)
        assert daemon.process.wait(20) == 0
        assert time.monotonic() - began < 10.5
    finally:
        daemon.close()
    assert bench("_database").faults(db) == []
    with closing(sqlite3.connect(db)) as conn:
        (items,) = conn.execute("SELECT count(*) FROM items").fetchone()
        leased = conn.execute("SELECT key FROM sources WHERE leased_by IS NOT NULL").fetchall()
        unread = conn.execute("SELECT url FROM sources WHERE next_due IS NULL").fetchall()
    assert items == ITEMS * 6  # the slow ones were waited for
    assert leased == []
    assert [place["mute"] in url for (url,) in unread] == [True]
    origin.asked()
    again = Daemon(place["folder"])
    try:
        asked: dict[str, int] = {}
        until(lambda: bool(asked.update(origin.asked()) or asked), again)
        # the fetch log is there: what was fetched is not due, what was given up is
        assert asked == {place["mute"]: 1}
        until(lambda: bench("_database").unplaced(db) == 0, again)
    finally:
        again.close()


def stored(db: Path) -> int:
    """How many sources have been fetched and stored."""
    try:
        with closing(sqlite3.connect(f"file:{db}?mode=ro", uri=True)) as conn:
            query = "SELECT count(*) FROM sources WHERE outcome IS NOT NULL"
            return int(conn.execute(query).fetchone()[0])
    except sqlite3.OperationalError:
        return 0  # not made yet


def until(reached: Any, daemon: Daemon, patience: float = 30.0) -> None:
    """Wait for something that another process does."""
    deadline = time.monotonic() + patience
    while not reached():
        assert daemon.process.poll() is None, "the daemon has ended"
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)
