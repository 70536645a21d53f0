"""Reasons, notes and due times in the reader's language, from their stable codes.

What ranking gives as term and parameters is said anew here; what has no words here stands as
the plain English sentence it came with.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from feedhub.model import Reason
from feedhub.publish.i18n import Words, words
from feedhub.publish.text import one_line

Params = Mapping[str, float | int | str]
Say = Callable[[Params, Words, ZoneInfo], str]


def reason_text(
    reason: Reason, language: str, zone: ZoneInfo, names: Mapping[str, str] | None = None
) -> str:
    """Why a place is where it is, in one line. ``names`` are what publishers are called."""
    say = words(language)
    phrase = _REASONS[say.code].get(reason.term)
    params = dict(reason.params)
    for key in ("publishers", "carriers"):
        if names and isinstance(told := params.get(key), str):
            params[key] = ", ".join(names.get(one, one) for one in told.split(", "))
    if phrase is not None and params:
        try:
            text = phrase(params, say, zone)
        except (KeyError, TypeError, ValueError):
            text = ""  # an older tick's parameters: its own sentence says it
        if text:
            return one_line(text + _factor(params, say))
    return one_line(reason.text) or one_line(reason.term)


def note_text(code: str, text: str, language: str) -> str:
    """A list's note by its code, else as it stands."""
    return _NOTES.get(words(language).code, {}).get(code) or one_line(text)


def due_text(reason: str, language: str) -> str:
    """Why a source is fetched when it is; pieces without a translation stand as they are."""
    reason = one_line(reason)
    if words(language).code != "sv":
        return reason
    for pattern, said in _DUE_SV:
        reason = pattern.sub(said, reason)
    return reason


def _number(params: Params, name: str) -> float:
    value = params[name]
    if isinstance(value, str):
        raise TypeError(name)
    return float(value)


def _count(params: Params, name: str, say: Words) -> str:
    value = _number(params, name)
    whole = round(value)
    if whole == value or value >= 100:
        return say.number(whole)
    return say.decimal(value)


def _span(hours: float, say: Words) -> str:
    if hours < 1.0:
        return f"{round(hours * 60)} min"
    return f"{say.decimal(hours)} {'tim' if say.code == 'sv' else 'h'}"


def _factor(params: Params, say: Words) -> str:
    if "factor" not in params:
        return ""
    times = say.decimal(_number(params, "factor"))
    if say.code == "sv":
        return f" (den här listan räknar det {times} gånger)"
    return f" (this list counts it {times} times)"


def _coverage_sv(params: Params, say: Words, zone: ZoneInfo) -> str:
    who, count = params["publishers"], round(_number(params, "voices"))
    newest = _span(_number(params, "newest_hours"), say)
    copies = f"; samma ord står hos {params['carriers']}" if params.get("carriers") else ""
    if count == 1:
        return f"berättad av {who}, för {newest} sedan{copies}"
    oldest = _span(_number(params, "oldest_hours"), say)
    return (
        f"berättad av {say.number(count)} oberoende källor under {oldest}, "
        f"senast för {newest} sedan: {who}{copies}"
    )


def _coverage_en(params: Params, say: Words, zone: ZoneInfo) -> str:
    who, count = params["publishers"], round(_number(params, "voices"))
    newest = _span(_number(params, "newest_hours"), say)
    copies = (
        f"; the same words are carried by {params['carriers']}" if params.get("carriers") else ""
    )
    if count == 1:
        return f"told by {who}, {newest} ago{copies}"
    oldest = _span(_number(params, "oldest_hours"), say)
    return (
        f"told by {say.number(count)} independent sources over {oldest}, "
        f"the last {newest} ago: {who}{copies}"
    )


def _counted_sv(normal: str) -> Say:
    def phrase(params: Params, say: Words, zone: ZoneInfo) -> str:
        unit = say.unit(str(params["kind"]), round(_number(params, "value")))
        text = (
            f"{_count(params, 'value', say)} {unit}, där {_count(params, 'typical', say)} är "
            f"{normal}; ökar nu med {round(100 * _number(params, 'pace'))} % av det i timmen"
        )
        if params.get("gone"):
            text += ", halverat sedan källan tagit bort den"
        return text

    return phrase


def _counted_en(normal: str) -> Say:
    def phrase(params: Params, say: Words, zone: ZoneInfo) -> str:
        unit = say.unit(str(params["kind"]), round(_number(params, "value")))
        text = (
            f"{_count(params, 'value', say)} {unit}, where {_count(params, 'typical', say)} is "
            f"{normal}; gaining {round(100 * _number(params, 'pace'))}% of that an hour now"
        )
        if params.get("gone"):
            text += ", halved since its source carries it no more"
        return text

    return phrase


def _place_sv(params: Params, say: Words, zone: ZoneInfo) -> str:
    return f"plats {params['place']} av {params['of']} i ordningen hos {params['source']}"


def _place_en(params: Params, say: Words, zone: ZoneInfo) -> str:
    return f"place {params['place']} of {params['of']} in the order of {params['source']}"


def _toplist_sv(params: Params, say: Words, zone: ZoneInfo) -> str:
    return f"plats {params['place']} av {params['of']} på topplistan {params['source']}"


def _toplist_en(params: Params, say: Words, zone: ZoneInfo) -> str:
    return f"place {params['place']} of {params['of']} in the top list {params['source']}"


def _time_sv(params: Params, say: Words, zone: ZoneInfo) -> str:
    at = datetime.fromisoformat(str(params["at"]))
    return f"listan går efter tid; den här kom {say.long_stamp(at, zone)}"


def _time_en(params: Params, say: Words, zone: ZoneInfo) -> str:
    at = datetime.fromisoformat(str(params["at"]))
    return f"the list goes by time; this came {say.long_stamp(at, zone)}"


_REASONS: Mapping[str, Mapping[str, Say]] = {
    "sv": {
        "coverage": _coverage_sv,
        "counts": _counted_sv("normalt för källan"),
        "clicks": _counted_sv("normalt här"),
        "links": _counted_sv("normalt här"),
        "prominence": _place_sv,
        "toplist": _toplist_sv,
        "time": _time_sv,
    },
    "en": {
        "coverage": _coverage_en,
        "counts": _counted_en("its source's normal"),
        "clicks": _counted_en("this hub's normal"),
        "links": _counted_en("this hub's normal"),
        "prominence": _place_en,
        "toplist": _toplist_en,
        "time": _time_en,
    },
}

_NOTES: Mapping[str, Mapping[str, str]] = {
    "sv": {
        "few-shared": (
            "Få nyheter berättas av flera källor just nu. Därför går listan också efter annat "
            "som är känt: siffror i flödena, källornas egen ordning och hur färsk nyheten är."
        )
    },
    "en": {
        "few-shared": (
            "Few stories are told by several sources right now. So this list also goes by what "
            "else is known: counts in the feeds, the sources' own order, and how fresh a story is."
        )
    },
}

# Pieces of the sentences that planning writes, longest first; spans are as it writes them.
_DUE_SV = tuple(
    (re.compile(pattern), said)
    for pattern, said in (
        (
            r"^410: gone for good; not asked again until its address is changed",
            "410: borta för gott; frågas inte igen förrän adressen ändras",
        ),
        (r"^held back: ", "hålls tillbaka: "),
        (r"Retry-After asks for ", "Retry-After ber om "),
        (
            r"its host goes on throttling, and is left in peace for ",
            "värden fortsätter bromsa och lämnas i fred i ",
        ),
        (
            r"put off to (.+) by skipped hours or days",
            r"uppskjuten till \1 för flödets viltimmar eller vildagar",
        ),
        (r"every (.+?), as feeds\.yaml says", r"var \1, som feeds.yaml säger"),
        (r"its ttl asks for ", "dess ttl ber om "),
        (r"sy:updatePeriod asks for ", "sy:updatePeriod ber om "),
        (r"its server says it stays fresh for ", "servern säger att det är färskt i "),
        (r"slower since it throttled us", "långsammare sedan den bromsat oss"),
        (
            r"its 304s were found untrue, so it is asked for in full once a day",
            "dess 304-svar visade sig osanna, så den hämtas hel en gång om dygnet",
        ),
        (
            r"its hub pushes its news; every (.+) as a safety net",
            r"dess hubb skickar nyheterna; var \1 för säkerhets skull",
        ),
        (r", but never sooner than ", ", men aldrig tätare än "),
        (r", but at least once a day", ", men minst en gång om dygnet"),
        (r"every (.+): nothing is known yet of its pace", r"var \1: takten är inte känd än"),
        (
            r"every (.+): too few items to know its pace",
            r"var \1: för få artiklar för att se takten",
        ),
        (r"nothing new for ", "inget nytt på "),
        (r"an item about every ", "en artikel ungefär var "),
        (r"it asks for fewer requests", "den ber om färre frågor"),
        (r"it does not let us in", "den släpper inte in oss"),
        (r"what is there is no feed", "det som finns där är inget flöde"),
        (r"404: not found", "404: finns inte"),
        (r"its server says that this stays so for ", "servern säger att det förblir så i "),
        (r"tried again at its usual pace", "prövas igen i sin vanliga takt"),
        (r"; (\d+) times in a row", r"; \1 gånger i rad"),
        (r", so in (?=\d)", ", alltså om "),
        (r"(\d) days\b", r"\1 dygn"),
        (r"(\d) h\b", r"\1 tim"),
    )
)
