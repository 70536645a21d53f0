"""Whose voice: the publisher of a source, and of an item that an aggregator passes on."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

from publicsuffixlist import PublicSuffixList

from feedhub.model import Entry, Source


@lru_cache(maxsize=1)
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


@lru_cache(maxsize=8192)
def registrable_domain(url: str) -> str | None:
    """``https://www.example.co.uk/x`` -> ``example.co.uk``; an address or bare host as it is.

    By the Public Suffix List (publicsuffix.org), its private part included, so that two
    blogs on one platform are two voices.
    """
    try:
        host = urlsplit(url).hostname
    except ValueError:
        return None
    if not host:
        return None
    host = host.rstrip(".").lower()
    try:
        ip_address(host)
    except ValueError:
        return _suffixes().privatesuffix(host) or host
    return host


def source_publisher(source: Source, site_link: str | None) -> str:
    """The voice of a source: as told, else the registrable domain of its site, else of its feed."""
    if source.publisher:
        return source.publisher
    return (
        (registrable_domain(site_link) if site_link else None)
        or registrable_domain(source.url)
        or source.url
    )


def item_publisher(source: Source, entry: Entry) -> str | None:
    """The outlet behind an aggregator's entry; null where the source speaks for itself."""
    if source.role == "outlet":
        return None
    for url in (entry.origin_url, entry.link):
        domain = registrable_domain(url) if url else None
        if domain:
            return domain
    return entry.origin_name
