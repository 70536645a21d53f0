"""The kinds of value that feeds.yaml holds: text in, checked and typed values out.

Messages do not repeat the value: the report puts it in front as it stands in the file, so
that what came from the environment is never shown.
"""

from __future__ import annotations

import functools
import math
import re
import zoneinfo
from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Final, Literal, NoReturn
from urllib.parse import unquote

from ada_url import URL, normalize_url
from pydantic import AfterValidator, BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from feedhub.config.likeness import did_you_mean

# Publishers are asked at most this often, whatever feeds.yaml says; and a source that is
# asked less than daily would lose items from most feeds, which hold a day or two.
MIN_INTERVAL: Final = timedelta(minutes=5)
MAX_INTERVAL: Final = timedelta(hours=24)
MAX_DURATION: Final = timedelta(days=3660)

_UNITS: Final = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
DURATION_PATTERN: Final = r"^([0-9]{1,6}[smhdw]){1,5}$"
_DURATION_PART: Final = re.compile(r"([0-9]+)([smhdw])")
LANGUAGE_PATTERN: Final = r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$"
SLUG_PATTERN: Final = r"^[a-z0-9]([a-z0-9-]{0,58}[a-z0-9])?$"

# First segments that pages, feeds and probes of the hub stand under, or may come to.
RESERVED_SLUGS: Final = frozenset(
    (
        *("about", "admin", "api", "archive", "assets", "atom", "category", "embed"),
        *("explain", "favicon", "feed", "feeds", "go", "health", "healthz", "help"),
        *("hub", "index", "item", "items", "json", "list", "lists", "login", "metrics"),
        *("opml", "out", "page", "publisher", "ready", "readyz", "robots", "rss"),
        *("search", "settings", "sitemap", "source", "sources", "static", "status"),
        *("stories", "story", "tag", "websub", "well-known"),
    )
)


def wrong(text: str) -> NoReturn:
    """The value itself is wrong: the report shows it, then ``text``."""
    raise PydanticCustomError("feedhub_value", "{text}", {"text": text})


def misplaced(text: str) -> NoReturn:
    """What stands here is of the wrong kind altogether: the report shows only ``text``."""
    raise PydanticCustomError("feedhub_shape", "{text}", {"text": text})


def as_text(value: object, expected: str) -> str:
    """A scalar's text without outer blanks; ``expected`` completes "where ... is expected"."""
    if isinstance(value, str):
        return value.strip() or wrong(f"is empty where {expected} is expected")
    if value is None:
        misplaced(f"has no value; {expected} is expected")
    kind = "keys and values stand" if isinstance(value, dict) else "a list stands"
    misplaced(f"{kind} where {expected} is expected")


def parse_duration(text: str) -> timedelta | None:
    """``90s``, ``15m``, ``2h``, ``1h30m``, ``3d``, ``1w`` -> timedelta; null for anything else."""
    if not re.match(DURATION_PATTERN, text):
        return None
    parts = _DURATION_PART.findall(text)
    return sum((int(count) * _UNITS[unit] for count, unit in parts), timedelta())


def format_duration(length: timedelta) -> str:
    """The shortest way to write a duration of whole seconds, such as ``1h30m``."""
    seconds = round(length.total_seconds())
    if seconds and seconds % 604800 == 0:
        return f"{seconds // 604800}w"
    # A single day is said in hours, as people do of news.
    sizes = (("d", 86400), ("h", 3600), ("m", 60), ("s", 1))
    parts = []
    for name, size in sizes[seconds < 2 * 86400 :]:
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count}{name}")
    return "".join(parts) or "0s"


def _duration(low: timedelta, high: timedelta) -> Callable[[object], timedelta]:
    def check(value: object) -> timedelta:
        length = parse_duration(as_text(value, "a duration such as 15m or 2h"))
        if length is None:
            wrong("is not a duration such as 15m or 2h")
        if not low <= length <= high:
            wrong(f"is out of bounds: {format_duration(low)} to {format_duration(high)}")
        return length

    return check


_DURATION_SCHEMA: Final = WithJsonSchema({"type": "string", "pattern": DURATION_PATTERN})

Interval = Annotated[
    timedelta, BeforeValidator(_duration(MIN_INTERVAL, MAX_INTERVAL)), _DURATION_SCHEMA
]
# A window under five minutes is shorter than any source is asked; over a month nothing is news.
Window = Annotated[
    timedelta,
    BeforeValidator(_duration(timedelta(minutes=5), timedelta(days=31))),
    _DURATION_SCHEMA,
]
Age = Annotated[
    timedelta, BeforeValidator(_duration(timedelta(minutes=1), MAX_DURATION)), _DURATION_SCHEMA
]
# What lists of the last days and stories are made from must be there.
Keep = Annotated[
    timedelta, BeforeValidator(_duration(timedelta(days=7), MAX_DURATION)), _DURATION_SCHEMA
]


def _keep_listed(value: object) -> timedelta | Literal["always"]:
    if as_text(value, "a duration such as 365d, or always") == "always":
        return "always"
    return _duration(timedelta(0), MAX_DURATION)(value)


KeepListed = Annotated[
    timedelta | Literal["always"],
    BeforeValidator(_keep_listed),
    WithJsonSchema(
        {"anyOf": [{"const": "always"}, {"type": "string", "pattern": DURATION_PATTERN}]}
    ),
]
Timeout = Annotated[
    timedelta,
    BeforeValidator(_duration(timedelta(seconds=1), timedelta(minutes=5))),
    _DURATION_SCHEMA,
]


def _text(value: object) -> str:
    text = as_text(value, "text")
    if len(text) > 2000:
        wrong("is longer than 2000 characters")
    return " ".join(text.split())


Text = Annotated[str, BeforeValidator(_text), WithJsonSchema({"type": "string", "minLength": 1})]


def _verbatim(value: object) -> str:
    """Text whose blanks count, such as the "Just nu: " before a title."""
    as_text(value, "text")
    return str(value)


Verbatim = Annotated[
    str, BeforeValidator(_verbatim), WithJsonSchema({"type": "string", "minLength": 1})
]


def _one_or_many(value: object) -> object:
    """A scalar stands for a list of one."""
    if isinstance(value, list):
        return tuple(value)
    if value is None or isinstance(value, dict):
        misplaced("must be one value or a list of values")
    return (value,)


_TEXTS_SCHEMA: Final = WithJsonSchema(
    {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string", "minLength": 1}}]}
)
Texts = Annotated[tuple[Text, ...], BeforeValidator(_one_or_many), _TEXTS_SCHEMA]
Verbatims = Annotated[tuple[Verbatim, ...], BeforeValidator(_one_or_many), _TEXTS_SCHEMA]


def _boolean(value: object) -> bool:
    text = as_text(value, "true or false")
    if text.lower() not in ("true", "false"):
        wrong("is neither true nor false")
    return text.lower() == "true"


Boolean = Annotated[bool, BeforeValidator(_boolean), WithJsonSchema({"type": "boolean"})]


def whole(low: int, high: int) -> BeforeValidator:
    """A whole number from ``low`` to ``high``, both included."""

    def check(value: object) -> int:
        text = as_text(value, "a whole number")
        if not re.fullmatch(r"[+-]?[0-9]{1,12}", text):
            wrong("is not a whole number")
        if not low <= int(text) <= high:
            wrong(f"is out of bounds: {low} to {high}")
        return int(text)

    return BeforeValidator(check)


def number(low: float, high: float) -> BeforeValidator:
    """A number with or without decimals from ``low`` to ``high``, both included."""

    def check(value: object) -> float:
        text = as_text(value, "a number")
        if not re.fullmatch(r"[+-]?([0-9]{1,12}(\.[0-9]{0,12})?|\.[0-9]{1,12})", text):
            wrong("is not a number such as 1 or 0.5")
        result = float(text)
        if not math.isfinite(result) or not low <= result <= high:
            wrong(f"is out of bounds: {low:g} to {high:g}")
        return result

    return BeforeValidator(check)


def choice(*words: str) -> BeforeValidator:
    """One of ``words``; the Literal behind it gives the schema."""

    def check(value: object) -> str:
        text = as_text(value, f"one of {', '.join(words)}")
        if text not in words:
            wrong(f"is not one of {', '.join(words)}{did_you_mean(text, words)}")
        return text

    return BeforeValidator(check)


def normal_url(text: str) -> str | None:
    """An http(s) address by the WHATWG rules, without fragment; null when it is none."""
    try:
        url = str(normalize_url(text.strip()))
    except ValueError:
        return None
    # with these schemes none is without a host, and the first # begins the fragment
    return url.partition("#")[0] if url.startswith(("http://", "https://")) else None


def for_the_web(text: str) -> str:
    """``feed://host/`` and ``feed:https://host/``, as pages and readers of another day wrote
    addresses, with the scheme that is meant; any other text as it is.
    """
    text = re.sub(r"^feed:(//)?(?=https?:)", "", text.strip(), flags=re.IGNORECASE)
    return re.sub(r"^feed://", "http://", text, flags=re.IGNORECASE)


def without_user(url: str) -> tuple[str, str, str]:
    """A normal address without user and password, and these two, decoded."""
    if "@" not in url:
        return url, "", ""
    parsed = URL(url)
    user, password = unquote(parsed.username), unquote(parsed.password)
    parsed.username = parsed.password = ""
    return str(parsed.href), user, password


def _feed_url(value: object) -> str:
    text = as_text(value, "an address such as https://example.org/feed.xml")
    if len(text) > 4000:
        wrong("is longer than 4000 characters")
    if re.search(r"\s(-\s+)?https?://", text):
        # YAML takes a line that is indented too far for more of the address above it
        wrong("is two entries in one; do the dashes stand below one another?")
    url = normal_url(text)
    if url is None:
        text = text.removeprefix("feed:").removeprefix("//")
        if normal_url(text) and "${" not in text:
            wrong(f'is not an http or https address; did you mean "{text[:100]}"?')
        guess = "" if "://" in text or text.startswith("/") else normal_url(f"https://{text}")
        known = guess and re.match(r"[\w-]+(\.[\w-]+)+(/|$)", text)
        hint = f'; did you mean "https://{text[:100]}"?' if known and "${" not in text else ""
        wrong(f"is not an http or https address{hint}")
    return url


FeedUrl = Annotated[
    str, BeforeValidator(_feed_url), WithJsonSchema({"type": "string", "pattern": "^https?://"})
]


def _base_url(value: object) -> str:
    text = as_text(value, "an address such as https://news.example.org")
    href = normal_url(text)
    if href is None:
        wrong("is not an http or https address")
    url = URL(href)
    if url.search or url.href.endswith("?") or "#" in text:
        wrong("must not have a query or a fragment; it is where the hub's front page stands")
    if url.username or url.password:
        wrong("must not hold a user or a password; subscribers see it")
    return str(url.href).rstrip("/")


BaseUrl = Annotated[
    str, BeforeValidator(_base_url), WithJsonSchema({"type": "string", "pattern": "^https?://"})
]


def _listen(value: object) -> tuple[str, int]:
    text = as_text(value, "host:port such as 127.0.0.1:8000")
    found = re.fullmatch(r"(?:\[([0-9A-Fa-f:.%\w]+)\]|([\w.-]+)):([0-9]{1,5})", text)
    if not found:
        hint = "" if text.count(":") < 2 else "; an IPv6 address stands in brackets, [::1]:8000"
        wrong(f"is not host:port such as 127.0.0.1:8000{hint}")
    if int(found.group(3)) > 65535:
        wrong("has no such port; ports go to 65535")
    return found.group(1) or found.group(2), int(found.group(3))


Listen = Annotated[
    tuple[str, int],
    BeforeValidator(_listen),
    WithJsonSchema({"type": "string", "pattern": r"^(\[[^\]]+\]|[^:\[\]]+):\d{1,5}$"}),
]


def _language(value: object) -> str:
    text = as_text(value, "a language such as sv or en-GB")
    if not text.isascii() or not re.match(LANGUAGE_PATTERN, text):
        wrong("is not a language tag such as sv or en-GB")
    first, *rest = text.split("-")
    return "-".join([first.lower(), *(_subtag(part) for part in rest)])


def _subtag(part: str) -> str:
    """Usual spelling of BCP 47 (RFC 5646, 2.1.1): scripts as Latn, regions as GB."""
    if len(part) == 4 and part.isalpha():
        return part.title()
    return part.upper() if len(part) == 2 else part.lower()


Language = Annotated[
    str, BeforeValidator(_language), WithJsonSchema({"type": "string", "pattern": LANGUAGE_PATTERN})
]
Languages = Annotated[tuple[Language, ...], BeforeValidator(_one_or_many), _TEXTS_SCHEMA]


@functools.cache
def _zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def _timezone(value: object) -> str:
    text = as_text(value, "a time zone such as Europe/Stockholm")
    if text not in _zones():
        cities = {name.rpartition("/")[2]: name for name in sorted(_zones())}
        city = next((full for short, full in cities.items() if short.lower() == text.lower()), None)
        hint = f'; did you mean "{city}"?' if city else did_you_mean(text, _zones())
        wrong(f"is not a time zone such as Europe/Stockholm{hint}")
    return text


Timezone = Annotated[str, BeforeValidator(_timezone), WithJsonSchema({"type": "string"})]


def _encoding(value: object) -> str:
    text = as_text(value, "an encoding such as utf-8 or windows-1252")
    try:
        b"a".decode(text)  # also refuses codecs that are not of text, such as hex
    except (LookupError, ValueError):
        wrong("is not an encoding such as utf-8 or windows-1252")
    return text.lower()


Encoding = Annotated[str, BeforeValidator(_encoding), WithJsonSchema({"type": "string"})]


def _id(value: object) -> str:
    text = as_text(value, "a short word")
    if len(text) > 200 or not re.fullmatch(r"[\w.:/@+-]+", text):
        wrong("is not an id: letters, digits and . _ - : / @ + only, at most 200")
    return text


SourceId = Annotated[
    str, BeforeValidator(_id), WithJsonSchema({"type": "string", "maxLength": 200})
]


def _slug(text: str) -> str:
    if not re.match(SLUG_PATTERN, text) or "\n" in text:
        wrong("is not a list's name: a-z, 0-9 and - only, at most 60, since it stands in addresses")
    if text in RESERVED_SLUGS:
        wrong("is reserved for the hub's own pages; choose another name")
    return text


Slug = Annotated[
    str,
    AfterValidator(_slug),
    WithJsonSchema({"type": "string", "pattern": SLUG_PATTERN}),
]
