"""Found words, marked in escaped text."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

_OPERATORS = {"and", "or", "not", "near"}  # of the full-text index
_WORDS = re.compile(r"\w+")


def terms(query: str) -> tuple[str, ...]:
    """The words of a query, without operators, quotes and single letters; the longest first."""
    found = {word.casefold() for word in _WORDS.findall(query) if len(word) > 1} - {
        "and",
        "or",
        "not",
        "near",
    }
    return tuple(sorted(found, key=lambda word: (-len(word), word)))


def mark(text: str, found: tuple[str, ...]) -> Markup:
    """The text escaped, with each word that begins as a found one does inside ``<mark>``."""
    if not found:
        return escape(text)
    pattern = re.compile(r"\b(?:" + "|".join(map(re.escape, found)) + r")\w*", re.IGNORECASE)
    made, at = Markup(), 0
    for match in pattern.finditer(text):
        made += escape(text[at : match.start()]) + Markup("<mark>") + match.group()
        made += Markup("</mark>")
        at = match.end()
    return made + escape(text[at:])
