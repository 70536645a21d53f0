"""How many independent voices tell a story."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from feedhub.model import StoryItem


@dataclass(frozen=True, slots=True)
class Voices:
    """Independent tellers of a story: ``count`` of them, and ``credit`` for carrying copies."""

    count: int
    credit: float
    publishers: tuple[str, ...]
    copies: tuple[tuple[int, ...], ...] = ()


def voices(items: Sequence[StoryItem]) -> Voices:
    """The distinct publishers of the items."""
    publishers = tuple(sorted({item.publisher for item in items if item.publisher}))
    return Voices(len(publishers), 0.0, publishers)
