"""Answers to single requests, sent under the same rules as prepared pages."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from feedhub.model import ListSpec
from feedhub.publish import page
from feedhub.serve.rendered import BARE_CSP, Rendered, answer, render
from feedhub.serve.site import Queries, Site, csp

SAFE = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"permissions-policy", b"interest-cohort=(), camera=(), microphone=(), geolocation=()"),
)
GUARDED = (*SAFE, (b"content-security-policy", BARE_CSP.encode()))
_NO_EXTRA: tuple[tuple[bytes, bytes], ...] = ()


def guarded(send: Send) -> Send:
    """``send`` that sees to it that no answer goes out without the headers that guard readers."""

    async def guarding(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = list(message.get("headers", ()))
            named = {name.lower() for name, _ in headers}
            headers += [pair for pair in GUARDED if pair[0] not in named]
            message = {**message, "headers": headers}
        await send(message)

    return guarding


async def send_rendered(
    rendered: Rendered,
    scope: Scope,
    send: Send,
    max_age: int,
    extra: Sequence[tuple[bytes, bytes]] = _NO_EXTRA,
) -> None:
    """One answer, conditional and compressed as the request asks."""
    coding, none_match, since = "", None, None
    for name, value in scope["headers"]:
        if name == b"accept-encoding":
            coding = f"{coding},{value.decode('latin-1')}" if coding else value.decode("latin-1")
        elif name == b"if-none-match":
            text = value.decode("latin-1")
            none_match = f"{none_match}, {text}" if none_match else text
        elif name == b"if-modified-since":
            since = value.decode("latin-1")
    status, headers, body = answer(
        rendered,
        accept_encoding=coding,
        if_none_match=none_match,
        if_modified_since=since,
        max_age=max_age,
    )
    headers += SAFE
    headers += extra
    if scope["method"] == "HEAD":
        body = b""
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class Answer(Response):
    """Something rendered for one request."""

    def __init__(
        self, rendered: Rendered, max_age: int = 0, extra: Sequence[tuple[bytes, bytes]] = ()
    ) -> None:
        super().__init__(rendered.body, rendered.status)
        self.rendered, self.seconds, self.extra = rendered, max_age, extra

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send_rendered(self.rendered, scope, send, self.seconds, self.extra)


def html(site: Site, body: bytes, status: int = 200, spec: ListSpec | None = None) -> Rendered:
    """A page of ours."""
    private = site.ctx.access(spec) is not None
    return render(body, page.CONTENT_TYPE, csp=csp(site.ctx), status=status, private=private)


def json_answer(
    site: Site,
    value: Any,
    status: int = 200,
    max_age: int = 0,
    spec: ListSpec | None = None,
    extra: Sequence[tuple[bytes, bytes]] = (),
) -> Answer:
    """A JSON document that scripts of other sites may read."""
    body = json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")
    private = site.ctx.access(spec) is not None
    kind = "application/json; charset=utf-8"
    made = render(body + b"\n", kind, status=status, cors=True, private=private)
    return Answer(made, max_age, extra)


def site_of(request: Request) -> Site:
    site = request.app.state.site
    assert isinstance(site, Site)
    return site


def asked(request: Request) -> tuple[Site, Queries]:
    """The site with what it can be asked; 404 where it cannot be asked anything."""
    site = site_of(request)
    if site.queries is None:
        raise HTTPException(404)
    return site, site.queries


def moved(site: Site, path: str) -> Response:
    """To the address where it is now, for good."""
    return Response(status_code=308, headers={"location": site.ctx.prefix + path})
