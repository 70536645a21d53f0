"""Articles and the stories that they tell."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from feedhub.model.parsing import Enclosure, Image
from feedhub.model.settings import ContentRights
from feedhub.values import dataclass


@dataclass(frozen=True, slots=True)
class Item:
    """One article, as the store has it: all that publishing needs."""

    id: int
    source_id: int
    source_name: str
    source_url: str
    publisher: str
    content_rights: ContentRights
    title: str
    link: str | None
    authors: tuple[str, ...]
    summary: str
    content_html: str
    image: Image | None
    enclosures: tuple[Enclosure, ...]
    categories: tuple[str, ...]
    section: str | None  # the source's category in feeds.yaml, else the entry's first
    published: datetime | None
    effective: datetime | None
    first_seen: datetime
    updated: datetime  # moves only when what we publish of it does
    language: str | None
    comments_url: str | None
    counts: Mapping[str, int]
    story_id: int | None
    origin_name: str | None = None
    origin_url: str | None = None
    paywall: bool = False


@dataclass(frozen=True, slots=True)
class StoryItem:
    """An item as the story engine sees it."""

    id: int
    title: str
    summary: str
    publisher: str
    language: str | None
    at: datetime  # effective time, else first seen
    story_id: int | None = None  # null until placed
    source_id: int = 0
    authors: tuple[str, ...] = ()
    origin_name: str | None = None


@dataclass(frozen=True, slots=True)
class Placement:
    """That an item belongs to a story; the id may be one the engine has just minted."""

    item_id: int
    story_id: int


@dataclass(frozen=True, slots=True)
class StoryLinks:
    """What people have said of pairs of items: joined, or split, for good."""

    joins: tuple[tuple[int, int], ...] = ()
    splits: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class StoryChanges:
    """What placing a batch changes; ``merges`` are (younger, older): the older id stays."""

    placements: tuple[Placement, ...] = ()
    merges: tuple[tuple[int, int], ...] = ()
