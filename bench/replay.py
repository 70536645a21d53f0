"""Real feeds through the real command, twice: what is found, what moves, what it costs.

    .venv/bin/python bench/replay.py --data DIR [--json] [--keep FOLDER]

Every file of DIR/feeds/real.tar.xz is served as a source of its own under its own loopback
address. ``feedhub update --all`` reads them all, then again: the second pass must change
nothing. Two more passes ask the same of other servers: one without validators (the body is
the same) and one where every body has changed and no entry has.

Entries of DIR/feeds/real.reference.jsonl.gz are looked for among the items that the source
carries: by guid, else by link, else by title.
"""

from __future__ import annotations

import gzip
import html
import json
import lzma
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import _database as database
import _peers
from _common import Cost, arguments, emit, feedhub, measure, say, table, write_config
from _origin import Document, Origin, address, content_type
from feedhub.parse.urls import canonical_url, resolve

ENOUGH = 0.98  # the share of its entries below which a feed is named


def main() -> int:
    parser = arguments(__doc__)
    parser.add_argument("--keep", type=Path, help="leave database and feeds.yaml in this folder")
    options = parser.parse_args()
    archive = options.data and options.data / "feeds" / "real.tar.xz"
    if not archive or not archive.exists():
        say(f"replay: {archive or '--data DIR'} is not there; nothing to replay")
        return 0
    with tempfile.TemporaryDirectory(prefix="feedhub-replay-") as name:
        folder = Path(name)
        figures, text = replay(options.data / "feeds", folder)
        if options.keep:
            options.keep.mkdir(parents=True, exist_ok=True)
            for file in (folder / "hub").iterdir():
                shutil.copy(file, options.keep)
    emit(figures, text, as_json=options.json)
    return 0


def replay(feeds: Path, folder: Path) -> tuple[dict[str, Any], str]:
    """All passes; the figures and the same as text."""
    names, documents = unpack(feeds / "real.tar.xz", folder / "feeds")
    hub = folder / "hub"
    hub.mkdir()
    db = hub / "feedhub.db"
    with Origin(documents) as origin:
        urls = [origin.url(document) for document in documents]
        write_config(
            hub / "feeds.yaml",
            ({"id": n, "url": u, "name": n} for n, u in zip(names, urls, strict=True)),
        )
        say(f"replay: {len(names)} feeds, first pass")
        first = update(hub)
        figures: dict[str, Any] = {
            "sources": len(names),
            "outcomes": database.outcomes(db),
            "without_outcome": len(names) - sum(database.outcomes(db).values()),
        }
        figures |= look_up(feeds / "real.reference.jsonl.gz", db, dict(zip(names, urls)))  # noqa: B905
        passes = {"first": first}
        for name, settings in {
            "second": {},
            "without_validators": {"validators": False},
            "touched": {"validators": True, "edition": 1},
        }.items():
            say(f"replay: pass '{name}'")
            origin.set(**settings)
            passes[name], figures[f"{name}_pass"] = again(hub, db)
        figures["second_pass"] = figures.pop("second_pass")
        figures["ours"] = {name: cost.row() for name, cost in passes.items()}
        figures["ours"]["file_mib"] = round(database.size_mib(db), 2)
        origin.set(edition=0)
        peer = _peers.reader(folder / "reader", urls)
        if isinstance(peer, str):
            say(f"replay: {peer}")
        else:
            say("replay: reader, both passes")
            cold, warm = peer.update(), peer.update()
            figures["reader"] = {"first": cold.row(), "second": warm.row()}
            figures["reader"]["file_mib"] = round(peer.size_mib(), 2)
            figures["wall_ratio_to_reader"] = round(cold.wall_s / first.wall_s, 2)
            figures["wall_ratio_to_reader_second"] = round(warm.wall_s / passes["second"].wall_s, 2)
    return figures, as_text(figures)


def unpack(archive: Path, folder: Path) -> tuple[list[str], list[Document]]:
    """The files of the archive, by name, each to be served under its own address."""
    folder.mkdir()
    names, documents = [], []
    with lzma.open(archive) as raw, tarfile.open(fileobj=raw) as tar:
        members = sorted((m for m in tar if m.isfile()), key=lambda m: m.name)
        for number, member in enumerate(members):
            taken = tar.extractfile(member)
            assert taken is not None
            body = taken.read()
            file = folder / str(number)
            file.write_bytes(body)
            names.append(member.name.removeprefix("real/"))
            documents.append(Document(address(number), str(file), content_type(body)))
    return names, documents


def update(hub: Path) -> Cost:
    cost = measure(feedhub("update", "--all", "--config", hub / "feeds.yaml"))
    if cost.code not in (0, 1):
        raise SystemExit(f"feedhub update ended with {cost.code}:\n{cost.output}")
    return cost


def again(hub: Path, db: Path) -> tuple[Cost, dict[str, Any]]:
    """One more pass, and what it moved in items, sightings and stories."""
    before, seen = database.rows(db), database.last_fetch(db)
    cost = update(hub)
    new, changed = database.difference(before, database.rows(db))
    found = {"new": new, "changed": changed, "outcomes": database.outcomes(db, after=seen)}
    return cost, found


# --- looking for the reference's entries ---------------------------------------------------


@dataclass
class _Carried:
    """What a source's items are called: guids, links in all their forms, titles."""

    guids: set[str] = field(default_factory=set)
    links: set[str] = field(default_factory=set)
    titles: set[str] = field(default_factory=set)
    items: int = 0


def look_up(reference: Path, db: Path, urls: dict[str, str]) -> dict[str, Any]:
    """The share of reference entries that the store has, and the feeds that fall short."""
    total = found = 0
    short: dict[str, str] = {}
    how = {"guid": 0, "link": 0, "title": 0}
    carried = _carried(db)
    with gzip.open(reference, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            entries = [entry for entry in row.get("entries") or () if any(entry[:3])]
            if not entries or row["file"] not in urls:
                continue
            there = carried.get(row["file"], _Carried())
            hits = [_hit(entry, there, urls[row["file"]]) for entry in entries]
            for hit in hits:
                if hit:
                    how[hit] += 1
            got = sum(map(bool, hits))
            total, found = total + len(entries), found + got
            if got < ENOUGH * len(entries):
                short[row["file"]] = f"{got} of {len(entries)}"
    return {
        "entries": total,
        "entries_found": round(found / total, 5) if total else None,
        "found_by": how,
        "feeds_short": short,
    }


def _hit(entry: list[Any], there: _Carried, url: str) -> str:
    title, link, guid = entry[:3]
    if guid and guid.strip() in there.guids:
        return "guid"
    if link and there.links & set(_forms(link.strip(), url)):
        return "link"
    return "title" if title and _plain(title) in there.titles else ""


def _forms(link: str, base: str) -> Iterable[str]:
    """A link as written, as a reader would follow it, and as identity."""
    yield link
    yield canonical_url(link)
    if absolute := resolve(link, base):
        yield absolute
        yield canonical_url(absolute)


def _plain(title: str) -> str:
    return " ".join(html.unescape(title).split())


def _carried(db: Path) -> dict[str, _Carried]:
    found: dict[str, _Carried] = {}
    with closing(sqlite3.connect(db)) as conn:
        for key, title, link, canonical in conn.execute(
            "SELECT s.key, i.title, i.link, i.canonical FROM sightings g"
            " JOIN sources s ON s.id = g.source_id JOIN items i ON i.id = g.item_id"
        ):
            there = found.setdefault(key, _Carried())
            there.items += 1
            there.titles.add(_plain(title))
            there.links |= {link or "", canonical or ""}
        for key, kind, value in conn.execute(
            "SELECT s.key, k.kind, k.value FROM sightings g JOIN sources s ON s.id = g.source_id"
            " JOIN item_keys k ON k.item_id = g.item_id AND k.scope IN (0, s.id)"
        ):
            if kind == "guid":
                found[key].guids.add(value)
            elif kind == "link":
                found[key].links.add(value)
    return found


# --- saying it ------------------------------------------------------------------------------


def as_text(figures: dict[str, Any]) -> str:
    lines = [
        f"{figures['sources']} sources; outcomes of the first pass: {_said(figures['outcomes'])}",
        f"entries found: {figures['entries_found']} of {figures['entries']}"
        f" (by {_said(figures['found_by'])})",
    ]
    lines += [f"  below {ENOUGH:.0%}: {n}: {got}" for n, got in figures["feeds_short"].items()]
    for name in ("second", "without_validators", "touched"):
        found = figures[f"{name}_pass"]
        lines.append(
            f"pass '{name}': {found['new']} new, {found['changed']} changed rows;"
            f" {_said(found['outcomes'])}"
        )
    rows: dict[str, dict[str, object]] = {}
    for who in ("ours", "reader"):
        for name, cost in figures.get(who, {}).items():
            if isinstance(cost, dict):
                rows[f"{'feedhub' if who == 'ours' else who}, {name}"] = cost
    lines += ["", table("pass", rows), ""]
    sizes = [f"feedhub {figures['ours']['file_mib']} MiB"]
    if "reader" in figures:
        sizes.append(f"reader {figures['reader']['file_mib']} MiB")
        lines.append(
            f"wall, reader / feedhub: first {figures['wall_ratio_to_reader']},"
            f" second {figures['wall_ratio_to_reader_second']} (above 1: feedhub is faster)"
        )
    lines.append(f"on the disk: {', '.join(sizes)}")
    return "\n".join(lines)


def _said(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items())


if __name__ == "__main__":
    raise SystemExit(main())
