"""Who goes with whom when a person splits a story, and what is said by hand of several pairs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from feedhub.dedupe.stories import StoryEngine
from feedhub.dedupe.stories.parting import later, parting
from feedhub.model import Links, StoryItem

T0 = datetime(2026, 3, 1, tzinfo=UTC)
TITLES = (
    "Stor brand i lagerlokal i Sundbyberg",
    "Stor brand i villa i Trelleborg",
    "Lagerlokal i Sundbyberg totalförstörd efter branden",
    "Familj räddad ur villa i Trelleborg efter branden",
    "Sundbyberg: branden i lagerlokalen släckt",
    "Trelleborg: villan går inte att rädda",
)
ITEMS = [
    StoryItem(n, title, "", f"p{n}.se", "sv", T0 + timedelta(minutes=9 * n), story_id=1)
    for n, title in enumerate(TITLES, 1)
]


def gone(links: Links) -> list[int]:
    engine = StoryEngine()
    engine.load(ITEMS)
    leaves = later(ITEMS[0], ITEMS[1])
    return parting(ITEMS, 1, leaves.id, links, engine.likeness)


def test_each_report_follows_the_one_that_it_is_a_report_of() -> None:
    assert gone(Links((), [(1, 2)])) == [4, 6]


def test_what_people_have_said_of_the_others_holds() -> None:
    assert gone(Links([(4, 5)], [(1, 2)])) == []  # the fire of 5 takes 4, and 6 is likest to it
    assert gone(Links((), [(1, 2), (2, 4)])) == []  # 6 is likest to 4
    assert gone(Links([(1, 6)], [(1, 2)])) == [4]  # 6 stays by hand


def test_joins_that_would_bring_together_what_was_split_are_none() -> None:
    said = Links([(1, 2), (2, 3), (5, 6)], [(3, 1)])
    assert said.joins == [(1, 2), (5, 6)]
    assert said.together(3) == {3}
    assert said.apart(2) == {3}
