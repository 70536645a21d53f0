"""Everything that one fetch changes, stored in one step."""

from __future__ import annotations

from datetime import datetime

from feedhub.model.fetching import Fetched, FetchState
from feedhub.model.identity import Candidate
from feedhub.model.parsing import KnownEntry, ParsedFeed
from feedhub.values import dataclass


@dataclass(frozen=True, slots=True)
class FetchCommit:
    """All that one fetch changes, written in one transaction."""

    source_id: int
    fetched: Fetched
    state: FetchState  # as it is to be remembered, next due included
    publisher: str | None  # the source's voice, as far as it is known now; null: as it was
    candidates: tuple[Candidate, ...] = ()
    known: tuple[KnownEntry, ...] = ()
    complete: bool = False  # the document was parsed whole: absent sightings are gone
    parsed: ParsedFeed | None = None  # feed-level fields; its entries are not read
    group: str = ""  # the rate group, else the host
    allowed_at: datetime | None = None  # see FetchLogRow
    by_hand: bool = False  # asked for by a person, due or not
    owner: str = ""  # the lease to give up
    address: str = ""  # the source's, as it was when the fetch began
    pushed: bool = False  # nobody was asked: what is remembered and planned stays as it stands


@dataclass(frozen=True, slots=True)
class CommitReport:
    """What a committed fetch changed."""

    source_id: int
    new: int = 0
    changed: int = 0
    known: int = 0
    gone: int = 0
    carried: int = 0  # known articles that came under new guids or links
    new_ids: tuple[int, ...] = ()
    new_at: tuple[datetime, ...] = ()  # their effective times, where they have one
