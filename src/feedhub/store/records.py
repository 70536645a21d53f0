"""Whether a record of an export can be stored: what is of the wrong kind would be found by a tick.

SQLite takes any value into any column. A time that is no number, or none of the calendar, could
be written and never be read again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, get_args

from feedhub.model import HandAction
from feedhub.store import codec
from feedhub.store.codec import Refused

MOST: Final = 1 << 53  # of an id or number: no hub comes to so many
_FIRST: Final = int(datetime.min.replace(tzinfo=UTC).timestamp())
_LAST: Final = int(datetime.max.replace(tzinfo=UTC, microsecond=0).timestamp())
_PLACES: Final = 500  # of a list
_ACTIONS: Final = frozenset(get_args(HandAction))

_TIMES: Mapping[str, Sequence[str]] = {
    "item": ("effective", "first_seen", "published", "updated"),
    "redirect": ("at",),
    "link": ("at",),
    "hand": ("at", "until", "undone_at"),
}
_NUMBERS: Mapping[str, Sequence[str]] = {
    "item": ("id", "story_id", "paywall"),
    "redirect": ("old_id", "new_id"),
    "link": ("a", "b"),
    "hand": ("id", "target"),
    "source": ("id",),
}
_GUIDS: Final = {"trusted": bool, "reason": str, "flips": int, "reused": int, "shared": bool}
_UNPACKED: Mapping[str, Callable[[str], object]] = {
    "image": codec.unpack_image,
    "enclosures": codec.unpack_enclosures,
}


def check(record: Mapping[str, Any]) -> None:
    """Raise Refused where a value is none that its place can have."""
    what = record["record"]
    for name in _TIMES.get(what, ()):
        _need(_is_time(record[name]), name)
    for name in _NUMBERS.get(what, ()):
        _need(_is_number(record.get(name)), name)
    if what in ("redirect", "hand"):
        _need(record["kind"] in ("i", "s"), "kind")
    if what == "link":
        _need(record["kind"] in ("join", "split"), "kind")
    if what == "hand":
        _need(record["action"] in _ACTIONS, "action")
        place = str(record["value"])
        fit = place.isascii() and place.isdecimal() and 1 <= int(place[:9]) <= _PLACES
        _need(fit or record["action"] != "pin", "value")
    if what == "source":
        weight = record["weight"]
        _need(isinstance(weight, int | float) and math.isfinite(weight), "weight")
        _check_source(record)
    if what == "item":
        _check_item(record)


def _check_source(record: Mapping[str, Any]) -> None:
    for name in ("imported_at", "last_ok_at"):  # earlier versions wrote neither
        _need(_is_time(record.get(name)), name)
    guids = record.get("guids", {})
    _need(
        isinstance(guids, dict)
        and all(type(value) is _GUIDS.get(name) for name, value in guids.items()),
        "guids",
    )


def _check_item(record: Mapping[str, Any]) -> None:
    for name in ("authors", "categories"):
        _need(isinstance(record[name], list) and all(map(_is_text, record[name])), name)
    counts = record["counts"]
    _need(isinstance(counts, dict) and all(map(_is_whole, counts.values())), "counts")
    for name, unpack in _UNPACKED.items():
        if record[name] is not None:
            unpack(codec.dumps(record[name]))
    for _, _, position, first_seen, gone_at in record["sightings"]:
        _need(_is_whole(position) and _is_time(first_seen) and _is_time(gone_at), "sightings")
    for until, _ in record["titles"]:
        _need(_is_time(until), "titles")
    for _, _, at, value in record["observations"]:
        _need(_is_time(at) and _is_whole(value), "observations")


def _need(fit: bool, name: str) -> None:
    if not fit:
        raise Refused(f"is no record of an export: its {name!r} cannot be that")


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_whole(value: object) -> bool:
    return type(value) is int and abs(value) < MOST


def _is_number(value: object) -> bool:
    return value is None or (type(value) is int and 0 <= value < MOST)


def _is_time(value: object) -> bool:
    return value is None or (type(value) is int and _FIRST <= value <= _LAST)
