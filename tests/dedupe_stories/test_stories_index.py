"""Keys are counted while items have them, and their numbers given back; slots are found again."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import count

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedhub.dedupe.stories import StoryEngine, Tuning
from feedhub.dedupe.stories import window as window_module
from feedhub.dedupe.stories.arrays import places
from feedhub.dedupe.stories.postings import Postings
from feedhub.dedupe.stories.vocabulary import Vocabulary
from feedhub.model import StoryItem

WORDS = ["brand", "skatten", "lagerlokal", "polisen", "och", "malmö", "räntan"]
T0 = datetime(2026, 3, 1, tzinfo=UTC)


@settings(deadline=None)
@given(st.lists(st.lists(st.sampled_from(WORDS), max_size=5), max_size=12), st.integers(0, 12))
def test_what_left_leaves_no_trace(texts: list[list[str]], gone: int) -> None:
    gone = min(gone, len(texts))
    lived, fresh = Vocabulary(Tuning()), Vocabulary(Tuning())

    def keys(vocabulary: Vocabulary, text: list[str]) -> np.ndarray:
        return np.array([key for word in vocabulary.keys(text, "sv") for key in word], np.int32)

    for text in texts:
        lived.count(keys(lived, text), 1)
    for text in texts[:gone]:
        lived.count(keys(lived, text), -1)
    for text in texts[gone:]:
        fresh.count(keys(fresh, text), 1)

    def counted(vocabulary: Vocabulary) -> dict[str, tuple[int, float]]:
        names = vocabulary.names(set(range(len(vocabulary))))
        return {
            name: (int(vocabulary.seen[key]), float(vocabulary.logs[key]))
            for key, name in names.items()
            if vocabulary.seen[key]
        }

    assert counted(lived) == counted(fresh)


def test_numbers_of_words_that_are_gone_are_used_again() -> None:
    vocabulary = Vocabulary(Tuning())
    for number in range(5000):
        keys = np.array(vocabulary.keys([f"ord{number}"], "sv")[0], np.int32)
        vocabulary.count(keys, 1)
        vocabulary.count(keys, -1)
        vocabulary.sweep()
    assert len(vocabulary) < 5000


entries = st.lists(st.tuples(st.integers(1, 8), st.integers(0, 20)), max_size=30)


@settings(deadline=None)
@given(entries, entries, st.lists(st.integers(1, 12), max_size=6))
def test_postings_answer_alike_packed_or_fresh(
    packed: list[tuple[int, int]], fresh: list[tuple[int, int]], asked: list[int]
) -> None:
    postings = Postings()
    postings.add([key for key, _ in packed], [slot for _, slot in packed])  # forgotten
    postings.pack(np.array([key << 32 | slot for key, slot in packed], np.int64), 9)
    postings.add([key for key, _ in fresh], [slot for _, slot in fresh])
    slots, counts = postings.of(asked)
    start = 0
    for key, length in zip(asked, counts.tolist(), strict=True):
        found = Counter(slots[start : start + length].tolist())
        assert found == Counter(slot for one, slot in packed + fresh if one == key)
        start += length
    assert start == len(slots)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 99), st.integers(0, 5)), max_size=8))
def test_rows_are_laid_end_to_end(rows: list[tuple[int, int]]) -> None:
    starts = np.array([start for start, _ in rows], np.int64)
    lengths = np.array([length for _, length in rows], np.int64)
    at, begins = places(starts, lengths)
    assert at.tolist() == [n for start, length in rows for n in range(start, start + length)]
    assert begins.tolist() == [sum(length for _, length in rows[:n]) for n in range(len(rows))]


def test_packing_changes_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slots are renumbered, rows moved, words given back: stories stay as they were."""
    places_ = ["Luleå", "Boden", "Kiruna", "Piteå", "Haparanda", "Jokkmokk", "Umeå"]
    what = [
        "Stor brand i {}",
        "Brand i {}: flera evakuerade",
        "Ny rektor i {}",
        "Rån mot bank i {}",
    ]
    items = [
        StoryItem(
            n,
            what[n % 4].format(places_[n % 7]),
            "Läs mer hos oss. Text om saken." if n % 3 else "",
            f"p{n % 5}.se",
            "sv",
            T0 + timedelta(minutes=25 * n),
        )
        for n in range(1, 600)
    ]

    def stories(pack: int) -> list[object]:
        monkeypatch.setattr(window_module, "_PACK", pack)
        engine, ids = StoryEngine(), count(1)
        return [engine.place(items[n : n + 7], ids.__next__) for n in range(0, len(items), 7)]

    assert stories(16) == stories(4096)
