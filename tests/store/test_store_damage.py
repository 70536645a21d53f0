"""Bytes that changed on the disk: a name and what to do, never a riddle."""

from __future__ import annotations

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
