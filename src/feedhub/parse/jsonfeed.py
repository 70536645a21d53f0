"""JSON Feed 1.0 and 1.1 as a raw feed; extension objects may carry counts."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from feedhub.errors import ParseError
from feedhub.parse.raw import HTML, PLAIN, RawEntry, RawFeed, RawLink, RawText

_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_ITEMS = re.compile(r'"items"\s*:\s*\[')
_NEXT = re.compile(r"[\s,]*\{")
# A comma after the last of several; strings are passed over.
_SPARE_COMMA = re.compile(r'("(?:[^"\\]|\\.)*+(?:"|\Z))|,(?=\s*[}\]])', re.DOTALL)
_COUNTS = {
    "comments": "comments", "comment_count": "comments", "commentcount": "comments",
    "num_comments": "comments", "shares": "shares", "share_count": "shares",
    "sharecount": "shares", "score": "score", "points": "score", "ups": "score",
    "upvotes": "score", "votes": "score", "views": "views", "view_count": "views",
    "viewcount": "views", "favorites": "favorites", "favourites": "favorites",
    "likes": "favorites", "like_count": "favorites",
}  # fmt: skip


# An escape of half a character: legal JSON, and what cutting a text amid an emoji leaves.
_HALF = re.compile(r"\\u[dD][89a-fA-F]")


def _whole(value: Any) -> Any:
    """The value with pairs of halves joined and lone ones replaced (U+FFFD)."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_whole(one) for one in value]
    if isinstance(value, dict):
        return {_whole(key): _whole(one) for key, one in value.items()}
    return value


def read(text: str) -> RawFeed | None:
    """Read a JSON Feed; ``None`` for other JSON, :class:`ParseError` for broken JSON.

    Of a document that was cut off, or is JSON but for a comma or for what comes after it, what
    can be read is; ``malformed`` tells that of it.
    """
    problem = ""
    try:
        document = json.loads(text, strict=False)
    except RecursionError as error:
        raise ParseError(f"broken JSON: {str(error)[:80]}") from error
    except ValueError as error:
        problem = str(error)[:80]
        document = _saved(text)
        if document is None:
            raise ParseError(f"broken JSON: {problem}") from error
    try:
        if _HALF.search(text):
            document = _whole(document)
    except RecursionError as error:
        raise ParseError(f"broken JSON: {str(error)[:80]}") from error
    if not isinstance(document, dict):
        return None
    version = document.get("version")
    items = document.get("items")
    if not isinstance(items, list):
        return None
    if not (isinstance(version, str) and "jsonfeed.org/version" in version):
        if not any(key in document for key in ("feed_url", "home_page_url")):
            return None
        version = ""
    raw = RawFeed(
        format={"1": "json10", "1.0": "json10", "1.1": "json11"}.get(
            version.rstrip("/").rpartition("/")[2], "json"
        ),
        title=_text(document.get("title"), PLAIN),
        link=_str(document.get("home_page_url")),
        language=_str(document.get("language")),
        icon=_str(document.get("icon")) or _str(document.get("favicon")),
        malformed=problem,
    )
    if _str(document.get("feed_url")):
        raw.links.append(RawLink("self", _str(document.get("feed_url"))))
    for hub in _objects(document.get("hubs")):
        if _str(hub.get("type")).lower() == "websub" and _str(hub.get("url")):
            raw.hubs.append(_str(hub.get("url")))
    feed_authors = _authors(document)
    for item in items:
        if isinstance(item, dict):
            entry = _entry(item)
            if not entry.authors:
                entry.authors = feed_authors
            raw.entries.append(entry)
    return raw


def _saved(text: str) -> dict[str, Any] | None:
    """What can be read of a broken document: its head, and its items up to the first that is
    broken or cut off; ``None`` where that is nothing."""
    decoder = json.JSONDecoder(strict=False)
    text = _SPARE_COMMA.sub(r"\1", text)
    try:
        document, _ = decoder.raw_decode(text)  # whatever comes after it
        return document if isinstance(document, dict) else None
    except (ValueError, RecursionError):
        pass
    start = _ITEMS.search(text)
    if start is None:
        return None
    items: list[Any] = []
    at = start.end()
    try:
        document = decoder.decode(text[:at] + "]}")
        while (begin := _NEXT.match(text, at)) is not None:
            item, at = decoder.raw_decode(text, begin.end() - 1)
            items.append(item)
    except (ValueError, RecursionError):
        if not items:
            return None
    document["items"] = items
    return document if items else None


def _str(value: object) -> str:
    """A string freed of what no document may hold; JSON can escape any character."""
    if not isinstance(value, str):
        return ""
    return (value if value.isprintable() else _ILLEGAL.sub("", value)).strip()


def _scalar(value: object) -> str:
    """Ids should be strings, and are often numbers; so are sizes."""
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return (
            f"{value:g}"
            if value != value or value in (float("inf"), float("-inf"))
            else (str(int(value)) if value == int(value) else str(value))
        )
    return _str(value)


def _objects(value: object) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _text(value: object, media_type: str) -> RawText | None:
    words = _str(value)
    return RawText(words, media_type) if words else None


def _authors(item: Mapping[str, Any]) -> list[str]:
    """Names of objects, as the standard has it, or written as such."""
    people = [*_list(item.get("authors")), item.get("author")]
    names = (_str(one.get("name")) if isinstance(one, dict) else _str(one) for one in people)
    return list(dict.fromkeys(name for name in names if name))


def _tags(value: object) -> list[str]:
    told = value.split(",") if isinstance(value, str) else _list(value)
    return [tag for tag in map(_str, told) if tag]


def _entry(item: Mapping[str, Any]) -> RawEntry:
    html, plain = _text(item.get("content_html"), HTML), _text(item.get("content_text"), PLAIN)
    link = _str(item.get("url"))
    external = _str(item.get("external_url"))
    guid = _scalar(item.get("id"))
    entry = RawEntry(
        title=_text(item.get("title"), PLAIN),
        guid=guid,
        permalink=not (link or external) and guid[:4].lower() == "http",  # "ideally" it is the url
        link=link or external,
        authors=_authors(item),
        summary=_text(item.get("summary"), PLAIN),
        contents=[text for text in (html, plain) if text][:1],
        published=_scalar(item.get("date_published")),
        updated=_scalar(item.get("date_modified")),
        categories=[(tag, "", "") for tag in _tags(item.get("tags"))],
        image=_str(item.get("image")) or _str(item.get("banner_image")),
        language=_str(item.get("language")),
        counts=_counts(item),
    )
    for attachment in _objects(item.get("attachments")):
        if _str(attachment.get("url")):
            entry.links.append(
                RawLink(
                    "enclosure",
                    _str(attachment.get("url")),
                    _str(attachment.get("mime_type")),
                    _scalar(attachment.get("size_in_bytes")),
                )
            )
    for name, value in item.items():
        if name.startswith("_") and isinstance(value, dict):
            credit = _str(value.get("image_credit")) or _str(value.get("credit"))
            if credit:
                entry.credits.append(credit)
            if not entry.comments:
                entry.comments = _str(value.get("comments_url"))
            if value.get("paywall") is True or value.get("premium") is True:
                entry.paywall = f"{name}=true"
            source = value.get("source")
            if isinstance(source, dict):
                entry.source_title = _str(source.get("title")) or _str(source.get("name"))
                entry.source_link = _str(source.get("url"))
    return entry


def _list(value: object) -> list[object]:
    return list(value) if isinstance(value, list) else []


def _counts(item: Mapping[str, Any]) -> dict[str, str]:
    """Numbers in extension objects, whatever the extension is called."""
    found: dict[str, str] = {}
    for name, value in item.items():
        if name.startswith("_") and isinstance(value, dict):
            for key, number in value.items():
                kind = _COUNTS.get(str(key).lower())
                if kind and isinstance(number, int) and not isinstance(number, bool):
                    found.setdefault(f"json.{kind}", str(number))
    return found
