"""Whether two words are alike: what a mistyped one was meant to be, and what compares as equal."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """``; did you mean "interval"?`` when something known is near, else nothing."""
    from difflib import get_close_matches  # only where something is wrong

    by_folded = {name.casefold(): name for name in sorted(known, reverse=True)}
    folded = word.casefold()
    near = get_close_matches(folded, by_folded, n=1, cutoff=0.7)
    if not near and len(folded) > 2:  # "lang" for language
        near = [name for name in sorted(by_folded) if name.startswith(folded)][:1]
    return f'; did you mean "{by_folded[near[0]]}"?' if near else ""


def fold(text: str) -> str:
    """A name as lists compare it: composed letters, no case, no outer blanks."""
    return unicodedata.normalize("NFC", text).casefold().strip()


def one_slip(word: str, other: str) -> bool:
    """Whether one slip of the finger makes one word of the other: a letter left out, put in,
    changed, or two that changed places. A word and its ending (sport, sports) are two words.
    """
    short, long = sorted((word, other), key=len)
    if len(short) < 4 or short in long or len(long) - len(short) > 1:
        return False
    at = next(index for index, char in enumerate(long) if short[index : index + 1] != char)
    if len(short) < len(long):
        return short[at:] == long[at + 1 :]
    swapped = short[at : at + 2][::-1] + short[at + 2 :]
    return long[at:] == swapped or short[at + 1 :] == long[at + 1 :]
