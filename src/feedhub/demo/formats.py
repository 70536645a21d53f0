"""The demo's feed formats: articles in, the bytes of a feed document out.

Written by hand and apart from what the hub publishes with, so that the demo's input shows the
habits of several publishing systems rather than our own. References: RSS 2.0 with the content,
dc, media and slash modules, RSS 1.0, Atom 1.0 (RFC 4287) with threading (RFC 4685), and JSON
Feed 1.1, whose extensions begin with an underscore.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape
from zoneinfo import ZoneInfo

from feedhub.demo.catalogue import Feed
from feedhub.values import dataclass

_PLAIN = str.maketrans("åäöéüøæÅÄÖÉÜØÆ", "aaoeuoaAAOEUOA")
_LOCAL = ZoneInfo("Europe/Stockholm")


@dataclass(frozen=True, slots=True)
class Article:
    """An article as it stands at some time. Times are aware; the link never changes."""

    key: str
    story: str
    number: int
    feed: Feed
    title: str
    first_title: str  # before any correction; the address is made from it
    lead: str
    body: tuple[str, ...]
    section: str
    byline: str | None
    credit: str | None
    alt: str | None
    published: datetime
    updated: datetime
    counts: Mapping[str, int]
    weight: float

    @property
    def link(self) -> str:
        words = self.first_title.translate(_PLAIN).lower()
        slug = "-".join("".join(c if c.isalnum() else " " for c in words).split()[:8])
        return f"{self.feed.site}{self.section.translate(_PLAIN).lower()}/{slug}-{self.number}"

    @property
    def picture(self) -> str | None:
        """The picture's path below the media base, for an article that has one."""
        return f"/bilder/{self.number}.png" if self.credit else None


def render(feed: Feed, articles: Sequence[Article], media_base: str) -> tuple[bytes, str]:
    """The document and its content type; ``articles`` are in the document's order."""
    write = _WRITERS[feed.format]
    text, content_type = write(feed, articles, media_base)
    # As old systems do: what the encoding lacks becomes a character reference.
    return text.encode(feed.encoding, "xmlcharrefreplace"), content_type


def _rfc822(moment: datetime) -> str:
    return format_datetime(moment.astimezone(_LOCAL).replace(microsecond=0))


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _newest(articles: Sequence[Article]) -> datetime:
    return max(article.updated for article in articles)


def _body_html(article: Article) -> str:
    return "".join(f"<p>{escape(text, quote=False)}</p>" for text in (article.lead, *article.body))


def _figure(article: Article, media_base: str) -> str:
    if not article.picture:
        return ""
    return (
        f'<figure><img src="{media_base}{article.picture}" width="640" height="360" '
        f'alt="{escape(article.alt or "")}"><figcaption>{escape(article.alt or "")} '
        f"Foto: {escape(article.credit or '')}</figcaption></figure>"
    )


def _media(article: Article, media_base: str) -> str:
    if not article.picture:
        return ""
    return (
        f'<media:content url="{media_base}{article.picture}" type="image/png" medium="image" '
        f'width="640" height="360"><media:credit role="photographer">{escape(article.credit or "")}'
        f"</media:credit><media:description>{escape(article.alt or '')}</media:description>"
        "</media:content>"
    )


def _rss20(feed: Feed, articles: Sequence[Article], media_base: str) -> tuple[str, str]:
    items = []
    for article in articles:
        byline = f"<dc:creator>{escape(article.byline)}</dc:creator>" if article.byline else ""
        content = (
            f"<content:encoded><![CDATA[{_body_html(article)}]]></content:encoded>"
            if article.body
            else ""
        )
        comments = (
            f"<comments>{article.link}#kommentarer</comments>"
            f"<slash:comments>{article.counts['comments']}</slash:comments>"
            if "comments" in article.counts
            else ""
        )
        items.append(
            f"<item><title>{escape(article.title, quote=False)}</title>"
            f"<link>{article.link}</link>"
            f'<guid isPermaLink="false">{feed.publisher}:{article.number}</guid>'
            f"<pubDate>{_rfc822(article.published)}</pubDate>"
            f"<category>{escape(article.section)}</category>{byline}"
            f"<description>{escape(article.lead, quote=False)}</description>"
            f"{content}{comments}{_media(article, media_base)}</item>\n"
        )
    text = (
        f'<?xml version="1.0" encoding="{feed.encoding}"?>\n'
        '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:media="http://search.yahoo.com/mrss/" '
        'xmlns:slash="http://purl.org/rss/1.0/modules/slash/">\n'
        f"<channel><title>{escape(feed.title)}</title><link>{feed.site}</link>"
        f"<description>{escape(feed.title)}</description><language>{feed.language}</language>"
        f"<lastBuildDate>{_rfc822(_newest(articles))}</lastBuildDate><ttl>5</ttl>\n"
        f"{''.join(items)}</channel></rss>\n"
    )
    return text, f"application/rss+xml; charset={feed.encoding}"


def _rss20_sloppy(feed: Feed, articles: Sequence[Article], _: str) -> tuple[str, str]:
    """RSS with small faults that real feeds have: it is not well-formed, yet readable.

    A blank line stands before the declaration, ``&`` is bare in titles and addresses, an HTML
    entity is used without being declared, and a prefix is not bound to any namespace.
    """
    items = "".join(
        f"<item>\n<title>{article.title}</title>\n"
        f"<link>{article.link}?sida=1&ref=rss</link>\n"
        f"<guid>{article.link}</guid>\n<pubDate>{_rfc822(article.published)}</pubDate>\n"
        f"<category>{article.section}</category>\n"
        f"<description>{article.lead}&nbsp;</description>\n"
        f"<cms:redaktion>{article.byline or 'webb'}</cms:redaktion>\n</item>\n"
        for article in articles
    )
    text = (
        f'\n<?xml version="1.0" encoding="{feed.encoding}"?>\n<rss version="2.0">\n<channel>\n'
        f"<title>{feed.title}</title>\n<link>{feed.site}</link>\n"
        f"<description>{feed.title}</description>\n<language>{feed.language}</language>\n"
        f"{items}</channel>\n</rss>\n"
    )
    return text, "text/xml"


def _rss10(feed: Feed, articles: Sequence[Article], _: str) -> tuple[str, str]:
    listed = "".join(f'<rdf:li rdf:resource="{article.link}"/>' for article in articles)
    items = "".join(
        f'<item rdf:about="{article.link}"><title>{escape(article.title, quote=False)}</title>'
        f"<link>{article.link}</link><dc:date>{_iso(article.published)}</dc:date>"
        f"<dc:subject>{escape(article.section)}</dc:subject>"
        f"<dc:creator>{escape(article.byline or feed.name)}</dc:creator>"
        f"<description>{escape(article.lead, quote=False)}</description></item>\n"
        for article in articles
    )
    text = (
        f'<?xml version="1.0" encoding="{feed.encoding}"?>\n'
        '<rdf:RDF xmlns="http://purl.org/rss/1.0/" '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/">\n'
        f'<channel rdf:about="{feed.site}"><title>{escape(feed.title)}</title>'
        f"<link>{feed.site}</link><description>{escape(feed.title)}</description>"
        f"<dc:language>{feed.language}</dc:language>"
        f"<items><rdf:Seq>{listed}</rdf:Seq></items></channel>\n"
        f"{items}</rdf:RDF>\n"
    )
    return text, "application/rdf+xml"


def _atom10(feed: Feed, articles: Sequence[Article], media_base: str) -> tuple[str, str]:
    entries = []
    for article in articles:
        byline = f"<author><name>{escape(article.byline)}</name></author>" if article.byline else ""
        content = (
            f'<content type="html">{escape(_body_html(article))}</content>' if article.body else ""
        )
        replies = (
            f'<link rel="replies" type="text/html" href="{article.link}#kommentarer"/>'
            f"<thr:total>{article.counts['comments']}</thr:total>"
            if "comments" in article.counts
            else ""
        )
        entries.append(
            f"<entry><id>tag:{feed.publisher},2020:{article.number}</id>"
            f"<title>{escape(article.title, quote=False)}</title>"
            f'<link rel="alternate" type="text/html" href="{article.link}"/>'
            f"<published>{_iso(article.published)}</published>"
            f"<updated>{_iso(article.updated)}</updated>"
            f'<category term="{escape(article.section)}"/>{byline}'
            f"<summary>{escape(article.lead, quote=False)}</summary>"
            f"{content}{replies}{_media(article, media_base)}</entry>\n"
        )
    text = (
        f'<?xml version="1.0" encoding="{feed.encoding}"?>\n'
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{feed.language}" '
        'xmlns:thr="http://purl.org/syndication/thread/1.0" '
        'xmlns:media="http://search.yahoo.com/mrss/">\n'
        f"<id>tag:{feed.publisher},2020:{feed.key}</id><title>{escape(feed.title)}</title>"
        f'<link rel="alternate" type="text/html" href="{feed.site}"/>'
        f"<author><name>{escape(feed.name)}</name></author>"
        f"<updated>{_iso(_newest(articles))}</updated>\n"
        f"{''.join(entries)}</feed>\n"
    )
    return text, "application/atom+xml"


def _json11(feed: Feed, articles: Sequence[Article], media_base: str) -> tuple[str, str]:
    items = []
    for article in articles:
        item: dict[str, object] = {
            "id": str(article.number),
            "url": article.link,
            "title": article.title,
            "summary": article.lead,
            "content_html": _figure(article, media_base) + _body_html(article),
            "date_published": _iso(article.published),
            "tags": [article.section],
        }
        if article.updated != article.published:
            item["date_modified"] = _iso(article.updated)
        if article.byline:
            item["authors"] = [{"name": article.byline}]
        if article.picture:
            item["image"] = media_base + article.picture
            item["_media"] = {"credit": article.credit}
        if article.counts:
            item["_counts"] = dict(article.counts)
        items.append(item)
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.site,
        "language": feed.language,
        "items": items,
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n", "application/feed+json"


_Writer = Callable[[Feed, Sequence[Article], str], tuple[str, str]]
_WRITERS: Mapping[str, _Writer] = {
    "rss20": _rss20,
    "rss20-sloppy": _rss20_sloppy,
    "rss10": _rss10,
    "atom10": _atom10,
    "json11": _json11,
}
