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
_HOURS_BLOCK = re.compile(r"<skipHours\b[^>]*>(.{0,3000}?)</skipHours", re.IGNORECASE | re.DOTALL)
_DAYS_BLOCK = re.compile(r"<skipDays\b[^>]*>(.{0,2000}?)</skipDays", re.IGNORECASE | re.DOTALL)
_HOUR = re.compile(r"<hour\b[^>]*>\s*(\d{1,2})\s*<", re.IGNORECASE)
_DAY = re.compile(r"<day\b[^>]*>\s*([A-Za-z]+)\s*<", re.IGNORECASE)
_TTL_MAX = timedelta(days=30)


def pace_hints(raw: RawFeed, text: str) -> PaceHints:
    """Read the hints; what makes no sense (ttl 0, hour 31) is left out.

    ``skipHours`` and ``skipDays`` are taken from ``text``, since feedparser keeps only the
    last of them. RSS 0.91 counts hours from 1 to 24: 24 is midnight.
    """
    ttl = _minutes(raw.ttl)
    period = _PERIODS.get(raw.update_period.strip().lower())
    if period is not None:
        frequency = raw.update_frequency.strip()
        if frequency.isascii() and frequency.isdigit() and 0 < int(frequency[:6]) <= 10_000:
            period = period / int(frequency)
    hours: frozenset[int] = frozenset()
    days: frozenset[int] = frozenset()
    if "skip" in text:
        block = _HOURS_BLOCK.search(text)
        if block:
            hours = frozenset(int(h) % 24 for h in _HOUR.findall(block[1]) if int(h) <= 24)
        block = _DAYS_BLOCK.search(text)
        if block:
            days = frozenset(
                _DAYS.index(d.lower()) for d in _DAY.findall(block[1]) if d.lower() in _DAYS
            )
    if len(hours) == 24:
        hours = frozenset()  # a feed that is never to be read says nothing
    if len(days) == 7:
        days = frozenset()
    return PaceHints(ttl, hours, days, period)


def _minutes(text: str) -> timedelta | None:
    digits = text.strip()
    if digits.isascii() and digits.isdigit() and int(digits[:9]) > 0:
        return min(timedelta(minutes=int(digits[:9])), _TTL_MAX)
    return None
