"""Half characters (lone surrogates), which cutting a text amid an emoji leaves behind."""

from __future__ import annotations

from feedhub.model import Document
from feedhub.parse import parse_document


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
