"""The one HTTP client: guarded, bounded, without memory of cookies.

Everything that leaves for a publisher goes through :meth:`HttpClient.get` or ``post``. Each
request, redirects included, ends within its total time in an answer of bounded size or in a
:class:`NetError` that names the stage and the host, never an address with secrets in it.
"""

from __future__ import annotations

import asyncio
import base64
import logging
import string
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import field
from types import TracebackType
from typing import Protocol, Self
from urllib.parse import quote

from feedhub.errors import NetError
from feedhub.model import Auth, Stage
from feedhub.net.connect import Connector, Route
from feedhub.net.h1 import Body, Head
from feedhub.net.inflate import ACCEPT_ENCODING, STEP, Inflater
from feedhub.net.library import httpx
from feedhub.net.resolve import Resolver, SystemResolver
from feedhub.net.room import Room, Share
from feedhub.net.transport import GuardedTransport
from feedhub.net.url import Target, parse_target, trusts
from feedhub.net.wire import Wire
from feedhub.values import dataclass

REDIRECTS = frozenset({301, 302, 303, 307, 308})
PERMANENT = frozenset({301, 308})
ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml, "
    "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.1"
)


# httpx logs every address in full, and addresses can hold tokens.
logging.getLogger("httpx").setLevel(logging.WARNING)

# Where a request goes is read once, as browsers read it, and told to our transport alone: httpx
# would read every address a second time, in its own way, which takes longer than all else of it.
_ELSEWHERE = httpx.URL("http://elsewhere.invalid/")
_READ = httpx.ByteStream(b"")


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """Bounds of every request. Times in seconds, sizes in bytes.

    ``max_wire`` counts the body as it comes, transfer coding included; ``max_body`` counts
    what it inflates to. ``small_body`` is what any number of answers may hold at once; beyond
    it they share ``room``, so that many large or hostile answers together cannot fill the
    memory either. Waiting for room is not on the server's time.
    """

    user_agent: str = "feedhub"
    connect_timeout: float = 10.0
    total_timeout: float = 30.0
    max_head: int = 64 * 1024
    max_wire: int = 10 * 1024 * 1024
    max_body: int = 16 * 1024 * 1024
    max_error_body: int = 16 * 1024  # of answers that are no success: enough to name them
    error_body_timeout: float = 2.0
    small_body: int = 64 * 1024
    room: int = 16 * 1024 * 1024
    max_redirects: int = 8
    keep_alive: bool = True


class Line(Protocol):
    """Who rations requests by host, and wants to know of each."""

    async def hop(self, url: str) -> None:
        """Wait until ``url``, at another host, may be asked. What it raises ends the request."""

    def sent(self) -> None:
        """A request is leaving this machine."""


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """What is asked for. ``headers`` and ``auth`` go to the address's own host alone;
    ``conditional`` (validators, Latin-1) goes along a chain of redirects.
    """

    url: str
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    conditional: tuple[tuple[str, str], ...] = ()
    auth: Auth | None = field(default=None, repr=False)
    allow_private: bool = False
    proxy: str | None = field(default=None, repr=False)
    ca_file: str | None = None
    timeout: float | None = None
    holds: bool = False  # the answer keeps its room until the caller lets it go
    doubtful: bool = False  # it failed before: its name is looked up apart from the healthy
    content: bytes = field(default=b"", repr=False)
    content_type: str = ""
    user_agent: str = ""  # in place of the client's own
    line: Line | None = field(default=None, repr=False, compare=False)


def _nothing() -> None:
    """An answer that holds no room."""


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """The last answer. ``headers`` has lower-case names, values as Latin-1, repeats joined
    by ``", "``; ``url`` carries no credentials; ``body`` is inflated, and cut short for
    answers that are no success. ``let_go`` is to be called once the body is not needed any
    more, where the request ``holds``.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    wire_bytes: int
    permanent_url: str | None = None  # where the unbroken chain of 301/308 at the start led
    redirects: int = 0
    let_go: Callable[[], None] = field(default=_nothing, repr=False, compare=False)


@dataclass(slots=True)
class _Progress:
    """What is known when a request is cut off by its total time."""

    clock: asyncio.Timeout
    status: int | None = None
    host: str = ""
    got: int = 0
    wires: int = 0
    final: Head | None = None  # of the answer that is no redirect

    async def off_the_clock(self, wait: Awaitable[None]) -> None:
        """Wait in a queue of our own, which is not for the server to pay for."""
        loop, end = asyncio.get_running_loop(), self.clock.when()
        began = loop.time()
        self.clock.reschedule(None)
        await wait
        if end is not None:
            self.clock.reschedule(end + loop.time() - began)


class _NoCookies(httpx.Cookies):
    """A jar that nothing can be put into by a server."""

    def extract_cookies(self, response: httpx.Response) -> None:
        """Look at nothing, keep nothing."""


class _Forgetful(httpx.AsyncClient):
    """httpx's client without a memory for cookies."""

    @property
    def cookies(self) -> httpx.Cookies:
        return _NO_COOKIES

    @cookies.setter
    def cookies(self, cookies: object) -> None:
        raise AttributeError("cookies are never kept")


_NO_COOKIES = _NoCookies()


class HttpClient:
    """One client for the whole hub; use as an async context manager."""

    def __init__(
        self, settings: HttpSettings | None = None, *, resolver: Resolver | None = None
    ) -> None:
        self.settings = settings or HttpSettings()
        self.user_agent = self.settings.user_agent  # of requests that name none
        self._resolver = resolver or SystemResolver()
        connector = Connector(self._resolver, self.settings.connect_timeout)
        transport = GuardedTransport(
            connector, max_head=self.settings.max_head, keep_alive=self.settings.keep_alive
        )
        self._client = _Forgetful(transport=transport, trust_env=False)
        self.room = Room(self.settings.room)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close idle connections and let the resolver's threads go."""
        await self._client.aclose()
        self._resolver.close()

    async def get(self, request: HttpRequest) -> HttpResponse:
        """Fetch, following redirects. Raises :class:`NetError`."""
        return await self._bounded("GET", request, follow=True)

    async def post(self, request: HttpRequest) -> HttpResponse:
        """Post ``request.content``; redirects are answers. Raises :class:`NetError`."""
        return await self._bounded("POST", request, follow=False)

    async def _bounded(self, method: str, request: HttpRequest, *, follow: bool) -> HttpResponse:
        limit = request.timeout or self.settings.total_timeout
        progress = _Progress(asyncio.timeout(limit))
        try:
            async with progress.clock:
                return await self._follow(method, request, progress, follow=follow)
        except TimeoutError as error:
            what = f"{progress.got} bytes of the body" if progress.status else "no answer"
            reason = f"{progress.host}: {what} after {limit:g} s"
            failure = NetError(Stage.TIMEOUT, reason, status=progress.status)
            failure.headers = progress.final.fields() if progress.final else {}
            raise failure from error
        except NetError as error:
            if progress.final is not None:
                error.headers = progress.final.fields()
            raise
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            reason = f"{progress.host}: {type(error).__name__}"
            raise NetError(Stage.STATUS, reason, status=progress.status) from error

    async def _follow(
        self, method: str, request: HttpRequest, progress: _Progress, *, follow: bool
    ) -> HttpResponse:
        target = parse_target(request.url)
        trusted = target.origin
        seen = {target.href}
        permanent: str | None = None
        unbroken = True
        hops = 0
        while True:
            progress.host, progress.status = target.host, None
            response = await self._client.send(
                self._build(method, request, target, trusted=trusts(trusted, target)), stream=True
            )
            head: Head = response.extensions["head"]
            progress.status = head.status
            location = head.all(b"location") if follow and head.status in REDIRECTS else []
            if not location:
                progress.final = head
                share = self.room.share()
                held = False
                try:
                    body = await self._read(response, head, progress, share)
                    held = request.holds
                finally:
                    if not held:
                        share.leave()
                    await _close(response)
                return HttpResponse(
                    url=target.href,
                    status=head.status,
                    headers=head.fields(),
                    body=body,
                    wire_bytes=progress.wires + response.extensions["wire"].received,
                    permanent_url=permanent,
                    redirects=hops,
                    let_go=share.leave,
                )
            await self._discard(response)
            progress.wires += response.extensions["wire"].received
            before = target
            target = self._next(location[0], target, head.status)
            unbroken = unbroken and head.status in PERMANENT
            if unbroken:
                permanent = target.href
            if not trusts(trusted, target):
                trusted = ("", "", 0)  # once left, never trusted again in this chain
            hops += 1
            if target.href in seen:
                loop = f"{target.host}: a redirect loop"
                if head.all(b"set-cookie"):
                    loop += "; it sets a cookie, and none is kept"
                raise NetError(Stage.REDIRECTS, loop, status=head.status)
            if hops > self.settings.max_redirects:
                raise NetError(
                    Stage.REDIRECTS,
                    f"{target.host}: more than {self.settings.max_redirects} redirects",
                    status=head.status,
                )
            seen.add(target.href)
            if request.line is not None and target.host != before.host:
                await progress.off_the_clock(request.line.hop(target.href))

    @staticmethod
    def _next(location: bytes, base: Target, status: int) -> Target:
        try:
            text = location.decode("utf-8")
        except UnicodeDecodeError:  # in whatever letters: its bytes are what it knows its page by
            text = quote(location, safe=string.punctuation + " ")
        try:
            target = parse_target(text, base.href)
        except NetError as error:
            raise NetError(error.stage, f"redirected: {error.reason}", status=status) from error
        return target

    def _build(
        self, method: str, request: HttpRequest, target: Target, *, trusted: bool
    ) -> httpx.Request:
        headers: dict[str, str] = {
            "Host": target.authority,
            "User-Agent": request.user_agent or self.user_agent,
            "Accept": ACCEPT,
            "Accept-Encoding": ACCEPT_ENCODING,
        }
        if trusted:
            if request.auth is not None:
                headers["Authorization"] = _authorization(request.auth)
            elif target.user or target.password:
                auth = Auth("basic", target.user, target.password)
                headers["Authorization"] = _authorization(auth)
            names = {name.lower(): name for name in headers}
            for name, value in request.headers:
                headers[names.setdefault(name.lower(), name)] = value
        headers.update(request.conditional)
        if method == "POST":
            headers["Content-Type"] = request.content_type or "application/octet-stream"
            headers["Content-Length"] = str(len(request.content))
        if not self.settings.keep_alive:
            headers["Connection"] = "close"
        route = Route(
            target.scheme,
            target.host,
            target.port,
            allow_private=request.allow_private,
            proxy=request.proxy,
            ca_file=request.ca_file,
            doubtful=request.doubtful,
        )
        try:
            raw = [(k.encode("latin-1"), v.encode("latin-1")) for k, v in headers.items()]
        except UnicodeEncodeError as error:
            raise NetError(
                Stage.ADDRESS, "a header with characters that headers cannot carry"
            ) from error
        return httpx.Request(
            method,
            _ELSEWHERE,
            headers=raw,
            stream=httpx.ByteStream(request.content),
            extensions={
                "route": route,
                "target": target.path.encode("utf-8"),
                "sent": request.line.sent if request.line is not None else None,
            },
        )

    async def _read(
        self, response: httpx.Response, head: Head, progress: _Progress, share: Share
    ) -> bytes:
        out = bytearray()
        if 200 <= head.status < 300:
            try:
                await self._read_whole(response, head, progress, out, share)
            except NetError as error:
                error.status = head.status
                raise
            share.shrink(len(out) if len(out) > self.settings.small_body else 0)
            return bytes(out)
        if head.status in (204, 304):
            return b""
        # The status has said what matters: the page under it may be cut short or broken.
        with suppress(NetError, TimeoutError):
            async with asyncio.timeout(self.settings.error_body_timeout):
                await self._read_some(response, head, out)
        return bytes(out[: self.settings.max_error_body])

    async def _read_whole(
        self,
        response: httpx.Response,
        head: Head,
        progress: _Progress,
        out: bytearray,
        share: Share,
    ) -> None:
        settings = self.settings
        body: Body = response.extensions["body"]
        wire: Wire = response.extensions["wire"]
        if body.length is not None and body.length > settings.max_wire:
            raise NetError(Stage.SIZE, f"a body of {body.length} bytes is announced")
        inflater = Inflater(_codings(head), settings.max_body)
        async for piece in response.aiter_raw():
            if wire.received > settings.max_wire + settings.max_head:
                raise NetError(Stage.SIZE, f"the body is larger than {settings.max_wire} bytes")
            for plain in inflater.feed(piece):
                out += plain
                progress.got = len(out)
                most = max(len(out), inflater.made)  # decoders remember what they made of late
                if most > settings.small_body and not share.fits(most):
                    # a step ahead, and what a list of bytes that grows sets aside itself
                    more = most - share.held + max(STEP, most // 8)
                    await progress.off_the_clock(share.grow(more))
        inflater.finish()

    async def _read_some(self, response: httpx.Response, head: Head, out: bytearray) -> None:
        inflater = Inflater(_codings(head), self.settings.max_body)
        async for piece in response.aiter_raw():
            for plain in inflater.feed(piece):
                out += plain
                if len(out) >= self.settings.max_error_body:
                    return

    async def _discard(self, response: httpx.Response) -> None:
        """Read a redirect's small body, so that its connection can be used again."""
        length = response.extensions["body"].length
        try:
            if length is not None and length <= self.settings.max_error_body:
                async with asyncio.timeout(self.settings.error_body_timeout):
                    async for _ in response.aiter_raw():
                        pass
        except (NetError, TimeoutError):
            response.extensions["body"].forget()
        finally:
            await _close(response)


async def _close(response: httpx.Response) -> None:
    """Close it, and let go of it: httpx has its stream hold it, so that all that hangs on a request
    would stay until Python next looks for rings of objects.
    """
    await response.aclose()
    response.stream = _READ


def _codings(head: Head) -> str:
    return b",".join(head.all(b"content-encoding")).decode("latin-1")


def _authorization(auth: Auth) -> str:
    if auth.kind == "bearer":
        return f"Bearer {auth.secret}"
    pair = f"{auth.user}:{auth.secret}".encode()
    return "Basic " + base64.b64encode(pair).decode("ascii")
