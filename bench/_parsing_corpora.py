"""Reading the parsing corpora, and comparing what we parse with what others say of them."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import signal
import tarfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from feedhub.errors import FeedhubError
from feedhub.model import Document, Entry, ParsedFeed, ParseRules
from feedhub.parse import parse_document

PLACE = "http://corpus.example/feeds/document.xml"  # where relative links are resolved from
DEADLINE = 20.0  # seconds a document may take before it counts as a time-out


def members(archive: Path) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each file in a tar archive, in the archive's order."""
    with tarfile.open(archive) as tar:
        for member in tar:
            stream = tar.extractfile(member) if member.isfile() else None
            if stream is not None:
                yield member.name, stream.read()


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    def late(signum: int, frame: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@dataclass
class Tally:
    """Agreements and disagreements per field, and how runs ended."""

    good: Counter[str] = field(default_factory=Counter)
    bad: Counter[str] = field(default_factory=Counter)
    differences: list[dict[str, Any]] = field(default_factory=list)
    exceptions: list[str] = field(default_factory=list)
    timeouts: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    readers: Counter[str] = field(default_factory=Counter)
    documents: int = 0

    def note(self, name: str, kind: str, same: bool, expected: object, got: object) -> None:
        (self.good if same else self.bad)[kind] += 1
        if not same:
            self.differences.append(
                {
                    "file": name,
                    "field": kind,
                    "expected": str(expected)[:160],
                    "got": str(got)[:160],
                }
            )

    def share(self, kind: str) -> float | None:
        total = self.good[kind] + self.bad[kind]
        return round(self.good[kind] / total, 5) if total else None

    def run(self, name: str, document: Document, rules: ParseRules) -> ParsedFeed | None:
        """Parse; a refusal by name is an answer, anything else that goes wrong is counted."""
        self.documents += 1
        try:
            with deadline(DEADLINE):
                feed = parse_document(document, rules)
        except TimeoutError:
            self.timeouts.append(name)
        except FeedhubError as error:
            self.refused.append(f"{name}: {error}")
        except Exception as error:  # what the corpora are there to find
            self.exceptions.append(f"{name}: {type(error).__name__}: {error}")
        else:
            self.readers[feed.reader] += 1
            return feed
        return None


# --- comparing --------------------------------------------------------------------------

# An embedded player becomes a link of ours, marked with a triangle.
_PLAYER = re.compile(r"<p><a [^<>]*>\u25b6[^<>]*</a></p>")
_TAGS = re.compile(r"<[^<>]*>")


def words(text: str | None) -> str:
    """Text for comparing: no tags, entities read until none is left, no blanks at all."""
    text = text or ""
    for _ in range(3):
        text = re.sub(r"<!--.*?-->|<(script|style)\b.*?</\1>", " ", text, flags=re.DOTALL)
        shorter = unescape(_TAGS.sub(" ", text))
        if shorter == text:
            break
        text = shorter
    return "".join(char for char in text if not char.isspace() and char.isprintable())


def without_players(html: str) -> str:
    return _PLAYER.sub("", html)


def same_title(ours: str, theirs: str) -> bool:
    mine, other = words(ours), words(theirs)
    if mine == other or " ".join(unescape(theirs).split()) == ours:
        return True
    return ours.endswith("…") and other.startswith(mine[:-1])


def same_text(ours: str, theirs: str) -> bool:
    ours = without_players(ours)
    mine, other = words(ours), words(theirs)
    return mine == other or (len(mine) >= 200 and other.startswith(mine.rstrip("…")))


def same_link(ours: str | None, theirs: str, feed: ParsedFeed) -> bool:
    theirs = theirs.strip()
    if ours is None:
        return False
    bases = (PLACE, feed.site_link or PLACE)
    options = {theirs, *(urljoin(base, theirs) for base in bases)}
    options |= {option + "/" for option in options if option.count("/") == 2}
    plain = {unescape(option).replace(" ", "%20") for option in options}
    if ours.rstrip("/") in {option.rstrip("/") for option in options if option.count("/") <= 3}:
        return True
    return ours in options or ours in plain or unescape(ours) in plain


# --- real feeds -------------------------------------------------------------------------


def real(data: Path, rules: ParseRules) -> Tally:
    """Whole feeds against what two independent parsers agree on."""
    tally = Tally()
    with gzip.open(data / "feeds" / "real.reference.jsonl.gz", "rt", encoding="utf-8") as lines:
        reference = {item["file"]: item for item in map(json.loads, lines)}
    for name, body in members(data / "feeds" / "real.tar.xz"):
        key = name.removeprefix("real/")
        feed = tally.run(key, Document(body, PLACE), rules)
        known = reference.get(key)
        if known is None:
            continue
        wanted = known.get("entries")
        if wanted is None:
            count = min(
                n for n in (known["n_feedparser"], known["n_fastfeedparser"]) if n is not None
            )
            found = min(feed.found if feed else 0, count)
            tally.good["entries"] += found
            tally.bad["entries"] += count - found
            if found < count:
                tally.differences.append(
                    {"file": key, "field": "entries", "expected": count, "got": found}
                )
            continue
        _compare_entries(tally, key, feed, wanted)
    return tally


def _compare_entries(
    tally: Tally, name: str, feed: ParsedFeed | None, wanted: list[list[Any]]
) -> None:
    entries = list(feed.entries) if feed else []
    by_key: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in entries:
        for kind, value in (
            ("id", entry.guid),
            ("link", entry.link),
            ("title", words(entry.title)),
        ):
            if value:
                by_key[kind, value].append(entry)
    taken: set[int] = set()
    for place, (title, link, guid, published) in enumerate(wanted):
        candidates: list[Entry] = []
        for kind, value in (("id", guid), ("link", link), ("title", words(title))):
            if value:
                candidates += by_key[kind, value]
        free = [entry for entry in candidates if entry.position not in taken]
        entry = min(free, key=lambda e: abs(e.position - place)) if free else None
        if entry is None and not (title or link or guid):
            # Nothing to find it by but its place; where it is not there, it was refused by
            # name, as an entry without title, link and content is.
            entry = next((e for e in entries if e.position == place), None)
            if entry is None and feed is not None and feed.refused:
                continue
        if entry is None and candidates:
            # The document says the same entry twice; ours stands for both.
            tally.note(name, "entries", True, "", "")
            continue
        tally.note(name, "entries", entry is not None, title or link or guid, None)
        if entry is None or feed is None:
            continue
        taken.add(entry.position)
        if title:
            tally.note(name, "title", same_title(entry.title, title), title, entry.title)
        if link:
            tally.note(name, "link", same_link(entry.link, link, feed), link, entry.link)
        if guid:
            tally.note(name, "id", entry.guid == guid, guid, entry.guid)
        if published is not None:
            ours = entry.published.timestamp() if entry.published else None
            same = ours is not None and abs(ours - published) < 1
            tally.note(name, "published", same, published, f"{ours} {entry.date_note}")


# --- repeated polls ---------------------------------------------------------------------


def nordic(data: Path, rules: ParseRules) -> dict[str, Any]:
    """Polls of the same feeds in order: duplicates, false updates, entries kept apart.

    A duplicate is one article that its keys would make two items within a poll or across
    polls; a false update is a hash that changed though nothing that we make of the entry
    did.
    """
    folder = data / "feeds_nordic"
    with (folder / "nordic.manifest.csv").open(encoding="utf-8", newline="") as stream:
        rows = {row["file"]: row for row in csv.DictReader(stream)}
    polls: dict[str, list[tuple[str, str, bytes]]] = defaultdict(list)
    for name, body in members(folder / "nordic.tar.xz"):
        key = name.removeprefix("nordic/")
        row = rows.get(key, {})
        outlet = str(row.get("outlet") or Path(key).name.split("_")[0])
        polls[outlet].append((str(row.get("captured", "")), key, body))
    result: dict[str, Any] = {
        "files": sum(map(len, polls.values())), "empty": 0, "entries": 0, "short": 0,
        "duplicates": 0, "false_updates": 0, "updates": 0, "known": 0, "kept_apart": True,
    }  # fmt: skip
    for outlet, documents in sorted(polls.items()):
        _replay_polls(outlet, sorted(documents), rows, rules, result)
    return result


def _replay_polls(
    outlet: str,
    documents: list[tuple[str, str, bytes]],
    rows: dict[str, dict[str, str]],
    rules: ParseRules,
    result: dict[str, Any],
) -> None:
    place = f"https://{outlet}.example/rss"
    seen: dict[int, Entry] = {}  # by item
    keys: dict[str, int] = {}  # every key ever seen of an item
    by_title: dict[str, int] = {}  # title and link, which no two items should share
    hashes: set[bytes] = set()
    for _, name, body in documents:
        feed = parse_document(Document(body, place), rules)
        again = parse_document(Document(body, place, known=frozenset(hashes)), rules)
        result["known"] += len(again.known)
        result["entries"] += feed.found
        result["empty"] += feed.found == 0
        told = int(rows.get(name, {}).get("entries_feedparser") or 0)
        result["short"] += max(0, told - feed.found - sum(feed.refused.values()))
        here: set[int] = set()  # items met in this document: each entry is its own
        for entry in feed.entries:
            lookup = _keys(entry, feed)
            known = (keys[key] for key in lookup if key in keys and keys[key] not in here)
            item = next(known, len(seen))
            for key in lookup:
                keys.setdefault(key, item)
            here.add(item)
            if by_title.setdefault(f"{entry.title}\n{entry.canonical}", item) != item:
                result["duplicates"] += 1
            before = seen.get(item)
            if before is not None and before.hash != entry.hash:
                result["updates"] += 1
                if _made_of(before) == _made_of(entry):
                    result["false_updates"] += 1
            seen[item] = entry
            hashes.add(entry.hash)
        apart = len({_keys(entry, feed)[0] for entry in feed.entries})
        result["kept_apart"] = result["kept_apart"] and apart == len(feed.entries)


def _keys(entry: Entry, feed: ParsedFeed) -> list[str]:
    """What an entry may be found by: a guid or link only where the document uses it once."""
    keys = []
    if entry.guid and entry.guid not in feed.repeated_guids:
        keys.append(f"guid {entry.guid}")
    if entry.canonical and entry.canonical not in feed.repeated_links:
        keys.append(f"link {entry.canonical}")
    return [*keys, f"title {entry.title} {entry.published}"]


def _made_of(entry: Entry) -> dict[str, Any]:
    return {
        name: getattr(entry, name) for name in entry.__slots__ if name not in ("hash", "position")
    }


def _split(text: str) -> list[str]:
    return text.split()


def sample_feed(items: int = 30, seed: int = 7) -> bytes:
    """A clean Swedish feed of about 37 KB, of our own invention."""
    nouns = _split("kommunen regionen skolan hamnen bron laget bolaget styrelsen polisen museet")
    verbs = _split("öppnar bygger stänger granskar räddar säljer flyttar förbereder prövar firar")
    things = [
        "en ny väg",
        "två hundra år",
        "ett gammalt löfte",
        "sin största satsning",
        "fler platser",
    ]
    body = io.StringIO()
    body.write(
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/">\n'
        "<channel><title>Ortens Blad – Nyheter</title><link>https://ortensblad.example/</link>"
        "<description>Allt från orten</description><language>sv-SE</language><ttl>15</ttl>"
        '<atom:link href="https://ortensblad.example/rss" rel="self" type="application/rss+xml"/>\n'
    )
    for number in range(items):
        pick = number * seed + seed
        noun, verb = nouns[pick % len(nouns)], verbs[pick // 3 % len(verbs)]
        thing = things[pick // 7 % len(things)]
        title = f"{noun.capitalize()} {verb} {thing} i Åmåla – så påverkas du"
        text = " ".join(
            f"<p>{noun.capitalize()} {verb} {thing}, säger {name} till Ortens Blad. "
            "”Vi har väntat på det här i åratal”, och nu är det <b>äntligen</b> dags att börja.</p>"
            for name in ("Eva Ek", "Nils Öst", "Sara Ålund", "Ove Häll")
        )
        day = 1 + number % 28
        body.write(
            f"<item><title>{title}</title><link>https://ortensblad.example/nyheter/{number}-{noun}"
            "?utm_source=rss&amp;utm_medium=feed</link>"
            f'<guid isPermaLink="false">ob-{number}</guid>'
            f"<pubDate>Mon, {day:02d} Jun 2026 {number % 24:02d}:15:00 +0200</pubDate>"
            f"<dc:creator>Eva Ek</dc:creator><category>Inrikes</category>"
            f"<description>{thing.capitalize()}: {noun} {verb} efter många års väntan</description>"
            f"<content:encoded><![CDATA[{text}]]></content:encoded>"
            f'<media:content url="https://ortensblad.example/bild/{number}.jpg" medium="image" '
            f'width="1200" height="675"/></item>\n'
        )
    body.write("</channel></rss>\n")
    return body.getvalue().encode()


def clock() -> float:
    """CPU seconds of this process: what the machine's other work does not disturb."""
    return time.process_time()
