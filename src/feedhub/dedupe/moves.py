"""Which known articles a source has given new guids and links: a new CMS, domain, parameters.

Entries that no key found are paired with articles that the source carried and that its
document no longer holds. What each pair has in common says how sure it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import NamedTuple
from urllib.parse import urlsplit

from feedhub.model import Entry, KnownItem

_WORD = re.compile(r"\w+")
# Addresses within a text move with the site, and are no part of what the text says.
_ADDRESS = re.compile(r"\S*://\S+|\b(?:[\w-]+\.)+[a-z]{2,}\b\S*", re.I)

# A headline of fewer words ("Ledare", "Dagens citat") may be a column's standing name.
TELLING_WORDS = 4
# A text of at least this many words, given again word for word, is not a standing phrase.
TELLING_TEXT = 10
# A source has moved when at least this many, and this share, of its unknown entries are like
# articles that its document lost; or all of a document of two.
MOVED_LEAST = 3
MOVED_SHARE = 0.5
# Clocks of two systems round apart; a change of time zone is whole quarters of an hour.
SAME_MOMENT = timedelta(seconds=60)

# What more articles than this have in common tells none of them from another.
COMMON = 20

SURE, LIKELY = 2, 1


class Traits(NamedTuple):
    """What stays when ids change. Empty texts say nothing."""

    title: str
    text: str
    link: str
    path: str  # without scheme and host
    published: datetime | None
    day_only: bool


def folded(text: str) -> str:
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return " ".join(text.casefold().split())


def words(text: str) -> Sequence[str]:
    return _WORD.findall(folded(text))


def digest(*parts: str) -> str:
    return blake2b("\x1f".join(parts).encode("utf-8", "replace"), digest_size=12).hexdigest()


def traits_of(of: Entry | KnownItem) -> Traits:
    return Traits(
        title=folded(of.title),
        text=folded(_without_addresses(of.summary)),
        link=of.canonical or "",
        path=_path(of.canonical),
        published=of.published,
        day_only=isinstance(of, Entry) and of.date_only,
    )


def _without_addresses(text: str) -> str:
    return _ADDRESS.sub(" ", text) if "." in text or "://" in text else text


def _path(canonical: str | None) -> str:
    if not canonical:
        return ""
    try:
        parts = urlsplit(canonical)
    except ValueError:
        return ""
    path = parts.path.strip("/")
    query = f"?{parts.query}" if parts.query else ""
    fragment = f"#{parts.fragment}" if parts.fragment else ""
    return f"{path}{query}{fragment}"


def carried_over(
    unfound: Sequence[Entry], missing: Sequence[KnownItem], found: int
) -> list[int | None]:
    """For each entry the id of the article that it is under new ids, or null.

    ``missing`` are articles of the source that its document does not hold any more, ``found``
    is how many of the document's entries were recognised by their keys. Each article is
    given once. The order of entries does not matter, but among those alike in all.
    """
    result: list[int | None] = [None] * len(unfound)
    left = [traits_of(entry) for entry in unfound]
    right = [traits_of(item) for item in missing]
    alike: list[tuple[int, int, int, int]] = []
    for at, place in _alike(left, right):
        sure, features = _agreement(left[at], right[place])
        if sure:
            features += left[at].link == right[place].link
            alike.append((-sure, -features, at, place))
    if not alike:
        return result
    # Where several pairs are as good, what the entries say decides, not where they stand.
    order = sorted(range(len(left)), key=lambda at: (str(left[at]), unfound[at].guid or ""))
    rank = {at: n for n, at in enumerate(order)}
    scored = sorted(
        (sure, features, rank[at], missing[place].id, at, place)
        for sure, features, at, place in alike
    )
    taken: set[int] = set()
    pairs: list[tuple[int, int, int]] = []
    paired: set[int] = set()
    for sure, _, _, _, at, place in scored:
        if at not in paired and place not in taken:
            paired.add(at)
            taken.add(place)
            pairs.append((-sure, at, place))
    many = len(pairs) >= max(MOVED_LEAST, MOVED_SHARE * len(unfound))
    moved = many or (found == 0 and len(pairs) == len(unfound) >= 2)
    for sure, at, place in pairs:
        if sure == SURE or moved:
            result[at] = missing[place].id
    return result


def _alike(left: Sequence[Traits], right: Sequence[Traits]) -> Iterable[tuple[int, int]]:
    """Pairs that share a headline, a text or a path: all others are no pairs."""
    index: dict[tuple[str, str], list[int]] = defaultdict(list)
    for place, one in enumerate(right):
        for name in _names(one):
            index[name].append(place)
    for at, one in enumerate(left):
        found: set[int] = set()
        for name in _names(one):
            places = index.get(name, ())
            if len(places) <= COMMON:
                found.update(places)
        yield from ((at, place) for place in found)


def _names(one: Traits) -> Iterable[tuple[str, str]]:
    found = [
        (kind, value)
        for kind, value in (("title", one.title), ("text", one.text), ("path", one.path))
        if value
    ]
    if one.published is not None:  # tells apart what shares all of these
        at = one.published.isoformat(timespec="minutes")
        found += [(f"{kind} {at}", value) for kind, value in found]
        if not one.title and not one.text:
            found.append(("time", at))
    return found


def _agreement(a: Traits, b: Traits) -> tuple[int, int]:
    """(how sure that both are one article, in how many traits they agree); 0 is not at all."""
    title = bool(a.title) and a.title == b.title
    text = bool(a.text) and a.text == b.text
    path = bool(a.path) and a.path == b.path
    dated = a.published is not None and b.published is not None
    time = (
        a.published is not None
        and b.published is not None
        and abs(a.published - b.published) <= SAME_MOMENT
    )
    features = title + text + path + time
    telling = text and a.text.count(" ") + 1 >= TELLING_TEXT
    if dated and not time:
        # A column comes back under its headline with a new date; an article that was moved
        # keeps its text as well.
        return (LIKELY if title and (text or path) else 0), features
    if time:
        standing = a.day_only and a.title.count(" ") + 1 < TELLING_WORDS and not (text or path)
        sure = (title and not standing) or path or telling
        silent = not (a.title or a.text or b.title or b.text)
        return (SURE if sure else LIKELY if title or text or silent else 0), features
    if title and (text or path):
        return SURE, features
    return (LIKELY if title or path or telling else 0), features
