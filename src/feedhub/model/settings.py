"""What feeds.yaml says: the hub, its sources, its lists and what is kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from datetime import timedelta
from functools import lru_cache
from html import escape
from typing import Literal
from urllib.parse import quote, unquote

from feedhub.values import dataclass

ContentRights = Literal["title", "excerpt", "full"]
Lease = Literal["new", "kept"]
Order = Literal["latest", "popular"]
Role = Literal["outlet", "aggregator", "toplist"]
Images = Literal["off", "direct", "proxy"]  # whether, and through whom, pages show pictures


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


@lru_cache(maxsize=1024)
def _in_any_spelling(value: str) -> re.Pattern[str]:
    """What stands for ``value``, each character as it is, percent-encoded or escaped for HTML."""
    text = unquote(value, errors="surrogateescape")
    return re.compile("".join(map(_spellings, text)))


def _spellings(character: str) -> str:
    coded = quote(character, safe="", errors="surrogateescape")
    if coded == character:  # letters and digits are encoded by nobody, but may be
        coded = "".join(f"%{byte:02X}" for byte in character.encode())
    forms = {re.escape(character), re.escape(escape(character)), f"(?i:{re.escape(coded)})"}
    return f"(?:{'|'.join(sorted(forms))})"


@dataclass(frozen=True, slots=True)
class Source:
    """A feed as feeds.yaml asks for it. ``key`` is the explicit ``id:``, else the address.

    Where the environment gave a part of the address, ``url`` says ``${NAME}`` for it, so that it
    can be stored and shown; :meth:`unveiled` is for asking.
    """

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
    secrets: tuple[tuple[str, str], ...] = field(default=(), repr=False)  # ${NAME}, its value

    def unveiled(self, text: str) -> str:
        """An address of this source as it is asked for."""
        for name, value in self.secrets:
            text = text.replace(name, value)
        return text

    def veiled(self, text: str) -> str:
        """Text of a server or of our own as it may be stored and shown.

        A server that was told a secret may say it again in another spelling.
        """
        for name, value in self.secrets:
            text = name.join(_in_any_spelling(value).split(text))
        return text


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
    watched: tuple[str, ...] = field(default=(), compare=False)  # files and folders it is read from
    notes: tuple[str, ...] = field(default=(), compare=False)  # file:line:column, what to look at
    telling: tuple[str, ...] = field(default=(), compare=False)  # files with secrets as plain text


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
