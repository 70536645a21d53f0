"""Helpers for the parse tests: documents from a few lines, vectors, corpora that may be absent."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from feedhub.model import Document, Entry, ParsedFeed, ParseRules
from feedhub.parse import parse_document

URL = "https://blad.example/rss"


@pytest.fixture
def parse() -> Callable[..., ParsedFeed]:
    """Parse text or bytes as if fetched from a paper's feed address."""

    def run(body: str | bytes, rules: ParseRules | None = None, **fields: object) -> ParsedFeed:
        data = body.encode() if isinstance(body, str) else body
        values: dict[str, object] = {"url": URL, **fields}
        return parse_document(Document(data, **values), rules)  # type: ignore[arg-type]

    return run


@pytest.fixture
def item(parse: Callable[..., ParsedFeed]) -> Callable[..., Entry]:
    """The one entry of an RSS feed made of the inside of its item."""

    def run(inside: str, rules: ParseRules | None = None, **fields: object) -> Entry:
        feed = parse(rss(f"<item>{inside}</item>"), rules, **fields)
        assert len(feed.entries) == 1, feed.refused
        return feed.entries[0]

    return run


@pytest.fixture
def rss_of() -> Callable[[str], str]:
    return rss


def rss(inside: str) -> str:
    return (
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/"'
        ' xmlns:slash="http://purl.org/rss/1.0/modules/slash/"'
        ' xmlns:thr="http://purl.org/syndication/thread/1.0"'
        ' xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
        ' xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"'
        ' xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"'
        ' xmlns:atom="http://www.w3.org/2005/Atom">'
        "<channel><title>Bladet</title><link>https://blad.example/</link>"
        f"<description>Nyheter</description>{inside}</channel></rss>"
    )


@pytest.fixture(scope="session")
def vectors() -> list[str]:
    lines = (Path(__file__).parent / "data" / "xss_vectors.txt").read_text("utf-8").split("\n")
    return [line for line in lines if line and not line.startswith("# ")]


@pytest.fixture(scope="session")
def corpora() -> Path:
    """The parsing corpora, where the environment names them."""
    place = os.environ.get("FEEDHUB_DATA")
    if not place or not (Path(place) / "feeds").is_dir():
        pytest.skip("FEEDHUB_DATA does not name a folder with the parsing corpora")
    return Path(place)
