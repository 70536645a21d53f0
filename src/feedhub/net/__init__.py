"""The one guarded way out: bounds, the address check, no cookies, no credentials leaked."""

from feedhub.net.client import HttpClient, HttpRequest, HttpResponse, HttpSettings, Line
from feedhub.net.resolve import Resolver, SystemResolver
from feedhub.net.url import (
    host_of,
    is_https_upgrade,
    is_public_host,
    parse_target,
    same_party,
    without_credentials,
)

__all__ = [
    "HttpClient",
    "HttpRequest",
    "HttpResponse",
    "HttpSettings",
    "Line",
    "Resolver",
    "SystemResolver",
    "host_of",
    "is_https_upgrade",
    "is_public_host",
    "parse_target",
    "same_party",
    "without_credentials",
]
