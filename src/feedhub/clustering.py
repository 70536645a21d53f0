"""The story process: items and questions in, placements out, as JSON; see :mod:`clusterer`."""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any

from feedhub.answering import Answer, answer_all
from feedhub.model import StoryItem

Row = Sequence[Any]

_FIELDS = attrgetter(
    "id", "title", "summary", "publisher", "language", "story_id", "source_id", "authors",
    "origin_name",
)  # fmt: skip


def to_rows(items: Iterable[StoryItem]) -> list[Row]:
    """Items as plain values, their times as seconds since 1970."""
    return [(item.at.timestamp(), *_FIELDS(item)) for item in items]


def from_rows(rows: Iterable[Row]) -> list[StoryItem]:
    """The same items."""
    return [
        StoryItem(
            id=row[1],
            title=row[2],
            summary=row[3],
            publisher=row[4],
            language=row[5],
            at=datetime.fromtimestamp(row[0], UTC),
            story_id=row[6],
            source_id=row[7],
            authors=tuple(row[8]),
            origin_name=row[9],
        )
        for row in rows
    ]


def place(window: timedelta) -> Answer:
    """What answers, by an engine over a window of that length, empty at first."""
    from feedhub.dedupe.stories import StoryEngine

    engine = StoryEngine(window)

    def answer(message: bytes) -> bytes:
        question = json.loads(message)
        items = from_rows(question["items"])
        if question["what"] == "load":
            engine.load(items)
            return b"null"
        changes = engine.place(
            items,
            itertools.count(question["first"]).__next__,
            must_link=_pairs(question["joins"]),
            cannot_link=_pairs(question["splits"]),
        )
        placed = [(one.item_id, one.story_id) for one in changes.placements]
        return json.dumps((placed, changes.merges)).encode()

    return answer


def _pairs(rows: Iterable[Sequence[int]]) -> tuple[tuple[int, int], ...]:
    return tuple((row[0], row[1]) for row in rows)


if __name__ == "__main__":  # python -m feedhub.clustering SECONDS DEADLINE, the window's first
    answer_all(lambda: place(timedelta(seconds=float(sys.argv[1]))), deadline=float(sys.argv[2]))
