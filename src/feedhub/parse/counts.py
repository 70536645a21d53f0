"""The numbers that feeds carry about their entries: comments, shares, score, views."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from feedhub.parse.raw import RawEntry

_MEANING = {
    "slash_comments": "comments", "thr_total": "comments", "comments_count": "comments",
    "commentcount": "comments", "comment_count": "comments", "score": "score",
    "points": "score", "ups": "score", "shares": "shares", "sharecount": "shares",
    "share_count": "shares", "views": "views", "viewcount": "views", "favorites": "favorites",
    "media_statistics.views": "views", "media_statistics.favorites": "favorites",
    "media_statistics.favourites": "favorites", "media_starrating.count": "favorites",
    "json.comments": "comments", "json.shares": "shares", "json.score": "score",
    "json.views": "views", "json.favorites": "favorites",
}  # fmt: skip
_NUMBER = re.compile(r"\d{1,3}(?:[ ,.\u00a0]\d{3}){1,3}|\d{1,12}")

# Aggregators that write the score into the text: where the comments page is, and the words.
_AGGREGATORS = frozenset(
    {"news.ycombinator.com", "lobste.rs", "www.reddit.com", "old.reddit.com", "reddit.com",
     "tildes.net", "hckrnews.com", "barnacl.es", "lemmy.world"}
)  # fmt: skip
# Numbers with their names before them, and then those with them behind, which may also be the
# end of an address: ".../2024/12 Comments URL: ..." are no twelve comments.
_WRITTEN = (
    ("score", r"\b(?:points?|score|upvotes?)\s*:\s*(-?\d{1,7})\b"),
    ("score", r"(?<![\w/=?&#%.~-])(\d{1,7})\s+points?\b"),
    ("comments", r"\bcomments?\s*:\s*(\d{1,7})\b"),
    ("comments", r"(?<![\w/=?&#%.~-])(\d{1,7})\s+comments?\b"),
)
_PATTERNS = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _WRITTEN)
_MARKUP = re.compile(r"<[^<>]*>")


def number(text: str) -> int | None:
    """A whole number, with thousands separated or not; ``None`` for anything else."""
    match = _NUMBER.fullmatch(text.strip())
    if match is None:
        return None
    return int(re.sub(r"\D", "", match[0]))


def counts_of(entry: RawEntry) -> dict[str, int]:
    """What an entry says is counted: never negative but for a score, zero included."""
    found: dict[str, int] = {}
    for name, value in entry.counts.items():
        kind = _MEANING.get(name)
        amount = number(value)
        if kind and amount is not None:
            found[kind] = max(amount, found.get(kind, 0))
    if "comments" not in found:
        amount = number(entry.comments) if entry.comments.isdigit() else None
        if amount is not None:
            found["comments"] = amount
        for link in entry.links:
            if link.rel == "replies" and link.replies:
                amount = number(link.replies)
                if amount is not None:
                    found["comments"] = max(amount, found.get("comments", 0))
    _add_written(entry, found)
    return found


def _add_written(entry: RawEntry, found: dict[str, int]) -> None:
    """Scores that well-known aggregators and their mirrors write into the description."""
    if entry.summary is None:
        return
    place = entry.comments or entry.link
    if not any(name in place for name in _AGGREGATORS) or _host(place) not in _AGGREGATORS:
        return
    words = _MARKUP.sub(" ", entry.summary.value[:4000])
    for kind, pattern in _PATTERNS:
        if kind not in found:
            match = pattern.search(words)
            if match:
                found[kind] = int(match[1])


def _host(url: str) -> str:
    if not url:
        return ""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
