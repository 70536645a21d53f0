"""What goes and what stays, when a hub has run for long."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta

from feedhub import ticks
from feedhub.model import ListSpec, Source
from feedhub.store import retention
from feedhub.upkeep import PAGES, policy, prune

POPULAR = ListSpec("popular", "Populärt", "popular", limit=5)
LATEST = ListSpec("senaste", "Senaste", "latest", limit=5)


async def year(room, source="a", days=200, per_day=1):
    """A document of the ten newest, read once a day; the entries by number."""
    written = []
    for day in range(days):
        now = room.now + day * room.day
        written += [room.entry(source, day * per_day + n, now) for n in range(per_day)]
        await room.read(source, written[-10:], now)
    return written


def test_old_items_go_and_the_newest_stay(play):
    async def scenario(room):
        await room.configure("a", keep=timedelta(days=30))
        await year(room, days=120)
        end = room.now + 120 * room.day
        done = await prune(room.store, room.config, end)
        # 120 days, of which the 50 newest stay whatever their age
        assert (done.items, await room.count("items")) == (70, 50)
        assert await room.count("sightings") == 50
        assert await room.count("items_fts") == 50
        assert await room.store.pruned_at() == end
        assert (await prune(room.store, room.config, end)).items == 0

    play(scenario)


def test_a_source_and_a_count_of_its_own(play):
    async def scenario(room):
        sources = (
            Source(key="a", url="https://a.example/feed", keep=timedelta(days=60)),
            Source(key="b", url="https://b.example/feed", keep_count=55),
        )
        await room.configure(sources=sources, keep=timedelta(days=1000))
        await year(room, "a", days=100)
        await year(room, "b", days=100)
        await prune(room.store, room.config, room.now + 100 * room.day)
        found = await room.store.statuses()
        assert [status.items for status in found] == [60, 55]

    play(scenario)


def test_a_removed_item_does_not_come_back_as_new(play):
    async def scenario(room):
        await room.configure("a", keep=timedelta(days=30))
        written = await year(room, days=120)
        end = room.now + 120 * room.day
        await prune(room.store, room.config, end)
        assert await room.buried() == 70 * 3  # guid, link and text
        before = await room.count("items")
        for again in range(3):  # the source shows its archive, and is pruned in between
            report = await room.read("a", written[:20] + written[-10:], end + again * room.day)
            assert (report.new, await room.count("items")) == (0, before)
            await prune(room.store, room.config, end + again * room.day)
            assert await room.buried() == 70 * 3
        new = room.entry("a", 999, end)
        assert (await room.read("a", [new, *written[:5]], end + 4 * room.day)).new == 1
        for day in range(730, 765):  # all of them are looked through in a month
            await prune(room.store, room.config, end + day * room.day)
        assert await room.buried() < 70

    play(scenario)


def test_what_its_source_still_carries_stays(play):
    async def scenario(room):
        await room.configure("a", keep=timedelta(days=30))
        standing = [room.entry("a", n, room.now) for n in range(60)]
        await room.read("a", standing, room.now)
        assert (await prune(room.store, room.config, room.now + 90 * room.day)).items == 0
        # for want of a word that it is gone, not for ever
        assert (await prune(room.store, room.config, room.now + 121 * room.day)).items == 0
        newer = [room.entry("a", n, room.now + 10 * room.day) for n in range(100, 160)]
        await room.read("a", standing + newer, room.now + 10 * room.day)
        assert (await prune(room.store, room.config, room.now + 119 * room.day)).items == 0
        assert (await prune(room.store, room.config, room.now + 121 * room.day)).items == 60

    play(scenario)


def test_how_long_what_is_carried_stays_goes_by_the_sources_own_age(play):
    async def scenario(room):
        sources = tuple(
            Source(key=key, url=f"https://{key}.example/feed", keep=timedelta(days=keep))
            for key, keep in (("a", 20), ("b", 60))
        )
        await room.configure(sources=sources, keep=timedelta(days=30))
        for key in ("a", "b"):
            standing = [room.entry(key, n, room.now) for n in range(60)]
            newer = [room.entry(key, n, room.now + 10 * room.day) for n in range(100, 160)]
            await room.read(key, standing, room.now)
            await room.read(key, standing + newer, room.now + 10 * room.day)
        for day, kept in ((79, [120, 120]), (81, [60, 120]), (239, [60, 120]), (241, [60, 60])):
            await prune(room.store, room.config, room.now + day * room.day)
            found = await room.store.statuses()
            assert (day, [status.items for status in found]) == (day, kept)

    play(scenario)


def test_what_was_popular_stays_and_what_was_latest_goes(play):
    async def scenario(room):
        await room.configure("a", lists=(POPULAR, LATEST), keep=timedelta(days=30))
        written = []
        for day in range(100):
            now = room.now + day * room.day
            written.append(room.entry("a", day, now))
            await room.read("a", written[-3:], now)
            await room.place(now)
            if day in (10, 20):
                await ticks.rank(room.store, room.config, now)
        end = room.now + 100 * room.day
        first = await room.store.firsts("popular", 100)
        assert first
        await ticks.rank(room.store, room.config, end)
        await prune(room.store, room.config, end)
        assert await room.count("items") < 100
        after = await room.store.firsts("popular", 1000)
        assert {item.id for _, item, _ in first} <= {item.id for _, item, _ in after}
        assert await room.count("stories") == await room.count("items")
        shown = await ticks.listings(room.store, room.config, end)
        assert all(one.entries for one in shown.standing)

    play(scenario)


def test_logs_are_trimmed_and_the_last_word_stays(play):
    async def scenario(room):
        await room.configure(
            "a",
            keep=timedelta(days=60),
            keep_log=timedelta(days=10),
            keep_history=timedelta(days=7),
        )
        entry = None
        for day in range(40):
            now = room.now + day * room.day
            entry = room.entry("a", 0, room.now, counts={"comments": day // 2})
            other = room.entry("a", day + 1, now, position=1)
            await room.read("a", [entry, other], now)
        assert await room.count("observations") == 20
        end = room.now + 40 * room.day
        await prune(room.store, room.config, end)
        assert await room.count("fetches") == 10
        # those of the last week, and the one that held when it began
        assert await room.count("observations") in (4, 5)
        assert await room.count("orders") == 8
        # the document's first entry is minted last: newest, highest
        assert (await room.store.items([2]))[2].counts == {"comments": 19}

    play(scenario)


def test_how_lists_stood_is_kept_as_far_back_as_one_can_ask(play):
    async def scenario(room):
        await room.configure("a", lists=(LATEST,), keep_history=timedelta(days=7))
        for day in range(20):
            now = room.now + day * room.day
            await room.read("a", [room.entry("a", day, now)], now)
            await room.place(now)
            await ticks.rank(room.store, room.config, now)
        end = room.now + 19 * room.day
        then = await room.store.standing_at(end - timedelta(days=6))
        assert await room.count("list_places") == 20
        await prune(room.store, room.config, end)
        assert await room.count("list_places") in (8, 9)
        assert await room.store.standing_at(end - timedelta(days=6)) == then
        assert await room.store.standing_at(end - timedelta(days=7)) != {}

    play(scenario)


def test_ended_in_the_middle_it_goes_on_the_next_time(play):
    async def scenario(room):
        await room.configure("a", keep=timedelta(days=30))
        await year(room, days=100, per_day=5)
        end = room.now + 100 * room.day
        keeping = policy(room.config)
        ids = await room.store.ripe(keeping, end)
        await room.store.remove(ids[:40], keeping, end)
        assert (await prune(room.store, room.config, end)).items == len(ids) - 40

    play(scenario)


def test_what_was_to_go_and_stays_after_all_is_as_it_was(play):
    async def scenario(room):
        await room.configure("a", keep=timedelta(days=30))
        written = await year(room, days=100, per_day=5)
        end = room.now + 100 * room.day
        keeping = policy(room.config)
        ids = await room.store.ripe(keeping, end)
        before = await room.count("items")
        await room.store.bury_ahead(ids, keeping, end)  # and killed before anything was removed
        assert await room.buried() > len(ids)
        changed = room.entry("a", 0, room.now, summary="Ny ingress")
        report = await room.read("a", [changed, *written[-10:]], end)
        assert (report.new, report.changed, await room.count("items")) == (0, 1, before)
        # the one that is carried again stays, and is no less itself
        done = await prune(room.store, room.config, end)
        assert (done.items, await room.count("items")) == (len(ids) - 1, before - len(ids) + 1)
        again = room.entry("a", 0, room.now, summary="Ännu en ingress")
        report = await room.read("a", [again, *written[:5], *written[-10:]], end + room.day)
        assert (report.new, report.changed) == (0, 1)

    play(scenario)


def test_freed_pages_go_back_to_the_file_system(play):
    async def scenario(room):
        await room.configure("a", keep=timedelta(days=30))
        for day in range(60):
            now = room.now + day * room.day
            entries = [
                room.entry("a", day * 50 + n, now, content_html="<p>" + "ord " * 500 + "</p>")
                for n in range(50)
            ]
            await room.read("a", entries, now)
        given_back = []
        shrink = room.store.shrink

        async def watched(pages):
            given_back.append(await shrink(pages))
            return given_back[-1]

        room.store.shrink = watched
        done = await prune(room.store, room.config, room.now + 80 * room.day)
        assert done.items > 2000
        assert done.pages > 500
        # a thousand in one transaction, not one
        assert given_back == [*[PAGES] * (done.pages // PAGES), done.pages % PAGES, 0]
        row = await room.store._readers.run(lambda c: c.execute("PRAGMA freelist_count").fetchone())
        assert row[0] == 0

    play(scenario)


def test_a_file_that_cannot_shrink_does_not_keep_retention_at_it(tmp_path):
    with closing(sqlite3.connect(tmp_path / "old.db")) as conn:
        conn.execute("PRAGMA auto_vacuum = NONE")
        conn.execute("CREATE TABLE t (text)")
        conn.executemany("INSERT INTO t VALUES (?)", [("ord " * 1000,)] * 100)
        conn.execute("DELETE FROM t")
        conn.commit()
        assert conn.execute("PRAGMA freelist_count").fetchone()[0] > 50
        assert retention.shrink(conn, PAGES) == 0


def test_the_policy_never_takes_what_a_list_counts():
    from feedhub.model import Config, Hub

    spec = ListSpec("popular", "P", "popular", window=timedelta(days=31))
    found = policy(Config(hub=Hub(keep=timedelta(days=7)), sources=(), lists=(spec, LATEST)))
    assert found.age == timedelta(days=34)
    assert found.feeds == {"popular.new": None}


def test_the_search_index_forgets_what_was_removed(play):
    async def scenario(room):
        await room.configure("a", keep=timedelta(days=30))
        await year(room, days=150, per_day=4)
        end = room.now + 150 * room.day
        while int(end.timestamp()) // 86400 % 7 != 1:
            end += room.day
        await prune(room.store, room.config, end)
        left = await room.count("items_fts_data")
        await prune(room.store, room.config, end + 6 * room.day)
        assert await room.count("items_fts_data") < left
        assert await room.count("items_fts") == await room.count("items")

    play(scenario)


def test_a_clock_that_was_ahead_keeps_no_key_longer(play):
    async def scenario(room):
        await room.configure("a", keep=timedelta(days=30))
        await year(room, days=120)
        end = room.now + 120 * room.day
        await room.read("a", [], end + 300 * room.day)
        await prune(room.store, room.config, end + 300 * room.day)
        assert await room.buried() == 70 * 3
        await room.store.mend_clock(end, room.day)
        for day in range(731, 762):
            await prune(room.store, room.config, end + day * room.day)
        assert await room.buried() == 0

    play(scenario)
