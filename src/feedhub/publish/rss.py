"""RSS 2.0 from a list, with the extensions that readers know; fragments kept as for Atom."""

from __future__ import annotations

from feedhub.model import Listing, Placed
from feedhub.publish.atom import links, media_content
from feedhub.publish.context import Feed, PublishContext, feed_url, list_feed
from feedhub.publish.entry import FeedEntry, entry_key, feed_entry
from feedhub.publish.text import (
    escape,
    escape_rss,
    language_tag,
    mended,
    one_line,
    rfc822,
    xml,
)

CONTENT_TYPE = "application/rss+xml; charset=utf-8"


def render_rss(listing: Listing, ctx: PublishContext, feed: Feed | None = None) -> bytes:
    """The list as an RSS 2.0 document in UTF-8; ``feed`` is its snapshot address unless told."""
    feed = feed or list_feed(listing, ctx)
    hub = ctx.hub
    as_story = listing.spec.order == "popular"

    def fragment(placed: Placed) -> str:
        return ctx.fragments.get(
            ("rss", *entry_key(placed, as_story=as_story)),
            (placed.item, placed.also),
            lambda: _item(feed_entry(placed, ctx, as_story=as_story), ctx),
        )

    language = language_tag(hub.language)
    title = one_line(mended(feed.title)) or ctx.name
    address = xml(feed_url(feed, "rss", ctx))
    head = (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"'
        ' xmlns:content="http://purl.org/rss/1.0/modules/content/"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:media="http://search.yahoo.com/mrss/"'
        ' xmlns:slash="http://purl.org/rss/1.0/modules/slash/"'
        + (' xmlns:fh="http://purl.org/syndication/history/1.0"' if feed.archive else "")
        + ">\n"
        "<channel>\n"
        f"<title>{escape_rss(title)}</title>\n"
        f"<link>{xml(ctx.url(feed.html, feed.spec))}</link>\n"
        f"<description>{escape_rss(one_line(mended(feed.description)) or title)}</description>\n"
        + (f"<language>{language}</language>\n" if language else "")
        + f"<lastBuildDate>{rfc822(listing.updated)}</lastBuildDate>\n"
        f"<ttl>{max(1, round(ctx.refresh.total_seconds() / 60))}</ttl>\n"
        f"<generator>feedhub {xml(ctx.version)}</generator>\n"
        f'<atom:link rel="self" type="application/rss+xml" href="{address}"/>\n'
        + links(feed, "rss", ctx, "atom:link")
        + ("<fh:archive/>\n" if feed.archive else "")
    )
    return (head + "".join(map(fragment, listing.entries)) + "</channel>\n</rss>\n").encode()


def _item(entry: FeedEntry, ctx: PublishContext) -> str:
    lines = [
        "<item>",
        f"<title>{escape_rss(entry.title)}</title>",
        f"<link>{escape(entry.link)}</link>",
        f'<guid isPermaLink="false">{xml(entry.id)}</guid>',
        f"<pubDate>{rfc822(entry.published or entry.updated)}</pubDate>",
        f"<dc:creator>{escape_rss(', '.join(entry.authors) or entry.outlet)}</dc:creator>",
    ]
    if entry.section:
        domain = xml(ctx.tag("section"))
        lines.append(f'<category domain="{domain}">{escape_rss(entry.section)}</category>')
    lines += [f"<category>{escape_rss(name)}</category>" for name in entry.categories]
    # An RSS item is one title or description at least; readers without content:encoded show this.
    lines.append(f"<description>{escape(escape(entry.summary) or entry.html)}</description>")
    lines.append(f"<content:encoded>{escape(entry.html)}</content:encoded>")
    if entry.attachments:
        # RSS allows one enclosure; a length that is not known is written 0.
        first = entry.attachments[0]
        lines.append(
            f'<enclosure url="{escape(first.url)}" length="{first.length}" type="{first.type}"/>'
        )
    if entry.picture:
        lines.append(media_content(entry))
    if entry.comments_url:
        lines.append(f"<comments>{escape(entry.comments_url)}</comments>")
    if entry.comments is not None:
        lines.append(f"<slash:comments>{entry.comments}</slash:comments>")
    address = entry.feed_url or entry.outlet_url
    if address:
        lines.append(f'<source url="{escape(address)}">{escape_rss(entry.outlet)}</source>')
    lines.append("</item>\n")
    return "\n".join(lines)
