"""What comes again and again is known while it is there, and forgotten with it."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from feedhub.dedupe.stories.repeats import Repeats


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(1, 2), st.integers(1, 4)), max_size=20), st.data())
def test_only_what_is_there_counts(pairs: list[tuple[int, int]], data: st.DataObject) -> None:
    lived = Repeats(3, lambda id_: pairs[id_][1])
    recurs: dict[int, bool] = {}  # by item, as far as it was told

    def told(ids: list[int]) -> None:
        for id_ in ids:
            recurs[id_] = pairs[id_][0] in lived.often

    for id_, (key, _) in enumerate(pairs):
        recurs[id_] = False
        told(list(lived.add(key, id_)))
    gone = data.draw(st.integers(0, len(pairs)))
    for id_, (key, _) in enumerate(pairs[:gone]):
        del recurs[id_]
        told(list(lived.remove(key, id_)))
    left = pairs[gone:]
    kinds = {key: {value for other, value in left if other == key} for key, _ in left}
    assert lived.often == {key for key, values in kinds.items() if len(values) >= 3}
    assert recurs == {n: pairs[n][0] in lived.often for n in range(gone, len(pairs))}
