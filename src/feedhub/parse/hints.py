"""What a document says of its own pace: ttl, skipHours, skipDays and the syndication module."""

from __future__ import annotations

import re
from datetime import timedelta

from feedhub.model import PaceHints
from feedhub.parse.raw import RawFeed

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_PERIODS = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(weeks=1),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}
_BLOCK_MAX = 3000  # characters of skipHours or skipDays: 24 hours fit many times
_HOUR = re.compile(r"<hour\b[^<>]{0,100}>\s*(\d{1,2})\s*<")
_DAY = re.compile(r"<day\b[^<>]{0,100}>\s*([a-z]{1,20})\s*<")
_TTL_MAX = timedelta(days=30)


def pace_hints(raw: RawFeed, text: str) -> PaceHints:
    """Read the hints; what makes no sense (ttl 0, hour 31) is left out.

    ``skipHours`` and ``skipDays`` are taken from ``text``, since feedparser keeps only the
    last of them. RSS 0.91 counts hours from 1 to 24: 24 is midnight.
    """
    ttl = _minutes(raw.ttl)
    frequency = raw.update_frequency.strip()
    counts = frequency.isascii() and frequency.isdigit() and len(frequency) <= 6
    # the syndication module: a frequency without a period is one of the day
    period = _PERIODS.get(raw.update_period.strip().lower() or ("daily" if counts else ""))
    if period is not None and counts:
        period = period / min(max(int(frequency), 1), 10_000)
    hours: frozenset[int] = frozenset()
    days: frozenset[int] = frozenset()
    text = _around_items(text) if raw.format.startswith(("rss", "cdf", "unknown")) else ""
    text = text.lower()
    if "<skip" in text:
        told = _HOUR.findall(_block(text, "skiphours"))
        hours = frozenset(int(hour) % 24 for hour in told if int(hour) <= 24)
        told = _DAY.findall(_block(text, "skipdays"))
        days = frozenset(_DAYS.index(day) for day in told if day in _DAYS)
    if len(hours) == 24:
        hours = frozenset()  # a feed that is never to be read says nothing
    if len(days) == 7:
        days = frozenset()
    return PaceHints(ttl, hours, days, period)


def _around_items(text: str) -> str:
    """What stands before the first item and after the last: most of a document is between."""
    first, last = text.find("<item"), text.rfind("</item>")
    return text[:first] + text[last:] if 0 <= first < last else text


def _block(text: str, name: str) -> str:
    """What stands within the first element of a name; ``text`` is in lower case."""
    start = text.find(f"<{name}")
    end = text.find(f"</{name}", start) if start >= 0 else -1
    return text[start:end] if 0 <= end - start <= _BLOCK_MAX else ""


def _minutes(text: str) -> timedelta | None:
    digits = text.strip()
    if digits.isascii() and digits.isdigit() and int(digits[:9]) > 0:
        return min(timedelta(minutes=int(digits[:9])), _TTL_MAX)
    return None
