"""Which known articles a source has given new guids and links: a new CMS, domain, parameters.

Entries that no key found are paired with articles that the source carried and that its
document no longer holds. What each pair has in common says how sure it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import NamedTuple
from urllib.parse import urlsplit

from feedhub.model import Entry, KnownItem

_WORD = re.compile(r"\w+")
_CODE = re.compile(r"(?=[a-zA-Z]*\d)[a-zA-Z0-9]{5,}")
_DATE = re.compile(r"(?:19|20)\d{4}(?:\d{2})?")
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
QUARTER = timedelta(minutes=15)
# What is taken for another zone, local time called UTC; a morning and an evening edition are not.
MOST_ZONES = timedelta(hours=8)
# Two headlines of one article, edited, have at least half of their words in common.
LIKE_TITLE = 0.5

# What more articles than this have in common tells none of them from another.
COMMON = 20

SURE, LIKELY, REDATED = 3, 2, 1


class Traits(NamedTuple):
    """What stays when ids change. Empty texts say nothing.

    Texts are their words alone: another system sets other quotes and dashes.
    """

    title: str
    text: str
    link: str
    path: str  # without scheme and host
    published: datetime | None
    day_only: bool
    spelt: str  # headline and text to the letter: of two that agree in words, what tells them apart


def folded(text: str) -> str:
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return " ".join(text.casefold().split())


def words(text: str) -> Sequence[str]:
    return _WORD.findall(folded(text))


def likeness(a: str, b: str) -> float:
    """The share of words that two headlines have in common (Dice), 1.0 for equal ones."""
    left, right = set(words(a)), set(words(b))
    if not left or not right:
        return 1.0 if left == right else 0.0
    return 2 * len(left & right) / (len(left) + len(right))


def kindred(a: str | None, b: str | None) -> bool:
    """Whether two links share a number or code of the article, as where only the slug differs."""
    return bool(a and b and _codes(a) & _codes(b))


def _codes(link: str) -> set[str]:
    """Long words with a digit, but no dates and nothing of the host."""
    path = link.split("://", 1)[-1].partition("/")[2]
    return {word for word in _CODE.findall(path) if not _DATE.fullmatch(word)}


def digest(*parts: str) -> str:
    return blake2b("\x1f".join(parts).encode("utf-8", "replace"), digest_size=12).hexdigest()


def traits_of(of: Entry | KnownItem) -> Traits:
    return Traits(
        title=_in_words(of.title),
        text=_in_words(_without_addresses(of.summary)),
        link=of.canonical or "",
        path=_path(of.canonical),
        published=of.published,
        day_only=isinstance(of, Entry) and of.date_only,
        spelt=f"{of.title}\n{of.summary}",
    )


def _in_words(text: str) -> str:
    return " ".join(words(text)) or folded(text)


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
    right = [traits_of(item) for item in missing]
    left = _told_alike([traits_of(entry) for entry in unfound], right, found)
    alone = _moments(left) & _moments(right)
    alike: list[tuple[int, float, int, int]] = []
    for at, place in _alike(left, right):
        sure, features = _agreement(left[at], right[place])
        if sure:
            if left[at].published in alone and _corrected(left[at], right[place]):
                sure = SURE
            features += left[at].link == right[place].link
            features += kindred(left[at].link, right[place].link)
            features += 0.5 * (left[at].spelt == right[place].spelt)
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
    if found >= len(pairs):
        # Most of the document is as it was: what has a new date is the next of its series.
        pairs = [pair for pair in pairs if pair[0] != REDATED]
    share = len(unfound) if found else min(len(unfound), len(missing))
    many = len(pairs) >= max(MOVED_LEAST, MOVED_SHARE * share)
    moved = many or (found == 0 and len(pairs) == len(unfound) >= 2)
    for sure, at, place in pairs:
        if sure == SURE or moved:
            result[at] = missing[place].id
    return result


def _told_alike(left: list[Traits], right: Sequence[Traits], found: int) -> list[Traits]:
    """The entries with their times as the articles have them, where all were told in another way.

    A new system may call local time UTC, or date all that it took over on the day it did.
    """
    ours = _times(left)
    if found == 0 and len(left) >= MOVED_LEAST and len(ours) == len(left):
        one_date = max(ours.values()) - min(ours.values()) <= SAME_MOMENT
        theirs = _times(right).values()
        if one_date and theirs and max(theirs) - min(theirs) > SAME_MOMENT:
            return [one._replace(published=None) for one in left]
    shift = _shift(left, right, found)
    if not shift:
        return left
    return [
        one._replace(published=ours[at] - shift) if at in ours else one
        for at, one in enumerate(left)
    ]


def _times(traits: Sequence[Traits]) -> dict[int, datetime]:
    return {
        at: one.published
        for at, one in enumerate(traits)
        if one.published is not None and not one.day_only
    }


def _shift(left: Sequence[Traits], right: Sequence[Traits], found: int) -> timedelta:
    """By how much most times have moved, if it looks like a time zone."""
    known = {title: right[at].published for title, at in _once(right).items()}
    apart: Counter[timedelta] = Counter()
    pairs = 0
    for title, at in _once(left).items():
        now, was = left[at].published, known.get(title)
        if now is None or was is None or left[at].day_only:
            continue
        pairs += 1
        zone = round((now - was) / QUARTER) * QUARTER
        if abs(now - was - zone) <= SAME_MOMENT and abs(zone) <= MOST_ZONES:
            apart[zone] += 1
    shift, count = max(
        apart.items(), key=lambda one: (one[1], -abs(one[0]), one[0]), default=(timedelta(0), 0)
    )
    enough = count >= max(MOVED_LEAST, MOVED_SHARE * pairs) and count > found
    return shift if enough else timedelta(0)


def _once(traits: Sequence[Traits]) -> dict[str, int]:
    """Headlines that one of them alone has, and where that is."""
    seen = Counter(one.title for one in traits)
    return {one.title: at for at, one in enumerate(traits) if one.title and seen[one.title] == 1}


def _alike(left: Sequence[Traits], right: Sequence[Traits]) -> Iterable[tuple[int, int]]:
    """Pairs that share a headline, a text, a path or a moment: all others are no pairs."""
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
        for kind, value in (("title", one.title), ("text", _opening(one)), ("path", one.path))
        if value
    ]
    if one.published is not None:  # tells apart what shares all of these
        at = one.published.isoformat(timespec="minutes")
        found += [(f"{kind} {at}", value) for kind, value in found]
        if not one.day_only or not (one.title or one.text):
            found.append(("time", at))
    return found


def _opening(one: Traits) -> str:
    """What a text shares with one that was cut off elsewhere."""
    return " ".join(one.text.split(" ", TELLING_TEXT)[:TELLING_TEXT])


def _same_text(a: str, b: str) -> bool:
    """Whether two texts are one, of which either may be cut off, within a word even."""
    if a == b:
        return bool(a)
    short, long = sorted((a, b), key=len)
    start = short.rpartition(" ")[0]
    return start.count(" ") + 1 >= TELLING_TEXT and long.startswith(f"{start} ")


def _agreement(a: Traits, b: Traits) -> tuple[int, float]:
    """(how sure that both are one article, in how many traits they agree); 0 is not at all."""
    title = bool(a.title) and a.title == b.title
    text = _same_text(a.text, b.text)
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
        # A column comes back under its headline with a new date, perhaps with a standing lead;
        # an article that was moved keeps its path, or a text under a headline that tells of it.
        if title and path:
            return LIKELY, features
        return (REDATED if title and text and _tells(a.title) else 0), features
    if time:
        standing = a.day_only and not _tells(a.title) and not (text or path)
        sure = (title and not standing) or path or telling
        silent = not (a.title or a.text or b.title or b.text)
        if sure or title or text or silent:
            return (SURE if sure else LIKELY), features
        edited = 0.0 if a.day_only else likeness(a.title, b.title)
        return (LIKELY if edited >= LIKE_TITLE else 0), features + edited
    if title and (text or path):
        return SURE, features
    return (LIKELY if title or path or telling else 0), features


def _moments(traits: Sequence[Traits]) -> set[datetime | None]:
    """The times that one of them alone has."""
    seen = Counter(one.published for one in traits if not one.day_only)
    return {at for at, times in seen.items() if at is not None and times == 1}


def _corrected(a: Traits, b: Traits) -> bool:
    """Whether a headline was edited, and its slug with it, where nothing else is of that moment.

    What is sent out by the clock may be of one moment as well, a place or a company apart; what a
    person has sent is not on the hour, nor on the quarter: zones are that far apart.
    """
    if a.published is None or a.published != b.published:
        return False
    by_clock = a.published.minute % 15 == 0 and a.published.second == 0
    if by_clock and not kindred(a.link, b.link):
        return False
    edited = _tells(a.title) and _tells(b.title) and likeness(a.title, b.title) >= LIKE_TITLE
    return edited or _same_text(a.text, b.text)


def _tells(title: str) -> bool:
    return title.count(" ") + 1 >= TELLING_WORDS
