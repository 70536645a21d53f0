"""Raw entries to entries: identity, text, dates, links and pictures made uniform."""

from __future__ import annotations

import heapq
import marshal
import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from hashlib import blake2b
from typing import Literal

from feedhub.model import Document, Enclosure, Entry, KnownEntry, ParsedFeed, ParseRules
from feedhub.parse import dates, lang
from feedhub.parse.body import texts_of
from feedhub.parse.counts import counts_of
from feedhub.parse.hints import pace_hints
from feedhub.parse.images import image_of
from feedhub.parse.raw import HTML, RawEntry, RawFeed
from feedhub.parse.remembered import remembered
from feedhub.parse.rules import matching, ruled_title
from feedhub.parse.text import cut, plain_title, squeeze
from feedhub.parse.urls import canonical_url, resolve

PARSER_VERSION = 5  # raised when the same document gives other entries than before
ENTRIES_MAX = 5000  # the newest are kept, the rest counted
LIST_MAX = 50  # links, authors, categories, media of one entry
EMPTY = "no title, link or content"
TWICE = "said twice in the document"
TOO_MANY = f"older than the newest {ENTRIES_MAX}"

# A document's language is told from so many headlines, and not from fewer letters than these.
SPOKEN = 40
SPOKEN_LEAST = 120

_NAME_LAST = re.compile(r"(?:mailto:)?[^\s@()]+@[^\s@()]+\s*\((?=\s*[^\s()])([^()]*)\)\s*")
_NAME_FIRST = re.compile(r"(?=\s*[^\s<>()@])([^<>()@]+)[<(](?:mailto:)?[^\s@]*@[^\s@]*[>)]\s*")
_NO_NAME = ("noreply@", "no-reply@", "http://", "https://")
_WHOLE = re.compile(r"[0-9]{1,12}")
_THOUSANDS = re.compile(r"[0-9]{1,3}(?:,[0-9]{3}){1,3}|[0-9]{1,3}(?: [0-9]{3}){1,3}")
_FREE = frozenset({"", "false", "no", "0", "free", "open", "none", "public", "off"})


class _Dates:
    """The dates of one document, each string read once."""

    def __init__(self, raw: RawFeed, document: Document, language: str | None) -> None:
        texts = [entry.published or entry.updated for entry in raw.entries]
        self.day_first = dates.day_first_evidence(texts, language, document.received_at)
        self._zone: tzinfo | None = dates.zone_named(document.timezone)
        self._received = document.received_at
        self._read: dict[str, dates.Parsed] = {}

    def read(self, text: str) -> dates.Parsed:
        found = self._read.get(text)
        if found is None:
            parsed = dates.parse_date(text, zone=self._zone, day_first=self.day_first)
            found = self._read[text] = dates.believable(parsed, self._received)
        return found

    def of(self, entry: RawEntry) -> tuple[dates.Parsed, dates.Parsed | None]:
        """Published and updated; where one is missing or refused, what stands in for it."""
        updated = self.read(entry.updated) if entry.updated else None
        notes: list[str] = []
        for text in (entry.published, entry.created, entry.updated):
            if text:
                parsed = self.read(text)
                if parsed.at is not None:
                    note = "; ".join(dict.fromkeys([*notes, parsed.note])) if notes else parsed.note
                    note = note.strip("; ")
                    return parsed if note == parsed.note else parsed._replace(note=note), updated
                notes.append(parsed.note)
        return dates.Parsed(None, note="; ".join(dict.fromkeys(notes)) or "no date"), updated


def normalise(
    raw: RawFeed, document: Document, rules: ParseRules, text: str, repairs: tuple[str, ...]
) -> ParsedFeed:
    """Everything that is made of a document once it has been read."""
    return _Normaliser(raw, document, rules).feed(text, repairs)


class _Normaliser:
    def __init__(self, raw: RawFeed, document: Document, rules: ParseRules) -> None:
        self.raw, self.document, self.rules = raw, document, rules
        self.site = resolve(_site_link(raw), document.url)
        # A relative link in Atom is relative to the document (RFC 4287, 2); RSS does not
        # say, and its writers mean the site.
        atom = raw.format.startswith(("atom", "json"))
        self.base = document.url if atom or self.site is None else self.site
        self.place = self.base.split("/", 3)[:3]  # scheme and host
        self.authors = _authors(raw.authors)  # RFC 4287, 4.2.1: of entries that name none
        self.language = lang.clean_code(raw.language)
        self._speech: str | Literal[False] | None = False  # not asked yet
        self.dates = _Dates(raw, document, self.language or document.language)
        context = (
            PARSER_VERSION, document.url, self.base, document.timezone, document.language,
            self.language, self.dates.day_first, repr(replace(rules, fast=True)), raw.authors,
        )  # fmt: skip
        self.context = blake2b(marshal.dumps(context, 2), digest_size=32).digest()

    def feed(self, text: str, repairs: tuple[str, ...]) -> ParsedFeed:
        raw = self.raw
        refused: Counter[str] = Counter()
        entries: list[Entry] = []
        known: list[KnownEntry] = []
        guids: Counter[str] = Counter()
        links: Counter[str] = Counter()
        digests: set[bytes] = set()
        dated = trusted = 0
        kept = self._newest(refused)
        for position, item in kept:
            title, link, canonical = self._identity(item)
            if not (title or link or item.summary or item.contents):
                refused[EMPTY] += 1
                continue
            rule = None
            if self.rules.drop:
                rule = matching(
                    self.rules.drop, title=title, link=link, categories=_categories(item)
                )
            if rule is not None:
                refused[f"drop {rule}"] += 1
                continue
            digest = item.digest(self.context)
            if digest in digests:
                refused[TWICE] += 1
                continue
            digests.add(digest)
            if item.guid:
                guids[item.guid] += 1
            if canonical:
                links[canonical] += 1
            published, updated = self.dates.of(item)
            if item.published or item.updated or item.created:
                dated += 1
                trusted += published.at is not None and not published.note
            if digest in self.document.known:
                known.append(KnownEntry(digest, position))
            else:
                entries.append(
                    self._entry(item, digest, position, title, link, canonical, published, updated)
                )
        return ParsedFeed(
            format=raw.format,
            title=plain_title(raw.title.value, raw.title.type) if raw.title else "",
            site_link=self.site,
            language=self.language,
            icon=resolve(raw.icon, self.base) if raw.icon else None,
            hub_links=self._hubs(),
            self_link=self._self_link(),
            hints=pace_hints(raw, text),
            entries=tuple(entries),
            known=tuple(known),
            repeated_guids=frozenset(guid for guid, times in guids.items() if times > 1),
            repeated_links=frozenset(link for link, times in links.items() if times > 1),
            refused=dict(refused),
            repairs=repairs,
            date_trust=trusted / dated if dated else None,
            dated=dated,
        )

    def _newest(self, refused: Counter[str]) -> list[tuple[int, RawEntry]]:
        """All entries with their places, or the newest of too many; undated count as oldest."""
        placed = list(enumerate(self.raw.entries))
        if len(placed) <= ENTRIES_MAX:
            return placed
        refused[TOO_MANY] = len(placed) - ENTRIES_MAX
        oldest = datetime.min.replace(tzinfo=UTC)
        newest = heapq.nlargest(
            ENTRIES_MAX, placed, key=lambda pair: (self.dates.of(pair[1])[0].at or oldest, -pair[0])
        )
        return sorted(newest, key=lambda pair: pair[0])

    def _identity(self, item: RawEntry) -> tuple[str, str | None, str | None]:
        title = plain_title(item.title.value[:5000], item.title.type) if item.title else ""
        title = ruled_title(title, self.rules)
        link = None
        sound = not item.permalink or _is_address(item.guid, paths=self.raw.format[:4] != "atom")
        if item.link and (sound or item.link != item.guid):
            link = resolve(item.link, self.base)
        if link is None and item.permalink and sound:
            link = resolve(item.guid, self.base)
        if link is None:
            for other in item.links[:LIST_MAX]:
                if other.rel == "alternate" and link is None:
                    link = resolve(other.href, self.base)
        # A proxy's link is what readers are given; the page it leads to is the identity.
        identity = resolve(item.origin_link, self.base) if item.origin_link else None
        identity = identity or link
        return title, link or identity, canonical_url(identity) if identity else None

    def _entry(
        self,
        item: RawEntry,
        digest: bytes,
        position: int,
        title: str,
        link: str | None,
        canonical: str | None,
        published: dates.Parsed,
        updated: dates.Parsed | None,
    ) -> Entry:
        base = self._content_base(link)
        summary, content = texts_of(item, base, self.document.url)
        categories = _categories(item)
        language = self._language(item, title, summary)
        origin, origin_url = self._origin(item, title)
        paid = _says_paid(item.paywall) or (
            bool(self.rules.paywall)
            and matching(self.rules.paywall, title=title, link=link, categories=categories)
            is not None
        )
        return Entry(
            hash=digest,
            position=position,
            title=title or cut(summary, 100),
            guid=item.guid or None,
            link=link,
            canonical=canonical,
            authors=self._authors(item),
            summary=summary,
            content_html=content,
            image=image_of(item, content, base),
            enclosures=self._enclosures(item),
            categories=categories,
            published=published.at,
            updated=updated.at if updated else None,
            date_only=published.date_only,
            date_note=published.note,
            language=language,
            comments_url=self._comments(item),
            counts=counts_of(item),
            origin_name=origin,
            origin_url=origin_url,
            paywall=paid,
        )

    def _origin(self, item: RawEntry, title: str) -> tuple[str | None, str | None]:
        """Name and address of the publisher that an entry was taken from, where it names one."""
        told = item.source_title
        name = squeeze(plain_title(told, HTML)) or None if told else None
        if name is not None and name == title:
            return None, None  # a forum's topic, whose source is the feed of its answers
        return name, resolve(item.source_link, self.base) if item.source_link else None

    def _content_base(self, link: str | None) -> str:
        """The article's own address where it is on the feed's site, since that is where its
        markup stood; it makes footnote links work."""
        if link and link.split("/", 3)[:3] == self.place:
            return link
        return self.base

    def _language(self, item: RawEntry, title: str, summary: str) -> str | None:
        """The entry's own, else the feed's, else the source's, else a guess.

        A feed that claims one language and writes in the one the source is configured to
        have (many publishing systems say en-US whatever they hold) is not believed; nor is
        one that claims English, where all its headlines together are clearly in another.
        """
        own = item.language or (item.title.language if item.title else None) or ""
        told = lang.clean_code(own) or self.language
        configured = lang.clean_code(self.document.language)
        if told is None:
            return configured or self._guessed(title, summary)
        if not own and not configured and told[:2] == "en" and self._spoken() not in (None, "en"):
            guessed = self._guessed(title, summary)
            return told if guessed == "en" else guessed
        if configured and configured[:2] != told[:2]:
            guessed = lang.guess(f"{title} {summary}")
            if guessed == configured[:2] or (guessed in ("nb", "da") and configured[:2] in "nonb"):
                return configured
        return told

    def _guessed(self, title: str, summary: str) -> str | None:
        """What one entry is written in; where that is not clear, what its document is."""
        own = lang.guess(f"{title} {summary}")
        if own is None:
            return self._spoken()
        if own in ("nb", "da") and (spoken := self._spoken()) in ("nb", "da"):
            return spoken
        return own

    def _spoken(self) -> str | None:
        """The language of the document's first headlines together, where it is clear."""
        if self._speech is False:
            titles = [item.title for item in self.raw.entries[:SPOKEN] if item.title]
            told = " ".join([plain_title(one.value, one.type) for one in titles])
            self._speech = lang.guess(told, len(told)) if len(told) >= SPOKEN_LEAST else None
        return self._speech

    def _authors(self, item: RawEntry) -> tuple[str, ...]:
        """Who wrote it; of one taken from another feed, that feed's authors are not known."""
        own = _authors(item.authors)
        return own if own or item.source_title or item.source_link else self.authors

    def _enclosures(self, item: RawEntry) -> tuple[Enclosure, ...]:
        found: dict[str, Enclosure] = {}
        for link in item.links:
            if link.rel == "enclosure" and len(found) < LIST_MAX:
                url = resolve(link.href, self.base)
                if url:
                    size = _size(link.length)
                    known = found.get(url)
                    if known is not None:  # said twice: what the first left out may be there
                        size, kind = known.length or size, known.type or link.type or None
                    else:
                        kind = link.type or None
                    found[url] = Enclosure(url, kind, size)
        return tuple(found.values())

    def _comments(self, item: RawEntry) -> str | None:
        if item.comments and not item.comments.isdigit():  # else how many there are
            return resolve(item.comments, self.base)
        for link in item.links:
            if link.rel == "replies" and link.type in ("", "text/html"):
                return resolve(link.href, self.base)
        return None

    def _hubs(self) -> tuple[str, ...]:
        found = [link.href for link in self.raw.links if link.rel == "hub"]
        urls = (resolve(href, self.document.url) for href in [*found, *self.raw.hubs])
        return tuple(dict.fromkeys(url for url in urls if url))[:10]

    def _self_link(self) -> str | None:
        for link in self.raw.links:
            if link.rel == "self":
                return resolve(link.href, self.document.url)
        return None


def _site_link(raw: RawFeed) -> str:
    if raw.link:
        return raw.link
    for link in raw.links:
        if link.rel == "alternate":
            return link.href
    return ""


def _size(length: str) -> int | None:
    """A number of bytes, with or without marks of thousands; none where it is not known."""
    digits = length.strip()
    if _THOUSANDS.fullmatch(digits):
        digits = digits.replace(",", "").replace(" ", "")
    return int(digits) or None if _WHOLE.fullmatch(digits) else None


def _is_address(guid: str, *, paths: bool) -> bool:
    """Whether an id that says of itself that it is the link can be one: by itself, or (``paths``)
    on the site. Any word could be a relative address, and most such ids are numbers."""
    start = guid[:8].lower()
    if start.startswith(("http://", "https://")):
        return True
    return paths and start[:1] == "/" and " " not in guid


def _authors(told: list[str]) -> tuple[str, ...]:
    if not told:
        return ()
    names = dict.fromkeys(_person(name[:300]) for name in told[:LIST_MAX])
    return tuple(name[:120] for name in names if name and not name.lower().startswith(_NO_NAME))


@remembered(1024)  # a few people write most of a feed
def _person(name: str) -> str:
    """The name in ``ek@e.se (Eva Ek)``, ``Eva Ek <ek@e.se>`` and ``Eva Ek (ek@e.se)``."""
    text = plain_title(name, HTML)
    if "@" not in text:
        return text
    match = _NAME_LAST.fullmatch(text) or _NAME_FIRST.fullmatch(text)
    return match[1].strip() if match else text


def _categories(item: RawEntry) -> tuple[str, ...]:
    names: dict[str, None] = {}
    for term, label, _ in item.categories[:LIST_MAX]:
        name = _label((label or term)[:300])
        if name and not name.startswith(("http://", "https://")):
            names.setdefault(name)
    return tuple(names)


@remembered(1024)
def _label(name: str) -> str:
    return plain_title(name, HTML)[:100]


def _says_paid(mark: str) -> bool:
    name, _, value = mark.partition("=")
    words = value.strip().lower()
    if not name:
        return False
    if name == "isaccessibleforfree":
        return words in ("false", "no", "0")
    return words not in _FREE and not words.startswith("free")
