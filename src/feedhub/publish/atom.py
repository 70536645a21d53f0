"""Atom 1.0 (RFC 4287) from a list, each entry a fragment that is kept while it is equal."""

from __future__ import annotations

from feedhub.model import Listing, Placed
from feedhub.publish.context import Feed, PublishContext, feed_url, hubs_of, list_feed
from feedhub.publish.entry import FeedEntry, entry_key, feed_entry
from feedhub.publish.text import (
    escape,
    language_tag,
    mended,
    one_line,
    rfc3339,
    untagged,
    xml,
)

CONTENT_TYPE = "application/atom+xml; charset=utf-8"


def render_atom(listing: Listing, ctx: PublishContext, feed: Feed | None = None) -> bytes:
    """The list as an Atom document in UTF-8; ``feed`` is its snapshot address unless told."""
    feed = feed or list_feed(listing, ctx)
    hub = ctx.hub
    as_story = listing.spec.order == "popular"

    def fragment(placed: Placed) -> str:
        return ctx.fragments.get(
            ("atom", *entry_key(placed, as_story=as_story)),
            (placed.item, placed.also),
            lambda: _entry(feed_entry(placed, ctx, as_story=as_story), ctx),
        )

    about = mended(feed.description).strip()
    subtitle = text("subtitle", about) + "\n" if about else ""
    language = language_tag(hub.language)
    address = xml(feed_url(feed, "atom", ctx))
    head = (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<feed xmlns="http://www.w3.org/2005/Atom"'
        ' xmlns:media="http://search.yahoo.com/mrss/"'
        ' xmlns:thr="http://purl.org/syndication/thread/1.0"'
        + (' xmlns:fh="http://purl.org/syndication/history/1.0"' if feed.archive else "")
        + (f' xml:lang="{language}"' if language else "")
        + ">\n"
        f"<id>{xml(ctx.tag(feed.id_specific))}</id>\n"
        f"{text('title', one_line(mended(feed.title)) or ctx.name)}\n"
        f"{subtitle}"
        f"<updated>{rfc3339(listing.updated)}</updated>\n"
        f"<author><name>{escape(untagged(ctx.name) or 'feedhub')}</name></author>\n"
        f'<link rel="self" type="application/atom+xml" href="{address}"/>\n'
        f'<link rel="alternate" type="text/html" href="{xml(ctx.url(feed.html, feed.spec))}"/>\n'
        + links(feed, "atom", ctx, "link")
        + ("<fh:archive/>\n" if feed.archive else "")
        + f'<generator version="{xml(ctx.version)}">feedhub</generator>\n'
    )
    return (head + "".join(map(fragment, listing.entries)) + "</feed>\n").encode()


def links(feed: Feed, ending: str, ctx: PublishContext, tag: str) -> str:
    """Links to the hubs that are told of changes, and to other documents of the feed."""
    kind = "atom+xml" if ending == "atom" else "rss+xml"
    lines = [f'<{tag} rel="hub" href="{xml(hub)}"/>\n' for hub in hubs_of(feed, ctx)]
    lines += [
        f'<{tag} rel="{rel}" type="application/{kind}"'
        f' href="{xml(ctx.url(f"{path}.{ending}", feed.spec))}"/>\n'
        for rel, path in feed.related
    ]
    return "".join(lines)


def text(name: str, said: str, plain: str = "") -> str:
    """An element of plain text, ``said`` being legal; ``plain`` is what its type is called.

    Where the text has a character that means something in HTML, it is written as HTML and says
    so: readers that take all text for HTML, and those that do not, then show the same.
    """
    if "&" in said or "<" in said:
        return f'<{name} type="html">{escape(escape(said))}</{name}>'
    kind = f' type="{plain}"' if plain else ""
    return f"<{name}{kind}>{escape(said)}</{name}>"


def _ordered(entry: FeedEntry) -> str:
    """When the entry was updated, as a time that no other entry has.

    Many come in the same second. A fraction made of the item's number tells them apart, and sorts
    them as our lists do; it never changes, so it says nothing of a change.
    """
    return f"{rfc3339(entry.updated)[:-1]}.{entry.number % 1_000_000:06}Z"


def _entry(entry: FeedEntry, ctx: PublishContext) -> str:
    language = f' xml:lang="{entry.language}"' if entry.language else ""
    lines = [
        f"<entry{language}>",
        f"<id>{xml(entry.id)}</id>",
        text("title", entry.title),
        f"<updated>{_ordered(entry)}</updated>",
    ]
    if entry.published:
        lines.append(f"<published>{rfc3339(entry.published)}</published>")
    lines += [
        f"<author><name>{escape(name)}</name></author>" for name in entry.authors or (entry.outlet,)
    ]
    lines.append(f'<link rel="alternate" href="{escape(entry.link)}"/>')
    for attachment in entry.attachments:
        length = f' length="{attachment.length}"' if attachment.length else ""
        lines.append(
            f'<link rel="enclosure" type="{attachment.type}"{length}'
            f' href="{escape(attachment.url)}"/>'
        )
    if entry.comments_url:
        lines.append(f'<link rel="replies" type="text/html" href="{escape(entry.comments_url)}"/>')
    if entry.comments is not None:
        lines.append(f"<thr:total>{entry.comments}</thr:total>")
    if entry.section:
        lines.append(
            f'<category scheme="{xml(ctx.tag("section"))}" term="{escape(entry.section)}"/>'
        )
    lines += [f'<category term="{escape(name)}"/>' for name in entry.categories]
    if entry.summary:
        lines.append(text("summary", entry.summary))
    lines.append(f'<content type="html">{escape(entry.html)}</content>')
    if entry.picture:
        lines.append(media_content(entry))
    lines.append(_source(entry, ctx))
    lines.append("</entry>\n")
    return "\n".join(lines)


def _source(entry: FeedEntry, ctx: PublishContext) -> str:
    """The feed that the entry came from. Its own id is not kept, so its address stands for it."""
    address = entry.feed_url or entry.outlet_url
    identity = address or ctx.tag("source")
    link = f'<link rel="self" href="{escape(address)}"/>' if address else ""
    return (
        f"<source><id>{escape(identity)}</id>{text('title', entry.outlet)}"
        f"<updated>{rfc3339(entry.updated)}</updated>{link}</source>"
    )


def media_content(entry: FeedEntry) -> str:
    """The entry's image as Media RSS, which readers know in Atom and RSS alike."""
    picture = entry.picture
    if picture is None:
        return ""
    size = "".join(
        f' {name}="{value}"'
        for name, value in (("width", picture.width), ("height", picture.height))
        if value
    )
    inner = ""
    if picture.alt:
        inner += text("media:description", picture.alt, plain="plain")
    if picture.credit:
        inner += f'<media:credit role="photographer">{escape(picture.credit)}</media:credit>'
    return (
        f'<media:content url="{escape(picture.url)}" medium="image"{size}>{inner}</media:content>'
    )
