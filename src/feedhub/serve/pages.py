"""Pages and feeds of what is asked for by id or word: stories, items, sources, searches."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlencode

from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from feedhub.model import Item, ItemFilter, Listing, ListSpec, Placed, Ranked
from feedhub.publish import page
from feedhub.publish.context import (
    Feed,
    category_feed,
    search_feed,
    source_feed,
    story_feed,
)
from feedhub.publish.entry import item_path, picture_of, story_path, title_of
from feedhub.publish.page import SearchForm, Turn
from feedhub.publish.text import legal, one_line
from feedhub.publish.views import SourceDetail, source_name
from feedhub.serve import asking
from feedhub.serve.answers import Answer, asked, html, moved, site_of
from feedhub.serve.asking import BadRequest
from feedhub.serve.rendered import render
from feedhub.serve.site import FORMATS, Queries, Site

SEARCH_LIMIT = 50
PAGE = 50  # items on a page of a source or category
MANY_SOURCES = 300  # beyond these, the search form offers no choice of source
_QUERY = re.compile(r"(?:[\w.~!$'()*+,;=:@/?&-]|%[0-9A-Fa-f]{2})+", re.ASCII)  # RFC 3986
_DAY = 86_400  # seconds a picture may be kept for


def _number(request: Request, kind: str) -> int:
    """The number in ``/story/s7``; a bare number is understood, another kind's letter is not."""
    number = asking.ident(request.path_params["id"], kind)
    if number is None:
        raise HTTPException(404)
    return number


def _ending(request: Request) -> str | None:
    ending = request.path_params.get("ending")
    return str(ending) if ending is not None else None


async def story(request: Request) -> Response:
    site, queries = asked(request)
    number, ending = _number(request, "s"), _ending(request)
    found = await queries.story(number)
    if found is None or not found.items:
        raise HTTPException(404)
    path = story_path(found.id) + (f".{ending}" if ending else "")
    if request.url.path != path:
        return moved(site, path)
    if ending is None:
        return Answer(html(site, page.render_story(found, site.ctx)), site.max_age())
    told = sorted(found.items, key=lambda one: (one.effective or one.first_seen, one.id))
    return _feed(site, told[::-1], story_feed(found.id, title_of(told[0], site.ctx)), ending)


async def item(request: Request) -> Response:
    site, queries = asked(request)
    found = await queries.item(_number(request, "i"))
    if found is None:
        raise HTTPException(404)
    if request.url.path != item_path(found.id):
        return moved(site, item_path(found.id))
    story = await queries.story(found.story_id) if found.story_id is not None else None
    return Answer(html(site, page.render_item(found, site.ctx, story)), site.max_age())


async def image(request: Request) -> Response:
    """The picture of an item, where the hub passes pictures on. No other address is fetched."""
    site, queries = asked(request)
    if site.pictures is None or site.ctx.hub.images != "proxy":
        raise HTTPException(404)
    found = await queries.item(_number(request, "i"))
    picture = picture_of(found) if found is not None else None
    shown = await site.pictures.get(picture.url) if picture is not None else None
    if shown is None:
        raise HTTPException(404)
    private = site.ctx.hub.access is not None
    return Answer(render(shown.body, shown.content_type, private=private), _DAY)


async def source(request: Request) -> Response:
    site, queries = asked(request)
    number, ending = _number(request, ""), _ending(request)
    detail = await queries.source(number)
    if detail is None:
        raise HTTPException(404)
    feed = source_feed(number, source_name(detail.status))
    if ending is not None:
        return _feed(site, detail.items, feed, ending)
    where = ItemFilter(sources=frozenset({number}))
    items, turn = await _turned(request, queries, where, site.ctx.prefix + feed.path)
    shown = SourceDetail(detail.status, tuple(items))
    body = page.render_source(shown, site.ctx, site.clock(), turn)
    return Answer(html(site, body), site.max_age())


async def category(request: Request) -> Response:
    site, queries = asked(request)
    name, ending = legal(request.path_params["name"]), _ending(request)
    feed, where = category_feed(name), ItemFilter(section=name)
    items, turn = await _turned(request, queries, where, site.ctx.prefix + feed.path)
    if not items:
        known = await site.known_sources(queries)
        if name not in {one.stored.source.category for one in known}:
            raise HTTPException(404)
    if ending is not None:
        return _feed(site, items, feed, ending)
    body = page.render_category(name, items, site.ctx, turn)
    return Answer(html(site, body), site.max_age())


async def _turned(
    request: Request, queries: Queries, where: ItemFilter, path: str
) -> tuple[list[Item], Turn]:
    """A page of items, newest first, with the ways to its neighbours."""
    try:
        before = asking.before(request.query_params)
    except BadRequest:
        raise HTTPException(404) from None
    items = list(await queries.recent(where, PAGE + 1, before))
    older = ""
    if len(items) > PAGE:
        last = items[PAGE - 1]
        cursor = asking.after(last.effective or last.first_seen, last.id)
        older = f"{path}?{urlencode({'cursor': cursor})}"
    return items[:PAGE], Turn(newer=path if before else "", older=older)


async def search(request: Request) -> Response:
    site, queries = asked(request)
    query, ending = request.query_params, _ending(request)
    text = asking.words(query)
    try:
        offset = asking.offset(query)
        since = asking.since(query, site.clock())
    except BadRequest:
        offset, since = 0, None  # a person's address bar: what can be understood counts
    number = asking.ident(query.get("source", ""), "")
    section = one_line(query.get("category", "")) or None
    where = ItemFilter(frozenset({number}) if number else frozenset(), section, since)
    form = SearchForm(
        source=str(number or ""),
        category=section or "",
        since=query.get("since", "") if since else "",
    )
    if ending is not None:
        feed = search_feed(text, f"{site.ctx.hub.title}: {text}", form.chosen)
        if _odd(query, (("q", text), *form.chosen)):  # one search, one address
            return moved(site, feed.address(ending))
        if "token" not in query and _QUERY.fullmatch(request.url.query):
            # a blank as %20 or +: the reader's own way of writing it is its address
            feed = replace(feed, query=f"?{request.url.query}")
        # A reader wants what is new; what fits best would stand there for ever.
        news = await queries.search(text, SEARCH_LIMIT, where, newest=True) if text else []
        return _feed(site, news, feed, ending)
    found = list(await queries.search(text, SEARCH_LIMIT + 1, where, offset)) if text else []
    more = len(found) > SEARCH_LIMIT
    statuses = [one for one in await site.known_sources(queries) if one.stored.source.enabled]
    named = [(str(one.stored.id), source_name(one)) for one in statuses]
    address = f"{site.ctx.prefix}/search?"
    chosen = (("q", text), *form.chosen)
    shown = SearchForm(
        sources=tuple(named) if len(named) <= MANY_SOURCES else (),
        categories=tuple(
            dict.fromkeys(
                name for one in statuses if (name := one_line(one.stored.source.category or ""))
            )
        ),
        source=form.source,
        category=form.category,
        since=form.since,
        newer=address + urlencode(chosen) if offset else "",
        older=address + urlencode((*chosen, ("cursor", offset + SEARCH_LIMIT))) if more else "",
        more=more,
    )
    body = page.render_search(text, found[:SEARCH_LIMIT], site.ctx, shown)
    return Answer(html(site, body), site.max_age())


def _odd(query: QueryParams, meant: Sequence[tuple[str, str]]) -> bool:
    """Whether something else was asked than is understood: what is unknown, empty or too much."""
    return [pair for pair in query.multi_items() if pair[0] != "token"] != list(meant)


async def status(request: Request) -> Response:
    site, queries = asked(request)
    told = site.health().get("configuration") if site.health else None
    mistakes = [str(one) for one in told] if isinstance(told, list | tuple) else []
    body = page.render_status(await queries.statuses(), site.ctx, site.clock(), mistakes)
    return Answer(html(site, body), 0)


async def healthz(request: Request) -> Response:
    """200 once something is served; 503 before. What the daemon knows is added."""
    site = site_of(request)
    said: dict[str, object] = {
        "status": "ok" if site.pages else "starting",
        "version": site.ctx.version,
        "pages": len(site.pages),
        "listeners": site.events.listeners,
    }
    if site.health is not None:
        said |= site.health()
    if site.ctx.hub.access is not None and "configuration" in said:
        # open to all, who would read names and addresses there; /status has the lines
        said["configuration"] = ["feeds.yaml has mistakes: feedhub check tells them"]
    body = json.dumps(said, ensure_ascii=True, default=str).encode() + b"\n"
    return Answer(render(body, "application/json", status=200 if said["status"] == "ok" else 503))


def _feed(site: Site, items: Sequence[Item], feed: Feed, ending: str) -> Response:
    """Items as a feed: each under its own id, in the order they were found."""
    write, content_type = FORMATS[ending]
    updated = max((item.updated for item in items), default=site.ctx.born)
    listing = Listing(
        spec=ListSpec(feed.id_specific, feed.title, "latest"),
        tick=updated,
        updated=updated,
        entries=tuple(
            Placed(Ranked(place, item.id, item.story_id or 0, 0.0, None, ()), item)
            for place, item in enumerate(items, 1)
        ),
    )
    body = write(listing, site.ctx, feed)
    private = site.ctx.hub.access is not None
    rendered = render(body, content_type, last_modified=updated, cors=True, private=private)
    return Answer(rendered, site.max_age())
