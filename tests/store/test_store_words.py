"""The search index is written once a transaction, and holds what was stored and nothing else."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from feedhub.errors import StoreError
from feedhub.store import connection, words
from feedhub.store.connection import Writer, connect


def indexed(path: Path) -> dict[int, tuple[str, str]]:
    conn = connect(path, readonly=True)
    rows = conn.execute("SELECT rowid, title, text FROM items_fts").fetchall()
    conn.close()
    return {rowid: (title, text) for rowid, title, text in rows}


def test_what_failed_work_noted_is_not_indexed(tmp_path):
    writer = Writer(tmp_path / "a.db")
    writer.open()

    def fail(conn: sqlite3.Connection) -> None:
        words.added(conn, 2, "två", "")
        conn.execute("INSERT INTO nothing VALUES (1)")

    one = writer.submit(lambda conn: words.added(conn, 1, "ett", "text"))
    two = writer.submit(fail)
    three = writer.submit(lambda conn: words.added(conn, 3, "tre", ""))
    writer.close()
    assert one.result() is three.result() is None
    with pytest.raises(StoreError):
        two.result()
    assert indexed(tmp_path / "a.db") == {1: ("ett", "text"), 3: ("tre", "")}


def test_the_last_word_on_an_item_counts(tmp_path):
    path = tmp_path / "a.db"
    writer = Writer(path)
    writer.open()

    def first(conn: sqlite3.Connection) -> None:
        for item_id in (1, 2, 3):
            words.added(conn, item_id, f"nr {item_id}", "")

    def then(conn: sqlite3.Connection) -> None:
        words.added(conn, 4, "kom och gick", "")
        words.removed(conn, 4)
        words.added(conn, 5, "kom", "")
        words.changed(conn, 5, "kom och rättades", "")
        words.changed(conn, 2, "nr två", "")
        words.changed(conn, 2, "nummer två", "")
        words.changed(conn, 3, "nr tre", "")
        words.removed(conn, 3)

    writer.submit(first).result()
    writer.submit(then)
    writer.close()
    assert indexed(path) == {1: ("nr 1", ""), 2: ("nummer två", ""), 5: ("kom och rättades", "")}
    conn = connect(path)
    conn.execute("INSERT INTO items_fts (items_fts) VALUES ('integrity-check')")
    conn.close()


def test_other_connections_write_at_once(tmp_path):
    writer = Writer(tmp_path / "a.db")
    writer.open()
    writer.close()
    conn = connect(tmp_path / "a.db")
    words.added(conn, 7, "sju", "")
    conn.close()
    assert indexed(tmp_path / "a.db") == {7: ("sju", "")}


def test_patient_work_shares_a_transaction_and_is_stored_before_it_is_answered(
    tmp_path, monkeypatch
):
    asyncio.run(patiently(tmp_path / "a.db", monkeypatch))


async def patiently(path: Path, monkeypatch) -> None:
    monkeypatch.setattr(connection, "PATIENCE", 60.0)
    writer = Writer(path)
    writer.open()
    groups = []
    commit = writer._commit

    def counted(conn, group):
        groups.append(len(group))
        commit(conn, group)

    monkeypatch.setattr(writer, "_commit", counted)
    patient = [
        writer.ask(lambda conn, n=n: words.added(conn, n, str(n), ""), patient=True)
        for n in range(1, 6)
    ]
    writer.ask(lambda conn: None)  # who will not wait takes all that waits along
    await asyncio.gather(*patient)
    assert indexed(path).keys() == {1, 2, 3, 4, 5}
    # and a full group does not wait either
    more = [writer.ask(lambda conn: None, patient=True) for _ in range(connection.GROUP)]
    await asyncio.gather(*more)
    assert sum(groups) == 6 + connection.GROUP
    assert groups[0] >= 5
    # nor does closing
    last = writer.ask(lambda conn: words.added(conn, 6, "6", ""), patient=True)
    await asyncio.get_running_loop().run_in_executor(None, writer.close)
    await last
    assert indexed(path).keys() == {1, 2, 3, 4, 5, 6}
