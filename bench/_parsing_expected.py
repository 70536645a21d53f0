"""Small feeds with the answers of other parsers' own authors, brought to our fields."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from html import unescape
from pathlib import Path
from typing import Any

from _parsing_corpora import PLACE, Tally, members, same_link, same_text, same_title, words
from feedhub.model import Document, Entry, ParsedFeed, ParseRules

Fields = dict[str, Any]


def expected(data: Path, rules: ParseRules) -> Tally:
    """Agreement per field over ``expected.tar.xz``; what the author left out is not asked."""
    tally = Tally()
    files = dict(members(data / "feeds" / "expected.tar.xz"))
    for name, answer in sorted(files.items()):
        if not name.endswith(".expected.json"):
            continue
        source = name.removesuffix(".expected.json")
        body = files.get(source)
        if body is None:
            continue
        key = source.removeprefix("expected/")
        parser = key.split("/")[0]
        wanted = _READERS.get(parser, _fastfeedparser)(_json(answer))
        feed = tally.run(key, Document(body, PLACE), rules)
        _compare(tally, key, feed, wanted, body)
    return tally


def _compare(tally: Tally, name: str, feed: ParsedFeed | None, wanted: Fields, body: bytes) -> None:
    entries: list[Fields] = wanted["entries"]
    if wanted.get("title"):
        ours = feed.title if feed else ""
        tally.note(name, "feed_title", same_title(ours, wanted["title"]), wanted["title"], ours)
    if wanted.get("language"):
        ours_language = (feed.language if feed else "") or ""
        same = ours_language == str(wanted["language"]).lower().replace("_", "-")
        tally.note(name, "feed_language", same, wanted["language"], ours_language)
    if wanted.get("link") and feed is not None:
        same = same_link(feed.site_link, wanted["link"], feed)
        tally.note(name, "feed_link", same, wanted["link"], feed.site_link)
    contentful = [entry for entry in entries if any(entry.values())]
    if not contentful:
        return
    found = feed.entries if feed else ()
    refused = sum(feed.refused.values()) if feed else 0
    tally.note(name, "entries", len(found) + refused == len(entries), len(entries), len(found))
    if feed is None or len(found) + refused != len(entries):
        return
    text = unescape(body.decode("utf-8", "replace"))
    by_place = {entry.position: entry for entry in found}
    for place, fields in enumerate(entries):
        entry = by_place.get(place)
        if entry is not None:
            _compare_entry(tally, name, feed, entry, fields, text)


def _compare_entry(
    tally: Tally, name: str, feed: ParsedFeed, entry: Entry, fields: Fields, text: str
) -> None:
    def note(kind: str, same: bool, got: object) -> None:
        tally.note(name, kind, same, fields[kind], got)

    if fields.get("title"):
        note("title", same_title(entry.title, fields["title"]), entry.title)
    if fields.get("link"):
        note("link", same_link(entry.link, fields["link"], feed), entry.link)
    wanted_id = fields.get("id")
    # Some parsers make an id up where the document has none: that is theirs alone.
    if wanted_id and wanted_id in text:
        same = entry.guid == wanted_id or same_link(entry.guid, wanted_id, feed)
        note("id", same, entry.guid)
    for kind in ("published", "updated"):
        if fields.get(kind) is not None:
            ours: datetime | None = getattr(entry, kind)
            same = ours is not None and abs(ours.timestamp() - fields[kind]) < 1
            note(kind, same, f"{ours} {entry.date_note}")
    if fields.get("authors"):
        ours_names = {words(author).casefold() for author in entry.authors}
        names = {words(author).casefold() for author in fields["authors"]}
        note("authors", names <= ours_names, entry.authors)
    if fields.get("categories"):
        ours_terms = {words(term).casefold() for term in entry.categories}
        terms = {words(term).casefold() for term in fields["categories"]}
        note("categories", terms <= ours_terms, entry.categories)
    if fields.get("summary"):
        same = same_text(entry.summary, fields["summary"]) or same_text(
            entry.content_html, fields["summary"]
        )
        note("summary", same, entry.summary)
    if fields.get("content"):
        ours_text = entry.content_html or entry.summary
        note("content", same_text(ours_text, fields["content"]), ours_text)
    if fields.get("enclosures"):
        urls = [enclosure.url for enclosure in entry.enclosures]
        same = all(any(same_link(url, want, feed) for url in urls) for want in fields["enclosures"])
        note("enclosures", same, urls)
    if fields.get("comments_url"):
        same = same_link(entry.comments_url, fields["comments_url"], feed)
        note("comments_url", same, entry.comments_url)
    if fields.get("source"):
        note("source", same_title(entry.origin_name or "", fields["source"]), entry.origin_name)


# --- what each project's answers look like ------------------------------------------------


def _json(answer: bytes) -> Any:
    try:
        return json.loads(answer)
    except UnicodeDecodeError:  # one project keeps its answers in the feed's own encoding
        return json.loads(answer.decode("latin-1"))


def _epoch(text: object) -> float | None:
    """Seconds since 1970 of an answer's date: ISO 8601 or RFC 822; ``None`` for others."""
    if not isinstance(text, str) or not text or text.startswith("0001-"):
        return None
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        try:
            moment = parsedate_to_datetime(text)
        except (ValueError, TypeError):
            return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _people(people: Iterable[Mapping[str, Any]] | None) -> list[str]:
    return [
        str(person.get("name") or person.get("email"))
        for person in people or ()
        if person.get("name") or person.get("email")
    ]


def _first_link(links: Iterable[Mapping[str, Any]] | None) -> str | None:
    for link in links or ():
        if link.get("href") and link.get("rel") in (None, "", "alternate"):
            return str(link["href"])
    return None


def _gofeed(answer: Fields) -> Fields:
    entries = []
    for item in answer.get("items") or answer.get("entries") or ():
        guid = item.get("guid")
        content = item.get("content")
        categories = [
            str(cat.get("value") or cat.get("label") or cat.get("term"))
            if isinstance(cat, dict)
            else str(cat)
            for cat in item.get("categories") or ()
        ]
        enclosures = item.get("enclosures") or (
            [item["enclosure"]] if item.get("enclosure") else []
        )
        author = item.get("author")
        people = item.get("authors") or ([author] if isinstance(author, dict) else [])
        source = item.get("source")
        entries.append(
            {
                "title": item.get("title"),
                "link": item.get("link")
                or _first_link(
                    item.get("links")
                    if isinstance(item.get("links"), list)
                    and all(isinstance(x, dict) for x in item["links"])
                    else None
                ),
                "id": item.get("id") or (guid.get("value") if isinstance(guid, dict) else guid),
                "published": _epoch(item.get("publishedParsed") or item.get("pubDateParsed")),
                "updated": _epoch(item.get("updatedParsed")),
                "authors": _people(people)
                if people
                else ([author] if isinstance(author, str) else []),
                "categories": [cat for cat in categories if cat],
                "summary": item.get("summary") or item.get("description"),
                "content": content.get("value") if isinstance(content, dict) else content,
                "enclosures": [enc["url"] for enc in enclosures if enc.get("url")],
                "comments_url": item.get("comments"),
                "source": source.get("title") if isinstance(source, dict) else None,
            }
        )
    links = answer.get("links")
    atom = links if isinstance(links, list) and all(isinstance(x, dict) for x in links) else None
    return {
        "title": answer.get("title"),
        "link": answer.get("link") or _first_link(atom),
        "language": answer.get("language"),
        "entries": entries,
    }


def _feed_rs(answer: Fields) -> Fields:
    entries = []
    for item in answer.get("entries") or ():
        content = item.get("content") or {}
        links = item.get("links") or ()
        entries.append(
            {
                "title": (item.get("title") or {}).get("content"),
                "link": _first_link(links),
                "id": item.get("id"),
                "published": _epoch(item.get("published")),
                "updated": None if item.get("published") else _epoch(item.get("updated")),
                "authors": _people(item.get("authors")),
                "categories": [
                    cat.get("label") or cat["term"] for cat in item.get("categories") or ()
                ],
                "summary": (item.get("summary") or {}).get("content"),
                "content": content.get("body") if _is_text(content) else None,
                "enclosures": [link["href"] for link in links if link.get("rel") == "enclosure"],
            }
        )
        if entries[-1]["updated"] and not item.get("published"):
            entries[-1]["published"] = entries[-1].pop("updated")
    return {
        "title": (answer.get("title") or {}).get("content"),
        "link": _first_link(answer.get("links")),
        "language": answer.get("language"),
        "entries": entries,
    }


def _is_text(content: Mapping[str, Any]) -> bool:
    return str(content.get("content_type", "text/html")).startswith(("text/", "application/xhtml"))


def _rss_parser(answer: Fields) -> Fields:
    feed = answer.get("feed") or answer
    entries = []
    for item in feed.get("items") or ():
        enclosure = item.get("enclosure") or {}
        categories = [
            cat if isinstance(cat, str) else str(cat.get("_") or "")
            for cat in item.get("categories") or ()
        ]
        author = item.get("creator") or item.get("author")
        entries.append(
            {
                "title": item.get("title"),
                "link": item.get("link"),
                "id": item.get("guid") or item.get("id"),
                "published": _epoch(item.get("isoDate") or item.get("pubDate")),
                "authors": [author] if isinstance(author, str) else [],
                "categories": [cat for cat in categories if cat],
                "summary": item.get("summary"),
                "content": item.get("content:encoded") or item.get("content"),
                "enclosures": [enclosure["url"]] if enclosure.get("url") else [],
                "comments_url": item.get("comments"),
            }
        )
    return {
        "title": feed.get("title"),
        "link": feed.get("link"),
        "language": feed.get("language"),
        "entries": entries,
    }


def _fastfeedparser(answer: Fields) -> Fields:
    feed = answer.get("feed") or {}
    entries = []
    for item in answer.get("entries") or ():
        author = item.get("author")
        entries.append(
            {
                "title": item.get("title"),
                "link": item.get("link"),
                "id": item.get("id"),
                "published": _epoch(item.get("published")),
                "authors": [author] if isinstance(author, str) and author else [],
                "categories": [
                    tag["term"]
                    for tag in item.get("tags") or ()
                    if isinstance(tag, dict) and tag.get("term")
                ],
                "summary": item.get("description"),
                "content": next(
                    (part["value"] for part in item.get("content") or () if part.get("value")), None
                ),
                "enclosures": [
                    enc.get("url") or enc.get("href") for enc in item.get("enclosures") or ()
                ],
            }
        )
    return {
        "title": feed.get("title"),
        "link": feed.get("link"),
        "language": feed.get("language"),
        "entries": entries,
    }


_READERS = {
    "gofeed": _gofeed,
    "feed-rs": _feed_rs,
    "rss-parser": _rss_parser,
    "fastfeedparser": _fastfeedparser,
}
