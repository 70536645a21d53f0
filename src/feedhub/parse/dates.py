"""Date strings of feeds to UTC: RFC 822 and its abuses, ISO 8601, Nordic and other names.

Impossible dates are refused, never rolled over. Nothing here reads a clock: the time at
which the document came is given.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from html import unescape
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from feedhub.months import MONTHS
from feedhub.parse.zonenames import PHRASES, PLACES, ZONES

OLDEST = datetime(1990, 1, 1, tzinfo=UTC)  # before the web: an epoch of zero, or a broken clock
NEWEST = datetime(2100, 1, 1, tzinfo=UTC)  # where no time of arrival is known
SOON = timedelta(minutes=10)  # by how much a clock may be ahead of ours
LIVELY = 45  # days within which a feed has its newest entry, unless it sleeps
FAR_AHEAD = timedelta(days=366)  # events are announced a year ahead, news is not

# Words before a time.
_CLOCK = (
    r"kl(?:ockan|okk(?:en|a))?\b\.?\s*|k(?:el)?lo\s*|[uo]m\s+|at\s+|à\s+|às\s+|a\s+las\s+"
    r"|(?:alle\s+)?ore\s+|alle\s+|(?:o\s+)?godz\.?\s*|г(?:ода|\.),?\s*(?:в\s+)?|в\s+"
    r"|\|\s*(?=\d{1,2}[:.h]\d)"  # not what takes three minutes to read
)
# A mark before a time: no day or time that a period lasts to.
_MARKED = r"(?:[-\u2013|]\s+(?=\d{1,2}:\d{2}(?!\d|\s*[-\u2013]\s*\d{1,2}:)))?"
# Dashes are written for hyphens by those who write by hand, or whose editor knows better.
_ISO = re.compile(
    r"""(\d{4})(?:[-\u2010-\u2013](\d{3})(?!\d)
          |[-\u2010-\u2013](\d{1,2})(?!\d)(?:[-\u2010-\u2013](\d{1,2})(?!\d))?|(\d{2})(\d{2}))?
        (?:(?:\s*T\s*|\s+MARKED)(\d{1,2})(?::?(\d{2})(?::?(\d{2})(?:[.,]\d+)?)?)?)?
        \s*(.*)""".replace("MARKED", _MARKED),
    re.VERBOSE | re.IGNORECASE,
)
_RFC822 = re.compile(
    r"""(?:[^\W\d_]+\.?\s?,?\s*)?(?:(?:d\.|den|the)\s*)?(\d{1,2})(?:st|nd|rd|th|er|[.:]e|\.|:a|:e)?[\s-]+
        (?:de\s+|of\s+)?([^\W\d_]+)[.,]?[\s-]+(?:de\s+)?(\d{4}|\d{2})(?![\d:]),?
        (?:(?:\s+|T)(?:CLOCK|\u2013\s*|-\s+)?
           (\d{1,2})(?!\d)(?:(?:[:.]|\s?h\s?)(\d{1,2})(?:[:.](\d{1,2})(?:[.,]\d+)?)?)?)?
        \s*(.*)""".replace("CLOCK", _CLOCK),
    re.VERBOSE | re.IGNORECASE,
)
_YEAR_FIRST = re.compile(
    r"""(\d{4})[\s,.-]{1,2}([^\W\d_]{3,})\.?[\s-](\d{1,2})(?!\d)[.,]{0,2}
        (?:(?:\s+|T)(?:CLOCK)?(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:\.\d+)?)?)?
        \s*(.*)""".replace("CLOCK", _CLOCK),
    re.VERBOSE | re.IGNORECASE,
)
# 10:00, 5 mars 2024: what stands behind the time is read as if it stood before it.
_TIME_FIRST = re.compile(
    r"(?:CLOCK)?(\d{1,2}:\d{2}(?::\d{2})?),?\s+(?:den\s+|on\s+|am\s+)?([^:]{8,})".replace(
        "CLOCK", _CLOCK
    ),
    re.IGNORECASE,
)
_COMPACT = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?\s*(\D.*)?")
_MONTH_FIRST = re.compile(
    r"""(?:[^\W\d_]+\.?,?\s+)?([^\W\d_]{3,})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+
        (?:(\d{4})(?:,?\s+(?:at\s+|[-\u2013\u2014]\s+)?(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:\.\d+)?)?)?\s*(.*)
          |(\d{1,2}):(\d{2})(?::(\d{2}))?\s+(?:(\S+)\s+)?(\d{4})\s*)""",
    re.VERBOSE,
)
_NUMERIC = re.compile(
    r"""(?:[^\W\d_]+\.?,?\s+)?(\d{1,4})\s?([/.\-\u2010-\u2013])\s?(\d{1,2})\s?\2\s?(\d{1,4})[.,]{0,2}
        (?:(?:[\sT]+|\s*[-\u2013]\s*)(?:CLOCK|[-\u2013]\s*)?
           (\d{1,2})[:.h](\d{1,2})(?:[:.](\d{1,2})(?:\.\d+)?)?)?
        \s*(.*)""".replace("CLOCK", _CLOCK),
    re.VERBOSE | re.IGNORECASE,
)
# fre 3 maj 12:00:00 CEST 2024, as some systems' clocks have it.
_YEAR_LAST = re.compile(
    r"""(?:[^\W\d_]+\.?,?\s+)?(\d{1,2})\.?\s+([^\W\d_]{3,})\.?\s+
        (\d{1,2}):(\d{2})(?::(\d{2}))?\s+(?:(\S+)\s+)?(\d{4})""",
    re.VERBOSE,
)
# 4/3-2024, as Scandinavians write by hand: the day always first.
_DAY_SLASH_MONTH = re.compile(
    r"""(?:[^\W\d_]+\.?,?\s+)?(?:den\s+)?(\d{1,2})/(\d{1,2})(?:\s?[-\u2010-\u2013]\s?|\s)(\d{4}),?
        (?:\s+(?:CLOCK)?(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?)?\s*(.*)""".replace("CLOCK", _CLOCK),
    re.VERBOSE | re.IGNORECASE,
)
_WEEK = re.compile(r"(\d{4})-?W(\d{2})(?:-?([1-7]))?")  # ISO 8601
# With the day of the week and the half of the day in their places: before the time.
_EAST_ASIAN = re.compile(
    r"""(\d{4})\s?[年년]\s?(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日일]\s*
        (?:(?:[(（][^()（）]*[)）]|星期.|[周週].|.曜日?|.요일),?\s*)?
        (?:(?:(午前|上午|凌晨|오전)|(午後|下午|晚上|오후))?\s*
           (\d{1,2})\s?[:時时点시]\s?(?:(\d{1,2})\s?[分분]?(?:\s?:?(\d{2})\s?[秒초]?)?)?)?\s*(.*)""",
    re.VERBOSE,
)
# What nine feeds of ten write, RFC 822 and RFC 3339 to the letter.
_USUAL = re.compile(
    r"(?:(?:[A-Z][a-z]{2}, )?(\d\d?) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) (\d{4}) "
    r"([01]\d|2[0-3]):([0-5]\d):([0-5]\d) (?:GMT|UTC|([+-])(0\d|1[0-4])([0-5]\d))"
    r"|(\d{4})-(\d\d)-(\d\d)T([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.\d+)?"
    r"(?:Z|([+-])(0\d|1[0-4]):([0-5]\d)))"
)
_EPOCH = re.compile(r"\d{9,10}(?:\.\d+)?|\d{12,13}")
_OFFSET = re.compile(
    r"(?:GMT|UTC?|Z)?\s*([+\-\u2212])\s*(0\d|0(?!\d)|[1-9]\d?)(?::?(\d{2})|(?<=0\d)0+)?(?!\d)",
    re.IGNORECASE,
)
_CLOCK_WORD = re.compile(r"(?:uhr|uur|hrs?|h)\b\.?\s*", re.IGNORECASE)  # says that it is a time
_AM_PM = re.compile(r"([ap])\.?\s?m\.?(?![a-z])\s*", re.IGNORECASE)


class Parsed(NamedTuple):
    """A date in UTC, or ``None`` with the reason in ``note``.

    Where only a day was given, ``at`` is that day's midnight UTC, whatever the zone.
    """

    at: datetime | None
    date_only: bool = False
    note: str = ""


def zone_named(name: str | None) -> tzinfo | None:
    """The zone of an IANA name, or ``None`` where it is unknown."""
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def day_first_evidence(
    texts: list[str], language: str | None, received_at: datetime | None = None
) -> bool:
    """Whether 3/4/2024 is the third of April in a feed with these dates.

    A number above 12 in either place decides. Where none does, it is the order that puts the
    newest date into the last weeks before ``received_at``, if a language does not tell; else
    American English and its like alone put the month first.
    """
    day = month = 0
    both: set[tuple[int, int, int]] = set()  # that may be read either way
    for text in texts:
        if text[4:5] == "-" and text[:4].isdigit():
            continue
        match = _NUMERIC.match(text.strip()) if text[:1].isdigit() or "/" in text else None
        if match and len(match[1]) <= 2:
            one, two = int(match[1]), int(match[3])
            day += one > 12
            month += two > 12
            if match[2] == ".":
                day += 1
            if 1 <= one <= 12 and 1 <= two <= 12 and len(match[4]) == 4 and int(match[4]):
                both.add((int(match[4]), one, two))
    if day != month:
        return day > month
    language = (language or "").lower()
    if both and received_at is not None and language in ("", "en"):
        today = received_at.date()
        newest = max(date(year, two, one) for year, one, two in both)
        other = max(date(year, one, two) for year, one, two in both)
        lively = [-1 <= (today - read).days <= LIVELY for read in (newest, other)]
        if lively[0] != lively[1]:
            return lively[0]
    return language not in {"en-us", "en", "en-ph", "fil", ""}


def parse_date(text: str, *, zone: tzinfo | None = None, day_first: bool = False) -> Parsed:
    """Read a date; ``zone`` is for dates without one (UTC when ``None``)."""
    usual = _USUAL.fullmatch(text)
    if usual is not None:
        return _from_usual(usual)
    text = " ".join((unescape(text) if "&" in text else text).split())
    if not text:
        return Parsed(None, note="empty date")
    if len(text) > 100:
        return Parsed(None, note="not a date")
    try:
        if text[0].isdigit():
            found = _from_week(text) or _from_iso(text, zone) or _from_rfc822(text, zone)
        else:
            found = _from_rfc822(text, zone) or _from_month_first(text, zone)
        return (
            found
            or _from_year_first(text, zone)
            or _from_numeric(text, zone, day_first)
            or _from_compact(text, zone)
            or _from_epoch(text)
            or _from_east_asian(text, zone)
            or _from_time_first(text, zone, day_first)
            or _from_feedparser(text)
            or Parsed(None, note=f"not a date: {text[:40]}")
        )
    except (ValueError, OverflowError):
        return Parsed(None, note=f"impossible date: {text[:40]}")


def believable(parsed: Parsed, received_at: datetime | None) -> Parsed:
    """Refuse dates that no article can have: before the web, or far in the future."""
    if parsed.at is None:
        return parsed
    if parsed.at < OLDEST:
        return Parsed(None, note=f"absurd date: {parsed.at:%Y-%m-%d}")
    if parsed.at > (received_at + FAR_AHEAD if received_at else NEWEST):
        return Parsed(None, note=f"absurd date: {parsed.at:%Y-%m-%d}")
    if received_at and parsed.at > received_at + SOON:
        return parsed._replace(note=parsed.note or "in the future")
    return parsed


def _from_usual(match: re.Match[str]) -> Parsed:
    dom, name, year, hour, minute, second, sign, off_hours, off_minutes = match.groups()[:9]
    if dom is not None:
        month = MONTHS[name.lower()]
    else:
        year, text, dom, hour, minute, second, sign, off_hours, off_minutes = match.groups()[9:]
        month = int(text)
    try:
        at = datetime(int(year), month, int(dom), int(hour), int(minute), int(second), tzinfo=UTC)
        if sign and (off_hours != "00" or off_minutes != "00"):
            offset = timedelta(hours=int(off_hours), minutes=int(off_minutes))
            at = at - offset if sign == "+" else at + offset
    except (ValueError, OverflowError):
        return Parsed(None, note=f"impossible date: {match[0]}")
    return Parsed(at)


def _year(text: str) -> int:
    year = int(text)
    if len(text) <= 2:
        year += 2000 if year < 70 else 1900
    return year


def _build(
    day: tuple[int, int, int],
    clock: tuple[str | None, str | None, str | None],
    rest: str,
    zone: tzinfo | None,
) -> Parsed:
    """Put the parts together; ``rest`` is what follows the time: am or pm, a zone."""
    year, month, dom = day
    hours, minutes, seconds = clock
    if hours is None:
        unread = any(map(str.isdigit, rest)) and _OFFSET.match(rest) is None
        note = f"time not read: {rest[:30]}" if unread else ""
        return Parsed(datetime(year, month, dom, tzinfo=UTC), date_only=True, note=note)
    hour, minute, second = int(hours), int(minutes or 0), int(seconds or 0)
    word = _CLOCK_WORD.match(rest)
    if word:
        rest = rest[word.end() :]
    half = _AM_PM.match(rest)
    if half:
        rest = rest[half.end() :]
        if not 1 <= hour <= 12:
            if hour > 23 or (hour == 0 and half[1] in "pP"):
                raise ValueError("hour")
        else:
            hour = hour % 12 + (12 if half[1] in "pP" else 0)
    leap = second == 60  # a leap second is the last instant of its minute
    overnight = hour == 24 and minute == second == 0  # ISO 8601: the end of the day
    offset, note = _zone(rest, zone)
    local = datetime(
        year, month, dom, 0 if overnight else hour, minute, 59 if leap else second, tzinfo=offset
    )
    if overnight:
        local += timedelta(days=1)
    return Parsed(local.astimezone(UTC), note=note)


def _zone(text: str, default: tzinfo | None) -> tuple[tzinfo, str]:
    text = text.strip()
    fallback = default or UTC
    if not text:
        return fallback, ""
    match = _OFFSET.match(text)
    if match:
        hours, minutes = int(match[2]), int(match[3] or 0)
        if hours > 14 or minutes > 59:
            raise ValueError("offset")
        delta = timedelta(hours=hours, minutes=minutes)
        return timezone(delta if match[1] == "+" else -delta), ""
    words = text.split("(")[0].upper().split()
    word = words[0].rstrip(".,;") if words else ""
    offset = ZONES.get(word)
    if offset is None and len(words) > 2 and "TIME" in words:
        offset = ZONES.get(PHRASES.get(" ".join(words[: words.index("TIME")]), ""))
    if offset is not None:
        if words[1:2] == ["DST"]:  # MET DST, as old clocks have it
            offset += 60
        return timezone(timedelta(minutes=offset)), ""
    if word in PLACES or "/" in word:
        named = zone_named(PLACES.get(word) or text.split("(")[0].split()[0].rstrip(".,;"))
        if named is not None:
            return named, ""
    return fallback, f"unknown zone {text.split()[0].rstrip('.,;')[:20]}" if word else ""


def _from_iso(text: str, zone: tzinfo | None) -> Parsed | None:
    match = _ISO.fullmatch(text)
    if match is None:
        return None
    year, ordinal, month, dom, short_month, short_day, *clock, rest = match.groups()
    if clock[0] is None and rest not in ("", "Z", "z") and rest[0] not in "(+-\u2212":
        return None
    if rest[:1] == ":":
        return None  # minutes or seconds of one digit
    if clock[0] is None and rest[:1] in ("+", "-", "\u2212") and _OFFSET.match(rest) is None:
        return None  # the name of a month
    if short_month is None and month is None and ordinal is None and clock[0] is not None:
        return None
    if clock[0] is not None and clock[1] is None and ":" not in text and "T" not in text.upper():
        return None
    if ordinal is not None:
        day = date(int(year), 1, 1) + timedelta(days=int(ordinal) - 1)
        if day.year != int(year):
            raise ValueError("day of year")
        return _build((day.year, day.month, day.day), (clock[0], clock[1], clock[2]), rest, zone)
    parts = (int(year), int(month or short_month or 1), int(dom or short_day or 1))
    return _build(parts, (clock[0], clock[1], clock[2]), rest, zone)


def _from_week(text: str) -> Parsed | None:
    match = _WEEK.fullmatch(text)
    if match is None:
        return None
    day = date.fromisocalendar(int(match[1]), int(match[2]), int(match[3] or 1))
    return Parsed(datetime(day.year, day.month, day.day, tzinfo=UTC), date_only=True)


def _from_east_asian(text: str, zone: tzinfo | None) -> Parsed | None:
    match = None if text.isascii() else _EAST_ASIAN.fullmatch(text)
    if match is None:
        return None
    year, month, dom, before, after, *clock, rest = match.groups()
    half = "am " if before else "pm " if after else ""
    day = (int(year), int(month), int(dom))
    return _build(day, (clock[0], clock[1], clock[2]), half + rest, zone)


def _from_rfc822(text: str, zone: tzinfo | None) -> Parsed | None:
    match = _RFC822.fullmatch(text)
    if match is None:
        return _from_year_last(text, zone)
    dom, name, year, hours, minutes, seconds, rest = match.groups()
    month = MONTHS.get(name.lower())
    if month is None:
        return None
    return _build((_year(year), month, int(dom)), (hours, minutes, seconds), rest, zone)


def _from_year_last(text: str, zone: tzinfo | None) -> Parsed | None:
    match = _YEAR_LAST.fullmatch(text)
    month = MONTHS.get(match[2].lower()) if match else None
    if match is None or month is None:
        return None
    clock = (match[3], match[4], match[5])
    return _build((int(match[7]), month, int(match[1])), clock, match[6] or "", zone)


def _from_month_first(text: str, zone: tzinfo | None) -> Parsed | None:
    match = _MONTH_FIRST.fullmatch(text)
    if match is None:
        return None
    month = MONTHS.get(match[1].lower())
    if month is None:
        return None
    if match[3]:
        clock = (match[4], match[5], match[6])
        return _build((int(match[3]), month, int(match[2])), clock, match[7] or "", zone)
    clock = (match[8], match[9], match[10])
    return _build((int(match[12]), month, int(match[2])), clock, match[11] or "", zone)


def _from_year_first(text: str, zone: tzinfo | None) -> Parsed | None:
    match = _YEAR_FIRST.fullmatch(text)
    month = MONTHS.get(match[2].lower()) if match else None
    if match is None or month is None:
        return None
    clock = (match[4], match[5], match[6])
    return _build((int(match[1]), month, int(match[3])), clock, match[7], zone)


def _from_time_first(text: str, zone: tzinfo | None, day_first: bool) -> Parsed | None:
    match = _TIME_FIRST.fullmatch(text)
    if match is None:
        return None
    found = parse_date(f"{match[2]} {match[1]}", zone=zone, day_first=day_first)
    return found if found.at is not None and not found.date_only else None


def _from_compact(text: str, zone: tzinfo | None) -> Parsed | None:
    """20240304120000: of so many digits an epoch's would be in the seventies."""
    match = _COMPACT.fullmatch(text)
    if match is None:
        return None
    day = (int(match[1]), int(match[2]), int(match[3]))
    return _build(day, (match[4], match[5], match[6]), match[7] or "", zone)


def _from_numeric(text: str, zone: tzinfo | None, day_first: bool) -> Parsed | None:
    by_hand = _DAY_SLASH_MONTH.fullmatch(text)
    if by_hand is not None:
        day = (int(by_hand[3]), int(by_hand[2]), int(by_hand[1]))
        return _build(day, (by_hand[4], by_hand[5], by_hand[6]), by_hand[7], zone)
    match = _NUMERIC.fullmatch(text)
    if match is None:
        return None
    first, mark, middle, last, hours, minutes, seconds, rest = match.groups()
    if len(first) == 4:
        day = (int(first), int(middle), int(last))
    elif len(last) in (2, 4) and len(first) <= 2:
        one, two = int(first), int(middle)
        if one > 12 or ((day_first or mark == ".") and two <= 12):
            day = (_year(last), two, one)
        else:
            day = (_year(last), one, two)
    else:
        return None
    return _build(day, (hours, minutes, seconds), rest, zone)


def _from_epoch(text: str) -> Parsed | None:
    if _EPOCH.fullmatch(text) is None:
        return None
    seconds = float(text)
    if seconds > 1e11:
        seconds /= 1000
    return Parsed(datetime.fromtimestamp(int(seconds), UTC))


def _from_feedparser(text: str) -> Parsed | None:
    """Greek, Hungarian and Korean forms that feedparser knows by heart.

    Its general readers are not asked: they roll impossible dates over, and where a month is
    missing they take that of the clock.
    """
    if text.isascii():
        return None
    from feedparser.datetimes import greek, hungarian, korean

    readers = (
        greek._parse_date_greek,
        hungarian._parse_date_hungarian,
        korean._parse_date_onblog,
        korean._parse_date_nate,
    )
    for reader in readers:
        try:
            found = reader(text)
        except (KeyError, ValueError, OverflowError, AttributeError):
            continue  # so it says that a name of a day or month is unknown to it
        if found:
            year, month, dom, hour, minute, second = found[:6]
            return Parsed(datetime(year, month, dom, hour, minute, min(second, 59), tzinfo=UTC))
    return None
