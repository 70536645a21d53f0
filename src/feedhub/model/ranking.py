"""What a tick ranks from, and the lists that it makes, each place with its reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Literal, NamedTuple

from feedhub.model.settings import Role
from feedhub.values import dataclass


class CountAt(NamedTuple):
    """One observation of a count that a feed carries."""

    at: datetime
    kind: str  # comments, shares, score, views; of the hub's own: clicks, links
    value: int


class LinkSource(NamedTuple):
    """An item as the search for links in its text sees it."""

    id: int
    publisher: str
    role: Role
    canonical: str | None
    content_html: str
    summary: str


@dataclass(frozen=True, slots=True)
class RankItem:
    """An item as ranking sees it: light, since there may be a hundred thousand."""

    id: int
    story_id: int
    source_ids: tuple[int, ...]  # every source that carries or carried it
    publisher: str
    section: str | None
    categories: tuple[str, ...]
    language: str | None
    title: str
    effective: datetime | None
    first_seen: datetime
    counts: Mapping[str, int] = field(default_factory=dict)  # latest value per kind
    history: tuple[CountAt, ...] = ()  # every observed change, oldest first
    position: int | None = None  # best place now in any source's document; null: gone
    weight: float = 1.0
    role: Role = "outlet"
    places: tuple[tuple[int, int], ...] = ()  # (source id, place now) where several carry it
    copied: bool = False  # its publisher only carries another's words: no voice of its own
    updated: datetime | None = None  # when its text was last another


@dataclass(frozen=True, slots=True)
class SourceNorm:
    """A source's own normal, against which its counts and pace are read."""

    source_id: int
    key: str
    name: str
    publisher: str
    items_per_day: float = 0.0
    typical_counts: Mapping[str, float] = field(default_factory=dict)  # median per kind
    entries: int = 0  # how many entries its document holds now
    role: Role = "outlet"
    ordered: Literal["editorial", "time"] | None = None  # None: told from its items' times


@dataclass(frozen=True, slots=True)
class RankInput:
    """Everything a tick ranks from. ``norms`` is keyed by source id."""

    now: datetime
    items: tuple[RankItem, ...]
    norms: Mapping[int, SourceNorm] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Number:
    """The figure shown before a title: real, with its unit (voices, comments, shares ...)."""

    value: int
    unit: str


@dataclass(frozen=True, slots=True)
class Reason:
    """One term of a rank: its name, its points, its inputs in words, and as values.

    ``term`` and the names in ``params`` are stable codes, so that a page may say the same
    in its own language; ``text`` is a plain English sentence.
    """

    term: str
    points: float
    text: str
    params: tuple[tuple[str, float | int | str], ...] = ()


@dataclass(frozen=True, slots=True)
class Ranked:
    """A place in a list, with its reasons. ``also`` are the story's other items."""

    position: int  # 1 is the first
    item_id: int
    story_id: int
    score: float
    number: Number | None
    reasons: tuple[Reason, ...]
    voices: int = 1
    also: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class RankedList:
    """A list at a tick. ``note`` says, for readers, what its numbers are when it must.

    ``note_code`` is the same as a stable code (``few-shared``), for translation.
    """

    slug: str
    tick: datetime
    entries: tuple[Ranked, ...]
    note: str = ""
    note_code: str = ""
