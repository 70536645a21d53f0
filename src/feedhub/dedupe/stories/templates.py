"""Titles made from a mould: logs, bulletins, robots' notices, columns. They tell no one story.

Four moulds are known by their form alone, in any language:

* a *log* line opens with a date or a time of day, and its other parts say what and where;
* a *frame* is a title without its numbers and names: where several titles in the window
  share a frame and differ in what fills it, the filling is the news;
* a *form* is the same of one publisher, who needs no third title to be known by it: who fills in
  other names, or another day, tells of something else;
* a *column* is a title that one publisher uses again on another day.
"""

from __future__ import annotations

import re
from dataclasses import replace

from feedhub.values import dataclass

_PART = re.compile(r"\s*[,;|•·:]\s+|\s+[–—-]\s+")
_CLOCK = re.compile(r"\b\d{1,2}[.:]\d{2}\b")
_DATE = re.compile(r"^\W*(?:kl\.?\s*)?(\d{1,4})\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+")
_FRAME_WORDS = 3  # a frame of fewer words is no mould: "i ... på ..."
_PARTED = re.compile(r"[:.!?|]\s")
_BEGINS = re.compile(r"[:.!?|]\s*$")  # before a word that may only begin a part

# Days and months fill a form, whether a language writes them with a capital or not.
_DAYS = frozenset(
    day
    for days in (
        "måndag tisdag onsdag torsdag fredag lördag söndag januari februari mars april maj juni",
        "juli augusti september oktober november december mandag tirsdag lørdag søndag januar",
        "februar marts mai august desember montag dienstag mittwoch donnerstag freitag samstag",
        "sonntag märz dezember maanantai tiistai keskiviikko torstai perjantai lauantai sunnuntai",
        "maanantaina tiistaina keskiviikkona torstaina perjantaina lauantaina sunnuntaina",
        "monday tuesday wednesday thursday friday saturday sunday january february march may june",
        "july october",
    )
    for day in days.split()
)


@dataclass(slots=True)
class Mould:
    """What a title could be made from. ``log`` is the day and the other parts, if a log."""

    frame: str
    filling: str
    log: tuple[str, ...]
    plain: str
    form: str = ""  # all but the first word
    names: tuple[str, ...] = ()  # that fill the form
    days: str = ""  # and the days and months
    opening: str = ""  # the first word, a name or no name
    many: bool = False  # whether the form is one without it


def with_form(shape: Mould, title: str) -> Mould:
    """The mould with its form."""
    if not shape.filling and _DAYS.isdisjoint(title.casefold().split()):
        return shape  # nothing is filled in
    parts = _PARTED.search(title) is not None
    form: list[str] = []
    names: list[str] = []
    days: list[str] = []
    opening = ""
    fixed = end = 0
    for match in _WORD.finditer(title):
        word = match[0]
        folded = word.casefold()
        start, end = end, match.end()
        if not opening:
            opening = folded
        elif folded in _DAYS and word not in ("may", "march"):
            days.append(folded)
        elif word[0].isupper():
            if not (parts and _BEGINS.search(title[start : match.start()])):
                names.append(folded)
        elif not word[0].isdigit():
            fixed += 1
            form.append(folded)
            continue
        if not form or form[-1] != "*":
            form.append("*")
    if fixed + 1 < _FRAME_WORDS:
        return shape
    many = fixed >= _FRAME_WORDS and bool(shape.filling or days)
    return replace(
        shape,
        form=" ".join(form),
        names=tuple(names),
        days=" ".join(days),
        opening=opening,
        many=many,
    )


def mould(title: str) -> Mould:
    """The mould of a title without its outlet's name."""
    frame: list[str] = []
    filling: list[str] = []
    fixed = 0
    for word in _WORD.findall(title):
        first = word[0]
        # Most words open with a small letter; the first of all may open with a capital.
        if first.islower() or not (first.isdigit() or (frame and first.isupper())):
            fixed += 1
            frame.append(word)
        else:
            filling.append(word)
            if not frame or frame[-1] != "*":
                frame.append("*")
    log = _log(title) if _DATE.match(title) else ()
    plain = "".join(filter(str.isalpha, title.casefold()))
    if filling and fixed >= _FRAME_WORDS:
        return Mould(" ".join(frame).casefold(), " ".join(filling).casefold(), log, plain)
    return Mould("", "", log, plain)


def _log(title: str) -> tuple[str, ...]:
    parts = _PART.split(title)
    if len(parts) < 2 or not _CLOCK.search(parts[0]):
        return ()
    day = _CLOCK.sub("", parts[0]).casefold().strip()
    return (day, *(part.casefold() for part in parts[1:]))
