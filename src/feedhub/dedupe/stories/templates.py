"""Titles made from a mould: logs, bulletins, robots' notices, columns. They tell no one story.

Three moulds are known by their form alone, in any language:

* a *log* line opens with a date or a time of day, and its other parts say what and where;
* a *frame* is a title without its numbers and names: where several titles in the window
  share a frame and differ in what fills it, the filling is the news;
* a *column* is a title that one publisher uses again on another day.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_PART = re.compile(r"\s*[,;|•·:]\s+|\s+[–—-]\s+")
_CLOCK = re.compile(r"\b\d{1,2}[.:]\d{2}\b")
_DATE = re.compile(r"^\W*(\d{1,4})\b")
_WORD = re.compile(r"[^\W_]+")
_FRAME_WORDS = 3  # a frame of fewer words is no mould: "i ... på ..."


@dataclass(slots=True)
class Mould:
    """What a title could be made from. ``log`` is the day and the other parts, if a log."""

    frame: str
    filling: str
    log: tuple[str, ...]
    plain: str


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
