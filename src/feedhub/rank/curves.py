"""The curves of ranking: decay, bursts and points, on plain numbers (hours, gains)."""

from __future__ import annotations

import math
from collections.abc import Iterable

LN2 = math.log(2.0)


def points(amount: float, cap: float) -> float:
    """An amount as points: each doubling of ``1 + amount`` is one point, ``cap`` at most.

    Nothing is 0 points, 1 is 1, 3 is 2, 7 is 3: the tenth voice says less than the second.
    """
    return min(cap, math.log2(1.0 + amount)) if amount > 0.0 else 0.0


def burst(
    gains: Iterable[tuple[float, float]],
    half_life: float,
    ease: float,
    slow_half_life: float,
    slow_share: float,
) -> float:
    """The strongest recent run of gains, as a rate with shrinkage.

    ``gains`` are (age in hours, size), newest first. For each age the gains no older than it
    are summed with exponential decay and divided by the decayed length of that stretch plus
    ``ease``; the best stretch counts. A gain more never lowers the result, since every stretch
    only grows; nor can time alone raise it, since sums shrink while lengths grow. Scaled so
    that a single gain of 1 just now gives 1.
    """
    best = fast = slow = 0.0
    fast_length = half_life / LN2
    slow_length = slow_half_life / LN2
    for age, size in gains:
        fast_part = 2.0 ** (-age / half_life)
        slow_part = 2.0 ** (-age / slow_half_life)
        fast += size * fast_part
        slow += size * slow_part
        rate = fast / (fast_length * (1.0 - fast_part) + ease) + slow_share * slow / (
            slow_length * (1.0 - slow_part) + ease
        )
        if rate > best:
            best = rate
    return best * ease / (1.0 + slow_share)


def place_value(place: int, entries: int) -> float:
    """How much a place (0 is the first) says in a document of ``entries``: 1 down to 0.

    Falls with the logarithm of the place, as attention does down a page.
    """
    if entries < 2 or place >= entries:
        return 1.0 if place == 0 else 0.0
    return 1.0 - math.log2(1.0 + place) / math.log2(1.0 + entries)
