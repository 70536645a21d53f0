"""What comes again and again is known while it is there, and forgotten with it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from feedhub.dedupe.stories.repeats import Repeats


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xyzw")), max_size=20), st.data())
def test_only_what_is_there_counts(pairs: list[tuple[str, str]], data: st.DataObject) -> None:
    lived: Repeats[str, str] = Repeats(3)
    for key, value in pairs:
        lived.add(key, value)
    gone = data.draw(st.integers(0, len(pairs)))
    for key, value in pairs[:gone]:
        lived.remove(key, value)
    left = pairs[gone:]
    kinds = {key: {value for other, value in left if other == key} for key, _ in left}
    assert lived.often == {key for key, values in kinds.items() if len(values) >= 3}
