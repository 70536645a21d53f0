"""The two orders, as a reader of the lists would put it."""

from __future__ import annotations

import gc
import sys
from dataclasses import replace
from datetime import timedelta

from feedhub.model import CountAt, ListSpec, Number, RankInput, SourceNorm, Where
from feedhub.rank import changed, explain, rank_list, rank_lists

LATEST = ListSpec("senaste", "Senaste", "latest")
POPULAR = ListSpec("popular", "Populärt", "popular")


def ids(ranked):
    return [entry.item_id for entry in ranked.entries]


def test_latest_goes_by_effective_time_and_leaves_out_undated_and_future(item, now):
    items = (
        item(1, 3),
        item(2, 1),
        item(3, None),
        item(4, -2),  # from the future
        item(5, 2, first_seen=now - timedelta(minutes=1)),  # a late import lands where it belongs
    )
    assert ids(rank_list(LATEST, RankInput(now, items))) == [2, 5, 1]


def test_what_a_new_source_does_not_date_is_not_told_now(item, now):
    fresh = now - timedelta(minutes=1)
    archive = [item(n, None, first_seen=fresh, publisher="ny.se") for n in range(1, 6)]
    dated = item(10, 3, publisher="svt.se")
    shared = (
        item(11, None, story=70, first_seen=fresh, publisher="ny.se"),
        item(12, 1, story=70, publisher="dn.se"),
    )
    data = RankInput(now, (*archive, dated, *shared))
    first = rank_list(POPULAR, data)
    assert [entry.story_id for entry in first.entries][:2] == [70, dated.story_id]
    together = first.entries[0]
    assert (together.voices, together.number) == (2, Number(2, "voices"))
    assert dict(together.reasons[0].params)["newest_hours"] == 1.0, "not when the archive came"
    assert all(entry.score == 0.0 and not entry.reasons for entry in first.entries[2:])
    alone = rank_list(POPULAR, RankInput(now, tuple(archive)))
    assert alone.entries, "a hub of nothing else is not empty"
    assert ids(rank_list(POPULAR, data, first)) == ids(first)


def test_a_new_telling_gives_a_publisher_whose_first_is_undated_its_voice_back(item, now):
    old = item(1, None, story=7, first_seen=now - timedelta(minutes=30), publisher="ny.se")
    new = item(2, 0.25, story=7, publisher="ny.se")
    ranked = rank_list(POPULAR, RankInput(now, (old, new)))
    assert ranked.entries[0].score > 0
    assert dict(ranked.entries[0].reasons[0].params)["newest_hours"] == 0.25


def test_a_carrier_without_a_time_takes_nothing_from_those_with_one(item, now):
    """Though it was seen before them, whose words they are is none that may be old."""
    agency = item(1, 1, story=7, publisher="dn.se", copied=True)
    archive = item(
        2, None, story=7, first_seen=now - timedelta(hours=9), publisher="ny.se", copied=True
    )
    alone = explain(RankInput(now, (agency,)), 7)
    beside = explain(RankInput(now, (agency, archive)), 7)
    assert alone is not None
    assert beside is not None
    assert beside.score == alone.score


def test_what_is_not_dated_brings_no_story_back_into_the_window(item, now):
    told = [item(n, 60, story=7, publisher=f"p{n}.se") for n in range(1, 5)]
    fresh = item(9, 1, publisher="svt.se")
    archive = item(8, None, story=7, first_seen=now - timedelta(minutes=1), publisher="ny.se")
    data = RankInput(now, (*told, fresh, archive))
    spec = replace(POPULAR, window=timedelta(hours=48))
    assert [entry.story_id for entry in rank_list(spec, data).entries] == [fresh.story_id]


def test_latest_keeps_to_its_limit_and_breaks_ties_by_the_newer_id(item, now):
    items = tuple(item(n, 1) for n in range(1, 6))
    assert ids(rank_list(replace(LATEST, limit=3), RankInput(now, items))) == [5, 4, 3]


def test_fair_latest_leaves_room_for_the_rare(item, now):
    flood = [item(n, n / 100, publisher="prolific.se") for n in range(1, 200)]
    rare = [item(1000 + n, 5 + n, publisher=f"rare{n}.se") for n in range(8)]
    data = RankInput(now, (*flood, *rare))
    fair = rank_list(replace(LATEST, fair=True, limit=20), data)
    assert {1000 + n for n in range(8)} <= set(ids(fair))
    assert ids(rank_list(replace(LATEST, limit=20), data)) == list(range(1, 21))
    times = [entry.score for entry in fair.entries]
    assert times == sorted(times, reverse=True)
    assert len(fair.entries) == 20


def test_fair_latest_of_one_publisher_is_still_full(item, now):
    items = tuple(item(n, n / 10) for n in range(1, 60))
    assert ids(rank_list(replace(LATEST, fair=True), RankInput(now, items))) == list(range(1, 31))


def test_collapsed_latest_shows_a_story_once_at_its_first_telling(item, now):
    items = (item(1, 3, story=7), item(2, 1, story=7, publisher="svt.se"), item(3, 2))
    ranked = rank_list(replace(LATEST, collapse=True), RankInput(now, items))
    assert ids(ranked) == [3, 1]
    assert ranked.entries[1].also == (2,)
    assert ranked.entries[1].voices == 2


def test_popular_puts_three_voices_above_two_above_one(item, now):
    items = (
        item(1, 2, story=1, publisher="a.se"),
        item(2, 2, story=1, publisher="b.se"),
        item(3, 2, story=1, publisher="c.se"),
        item(4, 2, story=2, publisher="a.se"),
        item(5, 2, story=2, publisher="b.se"),
        item(6, 2, story=3, publisher="a.se"),
    )
    ranked = rank_list(POPULAR, RankInput(now, items))
    assert [entry.story_id for entry in ranked.entries] == [1, 2, 3]
    assert ranked.entries[0].number == Number(3, "voices")
    assert ranked.entries[0].also == (2, 3)
    assert ranked.note_code == "few-shared"


def test_popular_names_only_shared_stories_when_there_are_enough(item, now):
    shared = [
        item(10 * s + v, 1, story=s, publisher=f"p{v}.se") for s in range(1, 12) for v in range(2)
    ]
    alone = item(999, 0.1, publisher="alone.se")
    ranked = rank_list(POPULAR, RankInput(now, (*shared, alone)))
    assert 999 not in ids(ranked)
    assert len(ranked.entries) == 11
    assert ranked.note == ranked.note_code == ""
    # with fewer the list is filled up, and says so
    few = rank_list(POPULAR, RankInput(now, (*shared[:12], alone)))
    assert ids(few)[-1] == 999
    assert len(few.entries) == 7
    assert few.note_code == "few-shared"


def test_explain_says_where_a_list_has_no_room_for_a_story(item, now):
    told = [item(n, 1, story=1, publisher=f"p{n}.se") for n in range(3)]
    data = RankInput(now, (*told, item(9, 30, story=9)))
    wide = replace(POPULAR, where=Where(min_voices=4))
    words = replace(POPULAR, where=Where(words=("finns inte",)))
    day = replace(POPULAR, window=timedelta(hours=24))
    found = [explain(data, 1, spec).let_through for spec in (POPULAR, day, wide, words)]
    assert found == [True, True, False, False]
    assert not explain(data, 9, day).let_through


def test_voices_that_fell_silent_are_not_popular_now_but_stand_before_the_lone(item, now):
    live = [
        item(10 * s + v, 1, story=s, publisher=f"p{s + v}.se")
        for s in range(1, 11)
        for v in range(2)
    ]
    quiet = [item(900 + v, 6, story=90, publisher=f"p{v}.se") for v in range(2)]
    counted = [
        item(
            950 + n, 12, publisher=f"q{n}.se", source=2, counts={"comments": count},
            history=(CountAt(now - timedelta(hours=9), "comments", count),), position=n,
        )
        for n, count in enumerate((20, 19))
    ]  # fmt: skip
    alone = [*counted, item(999, 0.1, publisher="alone.se")]
    norms = {2: SourceNorm(2, "q", "Q", "q.se", typical_counts={"comments": 10.0})}
    data = RankInput(now, (*live, *quiet, *alone), norms)
    found = explain(data, 90)
    assert found is not None
    assert not found.above_floor
    ranked = rank_list(POPULAR, data)
    assert [entry.story_id for entry in ranked.entries][10:] == [90, 950]
    assert ranked.note == ""
    # where few are live, the others go by their score
    few = rank_list(POPULAR, replace(data, items=(*live[:10], *quiet, *alone)))
    assert [entry.story_id for entry in few.entries][5:] == [999, 90, 950, 951]
    assert few.note_code == "few-shared"


def test_what_scores_alike_goes_by_who_was_told_last(item, now):
    rows = [item(n, hours, role="aggregator") for n, hours in ((1, 5), (2, 1), (3, 3), (4, 3))]
    ranked = rank_list(POPULAR, RankInput(now, tuple(rows)))
    assert ids(ranked) == [2, 4, 3, 1]
    assert all(entry.score == 0.0 for entry in ranked.entries)


def test_what_stood_there_at_first_sight_is_drawn_half_way_to_the_normal(item, now):
    norms = {1: SourceNorm(1, "s1", "S1", "a.se", typical_counts={"comments": 10.0})}

    def pace(*values):
        history = tuple(
            CountAt(now - timedelta(minutes=len(values) - n), "comments", value)
            for n, value in enumerate(values)
        )
        one = item(1, 0.1, history=history, counts={"comments": values[-1]})
        found = explain(RankInput(now, (one,), norms), 1)
        assert found is not None
        (counts,) = (reason for reason in found.reasons if reason.term == "counts")
        return dict(counts.params)["pace"]

    # sixteen times as much is four times as much, and four times the normal is as the normal gained
    assert abs(pace(160) / pace(10) - 4.0) < 1e-3
    assert abs(pace(40) - pace(0, 10)) / pace(40) < 0.1
    assert pace(10, 20) > pace(20)


def test_nothing_of_a_tick_outlives_it(item, now):
    rows = [item(n, n / 9, story=n // 2, publisher=f"p{n % 5}.se") for n in range(40)]
    data = RankInput(now, tuple(rows))
    before = [sys.getrefcount(row) for row in rows]
    gc.disable()
    try:
        rank_lists((POPULAR, LATEST, replace(LATEST, slug="fair", fair=True)), data)
        after = [sys.getrefcount(row) for row in rows]
    finally:
        gc.enable()
    assert after == before
    assert gc.isenabled()


def test_a_count_that_gains_fast_is_popular_alone_a_large_one_is_not(item, now):
    norms = {1: SourceNorm(1, "s1", "S1", "a.se", typical_counts={"comments": 10.0})}

    def popular(value, hours):
        first = CountAt(now - timedelta(hours=8), "comments", 1)
        seen = CountAt(now - timedelta(hours=hours), "comments", value)
        one = item(
            1, 8, counts={"comments": value}, history=(first, seen), position=3, publisher="a.se"
        )
        found = explain(RankInput(now, (one,), norms), 1)
        assert found is not None
        return found.above_floor

    assert popular(8, 0.1)
    assert not popular(8, 2)
    assert popular(60, 0.7)
    assert not popular(60, 6)  # nobody has added to it for long


def test_what_is_normal_for_its_source_is_not_popular(item, now):
    norms = {1: SourceNorm(1, "s1", "S1", "a.se", typical_counts={"comments": 2.0})}

    def above(counts):
        one = item(1, 0.5, counts=counts, position=0)
        found = explain(RankInput(now, (one,), norms), 1)
        assert found is not None
        return found.above_floor

    assert not above({"comments": 2})
    assert above({"comments": 9})
    assert not above({"clicks": 1})
    assert not above({"links": 1})
    assert above({"links": 4})


def test_copies_add_a_quarter_of_a_voice_each(item, now):
    rows = [item(n, 1, story=1, publisher=f"p{n}.se", copied=n > 1) for n in range(1, 5)]
    told = explain(RankInput(now, tuple(rows)), 1)
    assert told is not None
    assert told.voices == ("p1.se",)
    assert not told.above_floor
    assert "p2.se" in dict(told.reasons[0].params)["carriers"]
    rows.append(item(5, 1, story=1, publisher="p5.se", copied=True))
    five = explain(RankInput(now, tuple(rows)), 1)
    two = explain(RankInput(now, (rows[0], replace(rows[1], copied=False))), 1)
    assert two is not None
    assert five is not None
    assert abs(two.score - five.score) < 1e-9
    assert five.above_floor
    ranked = rank_list(POPULAR, RankInput(now, tuple(rows)))
    assert ranked.entries[0].number == Number(1, "voices")
    # words of its own, in any item, make a carrier a voice
    own = item(9, 1, story=1, publisher="p3.se")
    again = explain(RankInput(now, (*rows, own)), 1)
    assert again is not None
    assert set(again.voices) == {"p1.se", "p3.se"}
    # when whose words they are is not here, they are one voice all the same
    orphans = rank_list(POPULAR, RankInput(now, tuple(rows[1:])))
    assert orphans.entries[0].voices == 1


def test_ten_unrelated_sources_still_give_a_useful_list(item, now):
    items = tuple(
        item(100 * p + n, p + n, publisher=f"p{p}.se", source=p)
        for p in range(1, 11)
        for n in range(3)
    )
    ranked = rank_list(POPULAR, RankInput(now, items))
    assert len(ranked.entries) == 30
    assert len({entry.item_id // 100 for entry in ranked.entries[:5]}) >= 3
    assert "sources" in ranked.note
    assert all(entry.number == Number(1, "voices") for entry in ranked.entries)


def test_a_much_commented_article_leads_its_equals(item, now):
    norms = {1: SourceNorm(1, "s1", "S1", "a.se", typical_counts={"comments": 10.0})}
    hot = (CountAt(now - timedelta(minutes=20), "comments", 40),)
    items = (
        item(1, 1, publisher="a.se", counts={"comments": 40}, history=hot),
        item(2, 0.5, publisher="b.se", source=2),
    )
    ranked = rank_list(POPULAR, RankInput(now, items, norms))
    assert ids(ranked) == [1, 2]
    assert ranked.entries[0].number == Number(40, "comments")
    assert "counts" in {reason.term for reason in ranked.entries[0].reasons}


def test_aggregators_are_no_voice_and_top_lists_a_signal(item, now):
    norms = {9: SourceNorm(9, "top", "Toppen", "top.se", entries=10, role="toplist")}
    items = (
        item(1, 1, story=1, publisher="a.se"),
        item(2, 1, story=1, publisher="b.se", role="aggregator"),
        item(3, 1, story=2, publisher="c.se"),
        item(4, 1, story=2, publisher="d.se", role="toplist", source=9, position=0),
    )
    ranked = rank_list(POPULAR, RankInput(now, items, norms))
    assert [(e.story_id, e.voices) for e in ranked.entries] == [(2, 1), (1, 1)]
    assert {r.term for r in ranked.entries[0].reasons} >= {"coverage", "toplist"}


def test_the_lead_is_the_first_teller_that_passes_and_then_stays(item, now):
    items = (
        item(1, 3, story=1, publisher="a.se", section="sport"),
        item(2, 2, story=1, publisher="b.se", section="inrikes"),
        item(3, 4, story=1, publisher="c.se", role="aggregator"),
    )
    data = RankInput(now, items)
    assert rank_list(POPULAR, data).entries[0].item_id == 1
    home = replace(POPULAR, where=Where(category=frozenset({"Inrikes"})))
    first = rank_list(home, data)
    assert first.entries[0].item_id == 2
    earlier = item(4, 3, story=1, publisher="d.se", section="inrikes")
    again = rank_list(home, RankInput(now, (*items, earlier)), first)
    assert again.entries[0].item_id == 2


def test_an_entry_passes_another_only_by_the_margin(item, now):
    def at(gap):
        rows = (
            item(1, 1.0, story=1, publisher="a.se"),
            item(2, 1.0, story=1, publisher="b.se"),
            item(3, 1.0, story=2, publisher="c.se"),
            item(4, 1.0 - gap, story=2, publisher="d.se"),
        )
        return RankInput(now, rows)

    old = rank_list(POPULAR, at(-0.01))
    assert [e.story_id for e in old.entries] == [1, 2]
    assert [e.story_id for e in rank_list(POPULAR, at(0.01)).entries] == [2, 1]
    assert [e.story_id for e in rank_list(POPULAR, at(0.01), old).entries] == [1, 2]
    assert [e.story_id for e in rank_list(POPULAR, at(0.9), old).entries] == [2, 1]


def test_a_past_tick_does_not_see_what_came_later(item, now):
    later = CountAt(now + timedelta(minutes=5), "comments", 500)
    seen = CountAt(now - timedelta(minutes=5), "comments", 5)
    then = (item(1, 1, history=(seen,), counts={"comments": 5}),)
    since = (
        item(1, 1, history=(seen, later), counts={"comments": 500}),
        item(2, -1, story=1, publisher="b.se"),
    )
    assert rank_list(POPULAR, RankInput(now, then)) == rank_list(POPULAR, RankInput(now, since))


def test_all_lists_at_once_are_each_list_alone(item, now):
    items = tuple(
        item(n, n / 3, story=n % 7, publisher=f"p{n % 5}.se", section="sport" if n % 2 else None)
        for n in range(1, 40)
    )
    data = RankInput(now, items)
    specs = [LATEST, POPULAR, replace(LATEST, slug="sport", where=Where(frozenset({"sport"})))]
    together = rank_lists(specs, data, {})
    assert together == {spec.slug: rank_list(spec, data) for spec in specs}
    assert not changed(together["popular"], rank_list(POPULAR, data))
    assert changed(None, together["popular"])
