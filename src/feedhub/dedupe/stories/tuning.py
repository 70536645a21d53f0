"""Every constant of the story engine, each with its reason; one set of values for all."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tuning:
    """The constants. ``docs/stories.md`` shows how flat the results are around each."""

    threshold: float = 0.2
    half_life_h: float = 48.0
    density: float = 0.5
    neighbour: int = 4
    size_power: float = 0.85
    affix: float = 0.5
    bigram: float = 0.5
    title: int = 2
    long_word: int = 8
    affix_letters: int = 5
    prior_items: int = 1000
    prior_df: int = 3
    common: int = 400
    candidates: int = 40
    summary_words: int = 40
