"""Reasons why two items are, or are not, one story."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Feature:
    """One reason: its kind, its points, and what it is in words.

    Kinds: ``word``, ``ends`` (of a long word), ``phrase``, ``time`` and ``veto``. Points of
    all add up to the score.
    """

    name: str
    points: float
    text: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """The reasons, heaviest first; the likeness ``score`` is weighed against ``threshold``.

    ``together`` is what holds: the stories as they are when both items are in the window,
    else what the score would give. They can differ, since a story is joined by its nearest
    members, and since a person may have joined or split them.
    """

    a: int
    b: int
    together: bool
    score: float
    threshold: float
    features: tuple[Feature, ...]
    verdict: str
