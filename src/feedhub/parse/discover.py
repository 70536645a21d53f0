"""Documents that are no feeds: what they are, and the feeds that a page names."""

from __future__ import annotations

import re
from itertools import islice

from feedhub.errors import NotAFeed
from feedhub.parse import attributes
from feedhub.parse.text import html_to_text
from feedhub.parse.urls import resolve

A_LIST = "an OPML list of feeds, which `feedhub sources import` takes in"

_TAG = re.compile(r"<(base|link)\b", re.IGNORECASE)
_NO_MARKUP = re.compile(r"<(script|style|template|textarea)\b", re.IGNORECASE)
_MOST_TAGS = 500  # of a page that are looked at, each for so many characters
_TAG_LENGTH = 2000
_TITLE = re.compile(r"<title[^>]{0,200}>([^<]{1,300})", re.IGNORECASE)
# in an address or a title, as blogs in the languages hereabouts call it
_COMMENTS = re.compile(r"\b(?:comments?|kommentar\w*|kommentti\w*|commentaires?)\b", re.IGNORECASE)
_FIRST = re.compile(r"<(?:!doctype\s+\w+|[a-z][\w:.-]*)", re.IGNORECASE)
_HTML = re.compile(
    r"<(?:!doctype\s+html|html|head|body|meta|script|title|link|style|div|p|b|br|h1|span|center)\b",
    re.IGNORECASE,
)
_FEED_ROOT = re.compile(
    r"<(?:(?:\w+:)?(?:feed|rdf)\b[^>]*\bxmlns|rss\b[^>]*\b(?:version|xmlns)|rss\s*>)", re.IGNORECASE
)
_FEED_TYPES = (
    "application/rss+xml",
    "application/atom+xml",
    "application/rdf+xml",
    "application/feed+json",
    "application/json",
    "application/xml",
    "text/xml",
)


def looks_like_html(text: str) -> bool:
    """Whether a document is a web page, and not a feed that contains HTML."""
    head = text[:5000]
    found = _FIRST.search(head)
    if found is None or _HTML.match(found[0]) is None:
        return False
    feed = _FEED_ROOT.search(head)
    # Some feeds come wrapped in a page's skeleton; a page does not declare a feed's root.
    return feed is None or "<title" in head[found.start() : feed.start()].lower()


def feeds_in(page: str, url: str) -> tuple[str, ...]:
    """Addresses of the feeds a page declares with ``<link rel="alternate">``.

    In its order, but feeds of comments last, since who asks for a site's feed wants its articles.
    """
    head = _without_rest(_without_comments(page[:400_000]))
    tags = [
        (start[1].lower(), attributes.written(head[start.end() : start.end() + _TAG_LENGTH]))
        for start in islice(_TAG.finditer(head), _MOST_TAGS)
    ]
    bases = (told["href"] for name, told in tags if name == "base" and told.get("href"))
    base = resolve(next(bases, url), url) or url
    found: dict[str, bool] = {}
    for name, told in tags:
        rel, href = told.get("rel", "").lower().split(), told.get("href", "")
        media_type = told.get("type", "").split(";")[0].strip().lower()
        if name != "link" or "wp-json" in href or "oembed" in href:
            continue
        if "feed" in rel or ("alternate" in rel and media_type in _FEED_TYPES):
            address = resolve(_web(href), base)
            if address:
                of_comments = _COMMENTS.search(f"{address} {told.get('title', '')}") is not None
                found.setdefault(address, of_comments)
    return tuple(sorted(found, key=lambda address: found[address]))


def _without_comments(page: str) -> str:
    """A page without what it comments out, which may hold links of another day."""
    parts = page.split("<!--")
    return parts[0] + "".join(part.partition("-->")[2] for part in parts[1:])


def _web(href: str) -> str:
    """``feed://host/`` and ``feed:https://host/``, as pages of another day have it, for the web."""
    scheme, colon, rest = href.partition(":")
    if not colon or scheme.strip().lower() != "feed":
        return href
    return f"http:{rest}" if rest.startswith("//") else rest


def _without_rest(page: str) -> str:
    """A page without scripts and the like, in which a link is a text and no link."""
    parts, at = [], 0
    for start in _NO_MARKUP.finditer(page):
        if start.start() < at:
            continue  # within the one before
        parts.append(page[at : start.start()])
        end = re.compile(rf"</{start[1]}\b", re.IGNORECASE).search(page, start.end())
        if end is None:
            return "".join(parts)
        at = end.end()
    return "".join((*parts, page[at:]))


def refusal(text: str, url: str) -> NotAFeed:
    """The error that says what a document is instead of a feed."""
    if looks_like_html(text):
        feeds = feeds_in(text, url)
        title = _TITLE.search(text[:100_000])
        name = f' titled "{html_to_text(title[1])[:60]}"' if title else ""
        hint = f"; it names {len(feeds)} feed{'s' * (len(feeds) != 1)}" if feeds else ""
        return NotAFeed(f"a web page{name}{hint}", feeds)
    start = text.lstrip()[:1]
    if start in ("{", "["):
        return NotAFeed("JSON, but no JSON Feed")
    root = re.search(r"<([A-Za-z_][\w:.-]*)", text[:20_000])
    if root and root[1].lower() == "opml":
        return NotAFeed(A_LIST)
    if start == "<" and root:
        return NotAFeed(f"XML, but no feed: its root is <{root[1][:40]}>")
    return NotAFeed("neither XML nor JSON")
