"""Found words, marked in escaped text."""

from __future__ import annotations

import re
from functools import lru_cache
from unicodedata import combining, normalize

from markupsafe import Markup, escape

_OPERATORS = {"and", "or", "not", "near"}  # of the full-text index
_WORDS = re.compile(r"\w+")
# Latin letters with marks, by the letter that the search index takes them for.
_MARKED: dict[str, str] = {}
for _code in range(0xC0, 0x250):
    _parts = normalize("NFD", chr(_code))
    if len(_parts) > 1:
        _MARKED[_parts[0]] = _MARKED.get(_parts[0], _parts[0]) + chr(_code)


def terms(query: str) -> tuple[str, ...]:
    """The words of a query, without operators, quotes and single letters; the longest first."""
    words = _WORDS.findall(normalize("NFC", query))
    found = {word.casefold() for word in words if len(word) > 1} - _OPERATORS
    return tuple(sorted(found, key=lambda word: (-len(word), word)))


def mark(text: str, found: tuple[str, ...]) -> Markup:
    """The text escaped, with each word that begins as a found one does inside ``<mark>``.

    As in the search, a word without diacritics stands for those with them too (malmo, Malmö),
    and one that has them for itself alone.
    """
    if not found:
        return escape(text)
    made, at = Markup(), 0
    for match in _pattern(found).finditer(text):
        made += escape(text[at : match.start()]) + Markup("<mark>") + match.group()
        made += Markup("</mark>")
        at = match.end()
    return made + escape(text[at:])


@lru_cache(256)
def _pattern(found: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(map(_spelled, found)) + r")\w*", re.IGNORECASE)


def _spelled(word: str) -> str:
    if any(combining(letter) for letter in normalize("NFD", word)):
        return re.escape(word)
    return "".join(f"[{_MARKED[one]}]" if one in _MARKED else re.escape(one) for one in word)
