"""The web pages, from values to HTML bytes: Jinja2 templates with everything escaped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import structlog
from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PackageLoader,
    PrefixLoader,
    StrictUndefined,
    select_autoescape,
)
from markupsafe import Markup

from feedhub.model import Item, Listing, ListSpec, Source, SourceStatus
from feedhub.publish.context import (
    PublishContext,
    archive_path,
    category_feed,
    category_path,
    search_feed,
    source_feed,
    story_feed,
)
from feedhub.publish.entry import story_path
from feedhub.publish.highlight import mark, terms
from feedhub.publish.i18n import page_language, words
from feedhub.publish.text import legal, mended, one_line
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
from feedhub.values import dataclass

log = structlog.get_logger(__name__)

CONTENT_TYPE = "text/html; charset=utf-8"
FRONT_ROWS = 20  # in each main column; the list's own page has the rest
EMBED_ROWS = 10
SIDE_ROWS = 6  # in the lists below them
AGES = ("", "1d", "7d", "30d")  # what the search may be narrowed to


@lru_cache(8)
def _templates(own: Path | None) -> Environment:
    """Our templates, behind those of the hub's own folder, which can extend ``feedhub/...``."""
    package = PackageLoader("feedhub.publish")
    loaders: list[BaseLoader] = [PrefixLoader({"feedhub": package}), package]
    if own is not None:
        loaders.insert(0, FileSystemLoader(own))
    made = Environment(
        loader=ChoiceLoader(loaders),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["mark"] = mark
    return made


@dataclass(frozen=True, slots=True)
class Turn:
    """Where the neighbouring pages are; "" for none."""

    newer: str = ""
    older: str = ""


@dataclass(frozen=True, slots=True)
class SearchForm:
    """What the search form offers and what was chosen: (value, words) of each choice."""

    sources: tuple[tuple[str, str], ...] = ()
    categories: tuple[str, ...] = ()
    source: str = ""
    category: str = ""
    since: str = ""
    newer: str = ""
    older: str = ""
    more: bool = False

    @property
    def chosen(self) -> tuple[tuple[str, str], ...]:
        """The filters in force, as in the address."""
        pairs = (("source", self.source), ("category", self.category), ("since", self.since))
        return tuple((name, value) for name, value in pairs if value)


def main_of(listings: Sequence[Listing]) -> list[Listing]:
    """The lists that make the front page: the first latest and the first popular one."""
    return [one for order in ("latest", "popular") if (one := first_of(listings, order))]


def render_front(
    listings: Sequence[Listing],
    ctx: PublishContext,
    statuses: Sequence[SourceStatus] = (),
    notice: Notice | None = None,
) -> bytes:
    """The front page: the first latest and the first popular list side by side, others below."""
    main = main_of(listings)
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


def render_list(
    listing: Listing, ctx: PublishContext, notice: Notice | None = None, entered: int = 0
) -> bytes:
    """A list's own page, all of its places; ``entered`` counts what its archive holds."""
    shown = column(listing, ctx, entered=entered)
    return _render("list.html", ctx, title=shown.title, col=shown, notice=notice)


def render_embed(listings: Sequence[Listing], ctx: PublishContext) -> bytes:
    """Lists without furniture, script or pictures, to be framed by another site."""
    shown = [column(listing, ctx, EMBED_ROWS) for listing in listings]
    return _render("embed.html", ctx, title="", columns=shown)


def render_story(story: StoryDetail, ctx: PublishContext) -> bytes:
    """A story: who wrote what, oldest first, the first teller marked, and why it stands."""
    items = sorted(story.items, key=lambda item: (item.effective or item.first_seen, item.id))
    rows = [item_row(item, ctx) for item in items]
    say = words(ctx.hub.language)
    return _render(
        "story.html",
        ctx,
        title=rows[0].title if rows else say.story,
        rows=rows,
        feed=story_feed(story.id, rows[0].title if rows else say.story),
        voices=say.voices[story.voices != 1].format(n=say.number(story.voices)),
        articles=say.articles[len(rows) != 1].format(n=say.number(len(rows))),
        places=[
            (one_line(title), say.place.format(n=ranked.position), reasons(ranked, ctx, items))
            for title, ranked in story.weighed
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
        body=Markup(mended(item.content_html)) if full else None,  # noqa: S704
        story=ctx.prefix + story_path(item.story_id) if item.story_id and own else None,
        tellings=[item_row(one, ctx) for one in own],
    )


def render_source(
    detail: SourceDetail, ctx: PublishContext, now: datetime | None = None, turn: Turn | None = None
) -> bytes:
    """A source: its health and its newest items, or those of another page."""
    return _render(
        "source.html",
        ctx,
        title=source_name(detail.status),
        source=health(detail.status, ctx, now),
        rows=[item_row(item, ctx) for item in detail.items],
        feed=source_feed(detail.status.stored.id, source_name(detail.status)),
        turn=turn or Turn(),
    )


def render_category(
    name: str, items: Sequence[Item], ctx: PublishContext, turn: Turn | None = None
) -> bytes:
    """The newest of a category, or another page of it."""
    return _render(
        "category.html",
        ctx,
        title=one_line(name),
        rows=[item_row(item, ctx) for item in items],
        feed=category_feed(name),
        turn=turn or Turn(),
    )


def render_archive(
    spec: ListSpec, name: str, number: int, items: Sequence[Item], ctx: PublishContext, last: int
) -> bytes:
    """A page of what ever was in a list, the latest first; ``last`` is the newest page's number."""
    say, root = words(ctx.hub.language), ctx.root(spec)
    return _render(
        "archive.html",
        ctx,
        title=say.archive_page.format(title=one_line(spec.title), n=number + 1),
        here=spec.slug,
        rows=[item_row(item, ctx) for item in items],
        turn=Turn(
            newer=root + (archive_path(name, number + 1) if number < last else f"/{spec.slug}"),
            older=root + archive_path(name, number - 1) if number else "",
        ),
        list_page=f"{root}/{spec.slug}",
        list_title=one_line(spec.title),
    )


def render_search(
    text: str, items: Sequence[Item], ctx: PublishContext, form: SearchForm | None = None
) -> bytes:
    """The search page: the form, and what was found for ``text`` (nothing asked: no count)."""
    say, text, form = words(ctx.hub.language), one_line(text), form or SearchForm()
    hits = say.search_hits[min(len(items), 2)].format(n=f"{len(items)}{'+' if form.more else ''}")
    return _render(
        "search.html",
        ctx,
        title=f"{say.search}: {text}" if text else say.search,
        text=text,
        hits=hits,
        rows=[item_row(item, ctx, terms(text)) for item in items],
        feed=search_feed(text, f"{ctx.hub.title}: {text}", form.chosen) if text else None,
        form=form,
        ages=list(zip(AGES, say.ages, strict=True)),
        turn=Turn(newer=form.newer, older=form.older),
    )


def render_status(
    statuses: Sequence[SourceStatus],
    ctx: PublishContext,
    now: datetime | None = None,
    mistakes: Sequence[str] = (),
) -> bytes:
    """Every source with its last outcome and what comes next; those in trouble first.

    ``mistakes`` stand in feeds.yaml now, which therefore is not in force.
    """
    say = words(ctx.hub.language)
    shown = sorted(
        (health(status, ctx, now) for status in statuses),
        key=lambda one: (one.kind != "bad", not one.remarks, one.name.casefold()),
    )
    good = sum(one.kind == "good" for one in shown)
    return _render(
        "status.html",
        ctx,
        title=say.status,
        sources=shown,
        summary=say.status_sum.format(good=good, all=len(shown)),
        mistakes=[legal(one) for one in mistakes],
    )


def render_about(
    sources: Sequence[Source], ctx: PublishContext, statuses: Iterable[SourceStatus] = ()
) -> bytes:
    """What is fetched, how it is ranked, and every feed there is.

    ``statuses`` tell what those feeds call themselves that feeds.yaml has no name for.
    """
    on = [source for source in sources if source.enabled]
    known = {status.stored.source.key: status for status in statuses}
    say = words(ctx.hub.language)
    return _render(
        "about.html",
        ctx,
        title=say.about,
        count=len(on),
        terms=[text for term, text in say.about_rank.items() if ctx.hub.clicks or term != "clicks"],
        sources=[_named(source, known.get(source.key), ctx) for source in on],
        categories=[
            (name, ctx.prefix + category_path(name))
            for name in dict.fromkeys(one_line(source.category or "") for source in on)
            if name
        ],
    )


def _named(source: Source, status: SourceStatus | None, ctx: PublishContext) -> tuple[str, str]:
    """What a source is called, and its page; none before it is stored."""
    if status is None:
        return one_line(source.name or "") or legal(source.url), ""
    return source_name(status), f"{ctx.prefix}/source/{status.stored.id}"


def render_message(heading: str, ctx: PublishContext, text: str = "") -> bytes:
    """A plain page that says one thing: not found, not allowed, starting."""
    return _render("message.html", ctx, title=heading, text=text)


def _render(template: str, ctx: PublishContext, **values: Any) -> bytes:
    own = ctx.overrides / "templates" if ctx.overrides else None
    values |= _common(ctx)
    if own is not None and own.is_dir():
        try:
            return _templates(own).get_template(template).render(values).encode("utf-8", "replace")
        except Exception as error:
            # A template is a program, so it may fail in any way. A page in our own clothes is
            # better than none, for readers and for whoever edits it.
            log.error("own_template_left_out", template=template, reason=str(error))
    return _templates(None).get_template(template).render(values).encode("utf-8", "replace")


def _common(ctx: PublishContext) -> Mapping[str, Any]:
    """What every template may use."""
    hub, say, kept = ctx.hub, words(ctx.hub.language), ctx.assets
    return {
        "hub_title": ctx.name,
        "hub_description": one_line(hub.description),
        "lang": page_language(hub.language),
        "say": say,
        "root": ctx.prefix,
        "menu": titles(ctx.shown),
        "popular_slugs": {spec.slug for spec in ctx.shown if spec.order == "popular"},
        "css": kept["hub.css"].path,
        "own_css": kept["own.css"].path if "own.css" in kept else "",
        "js": kept["hub.js"].path,
        "icon": kept["icon.svg"].path,
        "assets": {name: asset.path for name, asset in kept.items()},
        "images": hub.images == "direct" or (hub.images == "proxy" and not ctx.static),
        "static": ctx.static,
        "version": ctx.version,
    }
