"""Items, places, stories, lists and sources as the JSON API gives them."""

from __future__ import annotations

from datetime import datetime
from math import isfinite
from typing import Any

from feedhub.model import Item, Listing, Placed, SourceStatus, public_id
from feedhub.publish.context import PublishContext
from feedhub.publish.entry import (
    comment_count,
    item_path,
    mended_line,
    outlet_of,
    picture_of,
    story_path,
    summary_of,
    title_of,
)
from feedhub.publish.jsonfeed import reason_value
from feedhub.publish.phrases import due_text, note_text
from feedhub.publish.text import language_tag, legal, one_line, rfc3339, safe_url
from feedhub.publish.views import Explained, StoryDetail, believed, silence, source_name, usual_gap


def item_value(item: Item, ctx: PublishContext) -> dict[str, Any]:
    """An item; no more of it than its source allows."""
    picture = picture_of(item)
    return {
        "id": public_id("i", item.id),
        "title": title_of(item, ctx),
        "url": safe_url(item.link),
        "page": ctx.url(item_path(item.id)),
        "summary": summary_of(item),
        "authors": [name for one in item.authors if (name := mended_line(one))],
        "outlet": outlet_of(item),
        "publisher": one_line(item.publisher),
        "source": item.source_id,
        "section": one_line(item.section or "") or None,
        "categories": [name for one in item.categories if (name := one_line(one))],
        "language": language_tag(item.language),
        "published": _at(item.published),
        "told": _at(item.effective or item.first_seen),
        "updated": _at(item.updated),
        "story": public_id("s", item.story_id) if item.story_id else None,
        "image": picture.url if picture else None,
        "comments": comment_count(item),
        "paywall": item.paywall,
    }


def place_value(placed: Placed, ctx: PublishContext) -> dict[str, Any]:
    """A place in a list, with its item, figures and reasons."""
    ranked = placed.ranked
    number = ranked.number
    return {
        "position": ranked.position,
        "story": public_id("s", ranked.story_id),
        "number": {"value": number.value, "unit": one_line(number.unit)} if number else None,
        "voices": ranked.voices,
        "score": ranked.score if isfinite(ranked.score) else None,
        "item": item_value(placed.item, ctx),
        "also": [item_value(item, ctx) for item in placed.also],
        "reasons": [reason_value(reason, ctx) for reason in ranked.reasons],
    }


def list_value(listing: Listing, ctx: PublishContext) -> dict[str, Any]:
    """A list, without its places."""
    spec = listing.spec
    name = f"{spec.slug}.new" if spec.order == "popular" else spec.slug
    return {
        "slug": spec.slug,
        "title": one_line(spec.title),
        "description": one_line(spec.description),
        "order": spec.order,
        "places": len(listing.entries),
        "tick": _at(listing.tick),
        "updated": _at(listing.updated),
        "note": note_text(listing.note_code, listing.note, ctx.hub.language),
        "note_code": one_line(listing.note_code),
        "page": ctx.url(f"/{spec.slug}", spec),
        "feed": ctx.url(f"/{name}.atom", spec),
    }


def story_value(story: StoryDetail, ctx: PublishContext) -> dict[str, Any]:
    """A story with its items, the first teller first, and where it stands."""
    items = sorted(story.items, key=lambda item: (item.effective or item.first_seen, item.id))
    return {
        "id": public_id("s", story.id),
        "title": title_of(items[0], ctx) if items else "",
        "page": ctx.url(story_path(story.id)),
        "voices": story.voices,
        "items": [item_value(item, ctx) for item in items],
        "places": [
            {
                "list": one_line(title),
                "position": ranked.position,
                "reasons": [reason_value(reason, ctx) for reason in ranked.reasons],
            }
            for title, ranked in story.placed
        ],
    }


def source_value(status: SourceStatus, ctx: PublishContext, now: datetime) -> dict[str, Any]:
    """A source and how it fares. Its address is given as feeds.yaml has it, credentials apart."""
    stored, outcome = status.stored, status.outcome
    source, state = stored.source, stored.state
    silent = silence(stored.recent, now) if source.enabled else None
    gap, dates = usual_gap(stored.recent), believed(state)
    return {
        "id": stored.id,
        "name": source_name(status),
        "publisher": one_line(status.publisher or source.publisher or "") or None,
        "url": safe_url(source.url),
        "page": ctx.url(f"/source/{stored.id}"),
        "category": one_line(source.category or "") or None,
        "enabled": source.enabled,
        "outcome": outcome.label if outcome else None,
        "reason": legal(outcome.reason) if outcome and not outcome.good else "",
        "items": status.items,
        "newest": _at(status.newest),
        "last_fetch": _at(state.last_fetch_at),
        "last_ok": _at(state.last_ok_at),
        "next_due": _at(stored.next_due),
        "due_reason": due_text(state.due_reason, ctx.hub.language),
        "errors": state.errors,
        "usual_gap_seconds": round(gap.total_seconds()) if gap else None,
        "dates": {"count": dates[1], "believed": dates[0]} if dates else None,
        "silent_seconds": round(silent.total_seconds()) if silent else None,
        "guids_trusted": stored.guids.trusted,
    }


def explained_value(found: Explained, ctx: PublishContext) -> dict[str, Any]:
    """What a story scores in a list right now, and why."""
    return {
        "story": public_id("s", found.story_id),
        "list": found.slug,
        "position": found.position,
        "score": found.score if isfinite(found.score) else None,
        "voices": [one_line(name) for name in found.voices],
        "above_floor": found.above_floor,
        "reasons": [reason_value(reason, ctx) for reason in found.reasons],
    }


def _at(at: datetime | None) -> str | None:
    return rfc3339(at) if at is not None else None
