"""Documents that are no feeds: what they are, and the feeds that a page names."""

from __future__ import annotations

import re
from html import unescape

from feedhub.errors import NotAFeed
from feedhub.parse.text import html_to_text
from feedhub.parse.urls import resolve

_LINK = re.compile(r"<link\b[^>]{0,2000}>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([a-zA-Z-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_BASE = re.compile(r"""<base\b[^>]{0,500}?href\s*=\s*["']([^"']+)["']""", re.IGNORECASE)
_TITLE = re.compile(r"<title[^>]{0,200}>([^<]{1,300})", re.IGNORECASE)
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
    """Addresses of the feeds a page declares with ``<link rel="alternate">``, in order."""
    head = page[:400_000]
    base = url
    found_base = _BASE.search(head)
    if found_base:
        base = resolve(unescape(found_base[1]), url) or url
    found: dict[str, None] = {}
    for tag in _LINK.findall(head):
        attributes = {
            name.lower(): unescape(one or two or three)
            for name, one, two, three in _ATTRIBUTE.findall(tag)
        }
        rel = attributes.get("rel", "").lower().split()
        media_type = attributes.get("type", "").split(";")[0].strip().lower()
        if "feed" in rel or ("alternate" in rel and media_type in _FEED_TYPES):
            if "wp-json" in attributes.get("href", "") or "oembed" in attributes.get("href", ""):
                continue
            address = resolve(attributes.get("href", ""), base)
            if address:
                found.setdefault(address)
    return tuple(found)


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
    if start == "<" and root:
        return NotAFeed(f"XML, but no feed: its root is <{root[1][:40]}>")
    return NotAFeed("neither XML nor JSON")
