"""The HTTP side: prepared pages at once, a few asked for by id or word, and clear refusals."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from feedhub.model import Item, Listing, ListSpec, Placed, Ranked
from feedhub.publish import page
from feedhub.publish.context import Feed, search_feed, source_feed
from feedhub.publish.entry import item_path, story_path
from feedhub.publish.i18n import words
from feedhub.publish.text import legal
from feedhub.publish.views import source_name
from feedhub.serve.rendered import Rendered, answer, render
from feedhub.serve.site import FORMATS, Queries, Site, csp

SEARCH_LIMIT = 50
SEARCH_CHARS = 200  # of a query; more than anyone types, less than a burden
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NUMBER = re.compile(r"[is]?([0-9]{1,18})")
_SAFE = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"permissions-policy", b"interest-cohort=(), camera=(), microphone=(), geolocation=()"),
)


def build_app(site: Site) -> ASGIApp:
    """The hub as an ASGI application over ``site``.

    It answers under the path of ``hub.base_url`` as well as without it, so that a proxy may
    strip the path or leave it. Prepared pages bypass the router: they are most of the traffic.
    """
    inner = Starlette(
        routes=_routes(),
        exception_handlers={HTTPException: _refused, Exception: _broken},
    )
    inner.state.site = site

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await inner(scope, receive, send)
            return
        path: str = scope["path"]
        prefix = site.ctx.prefix
        if prefix and (path == prefix or path.startswith(prefix + "/")):
            path = path[len(prefix) :] or "/"
            scope = {**scope, "path": path, "raw_path": path.encode("utf-8", "surrogateescape")}
        prepared = site.pages.get(path)
        if path == "/status" and site.queries is not None:
            prepared = None  # health is asked for now, not as of the last tick
        if prepared is None or scope["method"] not in ("GET", "HEAD"):
            await inner(scope, receive, send)
            return
        await _send(prepared, scope, send, site.max_age())

    return app


async def _send(
    rendered: Rendered,
    scope: Scope,
    send: Send,
    max_age: int,
    extra: Sequence[tuple[bytes, bytes]] = (),
) -> None:
    asked: dict[bytes, str | None] = {
        b"accept-encoding": None,
        b"if-none-match": None,
        b"if-modified-since": None,
    }
    for name, value in scope["headers"]:
        if name in asked:
            before = asked[name]
            text = value.decode("latin-1")
            asked[name] = f"{before}, {text}" if before else text
    status, headers, body = answer(
        rendered,
        accept_encoding=asked[b"accept-encoding"] or "",
        if_none_match=asked[b"if-none-match"],
        if_modified_since=asked[b"if-modified-since"],
        max_age=max_age,
    )
    headers += [*_SAFE, *extra]
    if scope["method"] == "HEAD":
        body = b""
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class _Page(Response):
    """A page rendered for one request, sent under the same rules as prepared ones."""

    def __init__(
        self, rendered: Rendered, max_age: int = 0, extra: Sequence[tuple[bytes, bytes]] = ()
    ) -> None:
        super().__init__(rendered.body, rendered.status)
        self.rendered, self.seconds, self.extra = rendered, max_age, extra

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await _send(self.rendered, scope, send, self.seconds, self.extra)


def _html(site: Site, body: bytes, status: int = 200) -> Rendered:
    return render(body, page.CONTENT_TYPE, csp=csp(site.ctx), status=status)


def _site(request: Request) -> Site:
    site = request.app.state.site
    assert isinstance(site, Site)
    return site


def _asked(request: Request) -> tuple[Site, Queries]:
    site = _site(request)
    if site.queries is None:
        raise HTTPException(404)
    return site, site.queries


def _number(request: Request, kind: str) -> int:
    """The number in ``/story/s7``; a bare number is understood, another kind's letter is not."""
    text = request.path_params["id"]
    match = _NUMBER.fullmatch(text)
    if match is None or (text[0].isalpha() and text[0] != kind):
        raise HTTPException(404)
    return int(match[1])


def _moved(site: Site, path: str) -> Response:
    return Response(status_code=308, headers={"location": site.ctx.prefix + path})


async def _story(request: Request) -> Response:
    site, queries = _asked(request)
    number = _number(request, "s")
    story = await queries.story(number)
    if story is None or not story.items:
        raise HTTPException(404)
    if request.url.path != story_path(story.id):
        return _moved(site, story_path(story.id))
    return _Page(_html(site, page.render_story(story, site.ctx)), site.max_age())


async def _item(request: Request) -> Response:
    site, queries = _asked(request)
    item = await queries.item(_number(request, "i"))
    if item is None:
        raise HTTPException(404)
    if request.url.path != item_path(item.id):
        return _moved(site, item_path(item.id))
    story = await queries.story(item.story_id) if item.story_id is not None else None
    return _Page(_html(site, page.render_item(item, site.ctx, story)), site.max_age())


async def _source(request: Request) -> Response:
    site, queries = _asked(request)
    number = _number(request, "")
    detail = await queries.source(number)
    if detail is None:
        raise HTTPException(404)
    ending = request.path_params.get("ending")
    if ending is None:
        return _Page(_html(site, page.render_source(detail, site.ctx)), site.max_age())
    feed = source_feed(number, source_name(detail.status))
    return _feed(site, detail.items, feed, ending)


async def _search(request: Request) -> Response:
    site, queries = _asked(request)
    text = legal(request.query_params.get("q", "")).strip()[:SEARCH_CHARS]
    found = await queries.search(text, SEARCH_LIMIT) if text else ()
    ending = request.path_params.get("ending")
    if ending is None:
        return _Page(_html(site, page.render_search(text, found, site.ctx)), site.max_age())
    return _feed(site, found, search_feed(text, f"{site.ctx.hub.title}: {text}"), ending)


async def _status(request: Request) -> Response:
    site, queries = _asked(request)
    body = page.render_status(await queries.statuses(), site.ctx)
    return _Page(_html(site, body), 0)


async def _healthz(request: Request) -> Response:
    """200 once something is served; 503 before. What the daemon knows is added."""
    site = _site(request)
    said: dict[str, object] = {
        "status": "ok" if site.pages else "starting",
        "version": site.ctx.version,
        "pages": len(site.pages),
    }
    if site.health is not None:
        said |= site.health()
    body = json.dumps(said, ensure_ascii=True, default=str).encode() + b"\n"
    return _Page(render(body, "application/json", status=200 if site.pages else 503))


def _feed(site: Site, items: Sequence[Item], feed: Feed, ending: str) -> Response:
    """Items as a feed: each under its own id, in the order they were found."""
    write, content_type = FORMATS[ending]
    updated = max((item.updated for item in items), default=_EPOCH)
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
    return _Page(render(body, content_type, last_modified=updated, cors=True), site.max_age())


def _routes() -> list[Route]:
    routes = [
        Route("/story/{id}", _story),
        Route("/item/{id}", _item),
        Route("/search", _search),
        Route("/status", _status),
        Route("/healthz", _healthz),
    ]
    for ending in FORMATS:
        routes += [
            Route(f"/search.{ending}", _ending(_search, ending)),
            Route(f"/source/{{id}}.{ending}", _ending(_source, ending)),
        ]
    return [*routes, Route("/source/{id}", _source)]


def _ending(
    handler: Callable[[Request], Awaitable[Response]], ending: str
) -> Callable[[Request], Awaitable[Response]]:
    async def handle(request: Request) -> Response:
        request.path_params["ending"] = ending
        return await handler(request)

    return handle


async def _refused(request: Request, error: Exception) -> Response:
    """404, 405 and 503 as pages that say what to do next."""
    site = _site(request)
    say, path = words(site.ctx.hub.language), request.url.path
    status = error.status_code if isinstance(error, HTTPException) else 500
    reading = request.method in ("GET", "HEAD")
    if not reading and (path in site.pages or status == 405):
        body = page.render_message(say.wrong_method, site.ctx)
        return _Page(_html(site, body, 405), extra=((b"allow", b"GET, HEAD"),))
    if reading and len(path) > 1 and path.endswith("/") and path.rstrip("/") in site.pages:
        return _moved(site, path.rstrip("/"))
    if not site.pages and path == "/":
        body = page.render_message(say.starting, site.ctx)
        return _Page(_html(site, body, 503), extra=((b"retry-after", b"5"),))
    body = page.render_message(say.not_found, site.ctx, say.not_found_help)
    return _Page(_html(site, body, status))


async def _broken(request: Request, error: Exception) -> Response:
    """500: the page says little; the error itself goes on to the server's log."""
    site = _site(request)
    say = words(site.ctx.hub.language)
    return _Page(_html(site, page.render_message(say.server_error, site.ctx), 500))
