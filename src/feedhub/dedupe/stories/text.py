"""A headline without its kicker and its outlet's name, and the words of a text."""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_CLITIC = re.compile(r"['’](?:s|re|ve|ll|d|m|t)?$")
_SEPARATOR = re.compile(r"\s+[|–—-]\s+|\s*\|\s*")
_KICKER = re.compile(r"^\s*([^:|–—]{1,24}?)\s*(?::|\||–|—)\s+")


def _letters(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())


def clean_title(title: str, publisher: str) -> str:
    """The headline alone: no outlet's name at its end, no shouted kicker before it.

    A last part is the outlet's name when it is spelt like the publisher (or the first label
    of the publisher's domain). A kicker is a short first part wholly in capitals.
    """
    text = unicodedata.normalize("NFKC", title).strip()
    name = _letters(publisher)
    label = _letters(publisher.split(".")[-2] if publisher.count(".") else publisher)
    while True:
        cuts = list(_SEPARATOR.finditer(text))
        if not cuts:
            break
        tail = _letters(text[cuts[-1].end() :])
        if not tail or not name:
            break
        if tail in (name, label) or (len(label) > 1 and tail.startswith(label)):
            text = text[: cuts[-1].start()]
            continue
        break
    kicker = _KICKER.match(text)
    if kicker and kicker[1].isupper() and len(text) - kicker.end() > 10:
        text = text[kicker.end() :]
    return text


def words(text: str) -> list[str]:
    """The case-folded words of a text, in order, without English clitics."""
    return [_CLITIC.sub("", word) for word in _WORD.findall(text.casefold())]
