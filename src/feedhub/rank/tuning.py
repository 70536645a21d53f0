"""The constants of ranking, each with its unit and its reason.

One configuration serves all hubs; ``docs/ranking.md`` shows how flat the measured figures
are around each value.
"""

from __future__ import annotations

from dataclasses import dataclass

TERMS = ("coverage", "counts", "prominence", "toplist", "freshness")


@dataclass(frozen=True, slots=True)
class Tuning:
    """What a term is worth. Times are hours; points are doublings (see ``curves.points``)."""

    voice_half_life: float = 1.0  # a telling an hour ago weighs half of one just now
    voice_ease: float = 4.0  # added to a burst's length, so that one voice is no burst
    voice_slow_half_life: float = 6.0  # the same story over a longer sitting
    voice_slow_share: float = 0.3
    follow_up: float = 6.0  # a publisher's next telling renews its voice after so long
    count_half_life: float = 0.25
    count_ease: float = 4.0
    count_slow_half_life: float = 6.0
    count_slow_share: float = 0.3
    term_cap: float = 10.0  # no term can give more points than this
    prominence_points: float = 0.5  # first place in an editor's order
    toplist_points: float = 1.0  # first place in a top list
    freshness_points: float = 0.1  # decides between stories of which nothing else is known
    freshness_half_life: float = 6.0
    margin: float = 0.05  # points by which an entry must beat the one above it
    publisher_share: float = 1 / 3  # of any stretch from the top of a list
    section_share: float = 1 / 2
    floor_voices: int = 2
    floor_counts: float = 1.0  # points: gains at the source's own normal pace
    floor_places: int = 5  # fewer stories above the floor than this: the honest fallback


DEFAULT = Tuning()
