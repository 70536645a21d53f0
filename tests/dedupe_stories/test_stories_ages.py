"""What is older than a moment comes out, the oldest first, and nothing else does."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from feedhub.dedupe.stories.ages import Ages

times = st.floats(-3000.0, 20_000.0) | st.sampled_from([0.0, 600.0, 1199.5, 1200.0])


@given(st.lists(st.tuples(times, times), max_size=60))
def test_ids_leave_by_age_whenever_they_came(steps: list[tuple[float, float]]) -> None:
    ages = Ages()
    there: list[tuple[float, int]] = []
    for id_, (at, moment) in enumerate(steps):
        ages.add(at, id_)
        there.append((at, id_))
        gone = sorted(one for one in there if one[0] < moment)
        assert list(ages.before(moment)) == gone
        there = [one for one in there if one[0] >= moment]
