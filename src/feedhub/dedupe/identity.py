"""Which article an entry is: the keys that may find its item, and whether what they find is it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from urllib.parse import urlsplit

from feedhub.dedupe.publisher import item_publisher
from feedhub.dedupe.times import effective_time
from feedhub.model import (
    Candidate,
    Carried,
    Entry,
    GuidCheck,
    GuidTrust,
    Key,
    KnownItem,
    ParsedFeed,
    StoredSource,
)

_WORD = re.compile(r"\w+")
_DIGIT = re.compile(r"\d")

# Two tellings of one article under one link differ by a correction, seldom by more words.
SAME_TITLE = 0.5
# A headline of fewer words ("Ledare", "Dagens citat") may be a column's standing name.
TELLING_WORDS = 4
# A source has moved when at least this many, and this share, of its unknown entries are known
# by their texts or headlines.
MIGRATION_LEAST = 3
MIGRATION_SHARE = 0.5
# See Articles.weigh.
FLIP_LEAST = 3
FLIP_SHARE = 0.5
FLIPS = 2
REUSED = 2
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
    guid = link = None
    if entry.guid and entry.guid not in parsed.repeated_guids:
        guid = Key(scope, "guid", entry.guid)
    if entry.canonical and entry.canonical not in parsed.repeated_links:
        if is_article_link(entry.canonical):
            link = Key(0, "link", entry.canonical)
        elif guid is None:
            link = Key(scope, "link", entry.canonical)
    order = (guid, link) if stored.guids.trusted else (link, guid)
    keys = tuple(key for key in order if key) or (Key(scope, "title", _title_key(entry)),)
    effective, why = effective_time(entry, stored.state, now)
    return Candidate(
        entry=entry,
        lookup=keys,
        remember=keys,
        publisher=item_publisher(stored.source, entry),
        effective=effective,
        effective_why=why,
        guards=_guards(entry, scope),
    )


def _guards(entry: Entry, scope: int) -> tuple[Key, ...]:
    """Keys that outlive a change of guids and links: the whole text, and the headline."""
    title, summary = _folded(entry.title), _folded(entry.summary)
    if not title and not summary:
        return ()
    when = entry.published.isoformat() if entry.published else ""
    text = "\x1f".join((title, summary, when))
    guards = [Key(scope, "text", blake2b(text.encode(), digest_size=12).hexdigest())]
    if len(_words(entry.title)) >= TELLING_WORDS:
        digest = blake2b(title.encode(), digest_size=12).hexdigest()
        guards.append(Key(scope, "headline", digest))
    return tuple(guards)


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


class Articles:
    """The decisions that fall inside the writer's transaction; see ``model.Identity``."""

    def same_article(self, candidate: Candidate, key: Key, known: KnownItem) -> bool:
        """Whether the item that ``key`` led to is the candidate's, headline corrected or not.

        A guid is believed unless title, link and time all say otherwise. A link is believed
        unless this source has given the item under another guid and the rest differs too.
        """
        entry = candidate.entry
        if key.kind == "title" or title_likeness(entry.title, known.title) >= SAME_TITLE:
            return True
        if key.kind == "guid":
            return entry.canonical == known.canonical or _same_time(entry, known)
        if known.guids and entry.guid and entry.guid not in known.guids:
            return _same_time(entry, known)
        return True

    def twins(self, candidate: Candidate, known: KnownItem) -> bool:
        """Whether a second item is the candidate's article as well: only by a like headline."""
        return title_likeness(candidate.entry.title, known.title) >= SAME_TITLE

    def carried_over(self, unfound: int, pairs: Sequence[Carried]) -> Sequence[bool]:
        """Which articles a source has given new guids or links.

        The same text with the same date is the same article. The same headline alone is so
        only in a document most of whose unknown entries have known headlines or texts: then
        the source has moved, and its items are re-keyed instead of published again.
        """
        moved = len(pairs) >= max(MIGRATION_LEAST, MIGRATION_SHARE * unfound)
        return [
            (pair.guard.kind == "text" and pair.candidate.entry.published is not None)
            or (_same_time(pair.candidate.entry, pair.known) and _dated(pair))
            or (moved and _compatible(pair))
            for pair in pairs
        ]

    def weigh(self, trust: GuidTrust, check: GuidCheck) -> GuidTrust:
        """Guids lose their place when they flip in two documents or come back for others.

        One flip is a migration; a second one is a habit.
        """
        flips = trust.flips + (
            check.flipped >= FLIP_LEAST and check.flipped >= FLIP_SHARE * check.entries
        )
        reused = trust.reused + check.reused
        reason = ""
        if flips >= FLIPS:
            reason = f"its guids changed for known articles in {flips} documents"
        elif reused >= REUSED:
            reason = f"{reused} guids came back for other articles"
        return GuidTrust(not reason, reason, flips, reused)


ARTICLES = Articles()


def _dated(pair: Carried) -> bool:
    return pair.known.published is not None


def _compatible(pair: Carried) -> bool:
    """A headline that comes back with another date is a column, not a moved article."""
    entry, known = pair.candidate.entry, pair.known
    return entry.published is None or known.published is None or _same_time(entry, known)


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
