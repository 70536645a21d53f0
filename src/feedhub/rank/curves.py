"""The curves of ranking: decay, rates and points, on plain numbers (hours, gains)."""

from __future__ import annotations

from collections.abc import Iterable
from math import exp2, log, log2

LN2 = log(2.0)


def points(amount: float, cap: float) -> float:
    """An amount as points: each doubling of ``1 + amount`` is one point, bending to ``cap``.

    With ``p = log2(1 + amount)`` the result is ``p / (1 + p / cap)``: nothing is 0, always
    rising, below ``cap`` for ever. The tenth voice says less than the second.
    """
    if amount <= 0.0:
        return 0.0
    doublings = log2(1.0 + amount)
    return doublings / (1.0 + doublings / cap)


def swell(
    gains: Iterable[tuple[float, float]], fast: float, slow: float, slow_share: float
) -> float:
    """Gains of (age, size) summed as they fade, on two half-lives; one of 1 just now is 1.

    ``sum(size * (2^(-age/fast) + share * 2^(-age/slow))) / (1 + share)``. Every gain adds, and
    every part only fades: a gain more never lowers it, time alone never raises it.
    """
    total = 0.0
    for age, size in gains:
        total += size * (exp2(-age / fast) + slow_share * exp2(-age / slow))
    return total / (1.0 + slow_share)


def rate(
    gains: Iterable[tuple[float, float]], since: float, half_life: float, ease: float
) -> float:
    """Gains an hour now, for something observed ``since`` hours; one of 1 at once is 1 / ease.

    ``S / (h/ln 2 * (1 - 2^(-since/h)) + ease)`` with ``S = sum(size * 2^(-age/h))``: the faded
    sum over the faded length in which it was gathered, and a shrinkage for short acquaintance.
    """
    total = 0.0
    for age, size in gains:
        total += size * exp2(-age / half_life)
    return total / (half_life / LN2 * (1.0 - exp2(-since / half_life)) + ease)


def place_value(place: int, entries: int) -> float:
    """How much a place (0 is the first) says in a document of ``entries``: 1 down to 0.

    Falls with the logarithm of the place, as attention does down a page.
    """
    if entries < 2 or place >= entries:
        return 1.0 if place == 0 else 0.0
    return 1.0 - log2(1.0 + place) / log2(1.0 + entries)
