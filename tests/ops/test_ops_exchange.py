"""Imports that are broken off, repeated, mixed up, or come beside a hub at work."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from feedhub.model import Hand, Source
from feedhub.pipeline import sync
from feedhub.store import SqliteStore


async def records(store):
    found = []
    await store.export(10_000, found.extend)
    return found


async def take_down(room, item_id):
    await room.store.lay_hand(Hand(0, "i", item_id, "takedown", "", "", room.now, "eva"))


async def brought(room, key, numbers):
    entries = [room.entry(key, n, room.now, position=place) for place, n in enumerate(numbers)]
    await room.read(key, entries, room.now)
    await room.place(room.now)


@asynccontextmanager
async def another(tmp_path, room=None):
    """Another hub; the room's verbs work on it where a room is given."""
    store = SqliteStore(tmp_path / "other.db")
    await store.open()
    home = room.store if room else None
    try:
        yield store
    finally:
        if room:
            room.store = home
        await store.close()


def test_two_hubs_that_went_apart_are_two(play, tmp_path):
    async def scenario(room):
        await room.configure("a", "b")
        await brought(room, "a", range(5))
        out, home = await records(room.store), room.store
        async with another(tmp_path, room) as other:
            await other.import_records(out)
            room.store = other
            await sync(other, room.config)
            await brought(room, "b", range(5))
            room.store = home  # its item 6 is another, and is taken down
            await brought(room, "a", range(100, 108))
            await take_down(room, 6)
            taken = await other.import_records(await records(home))
            assert taken.left > 0
            assert await other.hand_log(9) == []

    play(scenario)


def test_what_an_import_of_the_wrong_file_left_gives_way(play, tmp_path):
    async def scenario(room):
        await room.configure("a")
        await brought(room, "a", range(5))
        await take_down(room, 2)
        out = await records(room.store)
        order = next(one for one in out if one["record"] == "hand")
        sources = [one for one in out if one["record"] == "source"]
        wrong = [{**out[0], "authority": "x.invalid,2026"}, *sources, {**order, "target": 4}]
        async with another(tmp_path) as other:
            await other.import_records(wrong)  # broken off before its items
            await other.import_records(out)
            assert [(hand.id, hand.target) for hand in await other.hand_log(9)] == [(1, 2)]

    play(scenario)


def test_it_goes_on_where_feeds_yaml_gave_a_source_another_key(play, tmp_path):
    async def scenario(room):
        await room.configure("a")
        await brought(room, "a", range(5))
        out = await records(room.store)
        named = Source(key="ny", url="https://a.example/feed", name="a")
        async with another(tmp_path) as other:
            renamed = replace(room.config, sources=(named,))
            for _ in range(2):
                await sync(other, renamed)
                await other.import_records(out)
            await sync(other, renamed)
            assert (await other.sizes())["items"] == 5

    play(scenario)


def test_what_has_neither_guid_nor_link_comes_once(play, tmp_path):
    async def scenario(room):
        await room.configure("a")
        await room.read("a", [room.entry("a", 1, room.now, guid=None, link=None, canonical=None)],
                        room.now)  # fmt: skip
        out = await records(room.store)
        async with another(tmp_path) as other:
            assert (await other.import_records(out)).added == 1
            assert (await other.import_records(out)).added == 0

    play(scenario)


@pytest.mark.parametrize("highest", [2**63 - 1, "abc", -5, 1.5, None, [1]])
def test_highest_ids_that_can_be_none_are_refused(play, tmp_path, highest):
    async def scenario(room):
        await room.configure("a")
        out = await records(room.store)
        async with another(tmp_path) as other:
            with pytest.raises(ValueError, match="highest ids"):
                await other.import_records([{**out[0], "minted": {"items": highest}}])

    play(scenario)


_HAND = {
    "record": "hand", "id": 1, "kind": "i", "target": 1, "action": "pin", "value": "1", "slug": "",
    "at": 1, "until": None, "by": "ann", "note": "", "undone_at": None, "undone_by": "",
}  # fmt: skip


@pytest.mark.parametrize(
    ("record", "wrong"),
    [
        ("item", {"first_seen": "i dag"}),
        ("item", {"effective": 10**14}),
        ("item", {"published": -(10**14)}),
        ("item", {"updated": 1.5}),
        ("item", {"story_id": "s7"}),
        ("item", {"authors": 5}),
        ("item", {"categories": [None]}),
        ("item", {"image": {}}),
        ("item", {"enclosures": 7}),
        ("item", {"counts": {"comments": "många"}}),
        ("item", {"titles": [["i går", "Rubrik"]]}),
        ("item", {"observations": [["a", "comments", 1, "x"]]}),
        ("item", {"sightings": [["a", "00", 0, "x", None]]}),
        ("source", {"weight": "tung"}),
        ("source", {"weight": float("inf")}),
        ("source", {"imported_at": 10**14}),
        ("source", {"last_ok_at": "i går"}),
        ("source", {"guids": None}),
        ("source", {"guids": {"flips": "många"}}),
        ("source", {"guids": {"new": True}}),
        ("hand", {"value": "överst"}),
        ("hand", {"value": "0"}),
        ("hand", {"action": "burn"}),
        ("hand", {"kind": "x"}),
        ("hand", {"at": 10**14}),
        ("hand", {"until": "6h"}),
    ],
)
def test_what_could_never_be_read_again_is_not_taken_in(play, tmp_path, record, wrong):
    async def scenario(room):
        await room.configure("a")
        await brought(room, "a", range(1))
        out = [*await records(room.store), _HAND]
        bad = [{**one, **wrong} if one["record"] == record else one for one in out]
        async with another(tmp_path) as other:
            with pytest.raises(ValueError, match="is no record of an export"):
                await other.import_records(bad)
            assert await records(other) != out
            await other.import_records(out)

    play(scenario)


def test_an_order_follows_an_item_that_came_as_news_meanwhile(play, tmp_path):
    async def scenario(room):
        await room.configure("a")
        await brought(room, "a", range(5))
        await take_down(room, 5)
        out = await records(room.store)
        async with another(tmp_path, room) as other:
            await other.import_records(out[:-1])  # broken off before item 5
            room.store = other
            await sync(other, room.config)
            await brought(room, "a", range(5))
            await other.import_records(out)
            await other.refresh_hands(room.now)
            ordered = "items i JOIN overrides o ON o.item_id = i.id"
            assert await room.count(ordered) == 1

    play(scenario)


def test_sources_that_are_being_fetched_keep_their_ids(play, tmp_path):
    async def scenario(room):
        await room.configure("a", "b")
        await brought(room, "a", [1])
        out = await records(room.store)
        async with another(tmp_path) as other:
            turned = replace(room.config, sources=room.config.sources[::-1])
            await sync(other, turned)
            leased = await other.lease_due(
                room.now, "hub", length=timedelta(minutes=5), limit=9, everything=True
            )
            await other.import_records(out)
            await sync(other, turned)
            now = {one.id: one.source.key for one in await other.lease_due(
                room.now + timedelta(hours=1), "hub", length=timedelta(minutes=5), limit=9,
                everything=True)}  # fmt: skip
            assert now == {one.id: one.source.key for one in leased}

    play(scenario)


def test_an_export_beside_a_hub_at_work_is_of_one_instant(play, tmp_path):
    async def scenario(room):
        await room.configure("a")
        await brought(room, "a", range(5))
        out, loop = [], asyncio.get_running_loop()

        async def more():
            await room.configure("a", "b")
            await brought(room, "b", range(5))

        def put(page):
            if not out:
                asyncio.run_coroutine_threadsafe(more(), loop).result(60)
            out.extend(page)

        await room.store.export(2, put)
        assert sum(one["record"] == "item" for one in out) == 5
        async with another(tmp_path) as other:
            await other.import_records(out)

    play(scenario)


def test_what_comes_after_an_import_is_news_and_no_first_reading(play, tmp_path):
    async def scenario(room):
        await room.configure("a")
        await brought(room, "a", range(5))
        out = await records(room.store)
        async with another(tmp_path, room) as other:
            await other.import_records(out)
            room.store = other
            await sync(other, room.config)
            assert await records(other) == out
            later = room.now + room.day
            undated = room.entry("a", 9, later, published=None)
            (item,) = (await room.read("a", [undated], later)).new_ids
            found = (await other.items([item]))[item]
            assert found.effective == later  # and so in the list of what is new

    play(scenario)


def test_what_was_learnt_of_a_sources_guids_goes_along(play, tmp_path):
    async def scenario(room):
        await room.configure("a")
        for time in range(4):
            entries = [room.entry("a", n, room.now, guid=f"{time}-{n}") for n in range(9)]
            await room.read("a", entries, room.now)
        (status,) = await room.store.statuses()
        assert status.stored.guids.flips > 0
        out = await records(room.store)
        async with another(tmp_path) as other:
            await other.import_records(out)
            await sync(other, room.config)
            (there,) = await other.statuses()
            assert there.stored.guids == status.stored.guids
            assert await records(other) == out

    play(scenario)


def test_an_export_that_does_not_tell_of_sources_pasts_is_taken_in(play, tmp_path):
    async def scenario(room):
        await room.configure("a")
        await brought(room, "a", range(5))
        newer = ("imported_at", "last_ok_at", "guids")
        out = [
            {name: value for name, value in one.items() if name not in newer}
            for one in await records(room.store)
        ]
        async with another(tmp_path) as other:
            assert (await other.import_records(out)).added == 5

    play(scenario)
