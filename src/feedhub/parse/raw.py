"""What a document says, before anything is made of it: the one shape all readers produce.

Every reader (feedparser, the fast path, JSON Feed) ends in a :class:`RawFeed`; all that
follows is common to them. Two readers that give equal raw feeds therefore give equal
entries, and an entry's hash is taken from its raw form, whichever reader saw it.
"""

from __future__ import annotations

import marshal
from dataclasses import field
from hashlib import blake2b
from typing import NamedTuple

from feedhub.values import dataclass

PLAIN = "text/plain"
HTML = "text/html"
XHTML = "application/xhtml+xml"


class RawText(NamedTuple):
    """A text construct: ``type`` is a media type, ``base`` its own xml:base, if any."""

    value: str
    type: str = PLAIN
    base: str = ""
    language: str | None = None


class RawLink(NamedTuple):
    """A link or enclosure with its attributes as written."""

    rel: str
    href: str
    type: str = ""
    length: str = ""
    replies: str = ""


class RawMedia(NamedTuple):
    """A media:content, media:thumbnail or JSON Feed image, attributes as written."""

    url: str
    type: str = ""
    medium: str = ""
    width: str = ""
    height: str = ""
    size: str = ""


@dataclass(slots=True)
class RawEntry:
    """One entry as the document has it. Strings are as written but for outer whitespace."""

    title: RawText | None = None
    guid: str = ""
    permalink: bool = False  # the guid says of itself that it is the link
    link: str = ""
    origin_link: str = ""  # feedburner:origLink
    links: list[RawLink] = field(default_factory=list)
    authors: list[str] = field(default_factory=list)
    summary: RawText | None = None
    contents: list[RawText] = field(default_factory=list)
    published: str = ""
    updated: str = ""
    created: str = ""
    categories: list[tuple[str, str, str]] = field(default_factory=list)  # term, label, scheme
    media: list[RawMedia] = field(default_factory=list)
    thumbnails: list[RawMedia] = field(default_factory=list)
    image: str = ""
    credits: list[str] = field(default_factory=list)
    comments: str = ""
    counts: dict[str, str] = field(default_factory=dict)  # by the element's name
    source_title: str = ""
    source_link: str = ""
    language: str = ""
    paywall: str = ""  # the words of an element that tells whether reading costs

    def digest(self, context: bytes) -> bytes:
        """16 bytes that change when the entry or ``context`` does.

        Marshal version 2 has no references and no interning, so equal values give equal
        bytes in every process and Python version.
        """
        values = (
            self.title and tuple(self.title),
            self.guid,
            self.permalink,
            self.link,
            self.origin_link,
            list(map(tuple, self.links)) if self.links else [],
            self.authors,
            self.summary and tuple(self.summary),
            list(map(tuple, self.contents)) if self.contents else [],
            self.published,
            self.updated,
            self.created,
            self.categories,
            list(map(tuple, self.media)) if self.media else [],
            list(map(tuple, self.thumbnails)) if self.thumbnails else [],
            self.image,
            self.credits,
            self.comments,
            sorted(self.counts.items()) if self.counts else [],
            self.source_title,
            self.source_link,
            self.language,
            self.paywall,
        )
        return blake2b(marshal.dumps(values, 2), digest_size=16, key=context).digest()


@dataclass(slots=True)
class RawFeed:
    """A document: feed-level values as written, and its entries in order."""

    format: str
    title: RawText | None = None
    link: str = ""
    links: list[RawLink] = field(default_factory=list)
    language: str = ""
    icon: str = ""
    ttl: str = ""
    update_period: str = ""
    update_frequency: str = ""
    hubs: list[str] = field(default_factory=list)
    authors: list[str] = field(default_factory=list)  # of all entries that name none (Atom)
    entries: list[RawEntry] = field(default_factory=list)
    malformed: str = ""  # what the XML parser said, where it was not well-formed
