"""Addresses as browsers read them (WHATWG URL): one parser for every decision about a host."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import unquote

import ada_url

from feedhub.errors import NetError
from feedhub.model import Stage
from feedhub.net.address import is_numeric, refusal
from feedhub.values import dataclass

MAX_ADDRESS = 16 * 1024
REMEMBERED = 1024
_PORTS = {"http": 80, "https": 443}
# Names that lead nowhere outside a house (RFC 6761, 6762 with its appendix G, 8375, ICANN on
# .internal).
_INSIDE = (
    *(".local", ".localhost", ".localdomain", ".internal", ".intranet", ".private", ".corp"),
    *(".home", ".lan", ".home.arpa", ".test", ".invalid"),
)


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes. ``host`` has no brackets and no trailing dot; ``path`` is what
    stands on the request line; ``href`` is the address without credentials and fragment.
    """

    scheme: str
    host: str
    port: int
    path: str
    href: str
    user: str = ""
    password: str = ""

    @property
    def origin(self) -> tuple[str, str, int]:
        return (self.scheme, self.host, self.port)

    @property
    def authority(self) -> str:
        """The value of the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def parse_target(address: str, base: str | None = None) -> Target:
    """Read ``address`` (relative to ``base``) as a WHATWG URL.

    So decimal, hexadecimal, octal and shortened IPv4 forms, full-width digits and percent
    escapes in the host all become the one host that would be connected to. Raises
    :class:`NetError` at ``address`` for anything that is no http or https address, and for one
    of more than 16 KB.
    """
    size = len(address) + len(base or "")
    if size > 2 * MAX_ADDRESS:
        raise NetError(Stage.ADDRESS, f"an address of more than {MAX_ADDRESS} characters")
    # Long ones are a server's doing, and two thousand of them would be much to remember.
    return _parse(address, base) if size <= REMEMBERED else _parse.__wrapped__(address, base)


@lru_cache(maxsize=2048)
def _parse(address: str, base: str | None) -> Target:
    try:
        url = ada_url.URL(address, base) if base else ada_url.URL(address)
        href: str = url.href
    except ValueError as error:
        raise NetError(Stage.ADDRESS, "not a valid web address") from error
    scheme = href.partition(":")[0]
    if scheme not in _PORTS:
        raise NetError(Stage.ADDRESS, f"scheme {scheme[:20]!r} is neither http nor https")
    user = password = ""
    if "?" in href or "#" in href or "@" in href:
        user, password = url.username, url.password
        if user or password:
            url.username = url.password = ""
        if url.hash:
            url.hash = ""
        href, path = url.href, url.pathname + url.search
    else:  # each question to the library takes longer than finding the path oneself
        path = href[href.index("/", len(scheme) + 3) :]
    host, port = url.hostname, url.port
    if host.startswith("["):
        host = host[1:-1]
    host = host.rstrip(".")  # the root's dot names the same host, and would split its gate
    if not host:
        raise NetError(Stage.ADDRESS, "the address names no host")
    if len(href) > MAX_ADDRESS:
        raise NetError(Stage.ADDRESS, f"an address of more than {MAX_ADDRESS} characters")
    return Target(
        scheme=scheme,
        host=host,
        port=int(port) if port else _PORTS[scheme],
        path=path,
        href=href,
        user=unquote(user),
        password=unquote(password),
    )


def trusts(origin: tuple[str, str, int], target: Target) -> bool:
    """Whether credentials meant for ``origin`` may be shown to ``target``.

    The same scheme, host and port; or the same host having moved from http to https.
    """
    if target.origin == origin:
        return True
    return origin == ("http", target.host, 80) and target.origin == ("https", target.host, 443)


def same_party(configured: str, used: str) -> bool:
    """Whether ``used`` may be shown the credentials of ``configured``; both are addresses."""
    try:
        return trusts(parse_target(configured).origin, parse_target(used))
    except NetError:
        return False


def is_https_upgrade(before: str, after: str) -> bool:
    """Whether ``after`` is ``before`` with nothing changed but http to https."""
    try:
        old, new = parse_target(before), parse_target(after)
    except NetError:
        return False
    return (
        (old.scheme, new.scheme) == ("http", "https")
        and (old.host, old.path) == (new.host, new.path)
        and (old.port, new.port) == (80, 443)
    )


def is_public_host(host: str) -> bool:
    """Whether a host looks reachable from outside: no private address and no local name."""
    if is_numeric(host):
        return refusal(host) is None
    return "." in host and not host.endswith(_INSIDE)


def host_of(address: str) -> str:
    """The host of an address, for grouping and for messages; ``""`` when there is none."""
    try:
        return parse_target(address).host
    except NetError:
        return ""


def without_credentials(address: str) -> str:
    """The address as it may be logged and shown: no user, no password, no fragment."""
    try:
        return parse_target(address).href
    except NetError:
        return address if "@" not in address else "(an address with credentials)"
