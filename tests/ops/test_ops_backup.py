"""Copies of the database in use, put back; items out as JSON lines and in again."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sqlite3
import threading
from datetime import UTC, datetime

import pytest

from feedhub import doctor
from feedhub.errors import StoreError, StoreTooNew
from feedhub.model import Hand
from feedhub.store import SqliteStore
from feedhub.store.backup import backup, check, restore
from feedhub.upkeep import policy

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


async def filled(room):
    await room.configure("a", "b")
    for key in ("a", "b"):
        entries = [
            room.entry(key, n, room.now, position=n, counts={"comments": n}) for n in range(30)
        ]
        await room.read(key, entries, room.now)
        changed = [room.entry(key, n, room.now, title=f"Ny {n}") for n in range(5)]
        await room.read(key, changed, room.now + room.day)
    await room.place(room.now)


async def records(store):
    found = []
    await store.export(10_000, found.extend)
    return found


def test_a_copy_taken_while_others_write_is_whole(play, tmp_path):
    async def scenario(room):
        await filled(room)
        done = threading.Event()
        copies = []

        def copy():
            for n in range(5):
                target = tmp_path / f"copy-{n}.db"
                backup(room.path, target)
                copies.append(target)
            done.set()

        thread = threading.Thread(target=copy)
        thread.start()
        number = 100
        while not done.is_set():
            pair = [room.entry("a", number + n, room.now, position=n) for n in range(2)]
            await room.read("a", pair, room.now)
            number += 2
        thread.join()
        for target in copies:
            with sqlite3.connect(target) as conn:
                assert conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)
                # two at a time were written: no copy may hold half a commit
                assert conn.execute("SELECT count(*) % 2 FROM items").fetchone() == (0,)
            conn.close()

    play(scenario)


def test_what_is_restored_is_what_was(play, tmp_path):
    async def scenario(room):
        await filled(room)
        before = await records(room.store)
        copy = tmp_path / "copy.db"
        assert backup(room.path, copy) == copy.stat().st_size
        with pytest.raises(StoreError, match="stop it first"):
            restore(copy, room.path, room.now)
        await room.read("a", [room.entry("a", 999, room.now)], room.now)
        await room.store.close()
        aside = restore(copy, room.path, room.now)
        assert aside is not None
        assert aside.exists()
        again = SqliteStore(room.path)
        await again.open()
        assert await records(again) == before
        await again.close()

    play(scenario)


def killed(path):
    """A database whose process was killed: what it wrote last stands beside it."""
    conn = sqlite3.connect(path)
    conn.execute("PRAGMA journal_mode = WAL")
    conn.execute("CREATE TABLE others (x)")
    conn.executemany("INSERT INTO others VALUES (?)", [("y" * 500,)] * 2000)
    conn.commit()
    parts = {end: path.with_name(path.name + end).read_bytes() for end in ("", "-wal", "-shm")}
    conn.close()
    for end, body in parts.items():
        path.with_name(path.name + end).write_bytes(body)


def tables(path):
    with contextlib.closing(sqlite3.connect(path)) as conn:
        return {name for (name,) in conn.execute("SELECT name FROM sqlite_schema")}


def test_a_copy_holds_nothing_of_what_stood_under_its_name(play, tmp_path):
    async def scenario(room):
        await filled(room)
        copy = tmp_path / "copy.db"
        killed(copy)
        backup(room.path, copy)
        assert "others" not in tables(copy)
        with pytest.raises(StoreError, match="choose another"):
            backup(copy, room.path)
        await room.store.close()
        killed(tmp_path / "lost.db")
        (tmp_path / "lost.db").unlink()
        first = restore(copy, tmp_path / "lost.db", room.now)
        assert "others" not in tables(tmp_path / "lost.db")
        assert first.with_name(first.name + "-wal").exists()
        assert restore(copy, tmp_path / "lost.db", room.now) != first  # in the same second

    play(scenario)


def test_where_nothing_can_be_written_a_sound_database_is_sound_and_copied(
    play, tmp_path, monkeypatch
):
    async def scenario(room):
        await filled(room)
        await room.store.close()
        # of what SQLite would make beside the file, nothing can be made
        room.path.with_name("hub.db-shm").symlink_to("no/such/folder")
        monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
        check(room.path)
        assert backup(room.path, tmp_path / "copy.db") > 0
        assert restore(room.path, tmp_path / "again.db", room.now) is None

    play(scenario)


def test_a_copy_may_be_read_by_no_more_than_what_it_is_of(play, tmp_path):
    play(filled)
    db, copy = tmp_path / "hub.db", tmp_path / "copy.db"
    for mode, came in ((0o640, 0o640), (0o600, 0o600), (0o400, 0o600), (0o666, 0o644)):
        db.chmod(mode)
        before = os.umask(0o022)
        try:
            backup(db, copy)
        finally:
            os.umask(before)
        assert copy.stat().st_mode & 0o777 == came
    db.chmod(0o640)
    copy.chmod(0o666)
    restore(copy, db, NOW)
    assert db.stat().st_mode & 0o777 == 0o640


@pytest.mark.skipif(os.geteuid() != 0, reason="root alone gives files away")
@pytest.mark.parametrize("there", [True, False])
def test_what_root_restores_is_the_hubs_own_users(play, tmp_path, there):
    play(filled)
    db, copy = tmp_path / "hub.db", tmp_path / "copy.db"
    backup(db, copy)
    if not there:
        db.unlink()
    for path in (tmp_path, db) if there else (tmp_path,):
        os.chown(path, 65534, 65534)
    restore(copy, db, NOW)
    assert (db.stat().st_uid, db.stat().st_gid) == (65534, 65534)


def test_what_cannot_be_restored_changes_nothing(play, tmp_path):
    async def scenario(room):
        await filled(room)
        await room.store.close()
        good = room.path.read_bytes()
        text = tmp_path / "text.db"
        text.write_text("inte en databas, men lång nog för att likna en" * 50)
        damaged = tmp_path / "damaged.db"
        body = bytearray(good)
        body[8192:20000] = b"\xff" * (20000 - 8192)
        damaged.write_bytes(bytes(body))
        newer = tmp_path / "newer.db"
        newer.write_bytes(good)
        conn = sqlite3.connect(newer)
        conn.execute("PRAGMA user_version = 9999")
        conn.close()
        other = tmp_path / "other.db"
        conn = sqlite3.connect(other)
        conn.execute("CREATE TABLE t (a)")
        conn.close()
        for path, kind in (
            (text, StoreError),
            (damaged, StoreError),
            (newer, StoreTooNew),
            (other, StoreError),
            (tmp_path / "none.db", StoreError),
        ):
            with pytest.raises(kind) as caught:
                restore(path, room.path, room.now)
            assert "\n" not in str(caught.value)
            assert room.path.read_bytes() == good
        assert not list(tmp_path.glob(".*.partial*"))

    play(scenario)


def test_who_only_reads_or_copies_names_a_newer_database_and_what_is_the_matter(play, tmp_path):
    play(filled)
    db = tmp_path / "hub.db"
    with contextlib.closing(sqlite3.connect(db)) as conn:
        conn.execute("PRAGMA user_version = 999")
    before = db.read_bytes()

    async def read():
        store = SqliteStore(db, readonly=True)
        await store.open()
        try:
            await store.statuses()
        finally:
            await store.close()

    for reading in (lambda: asyncio.run(read()), lambda: backup(db, tmp_path / "copy.db")):
        with pytest.raises(StoreTooNew) as caught:
            reading()
        assert str(caught.value) == f"{db}: was written by a newer feedhub; upgrade feedhub first"
    *_, found = doctor.files(db)
    assert found.level == "bad"
    assert "newer feedhub" in found.text
    assert found.advice.endswith(f"feedhub restore {db}.before-vN")
    assert db.read_bytes() == before
    assert not list(tmp_path.glob("*copy.db*"))


def test_an_earlier_version_is_copied_before_it_is_changed(tmp_path):
    path = tmp_path / "hub.db"

    async def open_and_close():
        store = SqliteStore(path)
        await store.open()
        await store.close()

    asyncio.run(open_and_close())
    assert not list(tmp_path.glob("hub.db.before*"))
    conn = sqlite3.connect(path)
    conn.execute("DROP TABLE overrides")
    conn.execute("DELETE FROM _sqlite_migrations WHERE name = 'm011_overrides'")
    conn.execute("PRAGMA user_version = 1")
    conn.commit()
    conn.close()
    asyncio.run(open_and_close())
    (copy,) = tmp_path.glob("hub.db.before*")
    conn = sqlite3.connect(copy)
    assert conn.execute("PRAGMA user_version").fetchone() == (1,)
    conn.close()


def test_export_and_import_come_round_equal(play, tmp_path):
    async def scenario(room):
        await filled(room)
        out = await records(room.store)
        other = SqliteStore(tmp_path / "other.db")
        await other.open()
        taken = await other.import_records(out)
        assert (taken.added, taken.known) == (60, 0)
        assert await records(other) == out
        ids = [one["id"] for one in out if one["record"] == "item"]
        here, there = await room.store.items(ids), await other.items(ids)
        assert here == there
        assert await other.authority() == await room.store.authority()
        assert [i.id for i in await other.search("Ny", 99)] == [
            i.id for i in await room.store.search("Ny", 99)
        ]
        assert (await other.import_records(out)).added == 0  # twice changes nothing
        assert await records(other) == out
        await other.close()

    play(scenario)


def test_into_a_hub_that_has_items_only_others_come(play, tmp_path):
    async def scenario(room):
        await filled(room)
        out = await records(room.store)
        other = SqliteStore(tmp_path / "other.db")
        await other.open()
        await other.import_records([one for one in out if one.get("id", 0) <= 10])
        authority = await other.authority()
        foreign = [{**out[0], "authority": "abc.feedhub.invalid,2026"}, *out[1:]]
        taken = await other.import_records(foreign)
        assert (taken.added, taken.known) == (50, 10)
        assert await other.authority() == authority
        assert len(await other.unplaced(100)) == 50
        with pytest.raises(ValueError, match="no record"):
            await other.import_records([{"record": "item"}])
        await other.close()

    play(scenario)


def lines(found):
    return [json.dumps(one, ensure_ascii=False) for one in found]


async def spoken(room):
    """Items that were hidden, pinned, retitled, taken down, joined, merged and removed."""
    await room.configure("gone", "a", "b")
    old, now = room.now - 400 * room.day, room.now
    last = [room.entry("a", 40 + n, now, position=n) for n in range(60)]
    await room.read("a", [room.entry("a", n, old) for n in range(20)], old)
    await room.read("a", last, now)
    await room.read("b", [room.entry("b", n, now, position=n) for n in range(9)], now)
    twins = room.entry("b", 50, now), room.entry("b", 51, now, title="Rubrik 50 av b")
    await room.read("b", list(twins), now)
    merged = room.entry("b", 51, now, title="Rubrik 50 av b", guid="b-50", link=None)
    await room.read("b", [merged], now + room.day)
    await room.place(now)
    keeping = policy(room.config)
    assert await room.store.remove(await room.store.ripe(keeping, now), keeping, now) > 0
    for target, action, value in (
        (21, "hide", ""),
        (22, "retitle", "En annan rubrik"),
        (23, "takedown", ""),
        (24, "pin", "1"),
    ):
        await room.store.lay_hand(
            Hand(0, "i", target, action, value, "popular" if value == "1" else "", now, "eva")
        )
    await room.store.lay_hand(
        Hand(0, "s", 30, "hide", "", "", now, "eva", "varför", now + room.day)
    )
    await room.store.lift_hand("i", 21, "hide", now, "bo")
    await room.store.link(30, 31, "join", now, "samma")
    await room.store.link(30, 32, "split", now, "")


def test_what_people_said_and_what_was_removed_goes_along_and_two_exports_are_equal(play, tmp_path):
    async def scenario(room):
        await spoken(room)
        out = await records(room.store)
        kinds = {one["record"] for one in out}
        assert kinds == {"hub", "source", "hand", "link", "redirect", "tombstones", "item"}
        other = SqliteStore(tmp_path / "other.db")
        await other.open()
        try:
            # feeds.yaml has its sources in another order, and one of them no more
            await other.sync_sources(room.config.sources[:0:-1], lambda one: (one.key, one.key))
            assert (await other.import_records(out)).left == 0
            await other.sync_sources(room.config.sources[:0:-1], lambda one: (one.key, one.key))
            assert lines(await records(other)) == lines(out)
            await other.refresh_hands(room.now)
            await room.store.refresh_hands(room.now)
            ids = [one["id"] for one in out if one["record"] == "item"]
            assert await other.items(ids) == await room.store.items(ids)
            assert await other.hand_log(99) == await room.store.hand_log(99)
            # what was removed does not come back as new
            room.store, before = other, room.store
            report = await room.read("a", [room.entry("a", 3, room.now)], room.now)
            assert report.new == 0
            room.store = before
        finally:
            await other.close()

    play(scenario)


def test_an_import_that_was_broken_off_goes_on_under_the_same_ids(play, tmp_path):
    async def scenario(room):
        await spoken(room)
        out = await records(room.store)
        other = SqliteStore(tmp_path / "other.db")
        await other.open()
        try:
            await other.import_records(out[: len(out) // 2])
            await other.import_records(out)
            assert lines(await records(other)) == lines(out)
        finally:
            await other.close()

    play(scenario)


def test_of_another_hubs_ids_nothing_is_believed(play, tmp_path):
    async def scenario(room):
        await spoken(room)
        out = await records(room.store)
        other = SqliteStore(tmp_path / "other.db")
        await other.open()
        try:
            mine = [{**out[0], "authority": "abc.feedhub.invalid,2026"}]
            mine += [one for one in out if one["record"] in ("source", "item")][:8]
            await other.import_records(mine)
            said = sum(one["record"] in ("hand", "link", "redirect", "tombstones") for one in out)
            assert (await other.import_records(out)).left == said
            assert await other.hand_log(99) == []
        finally:
            await other.close()

    play(scenario)
