"""What is served: every address of a tick rendered, and the object that holds the current ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Protocol

from feedhub.model import Item, Listing, Source, SourceStatus
from feedhub.publish import atom, jsonfeed, opml, page, rss
from feedhub.publish.assets import assets
from feedhub.publish.context import Feed, PublishContext, list_feed, new_feed
from feedhub.publish.entry import item_path, story_path
from feedhub.publish.i18n import words
from feedhub.publish.views import Notice, SourceDetail, StoryDetail, notice_for
from feedhub.serve.rendered import Rendered, render

FORMATS: Mapping[str, tuple[Callable[[Listing, PublishContext, Feed | None], bytes], str]] = {
    "atom": (atom.render_atom, atom.CONTENT_TYPE),
    "rss": (rss.render_rss, rss.CONTENT_TYPE),
    "json": (jsonfeed.render_json, jsonfeed.CONTENT_TYPE),
}


class Queries(Protocol):
    """What pages ask for that no tick prepares. Unknown ids give None, merged ones the survivor."""

    async def search(self, text: str, limit: int) -> Sequence[Item]:
        """Items that match, best first."""

    async def item(self, number: int) -> Item | None:
        """The item; under another id where it was merged."""

    async def story(self, number: int) -> StoryDetail | None:
        """The story with its items and places; under another id where it was merged."""

    async def source(self, number: int) -> SourceDetail | None:
        """The source with its newest items."""

    async def statuses(self) -> Sequence[SourceStatus]:
        """Every source as it stands now."""


class Site:
    """The pages being served, replaced all at once; requests in flight keep what they began with.

    ``queries`` answers what is asked for by id or word; without it those addresses are not found.
    ``health`` adds to ``/healthz``. ``clock`` gives now in UTC, for cache hints alone.
    """

    def __init__(
        self,
        ctx: PublishContext,
        queries: Queries | None = None,
        *,
        health: Callable[[], Mapping[str, object]] | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.ctx = ctx
        self.queries = queries
        self.health = health
        self.pages: Mapping[str, Rendered] = {}
        self._clock = clock
        self._next_change: datetime | None = None

    def publish(
        self,
        pages: Mapping[str, Rendered],
        *,
        next_change: datetime | None = None,
        ctx: PublishContext | None = None,
    ) -> None:
        """Serve these from now on. ``next_change`` is when the next tick may differ."""
        if ctx is not None:
            self.ctx = ctx
        self._next_change = next_change
        self.pages = pages

    def max_age(self) -> int:
        """Seconds until the lists can next change: what caches may keep a page for."""
        longest = int(self.ctx.refresh.total_seconds())
        if self._next_change is None:
            return min(60, longest)
        left = int((self._next_change - self._clock()).total_seconds())
        return max(0, min(left, longest))


def csp(ctx: PublishContext) -> str:
    """The policy of our pages: nothing but our own files, and pictures where the hub wants them."""
    pictures = "'self' https: http:" if ctx.hub.images == "direct" else "'self'"
    return (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
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
) -> dict[str, Rendered]:
    """Every prepared address of the hub, by its path below ``base_url``.

    ``new_listings`` are the append-only twins of the popular lists, by the same slugs.
    ``previous`` is the last result: what is equal is taken from it. In a static hub
    (``ctx.static``) the pages of the listed items and stories are here too, since no server
    can be asked for them.
    """
    before = previous or {}
    pages: dict[str, Rendered] = {}

    def html(path: str, body: bytes, modified: datetime | None = None) -> None:
        pages[path] = render(
            body,
            page.CONTENT_TYPE,
            last_modified=modified,
            previous=before.get(path),
            csp=csp(ctx),
        )

    def feeds(listing: Listing, feed: Feed) -> None:
        for ending, (write, content_type) in FORMATS.items():
            path = f"{feed.path}.{ending}"
            pages[path] = render(
                write(listing, ctx, feed),
                content_type,
                last_modified=listing.updated,
                previous=before.get(path),
                cors=True,
            )

    notice = notice or notice_for(listings, statuses)
    html("/", page.render_front(listings, ctx, statuses, notice))
    for listing in listings:
        html(f"/{listing.spec.slug}", page.render_list(listing, ctx, notice))
        feeds(listing, list_feed(listing))
    for listing in new_listings:
        feeds(listing, new_feed(listing, words(ctx.hub.language).entries_as_they_come))
    html("/about", page.render_about(sources, ctx))
    html("/status", page.render_status(statuses, ctx))
    if ctx.static:
        for path, body in _details(listings, ctx):
            html(path, body)
    for path, body in (
        ("/sources.opml", opml.render_opml_sources(sources, ctx)),
        ("/lists.opml", opml.render_opml_lists(ctx.lists, ctx)),
    ):
        pages[path] = render(body, opml.CONTENT_TYPE, previous=before.get(path), cors=True)
    for asset in assets().values():
        pages[asset.path] = render(
            asset.body, asset.content_type, previous=before.get(asset.path), immutable=True
        )
    return pages


def _details(listings: Sequence[Listing], ctx: PublishContext) -> list[tuple[str, bytes]]:
    """The pages of every item and story that the lists show."""
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
    made = [
        (story_path(number), page.render_story(story, ctx)) for number, story in stories.items()
    ]
    for item in items.values():
        story = stories.get(item.story_id) if item.story_id is not None else None
        made.append((item_path(item.id), page.render_item(item, ctx, story)))
    return made
