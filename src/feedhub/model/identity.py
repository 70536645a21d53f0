"""Which entry is which item: keys, candidates and the judge between them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from feedhub.model.fetching import GuidTrust
from feedhub.model.parsing import Entry
from feedhub.values import dataclass


class Key(NamedTuple):
    """A row of ``item_keys``: scope 0 is all sources, else a source's id."""

    scope: int
    kind: str  # guid, link, title
    value: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry with the keys that may find its item, and what a new item would be given.

    ``lookup`` is tried in order; ``remember`` is written whether the item is new or not.
    ``effective`` is null for items that are kept out of latest (``effective_why`` says why).
    ``publisher`` is null where the item speaks with its source's voice.
    """

    entry: Entry
    lookup: tuple[Key, ...]
    remember: tuple[Key, ...]
    publisher: str | None
    effective: datetime | None
    effective_why: str
    guards: tuple[Key, ...] = ()  # remembered too; asked only when ``lookup`` found nothing
    fresh: bool = False  # dated within the last days: nothing that has been removed can be


@dataclass(frozen=True, slots=True)
class GuidCheck:
    """What one document showed of its source's guids."""

    entries: int = 0  # new or changed entries that carry a usable guid
    flipped: int = 0  # known articles among them under a guid not seen before
    reused: int = 0
    shared: int = 0  # guids that entries with different links have at once


@dataclass(frozen=True, slots=True)
class KnownItem:
    """What the store knows of an item that a key led to, for judging whether it is the one.

    ``guids`` are those under which the source being read has given it before.
    """

    id: int
    source_id: int
    title: str
    canonical: str | None
    published: datetime | None
    guids: frozenset[str] = frozenset()
    summary: str = ""


class Identity(Protocol):
    """The decisions about identity that fall inside the writer's transaction. All pure."""

    def same_article(self, candidate: Candidate, key: Key, known: KnownItem, /) -> bool:
        """Whether the candidate is the item that one of its keys led to."""
        ...

    def twins(self, candidate: Candidate, known: KnownItem, /) -> bool:
        """Whether a second item, found by another key, is the same article too."""
        ...

    def carried_over(
        self, unfound: Sequence[Candidate], missing: Sequence[KnownItem], found: int, /
    ) -> Sequence[int | None]:
        """For each entry that no key found, the id of the item that it is under new ids.

        ``missing`` are items of the source that its document no longer holds; ``found`` is how
        many entries of the document have items. Null: a new article. No id is given twice.
        """
        ...

    def weigh(self, trust: GuidTrust, check: GuidCheck, /) -> GuidTrust:
        """The trust in a source's guids after one more document."""
        ...
