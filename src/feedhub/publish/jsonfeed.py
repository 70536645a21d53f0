"""JSON Feed 1.1 from a list; what a reader may not know stands under ``_feedhub``."""

from __future__ import annotations

import json
from typing import Any

from feedhub.model import Listing, Placed
from feedhub.publish.context import Feed, PublishContext, list_feed
from feedhub.publish.entry import FeedEntry, entry_key, feed_entry
from feedhub.publish.text import language_tag, legal, one_line, rfc3339

CONTENT_TYPE = "application/feed+json; charset=utf-8"


def render_json(listing: Listing, ctx: PublishContext, feed: Feed | None = None) -> bytes:
    """The list as a JSON Feed document in UTF-8; ``feed`` is its snapshot address unless told."""
    feed = feed or list_feed(listing)
    as_story = listing.spec.order == "popular"
    head: dict[str, Any] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": one_line(feed.title) or ctx.name,
        "home_page_url": ctx.url(feed.html),
        "feed_url": ctx.url(feed.address("json")),
        "authors": [{"name": ctx.name}],
    }
    if feed.description:
        head["description"] = legal(feed.description)
    if language := language_tag(ctx.hub.language):
        head["language"] = language

    def fragment(placed: Placed) -> str:
        return ctx.fragments.get(
            ("json", *entry_key(placed, as_story=as_story)),
            (placed.item, placed.also),
            lambda: json.dumps(
                _item(feed_entry(placed, ctx, as_story=as_story)), ensure_ascii=False
            ),
        )

    opening = json.dumps(head, ensure_ascii=False)[:-1]
    items = ",\n".join(map(fragment, listing.entries))
    return f'{opening}, "items": [\n{items}\n]}}\n'.encode()


def _item(entry: FeedEntry) -> dict[str, Any]:
    said: dict[str, Any] = {
        "id": entry.id,
        "url": entry.link,
        "title": entry.title,
        "content_html": entry.html,
    }
    if entry.summary:
        said["summary"] = entry.summary
    if entry.published:
        said["date_published"] = rfc3339(entry.published)
    said["date_modified"] = rfc3339(entry.updated)
    said["authors"] = [{"name": name} for name in entry.authors or (entry.outlet,)]
    tags = [name for name in (entry.section, *entry.categories) if name]
    if tags:
        said["tags"] = tags
    if entry.language:
        said["language"] = entry.language
    if entry.picture:
        said["image"] = entry.picture.url
    if entry.attachments:
        said["attachments"] = [
            {"url": one.url, "mime_type": one.type}
            | ({"size_in_bytes": one.length} if one.length else {})
            for one in entry.attachments
        ]
    extra: dict[str, Any] = {"source": entry.outlet}
    if entry.feed_url:
        extra["source_url"] = entry.feed_url
    if entry.comments is not None:
        extra["comments"] = entry.comments
    said["_feedhub"] = extra
    return said
