"""A headline taken apart: kicker, body, outlet's name; and the words of a text."""

from __future__ import annotations

import re
import unicodedata

from feedhub.months import MONTHS

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_PLAIN = re.compile(r"[^\W_]+")  # the same without apostrophes, faster
_CLITIC = re.compile(r"['’](?:s|re|ve|ll|d|m|t)?$")
_TAIL = re.compile(r"^(.{16,}?)\s+([|–—•·-])\s+([^|]{2,40})$|^(.{16,}?)\s*(\|)\s*([^|]{2,40})$")
_KICKER = re.compile(r"^([^:|–—]{2,30}?)\s*(?::|\||–|—|\s-)\s+(?=\S)")
_STOP = re.compile(r"(?<=[.!?…])\s+|\s*[•|\n]\s*")
# One number: digits in groups of three, or with a decimal part.
_NUMBER = re.compile(r"\d{1,3}(?:[.,\s]\d{3})+(?!\d)|\d+(?:[.,]\d+)?")
# A day beside what may be a month: "8 november", "8:e maj", "8 de mayo", "le 1er juin"; "May 8th".
_DAY = r"([0-3]?\d)(?:\.|:e|-?го|-е|st|nd|rd|th|er|º)?"
# ... and the day before it, of some: "8–9 november", "8. og 9. mai"; "May 8-9".
_FROM = rf"(?:{_DAY}\s?(?:[-–]|och|and|og|und|et|y)\s?)?"
_TO = r"(?:[-–]([0-3]?\d))?"
# Of a dateline it is when it was written, not of what it tells: "June 8 (Reuters)", "8 juin (AFP)".
_LINE = r"(?!\.?(?:,?\s(?:19|20)\d\d)?\.?\s?[(/\[](?:[A-ZА-Я]|dpa|ots))"
# Whole words, each begun once: a text may be letters without a space.
_NAME = r"([^\W\d_]{3,}+)"
_DAY_FIRST = re.compile(rf"(?<![\d.,:]){_FROM}{_DAY}\s(?:de\s|of\s|d['’])?{_NAME}{_LINE}")
_MONTH_FIRST = re.compile(rf"(?<![^\W\d_]){_NAME}\s{_DAY}{_TO}(?![\w:%]|[.,]\d){_LINE}")
_NO_MONTHS = ("may", "march", "leden")  # what people do in English, and members in Dutch
_MAY = 5  # the one month whose name is short in full
_SECOND_LEVEL = frozenset({"co", "com", "net", "org", "gov", "edu", "ac", "or", "ne", "go"})
_TAIL_WORDS = 5  # an outlet's name is hardly longer


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def _is_name(text: str) -> bool:
    """Whether every word but the short ones begins like a name."""
    return all(word[0].isupper() or len(word) < 4 for word in text.split() if word[0].isalpha())


def _is_outlet(separator: str, tail: str, publisher: str) -> bool:
    if len(tail.split()) > _TAIL_WORDS:
        return False
    spelt, name = _letters(tail), _letters(site_name(publisher))
    if spelt and spelt == _letters(publisher):
        return True
    # "DN Kultur", "AftonbladetSport"; but "Dnipro" is no part of DN
    if name and (_letters(tail.split()[0]) == name or (len(name) > 4 and spelt.startswith(name))):
        return True
    # A dash also sets off half a headline; a bar hardly ever does.
    return separator == "|" or (separator == "-" and _is_name(tail))


def site_name(publisher: str) -> str:
    """A publisher's own label: ``dn.se`` -> ``dn``, ``bbc.co.uk`` -> ``bbc``; a name as it is.

    >>> site_name("www.abc.net.au")
    'abc'
    """
    labels = publisher.removeprefix("www.").split(".")
    if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL:
        return labels[-3]
    return labels[-2] if len(labels) > 1 else publisher


def _has_bar(text: str) -> bool:
    """Whether anything may be set off: nearly always not, and this is told faster."""
    return "-" in text or "|" in text or "–" in text or "—" in text


def _has_dot(text: str) -> bool:
    return "•" in text or "·" in text


def without_outlet(title: str, publisher: str) -> str:
    """The headline without names of outlets or sections set off at its end.

    >>> without_outlet("Bankerna rasar efter räddningen | Ekonomi", "expressen.se")
    'Bankerna rasar efter räddningen'
    """
    text = " ".join(unicodedata.normalize("NFKC", title).split())
    while (_has_bar(text) or _has_dot(text)) and (match := _TAIL.match(text)):
        body, separator, tail = (part for part in match.groups() if part is not None)
        if not _is_outlet(separator, tail, publisher):
            break
        text = body
    return text


def split_kicker(title: str) -> tuple[str, str, bool]:
    """The short first part before a colon or dash, the rest, and whether it is shouted.

    The first part is case-folded, and empty when there is none. What is shouted, as in
    "JUST NU: ...", is no part of the news; what is not may be ("Trump: ...").

    >>> split_kicker("JUST NU: Brand i Sundbyberg")
    ('just nu', 'Brand i Sundbyberg', True)
    """
    match = _KICKER.match(title) if ":" in title or _has_bar(title) else None
    if match is None:
        return "", title, False
    kicker = match[1].strip()
    shouted = kicker.isupper() and " " in kicker
    return kicker.casefold(), title[match.end() :], shouted


def sentences(text: str) -> list[str]:
    """A text cut after its sentences and at its bullets; none of the pieces is empty."""
    return [part for part in _STOP.split(text) if part]


def numbers(text: str) -> set[str]:
    """The numbers of a text as digits alone, however they are grouped.

    >>> sorted(numbers("Claims fell by 34,000 to 1.5 million"))
    ['15', '34000']
    """
    return {"".join(filter(str.isdigit, found)) for found in _NUMBER.findall(text)}


def dates(text: str) -> set[int]:
    """The days that a text names by day and month, each as month and day in four digits.

    >>> sorted(dates("Prognos för den 8:e november och 9 november; 8 miljoner"))
    [1108, 1109]
    """
    found = {
        date
        for *days, name in _DAY_FIRST.findall(text)
        for day in days
        if (date := _date(day, name))
    }
    if not found:
        told = _MONTH_FIRST.findall(text)
        found = {date for name, *days in told for day in days if (date := _date(day, name))}
    return found


def _date(day: str, name: str) -> int:
    month = MONTHS.get(name.casefold(), 0)
    if not month or (len(name) < 4 and month != _MAY) or name in _NO_MONTHS:
        return 0  # abbreviations are words of other languages
    return 100 * month + int(day) if day and 0 < int(day) < 32 else 0


def words(text: str) -> list[str]:
    """The case-folded words of a text, in order, without English clitics."""
    folded = text.casefold()
    if "'" in folded or "’" in folded:
        return [cut for word in _WORD.findall(folded) if (cut := _CLITIC.sub("", word))]
    return _PLAIN.findall(folded)
