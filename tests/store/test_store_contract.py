"""What every store must do, said once for all backends."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from feedhub.model import (
    KnownEntry,
    Number,
    Outcome,
    OutcomeKind,
    PaceHints,
    Placement,
    Ranked,
    RankedList,
    Reason,
    Stage,
    StoryChanges,
)


def test_new_entries_become_items_and_come_back_whole(play):
    async def scenario(w):
        await w.configure(w.source("a", name="A-bladet", category="inrikes"))
        (stored,) = await w.lease()
        entry = w.entry("1", summary="Ingress", authors=("Åsa Ek",), counts={"comments": 3})
        report = await w.read(stored.id, entry)
        assert (report.new, report.changed) == (1, 0)
        item = (await w.store.items(report.new_ids))[report.new_ids[0]]
        assert item.title == "Rubrik 1"
        assert item.authors == ("Åsa Ek",)
        assert item.counts == {"comments": 3}
        assert item.section == "inrikes"
        assert item.source_name == "A-bladet"
        assert item.effective == entry.published

    play(scenario)


def test_the_same_commit_twice_changes_nothing(play):
    async def scenario(w):
        await w.configure(w.source("a"))
        (stored,) = await w.lease()
        entries = [w.entry("1"), w.entry("2", 1)]
        await w.read(stored.id, *entries)
        again = await w.read(stored.id, *entries, now=w.now + w.minute)
        assert (again.new, again.changed, again.gone) == (0, 0, 0)

    play(scenario)


def test_a_corrected_headline_updates_the_item_in_place(play):
    async def scenario(w):
        await w.configure(w.source("a"))
        (stored,) = await w.lease()
        first = await w.read(stored.id, w.entry("1"))
        later = w.now + 10 * w.minute
        report = await w.read(stored.id, w.entry("1", title="Rättad rubrik"), now=later)
        assert (report.new, report.changed) == (0, 1)
        item = (await w.store.items(first.new_ids))[first.new_ids[0]]
        assert item.title == "Rättad rubrik"
        assert item.updated == later
        assert item.effective == w.now - w.minute
        assert [i.title for i in await w.store.search("rättad", 5)] == ["Rättad rubrik"]
        assert await w.store.search("Rubrik 1", 5) == []

    play(scenario)


def test_one_link_in_two_sources_is_one_item_with_two_sightings(play):
    async def scenario(w):
        await w.configure(w.source("a"), w.source("b"))
        a, b = await w.lease()
        first = await w.read(a.id, w.entry("1"))
        second = await w.read(b.id, w.entry("b-1", canonical="https://a.example/1"))
        assert second.new == 0
        await place(w, {first.new_ids[0]: 1})
        (ranked,) = (await w.store.rank_input(w.now, w.now - timedelta(days=1), 10)).items
        assert ranked.source_ids == (a.id, b.id)

    play(scenario)


def test_an_entry_that_leaves_and_returns_is_the_same_item(play):
    async def scenario(w):
        await w.configure(w.source("a"))
        (stored,) = await w.lease()
        await w.read(stored.id, w.entry("1"), w.entry("2", 1))
        gone = await w.read(stored.id, w.entry("2"), now=w.now + w.minute)
        assert gone.gone == 1
        assert len(await w.store.hashes(stored.id)) == 1
        back = await w.read(stored.id, w.entry("1"), w.entry("2", 1), now=w.now + 2 * w.minute)
        assert (back.new, back.changed) == (0, 0)
        assert len(await w.store.hashes(stored.id)) == 2

    play(scenario)


def test_known_entries_keep_their_items_live(play):
    async def scenario(w):
        await w.configure(w.source("a"))
        (stored,) = await w.lease()
        one = w.entry("1")
        await w.read(stored.id, one)
        report = await w.read(
            stored.id, w.entry("2"), known=(KnownEntry(one.hash, 1),), now=w.now + w.minute
        )
        assert (report.new, report.gone) == (1, 0)
        assert await w.store.hashes(stored.id) == {one.hash, w.entry("2").hash}

    play(scenario)


def test_a_rejected_key_makes_a_new_item_and_follows_it(play):
    async def scenario(w):
        await w.configure(w.source("a"))
        (stored,) = await w.lease()
        first = await w.read(stored.id, w.entry("1"))
        other = w.entry("1", title="Något helt annat", canonical=None, link=None)
        second = await w.read(stored.id, other, doubting=True, now=w.now + w.minute)
        assert second.new == 1
        corrected = w.entry("1", title="Något helt annat!", canonical=None, link=None)
        third = await w.read(stored.id, corrected, now=w.now + 2 * w.minute)
        assert (third.new, third.changed) == (0, 1)
        items = await w.store.items([*first.new_ids, *second.new_ids])
        assert [i.title for i in items.values()] == ["Rubrik 1", "Något helt annat!"]

    play(scenario)


def test_state_is_remembered_to_the_byte_and_due_is_kept(play):
    async def scenario(w):
        await w.configure(w.source("a"))
        (stored,) = await w.lease()
        commit = w.commit(stored.id, w.entry("1"))
        hints = PaceHints(ttl=timedelta(minutes=30), skip_hours=frozenset({1, 2}))
        state = replace(commit.state, hints=hints)
        commit = replace(commit, state=state)
        await w.store.commit_fetch(commit, w.now, w.believing)
        assert await w.lease(w.now + 14 * w.minute) == []
        (again,) = await w.lease(w.now + 15 * w.minute)
        assert again.state == state
        assert again.recent == (w.now - w.minute,)

    play(scenario)


def test_a_lease_keeps_others_away_until_it_ends(play):
    async def scenario(w):
        await w.configure(w.source("a"))
        assert len(await w.lease(owner="me")) == 1
        assert await w.lease(owner="you") == []
        assert len(await w.lease(w.now + 6 * w.minute, owner="you")) == 1

    play(scenario)


def test_released_sources_are_due_as_before(play):
    async def scenario(w):
        await w.configure(w.source("a"))
        (stored,) = await w.lease()
        await w.store.release([stored.id], "you")
        assert await w.lease() == []
        await w.store.release([stored.id], "me")
        assert len(await w.lease()) == 1

    play(scenario)


def test_two_leasers_never_share_a_source(play):
    async def scenario(w):
        await w.configure(*(w.source(f"s{n}") for n in range(40)))
        got = await asyncio.gather(*(w.lease(owner=f"o{n}", limit=7) for n in range(10)))
        keys = [stored.source.key for leased in got for stored in leased]
        assert sorted(keys) == sorted(f"s{n}" for n in range(40))

    play(scenario)


def test_removed_sources_keep_items_and_are_not_fetched(play):
    async def scenario(w):
        await w.configure(w.source("a"), w.source("b"))
        leased = await w.lease()
        report = await w.read(leased[0].id, w.entry("1"))
        await w.configure(w.source("b"))
        assert [s.source.key for s in await w.lease(w.now + timedelta(days=1))] == ["b"]
        assert len(await w.store.items(report.new_ids)) == 1
        await w.configure(w.source("a"), w.source("b"))
        statuses = await w.store.statuses()
        assert [(s.stored.source.key, s.items) for s in statuses] == [("a", 1), ("b", 0)]
        assert [await w.store.status(s.stored.id) for s in statuses] == statuses
        assert await w.store.status(99) is None

    play(scenario)


def test_outcomes_are_shown(play):
    async def scenario(w):
        await w.configure(w.source("a"))
        (stored,) = await w.lease()
        bad = Outcome(OutcomeKind.FAILED, Stage.DNS, "no such host")
        await w.store.commit_fetch(w.commit(stored.id, outcome=bad), w.now, w.believing)
        (status,) = await w.store.statuses()
        assert status.outcome == bad

    play(scenario)


async def place(w, stories, merges=()):
    await w.store.take_lease("stories", "me", w.now, 5 * w.minute)
    changes = StoryChanges(tuple(Placement(i, s) for i, s in stories.items()), tuple(merges))
    return await w.store.commit_stories(changes, w.now, "me")


def test_merged_stories_are_found_under_both_ids(play):
    async def scenario(w):
        await w.configure(w.source("a"))
        (stored,) = await w.lease()
        report = await w.read(stored.id, w.entry("1"), w.entry("2", 1), w.entry("3", 2))
        one, two, three = report.new_ids
        assert await place(w, {one: 1, two: 2, three: 3})
        assert await place(w, {}, [(3, 2)])
        assert await place(w, {}, [(2, 1)])
        assert {i.id for i in await w.store.story(3)} == {one, two, three}
        assert await w.store.last_story() == 3
        assert await w.store.unplaced(10) == []

    play(scenario)


def test_stories_need_the_lease(play):
    async def scenario(w):
        await w.configure(w.source("a"))
        (stored,) = await w.lease()
        report = await w.read(stored.id, w.entry("1"))
        assert await w.store.take_lease("stories", "you", w.now, w.minute)
        assert not await w.store.take_lease("stories", "me", w.now, w.minute)
        changes = StoryChanges((Placement(report.new_ids[0], 1),))
        assert not await w.store.commit_stories(changes, w.now, "me")
        assert len(await w.store.unplaced(10)) == 1
        await w.store.drop_lease("stories", "you")
        assert await w.store.take_lease("stories", "me", w.now, w.minute)

    play(scenario)


def ranked_list(w, *entries, minutes=0):
    places = tuple(
        Ranked(
            position=n,
            item_id=item_id,
            story_id=story_id,
            score=1.5,
            number=Number(2, "voices"),
            reasons=(Reason("voices", 1.5, "two papers", (("n", 2),)),),
        )
        for n, (item_id, story_id) in enumerate(entries, 1)
    )
    return RankedList("popular", w.now + minutes * w.minute, places, "note", "code")


def test_a_list_is_stored_when_readers_would_see_it_change(play):
    async def scenario(w):
        await w.configure(w.source("a"))
        (stored,) = await w.lease()
        report = await w.read(stored.id, w.entry("1"), w.entry("2", 1))
        one, two = report.new_ids
        await place(w, {one: 1, two: 2})
        firsts = frozenset({"popular"})
        first = ranked_list(w, (one, 1))
        assert await w.store.save_lists([first], first.tick, "f", firsts) == {"popular"}
        assert (
            await w.store.save_lists([ranked_list(w, (one, 1), minutes=1)], w.now, "f", firsts)
            == set()
        )
        assert (await w.store.load_lists())["popular"] == (first, "f")
        second = ranked_list(w, (two, 2), (one, 1), minutes=2)
        assert await w.store.save_lists([second], second.tick, "f", firsts) == {"popular"}
        await w.read(stored.id, w.entry("1", title="Ny rubrik"), now=w.now + 3 * w.minute)
        appended = await w.store.firsts("popular", 10)
        assert [(item.title, tick) for _, item, tick in appended] == [
            ("Rubrik 2", second.tick),
            ("Rubrik 1", first.tick),
        ]

    play(scenario)


def test_counts_are_observed_when_they_change(play):
    async def scenario(w):
        await w.configure(w.source("a"))
        (stored,) = await w.lease()
        report = await w.read(stored.id, w.entry("1", counts={"comments": 3}))
        for minutes, count in ((5, 3), (10, 8)):
            await w.read(
                stored.id,
                w.entry("1", counts={"comments": count}, summary=str(minutes)),
                now=w.now + minutes * w.minute,
            )
        await place(w, {report.new_ids[0]: 1})
        (item,) = (
            await w.store.rank_input(w.now + 20 * w.minute, w.now - timedelta(days=1), 10)
        ).items
        assert [(o.at, o.value) for o in item.history] == [(w.now, 3), (w.now + 10 * w.minute, 8)]
        assert item.counts == {"comments": 8}

    play(scenario)


def test_search_takes_any_text(play):
    async def scenario(w):
        await w.configure(w.source("a"))
        (stored,) = await w.lease()
        await w.read(stored.id, w.entry("1", title="Malmö får nytt sjukhus", canonical=None))
        assert len(await w.store.search("malmo sjukh", 5)) == 1
        for text in ("", '"', "OR", "NEAR(", "a:b", "*", "\x00", "-x", "malmö AND"):
            await w.store.search(text, 5)

    play(scenario)


def test_two_entries_of_one_document_that_are_one_article_count_once(play):
    async def scenario(w):
        await w.configure(w.source("a"))
        (stored,) = await w.lease()
        twin = w.entry("2", 1, canonical="https://a.example/1")
        report = await w.read(stored.id, w.entry("1"), twin)
        assert report.new == 1

    play(scenario)


def test_an_article_under_new_ids_is_carried_over(play):
    async def scenario(w):
        await w.configure(w.source("a"))
        (stored,) = await w.lease()
        first = await w.read(stored.id, w.entry("1", title="En rubrik"))
        moved = w.entry("new-1", title="En rubrik")
        report = await w.read(stored.id, moved, now=w.now + w.minute)
        assert (report.new, report.carried, report.gone) == (0, 1, 0)
        found = await w.read(stored.id, w.entry("new-1", title="Rättad"), now=w.now + 2 * w.minute)
        assert (found.new, found.changed) == (0, 1)
        item = (await w.store.items(first.new_ids))[first.new_ids[0]]
        assert (item.title, item.link) == ("Rättad", "https://a.example/new-1")
        (status,) = await w.store.statuses()
        assert status.stored.guids.flips == 1

    play(scenario)


def test_a_headline_still_in_the_document_is_not_taken_by_another(play):
    async def scenario(w):
        await w.configure(w.source("a"))
        (stored,) = await w.lease()
        await w.read(stored.id, w.entry("1", title="Vädret"))
        report = await w.read(
            stored.id,
            w.entry("1", title="Vädret", summary="x"),
            w.entry("2", 1, title="Vädret"),
            now=w.now + w.minute,
        )
        assert report.new == 1

    play(scenario)


def test_twins_found_late_become_the_older_one(play):
    async def scenario(w):
        await w.configure(w.source("a"), w.source("b"))
        a, b = await w.lease()
        older = (await w.read(a.id, w.entry("1"))).new_ids[0]
        younger = (await w.read(b.id, w.entry("b-1"))).new_ids[0]
        assert younger > older
        await place(w, {older: 1, younger: 2})
        twin = w.entry("b-1", canonical="https://a.example/1")
        report = await w.read(b.id, twin, now=w.now + w.minute)
        assert report.new == 0
        found = await w.store.items([older, younger])
        assert [item.id for item in found.values()] == [older, older]
        assert await w.store.hashes(b.id) == {twin.hash}
        again = await w.read(b.id, twin, now=w.now + 2 * w.minute)
        assert (again.new, again.changed, again.gone) == (0, 0, 0)
        (ranked,) = (await w.store.rank_input(w.now, w.now - timedelta(days=1), 10)).items
        assert ranked.source_ids == (a.id, b.id)

    play(scenario)


def test_a_source_whose_address_changed_keeps_its_items(play):
    async def scenario(w):
        await w.configure(w.source("http://a.example/feed"))
        (stored,) = await w.lease()
        commit = w.commit(stored.id, w.entry("1"))
        moved = replace(commit.state, redirect_url="https://b.example/rss")
        await w.store.commit_fetch(replace(commit, state=moved), w.now, w.believing)
        await w.configure(replace(w.source("x"), key="x", url="https://b.example/rss"))
        (status,) = await w.store.statuses()
        assert (status.stored.id, status.stored.source.key, status.items) == (stored.id, "x", 1)

    play(scenario)


def test_the_past_is_read_from_history(play):
    async def scenario(w):
        await w.configure(w.source("a"))
        (stored,) = await w.lease()
        report = await w.read(stored.id, w.entry("1", counts={"comments": 3}), w.entry("2", 1))
        one, two = report.new_ids
        await place(w, {one: 1, two: 2})
        then = await w.store.rank_input(w.now, w.now - timedelta(days=1), 10)
        later = w.now + 10 * w.minute
        await w.read(
            stored.id,
            w.entry("3"),
            w.entry("2", 1),
            w.entry("1", 2, counts={"comments": 9}),
            now=later,
        )
        await w.store.take_lease("stories", "me", later, 5 * w.minute)
        merged = StoryChanges(
            tuple(Placement(i.id, 3) for i in await w.store.unplaced(10)), ((2, 1),)
        )
        assert await w.store.commit_stories(merged, later, "me")
        now = await w.store.rank_input(later, w.now - timedelta(days=1), 10)
        assert {i.id: i.story_id for i in now.items} == {one: 1, two: 1, 3: 3}
        past = await w.store.rank_input(w.now, w.now - timedelta(days=1), 10, past=True)
        # how many entries a document holds is not kept; all else is as it was
        assert past.items == then.items
        again = await w.store.rank_input(later, w.now - timedelta(days=1), 10, past=True)
        assert again.items == now.items

    play(scenario)


@pytest.mark.parametrize("old", ["https://old.example/f", "http://new.example/f"])
def test_a_source_given_another_address_forgets_the_old_server(play, old):
    async def scenario(w):
        await w.configure(replace(w.source("a"), key="a", url=old))
        (stored,) = await w.lease()
        commit = w.commit(stored.id, w.entry("1"))
        gone = replace(commit.state, gone_at=w.now, next_due=w.now + timedelta(days=900))
        await w.store.commit_fetch(replace(commit, state=gone), w.now, w.believing)
        await w.configure(replace(w.source("a"), key="a", url=old))
        assert await w.lease() == []
        await w.configure(replace(w.source("a"), key="a", url="https://new.example/f"))
        (again,) = await w.lease()
        assert again.id == stored.id
        assert (again.state.gone_at, again.state.etag, again.state.body_hash) == (None, None, None)
        (status,) = await w.store.statuses()
        assert status.items == 1

    play(scenario)


def test_an_answer_under_way_while_its_source_moves_is_not_taken_for_the_new_servers(play):
    async def scenario(w):
        await w.configure(replace(w.source("a"), key="a", url="https://old.example/f"))
        (stored,) = await w.lease()
        await w.configure(replace(w.source("a"), key="a", url="https://new.example/f"))
        await w.read(stored.id, w.entry("1"), address="https://old.example/f")
        (again,) = await w.lease()  # at once
        assert (again.state.etag, again.state.body_hash) == (None, None)
        assert again.state.last_ok_at == w.now
        await w.configure(replace(w.source("a"), key="a", url="http://new.example/f"))
        await w.read(stored.id, w.entry("1"), address="https://new.example/f")
        assert await w.lease() == []
        (status,) = await w.store.statuses()
        assert (status.items, status.stored.state.etag) == (1, 'W/"å"')

    play(scenario)


def test_a_new_id_goes_to_the_source_that_was_there_until_now(play):
    async def scenario(w):
        left = replace(w.source("a"), key="https://a.example/f", url="https://a.example/f")
        await w.configure(left, replace(w.source("b"), key="b", url="https://b.example/f"))
        there = next(one for one in await w.lease() if one.source.key == "b")
        await w.read(there.id, w.entry("1"))
        await w.configure(replace(w.source("b"), key="b", url="https://a.example/f"))
        await w.configure(replace(w.source("b"), key="ny", url="https://a.example/f"))
        (status,) = await w.store.statuses()
        assert (status.stored.id, status.items) == (there.id, 1)

    play(scenario)


def test_what_a_host_asked_for_holds_at_another_address_there(play):
    async def scenario(w):
        await w.configure(replace(w.source("a"), key="a", url="https://a.example/rss"))
        (stored,) = await w.lease()
        commit = w.commit(stored.id)
        later = w.now + timedelta(hours=3)
        paused = replace(commit.state, paused_until=later, next_due=later)
        await w.store.commit_fetch(replace(commit, state=paused), w.now, w.believing)
        for url, until in (("https://a.example/atom", later), ("https://b.example/atom", None)):
            await w.configure(replace(w.source("a"), key="a", url=url))
            (moved,) = await w.lease(now=w.now + timedelta(minutes=6 if until else 12))
            assert (moved.state.paused_until, moved.state.etag) == (until, None)

    play(scenario)


def test_a_clock_that_was_ahead_blocks_nothing(play):
    async def scenario(w):
        await w.configure(w.source("a"))
        ahead = w.now + timedelta(days=1)
        (stored,) = await w.lease(ahead, owner="you")
        assert await w.store.take_lease("stories", "you", ahead, 5 * w.minute)
        assert len(await w.lease(w.now)) == 1
        assert await w.store.take_lease("stories", "me", w.now, 5 * w.minute) == "new"
        await w.read(stored.id, w.entry("1"), now=ahead, due=ahead + timedelta(days=1))
        await w.store.release([stored.id], "me")
        assert await w.lease(w.now) == []
        assert await w.store.mend_clock(w.now, timedelta(days=1)) == 1
        assert len(await w.lease(w.now)) == 1

    play(scenario)


def test_of_items_of_one_time_the_first_of_the_document_is_the_newest(play):
    async def scenario(w):
        await w.configure(w.source("a"))
        (stored,) = await w.lease()
        await w.read(stored.id, w.entry("0", published=None))
        same = w.entry("1", 2, title="Samma", published=None)  # repeats the first
        fresh = [w.entry("1", published=None), w.entry("2", 1, published=None), same]
        report = await w.read(stored.id, *fresh, now=w.now + w.minute)
        assert report.new == 2
        first, second = report.new_ids
        assert first > second
        items = await w.store.items(report.new_ids)
        assert [items[one].title for one in (first, second)] == ["Rubrik 1", "Rubrik 2"]

    play(scenario)


def test_a_push_leaves_what_a_fetch_beside_it_has_planned(play):
    async def scenario(world):
        await world.configure(world.source("a"))
        (before,) = await world.lease()
        due = world.now + timedelta(hours=6)
        await world.read(before.id, due=due)
        await world.read(before.id, world.entry("1"), due=world.now, pushed=True)
        after = await world.store.stored(before.id)
        assert (after.state.next_due, await world.store.next_due()) == (due, due)

    play(scenario)
