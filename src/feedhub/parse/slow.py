"""The authority: any feed that feedparser can read, as a raw feed."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import Any

import feedparser

from feedhub.errors import ParseError
from feedhub.parse.fastxml import has_base
from feedhub.parse.images import own_picture
from feedhub.parse.raw import HTML, PLAIN, RawEntry, RawFeed, RawLink, RawMedia, RawText
from feedhub.parse.rawkeys import (
    COUNT_KEYS,
    FEED_LINK_RELS,
    LINK_RELS,
    PAYWALL_KEYS,
    STATISTICS,
    STATISTICS_ELEMENTS,
)
from feedhub.parse.repair import recovered

# A language whose element is not closed as it should be is lost to feedparser.
_LANGUAGE = re.compile(r"<language>\s*([A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})?)\s*</", re.IGNORECASE)
_CDF = re.compile(r"(?:<[!?][^>]*>|\s)*<channel\b", re.IGNORECASE)


def _start_caption(parser: Any, attributes: Any) -> None:
    parser.push_content("media_description", attributes, HTML, 1)


def _end_caption(parser: Any) -> None:
    parser.pop_content("media_description")


def _end_guid(parser: Any) -> None:
    """As feedparser's own, but that an empty link before it is no link."""
    value = parser.pop("id")
    acts_as_link = parser.guidislink and not parser._get_context().get("link")
    parser._save("guidislink", acts_as_link)
    if acts_as_link:
        parser._save("link", value, overwrite=True)


# Ids are compared character by character (RFC 4287, 4.2.6.1) and not to be resolved: with a
# base that differs between two addresses of one feed, every id would. A picture's description
# is not its entry's: feedparser takes it for one, and a post's text for a second. It has no
# options for these, so its two parser classes get handlers and a set of their own.
for _parser in (feedparser.api.StrictFeedParser, feedparser.api.LooseFeedParser):
    _parser.can_be_relative_uri = frozenset(_parser.can_be_relative_uri - {"id"})
    _parser._start_media_description = _start_caption
    _parser._end_media_description = _end_caption
    _parser._end_guid = _parser._end_id = _end_guid


def read(text: str, url: str = "") -> RawFeed | None:
    """Read a document with feedparser; ``None`` where it finds no feed in it.

    ``text`` is decoded and has no declaration that could contradict the UTF-8 it is
    handed over in; ``url`` is the document's own, for those that give a base.
    """
    data = text.encode("utf-8", "replace")
    try:
        result = _feedparser(data, url)
    except (LookupError, AttributeError, TypeError, ValueError, ArithmeticError) as error:
        # Nestings that no writer meant make its handlers stumble over each other. A lenient
        # parse straightens them; what is left of the document after it is read again.
        straight = recovered(text)
        if straight is None or straight == text:
            raise ParseError(f"too malformed: {type(error).__name__} in feedparser") from error
        try:
            result = _feedparser(straight.encode("utf-8", "replace"), url)
        except (LookupError, AttributeError, TypeError, ValueError, ArithmeticError) as again:
            raise ParseError(f"too malformed: {type(again).__name__} in feedparser") from again
    return _feed(result, text)


def _feedparser(data: bytes, url: str) -> Any:
    return feedparser.parse(
        io.BytesIO(b"<?xml version='1.0' encoding='utf-8'?>\n" + data),
        # Where a document gives a base, feedparser must know the outermost one: it forgets to
        # leave the first it meets otherwise, and entries would change with their neighbours.
        response_headers={"content-location": url} if url and has_base(data) else None,
        sanitize_html=False,
        resolve_relative_uris=False,
    )


def _feed(result: Any, text: str) -> RawFeed | None:
    version = result.get("version") or ("cdf" if _CDF.match(text) else "")
    if not version and not result.entries:
        return None
    channel = result.feed
    problem = result.get("bozo_exception")
    raw = RawFeed(
        format=version or "unknown",
        title=_text(channel, "title"),
        link=_str(channel.get("link")),
        links=_links(channel, FEED_LINK_RELS),
        language=_str(channel.get("language")),
        icon=_str(channel.get("icon")) or _image(channel) or _str(channel.get("logo")),
        ttl=_str(channel.get("ttl")),
        update_period=_str(channel.get("sy_updateperiod")),
        update_frequency=_str(channel.get("sy_updatefrequency")),
        malformed=_problem(problem) if result.bozo else "",
    )
    if raw.format.startswith("atom"):
        raw.authors = _authors(channel)
    if raw.malformed and not raw.language:
        torn = _LANGUAGE.search(text)
        raw.language = torn[1] if torn else ""
    raw.entries = [_entry(entry) for entry in result.entries]
    return raw


def _problem(error: object) -> str:
    name = type(error).__name__
    if name in ("NonXMLContentType", "CharacterEncodingOverride"):
        return ""
    message = getattr(error, "getMessage", lambda: str(error))()
    return str(message)[:100]


def _maps(values: object) -> list[Mapping[str, Any]]:
    """The records of a list, where it is one: elements of one name may hold another's text."""
    return [v for v in values if isinstance(v, Mapping)] if isinstance(values, list) else []


def _str(value: object) -> str:
    return value if isinstance(value, str) else ""


def _own(values: Mapping[str, Any], name: str) -> str:
    """A value of its own: feedparser lends ``updated`` the value of ``published``."""
    return _str(values[name]) if name in values else ""


def _text(values: Mapping[str, Any], name: str) -> RawText | None:
    value = values.get(name)
    if not isinstance(value, str) or not value:
        return None
    detail = values.get(f"{name}_detail")
    if isinstance(detail, Mapping) and detail.get("value") == value:
        return _construct(detail)
    return RawText(value, HTML if name in ("summary", "media_description") else PLAIN)


def _construct(detail: Mapping[str, Any]) -> RawText:
    return RawText(
        _str(detail.get("value")),
        _str(detail.get("type")) or PLAIN,
        _str(detail.get("base")),
        _str(detail.get("language")) or None,
    )


def _links(values: Mapping[str, Any], wanted: frozenset[str]) -> list[RawLink]:
    found = []
    for link in _maps(values.get("links")):
        href = _str(link.get("href"))
        rel = _str(link.get("rel"))
        if href and rel in wanted:
            found.append(
                RawLink(
                    rel,
                    href,
                    _str(link.get("type")),
                    _str(link.get("length")),
                    _str(link.get("thr:count")) or _str(link.get("count")),
                )
            )
    return found


def _image(values: Mapping[str, Any]) -> str:
    image = values.get("image")
    if isinstance(image, Mapping):
        return _str(image.get("href")) or _str(image.get("url"))
    return ""


def _media(items: object) -> list[RawMedia]:
    return [
        RawMedia(
            _str(item.get("url")),
            _str(item.get("type")),
            _str(item.get("medium")),
            _str(item.get("width")),
            _str(item.get("height")),
            _str(item.get("filesize")),
        )
        for item in _maps(items)
        if _str(item.get("url"))
    ]


def _authors(entry: Mapping[str, Any]) -> list[str]:
    whole = _str(entry.get("author"))
    people = _maps(entry.get("authors"))
    if whole and len(people) < 2:
        return [whole]  # as written: the parts that feedparser makes of it may be wrong
    names = []
    for author in people:
        name = _str(author.get("name")) or _str(author.get("email"))
        if name:
            names.append(name)
    return names or ([whole] if whole else [])


def _counts(entry: Mapping[str, Any]) -> dict[str, str]:
    counts = {}
    for name in COUNT_KEYS:
        value = _str(entry.get(name)).strip()
        if value:
            counts[name] = value
    for element in STATISTICS_ELEMENTS:
        attributes = entry.get(element)
        if isinstance(attributes, Mapping):
            for name in STATISTICS:
                value = _str(attributes.get(name)).strip()
                if value:
                    counts[f"{element}.{name}"] = value
    return counts


def _paywall(entry: Mapping[str, Any]) -> str:
    for name in PAYWALL_KEYS:
        value = _str(entry.get(name)).strip()
        if value:
            return f"{name}={value[:100]}"
    return ""


def _entry(entry: Mapping[str, Any]) -> RawEntry:
    source = entry.get("source")
    source_title = source_link = ""
    if isinstance(source, Mapping):
        source_title = _str(source.get("title"))
        source_link = _str(source.get("link")) or _str(source.get("href"))
    credits = []
    for credit in _maps(entry.get("media_credit")):
        words = _str(credit.get("content")).strip()
        if words:
            credits.append(words)
    summary = _text(entry, "summary")
    contents = [_construct(item) for item in _maps(entry.get("content")) if item.get("value")]
    return RawEntry(
        title=_text(entry, "title"),
        guid=_str(entry.get("id")),
        permalink=bool(entry.get("guidislink")),
        link=_str(entry.get("link")),
        origin_link=_str(entry.get("feedburner_origlink")),
        links=_links(entry, LINK_RELS),
        authors=_authors(entry),
        # Of a film or picture with no text around it, it is all there is.
        summary=summary or (None if contents else _text(entry, "media_description")),
        contents=contents,
        published=_own(entry, "published"),
        updated=_own(entry, "updated"),
        created=_str(entry.get("created")),
        categories=[
            (_str(tag.get("term")), _str(tag.get("label")), _str(tag.get("scheme")))
            for tag in _maps(entry.get("tags"))
        ],
        media=_media(entry.get("media_content")),
        thumbnails=_media(entry.get("media_thumbnail")),
        image=_image(entry) or own_picture(_own(entry, "href")),
        credits=credits,
        comments=_str(entry.get("comments")),
        counts=_counts(entry),
        source_title=source_title,
        source_link=source_link,
        language=_str(entry.get("language")),
        paywall=_paywall(entry),
    )
