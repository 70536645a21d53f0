"""What every rendering needs to know: the hub, its addresses and ids, and kept fragments."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from threading import Lock
from urllib.parse import quote, unquote, urlsplit
from zoneinfo import ZoneInfo

from feedhub.model import Access, Hub, Listing, ListSpec, public_id
from feedhub.publish.assets import Asset, load_assets
from feedhub.publish.phrases import note_text
from feedhub.publish.text import legal, one_line

# Entries in a complete archive document: few documents to walk, none of them a burden.
ARCHIVE_SIZE = 100


class FragmentCache:
    """Rendered entries, kept while what they were made of is equal; the oldest go first.

    A hit is decided by comparing the values themselves, so a stale fragment cannot be given.
    """

    def __init__(self, limit: int = 20_000) -> None:
        self._limit = limit
        self._kept: OrderedDict[Hashable, tuple[object, str]] = OrderedDict()
        # ticks render in a thread, while searches render in the loop
        self._lock = Lock()

    def get(self, key: Hashable, basis: object, make: Callable[[], str]) -> str:
        """The fragment under ``key`` if it was made of an equal ``basis``, else a new one."""
        kept = self._kept.get(key)
        made = kept[1] if kept is not None and kept[0] == basis else make()
        with self._lock:
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
    overrides: Path | None = None  # a folder with templates/ and static/ that go before ours
    fragments: FragmentCache = field(default_factory=FragmentCache, compare=False, repr=False)

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.hub.timezone)

    @cached_property
    def base_path(self) -> str:
        """The path under which the hub lives: ``""`` or ``/nyheter``."""
        return urlsplit(self.hub.base_url).path.rstrip("/")

    @cached_property
    def asked_path(self) -> str:
        """The same as servers hand it on: unescaped, as in a request's ``scope["path"]``."""
        return unquote(self.base_path)

    @cached_property
    def prefix(self) -> str:
        """What our paths begin with on pages: the base path, and a private hub's token."""
        return self.base_path + token_path(self.hub.access)

    @cached_property
    def for_strangers(self) -> PublishContext:
        """As those see it who may not read it: without the token, and without the lists."""
        hub = replace(self.hub, access=None)
        return replace(self, hub=hub, lists=(), fragments=FragmentCache())

    @cached_property
    def _for_lists(self) -> dict[str, PublishContext]:
        if self.hub.access is None:
            return {}
        hub = replace(self.hub, access=None)
        return {
            slug: replace(self, hub=hub, fragments=FragmentCache()) for slug in self.private_lists
        }

    def read_by(self, slug: str) -> PublishContext:
        """As the readers of one list see it: who may read only that is not told the hub's token."""
        return self._for_lists.get(slug, self)

    @cached_property
    def shown(self) -> tuple[ListSpec, ...]:
        """The lists that everybody who may read the hub may read."""
        return tuple(spec for spec in self.lists if spec.access is None)

    @cached_property
    def private_lists(self) -> dict[str, Access]:
        """Who may read the lists that say so themselves, by slug."""
        return {spec.slug: spec.access for spec in self.lists if spec.access is not None}

    @cached_property
    def private(self) -> bool:
        """Whether anything here is not for everybody."""
        return self.hub.access is not None or bool(self.private_lists)

    def access(self, spec: ListSpec | None) -> Access | None:
        """Who may read a list: what it says itself, else what the hub says."""
        return spec.access if spec is not None and spec.access else self.hub.access

    def root(self, spec: ListSpec | None = None) -> str:
        """What the paths of a list begin with."""
        return self.base_path + token_path(self.access(spec))

    @cached_property
    def assets(self) -> dict[str, Asset]:
        """Stylesheet, script and pictures by their plain names."""
        return load_assets(self.overrides / "static" if self.overrides else None)

    @cached_property
    def name(self) -> str:
        """The hub's title on one line, never empty."""
        return one_line(self.hub.title) or "feedhub"

    def url(self, path: str, spec: ListSpec | None = None) -> str:
        """The absolute address of one of our paths, which begins with a slash."""
        return self.hub.base_url.rstrip("/") + token_path(self.access(spec)) + path

    @cached_property
    def born(self) -> datetime:
        """The first instant of the year in which the authority was minted: no feed is older."""
        year = self.authority.rpartition(",")[2][:4]
        return datetime(
            int(year) if year.isdecimal() and int(year) > 1990 else 2000, 1, 1, tzinfo=UTC
        )

    def tag(self, specific: str) -> str:
        """A stable id in our authority (RFC 4151)."""
        return f"tag:{self.authority}:{specific}"


def token_path(access: Access | None) -> str:
    """What stands before a private path: ``/~TOKEN``, or nothing."""
    return f"/~{access.token}" if access is not None and access.token else ""


@dataclass(frozen=True, slots=True)
class Feed:
    """Where a feed lives and what it is called, apart from the entries in it.

    ``path`` is the address without its ending, ``html`` the page that shows the same.
    ``query`` is kept after the ending. ``spec`` is the list whose feed it is. ``related`` are
    (link relation, path without ending) of other documents of the same feed (RFC 5005), and
    ``archive`` says that this one is a complete part of it. ``pushed`` feeds name the hubs
    that are told of their changes.
    """

    path: str
    id_specific: str
    title: str
    html: str
    description: str = ""
    query: str = ""
    spec: ListSpec | None = None
    related: tuple[tuple[str, str], ...] = ()
    archive: bool = False
    pushed: bool = False

    def address(self, ending: str) -> str:
        return f"{self.path}.{ending}{self.query}"


def feed_url(feed: Feed, ending: str, ctx: PublishContext) -> str:
    """The absolute address of the feed in one format."""
    return ctx.url(feed.address(ending), feed.spec)


def hubs_of(feed: Feed, ctx: PublishContext) -> tuple[str, ...]:
    """The WebSub hubs to name in a feed: those of the hub, for feeds that anybody may read."""
    return ctx.hub.websub_hubs if feed.pushed and ctx.access(feed.spec) is None else ()


def list_feed(listing: Listing, ctx: PublishContext, entered: int = 0) -> Feed:
    """The snapshot feed of a list: ``/LIST.atom`` and its siblings.

    ``entered`` counts what was ever in a latest list, whose archive it leads to.
    """
    spec = listing.spec
    return Feed(
        f"/{spec.slug}",
        f"list/{spec.slug}",
        spec.title,
        f"/{spec.slug}",
        _about(listing, ctx),
        spec=spec,
        related=_prev_archive(spec.slug, entered),
        pushed=True,
    )


def new_feed(listing: Listing, ctx: PublishContext, suffix: str, entered: int = 0) -> Feed:
    """The append-only feed of a popular list: ``/LIST.new.atom``; ``suffix`` ends its title."""
    spec = listing.spec
    return Feed(
        f"/{spec.slug}.new",
        f"list/{spec.slug}.new",
        f"{spec.title} – {suffix}",
        f"/{spec.slug}",
        _about(listing, ctx),
        spec=spec,
        related=_prev_archive(f"{spec.slug}.new", entered),
        pushed=True,
    )


def archive_path(name: str, number: int) -> str:
    """The page of an archive; ``name`` is a latest list's slug, or ``SLUG.new``."""
    return f"/{name}/archive/{number}"


def newest_archive(entered: int) -> int | None:
    """The number of the page that the latest entry stands in; the first page is 0."""
    return (entered - 1) // ARCHIVE_SIZE if entered > 0 else None


def archive_feed(spec: ListSpec, name: str, number: int, title: str) -> Feed:
    """One page of an archive. All its links are known from the start, and never change."""
    related = [("current", f"/{name}"), ("next-archive", archive_path(name, number + 1))]
    if number:
        related.append(("prev-archive", archive_path(name, number - 1)))
    path = archive_path(name, number)
    # the same feed, hence the same id; other documents of it
    return Feed(path, f"list/{name}", title, path, spec=spec, related=tuple(related), archive=True)


def _prev_archive(name: str, entered: int) -> tuple[tuple[str, str], ...]:
    newest = newest_archive(entered)
    return () if newest is None else (("prev-archive", archive_path(name, newest)),)


def search_feed(text: str, title: str, filters: tuple[tuple[str, str], ...] = ()) -> Feed:
    """The feed of a search: ``/search.atom?q=...``, with its filters if any."""
    q = quote(legal(text), safe="")
    query = f"?q={q}" + "".join(
        f"&{name}={quote(legal(value), safe='')}" for name, value in filters
    )
    return Feed("/search", f"search/{query[3:]}", title, f"/search{query}", query=query)


def source_feed(number: int, title: str) -> Feed:
    """The feed of one source as we publish it."""
    return Feed(f"/source/{number}", f"source/{number}", title, f"/source/{number}")


def category_path(name: str) -> str:
    """The page of a category, by its name in feeds.yaml."""
    return f"/category/{quote(legal(name), safe='')}"


def category_feed(name: str) -> Feed:
    """The feed of a category: the newest of its sources."""
    path = category_path(name)
    return Feed(path, f"category/{quote(legal(name), safe='')}", one_line(name), path)


def story_feed(number: int, title: str) -> Feed:
    """The feed of a story: who tells of it, the latest first."""
    path = f"/story/{public_id('s', number)}"
    return Feed(path, f"story/{public_id('s', number)}", title, path)


def _about(listing: Listing, ctx: PublishContext) -> str:
    note = note_text(listing.note_code, listing.note, ctx.hub.language)
    return " ".join(part for part in (listing.spec.description, note) if part)
