"""Who may read what: a token in the address, or a login, compared in constant time."""

from __future__ import annotations

import base64
import binascii
import hmac
from hashlib import sha256
from urllib.parse import parse_qs

from feedhub.model import Access
from feedhub.publish.context import PublishContext
from feedhub.values import dataclass

# What is open in a private hub as well: what pages are dressed in, and whether all is well.
_OPEN = "/static/"
_HEALTH = "/healthz"
_LISTS = "/api/v1/lists/"


@dataclass(frozen=True, slots=True)
class Entry:
    """The path without its token, and whether it may be read; ``login``: a login would help.

    ``slug`` is the list that says itself who may read what is there.
    """

    path: str
    allowed: bool = True
    private: bool = False
    login: bool = False
    slug: str = ""


def enter(path: str, ctx: PublishContext, query: bytes = b"", authorization: bytes = b"") -> Entry:
    """Judge one request. ``path`` is below the hub's base path; ``/~TOKEN`` may stand first.

    What a list says of itself goes before what the hub says. A token may also be given as
    ``?token=``, for readers that cannot take it in the path.
    """
    token = ""
    if path.startswith("/~"):
        token, slash, rest = path[2:].partition("/")
        path = slash + rest or "/"
    elif ctx.private and b"token=" in query:
        token = parse_qs(query.decode("latin-1")).get("token", [""])[0]
    if path.startswith(_OPEN) or path == _HEALTH:
        return Entry(path)
    slug = _list_at(path, ctx)
    rule = ctx.private_lists[slug] if slug else ctx.hub.access
    if rule is None:
        return Entry(path, allowed=not token)  # nothing here has a token: no such address
    allowed = _has_token(rule, token) or _logs_in(rule, authorization)
    return Entry(path, allowed, private=True, login=bool(rule.user), slug=slug)


def _list_at(path: str, ctx: PublishContext) -> str:
    """The slug of the list with readers of its own that an address belongs to, or nothing."""
    if not ctx.private_lists:
        return ""
    name = path.removeprefix(_LISTS).lstrip("/")
    slug = name.partition("/")[0].partition(".")[0]
    return slug if slug in ctx.private_lists else ""


def _has_token(rule: Access, token: str) -> bool:
    return bool(rule.token) and _equal(rule.token, token)


def _logs_in(rule: Access, authorization: bytes) -> bool:
    kind, _, coded = authorization.partition(b" ")
    if not rule.user or kind.lower() != b"basic":
        return False
    try:
        pair = base64.b64decode(coded.strip(), validate=True)
    except (binascii.Error, ValueError):
        return False
    return _equal(f"{rule.user}:{rule.password}", pair)


def _equal(ours: str, theirs: str | bytes) -> bool:
    """Whether they are equal, in a time that tells nothing of either, their lengths included."""
    theirs = theirs if isinstance(theirs, bytes) else theirs.encode("utf-8", "surrogatepass")
    return hmac.compare_digest(sha256(ours.encode()).digest(), sha256(theirs).digest())
