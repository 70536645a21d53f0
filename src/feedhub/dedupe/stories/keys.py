"""What a word is compared by: its stem and the two ends of a long one; how common each is."""

from __future__ import annotations

from functools import lru_cache

from feedhub.dedupe.stories.common import classes
from feedhub.dedupe.stories.language import stems
from feedhub.dedupe.stories.tuning import Tuning

# Set before a key to tell the ends of a word from a stem; no word begins with one.
HEAD, TAIL = "<", ">"

_SHORT = {1: 0.06, 2: 0.06, 3: 0.02}  # by letters, where a language's words are not listed


def keys_of(words: list[str], language: str, tuning: Tuning) -> list[tuple[str, ...]]:
    """The keys of each word, its stem's first: ``sv:kron`` is a stem, ``<sv:skatt`` an end.

    They carry their language, so that each language has its own counts.
    """
    letters = tuning.affix_letters
    return [
        (f"{language}:{stem}",)
        if len(word) < tuning.long_word
        else (
            f"{language}:{stem}",
            f"{HEAD}{language}:{word[:letters]}",
            f"{TAIL}{language}:{word[-letters:]}",
        )
        for word, stem in zip(words, stems(words, language), strict=True)
    ]


def is_end(key: str) -> bool:
    """Whether a key is an end of a word, no stem."""
    return key[0] == HEAD or key[0] == TAIL


def commonness(key: str, tuning: Tuning) -> float:
    """The share of items that hold a key, as far as is known before any item is seen."""
    language, _, word = key.lstrip(HEAD + TAIL).partition(":")
    listed = _common(language, tuning)
    if listed:
        return listed.get(key, tuning.prior_share)
    # No list for this language. The commonest words are short in all of them.
    return _SHORT.get(len(word), tuning.prior_share)


@lru_cache(maxsize=64)
def _common(language: str, tuning: Tuning) -> dict[str, float]:
    found: dict[str, float] = {}
    for share, listed in classes(language):
        for keys in keys_of(listed, language, tuning):
            for key in keys:
                found.setdefault(key, share)
    return found
