"""JSON Feed 1.1 from a list; what a reader may not know stands under ``_feedhub``."""

from __future__ import annotations

import json
from math import isfinite
from typing import Any

from feedhub.model import Listing, Placed, Reason, public_id
from feedhub.publish.context import Feed, PublishContext, feed_url, hubs_of, list_feed
from feedhub.publish.entry import (
    FeedEntry,
    comment_count,
    entry_key,
    feed_entry,
    outlet_of,
)
from feedhub.publish.phrases import reason_text
from feedhub.publish.text import language_tag, legal, mended, one_line, rfc3339, safe_url

CONTENT_TYPE = "application/feed+json; charset=utf-8"


def render_json(listing: Listing, ctx: PublishContext, feed: Feed | None = None) -> bytes:
    """The list as a JSON Feed document in UTF-8; ``feed`` is its snapshot address unless told."""
    feed = feed or list_feed(listing, ctx)
    as_story = listing.spec.order == "popular"
    head: dict[str, Any] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": one_line(mended(feed.title)) or ctx.name,
        "home_page_url": ctx.url(feed.html, feed.spec),
        "feed_url": feed_url(feed, "json", ctx),
        "authors": [{"name": ctx.name}],
    }
    if feed.description:
        head["description"] = mended(feed.description)
    if hubs := hubs_of(feed, ctx):
        head["hubs"] = [{"type": "WebSub", "url": hub} for hub in hubs]
    if language := language_tag(ctx.hub.language):
        head["language"] = language

    def fragment(placed: Placed) -> str:
        said = ctx.fragments.get(
            ("json", *entry_key(placed, as_story=as_story)),
            (placed.item, placed.also),
            lambda: json.dumps(
                _item(feed_entry(placed, ctx, as_story=as_story)), ensure_ascii=False
            ),
        )
        # A place is the list's own, so it is told apart from what is kept of the entry.
        extra = json.dumps(extension(placed, ctx), ensure_ascii=False)
        return f'{said[:-1]}, "_feedhub": {extra}}}'

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
    return said


def extension(placed: Placed, ctx: PublishContext) -> dict[str, Any]:
    """What the hub knows of a place beside the entry: ids, outlet, figures and reasons.

    ``score`` and a reason's ``points`` are as ranking gave them; ``code`` and ``values`` are
    stable, ``text`` is for people and in the hub's language.
    """
    item, ranked = placed.item, placed.ranked
    said: dict[str, Any] = {
        "position": ranked.position,
        "item": public_id("i", item.id),
        "source": outlet_of(item),
        "source_id": item.source_id,
    }
    if story := ranked.story_id or item.story_id:
        said["story"] = public_id("s", story)
    if url := safe_url(item.source_url):
        said["source_url"] = url
    if section := one_line(item.section or ""):
        said["section"] = section
    if ranked.number is not None:
        said["number"] = {"value": ranked.number.value, "unit": one_line(ranked.number.unit)}
    if ranked.reasons:
        said["voices"] = ranked.voices
        said["reasons"] = [reason_value(reason, ctx) for reason in ranked.reasons]
    if placed.also:
        said["also"] = [public_id("i", one.id) for one in placed.also]
    if (comments := comment_count(item)) is not None:
        said["comments"] = comments
    return said


def reason_value(reason: Reason, ctx: PublishContext) -> dict[str, Any]:
    """A reason as JSON: its code, points, inputs by name, and the same in words."""
    return {
        "code": one_line(reason.term),
        "points": reason.points if isfinite(reason.points) else None,
        "values": {
            one_line(name): legal(value)
            if isinstance(value, str)
            else (value if isfinite(value) else None)
            for name, value in reason.params
        },
        "text": reason_text(reason, ctx.hub.language, ctx.zone),
    }
