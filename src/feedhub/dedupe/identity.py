"""Which article an entry is: the keys that may find its item, and whether what they find is it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from operator import attrgetter
from typing import NamedTuple
from urllib.parse import urlsplit

from feedhub.dedupe import moves
from feedhub.dedupe.moves import SAME_MOMENT, digest, folded, kindred
from feedhub.dedupe.moves import likeness as title_likeness
from feedhub.dedupe.publisher import item_publisher
from feedhub.dedupe.times import BELIEVED, effective_time
from feedhub.model import (
    Candidate,
    Entry,
    GuidCheck,
    GuidTrust,
    Key,
    KnownItem,
    ParsedFeed,
    StoredSource,
)

_DIGIT = re.compile(r"\d")
# What most links are: they can be taken apart without asking a parser.
_PLAIN = re.compile(r"https://[a-z0-9.-]+(/[A-Za-z0-9_~!$&'()*+,;=:@/.%-]*)")
# "...#0", "...#1": an address with the number of its revision.
_REVISION = re.compile(r"#\d{1,3}$")

# Two tellings of one article under one link differ by a correction, seldom by more words.
SAME_TITLE = 0.5
# A lead is rewritten less than its headline, and two leads share the small words.
SAME_TEXT = 0.7
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
    shared = _Shared(
        parsed.repeated_guids - _told_twice(parsed.entries, parsed.repeated_guids, _guid),
        parsed.repeated_links - _told_twice(parsed.entries, parsed.repeated_links, _canonical),
    )
    return tuple(_candidate(entry, shared, stored, now) for entry in parsed.entries)


class _Shared(NamedTuple):
    """What several articles of a document have at once, so that it names none of them."""

    guids: frozenset[str]
    links: frozenset[str]


_guid, _canonical = attrgetter("guid"), attrgetter("canonical")


def _told_twice(
    entries: Sequence[Entry], repeated: frozenset[str], name: Callable[[Entry], str | None]
) -> frozenset[str]:
    """Names that several entries share because they are one article, as in two sections.

    A link may be that of a page with many notices, of one headline each: their texts tell them
    apart, where a guid would not be given twice.
    """
    if not repeated:
        return frozenset()
    said: defaultdict[str, list[tuple[str, str, datetime | None]]] = defaultdict(list)
    for entry in entries:
        named = name(entry)
        if named in repeated:
            text = "" if entry.published and name is _guid else folded(entry.summary)
            said[named].append((folded(entry.title), text, entry.published))
    return frozenset(
        named
        for named, all_of in said.items()
        if len(all_of) > 1 and len(set(all_of)) == 1 and all_of[0][0] and any(all_of[0][1:])
    )


def _candidate(
    entry: Entry,
    shared: _Shared,
    stored: StoredSource,
    now: datetime,
) -> Candidate:
    scope = stored.id
    guid = link = None
    if entry.guid and entry.guid not in shared.guids:
        guid = Key(scope, "guid", entry.guid)
    if entry.canonical and entry.canonical not in shared.links:
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
        fresh=entry.published is not None and now - entry.published <= BELIEVED,
    )


def _guards(entry: Entry, scope: int) -> tuple[Key, ...]:
    """A key that outlives a change of guids and links, for articles not carried any more."""
    words = entry.title or entry.summary
    if entry.published is None or not words:
        return ()
    more = entry.summary if entry.date_only else ""
    return (Key(scope, "text", digest(folded(words), entry.published.isoformat(), folded(more))),)


def _title_key(entry: Entry) -> str:
    day = entry.published.date().isoformat() if entry.published else ""
    words = entry.title or entry.summary or entry.link or ""
    # several entries may share guid, link and title and differ in the link's query only
    return "\x1f".join((folded(words)[:500], day, entry.link or ""))


def is_article_link(link: str) -> bool:
    """Whether a canonical link can name one article: no site front, no section front.

    An article's address has a query, a fragment route, a digit, a slug of several words or
    a path of three steps or more; ``/``, ``/nyheter`` and ``/nyheter/sport`` do not.
    """
    plain = _PLAIN.fullmatch(link)
    if plain is not None:
        path = plain[1]
    else:
        parts = urlsplit(link)
        if parts.query or parts.fragment:
            return True
        path = parts.path
    steps = [step for step in path.split("/") if step]
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

        A guid is believed unless title, text, link and time all say otherwise; one that the
        source uses again, only if more than a like title speaks for it, or no date against.
        A link is believed unless this source has given the item under another guid and the
        rest differs too.
        """
        entry = candidate.entry
        alike = key.kind == "title" or title_likeness(entry.title, known.title) >= SAME_TITLE
        if key.kind == "guid":
            if alike and (candidate.lookup[0] == key or not _other_time(entry, known)):
                return True
            return (
                entry.canonical == known.canonical
                or _within(entry, known, SAME_MOMENT)
                or kindred(entry.canonical, known.canonical)
                or (
                    bool(entry.summary)
                    and title_likeness(entry.summary, known.summary) >= SAME_TEXT
                )
            )
        if not alike and known.guids and entry.guid and not _revised(entry.guid, known.guids):
            return entry.published is known.published or _within(entry, known, REUSED_AFTER)
        return True

    def twins(self, candidate: Candidate, known: KnownItem) -> bool:
        """Whether a second item is the candidate's article as well: only by a like headline."""
        return title_likeness(candidate.entry.title, known.title) >= SAME_TITLE

    def carried_over(
        self, unfound: Sequence[Candidate], missing: Sequence[KnownItem], found: int
    ) -> Sequence[int | None]:
        """See :func:`feedhub.dedupe.moves.carried_over`."""
        return moves.carried_over([one.entry for one in unfound], missing, found)

    def weigh(self, trust: GuidTrust, check: GuidCheck) -> GuidTrust:
        """Guids lose their place when articles share them, when they flip in two documents or
        come back for others.

        One flip is a migration; a second one is a habit.
        """
        shared = trust.shared or check.shared > 0
        flips = trust.flips + (
            check.flipped >= FLIP_LEAST and check.flipped >= FLIP_SHARE * check.entries
        )
        reused = trust.reused + check.reused
        reason = ""
        if shared:
            reason = "different articles have had one guid at the same time"
        elif flips >= FLIPS:
            reason = f"its guids changed for known articles in {flips} documents"
        elif reused >= REUSED:
            reason = f"{reused} guids came back for other articles"
        return GuidTrust(not reason, reason, flips, reused, shared)


ARTICLES = Articles()


def _within(entry: Entry, known: KnownItem, length: timedelta) -> bool:
    """Both dated, and alike: silence is no agreement."""
    if entry.published is None or known.published is None:
        return False
    return abs(entry.published - known.published) <= length


def _other_time(entry: Entry, known: KnownItem) -> bool:
    """Both dated, and otherwise."""
    dated = entry.published is not None and known.published is not None
    return dated and not _within(entry, known, SAME_MOMENT)


def _revised(guid: str, known: Collection[str]) -> bool:
    """Whether a guid is one of those known, or one of them with another revision's number."""
    base = _REVISION.sub("", guid)
    return guid in known or (base != guid and any(base == _REVISION.sub("", k) for k in known))
