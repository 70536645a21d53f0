"""Every format ends in the same kind of entry."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from feedhub.errors import NotAFeed, ParseError
from feedhub.model import Enclosure, Entry, Image, PaceHints, ParsedFeed

Parse = Callable[..., ParsedFeed]
Item = Callable[..., Entry]

RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:media="http://search.yahoo.com/mrss/"
 xmlns:slash="http://purl.org/rss/1.0/modules/slash/"
 xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">
<channel><title>Bladet &amp; annat</title><link>https://blad.example/</link>
<description>Nyheter</description><language>sv-SE</language><ttl>15</ttl>
<skipHours><hour>0</hour><hour>24</hour><hour>3</hour></skipHours><skipDays><day>Sunday</day></skipDays>
<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>
<atom:link rel="self" href="https://blad.example/rss" type="application/rss+xml"/>
<atom:link rel="hub" href="https://hubb.example/"/>
<image><url>https://blad.example/logga.png</url><title>Bladet</title>
<link>https://blad.example/</link></image>
<item><title>Bron öppnar</title><link>https://blad.example/bron?utm_source=rss</link>
<guid isPermaLink="false">bron-1</guid><pubDate>Fri, 03 May 2024 14:00:00 +0200</pubDate>
<dc:creator>Eva Ek</dc:creator><category>Inrikes</category><category domain="x">Broar</category>
<description>Efter tre år.</description>
<content:encoded>
<![CDATA[<p>Efter <b>tre</b> år öppnar <a href="/bron">bron</a>.</p>]]></content:encoded>
<comments>https://blad.example/bron#kommentarer</comments><slash:comments>42</slash:comments>
<enclosure url="https://blad.example/bron.mp3" type="audio/mpeg" length="1234"/>
<media:content url="https://blad.example/liten.jpg" medium="image" width="300" height="200"/>
<media:content url="https://blad.example/stor.jpg" medium="image" width="1200" height="800">
<media:credit role="photographer">Jesper Olsson</media:credit></media:content>
</item></channel></rss>"""

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xmlns:thr="http://purl.org/syndication/thread/1.0"
 xml:lang="sv"><title>Bladet &amp; annat</title><link href="https://blad.example/"/>
<link rel="self" href="https://blad.example/rss"/><link rel="hub" href="https://hubb.example/"/>
<id>tag:blad.example,2024:1</id><updated>2024-05-03T12:00:00Z</updated>
<entry><title type="html">Bron &lt;i&gt;öppnar&lt;/i&gt;</title><id>bron-1</id>
<link href="https://blad.example/bron?utm_source=rss"/>
<link rel="enclosure" href="https://blad.example/bron.mp3" type="audio/mpeg" length="1234"/>
<link rel="replies" href="https://blad.example/bron#kommentarer" thr:count="42"/>
<published>2024-05-03T12:00:00Z</published><updated>2024-05-04T12:00:00Z</updated>
<author><name>Eva Ek</name><email>ek@blad.example</email></author>
<category term="inrikes" label="Inrikes"/><category term="Broar"/>
<summary>Efter tre år.</summary>
<content type="html">
&lt;p&gt;Efter &lt;b&gt;tre&lt;/b&gt; år öppnar &lt;a href="/bron"&gt;bron&lt;/a&gt;.&lt;/p&gt;
</content>
</entry></feed>"""

JSON = """{"version": "https://jsonfeed.org/version/1.1", "title": "Bladet & annat",
"home_page_url": "https://blad.example/", "feed_url": "https://blad.example/rss", "language": "sv",
"hubs": [{"type": "WebSub", "url": "https://hubb.example/"}],
"icon": "https://blad.example/logga.png",
"items": [{"id": "bron-1", "url": "https://blad.example/bron?utm_source=rss",
"title": "Bron öppnar",
"content_html": "<p>Efter <b>tre</b> år öppnar <a href='/bron'>bron</a>.</p>",
"summary": "Efter tre år.",
"date_published": "2024-05-03T14:00:00+02:00", "date_modified": "2024-05-04T12:00:00Z",
"authors": [{"name": "Eva Ek"}], "tags": ["Inrikes", "Broar"],
"image": "https://blad.example/stor.jpg",
"attachments": [{"url": "https://blad.example/bron.mp3", "mime_type": "audio/mpeg",
"size_in_bytes": 1234}],
"_blad": {"comments": 42, "shares": 782, "comments_url": "https://blad.example/bron#kommentarer"}}]}"""

RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://blad.example/rss">
<title>Bladet &amp; annat</title><link>https://blad.example/</link><dc:language>sv</dc:language>
<items><rdf:Seq><rdf:li rdf:resource="bron-1"/></rdf:Seq></items></channel>
<item rdf:about="bron-1"><title>Bron öppnar</title><link>https://blad.example/bron?utm_source=rss</link>
<description>Efter tre år.</description><dc:date>2024-05-03T14:00:00+02:00</dc:date>
<dc:creator>Eva Ek</dc:creator><dc:subject>Inrikes</dc:subject><dc:subject>Broar</dc:subject></item>
</rdf:RDF>"""


@pytest.mark.parametrize(
    ("body", "form"),
    [(RSS, "rss20"), (ATOM, "atom10"), (JSON, "json11"), (RDF, "rss10")],
    ids=["rss", "atom", "json", "rdf"],
)
def test_the_same_article_in_each_format(parse: Parse, body: str, form: str) -> None:
    feed = parse(body)
    assert feed.format == form
    assert feed.title == "Bladet & annat"
    assert feed.site_link == "https://blad.example/"
    assert (feed.language or "")[:2] == "sv"
    (entry,) = feed.entries
    assert entry.title == "Bron öppnar"
    assert entry.guid == "bron-1"
    assert entry.link == "https://blad.example/bron?utm_source=rss"
    assert entry.canonical == "https://blad.example/bron"
    assert entry.published == datetime(2024, 5, 3, 12, tzinfo=UTC)
    assert entry.authors == ("Eva Ek",)
    assert entry.categories == ("Inrikes", "Broar")
    assert entry.summary == "Efter tre år."
    assert (entry.language or "")[:2] == "sv"
    if form != "rss10":
        assert entry.content_html == (
            '<p>Efter <b>tre</b> år öppnar <a href="https://blad.example/bron" '
            'rel="noopener noreferrer">bron</a>.</p>'
        )
        assert entry.enclosures == (Enclosure("https://blad.example/bron.mp3", "audio/mpeg", 1234),)
        assert entry.counts["comments"] == 42
        assert entry.comments_url == "https://blad.example/bron#kommentarer"
        assert feed.self_link == "https://blad.example/rss"
        assert feed.hub_links == ("https://hubb.example/",)


def test_what_only_some_formats_can_say(parse: Parse) -> None:
    feed = parse(RSS)
    assert feed.icon == "https://blad.example/logga.png"
    assert feed.hints == PaceHints(
        ttl=timedelta(minutes=15),
        skip_hours=frozenset({0, 3}),
        skip_days=frozenset({6}),
        update_period=timedelta(minutes=15),
    )
    assert feed.entries[0].image == Image(
        "https://blad.example/stor.jpg", 1200, 800, None, "Jesper Olsson"
    )
    assert parse(ATOM).entries[0].updated == datetime(2024, 5, 4, 12, tzinfo=UTC)
    assert parse(JSON).entries[0].counts == {"comments": 42, "shares": 782}


@pytest.mark.parametrize(
    ("version", "form"),
    [("0.91", "rss091u"), ("0.92", "rss092"), ("0.93", "rss093"), ("2.0", "rss20"), ("", "rss")],
)
def test_versions_of_rss(parse: Parse, version: str, form: str) -> None:
    feed = parse(
        f'<rss version="{version}"><channel><title>T</title>'
        "<item><title>A</title><link>https://blad.example/a</link></item></channel></rss>"
    )
    assert feed.format == form
    assert feed.entries[0].title == "A"


def test_rss_090_and_atom_03(parse: Parse) -> None:
    old = parse(
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns="http://my.netscape.com/rdf/simple/0.9/"><channel><title>T</title></channel>'
        "<item><title>A</title><link>https://blad.example/a</link></item></rdf:RDF>"
    )
    assert (old.format, old.entries[0].title) == ("rss090", "A")
    atom = parse(
        '<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>T</title><entry><title>A</title>'
        '<link rel="alternate" type="text/html" href="https://blad.example/a"/>'
        "<issued>2004-05-03T12:00:00Z</issued></entry></feed>"
    )
    assert (atom.format, atom.entries[0].link) == ("atom03", "https://blad.example/a")
    assert atom.entries[0].published == datetime(2004, 5, 3, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "item",
    [
        '{"id": 7, "content_text": "Text"}',
        '{"id": 7.0, "content_text": "Text", "date_published": 12, "tags": "x", "authors": 7}',
        '{"id": "7", "content_text": "Text", "attachments": [1, null, {}], "image": null}',
        '{"id": "7", "content_text": "Text", "_x": {"shares": true, "score": "12", "views": 1.5}}',
    ],
)
def test_json_feeds_with_the_wrong_types(parse: Parse, item: str) -> None:
    feed = parse('{"version": "https://jsonfeed.org/version/1", "items": [' + item + ", 1, null]}")
    assert feed.format == "json10"
    assert feed.entries[0].guid == "7"
    assert feed.entries[0].summary == "Text"
    assert feed.entries[0].counts == {}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "empty"),
        ("   \n", "empty"),
        ("hej", "neither XML nor JSON"),
        ('{"a": 1}', "no JSON Feed"),
        ("[1, 2]", "no JSON Feed"),
        ('{"version": "https://jsonfeed.org/version/1", "items": [', "broken JSON"),
        ("[" * 100_000, "broken JSON"),
        ("<opml version='2.0'><body/></opml>", "OPML list of feeds"),
        ("<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'/>", "root is <urlset>"),
        ("<!DOCTYPE html><html><head><title>Start</title></head></html>", 'titled "Start"'),
        ("\x89PNG\r\n\x1a\n\x00\x00\x00", "neither"),
    ],
)
def test_what_is_no_feed_is_refused_by_name(parse: Parse, body: str, reason: str) -> None:
    with pytest.raises(ParseError, match=reason):
        parse(body)


def test_a_page_gives_the_feeds_it_names(parse: Parse) -> None:
    page = """<!doctype html><html><head><base href="https://blad.example/start/"><title>B</title>
    <link rel="alternate" type="application/rss+xml" href="rss.xml" title="RSS">
    <link rel='alternate' type='application/atom+xml' href='/atom'>
    <link href="https://annat.example/feed.json" type="application/feed+json" rel="alternate">
    <link rel="alternate" hreflang="en" href="/en"><link rel="stylesheet" href="/x.css">
    <link rel="alternate" type="application/json" href="/wp-json/wp/v2/posts/1">
    <link rel="alternate" type="application/rss+xml" href="javascript:alert(1)">
    </head><body><p>&lt;rss version="2.0"&gt;</p></body></html>"""
    with pytest.raises(NotAFeed) as refused:
        parse(page)
    assert refused.value.feeds == (
        "https://blad.example/start/rss.xml",
        "https://blad.example/atom",
        "https://annat.example/feed.json",
    )
    assert "3 feeds" in refused.value.reason


def test_relative_addresses(parse: Parse) -> None:
    atom = (
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://blad.example/b/"><title>T</title>'
        '<link href="/start"/><entry xml:base="2024/"><title>A</title><id>1</id>'
        '<link href="a.html"/>'
        '<content type="html" xml:base="bilder/">&lt;img src="x.jpg"&gt;</content></entry></feed>'
    )
    (entry,) = parse(atom).entries
    assert entry.link == "https://blad.example/b/2024/a.html"
    assert 'src="https://blad.example/b/2024/bilder/x.jpg"' in entry.content_html
    rss = (
        '<rss version="2.0"><channel><title>T</title><link>https://sajt.example/nytt/</link><item>'
        "<title>A</title><link>a.html</link><description>&lt;img src='/x.jpg'&gt; och "
        "&lt;a href='#not'&gt;not&lt;/a&gt;</description></item></channel></rss>"
    )
    (entry,) = parse(rss, url="https://proxy.example/feed").entries
    assert entry.link == "https://sajt.example/nytt/a.html"
    assert 'src="https://sajt.example/x.jpg"' in entry.content_html
    assert 'href="https://sajt.example/nytt/a.html#not"' in entry.content_html
    assert entry.image == Image("https://sajt.example/x.jpg")


def test_a_guid_is_a_link_only_where_it_is_one(item: Item) -> None:
    assert (
        item("<title>A</title><guid>https://blad.example/a</guid>").link == "https://blad.example/a"
    )
    assert item("<title>A</title><guid>nr-7</guid>").link is None
    entry = item('<title>A</title><guid isPermaLink="false">https://blad.example/a</guid>')
    assert entry.link is None
    assert entry.guid == "https://blad.example/a"
    both = item(
        "<title>A</title><guid>https://x.example/1</guid><link>https://blad.example/a</link>"
    )
    assert both.link == "https://blad.example/a"


def test_the_proxys_link_is_for_readers_and_the_original_is_the_identity(item: Item) -> None:
    entry = item(
        "<title>A</title><link>https://feeds.example/~r/blad/~3/x/</link>"
        "<feedburner:origLink>https://blad.example/a?utm_medium=rss</feedburner:origLink>"
    )
    assert entry.link == "https://feeds.example/~r/blad/~3/x/"
    assert entry.canonical == "https://blad.example/a"


def test_the_original_publisher(item: Item) -> None:
    entry = item(
        "<title>A</title><link>https://saml.example/1</link>"
        '<source url="https://blad.example/rss">Bladet</source>'
    )
    assert (entry.origin_name, entry.origin_url) == ("Bladet", "https://blad.example/rss")


def test_json_feeds_as_they_are_written(parse: Parse) -> None:
    feed = parse(
        '{"version": "https://jsonfeed.org/version/1.1/", "items": [{"id": "https://b.example/1",'
        ' "title": "A", "authors": ["Eva Ek", {"name": "Bo By"}, 7], "tags": "inrikes, sport",'
        ' "date_published": 1714737600, "date_modified": 1714737600000}, {"id": "7", "title": "B"},'
        ' {"id": "https://b.example/2", "title": "C", "external_url": "https://c.example/"}]}',
        received_at=datetime(2024, 5, 4, tzinfo=UTC),
    )
    assert feed.format == "json11"
    first, second, third = feed.entries
    assert (first.link, second.link, third.link) == (
        "https://b.example/1", None, "https://c.example/",
    )  # fmt: skip
    assert first.authors == ("Eva Ek", "Bo By")
    assert first.categories == ("inrikes", "sport")
    assert first.published == first.updated == datetime(2024, 5, 3, 12, tzinfo=UTC)
