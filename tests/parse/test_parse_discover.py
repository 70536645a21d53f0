"""The feeds that a web page names, as pages out there name them."""

import time

import pytest

from feedhub.parse.discover import feeds_in

AT = "https://a.example/blogg/index.html"
RSS = "type='application/rss+xml'"


@pytest.mark.parametrize(
    ("page", "found"),
    [
        (f'<link rel="alternate" {RSS} href="rss.xml">', ["https://a.example/blogg/rss.xml"]),
        (f"<link rel=alternate {RSS} href=/rss>", ["https://a.example/rss"]),
        (f"<LINK REL=ALTERNATE {RSS} HREF='//b.example/f'/>", ["https://b.example/f"]),
        (f"<link\n rel = 'alternate home'\n {RSS}\n href = 'x'\n>", ["https://a.example/blogg/x"]),
        (f"<link href=/f title='A > B' {RSS} rel=alternate>", ["https://a.example/f"]),
        (f"<link rel=alternate {RSS} href='/f?a=1&amp;b=2'>", ["https://a.example/f?a=1&b=2"]),
        ("<link rel=feed href=/f.json>", ["https://a.example/f.json"]),
        (
            "<link rel=alternate type='application/feed+json; charset=utf-8' href=/f>",
            ["https://a.example/f"],
        ),
        # several, in the page's order, each once
        (
            f"<link rel=alternate {RSS} href=/2><link rel=alternate {RSS} href=/1>"
            f"<link rel=alternate {RSS} href=/2>",
            ["https://a.example/2", "https://a.example/1"],
        ),
        # a base of the page's own, quoted or not, even after an anchor's
        (f"<base href='/sv/'><link rel=alternate {RSS} href=f>", ["https://a.example/sv/f"]),
        (f"<base href=/sv/><link rel=alternate {RSS} href=f>", ["https://a.example/sv/f"]),
        (
            f"<base target=a><base href='https://c.example/x/'><link rel=alternate {RSS} href=f>",
            ["https://c.example/x/f"],
        ),
        # feeds of comments last, however they are called
        (
            f"<link rel=alternate {RSS} href=/comments/feed/><link rel=alternate {RSS} href=/1>"
            f"<link rel=alternate {RSS} title='Bladet &raquo; Kommentarer' href=/2>"
            f"<link rel=alternate {RSS} title='Commentary' href=/3>",
            [f"https://a.example{path}" for path in ("/1", "/3", "/comments/feed/", "/2")],
        ),
        # a relative address that looks like the scheme below
        (f"<link rel=alternate {RSS} href=feed>", ["https://a.example/blogg/feed"]),
        # for readers of another day
        (f"<link rel=alternate {RSS} href='feed://b.example/f'>", ["http://b.example/f"]),
        (f"<link rel=alternate {RSS} href=feed:https://b.example/f>", ["https://b.example/f"]),
        # in scripts and the like a link is a text
        (
            f"<script>'<link rel=alternate {RSS} href=/1>'</SCRIPT><template><link rel=alternate"
            f" {RSS} href=/2></template><noscript><link rel=alternate {RSS} href=/3></noscript>",
            ["https://a.example/3"],
        ),
        (f"<script><style></script><link rel=alternate {RSS} href=/4>", ["https://a.example/4"]),
        (f"<style>a<link rel=alternate {RSS} href=/5>", []),
        # what is none
        (f"<!-- <link rel=alternate {RSS} href=/old> -->", []),
        ("<link rel=stylesheet href=/x.css><link rel=alternate hreflang=en href=/en>", []),
        ("<link rel=alternate type=application/json href=/wp-json/wp/v2/pages/1>", []),
        ("<link rel=alternate type=application/json+oembed href=/oembed?x>", []),
        (f"<link rel=alternate {RSS} href='javascript:x'>", []),
        (f"<link rel=alternate {RSS} href='data:text/xml,x'>", []),
        (f"<link rel=alternate {RSS}", []),
        ("", []),
    ],
)
def test_links(page, found):
    assert list(feeds_in(page, AT)) == found


@pytest.mark.parametrize(
    "page",
    [
        "<link " * 60_000,
        '<link "' * 50_000,
        "<!--" * 100_000,
        "<script>" * 50_000,
        "<script></style>" * 25_000,
        "<style></style " * 25_000,
        "<base " * 60_000,
        '<link a="b" ' * 40_000,
        "<link rel=alternate" + '"' * 390_000,
        "<link" + " " * 390_000,
    ],
)
def test_no_page_can_keep_the_processor(page):
    used = time.process_time()
    assert feeds_in(page, AT) == ()
    assert time.process_time() - used < 3
