"""The editor's hand is obeyed by lists, feeds, pages, search and archives, and logged."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest

from feedhub import ticks
from feedhub.hands import ranked_of
from feedhub.hub import open_hub
from feedhub.model import Hand, ItemFilter, ListSpec, Number, Placement, Retention, StoryChanges
from feedhub.queries import StoreQueries
from feedhub.rank import explain

POPULAR = ListSpec("popular", "Populärt", "popular", limit=5)
LATEST = ListSpec("senaste", "Senaste", "latest", limit=5)
FEEDS = ("senaste", "popular.new")


async def filled(room, count=10):
    await room.configure("a", "b", lists=(POPULAR, LATEST))
    for key in ("a", "b"):
        await room.read(key, [], room.now - room.day)
        entries = [
            room.entry(key, n, room.now - timedelta(minutes=n), position=n) for n in range(count)
        ]
        await room.read(key, entries, room.now)
    await room.place(room.now)
    await ticks.rank(room.store, room.config, room.now)


async def lay(room, action, target, kind="i", value="", slug="", **more):
    order = Hand(0, kind, target, action, value, slug, room.now, "ann", **more)
    laid = await room.store.lay_hand(order)
    await ticks.rank(room.store, room.config, room.now)
    return laid


async def standing(room, slug="senaste", now=None):
    found = await ticks.listings(room.store, room.config, now or room.now)
    return next(one for one in found.standing if one.spec.slug == slug)


async def ids(room, slug="senaste"):
    return [placed.item.id for placed in (await standing(room, slug)).entries]


def test_what_is_hidden_is_in_no_list_and_the_list_stays_full(play):
    async def scenario(room):
        await filled(room)
        first, *rest = await ids(room)
        await lay(room, "hide", first)
        after = await ids(room)
        assert first not in after
        assert (after[:4], len(after)) == (rest, 5)
        assert first in await room.store.items([first])  # its page stays
        assert first not in [i.id for _, i, _ in await room.store.firsts("popular", 100)]
        page = await room.store.archive_page("senaste", 0, 100)
        assert first not in [item.id for _, item, _ in page.entries]
        await room.store.lift_hand("i", first, "", room.now, "bo")
        await ticks.rank(room.store, room.config, room.now)
        assert (await ids(room))[0] == first
        (order,) = await room.store.hand_log(10)
        assert (order.by, order.undone_by, order.at) == ("ann", "bo", room.now)

    play(scenario)


def test_what_is_hidden_is_shown_by_its_own_id_alone(play):
    async def scenario(room):
        await filled(room)
        one, other = (await ids(room))[:2]
        await room.store.link(one, other, "join", room.now, "")
        await room.place(room.now)
        await lay(room, "hide", one)
        item = (await room.store.items([one]))[one]
        for found in (
            await room.store.search("Rubrik", 100),
            await room.store.recent(ItemFilter(), 100),
            await room.store.recent(ItemFilter(sources=frozenset({item.source_id})), 100),
            await room.store.of_source(item.source_id, 100),
            await room.store.story(item.story_id),
        ):
            assert found
            assert one not in {each.id for each in found}
        await lay(room, "hide", other)
        assert {i.id for i in await room.store.story(item.story_id)} == {one, other}

    play(scenario)


@pytest.mark.parametrize("kind", ["i", "s"])
def test_hidden_in_one_list_it_is_missing_from_its_feeds_and_archive_alone(play, kind):
    async def scenario(room):
        await filled(room)
        first = (await ids(room, "popular"))[0]
        target = first if kind == "i" else (await room.store.items([first]))[first].story_id
        assert first in await ids(room)
        for feed in ("senaste", "popular.new"):
            await room.store.seal(feed, 0, {"atom": b"<feed/>"}, room.now)
        await lay(room, "hide", target, kind=kind, slug="popular")
        assert first not in await ids(room, "popular")
        assert first not in [item.id for _, item, _ in await room.store.firsts("popular", 100)]
        held = {feed: await room.store.archive_page(feed, 0, 100) for feed in FEEDS}
        there = [first in {item.id for _, item, _ in held[feed].entries} for feed in FEEDS]
        assert there == [True, False]
        for feed, body in zip(FEEDS, (b"<feed/>", None), strict=True):
            size = await room.store.entered(feed)
            assert (await room.store.archive(feed, 0, size, "atom")).body == body
        assert first in await ids(room)
        assert first in {item.id for item in await room.store.recent(ItemFilter(), 100)}

    play(scenario)

    play(scenario)


def test_what_is_taken_down_is_nowhere(play):
    async def scenario(room):
        await filled(room)
        item = next(iter((await room.store.items(await ids(room))).values()))
        await lay(room, "takedown", item.id)
        assert not await room.store.items([item.id])
        assert not await room.store.story(item.story_id)
        assert item.id not in [i.id for i in await room.store.search("Rubrik", 100)]
        assert item.id not in [i.id for i in await room.store.recent(ItemFilter(), 100)]
        assert item.id not in [i.id for i in await room.store.of_source(item.source_id, 100)]
        assert item.id not in await ids(room)
        assert len(await room.store.recent(ItemFilter(), 5)) == 5

    play(scenario)


def test_a_whole_story_with_what_joins_it_later(play):
    async def scenario(room):
        await filled(room)
        one, other = (await ids(room))[:2]
        story = (await room.store.items([one]))[one].story_id
        await lay(room, "takedown", story, kind="s")
        await room.store.link(one, other, "join", room.now, "")
        await ticks.rank(room.store, room.config, room.now)
        assert not await room.store.items([one, other])

    play(scenario)


def test_a_pin_has_its_place_and_says_so(play):
    async def scenario(room):
        await filled(room)
        last = (await ids(room, "popular"))[-1]
        await lay(room, "pin", last, value="1", slug="popular", note="viktigt")
        places = (await standing(room, "popular")).entries
        assert [placed.ranked.position for placed in places] == [1, 2, 3, 4, 5]
        assert places[0].item.id == last
        reason = places[0].ranked.reasons[-1]
        assert (reason.term, reason.points) == ("hand", 0.0)
        assert "ann" in reason.text
        assert "viktigt" in reason.text

    play(scenario)


def test_what_never_ranked_can_be_pinned(play):
    async def scenario(room):
        await filled(room, count=20)
        every = {item.id for item in await room.store.recent(ItemFilter(), 100)}
        other = min(every - set(await ids(room)))
        await lay(room, "pin", other, value="2", slug="senaste")
        assert (await ids(room))[1] == other
        assert (await standing(room, "senaste")).entries[1].ranked.number is None
        await lay(room, "pin", other, value="2", slug="popular")
        pinned = (await standing(room, "popular")).entries[1]
        assert (pinned.item.id, pinned.ranked.number) == (other, Number(1, "voices"))

    play(scenario)


async def one_story(room, *item_ids):
    for other in item_ids[1:]:
        await room.store.link(item_ids[0], other, "join", room.now, "")
    await room.place(room.now)
    await ticks.rank(room.store, room.config, room.now)
    return (await room.store.items(item_ids))[item_ids[0]].story_id


def test_hidden_in_one_list_another_telling_leads_the_story_there(play):
    async def scenario(room):
        await filled(room)
        one, other = (await ids(room))[:2]
        story = await one_story(room, one, other)
        whole = (await standing(room, "popular")).entries[0]
        assert (whole.ranked.story_id, whole.ranked.voices) == (story, 2)
        await lay(room, "hide", whole.item.id, slug="popular")
        left = next(
            placed
            for placed in (await standing(room, "popular")).entries
            if placed.ranked.story_id == story
        )
        assert {left.item.id} == {one, other} - {whole.item.id}
        assert (left.ranked.voices, left.ranked.also) == (1, ())
        assert whole.item.id in await ids(room)

    play(scenario)


@pytest.mark.parametrize("hidden_from", ["", "popular"])
def test_what_is_hidden_costs_no_publisher_its_fair_places(play, hidden_from):
    async def scenario(room):
        await room.configure("a", "b", "c", lists=(POPULAR, replace(LATEST, fair=True)))
        for key, first in (("a", 0), ("b", 100), ("c", 110)):
            await room.read(key, [], room.now - room.day)
            await room.read(
                key,
                [room.entry(key, n, room.now - timedelta(minutes=first + n)) for n in range(20)],
                room.now,
            )
        await room.place(room.now)
        await ticks.rank(room.store, room.config, room.now)
        before = [placed.item.id for placed in (await page(room)).entries]
        assert len({placed.item.source_name for placed in (await page(room)).entries}) == 3
        every = [item.id for item in await room.store.recent(ItemFilter(), 100)]
        for other in [one for one in every if one not in before][-20:]:
            await lay(room, "hide", other, slug=hidden_from)
        assert [placed.item.id for placed in (await page(room)).entries] == before

    play(scenario)


async def page(room):
    return (await ticks.listings(room.store, room.config, room.now)).pages["senaste"]


def test_each_of_several_pins_has_its_place(play):
    async def scenario(room):
        await filled(room)
        first, *_, last = await ids(room)
        await lay(room, "pin", last, value="2", slug="senaste")
        await lay(room, "pin", first, value="4", slug="senaste")
        there = await ids(room)
        assert (there.index(last), there.index(first), len(there)) == (1, 3, 5)

    play(scenario)


def test_a_pin_beyond_the_end_of_a_list_has_its_last_place(play):
    async def scenario(room):
        await filled(room)
        first, second, *_ = await ids(room)
        await lay(room, "pin", second, value="99", slug="senaste")
        await lay(room, "pin", first, value="98", slug="senaste")
        assert (await ids(room))[3:] == [first, second]

    play(scenario)


@pytest.mark.parametrize("lists", [(POPULAR, LATEST), (replace(LATEST, collapse=True),)])
def test_a_pinned_item_leads_the_one_entry_of_its_story(play, lists):
    async def scenario(room):
        await filled(room)
        await room.configure("a", "b", lists=lists)
        one, other = [item.id for item in await room.store.recent(ItemFilter(), 2)]
        story = await one_story(room, one, other)
        slug = lists[0].slug
        for item in (one, other):
            await lay(room, "pin", item, value="2", slug=slug)
            placed = (await standing(room, slug)).entries
            stories = [each.ranked.story_id for each in placed]
            assert len(stories) == len(set(stories)) == 5
            assert (stories[1], placed[1].item.id) == (story, item)
            assert {one, other} == {item, *placed[1].ranked.also}

    play(scenario)


def test_what_is_hidden_from_a_list_is_not_pinned_there_with_its_story(play):
    async def scenario(room):
        await filled(room)
        one, other = (await ids(room))[:2]
        story = await one_story(room, one, other)
        await lay(room, "hide", one, slug="popular")
        await lay(room, "pin", story, kind="s", value="1", slug="popular")
        await lay(room, "pin", one, value="2", slug="popular")
        placed = (await standing(room, "popular")).entries
        assert placed[0].item.id == other
        assert one not in {each for p in placed for each in (p.item.id, *p.ranked.also)}

    play(scenario)


@pytest.mark.parametrize("ends", ["undone", "by itself"])
def test_a_pin_that_has_ended_leaves_nothing_of_itself(play, ends):
    async def scenario(room):
        await filled(room)
        one, other = (await ids(room))[:2]
        story = await one_story(room, one, other)
        before = (await standing(room, "popular")).entries
        led = next(placed.item.id for placed in before if placed.ranked.story_id == story)
        pinned = other if led == one else one
        later = room.now + timedelta(minutes=2)
        until = later if ends == "by itself" else None
        await lay(room, "pin", pinned, value="4", slug="popular", until=until)
        if ends == "undone":
            await room.store.lift_hand("i", pinned, "", later, "ann")
        await ticks.rank(room.store, room.config, later)
        after = {e.story_id: e for e in (await room.store.load_lists())["popular"][0].entries}
        assert after[story].item_id == led
        again = (await ticks.replay(room.store, room.config, later))["popular"]
        assert again.entries == (await room.store.load_lists())["popular"][0].entries

    play(scenario)


def test_explain_counts_no_voice_that_is_hidden_from_the_list(play):
    async def scenario(room):
        await filled(room)
        one, other = (await ids(room))[:2]
        story = await one_story(room, one, other)
        await lay(room, "hide", one, slug="popular")
        data = await ticks.rank_data(room.store, room.config, room.now)
        orders = await room.store.hands(room.now)
        spec = next(spec for spec in room.config.lists if spec.slug == "popular")
        told = explain(ranked_of(spec, data, orders), story, spec)
        (entry,) = [
            e for e in (await room.store.load_lists())["popular"][0].entries if e.story_id == story
        ]
        assert (len(told.voices), told.score) == (entry.voices, pytest.approx(entry.score))

    play(scenario)


def test_a_title_is_replaced_everywhere_and_moves_updated(play):
    async def scenario(room):
        await filled(room)
        first = (await ids(room))[0]
        before = await standing(room)
        room.now += timedelta(hours=1)
        await lay(room, "retitle", first, value="Släckt")
        after = await standing(room, now=room.now)
        shown = next(placed for placed in after.entries if placed.item.id == first)
        assert shown.item.title == "Släckt"
        assert shown.ranked.reasons[-1].term == "hand"
        assert after.updated > before.updated
        told = {i.id: i.title for _, i, _ in await room.store.firsts("popular", 100)}
        assert told.get(first, "Släckt") == "Släckt"

    play(scenario)


@pytest.mark.parametrize("action", ["hide", "takedown"])
def test_an_order_ends_by_itself(play, action):
    async def scenario(room):
        await filled(room)
        first = (await ids(room))[0]
        await lay(room, action, first, until=room.now + timedelta(hours=1))
        assert first not in await ids(room)
        room.now += timedelta(hours=1)
        assert await ticks.rank(room.store, room.config, room.now)
        assert first in await ids(room)
        assert not await room.store.hands(room.now)

    play(scenario)


def test_a_hand_in_what_no_list_shows_is_told_all_the_same(play):
    """A popular list's append-only feed holds what has left the list."""

    async def scenario(room):
        await filled(room)
        first = (await ids(room, "popular"))[0]
        seen = [await room.store.hands_changed_at()]
        room.now += timedelta(seconds=10)
        until = room.now + timedelta(minutes=5)
        await lay(room, "hide", first, slug="popular", until=until)
        seen.append(await room.store.hands_changed_at())
        room.now += timedelta(minutes=10)
        await ticks.rank(room.store, room.config, room.now)
        seen.append(await room.store.hands_changed_at())
        room.now += timedelta(seconds=10)
        await lay(room, "hide", first, slug="popular")
        room.now += timedelta(seconds=10)
        await room.store.lift_hand("i", first, "", room.now, "bo")
        seen.append(await room.store.hands_changed_at())
        assert len(set(seen)) == 4

    play(scenario)


def test_a_later_order_takes_the_place_of_an_earlier(play):
    async def scenario(room):
        await filled(room)
        first = (await ids(room))[0]
        await lay(room, "retitle", first, value="Ett")
        await lay(room, "retitle", first, value="Två")
        (order,) = await room.store.hands(room.now)
        assert order.value == "Två"
        assert len(await room.store.hand_log(10)) == 2

    play(scenario)


def test_a_sealed_archive_is_not_served_with_what_a_hand_changed(play):
    async def scenario(room):
        await filled(room)
        await room.store.seal("senaste", 0, {"atom": b"<feed/>"}, room.now)
        size = await room.store.entered("senaste")
        document = await room.store.archive("senaste", 0, size, "atom")
        assert document.body == b"<feed/>"
        await lay(room, "takedown", (await ids(room))[0])
        document = await room.store.archive("senaste", 0, size, "atom")
        assert document == replace(document, body=None)

    play(scenario)


async def merge_stories(room, younger, older):
    changes = StoryChanges(merges=((younger, older),))
    await commit(room, changes)


async def commit(room, changes):
    owner = room.store.owner
    await room.store.take_lease("stories", owner, room.now, timedelta(minutes=2))
    assert await room.store.commit_stories(changes, room.now, owner)
    await room.store.drop_lease("stories", owner)


def test_an_order_is_taken_back_by_the_id_it_was_given_under(play):
    async def scenario(room):
        await filled(room)
        await lay(room, "pin", 7, "s", "1", "popular")
        await merge_stories(room, 7, 2)
        later = await lay(room, "pin", 2, "s", "2", "popular")
        assert [one.id for one in await room.store.hands(room.now)] == [later.id]
        lifted = await room.store.lift_hand("s", 7, "", room.now, "bo")
        assert [one.id for one in lifted] == [later.id]
        assert await room.store.hands(room.now) == []

    play(scenario)


def test_an_order_for_a_story_outlives_the_item_that_told_it(play):
    async def scenario(room):
        await room.configure("a", lists=(POPULAR, LATEST))
        await room.read("a", [], room.now - room.day)
        same = {"title": "Hamnen stängs efter branden", "summary": "Räddningstjänsten " * 12}
        entries = [room.entry("a", n, room.now, position=n, **same) for n in range(2)]
        await room.read("a", entries, room.now)
        await room.place(room.now)
        (older, first), (younger, last) = sorted(
            (one.id, one.story_id) for one in await room.store.recent(ItemFilter(), 10)
        )
        await lay(room, "takedown", last, "s")
        assert await room.store.items([younger]) == {}
        then = room.now + timedelta(minutes=1)
        both = replace(entries[0], link=entries[1].link, canonical=entries[1].canonical)
        await room.read("a", [replace(both, hash=b"h" * 16)], then)
        await ticks.rank(room.store, room.config, then)
        assert await room.store.items([older, younger]) == {}  # merged, and still taken down
        assert [one.target for one in await room.store.hands(then, past=True)] == [first]
        await room.store.lift_hand("s", last, "", then, "bo")
        await ticks.rank(room.store, room.config, then)
        assert (await room.store.items([younger]))[younger].id == older
        assert [one.id for one in await room.store.story(last)] == [older]
        past = await room.store.rank_input(then, room.now - room.day, 10, past=True)
        assert [(one.id, one.story_id) for one in past.items] == [(older, first)]

    play(scenario)


def test_retention_leaves_what_an_order_means_under_its_new_id(play):
    async def scenario(room):
        await filled(room)
        await lay(room, "takedown", 7, "s")
        await merge_stories(room, 7, 2)
        keeping = Retention(room.day, None, room.day, room.day)
        await room.store.remove([2, 7], keeping, room.now + 400 * room.day)
        assert await room.store.story_item(2)
        assert await room.store.story_item(7)

    play(scenario)


def test_what_is_placed_while_a_person_joins_two_stories_is_in_the_joined_one(play):
    async def scenario(room):
        await filled(room)
        await room.read("a", [room.entry("a", 99, room.now)], room.now)
        (waiting,) = await room.store.unplaced(10)
        await room.store.link(2, 7, "join", room.now, "")
        # by who has not heard of it yet
        await commit(room, StoryChanges((Placement(waiting.id, 7),), ((7, 3),)))
        assert {one.id for one in await room.store.story(7)} == {2, 3, 7, waiting.id}
        assert {one.story_id for one in await room.store.story(7)} == {2}

    play(scenario)


def test_an_order_after_a_clock_that_was_ahead_leaves_no_source_waiting_for_its_time(play):
    async def scenario(room):
        right = room.now
        room.now = right + 400 * room.day
        await filled(room)
        await room.store.close()
        async with open_hub(room.config, room.path, lambda: right, fetching=False) as hub:
            await hub.tick()
        async with open_hub(room.config, room.path, lambda: right, fetching=False) as hub:
            assert await hub.store.next_due() <= right + room.day

    play(scenario)


def test_what_is_placed_while_a_person_splits_a_story_takes_no_id_of_it(play):
    async def scenario(room):
        await filled(room)
        await merge_stories(room, 7, 2)
        await room.read("a", [room.entry("a", 99, room.now)], room.now)
        (waiting,) = await room.store.unplaced(10)
        await room.store.take_lease("stories", "a hub", room.now, timedelta(minutes=2))
        minted = await room.store.last_story() + 1  # and the hub is at work
        await room.store.link(2, 7, "split", room.now, "")
        assert [one.id for one in await room.store.story(minted)] == [7]
        changes = StoryChanges((Placement(waiting.id, minted),))
        assert not await room.store.commit_stories(changes, room.now, "a hub")
        assert [one.id for one in await room.store.story(minted)] == [7]

    play(scenario)


def test_a_story_is_explained_under_the_id_that_it_leads_to_unless_it_was_taken_down(play):
    async def scenario(room):
        await filled(room)
        await merge_stories(room, 7, 2)
        hub = SimpleNamespace(store=room.store, config=room.config, clock=lambda: room.now)
        found = await StoreQueries(hub).explain(7, "popular")
        assert found == await StoreQueries(hub).explain(2, "popular")
        assert found.story_id == 2
        await lay(room, "takedown", 7, "s")
        assert await StoreQueries(hub).explain(2, "popular") is None

    play(scenario)
