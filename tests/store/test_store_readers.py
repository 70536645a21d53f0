"""The threads that read: what goes wrong in one reading harms no other."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from feedhub.store import SqliteStore, connection
from feedhub.store.connection import Readers


def run(path: Path, scenario: Callable[[Readers], Awaitable[None]]) -> None:
    async def main() -> None:
        store = SqliteStore(path / "hub.db")
        await store.open()
        readers = Readers(path / "hub.db", 2)
        try:
            await scenario(readers)
        finally:
            readers.close()
            await store.close()

    asyncio.run(main())


def one(conn: sqlite3.Connection) -> int:
    return int(conn.execute("SELECT 1").fetchone()[0])


def test_odd_exceptions_are_told_and_the_next_is_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stops(conn: sqlite3.Connection) -> None:
        raise StopIteration

    def breaks(conn: sqlite3.Connection) -> None:
        raise KeyError("x")

    def no_room(path: Path) -> None:
        raise MemoryError

    async def scenario(readers: Readers) -> None:
        with pytest.raises(RuntimeError, match="StopIteration"):
            await asyncio.wait_for(readers.run(stops), 60)
        monkeypatch.setattr(connection, "check", no_room)
        for _ in range(3):  # one more than there are threads
            with pytest.raises(KeyError):
                await asyncio.wait_for(readers.run(breaks), 60)
        assert await asyncio.wait_for(readers.run(one), 60) == 1

    run(tmp_path, scenario)


def test_a_reading_whose_caller_has_gone_holds_up_nobody(tmp_path: Path) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(conn: sqlite3.Connection) -> None:
        begun.set()
        go_on.wait(60)

    async def scenario(readers: Readers) -> None:
        first = asyncio.create_task(readers.run(slow))
        await asyncio.to_thread(begun.wait, 60)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        try:
            assert await asyncio.wait_for(readers.run(one), 60) == 1
        finally:
            go_on.set()

    run(tmp_path, scenario)
