"""Nobody takes a list over by loudness, by sock puppets or by clocks."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

from feedhub.model import CountAt, ListSpec, RankInput
from feedhub.rank import rank_list

POPULAR = ListSpec("popular", "Populärt", "popular", limit=30)
LATEST = ListSpec("senaste", "Senaste", "latest", limit=30)


def publishers(ranked, data):
    known = {item.id: item.publisher for item in data.items}
    return Counter(known[entry.item_id] for entry in ranked.entries)


def world(item, extra=()):
    """Ten outlets, three stories each, of which six are shared by two."""
    rows = [
        item(100 * p + n, 1 + p / 3 + 2 * n, publisher=f"p{p}.se", source=p)
        for p in range(1, 11)
        for n in range(3)
    ]
    rows += [
        item(5000 + s, 1.5, story=100 * s, publisher=f"p{s + 1}.se", source=s + 1)
        for s in range(1, 7)
    ]
    return (*rows, *extra)


def test_ten_thousand_items_in_an_hour(item, now):
    flood = [
        item(100_000 + n, n / 10_000, publisher="flood.se", source=99, position=n % 50)
        for n in range(10_000)
    ]
    calm = RankInput(now, world(item))
    data = RankInput(now, world(item, flood))
    popular = rank_list(POPULAR, data)
    assert popular.entries[:6] == rank_list(POPULAR, calm).entries[:6]  # those that two tell
    assert publishers(popular, data)["flood.se"] <= 10
    fair = rank_list(replace(LATEST, fair=True), data)
    assert publishers(fair, data)["flood.se"] <= 11  # a third, and one when the rest goes round
    assert len(publishers(fair, data)) == 11


def test_the_flood_takes_no_more_than_its_share_of_a_list_that_falls_back(item, now):
    flood = [item(100_000 + n, n / 10_000, publisher="flood.se", source=99) for n in range(10_000)]
    alone = tuple(i for i in world(item) if i.id < 5000)
    data = RankInput(now, (*alone, *flood))
    ranked = rank_list(POPULAR, data)
    assert ranked.note_code == "few-shared"
    assert publishers(ranked, data)["flood.se"] <= 10
    assert publishers(replace(ranked, entries=ranked.entries[:6]), data)["flood.se"] <= 2


def test_who_stands_back_for_diversity_does_not_rise_by_holding_on(item, now):
    flood = [item(100_000 + n, n / 100, publisher="flood.se", source=99) for n in range(20)]
    data = RankInput(now, (*(i for i in world(item) if i.id < 5000), *flood))
    first = rank_list(POPULAR, data)
    again = rank_list(POPULAR, data, first)
    earlier = replace(data, now=now - timedelta(minutes=3))
    after = rank_list(POPULAR, data, rank_list(POPULAR, earlier))
    assert [e.story_id for e in again.entries] == [e.story_id for e in first.entries]
    for ranked in (first, after):
        for n in range(1, 21):
            top = replace(ranked, entries=ranked.entries[:n])
            assert publishers(top, data)["flood.se"] <= -(-n // 3)


def test_sock_puppets_of_one_domain_are_one_voice(item, now):
    puppets = [
        item(9000 + n, 0.2, story=9000, publisher="puppet.se", source=50 + n) for n in range(5)
    ]
    data = RankInput(now, world(item, puppets))
    ranked = rank_list(POPULAR, data)
    assert 9000 not in {entry.story_id for entry in ranked.entries[:6]}
    assert all(e.voices == 1 for e in ranked.entries if e.story_id == 9000)
    one = RankInput(now, world(item, puppets[:1]))
    assert [e.story_id for e in rank_list(POPULAR, one).entries] == [
        e.story_id for e in ranked.entries
    ]


def test_a_source_that_postdates_everything_gains_nothing(item, now):
    ahead = [
        item(9000 + n, -5 - n, publisher="ahead.se", first_seen=now - timedelta(hours=3))
        for n in range(40)
    ]
    data = RankInput(now, world(item, ahead))
    assert publishers(rank_list(LATEST, data), data)["ahead.se"] == 0
    fallback = RankInput(now, (*(i for i in world(item) if i.id < 5000), *ahead))
    ranked = rank_list(POPULAR, fallback)
    honest = tuple(replace(i, effective=i.first_seen) for i in ahead)
    same = rank_list(POPULAR, replace(fallback, items=(*fallback.items[:-40], *honest)))
    assert [e.story_id for e in ranked.entries] == [e.story_id for e in same.entries]


def test_two_that_repeat_each_other_take_no_more_than_their_shares(item, now):
    pair = [
        item(9000 + 2 * s + v, s / 100, story=9000 + s, publisher=f"twin{v}.se", source=60 + v)
        for s in range(60)
        for v in range(2)
    ]
    data = RankInput(now, world(item, pair))
    ranked = rank_list(replace(POPULAR, limit=9), data)
    assert sum(e.story_id >= 9000 for e in ranked.entries) <= 6  # a third each


def test_a_paper_of_many_stories_is_not_held_back_where_others_tell_them_too(item, now):
    rows = [
        item(10 * s + v, 1 + s / 20, story=s, publisher=name, source=v)
        for s in range(1, 10)
        for v, name in enumerate(("big.se", f"p{s}.se"))
    ]
    ranked = rank_list(replace(POPULAR, limit=9), RankInput(now, tuple(rows)))
    assert [e.story_id for e in ranked.entries] == list(range(1, 10))


def test_counts_that_jump_up_and_down_gain_once(item, now):
    def rising(values):
        return tuple(
            CountAt(now - timedelta(minutes=60 - n), "score", value)
            for n, value in enumerate(values)
        )

    swing = item(1, 2, history=rising([10, 90] * 20), publisher="a.se")
    climb = item(2, 2, history=rising([10, 90]), publisher="b.se", source=1)
    ranked = rank_list(POPULAR, RankInput(now, (swing, climb)))
    paces = [
        dict(r.params)["pace"] for e in ranked.entries for r in e.reasons if r.term == "counts"
    ]
    assert paces[0] == paces[1]


def test_no_section_takes_the_list(item, now):
    rows = [
        item(10 * s + v, 0.1 + s / 100, story=s, publisher=f"p{(s + v) % 9}.se", section="sport")
        for s in range(1, 40)
        for v in range(2)
    ]
    rows += [
        item(1000 + 10 * s + v, 3, story=1000 + s, publisher=f"p{(s + v) % 9}.se", section=name)
        for s, name in enumerate(("inrikes", "utrikes", "kultur", "ekonomi") * 4)
        for v in range(2)
    ]
    data = RankInput(now, tuple(rows))
    ranked = rank_list(replace(POPULAR, limit=20), data)
    known = {i.id: i.section for i in data.items}
    assert Counter(known[e.item_id] for e in ranked.entries)["sport"] == 10
