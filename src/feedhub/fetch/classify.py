"""An HTTP answer to its outcome: one word for each way in which a server can say it."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from http import HTTPStatus

from feedhub.model import Fetched, Outcome, OutcomeKind, Stage

_CHALLENGE_HEADERS = (
    ("cf-mitigated", "challenge"),
    ("sg-captcha", "challenge"),
    ("x-amzn-waf-action", ""),
    ("x-vercel-mitigated", "challenge"),
)
_CHALLENGE_MARKS = (
    b"_cf_chl_opt",
    b"/orchestrate/chl_",
    b"cf-browser-verification",
    b"<title>just a moment...",
    b"/.well-known/sgcaptcha/",
    b"captcha-delivery.com",
    b"px-captcha",
    b"anubis_challenge",
    b"sucuri_cloudproxy_js",
    b"checking your browser before",
)
# What the same guards also put into every page that they let through: a mark of pages alone that
# hold little else, or a site behind one of them could never be told from a challenge.
_IN_EVERY_PAGE = (b"cdn-cgi/challenge-platform", b"_incapsula_resource", b"ddos-guard")
_HARDLY_A_PAGE = 4096  # bytes
_FEED_NAMED = (b"application/rss+xml", b"application/atom+xml", b"application/feed+json")
# Answers under which challenges come, beside those that let nobody in as they are.
_CHALLENGED = frozenset({202, 401, 403, 405, 503})
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
_FIRST_TAG = re.compile(rb"<(?:(?:atom|rdf):)?([a-z][a-z0-9]*)")
_SHOWN = 200  # characters of an address in a reason
# As they come, or as a proxy on the way has changed them (RFC 9110, 15.3.4).
WHOLE = frozenset({200, 203})
# Beyond the standard's: at content delivery networks and web hosts.
_WORDS = {
    509: "bandwidth limit exceeded",
    520: "unknown error at its CDN",
    521: "down behind its CDN",
    522: "unreachable behind its CDN",
    523: "not to be found behind its CDN",
    524: "too slow behind its CDN",
    525: "no TLS handshake behind its CDN",
    526: "a certificate not to be trusted behind its CDN",
    529: "overloaded",
    530: "error behind its CDN",
    999: "request denied",
}


def classify(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    same_body: bool,
    conditional: bool,
    moved: bool,
    detour: bool = False,
    former: bool = False,
    authorized: bool = False,
) -> Outcome:
    """The outcome of a whole answer, before parsing. Names of ``headers`` are lower-case.

    ``moved``: it came through a permanent redirect; ``detour``: through one that was not, so
    that it says nothing for good; ``former``: at an address that its source has moved away from;
    ``authorized``: credentials were shown; ``same_body``: its hash is the last one.
    """
    if status == 304:
        if conditional:
            return Outcome(OutcomeKind.NOT_MODIFIED, status=status)
        return _failed(Stage.STATUS, "304 to a request without validators", status)
    if status in WHOLE:
        if not body.strip():
            return Outcome(OutcomeKind.NOT_A_FEED, reason="an empty body", status=status)
        if same_body:
            return Outcome(OutcomeKind.UNCHANGED, status=status)
        if _looks_like_html(headers, body) and is_challenge(headers, body):
            return Outcome(OutcomeKind.BLOCKED, reason="a challenge page", status=status)
        return Outcome(OutcomeKind.MOVED if moved else OutcomeKind.OK, status=status)
    if status == 410 and detour:
        return _failed(Stage.STATUS, "410 gone, behind a redirect for the time being", status)
    if status == 410 and former:
        return _failed(Stage.STATUS, "410 gone, where it was before it moved", status)
    if status == 410:
        return Outcome(OutcomeKind.GONE, reason="410 gone", status=status)
    if status == 429:
        return Outcome(OutcomeKind.THROTTLED, reason="429 too many requests", status=status)
    if status == 503 and "retry-after" in headers:
        return Outcome(OutcomeKind.THROTTLED, reason="503 with Retry-After", status=status)
    if status in _CHALLENGED and is_challenge(headers, body):
        return Outcome(OutcomeKind.BLOCKED, reason=f"{status}, a challenge page", status=status)
    if status == 401:
        why = (
            "401 it does not take our credentials" if authorized else "401 it asks for credentials"
        )
        return Outcome(OutcomeKind.BLOCKED, reason=why, status=status)
    if status == 403:
        return Outcome(OutcomeKind.BLOCKED, reason="403 forbidden", status=status)
    if 300 <= status < 400:
        return _failed(Stage.REDIRECTS, f"{status} that leads nowhere", status)
    if 200 <= status < 300:
        if status == 204:
            return Outcome(OutcomeKind.NOT_A_FEED, reason="204 no content", status=status)
        return _failed(Stage.STATUS, f"{status} in place of a whole document", status)
    return _failed(Stage.STATUS, f"{status} {_said(status)}".strip(), status)


def _said(status: int) -> str:
    """What a status means, in words."""
    with suppress(ValueError):
        return HTTPStatus(status).phrase.lower()
    return _WORDS.get(status, "")


def with_its_way(fetched: Fetched) -> Fetched:
    """What did not end well, with where redirects had led by then in its reason.

    Without that address's query, which may be another each time.
    """
    outcome, asked = fetched.outcome, fetched.requested_url
    if outcome.good or not fetched.sent or fetched.url == (asked or fetched.url):
        return fetched
    there = fetched.url.partition("?")[0][:_SHOWN]
    outcome = replace(outcome, reason=f"redirected to {there}: {outcome.reason}")
    return replace(fetched, outcome=outcome)


def is_challenge(headers: Mapping[str, str], body: bytes) -> bool:
    """Whether a page wants proof of a browser, by the marks that such pages carry."""
    for name, value in _CHALLENGE_HEADERS:
        if name in headers and value in headers[name].lower():
            return True
    start = body[:16384].lower()
    if any(name in start for name in _FEED_NAMED):
        return False  # who guards a site names no feeds of it
    if any(mark in start for mark in _CHALLENGE_MARKS):
        return True
    return len(body) <= _HARDLY_A_PAGE and any(mark in start for mark in _IN_EVERY_PAGE)


def _looks_like_html(headers: Mapping[str, str], body: bytes) -> bool:
    start = body[:512].removeprefix(codecs.BOM_UTF8).lstrip().lower()
    found = _FIRST_TAG.search(_COMMENT.sub(b"", start))
    root = found[1] if found and not start.startswith(b"{") else b""
    if start.startswith(b"<!doctype html") or root == b"html":
        return True
    if start.startswith((b"<?xml", b"{")) or root in (b"rss", b"feed", b"rdf"):
        return False  # whatever it is called: a feed may well tell of challenges
    return "html" in headers.get("content-type", "").lower()


def _failed(stage: Stage, reason: str, status: int) -> Outcome:
    return Outcome(OutcomeKind.FAILED, stage, reason, status)
