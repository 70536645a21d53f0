"""Titles made from a mould: logs, bulletins, robots' notices, columns. They tell no one story.

Four moulds are known by their form alone, in any language:

* a *log* line opens with a date or a time of day, and its other parts say what and where;
* a *frame* is a title without its numbers and names: where several titles in the window
  share a frame and differ in what fills it, the filling is the news;
* a *form* is the same of one publisher, who needs no third title to be known by it: who fills in
  other names, or another day, tells of something else. What opens like a *notice*, as warnings, job
  offers, minutes and quizzes do, is a form filled in with all the words that follow;
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


# How notices, series and tables open that are sent out by the form, genre by genre. Where news may
# open with a word as well, it stands with what follows it in a notice.
_NOTICES = (
    "gul varning; orange varning; röd varning; gula varningar; vädervarning; gult farevarsel",
    "oransje farevarsel; rødt farevarsel; yellow warning; amber warning; red warning",
    "yellow weather warning; amber weather warning; amtliche warnung; unwetterwarnung",
    "tuulivaroitus; sadevaroitus; liikennevaroitus",
    "vädret; så blir vädret; pollenrapport; snörapport; været; vejrudsigt",
    "lediga jobb; ledigt jobb; ledig tjänst; vi söker; ledig stilling; job vacancy; stellenangebot",
    "protokoll från; justerat protokoll från; kallelse till; kommuniké från; minutes of",
    "kungörelse; samråd om; granskning av; planning application; road closure; vägarbete på",
    "pressinbjudan; delårsrapport; bokslutskommuniké; insiderköp i",
    "återkallar produkt; livsmedel återkallas",
    "nya ägare till; villa såld; radhus såld; lägenhet såld; så mycket tjänade; nytt aktiebolag",
    "minnesord; till minne av; dödsfall; dødsfald; obituary",
    "grattis på födelsedagen; dagens navn; dagens navne",
    "horoskop; ditt horoskop; dagens horoskop; horoscope; wochenhoroskop; horoskooppi",
    "veckans; månadens; ukens; ugens; dagens lunch; dagens citat; dagens ros",
    "quiz; nyhetsquiz; dagens quiz",
    "nyheter i korthet; sport i korthet",
    "rätt rad; vinnare på triss; v75-tips; v86-tips; lottozahlen",
    "tv-tablån; kvällens tv-tips",
    "sammanfattning natt; sammanfattning kväll; sammanfattning dygn",
    "stockholmsbörsen öppnar; stockholmsbörsen stänger; stockholmsbörsen stängde",
    "tokyobörsen stänger; wall street stänger; wall street öppnar; wall street closes",
    "wall street opens; european shares open; european shares close; oslo børs; dax startet",
    "dax schließt",
)
_OPENINGS: dict[str, list[tuple[list[str], str]]] = {}
for _genre in _NOTICES:
    for _words in map(str.split, _genre.split("; ")):
        _OPENINGS.setdefault(_words[0], []).append((_words, _genre))
_SMALL = frozenset(
    {"och", "med", "det", "den", "ett", "för", "från", "till", "som"}
    | {"the", "and", "for", "und", "der", "die", "das", "von", "til"}
)
# Who quotes somebody has written it by hand.
_QUOTED = re.compile('[”“„»"]')
# "Rattfylleri, Umeå"
_PLACED = re.compile(r"[^\W\d_][\w -]{2,30}, (?:[^\W\d_][\w-]+ ?){1,3}")


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
    length, genre = _opening_of(title)
    if genre:
        return _with_genre(shape, title, length, genre)
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


def _opening_of(title: str) -> tuple[int, str]:
    """(how many of its words, which genre) of a title that opens like a notice."""
    openings = _OPENINGS.get(title.partition(" ")[0].rstrip(":,").casefold())
    if openings is not None and not _QUOTED.search(title):
        said = title.replace(":", " ").replace(",", " ").casefold().split()
        for words, genre in openings:
            if said[: len(words)] == words:
                return len(words), genre
    what, comma, where = title.partition(", ")
    if comma and where.istitle() and what[1:].islower() and _PLACED.fullmatch(title):
        return 0, comma
    return 0, ""


def _with_genre(shape: Mould, title: str, length: int, genre: str) -> Mould:
    """The mould of a notice that opens with so many words."""
    said = _WORD.findall(title)
    told = [word for word in said if word.casefold() not in _DAYS]
    days = " ".join([word.casefold() for word in said if word.casefold() in _DAYS])
    return replace(shape, form=genre, names=(_filling(title, told[length:]),), days=days)


def _filling(title: str, told: list[str]) -> str:
    """What is filled in after an opening: names and numbers; all words if there are none."""
    first = _PARTED.split(title)[-1].split(" ")[0]  # of a sentence: no name by its capital
    named = [word for word in told if not word[0].islower()]
    if all(word == first for word in named):
        named = [word for word in told if len(word) > 2 and word.casefold() not in _SMALL]
    return " ".join(named).casefold()


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
