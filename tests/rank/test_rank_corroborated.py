"""What several newsrooms hold to be news stands above what one paper's readers share."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from feedhub.rank.popular import CORROBORATED, corroborated_first


@dataclass(frozen=True)
class Told:
    """As much of a story as the rule looks at."""

    voices: tuple[int, ...]


@dataclass(frozen=True)
class Row:
    """As much of a place as the rule looks at."""

    story: Told
    number: int
    above: bool = True


@given(st.lists(st.integers(0, 6), max_size=20))
def test_three_voices_stand_above_one_and_all_else_keeps_its_order(counts):
    rows = [Row(Told(tuple(range(count))), n) for n, count in enumerate(counts)]
    found = corroborated_first(rows)
    assert sorted(row.number for row in found) == list(range(len(rows)))
    told = [len(row.story.voices) for row in found]
    single = next((n for n, count in enumerate(told) if count < 2), len(told))
    assert all(count < CORROBORATED for count in told[single:])
    for kind in (lambda n: n >= CORROBORATED, lambda n: n < CORROBORATED):
        numbers = [row.number for row in found if kind(len(row.story.voices))]
        assert numbers == sorted(numbers)
    assert corroborated_first(found) == found


@given(st.lists(st.integers(0, 6), max_size=10), st.lists(st.integers(0, 6), max_size=10))
def test_the_rule_holds_on_each_side_of_the_floor_and_lifts_nothing_over_it(popular, quiet):
    above = [Row(Told(tuple(range(n))), i) for i, n in enumerate(popular)]
    below = [Row(Told(tuple(range(n))), i, above=False) for i, n in enumerate(quiet, 100)]
    found = corroborated_first([*above, *below])
    assert found == [*corroborated_first(above), *corroborated_first(below)]
    assert [row.above for row in found] == [True] * len(above) + [False] * len(below)
    assert found[len(above) :] == below  # where no count is loud, nothing is lifted
