"""The constants of ranking, each with its unit and its reason.

One configuration serves all hubs; ``docs/ranking.md`` shows how flat the measured figures
are around each value.
"""

from __future__ import annotations

from feedhub.values import dataclass

# in this order where they stand in a row
TERMS = ("coverage", "counts", "prominence", "toplist", "clicks", "links")


@dataclass(frozen=True, slots=True)
class Tuning:
    """What a term is worth. Half-lives and lengths are hours, worths are points."""

    # Voices: one just now is 1. The fast part is acceleration, the slow part the story's
    # standing; news on which outlets follow one another for an evening fades in a few hours.
    voice_fast: float = 0.75
    voice_slow: float = 4.0
    voice_slow_share: float = 0.4
    follow_up: float = 1.0  # a publisher's next telling renews its voice after so long
    coverage_cap: float = 10.0
    copy_credit: float = 0.25  # of a voice, for printing an agency's or another outlet's words

    # Counts: votes come faster than articles, so the pace is that of the last half hour, and to
    # a smaller part that of the last hours, which tells a lull from an end. ``ease`` keeps the
    # first minutes of an article from looking like a storm.
    count_fast: float = 0.3
    count_fast_ease: float = 0.5
    count_slow: float = 2.0
    count_slow_ease: float = 2.0
    count_slow_share: float = 0.3
    count_first: float = 0.5  # of what stood there at first sight, drawn half-way to the normal
    count_unit: float = 0.25  # this part of a normal article's total an hour is an amount of 1
    count_gone: float = 0.5  # of the pace, when the source carries the article no more
    count_heat: float = 0.2  # comments out of proportion to the score: a quarrel, less read on
    count_cap: float = 8.0

    # Our own readers and links between items have no source whose normal could be taken:
    # never measured against less than these totals, so that one click is no wave.
    least_clicks: float = 20.0
    least_links: float = 4.0
    own_cap: float = 2.0
    own_half_life: float = 2.0  # clicks are known by the hour only, links come seldom
    own_ease: float = 1.0

    prominence: float = 0.75  # first place in an editor's order
    toplist: float = 0.4  # first place in a top list

    margin: float = 0.05  # points by which an entry must beat the one above it
    publisher_share: float = 1 / 3  # of any stretch from the top of a list
    section_share: float = 1 / 2
    floor_voices: int = 2
    floor_pace: float = 1 / 3  # of a voice that speaks just now: below it, they have fallen silent
    floor_count_pace: float = 0.25  # of a normal total an hour: what is normal is not popular
    quiet_total: float = 2.0  # times the source's normal: was popular, if it is not now
    floor_places: int = 10  # fewer stories above the floor than this: the honest fallback


DEFAULT = Tuning()
