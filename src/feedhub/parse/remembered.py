"""Answers kept for short texts: what a feed may write at any length is not kept with its answer."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

LONGEST = 500  # characters; addresses and names that come again are shorter


def remembered(most: int) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """As ``lru_cache(most)``, for functions of texts alone, which are given by place."""

    def wrap(function: Callable[P, T]) -> Callable[P, T]:
        cached = lru_cache(maxsize=most)(function)

        @wraps(function)
        def answer(*texts: P.args, **named: P.kwargs) -> T:
            for text in texts:
                if len(text) > LONGEST:  # type: ignore[arg-type]  # texts, as said
                    return function(*texts, **named)
            return cached(*texts, **named)  # type: ignore[arg-type]

        return answer

    return wrap
