"""What is rendered: lists, pages of items, archives; what hubs are told."""

from __future__ import annotations

from datetime import datetime

from feedhub.model.fetching import StoredSource
from feedhub.model.items import Item
from feedhub.model.outcomes import Outcome
from feedhub.model.ranking import Ranked
from feedhub.model.settings import ListSpec
from feedhub.values import dataclass


@dataclass(frozen=True, slots=True)
class Placed:
    """A ranked place joined with the item shown there and the story's other items."""

    ranked: Ranked
    item: Item
    also: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """A list ready to be rendered. ``updated`` moves only when the list changed."""

    spec: ListSpec
    tick: datetime
    updated: datetime
    entries: tuple[Placed, ...]
    note: str = ""
    note_code: str = ""


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """A source as the status page shows it."""

    stored: StoredSource
    outcome: Outcome | None
    items: int
    newest: datetime | None
    name: str = ""  # as shown: of feeds.yaml, else the feed's own title, else its host
    publisher: str = ""

    @property
    def told_name(self) -> str:
        """Its name in feeds.yaml, else the feed's own title once that has been read."""
        read = self.stored.state.imported_at is not None
        return self.stored.source.name or (self.name if read else "")


@dataclass(frozen=True, slots=True)
class ItemFilter:
    """Which stored items are asked for; what is empty lets all through.

    ``section`` is a source's category, else an item's first; ``since`` counts from the
    effective time, else from when the item was first seen.
    """

    sources: frozenset[int] = frozenset()
    section: str | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class ArchivePage:
    """Part of what an archived feed ever held: (place, item, when it entered) each.

    ``missing`` counts entries whose item is not stored any more.
    """

    entries: tuple[tuple[Ranked, Item, datetime], ...]
    missing: int = 0


@dataclass(frozen=True, slots=True)
class ArchivedDocument:
    """A complete archive document; ``body`` is null once an item of it was taken away."""

    body: bytes | None
    sealed_at: datetime


@dataclass(frozen=True, slots=True)
class Ping:
    """That a WebSub hub is to be told of a changed feed, and how that went.

    ``next_at`` is null once it was told, or given up.
    """

    id: int
    hub: str
    topic: str
    asked_at: datetime
    attempts: int = 0
    tried_at: datetime | None = None
    next_at: datetime | None = None
    status: int | None = None
    reason: str = ""
