"""What is served: every address of a tick rendered, and the object that holds the current ones."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Protocol
from xml.parsers import expat

import structlog

from feedhub.model import (
    ArchivedDocument,
    ArchivePage,
    Item,
    ItemFilter,
    Listing,
    ListSpec,
    Placed,
    Source,
    SourceStatus,
    public_id,
)
from feedhub.publish import atom, jsonfeed, opml, page, rss
from feedhub.publish.assets import Asset
from feedhub.publish.context import (
    Feed,
    PublishContext,
    feed_url,
    hubs_of,
    list_feed,
    new_feed,
)
from feedhub.publish.entry import item_path, story_path
from feedhub.publish.i18n import words
from feedhub.publish.views import Explained, Notice, SourceDetail, StoryDetail, notice_for
from feedhub.serve.events import Announcer
from feedhub.serve.images import Pictures
from feedhub.serve.rendered import Rendered, render

log = structlog.get_logger(__name__)

# A list inside another site: no script, and any site may frame it.
EMBED_CSP = (
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *"
)
NAMES_KEPT = 10.0  # seconds
FORMATS: Mapping[str, tuple[Callable[[Listing, PublishContext, Feed | None], bytes], str]] = {
    "atom": (atom.render_atom, atom.CONTENT_TYPE),
    "rss": (rss.render_rss, rss.CONTENT_TYPE),
    "json": (jsonfeed.render_json, jsonfeed.CONTENT_TYPE),
}


# told of (item, method, headers, address of the peer) when a link is followed
Clicked = Callable[[int, str, Mapping[str, str], str], object]


class Queries(Protocol):
    """What pages ask for that no tick prepares. Unknown ids give None, merged ones the survivor."""

    async def search(
        self,
        text: str,
        limit: int,
        where: ItemFilter | None = None,
        offset: int = 0,
        *,
        newest: bool = False,
    ) -> Sequence[Item]:
        """Items that match, best first; ``newest``: the newest first."""

    async def recent(
        self, where: ItemFilter, limit: int, before: tuple[datetime, int] | None = None
    ) -> Sequence[Item]:
        """The newest items that pass, after ``before`` (time told, id) in that order."""

    async def item(self, number: int) -> Item | None:
        """The item; under another id where it was merged."""

    async def story(self, number: int) -> StoryDetail | None:
        """The story with its items and places; under another id where it was merged."""

    async def source(self, number: int) -> SourceDetail | None:
        """The source with its newest items."""

    async def statuses(self) -> Sequence[SourceStatus]:
        """Every source as it stands now."""

    async def explain(self, number: int, slug: str) -> Explained | None:
        """What a story scores in a list right now; null where it is not known."""

    async def entered(self, feed: str) -> int:
        """How many entries a latest list, or ``SLUG.new``, ever held."""

    async def archive_page(self, feed: str, number: int) -> ArchivePage:
        """A page of its archive as it stands."""

    async def archive(self, feed: str, number: int, kind: str) -> ArchivedDocument | None:
        """A complete page of its archive in one format, as it was sealed."""


class Site:
    """The pages being served, replaced all at once; requests in flight keep what they began with.

    ``queries`` answers what is asked for by id or word; without it those addresses are not found.
    ``health`` adds to ``/healthz``. ``clock`` gives now in UTC, for cache hints and ages alone.
    ``pictures`` fetches what pages show where the hub passes pictures on. ``clicked`` is told of
    every link followed, where the hub counts them.
    """

    def __init__(
        self,
        ctx: PublishContext,
        queries: Queries | None = None,
        *,
        clock: Callable[[], datetime],
        health: Callable[[], Mapping[str, object]] | None = None,
        pictures: Pictures | None = None,
        clicked: Clicked | None = None,
    ) -> None:
        self.ctx = ctx
        self.queries = queries
        self.health = health
        self.clock = clock
        self.pictures = pictures
        self.clicked = clicked
        self.pages: Mapping[str, Rendered] = {}
        self.made_of: object = None  # what the pages show, for whoever makes them
        self.listings: Mapping[str, Listing] = {}
        self.events = Announcer()
        self._next_change: datetime | None = None
        self._known: tuple[PublishContext, float, Sequence[SourceStatus]] | None = None

    async def known_sources(self, queries: Queries) -> Sequence[SourceStatus]:
        """The sources, for their names and categories: as they were some seconds ago, at most.

        Reading ten thousand of them takes longer than the search that names them.
        """
        now = asyncio.get_running_loop().time()
        if self._known is None or self._known[0] is not self.ctx or now > self._known[1]:
            self._known = (self.ctx, now + NAMES_KEPT, await queries.statuses())
        return self._known[2]

    def publish(
        self,
        pages: Mapping[str, Rendered],
        *,
        listings: Sequence[Listing] = (),
        next_change: datetime | None = None,
        ctx: PublishContext | None = None,
    ) -> None:
        """Serve these from now on. ``next_change`` is when the next tick may differ.

        ``listings`` are what the pages were made of; open pages are told what stands in those
        that everybody may read.
        """
        if ctx is not None:
            self.ctx = ctx
        self._next_change = next_change
        self.pages = pages
        if listings:
            self.listings = {listing.spec.slug: listing for listing in listings}
            self.events.announce(
                {
                    slug: [_mark(listing, placed) for placed in listing.entries]
                    for slug, listing in self.listings.items()
                    if listing.spec.access is None
                }
            )

    def expect(self, next_change: datetime) -> None:
        """The lists stand as they stood; they can next change then."""
        self._next_change = next_change

    def close(self) -> None:
        """Let those go who would keep the server from stopping."""
        self.events.close()

    def max_age(self) -> int:
        """Seconds until the lists can next change: what caches may keep a page for."""
        longest = int(self.ctx.refresh.total_seconds())
        if self._next_change is None:
            return min(60, longest)
        left = int((self._next_change - self.clock()).total_seconds())
        return max(0, min(left, longest))


def _mark(listing: Listing, placed: Placed) -> str:
    """What names a place on its page: the story in popular lists, the item in others."""
    if listing.spec.order == "popular":
        return public_id("s", placed.ranked.story_id)
    return public_id("i", placed.item.id)


def csp(ctx: PublishContext) -> str:
    """The policy of our pages: nothing but our own files, and pictures where the hub wants them."""
    pictures = "'self' https: http:" if ctx.hub.images == "direct" else "'self'"
    return (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
        "font-src 'self'; "
        f"img-src {pictures}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def render_site(
    listings: Sequence[Listing],
    new_listings: Sequence[Listing],
    statuses: Sequence[SourceStatus],
    sources: Sequence[Source],
    ctx: PublishContext,
    *,
    notice: Notice | None = None,
    previous: Mapping[str, Rendered] | None = None,
    entered: Mapping[str, int] | None = None,
    on_page: Mapping[str, Listing] | None = None,
) -> dict[str, Rendered]:
    """Every prepared address of the hub, by its path below ``base_url``.

    ``new_listings`` are the append-only twins of the popular lists, by the same slugs.
    ``previous`` is the last result: what is equal is taken from it. ``entered`` counts what the
    archives hold, by slug of a latest list and ``SLUG.new`` of a popular one. ``on_page`` are
    lists, by slug, that pages show otherwise than feeds hold them. In a static hub
    (``ctx.static``) the pages of the listed items and stories are here too, since no server
    can be asked for them.
    """
    pages, say = _Pages(ctx, previous or {}), words(ctx.hub.language)
    held = entered or {}
    if ctx.static:  # nobody guards a file
        listings = [one for one in listings if one.spec.access is None]
        new_listings = [one for one in new_listings if one.spec.access is None]
    shown = [one for one in listings if one.spec.access is None]
    now = max((listing.tick for listing in listings), default=None)
    notice = notice or notice_for(listings, statuses)
    front = [(on_page or {}).get(one.spec.slug, one) for one in shown]
    pages.html("/", lambda: page.render_front(front, ctx, statuses, notice))
    for listing in listings:
        seen = (on_page or {}).get(listing.spec.slug, listing)
        slug, spec = listing.spec.slug, listing.spec
        feed = f"{slug}.new" if spec.order == "popular" else slug
        count, mine = held.get(feed, 0), ctx.read_by(slug)
        pages.html(f"/{slug}", partial(page.render_list, seen, mine, notice, count), spec=spec)
        pages.html(f"/{slug}/embed", partial(page.render_embed, [seen], mine), EMBED_CSP, spec)
        pages.feeds(listing, list_feed(listing, ctx, count if feed == slug else 0))
    for listing in new_listings:
        count = held.get(f"{listing.spec.slug}.new", 0)
        pages.feeds(listing, new_feed(listing, ctx, say.entries_as_they_come, count))
    pages.html("/embed", partial(page.render_embed, page.main_of(front), ctx), EMBED_CSP)
    pages.html("/about", lambda: page.render_about(sources, ctx, statuses))
    pages.html("/status", lambda: page.render_status(statuses, ctx, now))
    if ctx.static:
        for path, make in _details([*listings, *(on_page or {}).values()], ctx):
            pages.html(path, make)
    read = partial(opml.render_opml_sources, sources, ctx, statuses)
    pages.add("/sources.opml", read, opml.CONTENT_TYPE)
    pages.add("/lists.opml", lambda: opml.render_opml_lists(ctx.lists, ctx), opml.CONTENT_TYPE)
    for asset in ctx.assets.values():
        pages.asset(asset)
    return pages.made


class _Pages:
    """Pages as they are made. One that cannot be made well leaves its last good form up."""

    def __init__(self, ctx: PublishContext, before: Mapping[str, Rendered]) -> None:
        self.made: dict[str, Rendered] = {}
        self._ctx = ctx
        self._before = before

    def add(
        self,
        path: str,
        make: Callable[[], bytes],
        content_type: str,
        *,
        modified: datetime | None = None,
        policy: str | None = None,
        spec: ListSpec | None = None,
        links: Sequence[tuple[str, str]] = (),
    ) -> None:
        previous = self._before.get(path)
        try:
            body = make()
            if previous is None or previous.body != body:
                check(body, content_type)
        except Exception as error:
            # One bad page must not take the others down, nor be seen: whatever went wrong, readers
            # keep what was good, and the log has the reason.
            log.exception(
                "publish_kept_last_good" if previous else "publish_left_out",
                path=path,
                reason=str(error),
            )
            if previous is not None:
                self.made[path] = previous
            return
        self.made[path] = render(
            body,
            content_type,
            last_modified=modified,
            previous=previous,
            cors=policy is None,
            csp=policy,
            links=links,
            private=self._ctx.access(spec) is not None,
        )

    def html(
        self,
        path: str,
        make: Callable[[], bytes],
        policy: str | None = None,
        spec: ListSpec | None = None,
    ) -> None:
        self.add(path, make, page.CONTENT_TYPE, policy=policy or csp(self._ctx), spec=spec)

    def feeds(self, listing: Listing, feed: Feed) -> None:
        for ending, (write, content_type) in FORMATS.items():
            self.add(
                f"{feed.path}.{ending}",
                partial(write, listing, self._ctx.read_by(listing.spec.slug), feed),
                content_type,
                modified=listing.updated,
                spec=listing.spec,
                links=discovery(feed, ending, self._ctx),
            )

    def asset(self, asset: Asset) -> None:
        before = self._before.get(asset.path)
        self.made[asset.path] = render(
            asset.body, asset.content_type, previous=before, immutable=True
        )


def discovery(feed: Feed, ending: str, ctx: PublishContext) -> list[tuple[str, str]]:
    """What the Link header says of a feed that hubs are told of (WebSub, 4)."""
    hubs = hubs_of(feed, ctx)
    return [*(("hub", hub) for hub in hubs), ("self", feed_url(feed, ending, ctx))] if hubs else []


def check(body: bytes, content_type: str) -> None:
    """Raise where a document that readers parse strictly is not well-formed."""
    kind = content_type.partition(";")[0]
    if kind.endswith(("+xml", "opml")):
        expat.ParserCreate().Parse(body, True)
    elif kind.endswith("json"):
        json.loads(body)


def _details(
    listings: Sequence[Listing], ctx: PublishContext
) -> list[tuple[str, Callable[[], bytes]]]:
    """The makers of the pages of every item and story that the lists show."""
    items: dict[int, Item] = {}
    stories: dict[int, StoryDetail] = {}
    for listing in listings:
        for placed in listing.entries:
            told = {item.id: item for item in (placed.item, *placed.also)}
            items |= told
            number = placed.ranked.story_id
            known = stories.get(number, StoryDetail(number, ()))
            told |= {item.id: item for item in known.items}
            place = (listing.spec.title, placed.ranked)
            stories[number] = StoryDetail(number, tuple(told.values()), (*known.placed, place))
    made: list[tuple[str, Callable[[], bytes]]] = [
        (story_path(number), partial(page.render_story, story, ctx))
        for number, story in stories.items()
    ]
    for item in items.values():
        story = stories.get(item.story_id) if item.story_id is not None else None
        made.append((item_path(item.id), partial(page.render_item, item, ctx, story)))
    return made
