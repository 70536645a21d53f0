"""A body with its headers, and the answer it gives to one request (RFC 9110, 8.8 and 13)."""

from __future__ import annotations

import gzip
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import cached_property, lru_cache
from hashlib import sha256

import brotli  # type: ignore[import-untyped]  # it ships no types

# A feed of 120 KB comes out a tenth larger than at the best quality, in a hundredth of its time.
_BROTLI_QUALITY = 5
_MIN_GZIP = 400  # bytes below which a packet is a packet either way
_PACKED = (
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "image/avif",
    "font/",
)  # compressed by nature
_TAG = re.compile(r'(?:W/)?("[^"]*")')

Headers = list[tuple[bytes, bytes]]

# For whatever is no page of ours: opened by itself, it may load, run and frame nothing.
BARE_CSP = "default-src 'none'; frame-ancestors 'none'; sandbox"
# An Accept-Encoding longer than this is nobody's; it is understood, but not remembered.
_USUAL = 200


@dataclass(frozen=True)
class Rendered:
    """What is served at one address, compressed once.

    ``etag`` is strong and quoted; each compressed form has its own, as strong tags must.
    ``last_modified`` is UTC in whole seconds. ``immutable`` is for names that change with
    their content; ``cors`` lets scripts of other sites read it; ``links`` are (relation,
    address) for the Link header; ``private`` keeps it out of shared caches; ``status`` is 200
    but for pages that say no.
    """

    body: bytes
    content_type: str
    etag: str
    last_modified: datetime | None = None
    gzip: bytes | None = None
    br: bytes | None = None
    immutable: bool = False
    cors: bool = False
    csp: str | None = None
    status: int = 200
    links: tuple[tuple[str, str], ...] = ()
    private: bool = False

    def form(self, coding: str) -> bytes | None:
        """The body in a content coding: ``br``, ``gzip`` or ``""``."""
        return {"": self.body, "gzip": self.gzip, "br": self.br}[coding]

    def etag_of(self, coding: str) -> str:
        return f'{self.etag[:-1]}-{coding}"' if coding else self.etag

    @cached_property
    def etags(self) -> frozenset[str]:
        """The tags of all forms: a cache may hold any."""
        return frozenset(self.etag_of(coding) for coding in ("", "gzip", "br"))

    @cached_property
    def headers(self) -> dict[str, Headers]:
        """The headers that no request changes, of each form."""
        return {coding: self._headers(coding) for coding in ("", "gzip", "br")}

    @cached_property
    def tails(self) -> dict[str, Headers]:
        """The headers that go with a body, of each form there is."""
        made = {}
        for coding in ("", "gzip", "br"):
            body = self.form(coding)
            if body is not None:
                made[coding] = [
                    (b"content-type", self.content_type.encode()),
                    (b"content-length", b"%d" % len(body)),
                ]
                if coding:
                    made[coding].append((b"content-encoding", coding.encode()))
        return made

    def _headers(self, coding: str) -> Headers:
        headers: Headers = [
            (b"etag", self.etag_of(coding).encode()),
            (b"vary", b"Authorization, Accept-Encoding" if self.private else b"Accept-Encoding"),
        ]
        if self.links:
            said = ", ".join(f'<{address}>; rel="{rel}"' for rel, address in self.links)
            headers.append((b"link", said.encode("ascii", "ignore")))
        if self.last_modified is not None:
            headers.append((b"last-modified", format_datetime(self.last_modified, True).encode()))
        if self.cors:
            headers.append((b"access-control-allow-origin", b"*"))
        headers.append((b"content-security-policy", (self.csp or BARE_CSP).encode()))
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
    links: Sequence[tuple[str, str]] = (),
    private: bool = False,
) -> Rendered:
    """The body made ready. An equal ``previous`` is given back as it is, and nothing compressed.

    A body that differs under the same ``last_modified`` (a new version of ours, say) would make
    If-Modified-Since lie, so that header is then left out.
    """
    if last_modified is not None:
        last_modified = last_modified.astimezone(UTC).replace(microsecond=0)
    if previous is not None:
        before = (previous.body, previous.content_type, previous.csp, previous.status)
        before_that = (previous.links, previous.private)
        if before == (body, content_type, csp, status) and before_that == (tuple(links), private):
            return previous
        if last_modified is not None and last_modified == previous.last_modified:
            last_modified = None
    packed, smaller = None, None
    if len(body) >= _MIN_GZIP and not content_type.startswith(_PACKED):
        packed = gzip.compress(body, 6, mtime=0)
        smaller = brotli.compress(body, quality=_BROTLI_QUALITY)
        packed = packed if len(packed) < len(body) else None
        smaller = smaller if len(smaller) < len(packed or body) else None
    return Rendered(
        body=body,
        content_type=content_type,
        etag=f'"{sha256(body).hexdigest()[:24]}"',
        last_modified=last_modified,
        gzip=packed,
        br=smaller,
        immutable=immutable,
        cors=cors,
        csp=csp,
        status=status,
        links=tuple(links),
        private=private,
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
    coding = ""
    if rendered.gzip is not None:
        coding = next((one for one in accepted(accept_encoding) if rendered.form(one)), "")
    headers = [*rendered.headers[coding], (b"cache-control", _cache_control(rendered, max_age))]
    if rendered.status == 200 and _not_modified(rendered, if_none_match, if_modified_since):
        return 304, headers, b""
    headers += rendered.tails[coding]
    return rendered.status, headers, rendered.form(coding) or b""


def accepted(accept_encoding: str) -> tuple[str, ...]:
    """The codings of ours that the client prefers to none at all, best first (RFC 9110, 12.5.3).

    ``*`` stands for those not named. A client that says nothing of ``identity`` takes it only
    where there is nothing else; where it takes nothing that we have, it gets the body as it is.
    """
    if len(accept_encoding) > _USUAL:
        return _accepted.__wrapped__(accept_encoding)
    return _accepted(accept_encoding)


@lru_cache(1024)
def _accepted(accept_encoding: str) -> tuple[str, ...]:
    weights: dict[str, float] = {}
    star = 0.0
    for part in accept_encoding.lower().split(","):
        name, _, rest = part.partition(";")
        key, _, value = rest.strip().partition("=")
        weight = _weight(value) if key.strip() == "q" else 1.0
        name = name.strip()
        if name == "*":
            star = weight
        elif name:
            weights["gzip" if name == "x-gzip" else name] = weight
    plain = weights.get("identity", 0.0)
    taken = [(weights.get(coding, star), coding) for coding in ("br", "gzip")]
    best = sorted((pair for pair in taken if pair[0] > 0), key=lambda pair: -pair[0])
    best = [pair for pair in best if pair[0] >= plain]
    return tuple(coding for _, coding in best)


def _weight(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        return 0.0


def _cache_control(rendered: Rendered, max_age: int) -> bytes:
    if rendered.status != 200:
        return b"no-store"
    whose = b"private" if rendered.private else b"public"
    if rendered.immutable:
        return whose + b", max-age=31536000, immutable"
    return b"%b, max-age=%d" % (whose, max_age)


def _not_modified(rendered: Rendered, none_match: str | None, since: str | None) -> bool:
    if none_match is not None:
        if none_match.strip() == "*":
            return True
        return not rendered.etags.isdisjoint(_TAG.findall(none_match))
    if since is None or rendered.last_modified is None:
        return False
    try:
        at = parsedate_to_datetime(since)
    except (ValueError, OverflowError):
        return False  # an unreadable date is to be ignored
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return rendered.last_modified <= at
