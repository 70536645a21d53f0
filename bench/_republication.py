"""Whether an article that comes back changed stays one item: guids, links, domains, headlines.

Every feed of the corpora is read through the parser, the identity and the store, then read
again with its ids changed as publishers change them. What is minted the second time was
published twice; an entry that then leads to another item than before was joined wrongly.
"""

from __future__ import annotations

import asyncio
import csv
import gzip
import sys
import tarfile
import tempfile
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from sqlite3 import connect
from xml.sax.saxutils import escape

from _id_changes import CHANGES, ITEM, article_hosts
from feedhub.dedupe import ARTICLES, candidates
from feedhub.dedupe.identity import title_likeness
from feedhub.errors import FeedhubError
from feedhub.model import (
    CommitReport,
    Document,
    Entry,
    FetchCommit,
    Fetched,
    FetchState,
    Outcome,
    OutcomeKind,
    ParsedFeed,
    Source,
    StoredSource,
)
from feedhub.parse import parse_document
from feedhub.store import SqliteStore

HOUR = timedelta(hours=1)
LIKE = 0.5  # headlines with fewer words in common, under two links, are two articles'
NOW = datetime(2026, 11, 1, tzinfo=UTC)


# --- one hub, read by hand --------------------------------------------------------------


@dataclass
class Hub:
    """A store with sources, to which documents are given as if they had been fetched."""

    store: SqliteStore
    path: Path
    sources: dict[str, StoredSource] = field(default_factory=dict)

    async def add(self, keys: Sequence[str]) -> None:
        made = [Source(key, f"https://feeds.example/{n}") for n, key in enumerate(keys)]
        await self.store.sync_sources(made, lambda s: (s.key, "example"))
        leased = await self.store.lease_due(
            NOW - 9000 * HOUR, "bench", length=HOUR, limit=len(made) + 1, everything=True
        )
        self.sources = {one.source.key: one for one in leased}

    async def read(
        self, key: str, body: bytes, now: datetime, url: str | None = None
    ) -> tuple[CommitReport, ParsedFeed]:
        stored = self.sources[key]
        known = await self.store.hashes(stored.id)
        document = Document(body, url or stored.source.url, received_at=now, known=known)
        parsed = parse_document(document)
        return await self.commit(key, parsed, now), parsed

    async def commit(self, key: str, parsed: ParsedFeed, now: datetime) -> CommitReport:
        stored = await self._stored(key)
        commit = FetchCommit(
            source_id=stored.id,
            fetched=Fetched(Outcome(OutcomeKind.OK, status=200), stored.source.url, now),
            state=FetchState(imported_at=NOW - HOUR, last_ok_at=now, next_due=now + HOUR),
            publisher="example",
            candidates=candidates(parsed, stored, now),
            known=parsed.known,
            complete=True,
            parsed=parsed,
        )
        return await self.store.commit_fetch(commit, now, ARTICLES)

    async def _stored(self, key: str) -> StoredSource:
        return await self.store.stored(self.sources[key].id) or self.sources[key]

    def places(self, key: str, parsed: ParsedFeed) -> dict[int, int]:
        """Position in the document -> item, of what the source carries now."""
        with closing(connect(f"file:{self.path}?mode=ro", uri=True)) as conn:
            items: dict[bytes, int] = dict(
                conn.execute(
                    "SELECT entry_hash, item_id FROM sightings"
                    " WHERE source_id = ? AND gone_at IS NULL",
                    (self.sources[key].id,),
                )
            )
        entries = (*parsed.entries, *parsed.known)
        return {one.position: items[one.hash] for one in entries if one.hash in items}


@asynccontextmanager
async def hub(keys: Sequence[str]) -> AsyncIterator[Hub]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "hub.db"
        store = SqliteStore(path)
        await store.open()
        try:
            made = Hub(store, path)
            await made.add(keys)
            yield made
        finally:
            await store.close()


# --- ids changed ------------------------------------------------------------------------

CORPORA = (("feeds_nordic", "nordic.tar.xz"), ("feeds", "real.tar.xz"))


def documents(data: Path) -> Iterator[tuple[str, bytes]]:
    for folder, name in CORPORA:
        with tarfile.open(data / folder / name) as archive:
            for member in archive:
                file = archive.extractfile(member) if member.isfile() else None
                if file is not None:
                    yield member.name, file.read()


@dataclass
class Changed:
    """What a change of ids did to the items of one or more feeds."""

    entries: int = 0
    minted: int = 0  # items published again
    swapped: int = 0  # entries that lead to another item than before
    told: list[str] = field(default_factory=list)

    def add(self, name: str, before: dict[int, int], after: dict[int, int], new: int) -> None:
        elsewhere = sum(before.get(place, item) != item for place, item in after.items())
        self.entries += len(before)
        self.minted += new
        self.swapped += max(0, elsewhere - new)
        if new or elsewhere:
            self.told.append(f"{name}: {new} minted, {elsewhere} elsewhere")


async def changed(docs: Sequence[tuple[str, bytes]], name: str, *, news: bool = False) -> Changed:
    """Each feed in a hub of its own: read, changed, read again.

    With ``news``, a third of the entries was not there the first time; those may be new, and
    nothing else may.
    """
    made = Changed()
    for key, body in docs:
        text = body.decode("latin-1")
        before_text = _without_third(text) if news else text
        async with hub([key]) as one:
            try:
                _, parsed = await one.read(key, before_text.encode("latin-1"), NOW)
                items = one.places(key, parsed)
                whole = parse_document(Document(body, "https://feeds.example/0", received_at=NOW))
                after = CHANGES[name](text, article_hosts(whole)).encode("latin-1")
                report, then = await one.read(key, after, NOW + HOUR)
            except FeedhubError:
                continue
            if not news:
                made.add(key, items, one.places(key, then), report.new)
                continue
            more = len(whole.entries) - parsed.found
            made.entries += len(items)
            made.minted += max(0, report.new - more)
            if report.new > more:
                made.told.append(f"{key}: {report.new} minted, {more} were news")
    return made


def _without_third(text: str) -> str:
    for match in reversed(list(ITEM.finditer(text))[::3]):
        text = text[: match.start()] + text[match.end() :]
    return text


# --- repeated polls ---------------------------------------------------------------------


@dataclass
class Polled:
    """What repeated readings of feeds made of their articles."""

    entries: int = 0
    duplicates: int = 0  # further items of one link
    joined: int = 0  # further links of one item, under unlike headlines
    repeated: int = 0  # items that a second reading of the same bytes minted or changed
    of_link: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    of_item: dict[int, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    told: list[str] = field(default_factory=list)

    def note(self, name: str, entries: Sequence[Entry], places: Mapping[int, int]) -> None:
        for entry in entries:
            item = places.get(entry.position)
            link = entry.link or entry.title
            self.entries += 1
            if item is None:
                continue
            self.of_link[f"{name} {link}"].add(item)
            said = self.of_item[item]
            page = entry.canonical or entry.title
            unlike = all(title_likeness(entry.title, t) < LIKE for t in said.values())
            if said and page not in said and unlike:
                self.joined += 1
                self.told.append(f"{item} {name}: {said} + {page} {entry.title}")
            said[page] = entry.title

    def close(self) -> None:
        for link, items in self.of_link.items():
            if len(items) > 1:
                self.duplicates += len(items) - 1
                self.told.append(f"{link}: items {sorted(items)}")


async def polled(polls: Mapping[str, Sequence[tuple[datetime, bytes]]]) -> Polled:
    """Read the documents of each source in turn, every one of them twice."""
    made = Polled()
    async with hub(list(polls)) as one:
        for key, readings in polls.items():
            for at, body in readings:
                try:
                    _, parsed = await one.read(key, body, at)
                    again, _ = await one.read(key, body, at)
                except FeedhubError:
                    continue
                made.repeated += again.new + again.changed
                made.note(key, parsed.entries, one.places(key, parsed))
    made.close()
    return made


def nordic_polls(data: Path) -> dict[str, list[tuple[datetime, bytes]]]:
    found: dict[str, list[tuple[datetime, bytes]]] = defaultdict(list)
    for n, (name, body) in enumerate(sorted(documents(data))):
        if name.startswith("nordic/"):
            found[name.rsplit("/", 1)[1].split("_")[0]].append((NOW + n * HOUR, body))
    return found


def rss(items: Sequence[Mapping[str, str]]) -> bytes:
    """A document of items with the fields title, link, guid, description and pubDate."""
    told = "".join(
        "<item>" + "".join(f"<{k}>{escape(v)}</{k}>" for k, v in item.items() if v) + "</item>"
        for item in items
    )
    head = "<title>t</title><link>https://www.example.org/</link>"
    return f'<rss version="2.0"><channel>{head}{told}</channel></rss>'.encode()


def _rows(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _when(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def rss_polls(data: Path) -> dict[str, list[tuple[datetime, bytes]]]:
    docs: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    for r in _rows(data / "se_rss_polls" / "polls.csv.gz"):
        docs[r["feed_url"], r["polled_utc"]].append(
            {
                "title": r["title"],
                "link": r["link"],
                "description": r["description"],
                "pubDate": r["published_raw"],
            }
        )
    found: dict[str, list[tuple[datetime, bytes]]] = defaultdict(list)
    for (feed, at), items in sorted(docs.items()):
        found[feed].append((_when(at), rss(items)))
    return found


def front_pages(data: Path) -> dict[str, list[tuple[datetime, bytes]]]:
    """Each outlet's page at each snapshot, headlines as they stood then."""
    folder = data / "se_frontpages"
    items = {r["item_id"]: r for r in _rows(folder / "items.csv.gz")}
    versions: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for r in _rows(folder / "title_versions.csv.gz"):
        versions[r["item_id"]].append((r["first_seen_utc"], r["title"]))
    pages: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    for r in _rows(folder / "observations.csv.gz"):
        at, item = r["snapshot_utc"], items[r["item_id"]]
        told = [title for since, title in sorted(versions[r["item_id"]]) if since <= at]
        pages[r["outlet"], at].append(
            {
                "title": told[-1] if told else item["title"],
                "link": item["link"],
                "description": item["description"],
                "pubDate": format_datetime(_when(item["scraper_pubdate_utc"])),
            }
        )
    found: dict[str, list[tuple[datetime, bytes]]] = defaultdict(list)
    for (outlet, at), entries in sorted(pages.items()):
        found[outlet].append((_when(at), rss(entries)))
    return found


def google_tops(data: Path, most: int = 400) -> dict[str, list[tuple[datetime, bytes]]]:
    """The first pages of each market: headlines and outlets, no guids, links or dates."""
    folder = data / "google_news_top"
    items = {r["item_id"]: r for r in _rows(folder / "items.csv.gz")}
    pages: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    for r in _rows(folder / "snapshots.csv.gz"):
        item = items[r["item_id"]]
        pages[r["market"], r["snapshot_ts"]].append(
            {"title": item["title"], "description": item["source"]}
        )
    found: dict[str, list[tuple[datetime, bytes]]] = defaultdict(list)
    for (market, at), entries in sorted(pages.items()):
        if len(found[market]) < most:
            found[market].append((_when(at), rss(entries)))
    return found


def corrected(data: Path, made: Polled) -> float:
    """The share of items with several headlines that stayed one."""
    folder = data / "se_frontpages"
    links = {r["item_id"]: r["link"] for r in _rows(folder / "items.csv.gz")}
    several = {r["item_id"] for r in _rows(folder / "title_versions.csv.gz")}
    stayed = sum(
        all(
            len(made.of_link.get(f"{outlet} {links[one]}", ())) <= 1
            for outlet in ("svt", "dn", "expressen", "svd")
        )
        for one in several
    )
    return stayed / len(several)


async def measure(data: Path) -> dict[str, float]:
    """The figures by name: ``titles`` a share, all others counts of items."""
    docs = list(documents(data))
    found: dict[str, float] = {}
    for name in CHANGES:
        made = await changed(docs, name)
        found[name] = made.minted
        found[f"{name}_swapped"] = made.swapped
        report(name, made.told)
    for name in ("guids", "new_cms"):
        made = await changed(docs, name, news=True)
        found[f"{name}_among_news"] = made.minted
        report(f"{name} among news", made.told)
    polls = (
        ("nordic", nordic_polls),
        ("rss_polls", rss_polls),
        ("front_pages", front_pages),
        ("google_tops", google_tops),
    )
    for name, load in polls:
        seen = await polled(load(data))
        report(name, seen.told)
        if name == "front_pages":
            found["titles"] = corrected(data, seen)
        found[f"{name}_duplicates"] = seen.duplicates
        found[f"{name}_joined"] = seen.joined
        found[f"{name}_repeated"] = seen.repeated
    return found


def report(name: str, told: Sequence[str]) -> None:
    for line in told[:20]:
        print(f"  {name}: {line}", file=sys.stderr)


def figures(data: Path) -> dict[str, dict[str, float]]:
    """The key ``republication`` of the benchmark's figures."""
    return {"republication": asyncio.run(measure(data))}
