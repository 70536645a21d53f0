"""The bundled data: the feeds, and the written stories with their tellings.

Read from TOML files beside this module. Times in them are offsets from the demo's start,
written ``-4:10`` or ``0:35`` (hours and minutes).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import cache
from importlib import resources
from typing import Any, Literal
from zlib import crc32

from feedhub.values import dataclass

Format = Literal["rss20", "rss20-sloppy", "rss10", "atom10", "json11"]


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed of the demo. ``counts`` gives, per kind shown, what an article ends near."""

    key: str
    publisher: str  # the publisher's domain
    name: str
    title: str
    path: str  # below the origin, without a leading slash
    site: str
    format: Format
    encoding: str = "utf-8"
    language: str = "sv"
    editorial: bool = False  # ordered by weight and age, not by time
    category: str | None = None  # what the demo's feeds.yaml says of the source
    counts: Mapping[str, int] | None = None
    limit: int = 25


@dataclass(frozen=True, slots=True)
class Telling:
    """One publisher's article about an event. ``at`` and ``corrected_at`` count from start."""

    story: str
    feed: str
    at: timedelta
    title: str
    lead: str
    section: str
    body: tuple[str, ...] = ()
    byline: str | None = None
    credit: str | None = None  # the photographer; an article with one has a picture
    alt: str | None = None
    counts: Mapping[str, int] | None = None  # final figures, over the feed's own
    half: timedelta = timedelta(hours=2)  # in which a count makes half of its way
    weight: float = 1.0  # how long an editor keeps it on top
    corrected: str | None = None  # a later headline under the same link
    corrected_at: timedelta | None = None

    @property
    def key(self) -> str:
        return f"{self.story}/{self.feed}"

    @property
    def number(self) -> int:
        """A stable six-digit number, for ids and addresses."""
        return 100_000 + crc32(self.key.encode()) % 900_000


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The feeds by key, and every written telling."""

    feeds: Mapping[str, Feed]
    tellings: tuple[Telling, ...]


def offset(text: str) -> timedelta:
    """``-4:10`` as a timedelta of minus four hours and ten minutes."""
    hours, minutes = text.removeprefix("-").split(":")
    value = timedelta(hours=int(hours), minutes=int(minutes))
    return -value if text.startswith("-") else value


def read_data(name: str) -> dict[str, Any]:
    """A TOML file of the demo's data, as plain values."""
    return tomllib.loads((resources.files(__package__) / "data" / name).read_text("utf-8"))


def _tellings(story: Mapping[str, Any]) -> Iterator[Telling]:
    for told in story["told"]:
        fields = dict(told)
        corrected_at = fields.pop("corrected_at", None)
        yield Telling(
            story=story["key"],
            feed=fields.pop("by"),
            at=offset(fields.pop("at")),
            section=fields.pop("section", story["section"]),
            body=tuple(fields.pop("body", ())),
            half=timedelta(minutes=fields.pop("half_minutes", 120)),
            corrected_at=offset(corrected_at) if corrected_at else None,
            **fields,
        )


@cache
def catalogue() -> Catalogue:
    """The bundled data, read once."""
    feeds = {feed["key"]: Feed(**feed) for feed in read_data("feeds.toml")["feed"]}
    stories = read_data("stories.toml")["story"]
    return Catalogue(
        feeds=feeds,
        tellings=tuple(telling for story in stories for telling in _tellings(story)),
    )
