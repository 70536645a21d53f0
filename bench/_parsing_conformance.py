"""One-feature tests: none may crash or hang us, and feedparser's own say what they expect.

Their comment ``Expect:`` is a Python expression over feedparser's result. We read it as
data (it is never run): each ``path == literal`` in it whose path has a counterpart in our
model is one expectation. Markup is compared by its words and addresses, since our titles
and summaries are plain text by design.
"""

from __future__ import annotations

import ast
import re
from calendar import timegm
from collections.abc import Callable
from datetime import datetime
from html import unescape
from pathlib import Path
from typing import Any

from _parsing_corpora import Tally, members, without_players, words
from feedhub.model import Document, Entry, ParsedFeed, ParseRules

_EXPECT = re.compile(r"Expect:\s*(.*?)\s*-->", re.DOTALL)
_HEADER = re.compile(r"^Header:\s*([\w-]+):\s*(.*?)\s*$", re.MULTILINE)
_HOST = "http://127.0.0.1:8097/"  # where feedparser's own test server would have stood
_ADDRESS = re.compile(r"""\s(?:href|src)\s*=\s*["']?(https?://[^"'\s>]+)""")

Path_ = tuple[str | int, ...]


def conformance(data: Path, rules: ParseRules) -> Tally:
    """Run every document; compare where an expectation can be read."""
    tally = Tally()
    for name, body in members(data / "feeds" / "conformance.tar.xz"):
        key = name.removeprefix("conformance/")
        text = _legible(body)
        comment = _EXPECT.search(text) if key.startswith("feedparser/") else None
        headers = {n.lower(): v for n, v in _HEADER.findall(text[:3000])} if comment else {}
        place = headers.get("content-location", "")
        url = place if place.startswith("http") else _HOST + "tests/" + key
        if place and not place.startswith("http"):
            url = _HOST + place.lstrip("/")
        document = Document(body, url, content_type=headers.get("content-type", ""))
        feed = tally.run(key, document, rules)
        if comment is not None and "/wellformed/" in key:
            for path, wanted in expectations(comment[1]):
                verdict = _judge(feed, path, wanted)
                if verdict is not None:
                    same, got = verdict
                    tally.note(key, "expect", same, f"{path} {wanted!r}", got)
    return tally


def _legible(body: bytes) -> str:
    for codec in ("utf-8", "utf-16", "latin-1"):
        try:
            text = body.decode(codec)
        except UnicodeDecodeError:
            continue
        if "\0" not in text[:200]:
            return text
    return body.replace(b"\0", b"").decode("latin-1")


def expectations(expression: str) -> list[tuple[Path_, Any]]:
    """The ``path == literal`` parts of an expectation that are joined by ``and``."""
    try:
        tree = ast.parse(expression.strip(), mode="eval").body
    except SyntaxError:
        return []
    found: list[tuple[Path_, Any]] = []
    parts = [tree]
    while parts:
        part = parts.pop(0)
        if isinstance(part, ast.BoolOp) and isinstance(part.op, ast.And):
            parts = [*part.values, *parts]
        elif isinstance(part, ast.Compare) and all(isinstance(op, ast.Eq) for op in part.ops):
            wanted = _literal(part.comparators[-1])
            paths = [_path(side) for side in (part.left, *part.comparators[:-1])]
            found += [(path, wanted) for path in paths if path is not None and wanted is not None]
    return found


def _literal(node: ast.expr) -> Any:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _literal(node.left), _literal(node.right)
        return left + right if isinstance(left, str) and isinstance(right, str) else None
    try:
        return ast.literal_eval(node)
    except ValueError:
        return None


def _path(node: ast.expr) -> Path_ | None:
    if isinstance(node, ast.Name):
        return (node.id,)
    if isinstance(node, ast.Attribute):
        front = _path(node.value)
        return None if front is None else (*front, node.attr)
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        front = _path(node.value)
        value = node.slice.value
        if front is None or not isinstance(value, str | int):
            return None
        return (*front, value)
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "len"
        and len(node.args) == 1
    ):
        front = _path(node.args[0])
        return None if front is None else ("len", *front)
    return None


def _markup(text: str) -> tuple[str, tuple[str, ...]]:
    text = without_players(text)
    return words(text), tuple(sorted(unescape(url) for url in _ADDRESS.findall(text)))


def _plain(text: str) -> str:
    return words(text)


def _epoch(value: Any) -> float | None:
    if isinstance(value, tuple) and len(value) >= 6:
        return float(timegm((*value[:6], 0, 0, 0)))
    return value.timestamp() if isinstance(value, datetime) else None


_ENTRY: dict[Path_, tuple[Callable[[Entry], Any], Callable[[Any], Any]]] = {
    ("title",): (lambda e: e.title, _plain),
    ("title_detail", "value"): (lambda e: e.title, _plain),
    ("link",): (lambda e: e.link or "", str),
    ("id",): (lambda e: e.guid or "", str),
    ("guid",): (lambda e: e.guid or "", str),
    ("description",): (lambda e: _fuller(e), _markup),
    ("summary",): (lambda e: _fuller(e), _markup),
    ("summary_detail", "value"): (lambda e: _fuller(e), _markup),
    ("content", 0, "value"): (lambda e: e.content_html or e.summary, _markup),
    ("author",): (lambda e: ", ".join(e.authors), _plain),
    ("author_detail", "name"): (lambda e: ", ".join(e.authors), _plain),
    ("published_parsed",): (lambda e: e.published, _epoch),
    ("updated_parsed",): (lambda e: e.updated, _epoch),
    ("comments",): (lambda e: e.comments_url or "", str),
    ("source", "title"): (lambda e: e.origin_name or "", _plain),
    ("source", "href"): (lambda e: e.origin_url or "", str),
    ("source", "link"): (lambda e: e.origin_url or "", str),
    ("enclosures", 0, "href"): (lambda e: e.enclosures[0].url, str),
    ("enclosures", 0, "type"): (lambda e: e.enclosures[0].type, str),
    ("enclosures", 0, "length"): (lambda e: e.enclosures[0].length, str),
    ("image", "href"): (lambda e: e.image.url if e.image else "", str),
    ("media_thumbnail", 0, "url"): (lambda e: e.image.url if e.image else "", str),
    ("title_detail", "language"): (lambda e: e.language, str),
}
_FEED: dict[Path_, tuple[Callable[[ParsedFeed], Any], Callable[[Any], Any]]] = {
    ("title",): (lambda f: f.title, _plain),
    ("title_detail", "value"): (lambda f: f.title, _plain),
    ("link",): (lambda f: f.site_link or "", str),
    ("language",): (lambda f: f.language or "", lambda text: str(text).lower()),
    ("icon",): (lambda f: f.icon or "", str),
}


def _fuller(entry: Entry) -> str:
    return entry.content_html or entry.summary


def _judge(feed: ParsedFeed | None, path: Path_, wanted: Any) -> tuple[bool, Any] | None:
    """Whether we agree, with what we have; ``None`` where our model has no such field."""
    if path[0] == "version":
        return (feed is not None and feed.format == wanted), feed.format if feed else None
    if path[0] == "feed" and path[1:] in _FEED:
        get_feed, form = _FEED[path[1:]]
        got: Any = get_feed(feed) if feed else None
    elif path[0] == "entries" and len(path) > 2 and isinstance(path[1], int):
        place = path[1]
        rest = path[2:]
        entries = feed.entries if feed else ()
        refused = bool(feed and feed.refused)
        if rest[0] == "tags" and len(rest) == 3 and rest[2] in ("term", "label"):
            got = entries[place].categories if place < len(entries) else ()
            if feed is not None and feed.refused and not entries:
                return None
            return any(_plain(str(wanted)) == _plain(term) for term in got), got
        if rest not in _ENTRY:
            return None
        get_entry, form = _ENTRY[rest]
        if place >= len(entries):
            # An entry that holds nothing but what is tested (a date, an author) is refused
            # by name: without title, link and content there is nothing to show.
            return None if refused else (False, None)
        try:
            got = get_entry(entries[place])
            if form is _markup and form(got) != form(wanted):
                got = entries[place].summary
        except IndexError:
            got = None
    else:
        return None
    return (got is not None and form(got) == form(wanted)), got
