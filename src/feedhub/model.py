"""What every room speaks: frozen values, aware UTC datetimes, nothing imported of ours.

Units: every ``datetime`` is timezone-aware and in UTC; every ``timedelta`` is wall time;
sizes are bytes; ids of items and stories are integers inside and ``i12`` / ``s7`` outside
(see :func:`public_id`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal, NamedTuple, Protocol

ContentRights = Literal["title", "excerpt", "full"]
Lease = Literal["new", "kept"]
Order = Literal["latest", "popular"]
Role = Literal["outlet", "aggregator", "toplist"]
Images = Literal["off", "direct", "proxy"]  # whether, and through whom, pages show pictures


# --- outcomes ---------------------------------------------------------------------------


class OutcomeKind(StrEnum):
    """How a fetch ended: one word for store, log, metric and page."""

    OK = "ok"
    UNCHANGED = "unchanged"  # 200 with the same body as last time
    NOT_MODIFIED = "not_modified"  # 304
    MOVED = "moved"  # a good answer, through a permanent redirect
    GONE = "gone"  # 410
    THROTTLED = "throttled"  # 429, or 503 with Retry-After
    BLOCKED = "blocked"  # 401, 403 or a challenge page
    NOT_A_FEED = "not_a_feed"  # an answer that is no feed, with what was found
    FAILED = "failed"  # see the stage and the reason


class Stage(StrEnum):
    """Where a failed fetch failed."""

    DNS = "dns"
    CONNECT = "connect"
    TLS = "tls"
    TIMEOUT = "timeout"
    STATUS = "status"
    SIZE = "size"
    ENCODING = "encoding"
    REDIRECTS = "redirects"
    ADDRESS = "address"
    PARSE = "parse"


GOOD_OUTCOMES = frozenset(
    {OutcomeKind.OK, OutcomeKind.UNCHANGED, OutcomeKind.NOT_MODIFIED, OutcomeKind.MOVED}
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of one fetch. ``stage`` is set exactly when ``kind`` is ``failed``."""

    kind: OutcomeKind
    stage: Stage | None = None
    reason: str = ""
    status: int | None = None

    @property
    def good(self) -> bool:
        return self.kind in GOOD_OUTCOMES

    @property
    def label(self) -> str:
        """``ok``, ``failed:dns`` ...: the word used in logs, metrics and pages."""
        return f"{self.kind}:{self.stage}" if self.stage else str(self.kind)


# --- configuration ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Auth:
    """Credentials for one source: ``basic`` with a user, or a ``bearer`` token."""

    kind: Literal["basic", "bearer"]
    user: str = ""
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class DropRule:
    """Entries that feeds.yaml keeps out: advertising, shop links and the like.

    ``pattern`` is matched without regard to case. With ``*`` or ``?`` in it, it is a glob
    over the whole value; without, a link or title contains it, a category equals it.
    """

    field: Literal["link", "category", "title"]
    pattern: str
    name: str = ""  # under which drops are counted; "" is "field: pattern"


@dataclass(frozen=True, slots=True)
class ParseRules:
    """A source's repairs and rules for its entries, as feeds.yaml gives them."""

    strip_title: tuple[str, ...] = ()  # prefixes to take off titles, e.g. "Just nu: "
    strip_title_end: tuple[str, ...] = ()  # suffixes, e.g. " | Bladet"
    strip_kicker: bool = False  # take off "Kicker: " or "KICKER – " before the headline
    drop: tuple[DropRule, ...] = ()
    paywall: tuple[DropRule, ...] = ()  # what matches is marked, not dropped
    fast: bool = True  # the strict fast path; off: feedparser reads every document


@dataclass(frozen=True, slots=True)
class Source:
    """A feed as feeds.yaml asks for it. ``key`` is the explicit ``id:``, else the address."""

    key: str
    url: str
    name: str | None = None
    publisher: str | None = None
    category: str | None = None
    interval: timedelta | None = None
    language: str | None = None
    timezone: str | None = None
    encoding: str | None = None
    content: ContentRights = "excerpt"
    weight: float = 1.0
    role: Role = "outlet"
    ordered: Literal["editorial", "time"] | None = None  # None: not told, detected later
    rate_group: str | None = None
    allow_private: bool = False
    enabled: bool = True
    rules: ParseRules = ParseRules()  # repairs, drops and marks for its entries
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)  # sent to its host only
    auth: Auth | None = field(default=None, repr=False)
    proxy: str | None = field(default=None, repr=False)  # http://[user:password@]host:port
    ca_file: str | None = None  # PEM file trusted for this source in place of the usual ones
    timeout: timedelta | None = None  # the whole of one fetch, redirects included
    keep: timedelta | None = None  # how long its items are kept; null: as the hub says
    keep_count: int | None = None  # how many of them; null: as the hub says


@dataclass(frozen=True, slots=True)
class Where:
    """The filter of a list: an item passes when every non-empty field lets it through."""

    category: frozenset[str] = frozenset()
    source: frozenset[str] = frozenset()  # source keys or names
    publisher: frozenset[str] = frozenset()
    language: frozenset[str] = frozenset()
    words: tuple[str, ...] = ()  # any of these, as whole words, case-insensitive
    exclude_words: tuple[str, ...] = ()
    min_voices: int = 0
    max_age: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """Who may read: those with the token in the address, and those who log in. "" is neither."""

    token: str = field(default="", repr=False)
    user: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class ListSpec:
    """A configured output: an order, a filter, a limit."""

    slug: str
    title: str
    order: Order
    limit: int = 30
    window: timedelta = timedelta(hours=24)  # popular: how far back stories count
    where: Where = Where()
    description: str = ""
    fair: bool = False  # latest: on its page no publisher gets more than its share of the places
    collapse: bool = False  # latest: a story once, at its first telling, with "also in"
    weights: Mapping[str, float] = field(default_factory=dict)  # popular: term -> factor
    access: Access | None = None  # null: as the hub
    keep: timedelta | Literal["always"] | None = None  # null: popular always, latest not at all


@dataclass(frozen=True, slots=True)
class Hub:
    """The ``hub:`` section of feeds.yaml."""

    title: str = "feedhub"
    base_url: str = "http://127.0.0.1:8000"  # what subscribers see; never ends in "/"
    listen_host: str = "127.0.0.1"
    listen_port: int = 8000
    language: str = "sv"
    timezone: str = "Europe/Stockholm"
    contact: str | None = None
    description: str = ""
    keep: timedelta = timedelta(days=180)  # items, counted from when they were first seen
    keep_count: int | None = None  # items of one source; null: any number
    keep_log: timedelta = timedelta(days=35)  # requests: what manners and metrics read
    keep_history: timedelta = timedelta(days=14)  # how far back explain --at can look
    images: Images = "off"
    access: Access | None = None  # null: anybody may read
    websub_hubs: tuple[str, ...] = ()  # told when a list changes, and named in feeds
    clicks: bool = False  # links lead through the hub, which counts them by item and hour


@dataclass(frozen=True, slots=True)
class Config:
    """A whole, valid feeds.yaml. ``fingerprint`` changes when anything that ranks does."""

    hub: Hub
    sources: tuple[Source, ...]
    lists: tuple[ListSpec, ...]
    path: str = ""
    fingerprint: str = ""


# --- fetching ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FetchState:
    """What the store remembers of a source between fetches.

    ``etag`` and ``last_modified`` are opaque: the header's bytes read as Latin-1, sent back
    as they came. ``imported_at`` is the first successful import, null before it.
    """

    etag: str | None = None
    last_modified: str | None = None
    body_hash: bytes | None = None
    last_fetch_at: datetime | None = None
    last_ok_at: datetime | None = None
    last_200_at: datetime | None = None
    imported_at: datetime | None = None
    next_due: datetime | None = None
    due_reason: str = ""
    errors: int = 0  # consecutive fetches that did not end well
    redirect_url: str | None = None  # where permanent redirects agree on pointing
    redirect_since: datetime | None = None
    site_link: str | None = None
    hints: PaceHints | None = None  # from the last document parsed
    paused_until: datetime | None = None  # a throttling host's wish, for its whole rate group
    gone_at: datetime | None = None  # 410: not asked again
    distrusted_at: datetime | None = None  # when its validators were found to lie
    unconditional_at: datetime | None = None  # last request in full although validators were there
    push_until: datetime | None = None  # a hub is trusted to push its news until then
    changed_at: datetime | None = None  # when a 200 last brought another body
    suspicions: int = 0  # times in a row that a 304 was belied by asking in full
    backoff: int = 0  # doublings of its pace after throttling; one fewer with each good fetch


@dataclass(frozen=True, slots=True)
class GuidTrust:
    """What a source's guids have shown, and whether they are asked first because of it."""

    trusted: bool = True
    reason: str = ""  # why not, in words fit for the status page
    flips: int = 0  # fetches in which most known articles came under new guids
    reused: int = 0  # guids that came back for another article
    shared: bool = False  # different articles have had one guid at the same time


@dataclass(frozen=True, slots=True)
class StoredSource:
    """A source with its id in the store and what is remembered of it."""

    id: int
    source: Source
    state: FetchState
    recent: tuple[datetime, ...] = ()  # effective times of its newest items, newest first
    guids: GuidTrust = GuidTrust()


@dataclass(frozen=True, slots=True)
class Fetched:
    """The result of one fetch: exactly one outcome, and on a good 200 the body."""

    outcome: Outcome
    url: str  # the address that answered last
    started_at: datetime
    elapsed: timedelta = timedelta(0)
    body: bytes | None = None
    body_hash: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)  # lower-case names
    etag: str | None = None
    last_modified: str | None = None
    wire_bytes: int = 0
    permanent_url: str | None = None  # where an unbroken chain of 301/308 led
    requested_url: str = ""  # the address asked first: the configured or a believed one
    conditional: bool = False  # the request carried validators
    had_validator: bool = False  # there were some to carry
    sent: bool = True  # false: held back, nothing left this machine
    retry_after: timedelta | None = None  # the pause asked for, counted from ``started_at``


@dataclass(frozen=True, slots=True)
class FetchLogRow:
    """One request as the fetch log keeps it: what the audit of manners reads.

    ``allowed_at`` is the due time in force when the request was made, as the fetch before
    had planned it; for a request by hand the end of a pause, if any. Null: no fetch before.
    """

    source_key: str
    group: str  # the rate group, else the host
    at: datetime
    outcome: OutcomeKind
    status: int | None = None
    conditional: bool = False
    had_validator: bool = False
    retry_after: timedelta | None = None  # what this answer asked for
    allowed_at: datetime | None = None
    by_hand: bool = False
    url: str = ""  # the address asked


@dataclass(frozen=True, slots=True)
class PaceHints:
    """What a document says of its own pace; empty when it says nothing."""

    ttl: timedelta | None = None
    skip_hours: frozenset[int] = frozenset()  # 0-23, UTC
    skip_days: frozenset[int] = frozenset()  # 0 Monday .. 6 Sunday, UTC
    update_period: timedelta | None = None  # sy:updatePeriod / sy:updateFrequency


@dataclass(frozen=True, slots=True)
class Due:
    """When a source is fetched next, and why then, in words fit for the status page."""

    at: datetime
    reason: str


# --- parsing ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Image:
    url: str
    width: int | None = None
    height: int | None = None
    alt: str | None = None
    credit: str | None = None  # "Foto: ..." where the feed gives it


@dataclass(frozen=True, slots=True)
class Enclosure:
    url: str
    type: str | None = None
    length: int | None = None


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
    hints: PaceHints = PaceHints()
    entries: tuple[Entry, ...] = ()
    known: tuple[KnownEntry, ...] = ()
    repeated_guids: frozenset[str] = frozenset()  # guids that several entries share
    repeated_links: frozenset[str] = frozenset()  # canonical links that several share
    refused: Mapping[str, int] = field(default_factory=dict)  # reason -> entries refused
    repairs: tuple[str, ...] = ()  # how a malformed document was saved
    date_trust: float | None = None  # share of its dates that can be believed; None: has none
    dated: int = 0  # entries that gave a date at all, believed or not
    reader: str = ""  # which path read it: fast, feedparser, json
    truncated: bool = False  # cut off or capped: what it lacks is not therefore gone

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


# --- identity ---------------------------------------------------------------------------


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


@dataclass(frozen=True, slots=True)
class FetchCommit:
    """All that one fetch changes, written in one transaction."""

    source_id: int
    fetched: Fetched
    state: FetchState  # as it is to be remembered, next due included
    publisher: str  # the source's voice, as far as it is known now
    candidates: tuple[Candidate, ...] = ()
    known: tuple[KnownEntry, ...] = ()
    complete: bool = False  # the document was parsed whole: absent sightings are gone
    parsed: ParsedFeed | None = None  # feed-level fields; its entries are not read
    group: str = ""  # the rate group, else the host
    allowed_at: datetime | None = None  # see FetchLogRow
    by_hand: bool = False  # asked for by a person, due or not
    owner: str = ""  # the lease to give up


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


# --- items and stories ------------------------------------------------------------------


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


# --- ranking ----------------------------------------------------------------------------


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


# --- publishing -------------------------------------------------------------------------


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


# --- keeping ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Retention:
    """What is kept, and how long. Ages count from when an item was first seen.

    ``sources`` holds (age, count) by source key for those that differ from ``age`` and
    ``count``. ``feeds`` are archived feeds whose entries stay longer: so long after they
    entered, or for ever (null).
    """

    age: timedelta
    count: int | None
    log: timedelta
    history: timedelta
    sources: Mapping[str, tuple[timedelta, int | None]] = field(default_factory=dict)
    feeds: Mapping[str, timedelta | None] = field(default_factory=dict)


# --- the editor's hand ------------------------------------------------------------------

HandAction = Literal["hide", "pin", "retitle", "takedown"]


@dataclass(frozen=True, slots=True)
class Hand:
    """What an editor has ordered of one item (``i``) or story (``s``).

    ``slug`` is the list that is meant; "" is all. ``value`` is the new title of ``retitle``,
    the place of ``pin``. It is in force from ``at`` until ``until`` or ``undone_at``.
    """

    id: int
    kind: Literal["i", "s"]
    target: int
    action: HandAction
    value: str
    slug: str
    at: datetime
    by: str
    note: str = ""
    until: datetime | None = None
    undone_at: datetime | None = None
    undone_by: str = ""

    def in_force(self, now: datetime) -> bool:
        ended = self.undone_at is not None or (self.until is not None and self.until <= now)
        return not ended


def public_id(kind: Literal["i", "s"], number: int) -> str:
    """The outward form of an id: ``i12`` for an item, ``s7`` for a story."""
    return f"{kind}{number}"


def tag_uri(authority: str, kind: Literal["i", "s"], number: int) -> str:
    """The Atom id of an item or story (RFC 4151); the authority is minted with the database."""
    return f"tag:{authority}:{public_id(kind, number)}"
