"""Makers of items, places and lists of our own invention."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from feedhub.model import (
    Enclosure,
    FetchState,
    Hub,
    Image,
    Item,
    Listing,
    ListSpec,
    Number,
    Outcome,
    OutcomeKind,
    Placed,
    Ranked,
    Reason,
    Source,
    SourceStatus,
    StoredSource,
)
from feedhub.publish import PublishContext

NOW = datetime(2026, 11, 24, 8, 15, tzinfo=UTC)


@dataclass(frozen=True)
class Make:
    """Everything a publishing test needs, with one sensible default each."""

    now: datetime = NOW

    def item(self, number: int = 1, **changes: Any) -> Item:
        values: dict[str, Any] = {
            "id": number,
            "source_id": 1,
            "source_name": "Sundets Tidning",
            "source_url": "https://sundet.example/rss.xml",
            "publisher": "sundet.example",
            "content_rights": "excerpt",
            "title": f"Hamnen byggs ut, del {number}",
            "link": f"https://sundet.example/artikel/{number}",
            "authors": ("Maja Lind",),
            "summary": "Kommunen säger ja till en ny pir.",
            "content_html": "<p>Kommunen säger <b>ja</b> till en ny pir.</p>",
            "image": Image("https://sundet.example/b.jpg", 640, 360, "Piren", "Foto: Åke Berg"),
            "enclosures": (Enclosure("https://sundet.example/l.mp3", "audio/mpeg", 1234),),
            "categories": ("hamnar",),
            "section": "inrikes",
            "published": NOW - timedelta(minutes=10 * number),
            "effective": NOW - timedelta(minutes=10 * number),
            "first_seen": NOW,
            "updated": NOW - timedelta(minutes=10 * number),
            "language": "sv",
            "comments_url": f"https://sundet.example/artikel/{number}#kommentarer",
            "counts": {"comments": 7},
            "story_id": number,
        }
        return Item(**values | changes)

    def placed(self, item: Item, position: int = 1, *also: Item, **changes: Any) -> Placed:
        values: dict[str, Any] = {
            "position": position,
            "item_id": item.id,
            "story_id": item.story_id or item.id,
            "score": 1.0,
            "number": Number(1 + len(also), "voices"),
            "reasons": (
                Reason("voices", 2.0, f"{1 + len(also)} oberoende källor"),
                Reason("age", -0.25, "10 minuter gammal"),
            ),
            "voices": 1 + len(also),
            "also": tuple(one.id for one in also),
        }
        return Placed(Ranked(**values | changes), item, also)

    def listing(self, *places: Placed, popular: bool = False, **spec: Any) -> Listing:
        slug, title = ("popular", "Populärt just nu") if popular else ("senaste", "Senaste nytt")
        values = {"slug": slug, "title": title, "order": "popular" if popular else "latest"}
        return Listing(ListSpec(**values | spec), NOW, NOW, places)

    def pair(self) -> tuple[Listing, Listing]:
        """Both lists over the same four items; the first story has two voices."""
        items = [self.item(number) for number in range(1, 5)]
        second = self.item(9, story_id=1, source_name="Kustposten", publisher="kust.example")
        return (
            self.listing(*(self.placed(one, n) for n, one in enumerate(items, 1))),
            self.listing(
                self.placed(items[0], 1, second),
                *(self.placed(one, n) for n, one in enumerate(items[1:], 2)),
                popular=True,
            ),
        )

    def source(self, number: int = 1, **changes: Any) -> Source:
        url = f"https://kalla{number}.example/rss.xml"
        return Source(**{"key": url, "url": url, "name": f"Källa {number}"} | changes)

    def status(
        self, number: int = 1, outcome: Outcome | None = None, **changes: Any
    ) -> SourceStatus:
        state = FetchState(next_due=NOW, due_reason="källans egen takt")
        stored = StoredSource(number, self.source(number, **changes), state)
        return SourceStatus(stored, outcome, 12, NOW)

    def ok(self) -> Outcome:
        return Outcome(OutcomeKind.OK)

    def ctx(self, static: bool = False, **hub: Any) -> PublishContext:
        lists = tuple(one.spec for one in self.pair())
        values = {"title": "Kustnytt", "base_url": "http://hub.example"} | hub
        return PublishContext(Hub(**values), "hub.example,2026:prov", "0.1.0", lists, static=static)


@pytest.fixture
def make() -> Make:
    return Make()


@pytest.fixture
def parse_feed() -> Callable[[bytes], Any]:
    """feedparser, as strict as it gets: a document that is not well-formed fails."""
    import feedparser

    def parse(body: bytes) -> Any:
        parsed = feedparser.parse(body, sanitize_html=False, resolve_relative_uris=False)
        assert not parsed.bozo, parsed.get("bozo_exception")
        return parsed

    return parse
