"""httpx's transport under feedhub: one request over one guarded HTTP/1.1 connection.

Own rather than httpcore's or aiohttp's: header values and request targets go out byte for byte,
every bound is counted on the wire itself, and the address check sits where the socket is made.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from urllib.parse import quote

from feedhub.errors import NetError
from feedhub.model import Stage
from feedhub.net.connect import Connector, Route, proxy_authorization, tls_reason
from feedhub.net.h1 import Body, Head, read_head
from feedhub.net.library import httpx
from feedhub.net.url import parse_target
from feedhub.net.wire import Closed, Wire

IDLE_SECONDS = 20.0
MAX_IDLE = 64
_UNSAFE = re.compile(rb"[^\x21-\x7e]")


class Pool:
    """Idle connections, at most one a route, so that a host's feeds share a handshake."""

    def __init__(self, max_idle: int = MAX_IDLE, idle_seconds: float = IDLE_SECONDS) -> None:
        self._idle: OrderedDict[Route, tuple[Wire, float]] = OrderedDict()  # by when they end
        self._max_idle = max_idle
        self._idle_seconds = idle_seconds
        self._timer: asyncio.TimerHandle | None = None  # for the first to end

    def take(self, route: Route) -> Wire | None:
        entry = self._idle.pop(route, None)
        if entry is None:
            return None
        wire, _ = entry
        if wire.reusable:
            return wire
        wire.close()
        return None

    def give(self, route: Route, wire: Wire) -> None:
        if not wire.reusable or route in self._idle:
            wire.close()
            return
        loop = asyncio.get_running_loop()
        end = loop.time() + self._idle_seconds
        self._idle[route] = (wire, end)
        if self._timer is None:
            self._timer = loop.call_at(end, self._expire)
        if len(self._idle) > self._max_idle:
            _, (oldest, _) = self._idle.popitem(last=False)
            oldest.close()

    def _expire(self) -> None:
        """Close those whose time is over, and come again for the next."""
        loop = asyncio.get_running_loop()
        self._timer = None
        while self._idle:
            route, (wire, end) = next(iter(self._idle.items()))
            if end > loop.time():
                self._timer = loop.call_at(end, self._expire)
                return
            del self._idle[route]
            wire.close()

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for wire, _ in self._idle.values():
            wire.close()
        self._idle.clear()


class _Stream(httpx.AsyncByteStream):
    def __init__(self, pool: Pool, route: Route, wire: Wire, body: Body) -> None:
        self._pool = pool
        self._route = route
        self.wire = wire
        self.body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self.body.pieces():
            yield piece

    async def aclose(self) -> None:
        if self.body.whole:
            self._pool.give(self._route, self.wire)
        else:
            self.wire.close()


class GuardedTransport(httpx.AsyncBaseTransport):
    """Sends each request on a connection that passed the address check.

    The request's ``extensions["route"]`` may carry a :class:`Route`; without one the URL's
    own host is reached with all checks on. Raises :class:`NetError` where other transports
    raise httpx's exceptions.
    """

    def __init__(self, connector: Connector, *, max_head: int, keep_alive: bool = True) -> None:
        self._connector = connector
        self._max_head = max_head
        self._keep_alive = keep_alive
        self._pool = Pool()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        route = request.extensions.get("route")
        if not isinstance(route, Route):
            target = parse_target(str(request.url))
            route = Route(target.scheme, target.host, target.port)
        block = self._serialise(request, route)
        sent: Callable[[], None] | None = request.extensions.get("sent")
        wire = self._pool.take(route)
        if wire is not None:
            try:
                head = await self._exchange(wire, block, sent)
                return self._answer(request, route, wire, head)
            except Closed:
                # The server had given the connection up before this request reached it.
                wire.close()
            except BaseException:
                wire.close()
                raise
        wire = await self._connector.connect(route)
        try:
            head = await self._exchange(wire, block, sent)
            return self._answer(request, route, wire, head)
        except Closed as end:
            wire.close()
            if isinstance(wire.broken, ssl.SSLError):  # such as a certificate of ours it wants
                raise NetError(Stage.TLS, f"{route.host}: {tls_reason(wire.broken)}") from end
            raise NetError(Stage.CONNECT, f"{end} before an answer") from end
        except BaseException:
            wire.close()
            raise

    async def _exchange(self, wire: Wire, block: bytes, sent: Callable[[], None] | None) -> Head:
        wire.received = len(wire.buffer)
        if sent is not None:
            sent()
        wire.write(block)
        return await read_head(wire, self._max_head)

    def _answer(
        self, request: httpx.Request, route: Route, wire: Wire, head: Head
    ) -> httpx.Response:
        body = Body(wire, head)
        if not self._keep_alive:
            body.forget()
        # httpx is shown no headers: it would parse a Location, and fail on a bad one, though
        # redirects are not its job here, and look at cookies. What it does not see it cannot
        # act on. Whoever asks reads them from the head.
        return httpx.Response(
            head.status,
            stream=_Stream(self._pool, route, wire, body),
            request=request,
            extensions={"head": head, "wire": wire, "body": body},
        )

    def _serialise(self, request: httpx.Request, route: Route) -> bytes:
        target = request.extensions.get("target") or request.url.raw_path
        lines = []
        if route.proxy is not None and route.scheme == "http":
            host = next(v for k, v in request.headers.raw if k.lower() == b"host")
            target = b"http://" + host + target
            if header := proxy_authorization(parse_target(route.proxy)):
                lines.append(b"Proxy-Authorization: " + header.encode("ascii"))
        lines.insert(0, request.method.encode("ascii") + b" " + _one_line(target) + b" HTTP/1.1")
        for name, value in request.headers.raw:
            if b"\r" in value or b"\n" in value or b"\0" in value:
                raise NetError(Stage.ADDRESS, f"a line break in the header {name.decode()!r}")
            lines.append(name + b": " + value)
        assert isinstance(request.stream, httpx.SyncByteStream)  # whole: we stream nothing out
        return b"\r\n".join(lines) + b"\r\n\r\n" + b"".join(request.stream)

    async def aclose(self) -> None:
        self._pool.close()


def _one_line(target: bytes) -> bytes:
    """A request target that can end neither its line nor itself."""
    if _UNSAFE.search(target):
        return quote(target, safe="!#$%&'()*+,/:;=?@[]~").encode("ascii")
    return target
