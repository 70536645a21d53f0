"""Laws that hold for whatever comes in."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from feedhub.model import CountAt, ListSpec, RankInput, RankItem, SourceNorm, Where
from feedhub.rank import rank_list, rank_lists, scores
from feedhub.rank.pool import Pool, Studies
from feedhub.rank.tuning import DEFAULT

LAW = settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
POPULAR = ListSpec("popular", "Populärt", "popular", limit=8)
LISTS = (
    POPULAR,
    replace(POPULAR, slug="weighted", weights={"coverage": 0.3, "counts": 2.0}),
    replace(POPULAR, slug="shared", where=Where(min_voices=2)),
    ListSpec("senaste", "Senaste", "latest", limit=8),
    ListSpec("rattvis", "Rättvis", "latest", limit=8, fair=True, collapse=True),
)
NORMS = {
    1: SourceNorm(1, "a", "A", "a.se", 20.0, {"comments": 10.0, "score": 50.0}, 10),
    2: SourceNorm(2, "b", "B", "b.se", 5.0, {}, 10, ordered="editorial"),
    3: SourceNorm(3, "c", "C", "c.se", 5.0, {}, 10, role="toplist"),
}

ages = st.integers(0, 40 * 60)  # minutes


@st.composite
def histories(draw, now):
    rows = draw(
        st.lists(
            st.tuples(ages, st.sampled_from(["comments", "score", "clicks"]), st.integers(0, 500)),
            max_size=5,
        )
    )
    rows.sort(key=lambda row: -row[0])
    return tuple(CountAt(now - timedelta(minutes=age), kind, value) for age, kind, value in rows)


@st.composite
def worlds(draw, now, most=14):
    items = []
    for n in range(draw(st.integers(1, most))):
        at = now - timedelta(minutes=draw(ages))
        seen = at + timedelta(minutes=draw(st.integers(0, 90)))
        history = draw(histories(now)) if draw(st.booleans()) else ()
        items.append(
            RankItem(
                id=n + 1,
                story_id=draw(st.integers(1, 6)),
                source_ids=(draw(st.sampled_from([1, 2, 3])),),
                publisher=draw(st.sampled_from(["a.se", "b.se", "c.se", "d.se"])),
                section=draw(st.sampled_from([None, "sport", "inrikes"])),
                categories=(),
                language="sv",
                title="en rubrik",
                effective=at if draw(st.booleans()) else None,
                first_seen=seen,
                history=history,
                counts={seen.kind: seen.value for seen in history},
                position=draw(st.one_of(st.none(), st.integers(0, 9))),
                weight=draw(st.sampled_from([0.5, 1.0, 2.0])),
                role=draw(st.sampled_from(["outlet", "outlet", "aggregator", "toplist"])),
            )
        )
    return RankInput(now, tuple(items), NORMS)


@LAW
@given(data=st.data())
def test_a_voice_more_never_lowers_a_score(data, now, item):
    world = data.draw(worlds(now))
    story = data.draw(st.sampled_from([i.story_id for i in world.items]))
    new = item(999, data.draw(ages) / 60, story=story, publisher="new.se", source=9)
    before = scores(world)
    after = scores(replace(world, items=(*world.items, new)))
    if story in before:
        assert after[story] >= before[story] - 1e-12


@LAW
@given(data=st.data())
def test_time_alone_never_raises_a_score(data, now):
    world = data.draw(worlds(now))
    there = tuple(i for i in world.items if i.first_seen <= now)
    later = now + timedelta(minutes=data.draw(st.integers(1, 3000)))
    before = scores(replace(world, items=there))
    after = scores(replace(world, items=there, now=later))
    assert set(before) == set(after)
    assert all(after[story] <= before[story] + 1e-12 for story in before)


@LAW
@given(data=st.data())
def test_a_second_feed_of_a_publisher_adds_no_voice(data, now):
    world = data.draw(worlds(now))
    one = data.draw(st.sampled_from(world.items))
    if one.role != "outlet":
        one = replace(one, role="outlet")
        world = replace(world, items=tuple(one if i.id == one.id else i for i in world.items))
    bare = replace(one, history=(), counts={}, position=None, id=999, source_ids=(77,))
    told = min(one.effective or one.first_seen, one.first_seen)
    late = timedelta(minutes=data.draw(st.integers(0, int(60 * DEFAULT.follow_up) - 1)))
    copy = replace(bare, first_seen=told + late, effective=None)
    assume(one.first_seen <= now)
    alone = tuple(i for i in world.items if i.id == one.id or i.story_id != one.story_id)
    before = scores(replace(world, items=alone))
    after = scores(replace(world, items=(*alone, copy)))
    assert after == before


@LAW
@given(data=st.data(), factor=st.sampled_from([2, 3, 10, 1000]))
def test_a_source_that_counts_in_larger_numbers_gains_nothing(data, factor, now):
    world = data.draw(worlds(now))
    kinds = ("comments", "score")

    def more(item):
        if item.source_ids != (1,):
            return item
        history = tuple(
            c._replace(value=c.value * factor) if c.kind in kinds else c for c in item.history
        )
        counts = {k: v * factor if k in kinds else v for k, v in item.counts.items()}
        return replace(item, history=history, counts=counts)

    norm = NORMS[1]
    grown = replace(norm, typical_counts={k: v * factor for k, v in norm.typical_counts.items()})
    after = replace(world, items=tuple(map(more, world.items)), norms=NORMS | {1: grown})
    old, new = scores(world), scores(after)
    assert all(abs(new[story] - old[story]) < 1e-9 for story in old)
    shown = [e.story_id for e in rank_list(POPULAR, world).entries]
    assert [e.story_id for e in rank_list(POPULAR, after).entries] == shown


@LAW
@given(data=st.data())
def test_a_past_tick_replays_and_the_order_of_input_does_not_matter(data, now):
    world = data.draw(worlds(now))
    then = now - timedelta(hours=data.draw(st.integers(0, 20)))
    past = replace(world, now=then)
    known = tuple(
        replace(
            i,
            history=tuple(c for c in i.history if c.at <= then),
            counts={} if i.history else i.counts,
        )
        for i in world.items
        if i.first_seen <= then
    )
    shuffled = data.draw(st.permutations(world.items))
    first = rank_lists(LISTS, past)
    assert rank_lists(LISTS, replace(past, items=tuple(shuffled))) == first
    assert [e.story_id for e in rank_list(POPULAR, replace(past, items=known)).entries] == [
        e.story_id for e in first["popular"].entries
    ]


@LAW
@given(data=st.data())
def test_lists_hold_their_promises(data, now):
    world = data.draw(worlds(now, most=30))
    standing = rank_lists(LISTS, replace(world, now=now - timedelta(minutes=10)))
    ranked = rank_lists(LISTS, world, standing)
    known = scores(world)
    for spec in LISTS:
        entries = ranked[spec.slug].entries
        assert [e.position for e in entries] == list(range(1, len(entries) + 1))
        assert len(entries) <= spec.limit
        stories = [e.story_id for e in entries]
        if spec.order == "popular" or spec.collapse:
            assert len(set(stories)) == len(stories)
        if spec.order == "popular":
            for entry in entries:
                total = sum(reason.points for reason in entry.reasons)
                assert abs(total - entry.score) < 1e-9
            if spec is POPULAR:
                assert all(abs(e.score - known[e.story_id]) < 1e-12 for e in entries)
        assert ranked[spec.slug] == rank_list(spec, world, standing[spec.slug])


@LAW
@given(data=st.data(), coverage=st.sampled_from([0.0, 0.3, 1.0, 4.0]))
def test_reading_lazily_gives_the_order_of_the_scores(data, coverage, now):
    world = data.draw(worlds(now, most=20))
    weights = {} if coverage == 1.0 else {"coverage": coverage}
    pool = Pool(world, DEFAULT)
    read = [story.id for story in pool.shared(weights)]
    known = scores(world, replace(POPULAR, weights=weights))
    assert read == [story for story in known if story in set(read)]
    assert sorted(known.values(), reverse=True) == list(known.values())
    assert set(read) | {story for story, _ in Studies(world, DEFAULT).lone()} == set(known)
