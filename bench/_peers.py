"""Other programs on the same origin: how each is set up, and one pass of it measured."""

from __future__ import annotations

import importlib.util
import os
import shlex
import shutil
import sqlite3
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from _common import Cost, measure

_ADD = """
import sys
from pathlib import Path
from reader import make_reader
reader = make_reader(sys.argv[1])
for url in Path(sys.argv[2]).read_text().split():
    reader.add_feed(url)
"""
_UPDATE = """
import sys
from reader import make_reader
reader = make_reader(sys.argv[1])
reader.update_feeds(workers=10, scheduled=False)
print(reader.get_entry_counts().total)
"""


@dataclass(frozen=True, slots=True)
class Peer:
    """``update`` is one pass over everything; ``items`` counts what is stored after it."""

    name: str
    update: Callable[[], Cost]
    items: Callable[[Cost], int]
    folder: Path

    def size_mib(self) -> float:
        """What it keeps on the disk, its set-up included."""
        files = (file for file in self.folder.rglob("*") if file.is_file())
        return sum(file.stat().st_size for file in files) / 2**20


def reader(folder: Path, urls: Sequence[str]) -> Peer | str:
    """``reader`` from PyPI, ten workers; or why it is left out."""
    if importlib.util.find_spec("reader") is None:
        return "reader is not installed and left out (pip install reader sgmllib3k)"
    folder.mkdir()
    db, listed = folder / "reader.db", folder / "urls"
    listed.write_text("\n".join(urls))
    added = measure([sys.executable, "-c", _ADD, db, listed])
    if added.code:
        return f"reader does not start and is left out: {added.output.strip().splitlines()[-1]}"
    return Peer(
        "reader",
        lambda: measure([sys.executable, "-c", _UPDATE, db]),
        lambda cost: int(cost.output.strip().splitlines()[-1]),
        folder,
    )


def newsboat(folder: Path, urls: Sequence[str]) -> Peer | str:
    """Debian's newsboat with 20 reload threads; or why it is left out."""
    if shutil.which("newsboat") is None:
        return "newsboat is not installed and left out (apt install newsboat)"
    folder.mkdir()
    (folder / "urls").write_text("\n".join(urls) + "\n")
    (folder / "config").write_text("reload-threads 20\n")
    db = folder / "cache.db"
    command = ["newsboat", "-q", "-C", folder / "config", "-u", folder / "urls", "-c", db]
    return Peer(
        "newsboat",
        lambda: measure([*command, "-x", "reload"], env={"HOME": str(folder)}),
        lambda cost: _count(db, "SELECT count(*) FROM rss_item"),
        folder,
    )


def sfeed(folder: Path, urls: Sequence[str]) -> Peer | str:
    """Debian's sfeed with 8 jobs, curl keeping ETags; or why it is left out."""
    if shutil.which("sfeed_update") is None or shutil.which("curl") is None:
        return "sfeed is not installed and left out (apt install sfeed curl)"
    folder.mkdir()
    feeds = folder / "feeds"
    tags = folder / "etags"
    feeds.mkdir()
    tags.mkdir()
    listed = "\n".join(f"\tfeed {number} {shlex.quote(url)}" for number, url in enumerate(urls))
    (folder / "sfeedrc").write_text(
        f"sfeedpath={shlex.quote(str(feeds))}\nmaxjobs=8\n"
        'fetch() {\n\tcurl -sS -L --fail -m 15 --etag-compare "'
        f'{tags}/$1" --etag-save "{tags}/$1" "$2"\n}}\n'
        f"feeds() {{\n{listed}\n}}\n"
    )
    environment = {"HOME": str(folder), "LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"]}
    return Peer(
        "sfeed",
        lambda: measure(["sfeed_update", folder / "sfeedrc"], env=environment),
        lambda cost: sum(_lines(file) for file in feeds.iterdir()),
        folder,
    )


def _lines(file: Path) -> int:
    return file.read_bytes().count(b"\n")


def _count(db: Path, query: str) -> int:
    with closing(sqlite3.connect(db)) as conn:
        return int(conn.execute(query).fetchone()[0])
