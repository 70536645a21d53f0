"""What one document says: a feed and its entries, and how it was read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, fields
from datetime import datetime
from operator import attrgetter
from typing import Any, TypeVar

from feedhub.model.fetching import PaceHints
from feedhub.values import dataclass

T = TypeVar("T")


def _pickled_as_a_call(cls: type[T]) -> type[T]:
    """Have instances pickled as a call of their class with all fields in order.

    Thousands cross a pipe; a frozen dataclass with slots looks each field up by name, both ways.
    """
    values = attrgetter(*(one.name for one in fields(cls)))  # type: ignore[arg-type]

    def reduce(self: T) -> tuple[type[T], tuple[Any, ...]]:
        return cls, values(self)

    cls.__reduce__ = reduce  # type: ignore[method-assign,assignment]
    return cls


@_pickled_as_a_call
@dataclass(frozen=True, slots=True)
class Image:
    url: str
    width: int | None = None
    height: int | None = None
    alt: str | None = None
    credit: str | None = None  # "Foto: ..." where the feed gives it


@_pickled_as_a_call
@dataclass(frozen=True, slots=True)
class Enclosure:
    url: str
    type: str | None = None
    length: int | None = None


@_pickled_as_a_call
@dataclass(frozen=True, slots=True)
class Entry:
    """What one feed document says of one article, normalised.

    ``title`` and ``summary`` are plain text; ``content_html`` has passed the sanitiser;
    every URL is absolute. ``hash`` covers the entry as the feed gave it, together with the
    repairs in force, so that an entry with a known hash need not be looked at again.
    ``link`` works for readers; ``canonical`` is identity only.
    """

    hash: bytes
    position: int  # 0 is the first in the document
    title: str = ""
    guid: str | None = None
    link: str | None = None
    canonical: str | None = None
    authors: tuple[str, ...] = ()
    summary: str = ""
    content_html: str = ""
    image: Image | None = None
    enclosures: tuple[Enclosure, ...] = ()
    categories: tuple[str, ...] = ()
    published: datetime | None = None
    updated: datetime | None = None
    date_only: bool = False  # the feed gave a day, not a time
    date_note: str = ""  # why a date was refused or repaired
    language: str | None = None
    comments_url: str | None = None
    counts: Mapping[str, int] = field(default_factory=dict)  # comments, shares, score, views
    origin_name: str | None = None  # RSS <source>, Atom source/title
    origin_url: str | None = None
    paywall: bool = False


@_pickled_as_a_call
@dataclass(frozen=True, slots=True)
class KnownEntry:
    """An entry whose hash the store already has: only its place can be new."""

    hash: bytes
    position: int


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """A document, parsed. ``entries`` are new or changed; ``known`` are the others."""

    format: str  # rss20, rss10, atom10, json11 ...
    title: str = ""
    site_link: str | None = None
    language: str | None = None
    icon: str | None = None
    hub_links: tuple[str, ...] = ()
    self_link: str | None = None
    hints: PaceHints = field(default_factory=PaceHints)
    entries: tuple[Entry, ...] = ()
    known: tuple[KnownEntry, ...] = ()
    repeated_guids: frozenset[str] = frozenset()  # guids that several entries share
    repeated_links: frozenset[str] = frozenset()  # canonical links that several share
    refused: Mapping[str, int] = field(default_factory=dict)  # reason -> entries refused
    repairs: tuple[str, ...] = ()  # how a malformed document was saved
    date_trust: float | None = None  # share of its dates that can be believed; None: has none
    dated: int = 0  # entries that gave a date at all, believed or not
    reader: str = ""  # which path read it: fast, feedparser, json
    truncated: bool = False  # cut off on its way: what it lacks is not therefore gone

    @property
    def found(self) -> int:
        return len(self.entries) + len(self.known)


@dataclass(frozen=True, slots=True)
class Document:
    """Bytes to parse, with all that is known about them. Plain values: it crosses a pipe."""

    body: bytes
    url: str
    content_type: str = ""
    encoding: str | None = None  # per-source override
    timezone: str | None = None  # for dates without one
    language: str | None = None
    received_at: datetime | None = None  # "now": nothing is dated after it for ranking
    known: frozenset[bytes] = frozenset()  # entry hashes the store already has
