"""Making connections: the address check, TLS and proxies.

:func:`Connector.connect` is the only place in feedhub where a feed's connection is opened.
The check is made on the numeric address handed to ``connect(2)`` itself, after name
resolution, so that neither a redirect nor a name that changes its answer can slip past it.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import os
import ssl
from collections.abc import Sequence
from dataclasses import field
from functools import lru_cache
from pathlib import Path

from feedhub.errors import NetError
from feedhub.model import Stage
from feedhub.net.address import is_numeric, never, refusal
from feedhub.net.h1 import read_head
from feedhub.net.resolve import Resolver
from feedhub.net.url import Target, parse_target
from feedhub.net.wire import Closed, Wire
from feedhub.values import dataclass

HEAD_START = 0.25  # s that one address has before the next is tried beside it (RFC 8305)
MAX_ADDRESSES = 6
PROXY_HEAD_LIMIT = 16 * 1024


@dataclass(frozen=True, slots=True)
class Route:
    """How a host is reached. Connections are shared only between equal routes."""

    scheme: str
    host: str
    port: int
    allow_private: bool = False
    proxy: str | None = field(default=None, repr=False)
    ca_file: str | None = None
    doubtful: bool = False


def _mixed(addresses: Sequence[str]) -> Sequence[str]:
    """The two families by turns, the resolver's first choice first (RFC 8305, section 4).

    Or a host with many IPv6 addresses could not be reached at all where IPv6 leads nowhere.
    """
    if len(addresses) == 1:
        return addresses
    first = ":" in addresses[0]
    same = [address for address in addresses if (":" in address) is first]
    other = [address for address in addresses if (":" in address) is not first]
    pairs = itertools.zip_longest(same, other)
    return [address for pair in pairs for address in pair if address is not None]


def tls_context(ca_file: str | None) -> ssl.SSLContext:
    """A verifying context. Raises :class:`NetError` (``tls``) for an unusable CA file."""
    try:
        return _tls_context(ca_file, Path(ca_file).stat().st_mtime_ns if ca_file else 0)
    except (OSError, ssl.SSLError) as error:
        raise NetError(Stage.TLS, f"the CA file cannot be used: {error}") from error


@lru_cache(maxsize=32)
def _tls_context(ca_file: str | None, changed_at: int) -> ssl.SSLContext:
    """``changed_at``: when the file was, so that a renewed one is read without a restart."""
    context = ssl.create_default_context(cafile=ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context


class Connector:
    """Opens guarded connections. ``connect_timeout`` is in seconds, for each of them."""

    def __init__(self, resolver: Resolver, connect_timeout: float) -> None:
        self._resolver = resolver
        self._timeout = connect_timeout

    async def connect(self, route: Route) -> Wire:
        """A connection ready for a request. Raises :class:`NetError`."""
        wire: Wire | None = None
        what = "no name lookup" if route.proxy is None else "no connection through the proxy"
        try:
            async with asyncio.timeout(self._timeout) as clock:
                if route.proxy is not None:
                    wire = await self._through_proxy(route)
                else:
                    addresses = await self._addresses(
                        route.host, private=route.allow_private, doubtful=route.doubtful
                    )
                    what = "no connection"
                    if route.host not in addresses:
                        # A lookup and a connection each have the whole time, not a rest of it.
                        clock.reschedule(asyncio.get_running_loop().time() + self._timeout)
                    wire = await self._race(addresses, route.port)
                if route.scheme == "https":
                    what = "no TLS handshake"
                    clock.reschedule(asyncio.get_running_loop().time() + self._timeout)
                    wire = await self._start_tls(wire, tls_context(route.ca_file), route.host)
            done, wire = wire, None
            return done
        except TimeoutError as error:
            raise NetError(Stage.TIMEOUT, f"{what} within {self._timeout:g} s") from error
        finally:
            if wire is not None:
                wire.close()

    async def _addresses(self, host: str, *, private: bool, doubtful: bool) -> Sequence[str]:
        if is_numeric(host):
            found: Sequence[str] = (host,)
        else:
            try:
                found = await self._resolver.resolve(host, doubtful=doubtful)
            except (OSError, UnicodeError) as error:
                why = getattr(error, "strerror", None) or str(error)
                raise NetError(Stage.DNS, f"{host}: {why}") from error
            if not found:
                raise NetError(Stage.DNS, f"{host} has no address")
        judge = never if private else refusal
        refused = {address: why for address in found if (why := judge(address)) is not None}
        if allowed := [address for address in found if address not in refused]:
            return _mixed(allowed)[:MAX_ADDRESSES]
        address, why = next(iter(refused.items()))
        of = "" if address == host else f" of {host}"
        permitted = any(never(address) is None for address in found)
        hint = "; allow_private: true would permit it" if permitted else ": never asked"
        raise NetError(Stage.ADDRESS, f"the address {address}{of} is {why}{hint}")

    async def _race(self, addresses: Sequence[str], port: int) -> Wire:
        """The first connection to come about; each address has a short head start."""
        if len(addresses) == 1:
            return await self._open(addresses[0], port)
        errors: list[NetError] = []
        waiting = list(addresses)
        running: set[asyncio.Task[Wire]] = set()
        winner: Wire | None = None
        try:
            while winner is None and (waiting or running):
                if waiting:
                    running.add(asyncio.create_task(self._open(waiting.pop(0), port)))
                done, running = await asyncio.wait(
                    running,
                    timeout=HEAD_START if waiting else None,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                for task in done:
                    error = task.exception()
                    if error is None and winner is None:
                        winner = task.result()
                    elif error is None:
                        task.result().close()
                    elif isinstance(error, NetError):
                        errors.append(error)
                    else:
                        raise error
        finally:
            for task in running:
                task.cancel()
            for ended in await asyncio.gather(*running, return_exceptions=True):
                if isinstance(ended, Wire):
                    ended.close()
        if winner is None:
            raise errors[0]
        return winner

    async def _open(self, address: str, port: int) -> Wire:
        loop = asyncio.get_running_loop()
        try:
            _, wire = await loop.create_connection(Wire, address, port)
        except OSError as error:
            # not by its own words: asyncio's name no cause, and each loop has others
            why = os.strerror(error.errno).lower() if error.errno else str(error)
            raise NetError(Stage.CONNECT, f"{address} port {port}: {why}") from error
        return wire

    async def _start_tls(self, wire: Wire, context: ssl.SSLContext, host: str) -> Wire:
        loop = asyncio.get_running_loop()
        inner = Wire()
        try:
            secure = await loop.start_tls(
                wire.transport,
                inner,
                context,
                server_hostname=host,
                ssl_handshake_timeout=self._timeout + 1,
                ssl_shutdown_timeout=1,
            )
        except ssl.SSLCertVerificationError as error:
            wire.close()
            raise NetError(Stage.TLS, f"{host}: {error.verify_message}") from error
        except (ssl.SSLError, OSError) as error:
            wire.close()
            raise NetError(Stage.TLS, f"{host}: {tls_reason(error)}") from error
        except BaseException:
            wire.close()
            raise
        assert secure is not None
        inner.connection_made(secure)
        return inner

    async def _through_proxy(self, route: Route) -> Wire:
        """A connection by way of the configured proxy, which the operator vouches for.

        The proxy resolves names, so only a numeric address can be checked here; what names
        lead to is the proxy's own affair.
        """
        assert route.proxy is not None
        if is_numeric(route.host):
            why = never(route.host) if route.allow_private else refusal(route.host)
            if why is not None:
                raise NetError(Stage.ADDRESS, f"the address {route.host} is {why}")
        proxy = parse_target(route.proxy)
        addresses = await self._addresses(proxy.host, private=True, doubtful=False)
        wire = await self._race(addresses, proxy.port)
        try:
            if proxy.scheme == "https":
                wire = await self._start_tls(wire, tls_context(None), proxy.host)
            if route.scheme == "https":
                await self._tunnel(wire, route, proxy)
        except BaseException:
            wire.close()
            raise
        return wire

    async def _tunnel(self, wire: Wire, route: Route, proxy: Target) -> None:
        host = f"[{route.host}]" if ":" in route.host else route.host
        lines = [f"CONNECT {host}:{route.port} HTTP/1.1", f"Host: {host}:{route.port}"]
        if header := proxy_authorization(proxy):
            lines.append(f"Proxy-Authorization: {header}")
        wire.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace"))
        try:
            head = await read_head(wire, PROXY_HEAD_LIMIT)
        except Closed as error:
            raise NetError(Stage.CONNECT, f"proxy {proxy.host}: {error}") from error
        if not 200 <= head.status < 300:
            raise NetError(Stage.CONNECT, f"proxy {proxy.host} answered {head.status}")


# What OpenSSL's words come to, where they name a detail in place of the trouble.
_TLS_SIGNS = (
    ("wrong version number", "it speaks no TLS there"),
    ("packet length too long", "it speaks no TLS there"),
    ("protocol version", "it knows no TLS from 1.2 on"),
    ("unsupported protocol", "it knows no TLS from 1.2 on"),
    ("unrecognized name", "it does not know this name"),
    ("handshake failure", "it has no way of TLS in common with us"),
)


def tls_reason(error: Exception) -> str:
    """What went wrong with TLS, in lower-case words."""
    if isinstance(error, ConnectionResetError):
        return "it broke the handshake off"
    why = getattr(error, "reason", None) or str(error) or type(error).__name__
    why = str(why).lower().replace("_", " ")
    meant = next((said for sign, said in _TLS_SIGNS if sign in why), None)
    return f"{meant} ({why})" if meant else why


def proxy_authorization(proxy: Target) -> str | None:
    """The Proxy-Authorization header that the credentials in a proxy's address ask for."""
    if not (proxy.user or proxy.password):
        return None
    pair = f"{proxy.user}:{proxy.password}".encode()
    return "Basic " + base64.b64encode(pair).decode("ascii")
