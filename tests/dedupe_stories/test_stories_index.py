"""Keys are counted while items have them, and their numbers given back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from feedhub.dedupe.stories.index import Index
from feedhub.dedupe.stories.tuning import Tuning

WORDS = ["brand", "skatten", "lagerlokal", "polisen", "och", "malmö", "räntan"]
Texts = list[list[str]]


def index_of(texts: Texts, gone: int, few: int) -> tuple[Index, dict[int, tuple[int, ...]]]:
    """An index that all texts came into, and the first of them left."""
    alive: dict[int, tuple[int, ...]] = {}
    index = Index(Tuning(visits=few), alive.__contains__)
    for slot, text in enumerate(texts):
        keys = {key: None for word in index.keys(text, "sv") for key in word}
        alive[slot] = tuple(keys)
        index.add(slot, alive[slot])
    for slot in range(gone):
        index.remove(slot, alive.pop(slot))
    return index, alive


@given(
    st.lists(st.lists(st.sampled_from(WORDS), max_size=5), max_size=12),
    st.integers(0, 12),
    st.integers(1, 6),
)
def test_what_left_leaves_no_trace(texts: Texts, gone: int, few: int) -> None:
    gone = min(gone, len(texts))
    lived, alive = index_of(texts, gone, few)
    fresh, _ = index_of(texts[gone:], 0, few)
    counts = {n: (lived.seen[k], lived.logs[k]) for k, n in enumerate(lived.names) if lived.seen[k]}
    assert counts == {n: (fresh.seen[k], fresh.logs[k]) for k, n in enumerate(fresh.names)}
    for key, seen in enumerate(lived.seen):
        if lived.ends[key]:
            assert not lived.posting[key]  # what is never looked up is not written down
            continue
        there = [slot for slot in lived.posting[key] if slot in alive]
        assert len(there) == seen
        if seen <= few:
            assert there == list(lived.posting[key])  # what is looked up holds no dead entries


def test_numbers_of_words_that_are_gone_are_used_again() -> None:
    alive: dict[int, None] = {}
    index = Index(Tuning(), alive.__contains__)
    for slot in range(5000):
        alive[slot] = None
        keys = index.keys([f"ord{slot}"], "sv")[0]
        index.add(slot, keys)
        del alive[slot]
        index.remove(slot, keys)
    assert len(index.names) < 5000
    assert all(not posting for posting in index.posting)


@given(st.lists(st.lists(st.sampled_from(WORDS), max_size=5), max_size=12), st.integers(0, 12))
def test_many_at_once_are_counted_as_one_by_one(texts: Texts, before: int) -> None:
    one, _ = index_of(texts, 0, 3)
    before = min(before, len(texts))
    many, _ = index_of(texts[:before], 0, 3)
    rest = []
    for slot, text in enumerate(texts[before:], before):
        keys = {key: None for word in many.keys(text, "sv") for key in word}
        rest.append((slot, tuple(keys)))
    many.add_all(rest)
    assert (many.names, many.seen, many.logs) == (one.names, one.seen, one.logs)
    assert many.posting == one.posting
