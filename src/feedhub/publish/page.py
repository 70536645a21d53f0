"""The web pages, from values to HTML bytes: Jinja2 templates with everything escaped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from feedhub.model import Item, Listing, Source, SourceStatus
from feedhub.publish.assets import assets
from feedhub.publish.context import PublishContext, search_feed, source_feed
from feedhub.publish.entry import story_path
from feedhub.publish.highlight import mark, terms
from feedhub.publish.i18n import words
from feedhub.publish.text import language_tag, legal, one_line
from feedhub.publish.views import (
    Notice,
    SourceDetail,
    StoryDetail,
    column,
    first_of,
    health,
    item_row,
    reasons,
    source_name,
    stamp,
    titles,
)

CONTENT_TYPE = "text/html; charset=utf-8"
FRONT_ROWS = 20  # in each main column; the list's own page has the rest
EMBED_ROWS = 10
SIDE_ROWS = 6  # in the lists below them

_templates = Environment(
    loader=PackageLoader("feedhub.publish"),
    autoescape=select_autoescape(default=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.filters["mark"] = mark


def render_front(
    listings: Sequence[Listing],
    ctx: PublishContext,
    statuses: Sequence[SourceStatus] = (),
    notice: Notice | None = None,
) -> bytes:
    """The front page: the first latest and the first popular list side by side, others below."""
    main = [one for order in ("latest", "popular") if (one := first_of(listings, order))]
    rest = [listing for listing in listings if listing not in main]
    return _render(
        "front.html",
        ctx,
        title="",
        main=[column(listing, ctx, FRONT_ROWS) for listing in main],
        rest=[column(listing, ctx, SIDE_ROWS) for listing in rest],
        notice=notice,
        sources=len([one for one in statuses if one.stored.source.enabled]),
        updated=stamp(max((one.updated for one in listings), default=None), ctx),
    )


def render_list(listing: Listing, ctx: PublishContext, notice: Notice | None = None) -> bytes:
    """A list's own page, all of its places."""
    shown = column(listing, ctx)
    return _render("list.html", ctx, title=shown.title, col=shown, notice=notice)


def render_embed(listing: Listing, ctx: PublishContext) -> bytes:
    """The list without furniture, script or pictures, to be framed by another site."""
    return _render("embed.html", ctx, title="", col=column(listing, ctx, EMBED_ROWS))


def render_story(story: StoryDetail, ctx: PublishContext) -> bytes:
    """A story: who wrote what, oldest first, the first teller marked, and why it stands."""
    items = sorted(story.items, key=lambda item: (item.effective or item.first_seen, item.id))
    rows = [item_row(item, ctx) for item in items]
    voices = len({item.publisher for item in items})
    say = words(ctx.hub.language)
    return _render(
        "story.html",
        ctx,
        title=rows[0].title if rows else say.story,
        rows=rows,
        voices=say.voices[voices != 1].format(n=voices),
        places=[
            (one_line(title), say.place.format(n=ranked.position), reasons(ranked, ctx))
            for title, ranked in story.placed
        ],
    )


def render_item(item: Item, ctx: PublishContext, story: StoryDetail | None = None) -> bytes:
    """One article: what we may show of it, and the other tellings of its story."""
    row = item_row(item, ctx)
    own = [one for one in story.items if one.id != item.id] if story else []
    full = item.content_rights == "full" and item.content_html.strip()
    return _render(
        "item.html",
        ctx,
        title=row.title,
        row=row,
        # The parser's sanitiser made this HTML safe before it was stored; the CSP stands behind.
        body=Markup(legal(item.content_html)) if full else None,  # noqa: S704
        story=ctx.prefix + story_path(item.story_id) if item.story_id and own else None,
        tellings=[item_row(one, ctx) for one in own],
    )


def render_source(detail: SourceDetail, ctx: PublishContext) -> bytes:
    """A source: its health and its newest items."""
    return _render(
        "source.html",
        ctx,
        title=source_name(detail.status),
        source=health(detail.status, ctx),
        rows=[item_row(item, ctx) for item in detail.items],
        feed=source_feed(detail.status.stored.id, source_name(detail.status)),
    )


def render_search(text: str, items: Sequence[Item], ctx: PublishContext) -> bytes:
    """The search page: the form, and what was found for ``text`` (nothing asked: no count)."""
    say, text = words(ctx.hub.language), one_line(text)
    hits = say.search_hits[min(len(items), 2)].format(n=len(items))
    return _render(
        "search.html",
        ctx,
        title=f"{say.search}: {text}" if text else say.search,
        text=text,
        hits=hits,
        rows=[item_row(item, ctx, terms(text)) for item in items],
        feed=search_feed(text, f"{ctx.hub.title}: {text}") if text else None,
    )


def render_status(statuses: Sequence[SourceStatus], ctx: PublishContext) -> bytes:
    """Every source with its last outcome and what comes next; those in trouble first."""
    say = words(ctx.hub.language)
    shown = sorted(
        (health(status, ctx) for status in statuses),
        key=lambda one: (one.kind != "bad", one.name.casefold()),
    )
    good = sum(one.kind == "good" for one in shown)
    return _render(
        "status.html",
        ctx,
        title=say.status,
        sources=shown,
        summary=say.status_sum.format(good=good, all=len(shown)),
    )


def render_about(sources: Sequence[Source], ctx: PublishContext) -> bytes:
    """What is fetched, how it is ranked, and every feed there is."""
    on = [source for source in sources if source.enabled]
    return _render(
        "about.html",
        ctx,
        title=words(ctx.hub.language).about,
        count=len(on),
        sources=[one_line(source.name or "") or legal(source.url) for source in on],
    )


def render_message(heading: str, ctx: PublishContext, text: str = "") -> bytes:
    """A plain page that says one thing: not found, not allowed, starting."""
    return _render("message.html", ctx, title=heading, text=text)


def _render(template: str, ctx: PublishContext, **values: Any) -> bytes:
    hub, say = ctx.hub, words(ctx.hub.language)
    text = _templates.get_template(template).render(
        hub_title=ctx.name,
        hub_description=one_line(hub.description),
        lang=language_tag(hub.language) or say.code,
        say=say,
        root=ctx.prefix,
        menu=titles(ctx.lists),
        popular_slugs={spec.slug for spec in ctx.lists if spec.order == "popular"},
        css=assets()["hub.css"].path,
        js=assets()["hub.js"].path,
        icon=assets()["icon.svg"].path,
        images=hub.images == "direct",
        static=ctx.static,
        version=ctx.version,
        **values,
    )
    return text.encode("utf-8", "replace")
