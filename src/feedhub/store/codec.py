"""Values of the model to columns and back: whole seconds, JSON, nothing lost on the way."""

from __future__ import annotations

import base64
import functools
import html
import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, TypeVar

from feedhub.model import (
    Enclosure,
    FetchState,
    GuidTrust,
    Image,
    Number,
    PaceHints,
    Ranked,
    Reason,
    Visit,
)

T = TypeVar("T")


class Unreadable(ValueError):
    """A stored value that was not written by us as it is now."""


class Refused(ValueError):
    """A value that we were given and do not store: nothing is the matter with the file."""


def reads(function: Callable[[str], T]) -> Callable[[str], T]:
    """Of a function that reads a stored value: whatever goes wrong is Unreadable."""

    @functools.wraps(function)
    def told(text: str) -> T:
        try:
            return function(text)
        except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError) as error:
            raise Unreadable(f"a stored value cannot be read: {error}") from error

    return told


@reads
def loads(text: str) -> Any:
    """The inverse of :func:`dumps`."""
    return json.loads(text)


_TAG = re.compile(r"<[^>]*>")


def seconds(value: datetime | None) -> int | None:
    """A time as whole seconds since 1970, UTC."""
    return None if value is None else int(value.timestamp())


def seconds_up(value: datetime | None) -> int | None:
    """The same, rounded up: for times before which nothing must happen."""
    return None if value is None else math.ceil(value.timestamp())


def moment(value: int | None) -> datetime | None:
    """The inverse of :func:`seconds`."""
    return None if value is None else datetime.fromtimestamp(value, UTC)


def at(value: int) -> datetime:
    """A time that is never null."""
    return datetime.fromtimestamp(value, UTC)


@reads
def instant(text: str) -> datetime:
    """A time as ISO 8601, in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)


# json.dumps makes an encoder anew at every call with options
dumps: Callable[[object], str] = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), sort_keys=True
).encode


# What dumps makes of one string, without its way there.
_quoted: Callable[[str], str] = json.encoder.encode_basestring


def pack_ids(values: Iterable[int]) -> str:
    """What :func:`dumps` makes of ids."""
    return f"[{','.join(map(str, values))}]"


def pack_texts(values: Iterable[str]) -> str:
    """What :func:`dumps` makes of texts: for what is looked up, and not again."""
    return f"[{','.join(map(_quoted, values))}]"


@lru_cache(maxsize=4096)  # a few thousand kinds stand for all, as in unpack_strings
def pack_strings(values: tuple[str, ...]) -> str:
    """Authors or categories."""
    return f"[{','.join(map(_quoted, values))}]"


def _or_null(value: str | int | None) -> str:
    if value is None:
        return "null"
    return _quoted(value) if isinstance(value, str) else str(value)


def plain(content_html: str) -> str:
    """The words of sanitised HTML, for the search index."""
    return " ".join(html.unescape(_TAG.sub(" ", content_html)).split())


# --- FetchState: a new field needs no new column ------------------------------------------


def _pack(value: object) -> object:
    if type(value) in _AS_THEY_ARE:
        return value
    if isinstance(value, datetime):
        return {"t": value.timestamp()}
    if isinstance(value, timedelta):
        return {"d": value.total_seconds()}
    if isinstance(value, bytes):
        return {"b": base64.b64encode(value).decode()}
    if isinstance(value, frozenset | set):
        return {"s": sorted(value)}
    if isinstance(value, tuple | list):
        return {"l": [_pack(v) for v in value]}
    if isinstance(value, PaceHints):
        return {"h": _pack_fields(value)}
    return value


_AS_THEY_ARE = frozenset((str, int, float, bool, type(None)))


def _unpack(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    ((tag, inner),) = value.items()
    match tag:
        case "t":
            return datetime.fromtimestamp(inner, UTC)
        case "d":
            return timedelta(seconds=inner)
        case "b":
            return base64.b64decode(inner)
        case "s":
            return frozenset(inner)
        case "l":
            return tuple(_unpack(v) for v in inner)
        case "h":
            return PaceHints(**{k: _unpack(v) for k, v in inner.items()})
        case _:
            raise ValueError(f"unknown tag {tag!r} in a stored fetch state")


@functools.cache
def _empty(kind: Any) -> Mapping[str, object]:
    """The fields of a dataclass, and what each holds where nothing was said."""
    empty = kind()
    return {f.name: getattr(empty, f.name) for f in fields(empty)}


def _pack_fields(value: Any) -> dict[str, object]:
    return {
        name: _pack(held)
        for name, default in _empty(value.__class__).items()
        if (held := getattr(value, name)) is not default and held != default
    }


def pack_state(state: FetchState) -> str:
    """A fetch state as JSON: only what differs from the empty state."""
    return dumps(_pack_fields(state))


@reads
def unpack_state(text: str) -> FetchState:
    known = _empty(FetchState)
    return FetchState(**{k: _unpack(v) for k, v in json.loads(text).items() if k in known})


def pack_guids(trust: GuidTrust) -> str:
    return dumps(_pack_fields(trust))


@lru_cache(maxsize=1024)  # nearly all sources' guids are trusted, and say the same
@reads
def unpack_guids(text: str) -> GuidTrust:
    return GuidTrust(**json.loads(text))


# --- parts of items -----------------------------------------------------------------------


def pack_image(image: Image | None) -> str | None:
    if image is None:
        return None
    values = (image.url, image.width, image.height, image.alt, image.credit)
    return f"[{','.join(map(_or_null, values))}]"


def unpack_image(text: str | None) -> Image | None:
    return None if text is None else _image(text)


@reads
def _image(text: str) -> Image:
    return Image(*json.loads(text))


def pack_enclosures(enclosures: tuple[Enclosure, ...]) -> str:
    return dumps([[e.url, e.type, e.length] for e in enclosures]) if enclosures else "[]"


@reads
def unpack_enclosures(text: str) -> tuple[Enclosure, ...]:
    return () if text == "[]" else tuple(Enclosure(*row) for row in json.loads(text))


@lru_cache(maxsize=4096)
def unpack_strings(text: str) -> tuple[str, ...]:
    """Categories and authors: a few thousand kinds stand for all, and share one value each."""
    return () if text == "[]" else tuple(loads(text))


def pack_visits(visits: Iterable[Visit]) -> str:
    rows = [[visit.group, visit.at.timestamp()] for visit in visits]
    return dumps(rows) if rows else "[]"


@reads
def unpack_visits(text: str) -> tuple[Visit, ...]:
    """With fractions of a second: the audit looks at gaps of a second."""
    return tuple(
        Visit(str(group), datetime.fromtimestamp(at, UTC)) for group, at in json.loads(text)
    )


def unpack_counts(text: str) -> Mapping[str, int]:
    return {} if text == "{}" else loads(text)


# --- ranked places ------------------------------------------------------------------------


def pack_ranked(entries: tuple[Ranked, ...]) -> str:
    return dumps([_ranked_row(e) for e in entries])


def _ranked_row(e: Ranked) -> list[object]:
    return [
        e.position,
        e.item_id,
        e.story_id,
        e.score,
        None if e.number is None else [e.number.value, e.number.unit],
        [[getattr(r, f.name) for f in fields(Reason)] for r in e.reasons],
        e.voices,
        list(e.also),
    ]


@reads
def unpack_ranked(text: str) -> tuple[Ranked, ...]:
    return tuple(
        Ranked(
            position=position,
            item_id=item_id,
            story_id=story_id,
            score=score,
            number=None if number is None else Number(*number),
            reasons=tuple(_reason(*r) for r in reasons),
            voices=voices,
            also=tuple(also),
        )
        for position, item_id, story_id, score, number, reasons, voices, also in json.loads(text)
    )


def _reason(term: str, points: float, text: str, params: list[list[Any]]) -> Reason:
    return Reason(term, points, text, tuple((name, value) for name, value in params))
