"""The engine's promises: placement, links, restart, order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from feedhub.dedupe.stories import StoryEngine, voices
from feedhub.dedupe.stories.similarity import Scorer
from feedhub.dedupe.stories.tuning import Tuning
from feedhub.model import StoryItem

T0 = datetime(2026, 3, 1, 12, tzinfo=UTC)


def item(id_: int, title: str, *, publisher: str = "", minutes: float = 0) -> StoryItem:
    at = T0 + timedelta(minutes=minutes)
    return StoryItem(id_, title, "", publisher or f"p{id_}.se", "sv", at)


def minter() -> Callable[[], int]:
    ids = count(1)
    return lambda: next(ids)


FIRE = [
    item(1, "Kraftig brand i lagerlokal i Sundbyberg", minutes=0),
    item(2, "Stor brand i Sundbyberg: lagerlokal övertänd", minutes=5),
    item(3, "Regeringen vill sänka skatten på drivmedel", minutes=6),
]


def test_two_tellers_of_one_fire_are_one_story() -> None:
    engine = StoryEngine()
    changes = engine.place(FIRE, minter())
    story = {p.item_id: p.story_id for p in changes.placements}
    assert story[1] == story[2] == 1
    assert story[3] == 2
    assert changes.merges == ()


def test_feeding_again_changes_nothing() -> None:
    engine, mint = StoryEngine(), minter()
    first = engine.place(FIRE, mint)
    assert engine.place(FIRE, mint) == first
    assert mint() == 3


def test_what_people_join_is_joined_and_what_they_split_is_split() -> None:
    engine, mint = StoryEngine(), minter()
    engine.place(FIRE, mint)
    joined = engine.place([], mint, must_link=[(1, 3)])
    assert joined.merges == ((2, 1),)
    split = engine.place([], mint, cannot_link=[(1, 3)])
    assert [(p.item_id, p.story_id) for p in split.placements] == [(3, 3)]
    assert engine.place([], mint, cannot_link=[(1, 3)]).placements == ()


def test_a_loaded_engine_answers_as_the_one_that_lived() -> None:
    lived, mint = StoryEngine(), minter()
    first = lived.place(FIRE, mint)
    story = {p.item_id: p.story_id for p in first.placements}
    loaded = StoryEngine()
    loaded.load([replace(i, story_id=story[i.id]) for i in reversed(FIRE)])
    late = [item(9, "Branden i Sundbyberg: lagerlokal totalförstörd", minutes=90)]
    assert loaded.place(late, lambda: 7) == lived.place(late, lambda: 7)


def test_explain_names_the_words_that_two_items_share() -> None:
    engine = StoryEngine()
    engine.place(FIRE, minter())
    why = engine.explain(FIRE[0], FIRE[1])
    assert why.together
    assert any(feature.text == "sundbyberg" for feature in why.features)
    assert not engine.explain(FIRE[0], FIRE[2]).together


def reports(first: str, second: str) -> list[StoryItem]:
    """Two full reports that differ only in their figures."""
    lede = (
        "Antalet varsel {} förra veckan enligt ny statistik från Arbetsförmedlingen, och flest"
        " uppsägningar drabbar industrin i Västsverige där flera stora arbetsgivare nu drar ned"
        " kraftigt på personalen efter en svag vinter med sjunkande efterfrågan."
    )
    return [
        replace(item(1, "Varslen ökar i industrin"), summary=lede.format(first)),
        replace(item(2, "Färre varsel om uppsägning", minutes=9), summary=lede.format(second)),
    ]


@pytest.mark.parametrize(
    ("first", "second", "less"),
    [
        ("steg till 4 512", "föll till 3,870", True),
        ("steg till 4 512", "var 4,512 eller 12 procent fler", False),
        ("steg till 4 512", "steg", False),
    ],
)
def test_full_reports_without_a_number_in_common_are_less_alike(
    first: str, second: str, less: bool
) -> None:
    engine = StoryEngine()
    one, two = reports(first, second)
    engine.place([one, two], minter())
    why = engine.explain(one, two)
    lost = [feature.points for feature in why.features if feature.name == "numbers"]
    assert [points < 0 for points in lost] == [True] * less
    assert why.score == pytest.approx(sum(feature.points for feature in why.features))
    window = engine._window
    scorer = Scorer(window.docs[1], window, Tuning())
    alike = scorer.cosines([window.docs[2]])[0]
    told = sum(part for _, part in scorer.shares(window.docs[2]))
    assert alike == pytest.approx(told * (1 - 0.15 * less))


@pytest.mark.parametrize(
    ("first", "second", "together"),
    [
        ("8 november", "18 november", False),
        ("8 november", "8:e november", True),
        ("8 november", "helgen", True),
    ],
)
def test_bulletins_of_two_days_are_two_stories(first: str, second: str, together: bool) -> None:
    lede = "Meteorologerna väntar växlande molnighet och svag vind i hela Dalarna den {}."
    engine = StoryEngine()
    pair = [
        replace(
            item(n, f"Prognos för Dalarna den {day}", minutes=n, publisher=f"blad{n}.example"),
            summary=lede.format(day),
        )
        for n, day in enumerate((first, second), start=1)
    ]
    engine.place(pair, minter())
    why = engine.explain(*pair)
    assert why.together is together
    assert ("dates" in {feature.name for feature in why.features}) is not together
    assert why.score == pytest.approx(sum(feature.points for feature in why.features))


def test_headlines_alone_may_tell_different_figures() -> None:
    engine = StoryEngine()
    pair = [item(1, "12 döda i brand i Sundbyberg"), item(2, "14 döda i brand i Sundbyberg")]
    engine.place(pair, minter())
    assert "numbers" not in {feature.name for feature in engine.explain(*pair).features}


def test_a_full_report_is_held_against_every_member_and_a_headline_against_the_nearest() -> None:
    near = "Larmet om branden i lagerlokalen i Sundbyberg kom strax efter midnatt i natt och"
    rest = "flera styrkor arbetar ännu med släckningen medan grannarna uppmanas hålla sig inne."
    members = [
        *[item(n, "Brand i lagerlokal i Sundbyberg", minutes=n) for n in (1, 2, 3)],
        *[item(n, f"Rök över stad{n} hör{n} samman ny{n}", minutes=n) for n in range(4, 12)],
    ]
    told = item(20, "Brand i lagerlokal i Sundbyberg", minutes=20)
    engine = StoryEngine()
    joins = [(1, member.id) for member in members[1:]]
    engine.place(members, minter(), must_link=joins)
    window = engine._window
    fits = []
    for one in (told, replace(told, summary=f"{near} {rest} {near}")):
        scorer = Scorer(engine._find(one), window, Tuning())
        story = window.stories[window.docs[1].story]
        found = [scorer.cosines([doc])[0] * scorer.decay(doc) for doc in story]
        found.sort(reverse=True)
        fits.append((scorer.fit(story), sum(found[:3]) / 3, sum(found[:6]) / 6, sum(found) / 11))
    headline, full = fits
    assert headline[0] == pytest.approx(headline[1] + 0.3 * (headline[2] - headline[1]))
    assert full[0] == pytest.approx(full[3])
    assert full[3] < full[2] < full[1]


def test_what_explain_shows_adds_up_to_the_likeness() -> None:
    others = [item(n, f"nummer {n} ord{n} sak{n}") for n in range(10, 40)]
    told = [item(1, "Durandur Durandur spelar"), item(2, "Durandur Durandur hyllas")]
    engine = StoryEngine()
    engine.place([*told, *others], minter())
    window = engine._window
    scorer = Scorer(window.docs[1], window, Tuning())
    shares = scorer.shares(window.docs[2])
    assert [name for name, _ in shares] == ["sv:durandur", "<sv:duran", ">sv:andur"]
    assert scorer.cosines([window.docs[1]]) == [pytest.approx(1.0)]
    assert scorer.cosines([window.docs[2]]) == [pytest.approx(sum(part for _, part in shares))]


def test_sections_of_one_publisher_are_one_voice() -> None:
    found = voices([item(1, "x", publisher="dn.se"), item(2, "y", publisher="dn.se")])
    assert found.count == 1


def test_names_that_come_with_every_item_are_held_once() -> None:
    engine = StoryEngine()
    names = ("sundbybergstidningen.se", "källa-12")  # as read from a pass: equal, not the same
    items = [
        replace(
            item(n, title),
            publisher="".join(list(names[0])),
            source_id="".join(list(names[1])),
        )
        for n, title in enumerate(("Brand i Sundbyberg", "Skatten höjs"), 1)
    ]
    engine.place(items, minter())
    one, two = engine._window.docs.values()
    assert one.publisher is two.publisher
    assert one.source is two.source
