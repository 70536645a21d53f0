"""The HTTP side: who may read, prepared pages at once, the rest by address, clear refusals."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from feedhub.publish import page
from feedhub.publish.context import PublishContext
from feedhub.publish.i18n import words
from feedhub.serve import api, archive, pages
from feedhub.serve.access import enter
from feedhub.serve.answers import (
    Answer,
    guarded,
    html,
    json_answer,
    send_rendered,
    site_of,
)
from feedhub.serve.go import go
from feedhub.serve.site import FORMATS, Site

EVENTS = f"{api.PREFIX}/events"
_ALLOW = (b"allow", b"GET, HEAD")

Handler = Callable[[Request], Awaitable[Response]]


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
    inner.router.redirect_slashes = False  # its own leads out of a path and of a private hub

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await inner(scope, receive, send)
            return
        path: str = scope["path"]
        ctx = site.ctx
        base = ctx.asked_path
        if base and (path == base or path.startswith(base + "/")):
            path = path[len(base) :] or "/"
        token = slug = ""
        if ctx.private or path.startswith("/~"):
            entry = enter(path, ctx, scope["query_string"], _authorization(scope))
            token, slug = path.removesuffix(entry.path), entry.slug
            path = entry.path
            if not entry.allowed:
                await _shut(site, entry.login)(scope, receive, send)
                return
        reading = scope["method"] in ("GET", "HEAD")
        prepared = site.pages.get(path) if reading else None
        if prepared is not None and (path != "/status" or site.queries is None):
            await send_rendered(prepared, scope, send, site.max_age())
        elif path == EVENTS and scope["method"] == "GET":
            await site.events.listen(scope, receive, guarded(send))
        else:
            raw = path.encode("utf-8", "surrogateescape")
            told = {"path": path, "raw_path": raw, "feedhub.token": token, "feedhub.list": slug}
            await inner({**scope, **told}, receive, guarded(send))

    return app


def _authorization(scope: Scope) -> bytes:
    for name, value in scope["headers"]:
        if name == b"authorization":
            return bytes(value)
    return b""


def _shut(site: Site, login: bool) -> Answer:
    """What those see who may not read: a question for a login, or nothing that gives it away."""
    say, ctx = words(site.ctx.hub.language), site.ctx.for_strangers
    if not login:
        return Answer(html(site, page.render_message(say.not_found, ctx), 404))
    realm = f'Basic realm="{site.ctx.hub.title.encode("ascii", "ignore").decode()}"'
    realm = realm.replace("\\", "").replace("\n", " ") + ', charset="UTF-8"'
    body = page.render_message(say.log_in, ctx)
    return Answer(html(site, body, 401), extra=((b"www-authenticate", realm.encode()),))


def _routes() -> list[Route]:
    routes = [
        Route("/story/{id}", pages.story),
        Route("/item/{id}/image", pages.image),
        Route("/item/{id}", pages.item),
        Route("/go/{id}", go),
        Route("/search", pages.search),
        Route("/status", pages.status),
        Route("/healthz", pages.healthz),
        *api.routes(),
    ]
    for ending in FORMATS:
        routes += [
            Route(f"/search.{ending}", _ending(pages.search, ending)),
            Route(f"/source/{{id}}.{ending}", _ending(pages.source, ending)),
            Route(f"/story/{{id}}.{ending}", _ending(pages.story, ending)),
            Route(f"/category/{{name:path}}.{ending}", _ending(pages.category, ending)),
        ]
    for kind in archive.KINDS:
        path = f"/{{feed}}/archive/{{number}}.{kind}"
        routes.append(Route(path, _ending(archive.show, kind)))
    return [
        *sorted(routes, key=lambda route: not route.path.endswith(tuple(FORMATS))),
        Route("/source/{id}", pages.source),
        Route("/category/{name:path}", pages.category),
        Route("/{feed}/archive/{number}", archive.show),
    ]


def _ending(handler: Handler, ending: str) -> Handler:
    async def handle(request: Request) -> Response:
        request.path_params["ending"] = ending
        return await handler(request)

    return handle


async def _refused(request: Request, error: Exception) -> Response:
    """404, 405, 410 and 503 as pages that say what to do next."""
    site = site_of(request)
    # as it is in the scope: that of ``request.url`` is escaped in part
    say, path = words(site.ctx.hub.language), str(request.scope["path"])
    status = error.status_code if isinstance(error, HTTPException) else 500
    reading, ctx = request.method in ("GET", "HEAD"), _ctx_of(request)
    if not reading and status == 405 and path.startswith(api.PREFIX):
        said = {"error": "wrong_method", "message": "this address can only be read: GET or HEAD"}
        return json_answer(site, said, 405, extra=(_ALLOW,))
    if not reading and (path in site.pages or status == 405):
        body = page.render_message(say.wrong_method, ctx)
        return Answer(html(site, body, 405), extra=(_ALLOW,))
    if reading and path.endswith("/") and _leads_somewhere(request, path.rstrip("/")):
        # by the token it was asked with: that of a list is not that of the hub
        root = site.ctx.base_path + quote(request.scope["feedhub.token"])
        query = request.url.query
        to = root + quote(path.rstrip("/")) + (f"?{query}" if query else "")
        return Response(status_code=308, headers={"location": to})
    if not site.pages and path == "/":
        body = page.render_message(say.starting, ctx)
        return Answer(html(site, body, 503), extra=((b"retry-after", b"5"),))
    if status == 410:
        return Answer(html(site, page.render_message(say.taken_away, ctx), 410))
    body = page.render_message(say.not_found, ctx, say.not_found_help)
    return Answer(html(site, body, status))


def _ctx_of(request: Request) -> PublishContext:
    """The hub as those see it who may read what is asked for."""
    return site_of(request).ctx.read_by(str(request.scope["feedhub.list"]))


def _leads_somewhere(request: Request, path: str) -> bool:
    """Whether an address is one of ours, or has the form of one."""
    scope = {**request.scope, "path": path}
    known = (route.matches(scope)[0] is Match.FULL for route in request.app.routes)
    return path in site_of(request).pages or any(known)


async def _broken(request: Request, error: Exception) -> Response:
    """500: the page says little; the error itself goes on to the server's log."""
    site = site_of(request)
    say = words(site.ctx.hub.language)
    return Answer(html(site, page.render_message(say.server_error, _ctx_of(request)), 500))
