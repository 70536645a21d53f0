"""What a word is compared by: its stem and the two ends of a long one; how common each is."""

from __future__ import annotations

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


def commons(language: str, tuning: Tuning) -> dict[str, float]:
    """The share of items that hold a key, where that is known before any item is seen.

    Empty for a language whose words are not listed: see :func:`commonness`.
    """
    found: dict[str, float] = {}
    for share, listed in classes(language):
        for keys in keys_of(listed, language, tuning):
            for key in keys:
                found.setdefault(key, share)
    return found


def commonness(key: str, known: dict[str, float], tuning: Tuning) -> float:
    """The share of items that hold a key, as far as is known before any item is seen.

    ``known`` are the :func:`commons` of the key's language.
    """
    if known:
        return known.get(key, tuning.prior_share)
    # No list for this language. The commonest words are short in all of them.
    return _SHORT.get(len(key.rpartition(":")[2]), tuning.prior_share)
