"""Makers of items, places and lists of our own invention."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
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


@pytest.fixture(scope="session")
def check_atom() -> Callable[[bytes], None]:
    """Well-formed, and what RFC 4287 asks for, by a RELAX NG schema and the rules it cannot say."""
    from lxml import etree

    # The standard's own grammar, and the narrower one of what we mean to write.
    grammars = [
        etree.RelaxNG(etree.parse(Path(__file__).with_name(name)))
        for name in ("rfc4287.rng", "atom.rng")
    ]
    atom = "{http://www.w3.org/2005/Atom}"

    def check(body: bytes) -> None:
        root = etree.fromstring(body)
        for grammar in grammars:
            grammar.assertValid(root)
        ids = [one.text for one in root.iterfind(f"{atom}entry/{atom}id")]
        assert len(ids) == len(set(ids)), "an id stands twice"
        times = [one.text for one in root.iterfind(f"{atom}entry/{atom}updated")]
        assert len(times) == len(set(times)), "two entries were updated at one time"
        for one in (root, *root.iterfind(f"{atom}entry")):
            links = one.findall(f"{atom}link")
            assert sum(link.get("rel") == "alternate" for link in links) == 1
        assert sum(one.get("rel") == "self" for one in root.findall(f"{atom}link")) == 1

    return check


@pytest.fixture(scope="session")
def check_rss() -> Callable[[bytes], None]:
    """Well-formed, and the RSS 2.0 rules that validators check."""
    from email.utils import parsedate_to_datetime

    from lxml import etree

    once = {"title", "link", "guid", "pubDate", "description", "comments", "source", "enclosure"}

    def check(body: bytes) -> None:
        root = etree.fromstring(body)
        (channel,) = root
        assert (root.tag, root.get("version"), channel.tag) == ("rss", "2.0", "channel")
        for name in ("title", "link", "description"):
            assert channel.findtext(name), name
        assert int(channel.findtext("ttl", "")) >= 1
        guids = []
        for item in channel.iterfind("item"):
            names = [child.tag for child in item]
            for name in once:
                assert names.count(name) <= 1, name
            assert item.findtext("title") or item.findtext("description")
            guid = item.find("guid")
            assert guid is not None
            assert guid.get("isPermaLink") == "false"
            guids.append(guid.text)
            parsedate_to_datetime(item.findtext("pubDate", ""))
            for enclosure in item.iterfind("enclosure"):
                assert set(enclosure.attrib) == {"url", "length", "type"}
                assert int(enclosure.get("length", "")) >= 0
        assert len(guids) == len(set(guids)), "a guid stands twice"

    return check


@pytest.fixture(scope="session")
def check_json() -> Callable[[bytes], dict[str, Any]]:
    """JSON Feed 1.1 by a JSON Schema, with no member that it does not know; gives the document."""
    import json

    import jsonschema_rs

    schema = json.loads(Path(__file__).with_name("jsonfeed.schema.json").read_text())
    validator = jsonschema_rs.validator_for(schema)

    def check(body: bytes) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(body.decode("utf-8", "strict"))
        validator.validate(document)
        ids = [item["id"] for item in document["items"]]
        assert len(ids) == len(set(ids))
        return document

    return check
