"""What the ranking benchmarks share: gains, NDCG, the rivals' formulas, a stream of stories."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import count
from math import log2, log10
from pathlib import Path

from feedhub.dedupe.stories import StoryEngine
from feedhub.model import StoryItem


def read_csv(path: Path) -> Iterator[dict[str, str]]:
    """The rows of a gzipped table."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def utc(text: str) -> datetime:
    """An ISO time with its zone, in UTC."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC)


def ndcg(order: Sequence[int], gain: Mapping[int, float], k: int = 10) -> float | None:
    """Normalised discounted cumulative gain of the first ``k`` (Järvelin and Kekäläinen 2002),
    with linear gains; null where nothing was gained."""
    ideal = sorted((value for value in gain.values() if value > 0), reverse=True)[:k]
    best = sum(value / log2(place + 2) for place, value in enumerate(ideal))
    if not best:
        return None
    return sum(gain.get(key, 0.0) / log2(n + 2) for n, key in enumerate(order[:k])) / best


def by(scores: Mapping[int, float]) -> list[int]:
    """Keys, highest score first; ties as they came."""
    return sorted(scores, key=lambda key: -scores[key])


class Means:
    """Figures by name, averaged over instants."""

    def __init__(self) -> None:
        self._sums: dict[str, list[float]] = {}

    def add(self, name: str, value: float | None) -> None:
        if value is not None:
            self._sums.setdefault(name, []).append(value)

    def figures(self) -> dict[str, float]:
        return {name: round(sum(row) / len(row), 4) for name, row in self._sums.items()}


# --- rivals: score from points (at least 1), comments and age in hours ---------------------


def hacker_news(points: float, age: float) -> float:
    """(p - 1)^0.8 / (age + 2)^1.8: news.arc of Arc 3.1, github.com/wting/hackernews."""
    return float(max(points - 1.0, 0.0) ** 0.8 / (age + 2.0) ** 1.8)


def reddit(points: float, age: float) -> float:
    """log10(score) + seconds / 45000: _sorts.pyx, github.com/reddit-archive/reddit."""
    return log10(max(points, 1.0)) - age * 3600.0 / 45000.0


def lobsters(points: float, comments: float, age: float) -> float:
    """log10(score + 1 + half the comments) + hours / 22: Story#calculated_hotness,
    github.com/lobsters/lobsters; each comment is taken as worth half a vote."""
    return log10(max(points + 1.0 + comments / 2.0, 1.0)) - age / 22.0


def lemmy(points: float, age: float) -> float:
    """log10(max(2, score + 2)) / (age + 2)^1.8: hot_rank, github.com/LemmyNet/lemmy."""
    return float(log10(max(2.0, points + 2.0)) / (age + 2.0) ** 1.8)


# --- a stream of items through the story engine ---------------------------------------------


class Stream:
    """Items placed as they come; stories as they are known now, through all merges."""

    def __init__(self) -> None:
        self._engine = StoryEngine()
        self._mint = count(1).__next__
        self.story_of: dict[int, int] = {}
        self._members: dict[int, list[int]] = {}

    def place(self, items: Iterable[StoryItem]) -> None:
        changes = self._engine.place(list(items), self._mint)
        for placed in changes.placements:
            self._move(placed.item_id, placed.story_id)
        for younger, older in changes.merges:
            for item_id in self._members.pop(younger, []):
                self._move(item_id, older)

    def _move(self, item_id: int, story_id: int) -> None:
        self.story_of[item_id] = story_id
        self._members.setdefault(story_id, []).append(item_id)
