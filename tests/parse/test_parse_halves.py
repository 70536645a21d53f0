"""Half characters (lone surrogates), which cutting a text amid an emoji leaves behind."""

from __future__ import annotations

import pytest

from feedhub.model import Document, ParseRules
from feedhub.parse import parse_document

PAIR = "&#55357;&#56832;"
HALF = "&#xD83D;"


def test_json_feeds_keep_their_entries():
    body = (
        rb'{"version":"https://jsonfeed.org/version/1.1","title":"T \ud83d","items":['
        rb'{"id":"1\ud83d","url":"https://a.example/1","title":"klippt \ud83d","content_text":"x"},'
        rb'{"id":"2","url":"https://a.example/2","title":"hel \ud83d\ude00","content_text":"x"}]}'
    )
    feed = parse_document(
        Document(body=body, url="https://a.example/f", content_type="application/json")
    )
    assert [entry.title for entry in feed.entries] == ["klippt \ufffd", "hel \U0001f600"]
    for entry in feed.entries:
        repr(entry).encode()


def test_xml_references_to_them_cost_nothing_else():
    body = (
        b'<?xml version="1.0"?><rss version="2.0"><channel><title>T &#xD800; x</title>'
        b"<item><guid>a&#xDFFF;</guid><title>Hej &#55357; d\xc3\xa5</title></item></channel></rss>"
    )
    feed = parse_document(Document(body=body, url="https://a.example/f"))
    (entry,) = feed.entries
    assert entry.title == "Hej då"
    assert entry.guid == "a"
    repr(feed).encode()


@pytest.mark.parametrize("pair", [PAIR, PAIR.replace("&", "&amp;"), "&#xd83d;&#xDE00;"])
@pytest.mark.parametrize("ill", ["", "<b>"])
def test_emoji_that_html_refers_to_by_halves_are_whole(pair: str, ill: str) -> None:
    body = (
        f'<rss version="2.0"><channel><title>T</title><item><title>a {pair}</title>'
        f"<description>b {pair}{ill}</description></item><item><title>c</title>"
        f"<description><![CDATA[<p>d {pair}</p>]]></description></item></channel></rss>"
    )
    for fast in (True, False):
        feed = parse_document(Document(body.encode(), "https://a.example/f"), ParseRules(fast=fast))
        assert [entry.title for entry in feed.entries] == ["a \U0001f600", "c"]
        assert [entry.summary for entry in feed.entries] == ["b \U0001f600", "d \U0001f600"]
        assert "references to halves of characters" in feed.repairs


@pytest.mark.parametrize("half", [HALF, PAIR[8:], HALF * 2, "&#0;"])
def test_a_half_in_a_document_that_is_not_well_formed_costs_nothing_else(half: str) -> None:
    body = (
        f'<rss version="2.0"><channel><title>T</title><item><title>a{half}</title>'
        f"<description><b>c{half}</description></item></channel></rss>"
    )
    (entry,) = parse_document(Document(body.encode(), "https://a.example/f")).entries
    assert (entry.title, entry.summary) == ("a", "c")
