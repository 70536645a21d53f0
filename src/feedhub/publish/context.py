"""What every rendering needs to know: the hub, its addresses and ids, and kept fragments."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

from feedhub.model import Hub, Listing, ListSpec
from feedhub.publish.phrases import note_text
from feedhub.publish.text import legal, one_line


class FragmentCache:
    """Rendered entries, kept while what they were made of is equal; the oldest go first.

    A hit is decided by comparing the values themselves, so a stale fragment cannot be given.
    """

    def __init__(self, limit: int = 20_000) -> None:
        self._limit = limit
        self._kept: OrderedDict[Hashable, tuple[object, str]] = OrderedDict()

    def get(self, key: Hashable, basis: object, make: Callable[[], str]) -> str:
        """The fragment under ``key`` if it was made of an equal ``basis``, else a new one."""
        kept = self._kept.get(key)
        if kept is not None and kept[0] == basis:
            self._kept.move_to_end(key)
            return kept[1]
        made = make()
        self._kept[key] = (basis, made)
        self._kept.move_to_end(key)
        if len(self._kept) > self._limit:
            self._kept.popitem(last=False)
        return made


@dataclass(frozen=True)
class PublishContext:
    """The hub as its publications name it.

    ``authority`` is the tag: authority minted with the database; ``refresh`` is how often a
    list can change, given to readers as ttl and cache hint; ``static`` says that no server
    answers, so pages offer neither search nor what only a server can give.
    """

    hub: Hub
    authority: str
    version: str
    lists: tuple[ListSpec, ...] = ()
    refresh: timedelta = timedelta(minutes=5)
    static: bool = False
    fragments: FragmentCache = field(default_factory=FragmentCache, compare=False, repr=False)

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.hub.timezone)

    @cached_property
    def prefix(self) -> str:
        """The path under which the hub lives: ``""`` or ``/nyheter``."""
        return urlsplit(self.hub.base_url).path.rstrip("/")

    @cached_property
    def name(self) -> str:
        """The hub's title on one line, never empty."""
        return one_line(self.hub.title) or "feedhub"

    def url(self, path: str) -> str:
        """The absolute address of one of our paths, which begins with a slash."""
        return self.hub.base_url.rstrip("/") + path

    def tag(self, specific: str) -> str:
        """A stable id in our authority (RFC 4151)."""
        return f"tag:{self.authority}:{specific}"


@dataclass(frozen=True, slots=True)
class Feed:
    """Where a feed lives and what it is called, apart from the entries in it.

    ``path`` is the address without its ending, ``html`` the page that shows the same.
    ``query`` is kept after the ending.
    """

    path: str
    id_specific: str
    title: str
    html: str
    description: str = ""
    query: str = ""

    def address(self, ending: str) -> str:
        return f"{self.path}.{ending}{self.query}"


def list_feed(listing: Listing, language: str = "sv") -> Feed:
    """The snapshot feed of a list: ``/LIST.atom`` and its siblings."""
    spec = listing.spec
    about = _about(listing, language)
    return Feed(f"/{spec.slug}", f"list/{spec.slug}", spec.title, f"/{spec.slug}", about)


def new_feed(listing: Listing, suffix: str, language: str = "sv") -> Feed:
    """The append-only feed of a popular list: ``/LIST.new.atom``; ``suffix`` ends its title."""
    spec = listing.spec
    return Feed(
        f"/{spec.slug}.new",
        f"list/{spec.slug}.new",
        f"{spec.title} – {suffix}",
        f"/{spec.slug}",
        _about(listing, language),
    )


def search_feed(text: str, title: str) -> Feed:
    """The feed of a search: ``/search.atom?q=...``."""
    q = quote(legal(text), safe="")
    return Feed("/search", f"search/{q}", title, f"/search?q={q}", query=f"?q={q}")


def source_feed(number: int, title: str) -> Feed:
    """The feed of one source as we publish it."""
    return Feed(f"/source/{number}", f"source/{number}", title, f"/source/{number}")


def _about(listing: Listing, language: str) -> str:
    note = note_text(listing.note_code, listing.note, language)
    return " ".join(part for part in (listing.spec.description, note) if part)
