"""One place in a list as every feed format tells it: ids, times, rights and attribution."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterable
from datetime import UTC, datetime

from feedhub.model import Enclosure, Item, Placed, public_id, tag_uri
from feedhub.publish.context import PublishContext
from feedhub.publish.i18n import words
from feedhub.publish.text import (
    escape,
    excerpt,
    language_tag,
    media_type,
    mended,
    one_line,
    plain,
    safe_url,
    untagged,
    xml,
)
from feedhub.values import dataclass

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Attachment:
    """An enclosure that can be passed on: a clean address, and always a type."""

    url: str
    type: str
    length: int


@dataclass(frozen=True, slots=True)
class Picture:
    """An image with a clean address; width and height in pixels where the feed gave them."""

    url: str
    width: int | None
    height: int | None
    alt: str
    credit: str


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """What the three formats write. Text fields are legal but not escaped; HTML is HTML."""

    id: str
    number: int  # of the item
    title: str
    link: str
    published: datetime | None
    updated: datetime
    authors: tuple[str, ...]
    summary: str
    html: str
    section: str
    categories: tuple[str, ...]
    outlet: str
    outlet_url: str | None
    feed_url: str | None
    picture: Picture | None
    attachments: tuple[Attachment, ...]
    comments: int | None
    comments_url: str | None
    language: str | None


def feed_entry(placed: Placed, ctx: PublishContext, *, as_story: bool) -> FeedEntry:
    """The entry of a place: under the story's id in popular lists, the item's in others."""
    item = placed.item
    if as_story:
        number = placed.ranked.story_id
        identity, own_page = tag_uri(ctx.authority, "s", number), story_path(number)
    else:
        identity, own_page = tag_uri(ctx.authority, "i", item.id), item_path(item.id)
    link = outward(item, ctx) or ctx.url(own_page)
    section = mended_line(item.section or "")
    return FeedEntry(
        id=identity,
        number=item.id,
        title=title_of(item, ctx),
        link=link,
        published=_told_at(item),
        updated=_sane(item.updated) or _sane(item.first_seen) or _EPOCH,
        authors=_distinct(untagged(mended(name)) for name in item.authors),
        summary=summary_of(item),
        html=_html(placed, link, ctx),
        section=section,
        categories=tuple(
            name
            for name in _distinct(mended_line(name) for name in item.categories)
            if name != section
        ),
        outlet=untagged(outlet_of(item)) or "–",
        outlet_url=safe_url(item.origin_url),
        feed_url=safe_url(item.source_url),
        picture=picture_of(item),
        attachments=tuple(a for e in item.enclosures if (a := _attachment(e)) is not None),
        comments=comment_count(item),
        comments_url=safe_url(item.comments_url),
        language=language_tag(item.language),
    )


def entry_key(placed: Placed, *, as_story: bool) -> tuple[str, int]:
    """What names an entry within the hub, whatever the list: its kind of id and its number."""
    return ("s", placed.ranked.story_id) if as_story else ("i", placed.item.id)


def outward(item: Item, ctx: PublishContext) -> str | None:
    """Where an item's title leads: its article, by way of us where the hub counts clicks."""
    link = safe_url(item.link)
    if link is None or not ctx.hub.clicks or ctx.static:
        return link
    return ctx.url(f"/go/{public_id('i', item.id)}")


def item_path(number: int) -> str:
    """Our page of an item."""
    return f"/item/{public_id('i', number)}"


def story_path(number: int) -> str:
    """Our page of a story."""
    return f"/story/{public_id('s', number)}"


def title_of(item: Item, ctx: PublishContext) -> str:
    """The title on one line; where there is none, the first words of the text, else a name."""
    title = mended_line(item.title)
    if title:
        return title
    if item.content_rights != "title" and (lead := excerpt(mended(item.summary), 80)):
        return lead
    return f"{words(ctx.hub.language).untitled} ({outlet_of(item)})"


def mended_line(text: str) -> str:
    """A publisher's text on one line, damage mended."""
    return one_line(mended(text))


def outlet_of(item: Item) -> str:
    """Who wrote it, for readers: the outlet an aggregator names, else the source."""
    names = (item.origin_name or "", item.source_name, item.publisher)
    return next((name for one in names if (name := mended_line(one))), "–")


def summary_of(item: Item) -> str:
    """The lead we may republish, as plain text: none, an excerpt, or all of the summary."""
    if item.content_rights == "title":
        return ""
    text = mended(item.summary if item.summary.strip() else plain(item.content_html))
    return one_line(text) if item.content_rights == "full" and item.summary else excerpt(text)


def picture_of(item: Item) -> Picture | None:
    """The item's image when its address can be used; none where only the title may be shown."""
    image = item.image
    if image is None or item.content_rights == "title":
        return None
    url = safe_url(image.url)
    if url is None:
        return None
    return Picture(
        url,
        image.width if image.width and image.width > 0 else None,
        image.height if image.height and image.height > 0 else None,
        mended_line(image.alt or ""),
        mended_line(image.credit or ""),
    )


def others(placed: Placed) -> tuple[Item, ...]:
    """The story's other tellings, one an outlet, the shown item's own outlet left out."""
    seen = {outlet_of(placed.item)}
    kept = []
    for item in placed.also:
        name = outlet_of(item)
        if name not in seen and item.id != placed.item.id:
            seen.add(name)
            kept.append(item)
    return tuple(kept)


def _html(placed: Placed, link: str, ctx: PublishContext) -> str:
    """The content of an entry: what rights allow, then the outlet and the other tellings."""
    item, say = placed.item, words(ctx.hub.language)
    parts = []
    if item.content_rights == "full" and (whole := mended(item.content_html).strip()):
        parts.append(whole)
    elif lead := summary_of(item):
        parts.append(f"<p>{escape(lead)}</p>")
    parts.append(f"<p>{say.source}: {_anchor(link, outlet_of(item))}</p>")
    also = [
        _anchor(outward(other, ctx) or ctx.url(item_path(other.id)), outlet_of(other))
        for other in others(placed)
    ]
    if also:
        parts.append(f"<p>{say.also_in}: {', '.join(also)}</p>")
    return "\n".join(parts)


def _anchor(url: str, text: str) -> str:
    return f'<a href="{escape(url)}">{xml(text)}</a>'


def _attachment(enclosure: Enclosure) -> Attachment | None:
    url = safe_url(enclosure.url)
    if url is None:
        return None
    kind = media_type(enclosure.type) or mimetypes.guess_type(url.split("?")[0])[0]
    return Attachment(url, kind or "application/octet-stream", max(enclosure.length or 0, 0))


def comment_count(item: Item) -> int | None:
    """How many comments the feed told of, where it did."""
    count = item.counts.get("comments")
    return count if count is not None and count >= 0 else None


def _told_at(item: Item) -> datetime | None:
    """When it was published; for a date that lay ahead when it came, the time lists sort by."""
    published, effective = _sane(item.published), _sane(item.effective)
    if published is None or (effective is not None and published > max(effective, item.first_seen)):
        return effective
    return published


def _sane(at: datetime | None) -> datetime | None:
    """A time that all formats can hold; RFC 822 readers know no year before 1000."""
    return at if at is not None and at.year >= 1000 else None


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name))
