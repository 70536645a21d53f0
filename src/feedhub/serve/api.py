"""The JSON API, version 1: lists, items, stories, sources, search, explain."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from feedhub.model import Item, ItemFilter
from feedhub.publish.jsonvalues import (
    explained_value,
    item_value,
    list_value,
    place_value,
    source_value,
    story_value,
)
from feedhub.publish.text import one_line
from feedhub.serve import asking
from feedhub.serve.answers import Answer, asked, json_answer, moved, site_of
from feedhub.serve.asking import BadRequest
from feedhub.serve.openapi import document
from feedhub.serve.site import Site

PREFIX = "/api/v1"
USUAL = 50  # answers on a page unless told

Handler = Callable[[Request], Awaitable[Response]]


class _Absent(Exception):
    """What is asked for is not there."""


def _told(handler: Handler) -> Handler:
    """A handler whose refusals are JSON that says what is wrong."""

    async def handle(request: Request) -> Response:
        site = site_of(request)
        try:
            return await handler(request)
        except BadRequest as error:
            said = {"error": "bad_parameter", "parameter": error.name, "message": error.message}
            return json_answer(site, said, 400)
        except _Absent as error:
            return json_answer(site, {"error": "not_found", "message": str(error)}, 404)

    return handle


def _named(kind: str, request: Request) -> int:
    text = request.path_params["id"]
    number = asking.ident(text, kind)
    if number is None:
        raise _Absent(f"there is no such id: {one_line(text)[:40]}")
    return number


def _answer(site: Site, value: Any, seconds: int | None = None) -> Answer:
    return json_answer(site, value, max_age=site.max_age() if seconds is None else seconds)


async def _lists(request: Request) -> Response:
    site = site_of(request)
    asking.known(request.query_params)
    shown = [one for one in site.listings.values() if one.spec.access is None]
    return _answer(site, {"lists": [list_value(listing, site.ctx) for listing in shown]})


async def _list(request: Request) -> Response:
    site, query = site_of(request), request.query_params
    asking.known(query, "limit", "cursor")
    limit, offset = asking.limit(query, USUAL), asking.offset(query)
    listing = site.listings.get(request.path_params["slug"])
    if listing is None:
        raise _Absent("there is no such list; /api/v1/lists names them")
    places = listing.entries[offset : offset + limit]
    more = len(listing.entries) > offset + limit
    ctx = site.ctx.read_by(listing.spec.slug)
    said = list_value(listing, ctx) | {
        "entries": [place_value(placed, ctx) for placed in places],
        "next_cursor": str(offset + limit) if more else None,
    }
    return json_answer(site, said, max_age=site.max_age(), spec=listing.spec)


def _where(request: Request, site: Site) -> ItemFilter:
    query = request.query_params
    sources: set[int] = set()
    for text in query.getlist("source"):
        number = asking.ident(text, "")
        if number is None:
            raise BadRequest("source", "must be the id of a source, a whole number")
        sources.add(number)
    # what is nothing but control characters names no category, and is not all of them
    section = (one_line(name) or name) if (name := query.get("category", "")) else None
    since = asking.since(query, site.clock())
    if since is None and "since" in query:
        raise BadRequest("since", "must not be empty")
    return ItemFilter(frozenset(sources), section, since)


async def _items(request: Request) -> Response:
    site, queries = asked(request)
    query = request.query_params
    asking.known(query, "source", "category", "since", "limit", "cursor")
    limit, before = asking.limit(query, USUAL), asking.before(query)
    found = list(await queries.recent(_where(request, site), limit + 1, before))
    return _answer(site, _page(site, found, limit))


def _page(site: Site, found: Sequence[Item], limit: int) -> dict[str, Any]:
    cursor = None
    if len(found) > limit:
        last = found[limit - 1]
        cursor = asking.after(last.effective or last.first_seen, last.id)
    return {
        "items": [item_value(item, site.ctx) for item in found[:limit]],
        "next_cursor": cursor,
    }


async def _item(request: Request) -> Response:
    site, queries = asked(request)
    asking.known(request.query_params)
    number = _named("i", request)
    found = await queries.item(number)
    if found is None:
        raise _Absent("there is no such item")
    if found.id != number:
        return moved(site, f"{PREFIX}/items/i{found.id}")
    return _answer(site, item_value(found, site.ctx))


async def _story(request: Request) -> Response:
    site, queries = asked(request)
    asking.known(request.query_params)
    number = _named("s", request)
    found = await queries.story(number)
    if found is None or not found.items:
        raise _Absent("there is no such story")
    if found.id != number:
        return moved(site, f"{PREFIX}/stories/s{found.id}")
    return _answer(site, story_value(found, site.ctx))


async def _sources(request: Request) -> Response:
    site, queries = asked(request)
    query = request.query_params
    asking.known(query, "limit", "cursor")
    limit, offset = asking.limit(query, asking.MAX_LIMIT), asking.offset(query)
    found = await queries.statuses()
    now, more = site.clock(), len(found) > offset + limit
    shown = [source_value(one, site.ctx, now) for one in found[offset : offset + limit]]
    cursor = str(offset + limit) if more else None
    return _answer(site, {"sources": shown, "next_cursor": cursor}, 0)


async def _source(request: Request) -> Response:
    site, queries = asked(request)
    asking.known(request.query_params)
    detail = await queries.source(_named("", request))
    if detail is None:
        raise _Absent("there is no such source")
    return _answer(site, source_value(detail.status, site.ctx, site.clock()), 0)


async def _search(request: Request) -> Response:
    site, queries = asked(request)
    query = request.query_params
    asking.known(query, "q", "source", "category", "since", "limit", "cursor")
    text = asking.words(query)
    if not re.search(r"\w", text):
        raise BadRequest("q", "must hold a word to search for")
    limit, offset = asking.limit(query, USUAL), asking.offset(query)
    found = await queries.search(text, limit + 1, _where(request, site), offset)
    more = len(found) > limit
    said = {
        "items": [item_value(item, site.ctx) for item in found[:limit]],
        "next_cursor": str(offset + limit) if more else None,
    }
    return _answer(site, said)


def _explained(site: Site) -> list[str]:
    return sorted(spec.slug for spec in site.ctx.shown if spec.order == "popular")


async def _explain(request: Request) -> Response:
    site, queries = asked(request)
    query = request.query_params
    asking.known(query, "story", "list")
    number = asking.ident(query.get("story", ""), "s")
    if number is None:
        raise BadRequest("story", "must be the id of a story, such as s12")
    slug = query.get("list", "")
    shown = _explained(site)
    if slug not in shown:
        names = ", ".join(shown) or "there is none"
        raise BadRequest("list", f"must be the slug of a popular list: {names}")
    found = await queries.explain(number, slug)
    if found is None:
        raise _Absent("that story is not among those that are ranked now")
    return _answer(site, explained_value(found, site.ctx), 0)


async def _openapi(request: Request) -> Response:
    site = site_of(request)
    return _answer(site, document(site.ctx.url(PREFIX), site.ctx.version, _explained(site)))


async def _nothing(request: Request) -> Response:
    raise _Absent("there is no such address; /api/v1/openapi.json describes all")


def routes() -> list[Route]:
    """The addresses of the API. ``/api/v1/events`` is answered before the router."""
    table: tuple[tuple[str, Handler], ...] = (
        ("/lists", _lists),
        ("/lists/{slug}", _list),
        ("/items", _items),
        ("/items/{id}", _item),
        ("/stories/{id}", _story),
        ("/sources", _sources),
        ("/sources/{id}", _source),
        ("/search", _search),
        ("/explain", _explain),
        ("/openapi.json", _openapi),
        ("", _nothing),
        ("/{rest:path}", _nothing),
    )
    return [Route(PREFIX + path, _told(handler)) for path, handler in table]
