"""Which network addresses may be connected to: a table, and the unwrapping of disguises.

The tables follow the IANA special-purpose address registries (RFC 6890 and its updates).
``ipaddress.is_global`` is not enough: on Python 3.11 it calls NAT64, 6to4 and multicast
addresses global.
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import (
    AddressValueError,
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
)

_V4: tuple[tuple[IPv4Network, str], ...] = tuple(
    (IPv4Network(network), why)
    for network, why in (
        ("0.0.0.0/8", "this network"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "carrier-grade NAT"),
        ("127.0.0.0/8", "loopback"),
        ("168.63.129.16/32", "cloud metadata"),
        ("169.254.0.0/16", "link-local"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "reserved"),
        ("192.0.2.0/24", "documentation"),
        ("192.88.99.0/24", "6to4 relay"),
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "benchmarking"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
    )
)
_V6: tuple[tuple[IPv6Network, str], ...] = tuple(
    (IPv6Network(network), why)
    for network, why in (
        ("::/128", "unspecified"),
        ("::1/128", "loopback"),
        ("64:ff9b:1::/48", "local NAT64"),
        ("100::/64", "discard"),
        ("2001::/32", "Teredo"),
        ("2001::/23", "reserved"),
        ("2001:db8::/32", "documentation"),
        ("2002::/16", "6to4"),
        ("3fff::/20", "documentation"),
        ("5f00::/16", "segment routing"),
        ("fc00::/7", "private"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "site-local"),
        ("ff00::/8", "multicast"),
    )
)
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
_COMPATIBLE = IPv6Network("::/96")
# Where clouds answer their machines, beside 169.254.169.254: Azure, Alibaba, Oracle; AWS, Google.
_SET_UP = frozenset(
    ip_address(text)
    for text in (
        "168.63.129.16",
        "100.100.100.200",
        "192.0.0.192",
        "fd00:ec2::254",
        "fd00:ec2::23",
        "fd20:ce::254",
    )
)
_ISATAP = (0x00005EFE, 0x02005EFE)  # upper half of the interface id, RFC 5214


def _v4_refusal(address: IPv4Address) -> str | None:
    for network, why in _V4:
        if address in network:
            return why
    return None


def _embedded(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 form carries to where it would be delivered."""
    value = int(address)
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64 or (address in _COMPATIBLE and value > 1):
        return IPv4Address(value & 0xFFFFFFFF)
    if (value >> 32) & 0xFFFFFFFF in _ISATAP:
        return IPv4Address(value & 0xFFFFFFFF)
    return None


@lru_cache(maxsize=4096)
def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    """The numeric address, a zone taken off; ``None`` for text that is none."""
    try:
        return ip_address(text.partition("%")[0])
    except (AddressValueError, ValueError):
        return None


@lru_cache(maxsize=4096)
def refusal(text: str) -> str | None:
    """Why the numeric address ``text`` may not be connected to; ``None`` when it may.

    A zone (``fe80::1%eth0``) is ignored: every scoped address is refused anyway. Text that
    is no numeric address is refused as such.
    """
    address = _parsed(text)
    if address is None:
        return "not an address"
    if isinstance(address, IPv4Address):
        return _v4_refusal(address)
    embedded = _embedded(address)
    if embedded is not None:
        why = _v4_refusal(embedded)
        if why is not None:
            return f"{why}, inside an IPv6 address"
        if address.ipv4_mapped is not None or address in _NAT64:
            return None
    for network, why in _V6:
        if address in network:
            return why
    return None if address in _GLOBAL_UNICAST else "reserved"


def is_numeric(host: str) -> bool:
    """Whether ``host`` (no brackets) is a numeric IPv4 or IPv6 address in canonical form."""
    return _parsed(host) is not None


@lru_cache(maxsize=4096)
def never(text: str) -> str | None:
    """Why the numeric address is not even for sources that may ask private ones; else ``None``.

    No feed lives where only a machine's own set-up services do, but a private host that has
    been taken over may send us there. In whatever form the address is wrapped.
    """
    why = refusal(text) or ""
    if "link-local" in why:
        return "link-local"
    if not why or why == "not an address":
        return None
    address = _parsed(text)
    if isinstance(address, IPv6Address) and address not in _SET_UP:
        address = address.sixtofour or _embedded(address)
    if isinstance(address, IPv4Address) and "link-local" in (_v4_refusal(address) or ""):
        return "link-local"
    return "cloud metadata" if address in _SET_UP else None
