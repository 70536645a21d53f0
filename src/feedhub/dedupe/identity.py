"""Which article an entry is: the keys that may find its item, and whether what they find is it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from feedhub.dedupe.publisher import item_publisher
from feedhub.dedupe.times import effective_time
from feedhub.model import (
    Candidate,
    Entry,
    Key,
    KnownItem,
    ParsedFeed,
    StoredSource,
)

_WORD = re.compile(r"\w+")
_DIGIT = re.compile(r"\d")

# Two tellings of one article under one link differ by a correction, seldom by more words.
SAME_TITLE = 0.5
# A link that comes back later than this under a new guid and title is a standing page
# (a daily summary, a live blog), not a corrected article.
REUSED_AFTER = timedelta(hours=1)


def candidates(parsed: ParsedFeed, stored: StoredSource, now: datetime) -> tuple[Candidate, ...]:
    """Every entry of a document with its keys, by decision 1 of the design.

    Within the source: the guid where the document uses it once; else the canonical link
    where the document uses it once; else title and date. Across sources: the same canonical
    link, where no front page.
    """
    return tuple(_candidate(entry, parsed, stored, now) for entry in parsed.entries)


def _candidate(entry: Entry, parsed: ParsedFeed, stored: StoredSource, now: datetime) -> Candidate:
    scope = stored.id
    keys: list[Key] = []
    if entry.guid and entry.guid not in parsed.repeated_guids:
        keys.append(Key(scope, "guid", entry.guid))
    link = entry.canonical
    if link and link not in parsed.repeated_links:
        if is_article_link(link):
            keys.append(Key(0, "link", link))
        elif not keys:
            keys.append(Key(scope, "link", link))
    if not keys:
        keys.append(Key(scope, "title", _title_key(entry)))
    effective, why = effective_time(entry, stored.state, now)
    return Candidate(
        entry=entry,
        lookup=tuple(keys),
        remember=tuple(keys),
        publisher=item_publisher(stored.source, entry),
        effective=effective,
        effective_why=why,
    )


def _title_key(entry: Entry) -> str:
    day = entry.published.date().isoformat() if entry.published else ""
    words = entry.title or entry.summary or entry.link or ""
    # several entries may share guid, link and title and differ in the link's query only
    return "\x1f".join((_folded(words)[:500], day, entry.link or ""))


def is_article_link(link: str) -> bool:
    """Whether a canonical link can name one article: no site front, no section front.

    An article's address has a query, a fragment route, a digit, a slug of several words or
    a path of three steps or more; ``/``, ``/nyheter`` and ``/nyheter/sport`` do not.
    """
    parts = urlsplit(link)
    steps = [step for step in parts.path.split("/") if step]
    if parts.query or parts.fragment:
        return True
    if not steps:
        return False
    last = steps[-1]
    return (
        len(steps) >= 3
        or bool(_DIGIT.search(last))
        or last.count("-") + last.count("_") >= 2
        or "." in last
    )


def same_article(candidate: Candidate, key: Key, known: KnownItem) -> bool:
    """Whether the item that ``key`` led to is the candidate's article, headline corrected or not.

    A guid is believed unless title and link both say otherwise. A link is believed unless
    this source has given the item under another guid and everything else differs too.
    """
    entry = candidate.entry
    if key.kind == "title":
        return True
    alike = title_likeness(entry.title, known.title)
    if alike >= SAME_TITLE:
        return True
    if key.kind == "guid":
        return entry.canonical == known.canonical or _same_time(entry, known)
    if known.guids and entry.guid and entry.guid not in known.guids:
        return _same_time(entry, known)
    return True


def _same_time(entry: Entry, known: KnownItem) -> bool:
    if entry.published is None or known.published is None:
        return entry.published is known.published
    return abs(entry.published - known.published) < REUSED_AFTER


def title_likeness(a: str, b: str) -> float:
    """The share of words that two headlines have in common (Dice), 1.0 for equal ones."""
    left, right = set(_words(a)), set(_words(b))
    if not left or not right:
        return 1.0 if left == right else 0.0
    return 2 * len(left & right) / (len(left) + len(right))


def _words(text: str) -> Sequence[str]:
    return _WORD.findall(_folded(text))


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
