"""Rows stand by slot for as long as their items are there, and hardly longer."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from feedhub.dedupe.stories.rows import Rows


@given(st.integers(1, 400), st.integers(0, 3000))
def test_what_is_there_is_found_and_what_is_gone_is_let_go(held: int, stays: int) -> None:
    rows: Rows[str] = Rows()
    alive: dict[int, int] = {}
    for id_ in range(6000):
        slot = rows.add(str(id_), id_, float(id_), -1)
        alive[slot] = id_
        if len(alive) > held:
            oldest = next(iter(alive))
            if oldest != stays or id_ > 2 * stays:  # one that stays long holds back those behind
                del alive[oldest]
                rows.remove(oldest)
    first = rows.first
    assert all(rows.ties[slot - first] == id_ for slot, id_ in alive.items())
    assert all(rows.sizes[slot - first] == float(id_) for slot, id_ in alive.items())
    assert all(rows.docs[slot - first] == str(id_) for slot, id_ in alive.items())
    assert [slot for slot in range(6000) if rows.holds(slot)] == list(alive)
    if stays < 1000:
        assert len(rows.ties) < 6000
