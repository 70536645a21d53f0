"""OPML in: subscription lists of other readers -> sources, whatever state they are in.

Lists in the wild hold bare ampersands in addresses and quotes in titles, which no XML parser
accepts. Only ``outline`` tags matter here, so they are read alone, by rules under which
well-formed files mean just what XML says.
"""

from __future__ import annotations

import codecs
import re
from typing import Final, NamedTuple

from feedhub.config.fields import for_the_web, normal_url
from feedhub.config.report import quoted
from feedhub.model import Source

MAX_BYTES: Final = 16 * 1024 * 1024
_MAX_VALUE: Final = 10_000  # characters of an attribute; more means that its quote is missing
_MAX_INNER: Final = 20  # quotes inside a value
_DECLARED: Final = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_TAG: Final = re.compile(r"<(/?)(?:\w+:)?outline(?=[\s/>])", re.IGNORECASE)
_ATTRIBUTE: Final = re.compile(r"""\s*([\w:.-]{1,100})\s*=\s*(["'])""")
# A quote ends a value only where another attribute or the end of the tag follows.
_AFTER_VALUE: Final = re.compile(r"""\s*(?:/?>|[\w:.-]{1,100}\s*=\s*["']|\Z)""")
_REFERENCE: Final = re.compile(r"&(?:(amp|lt|gt|quot|apos)|#([0-9]{1,7})|#[xX]([0-9A-Fa-f]{1,6}));")
_NAMED: Final = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}


class OpmlRead(NamedTuple):
    """The feeds of an OPML file in its order, and one line on each thing lost or repaired."""

    sources: tuple[Source, ...]
    notes: tuple[str, ...]


class _Outline(NamedTuple):
    attributes: dict[str, str]  # names in lower case
    line: int
    closed: bool  # ends in "/>"
    end: int
    damaged: bool


def read_opml(data: bytes) -> OpmlRead:
    """Read subscriptions; never raises. Folders become categories, the innermost one wins."""
    if len(data) > MAX_BYTES:
        return OpmlRead((), (f"larger than {MAX_BYTES // 2**20} MiB: not read",))
    notes: list[str] = []
    text = _without_comments(decode(data, notes))
    sources: dict[str, Source] = {}
    folders: list[str | None] = []  # for each open outline, the category of what is in it
    damaged: list[int] = []
    position = line = 0
    while tag := _TAG.search(text, position):
        line += text.count("\n", position, tag.end())
        if tag.group(1):
            if folders:
                folders.pop()
            position = tag.end()
            continue
        outline = _outline(text, tag.end(), line + 1)
        line += text.count("\n", tag.end(), outline.end)
        position = outline.end
        if outline.damaged:
            damaged.append(outline.line)
        category = folders[-1] if folders else None
        if "xmlurl" in outline.attributes:
            _add(outline, category, sources, notes)
        if not outline.closed:
            named = None if "xmlurl" in outline.attributes else _words(outline, "text", "title")
            folders.append(named or category)
    if damaged:
        places = ", ".join(str(each) for each in damaged[:20])
        more = f" and {len(damaged) - 20} more" if len(damaged) > 20 else ""
        notes.append(f"not well-formed, read all the same: line {places}{more}")
    if folders:
        notes.append(f"cut off, or {len(folders)} outline tags are never closed")
    if not sources:
        notes.append("no feeds were found; is this an OPML file?")
    return OpmlRead(tuple(sources.values()), tuple(notes))


def decode(data: bytes, notes: list[str]) -> str:
    """The text, by byte order mark, declaration, UTF-8, and else windows-1252, which is noted."""
    for bom, name in ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if data.startswith(bom):
            return data.decode(name, "replace")
    declared = _DECLARED.search(data[:400])
    for name in (declared.group(1).decode("ascii") if declared else "utf-8", "utf-8"):
        try:
            return data.removeprefix(codecs.BOM_UTF8).decode(name)
        except (LookupError, ValueError):
            continue
    notes.append("not in the encoding that it names: read as windows-1252")
    return data.decode("cp1252", "replace")


def _without_comments(text: str) -> str:
    """The text with each comment's line ends in its place; an open comment is none."""
    parts = []
    position = 0
    while (start := text.find("<!--", position)) >= 0 and (end := text.find("-->", start + 4)) >= 0:
        parts += [text[position:start], "\n" * text.count("\n", start, end)]
        position = end + 3
    return "".join([*parts, text[position:]])


def _outline(text: str, position: int, line: int) -> _Outline:
    """The attributes of the tag whose name ends at ``position``."""
    attributes: dict[str, str] = {}
    damaged = False
    while found := _ATTRIBUTE.match(text, position):
        start, quote = found.end(), found.group(2)
        end = text.find(quote, start, start + _MAX_VALUE)
        inner = 0
        while end >= 0 and inner < _MAX_INNER and not _AFTER_VALUE.match(text, end + 1):
            inner += 1
            end = text.find(quote, end + 1, start + _MAX_VALUE)
        damaged = damaged or inner > 0
        if end < 0 or inner == _MAX_INNER:
            return _Outline(attributes, line, True, start, True)
        raw = text[start:end]
        damaged = damaged or "<" in raw or "&" in _REFERENCE.sub("", raw)
        attributes.setdefault(found.group(1).lower(), _REFERENCE.sub(_character, raw))
        position = end + 1
    rest = re.compile(r"\s*(/?)>").match(text, position)
    if not rest:
        return _Outline(attributes, line, True, position, True)
    return _Outline(attributes, line, bool(rest.group(1)), rest.end(), damaged)


def _character(found: re.Match[str]) -> str:
    named, decimal, hexadecimal = found.groups()
    if named:
        return _NAMED[named]
    code = int(decimal) if decimal else int(hexadecimal, 16)
    return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 and code else ""


def _words(outline: _Outline, *names: str) -> str | None:
    for name in names:
        if words := " ".join(outline.attributes.get(name, "").split()):
            return words[:200]
    return None


def _add(
    outline: _Outline, category: str | None, sources: dict[str, Source], notes: list[str]
) -> None:
    address = outline.attributes["xmlurl"].strip()
    url = normal_url(for_the_web(address))
    name = _words(outline, "title", "text")
    if url is None:
        notes.append(
            f"line {outline.line}: {quoted(address)} is no http or https address: left out"
        )
    elif url in sources:
        notes.append(f"line {outline.line}: {quoted(url)} stands twice: kept once")
    else:
        sources[url] = Source(
            key=url, url=url, name=None if name in (url, address) else name, category=category
        )
