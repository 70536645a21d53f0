"""Bytes that changed on the disk: a name and what to do, never a riddle."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing

import pytest

from feedhub.errors import StoreError


def written(store, statement, *values):
    with closing(sqlite3.connect(store.path)) as conn:
        conn.execute(statement, values)
        conn.commit()


@pytest.mark.parametrize("state", ['{"etag":', "[1]", '{"etag":{"x":1}}', '{"next_due":{"t":"a"}}'])
def test_a_state_that_cannot_be_read_is_named(play, state):
    async def scenario(w):
        await w.configure(w.source("a"))
        (stored,) = await w.lease()
        written(w.store, "UPDATE sources SET state = ?", state)
        for reading in (
            w.store.stored(stored.id),
            w.store.statuses(),
            w.lease(w.now + 10 * w.minute),
        ):
            with pytest.raises(StoreError, match=r"damaged.*feedhub restore"):
                await reading

    play(scenario)


def test_letters_that_are_none_are_named(play):
    async def scenario(w):
        written(w.store, "UPDATE meta SET value = CAST(x'616cff' AS TEXT) WHERE key = 'authority'")
        with pytest.raises(StoreError, match="damaged") as found:
            await w.store.authority()
        assert "\ufffd" not in str(found.value)

    play(scenario)


def test_a_fault_of_ours_stays_one(play):
    async def scenario(w):
        def wrong(_conn):
            raise KeyError("ours")

        with pytest.raises(KeyError, match="ours"):
            await w.store._write(wrong)
        with pytest.raises(KeyError, match="ours"):
            await w.store._readers.run(wrong)

    play(scenario)


@pytest.fixture
def looks(monkeypatch):
    """Whether a writer could begin, each time the whole file was read."""
    free = []

    def look(path):
        with closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as other:
            try:
                other.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                free.append(False)
            else:
                free.append(True)
                other.execute("ROLLBACK")

    monkeypatch.setattr("feedhub.store.connection.check", look)
    return free


def test_the_file_is_asked_once_and_between_transactions(play, looks):
    async def scenario(w):
        def wrong(_conn):
            raise KeyError("ours")

        found = await asyncio.gather(
            *(w.store._write(wrong) for _ in range(5)), return_exceptions=True
        )
        assert all(isinstance(error, KeyError) for error in found)
        assert looks
        assert all(looks)
        assert len(looks) < 5  # what was asked together shares a transaction, and the look

    play(scenario)


def item(**changes):
    """A record that is one of an item but for what is changed in it."""
    plain = dict.fromkeys(
        ("summary", "content_html", "effective_why", "title", "language", "publisher"), ""
    )
    none = dict.fromkeys(
        ("story_id", "effective", "published", "link", "canonical", "image", "comments_url",
         "origin_name", "origin_url")
    )  # fmt: skip
    lists = {name: [] for name in ("authors", "categories", "enclosures", "titles", "keys",
                                   "sightings", "observations")}  # fmt: skip
    numbers = {"id": 1, "first_seen": 1, "updated": 1, "paywall": 0, "counts": {}}
    return {"record": "item", "source": "a", **plain, **none, **lists, **numbers, **changes}


@pytest.mark.parametrize(
    "record",
    [
        {"record": "item"},
        {"record": "song"},
        {},
        item(source="unheard of"),
        item(title=None),
        item(title={"a": 1}),
        item(first_seen=10**30),
        item(title="\ud800"),
        item(sightings=[["a", "no hex", 0, 1, None]]),
        item(keys=[["a"]]),
        item(counts=7, observations=[["a", "k", "x" * 9]]),
    ],
)
def test_a_refused_import_is_no_damage(play, looks, record):
    async def scenario(w):
        await w.configure(w.source("a"))
        with pytest.raises(ValueError, match=r"record|source"):
            await w.store.import_records([record])
        assert (await w.store.sizes())["items"] == 0
        assert looks == []

    play(scenario)


def test_nor_is_what_sqlite_cannot_hold(play, looks):
    async def scenario(w):
        with pytest.raises(OverflowError):
            await w.store.items([10**30])
        with pytest.raises(UnicodeEncodeError):
            await w.store.search("\ud800", 5)
        assert looks == []

    play(scenario)


def test_visits_that_cannot_be_read_are_named(play):
    async def scenario(w):
        await w.configure(w.source("a"))
        (stored,) = await w.lease()
        await w.read(stored.id, w.entry("1"))
        written(w.store, """UPDATE fetches SET visits = '[["a"]]'""")
        with pytest.raises(StoreError, match="damaged"):
            await w.store.fetch_log(w.now - w.minute)

    play(scenario)
