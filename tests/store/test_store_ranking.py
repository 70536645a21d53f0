"""What ranking asks of a store, whichever it is: clicks, links, past lists, floods."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from feedhub.model import CountAt, Placement, Ranked, RankedList, StoryChanges

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


async def place_all(w, now):
    await w.store.take_lease("stories", "me", now, 5 * w.minute)
    batch = await w.store.unplaced(100_000)
    changes = StoryChanges(tuple(Placement(item.id, item.id) for item in batch))
    assert await w.store.commit_stories(changes, now, "me")


def test_clicks_are_read_by_the_hour_once_it_is_over(play):
    async def scenario(w):
        await w.configure(w.source("a"))
        (stored,) = await w.lease()
        (one,) = (await w.read(stored.id, w.entry("1"))).new_ids
        await place_all(w, w.now)
        await w.store.add_clicks({(one, w.now): 3, (one, w.now + HOUR): 2})
        await w.store.add_clicks({(one, w.now): 1})

        async def clicks(minutes):
            now = w.now + minutes * w.minute
            (item,) = (await w.store.rank_input(now, w.now - DAY, 10)).items
            return item.history

        assert await clicks(30) == ()
        assert await clicks(60) == ()  # the last batch may still come
        first = CountAt(w.now + HOUR, "clicks", 4)
        assert await clicks(61) == (first,)
        assert await clicks(200) == (first, CountAt(w.now + 2 * HOUR, "clicks", 6))

    play(scenario)


def test_links_count_one_for_each_other_publisher_whoever_came_first(play):
    async def scenario(w):
        await w.configure(w.source("a"), w.source("b"), w.source("c"))
        a, b, c = sorted(await w.lease(), key=lambda one: one.id)
        link = "https://a.example/1"

        async def read(source, name, minutes=0):
            entry = w.entry(name, canonical=f"https://{name[0]}.example/{name[1]}")
            now = w.now + minutes * w.minute
            told = replace(w.commit(source.id, entry, now=now), publisher=name[0])
            await w.store.commit_fetch(told, now, w.believing)

        async def note(pairs, minutes):
            read = await w.store.unread_links(10)
            links = [(one, value) for one in read for n, value in pairs if n == one.id]
            await w.store.note_links(read, links, w.now + minutes * w.minute)

        await read(b, "b1")
        await note([(1, link)], 0)  # not known yet
        await read(a, "a1", 1)
        await note([(2, link)], 1)  # to itself
        await read(c, "c1", 1)
        await read(b, "b2", 1)
        later = w.now + w.minute
        await note([(3, link), (4, link)], 2)
        assert await w.store.unread_links(10) == []
        await place_all(w, later)
        items = (await w.store.rank_input(w.now + HOUR, w.now - DAY, 10)).items
        found = {item.id: item.history for item in items if item.history}
        times = (w.now + w.minute, w.now + 2 * w.minute)
        assert found == {2: tuple(CountAt(at, "links", n) for n, at in enumerate(times, 1))}

    play(scenario)


def ranked(w, minutes, *places, note=""):
    entries = tuple(
        Ranked(n, item, story, 1.0, None, ()) for n, (story, item) in enumerate(places, 1)
    )
    return RankedList("popular", w.now + minutes * w.minute, entries, note_code=note)


def test_past_lists_stand_as_they_were(play):
    async def scenario(w):
        await w.configure(w.source("a"))
        (stored,) = await w.lease()
        await w.read(stored.id, w.entry("1"), w.entry("2", 1))
        ticks = (
            ranked(w, 0, (1, 1), note="few-shared"),
            ranked(w, 1, (1, 1), note="few-shared"),  # nothing changed: not a new list
            ranked(w, 2, (2, 2), (1, 1)),
        )
        for one in ticks:
            await w.store.save_lists([one], one.tick, "f", frozenset({"popular"}))
        assert await w.store.standing_at(w.now, before=True) == {}

        async def then(minutes, **options):
            at = w.now + minutes * w.minute
            standing, fingerprint = (await w.store.standing_at(at, **options))["popular"]
            assert fingerprint == "f"
            places = [(entry.position, entry.story_id) for entry in standing.entries]
            return places, standing.note_code

        assert await then(0) == await then(1) == await then(2, before=True)
        assert await then(0) == ([(1, 1)], "few-shared")
        assert await then(2) == await then(99) == ([(1, 2), (2, 1)], "")

    play(scenario)


def test_the_page_of_a_list_makes_no_feed(play):
    async def scenario(w):
        await w.configure(w.source("a"))
        (stored,) = await w.lease()
        await w.read(stored.id, w.entry("1"))
        whole = replace(ranked(w, 0, (1, 1)), slug="senaste")
        page = replace(whole, slug="senaste.page")
        changed = await w.store.save_lists([whole, page], w.now, "f", frozenset())
        assert changed == {"senaste", "senaste.page"}
        assert await w.store.entered("senaste") == 1
        assert await w.store.entered("senaste.page") == 0

    play(scenario)


def test_a_source_that_floods_the_window_crowds_out_only_itself(play):
    async def scenario(w):
        await w.configure(w.source("a"), w.source("b"))
        a, b = sorted(await w.lease(), key=lambda one: one.id)
        await w.read(a.id, *(w.entry(f"a{n}", n) for n in range(200)))
        await w.read(b.id, *(w.entry(f"b{n}", n) for n in range(5)), now=w.now - HOUR)
        await place_all(w, w.now)
        for past in (False, True):
            items = (await w.store.rank_input(w.now, w.now - DAY, 100, past=past)).items
            sources = [item.source_ids[0] for item in items]
            assert (sources.count(a.id), sources.count(b.id)) == (10, 5)

    play(scenario)


def test_nor_does_a_flood_take_the_places_that_are_filled_up(play):
    """Ten places at least, of twenty at most, and two hundred that came at once."""

    async def scenario(w):
        await w.configure(w.source("a"), w.source("b"))
        a, b = sorted(await w.lease(), key=lambda one: one.id)
        await w.read(a.id, *(w.entry(f"a{n}", n) for n in range(200)))
        old = [w.entry(f"b{n}", n, published=w.now - 3 * DAY - n * HOUR) for n in range(5)]
        await w.read(b.id, *old, now=w.now - 2 * DAY)
        await place_all(w, w.now)

        async def of_each(least, since=DAY):
            items = (await w.store.rank_input(w.now, w.now - since, 20, least=least)).items
            told = [item.effective or item.first_seen for item in items]
            assert told == sorted(told, reverse=True)
            sources = [item.source_ids[0] for item in items]
            return sources.count(a.id), sources.count(b.id)

        assert await of_each(0) == (2, 0)
        assert await of_each(7) == (2, 5)
        assert await of_each(10) == (5, 5)  # the flood has what nobody else fills

    play(scenario)


def test_a_quiet_window_is_filled_up_with_what_is_older_of_everybody(play):
    async def scenario(w):
        await w.configure(w.source("a"), w.source("b"), w.source("c"))
        a, b, c = sorted(await w.lease(), key=lambda one: one.id)
        for stored, number, days in ((a, 3, 0), (b, 60, 2), (c, 5, 4)):
            entries = [
                w.entry(f"{stored.id} {n}", n, published=w.now - days * DAY - n * w.minute)
                for n in range(number)
            ]
            await w.read(stored.id, *entries, now=w.now - days * DAY)
        await place_all(w, w.now)
        items = (await w.store.rank_input(w.now, w.now - DAY, 100, least=30)).items
        sources = [item.source_ids[0] for item in items]
        assert [sources.count(one.id) for one in (a, b, c)] == [3, 24, 3]
        assert len(items) == 30

    play(scenario)


def test_a_normal_holds_for_its_hour(play):
    async def scenario(w):
        await w.configure(w.source("a"))
        (stored,) = await w.lease()
        early = w.now - 30 * w.minute
        await w.read(stored.id, w.entry("1", counts={"comments": 8}), now=early)
        await place_all(w, early)
        first = await w.store.rank_input(w.now + w.minute, w.now - DAY, 10)
        assert first.norms[stored.id].typical_counts == {"comments": 8.0}
        entries = (w.entry("1", counts={"comments": 20}), w.entry("2", 1))
        await w.read(stored.id, *entries, now=w.now + 2 * w.minute)
        await place_all(w, w.now + 2 * w.minute)
        for past in (False, True):
            again = await w.store.rank_input(w.now + 3 * w.minute, w.now - DAY, 10, past=past)
            assert again.norms[stored.id].typical_counts == {"comments": 8.0}
            assert again.norms[stored.id].entries == 2
        fresh = await w.store.rank_input(w.now + HOUR, w.now - DAY, 10)
        assert fresh.norms[stored.id].typical_counts == {"comments": 20.0}
        past = await w.store.rank_input(w.now + w.minute, w.now - DAY, 10, past=True)
        assert past == first

    play(scenario)
