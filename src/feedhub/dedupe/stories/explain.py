"""Why two items are, or are not, one story: feature by feature."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Feature:
    """One reason: what was compared, its points (a share of the similarity), and words."""

    name: str
    points: float
    text: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """The reasons, heaviest first; ``score`` is weighed against ``threshold``."""

    a: int
    b: int
    together: bool
    score: float
    threshold: float
    features: tuple[Feature, ...]
    verdict: str
