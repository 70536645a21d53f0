"""Real OPML files, damaged ones among them: what an import saves, and what comes back from it.

    .venv/bin/python bench/opml.py --data DIR [--json]

Reads every ``*.opml`` under DIR/feed_urls, in folders and in ``.tar`` archives of any packing.
``outlines`` counts the ``xmlUrl`` attributes in the raw bytes, ``saved`` the sources that were
read, ``lost`` the rest, each told in a note. ``round_trip`` is the share of saved sources
that are the same after an export and a second import.
"""

from __future__ import annotations

import re
import tarfile
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

import _common
from feedhub.config.subscriptions import read_subscriptions
from feedhub.model import Hub
from feedhub.publish.context import PublishContext
from feedhub.publish.opml import render_opml_sources


def files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every OPML file of the folder, packed or not, by name."""
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() == ".opml":
            yield path.name, path.read_bytes()
        elif path.is_file() and tarfile.is_tarfile(path):
            with tarfile.open(path) as archive:
                for member in sorted(archive.getmembers(), key=lambda each: each.name):
                    opened = archive.extractfile(member) if member.isfile() else None
                    if opened is not None and member.name.lower().endswith(".opml"):
                        yield Path(member.name).name, opened.read()


def well_formed(data: bytes) -> bool:
    try:
        ElementTree.fromstring(data)
    except ElementTree.ParseError:
        return False
    return True


def main() -> int:
    options = _common.arguments(__doc__).parse_args()
    if options.data is None or not (options.data / "feed_urls").is_dir():
        _common.emit({"skipped": "no feed_urls"}, "opml: no DIR/feed_urls", as_json=options.json)
        return 0
    ctx = PublishContext(hub=Hub(), authority="", version="")
    total = dict.fromkeys(("files", "not_well_formed", "outlines", "saved", "lost", "told"), 0)
    same, seconds, notes = 0, 0.0, []
    for name, data in files(options.data / "feed_urls"):
        started = time.process_time()
        read = read_subscriptions(data)
        seconds += time.process_time() - started
        outlines = len(re.findall(rb"\bxmlUrl\s*=", data, re.IGNORECASE))
        total["files"] += 1
        total["not_well_formed"] += not well_formed(data)
        total["outlines"] += outlines
        total["saved"] += len(read.sources)
        total["lost"] += outlines - len(read.sources)
        total["told"] += sum("left out" in note or "kept once" in note for note in read.notes)
        again = read_subscriptions(render_opml_sources(read.sources, ctx))
        kept = {(each.url, each.name, each.category) for each in again.sources}
        same += sum((each.url, each.name, each.category) in kept for each in read.sources)
        notes += [f"{name}: {note}" for note in read.notes]
    figures = total | {
        "round_trip": round(same / total["saved"], 4) if total["saved"] else None,
        "cpu_s": round(seconds, 4),
        "notes": notes,
    }
    text = "\n".join(f"{key:<16}{value}" for key, value in figures.items() if key != "notes")
    _common.emit(figures, "\n".join([text, *notes]), as_json=options.json)
    return 0 if total["lost"] == total["told"] else 1


if __name__ == "__main__":
    raise SystemExit(main())
