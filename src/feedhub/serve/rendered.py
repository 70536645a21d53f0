"""A body with its headers, and the answer it gives to one request (RFC 9110, 8.8 and 13)."""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import cached_property
from hashlib import sha256

_MIN_GZIP = 400  # bytes below which a packet is a packet either way
_TAG = re.compile(r'(?:W/)?("[^"]*")')

Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True)
class Rendered:
    """What is served at one address, compressed once.

    ``etag`` is strong and quoted; the compressed form has its own, as strong tags must.
    ``last_modified`` is UTC in whole seconds. ``immutable`` is for names that change with
    their content; ``cors`` lets scripts of other sites read it; ``status`` is 200 but for
    pages that say no.
    """

    body: bytes
    content_type: str
    etag: str
    last_modified: datetime | None = None
    gzip: bytes | None = None
    immutable: bool = False
    cors: bool = False
    csp: str | None = None
    status: int = 200

    @property
    def gzip_etag(self) -> str:
        return f'{self.etag[:-1]}-gz"'

    @cached_property
    def headers(self) -> tuple[Headers, Headers]:
        """The headers that no request changes, of the plain and of the compressed form."""
        return self._headers(packed=False), self._headers(packed=True)

    def _headers(self, *, packed: bool) -> Headers:
        headers: Headers = [
            (b"etag", (self.gzip_etag if packed else self.etag).encode()),
            (b"vary", b"Accept-Encoding"),
        ]
        if self.last_modified is not None:
            headers.append((b"last-modified", format_datetime(self.last_modified, True).encode()))
        if self.cors:
            headers.append((b"access-control-allow-origin", b"*"))
        if self.csp:
            headers.append((b"content-security-policy", self.csp.encode()))
        return headers


def render(
    body: bytes,
    content_type: str,
    *,
    last_modified: datetime | None = None,
    previous: Rendered | None = None,
    immutable: bool = False,
    cors: bool = False,
    csp: str | None = None,
    status: int = 200,
) -> Rendered:
    """The body made ready. An equal ``previous`` is given back as it is, and nothing compressed.

    A body that differs under the same ``last_modified`` (a new version of ours, say) would make
    If-Modified-Since lie, so that header is then left out.
    """
    if last_modified is not None:
        last_modified = last_modified.astimezone(UTC).replace(microsecond=0)
    if previous is not None:
        if (previous.body, previous.content_type, previous.csp, previous.status) == (
            body,
            content_type,
            csp,
            status,
        ):
            return previous
        if last_modified is not None and last_modified == previous.last_modified:
            last_modified = None
    packed = None
    if len(body) >= _MIN_GZIP:
        packed = gzip.compress(body, 6, mtime=0)
        if len(packed) >= len(body):
            packed = None
    return Rendered(
        body=body,
        content_type=content_type,
        etag=f'"{sha256(body).hexdigest()[:24]}"',
        last_modified=last_modified,
        gzip=packed,
        immutable=immutable,
        cors=cors,
        csp=csp,
        status=status,
    )


def answer(
    rendered: Rendered,
    *,
    accept_encoding: str = "",
    if_none_match: str | None = None,
    if_modified_since: str | None = None,
    max_age: int = 60,
) -> tuple[int, Headers, bytes]:
    """(status, headers, body) for a GET; a HEAD sends the same without the body.

    If-None-Match wins over If-Modified-Since and is compared weakly, against the tags of both
    forms: a cache may hold either. ``max_age`` is in seconds.
    """
    packed = rendered.gzip is not None and accepts_gzip(accept_encoding)
    headers = [*rendered.headers[packed], (b"cache-control", _cache_control(rendered, max_age))]
    if rendered.status == 200 and _not_modified(rendered, if_none_match, if_modified_since):
        return 304, headers, b""
    body = rendered.gzip if packed and rendered.gzip is not None else rendered.body
    headers += [
        (b"content-type", rendered.content_type.encode()),
        (b"content-length", str(len(body)).encode()),
    ]
    if packed:
        headers.append((b"content-encoding", b"gzip"))
    return rendered.status, headers, body


def accepts_gzip(accept_encoding: str) -> bool:
    """Whether the client takes gzip; ``*`` counts when gzip is not named itself."""
    star = False
    for part in accept_encoding.lower().split(","):
        name, _, rest = part.partition(";")
        key, _, value = rest.strip().partition("=")
        taken = not (key.strip() == "q" and _zero(value))
        if name.strip() in ("gzip", "x-gzip"):
            return taken
        if name.strip() == "*":
            star = taken
    return star


def _zero(value: str) -> bool:
    try:
        return float(value) <= 0
    except ValueError:
        return True


def _cache_control(rendered: Rendered, max_age: int) -> bytes:
    if rendered.immutable:
        return b"public, max-age=31536000, immutable"
    if rendered.status != 200:
        return b"no-store"
    return b"public, max-age=%d" % max_age


def _not_modified(rendered: Rendered, none_match: str | None, since: str | None) -> bool:
    if none_match is not None:
        if none_match.strip() == "*":
            return True
        return not {rendered.etag, rendered.gzip_etag}.isdisjoint(_TAG.findall(none_match))
    if since is None or rendered.last_modified is None:
        return False
    try:
        at = parsedate_to_datetime(since)
    except ValueError:
        return False  # an unreadable date is to be ignored
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return rendered.last_modified <= at
