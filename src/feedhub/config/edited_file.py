"""One file of a configuration being edited: an edit is made in the text, then read back.

Only the lines that it is about are touched, and the result must be the old values with that one
change. Where the layout does not allow for that (sources inside ``[...]``, say), ruamel.yaml
writes the whole file anew, comments kept.
"""

from __future__ import annotations

import copy
import io
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from feedhub.config.document import Document, Value, last_lines, read_document
from feedhub.config.fields import normal_url
from feedhub.config.load import load_config
from feedhub.config.naming import bare_forms, shown_forms
from feedhub.config.report import lines_of
from feedhub.config.writing import write_whole
from feedhub.errors import ConfigErrors
from feedhub.model import Config

# Needs no quotes anywhere in YAML: no blanks before #, no colon before a blank, no brackets.
_PLAIN: Final = re.compile(r"[A-Za-zÀ-ÿ0-9/][\wÀ-ÿ ./+%~=?&;@()'-]*(?::[\w./+%~=?&;@()'-]+)*\Z")
_SWITCHES: Final = frozenset(("allow_private",))  # whose true must not be quoted
_NOT_TEXT: Final = frozenset(("null", "true", "false", "yes", "no", "on", "off", "y", "n"))


def scalar(text: str) -> str:
    """Text as YAML, in quotes where it must be; dollars doubled, so that none is filled in."""
    text = text.replace("$", "$$")
    worded = any(char.isalpha() for char in text) and text.lower() not in _NOT_TEXT
    if worded and _PLAIN.match(text) and text == text.strip():
        return text
    return json.dumps(text, ensure_ascii=False)


class EditedFile:
    """A feeds.yaml being edited: its bytes, its values and where its sources stand."""

    def __init__(self, path: Path, environ: Mapping[str, str]) -> None:
        self.path = path
        self.environ = environ
        try:
            self.data = path.read_bytes()
        except OSError as error:
            raise ConfigErrors([f"{path}: cannot be read: {error.strerror}"]) from error
        self.document = self._read(self.data)
        root = self.document.value
        if not isinstance(root, dict):
            mistakes = [each for each in self.document.mistakes if not each.path]
            lines = lines_of(mistakes, str(path)) or [f"{path}:1:1: must be keys and values"]
            raise ConfigErrors(lines)
        values = root.get("sources")
        if values is not None and not isinstance(values, list):
            mark = self.document.mark(("sources",))
            place = f"{path}:{mark.line}:{mark.column}"
            raise ConfigErrors([f"{place}: sources: must be a list, each entry after a dash"])
        self.root = root
        self.sources: list[Value] = values or []

    def _read(self, data: bytes) -> Document:
        return read_document(data, self.environ)

    def entries(self) -> Iterator[tuple[int, dict[str, Value], str | None]]:
        """Each source with its place and its address in normal form, if it has one."""
        for index, value in enumerate(self.sources):
            source: Value = {"url": value} if isinstance(value, str) else value
            if isinstance(source, dict):
                url = source.get("url")
                yield index, source, normal_url(url) if isinstance(url, str) else None

    def shown(self) -> set[str]:
        """Every address that a person may have seen of the sources here."""
        return {form for index, _, url in self.entries() if url for form in self._forms(index, url)}

    def _forms(self, index: int, url: str) -> frozenset[str]:
        filled, place = self.document.filled, ("sources", index)
        return shown_forms(url, filled.get((*place, "url")) or filled.get(place) or ())

    def find(self, which: str) -> list[int]:
        """The places of the sources with this address, id or name.

        An address to the letter, user and all, goes before one as it is shown.
        """
        address = normal_url(which)
        entries = list(self.entries())
        exact = [
            index
            for index, source, url in entries
            if (url is not None and url == address)
            or which in (source.get("id"), source.get("name"))
        ]
        forms = bare_forms(which)
        return exact or [
            index
            for index, _, url in entries
            if url is not None and not forms.isdisjoint(self._forms(index, url))
        ]

    def edit(
        self,
        change: Callable[[list[Value]], None],
        in_text: Callable[[list[str]], list[str] | None],
        main: Path,
        *,
        write: bool = True,
    ) -> Config | None:
        """Write the file with ``change`` made, by ``in_text`` if that comes to the same.

        A configuration that was right, as read from ``main``, must still be; as it is then it is
        given back, also where nothing is to be written.
        """
        wanted = copy.deepcopy(self.root)
        sources = copy.deepcopy(self.sources)
        change(sources)
        wanted["sources"] = sources or None
        lines = in_text(self.data.decode("utf-8").splitlines(keepends=True))
        for attempt in ("".join(lines).encode() if lines is not None else None, self._anew(change)):
            if attempt is not None and self._means(attempt, wanted):
                config = self._try(attempt, main)
                if write:
                    write_whole(self.path, attempt)
                return config
        raise ConfigErrors([f"{self.path}: the change cannot be made safely; make it by hand"])

    def _try(self, data: bytes, main: Path) -> Config | None:
        """Raises ConfigErrors when this edit, and nothing before it, would make a mistake."""
        try:
            load_config(main, self.environ)
        except ConfigErrors:
            return None
        try:
            return load_config(main, self.environ, {os.path.realpath(self.path): data})
        except ConfigErrors as error:
            head = f"{self.path}: not changed, for then there would be a mistake:"
            raise ConfigErrors([head, *error.lines]) from error

    def _means(self, data: bytes, wanted: dict[str, Value]) -> bool:
        value = self._read(data).value
        if not isinstance(value, dict):
            return False
        return value | {"sources": value.get("sources") or None} == wanted

    def _anew(self, change: Callable[[list[Any]], None]) -> bytes | None:
        """The whole file as ruamel.yaml writes it: comments kept, spacing its own."""
        yaml = YAML()
        yaml.preserve_quotes = True
        yaml.width = 10_000
        yaml.indent(mapping=2, sequence=4, offset=2)
        out = io.StringIO()
        try:
            root = yaml.load(self.data.decode("utf-8"))
            if root.get("sources") is None:
                root["sources"] = []
            change(root["sources"])
            for switch in _SWITCHES:
                for added in (each for each in root["sources"] if type(each) is dict):
                    if added.get(switch) == "true":
                        added[switch] = True
            yaml.dump(root, out)
        except (YAMLError, ValueError, TypeError, AttributeError):
            return None  # a file that only the other parser accepts: nothing is lost by saying so
        return out.getvalue().encode()

    def with_added(self, lines: list[str], entries: Sequence[dict[str, Value]]) -> list[str] | None:
        newline = "\r\n" if lines and lines[-1].endswith("\r\n") else "\n"
        if lines and not lines[-1].endswith("\n"):
            lines[-1] += newline
        if self.sources:
            last = len(self.sources) - 1
            mark = self.document.mark(("sources", last))
            dash = _dash(lines, mark.line, mark.column)
            if dash is None:
                return None
            indent, ends = lines[dash].index("-"), last_lines(self.data, "sources")
            if len(ends) != len(self.sources):
                return None  # they come by a merge key
            at = ends[last]
        elif "sources" in self.root:
            at, indent = self.document.key_marks["sources",].line, 2
            if not re.fullmatch(r"sources:\s*(#.*)?", lines[at - 1].strip("\ufeff\r\n")):
                return None
        else:
            lines.append(f"sources:{newline}")
            at, indent = len(lines), 2
        added = [line for each in entries for line in self._entry(each, indent, newline)]
        return [*lines[:at], *added, *lines[at:]]

    def _entry(self, entry: dict[str, Value], indent: int, newline: str) -> list[str]:
        blank = " " * indent
        if len(entry) == 1:
            return [f"{blank}- {scalar(str(entry['url']))}{newline}"]
        starts = [f"{blank}- ", *[f"{blank}  "] * (len(entry) - 1)]
        added = [
            f"{start}{key}: {value if key in _SWITCHES else scalar(str(value))}{newline}"
            for start, (key, value) in zip(starts, entry.items(), strict=True)
        ]
        return [newline, *added] if self._airy() else added

    def _airy(self) -> bool:
        """Whether a blank line stands between the sources."""
        if len(self.sources) < 2:
            return False
        start = self.document.mark(("sources", len(self.sources) - 1)).line
        lines = self.data.decode("utf-8").splitlines()
        return start >= 2 and not lines[start - 2].strip()

    def without(self, lines: list[str], index: int) -> list[str] | None:
        mark = self.document.mark(("sources", index))
        dash = _dash(lines, mark.line, mark.column)
        if dash is None:
            return None
        ends = last_lines(self.data, "sources")
        if len(ends) != len(self.sources):
            return None  # they come by a merge key
        end = ends[index]
        airy = dash and not lines[dash - 1].strip() and end < len(lines) and not lines[end].strip()
        return [*lines[: dash - 1 if airy else dash], *lines[end:]]


def _dash(lines: list[str], line: int, column: int) -> int | None:
    """The index of the line whose dash begins the entry at a mark; null when it shares one."""
    before = lines[line - 1][: column - 1]
    if before.strip() == "-":
        return line - 1
    return None
