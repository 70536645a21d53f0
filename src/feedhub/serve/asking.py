"""What a request asks for: its parameters read strictly, refused in one clear sentence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from feedhub.publish.text import legal
from feedhub.values import dataclass

MAX_LIMIT = 200
SEARCH_CHARS = 200  # of a query; more than anyone types, less than a burden
MAX_OFFSET = 10_000

_AGE = re.compile(r"([0-9]{1,4})([mhdw])")
_UNITS = {
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_CURSOR = re.compile(r"(-?[0-9]{1,11})\.([0-9]{1,18})")
_ID = {kind: re.compile(rf"(?:{kind})?([0-9]{{1,18}})") for kind in ("i", "s", "")}


class BadRequest(Exception):
    """A parameter that cannot be understood: which, and what would be."""

    def __init__(self, name: str, message: str) -> None:
        self.name = name
        self.message = message
        super().__init__(f"{name}: {message}")


@dataclass(frozen=True, slots=True)
class Window:
    """A page of an answer: how many, and where it starts."""

    limit: int
    before: tuple[datetime, int] | None = None
    offset: int = 0


def known(query: Mapping[str, str], *names: str) -> None:
    """Refuse parameters that would silently do nothing."""
    for name in query:
        if name not in names and name != "token":
            takes = f"this address takes {', '.join(names)}" if names else "this takes none"
            raise BadRequest(name, f"is not known; {takes}")


def limit(query: Mapping[str, str], usual: int) -> int:
    text = query.get("limit")
    if text is None:
        return usual
    if not re.fullmatch(r"[0-9]{1,4}", text) or not 1 <= int(text) <= MAX_LIMIT:
        raise BadRequest("limit", f"must be a whole number from 1 to {MAX_LIMIT}")
    return int(text)


def words(query: Mapping[str, str]) -> str:
    """What is searched for; "" for nothing."""
    return legal(query.get("q", "")).strip()[:SEARCH_CHARS]


def since(query: Mapping[str, str], now: datetime) -> datetime | None:
    """A time, or an age such as 12h, 7d, 2w; None where it is not asked for."""
    text = query.get("since", "").strip()
    if not text:
        return None
    if age := _AGE.fullmatch(text):
        return now - int(age[1]) * _UNITS[age[2]]
    try:
        # a plus sign that was not encoded has become a blank
        at = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        example = "2026-01-31T12:00:00Z, or an age such as 12h, 7d"
        raise BadRequest("since", f"must be a time such as {example}") from None


def ident(text: str, kind: str) -> int | None:
    """The number in ``i12``, ``s7`` or a bare ``12``; None for anything else."""
    match = _ID[kind].fullmatch(text)
    return int(match[1]) if match else None


def before(query: Mapping[str, str]) -> tuple[datetime, int] | None:
    """Where a page of items starts, from the ``cursor`` that the page before gave."""
    text = query.get("cursor")
    if text is None:
        return None
    match = _CURSOR.fullmatch(text)
    try:
        if match:
            return datetime.fromtimestamp(int(match[1]), UTC), int(match[2])
    except (ValueError, OverflowError, OSError):
        pass  # a time that no calendar has: refused below, like any other nonsense
    raise BadRequest("cursor", "must be the next_cursor of an earlier answer")


def after(at: datetime, number: int) -> str:
    """The cursor behind an item."""
    return f"{int(at.timestamp())}.{number}"


def offset(query: Mapping[str, str]) -> int:
    """Where a page of ranked answers starts, from their ``cursor``."""
    text = query.get("cursor")
    if text is None:
        return 0
    if not re.fullmatch(r"[0-9]{1,6}", text) or int(text) > MAX_OFFSET:
        raise BadRequest("cursor", "must be the next_cursor of an earlier answer")
    return int(text)
