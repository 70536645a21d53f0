"""Points in time as people write and read them: in the hub's own time zone."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from feedhub.cli.common import Failure
from feedhub.model import Config

FIRST, LAST = 1900, 9998  # years with room before and after, for zones and for windows
PRECISE = "%Y-%m-%d %H:%M:%S"


def shown(at: datetime, config: Config, form: str = "%Y-%m-%d %H:%M") -> str:
    """``2026-03-01 12:00`` where the hub is; its zone stands in feeds.yaml."""
    with suppress(OverflowError):  # in the first and last hours of all time: in UTC
        at = at.astimezone(ZoneInfo(config.hub.timezone))
    return at.strftime(form)


def read(text: str, config: Config, option: str, *, such: str = "2026-03-01T12:00") -> datetime:
    """A time in the hub's zone, or with an offset, as UTC. Raises Failure, naming ``option``."""
    try:
        then = datetime.fromisoformat(text)
        if then.tzinfo is None:
            then = then.replace(tzinfo=ZoneInfo(config.hub.timezone))
        then = then.astimezone(UTC)
        if not FIRST <= then.year <= LAST:
            raise OverflowError
        return then
    except (ValueError, OverflowError):
        raise Failure(f"feedhub: {option}: {text!r} is no time such as {such}") from None


def days_before(now: datetime, days: float) -> datetime:
    """So many days before ``now``, or the beginning of all time. Raises Failure for no number."""
    try:
        return now - timedelta(days=days)
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC)
    except ValueError:
        raise Failure(f"feedhub: --days: {days} is no number of days") from None
