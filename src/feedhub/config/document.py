"""Text of feeds.yaml -> plain values, each with its place in the file.

Every scalar stays the text it was written as: ``no``, ``12:30``, ``1_000``, ``0777`` and
``2026-01-01`` mean what a person sees. What a key wants (a number, a duration) is decided by
the settings model alone. Only an unquoted nothing, ``~`` or ``null`` is null.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import yaml

from feedhub.config.environment import BadReference, substitute

Value: TypeAlias = "str | list[Value] | dict[str, Value] | None"
Path: TypeAlias = tuple[str | int, ...]

# feeds.yaml is four levels deep; YAML that nests further is a slip or an attack.
MAX_DEPTH: Final = 24
# 10,000 sources with a dozen keys each; what aliases stand for is counted each time.
MAX_NODES: Final = 200_000
MAX_BYTES: Final = 16 * 1024 * 1024

_NULL: Final = "tag:yaml.org,2002:null"
_MERGE: Final = "tag:yaml.org,2002:merge"
_QUOTING: Final = ("'", '"', "|", ">")  # with these, null is the word null
_OWN_TAGS: Final = frozenset(
    f"tag:yaml.org,2002:{name}"
    for name in ("map", "seq", "str", "int", "float", "bool", "null", "timestamp", "value", "merge")
)
# All but what YAML calls printable: https://yaml.org/spec/1.1/#c-printable
# (said the other way round, it takes Python ten times as long to compile)
_UNPRINTABLE: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]|\ufeff(?<!^.)"
)
_Loader: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """A place in a file; lines and columns count from 1, columns in characters."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that is wrong, where, and under which key (an empty path: the whole file)."""

    mark: Mark
    path: Path
    text: str


@dataclass(slots=True)
class Document:
    """The values of a file, where each stands, and what was wrong before any meaning."""

    value: Value = None
    marks: dict[Path, Mark] = field(default_factory=dict)  # of values
    key_marks: dict[Path, Mark] = field(default_factory=dict)
    written: dict[Path, str] = field(default_factory=dict)  # scalars before ${...}
    filled: dict[Path, list[tuple[str, str]]] = field(default_factory=dict)  # what ${...} gave
    mistakes: list[Mistake] = field(default_factory=list)

    def mark(self, path: Path) -> Mark:
        """Where ``path`` stands, or else the nearest thing that holds it."""
        while path and path not in self.marks:
            path = path[:-1]
        return self.marks.get(path, Mark(1, 1))


def read_document(data: bytes, environ: Mapping[str, str]) -> Document:
    """Decode and compose; ``${NAME}`` is taken from ``environ``. Never raises for any bytes."""
    document = Document()
    try:
        text = _decode(data)
        _bound_depth(text)
        node = yaml.compose(text, Loader=_Loader)
        if node is None:
            raise _Refused(Mark(1, 1), "the file is empty; it needs at least a sources: list")
        _Builder(document, environ).build(node)
    except _Refused as refused:
        document.mistakes.append(Mistake(refused.mark, (), refused.text))
    except yaml.MarkedYAMLError as error:
        document.mistakes.append(_syntax_mistake(error, text))
    return document


def last_lines(data: bytes, key: str) -> list[int]:
    """The last line of each entry of the list under ``key``, in a file that can be read.

    Comments and blank lines below an entry are not its own.
    """
    text = _decode(data)
    root = yaml.compose(text, Loader=_Loader)
    pairs = root.value if isinstance(root, yaml.MappingNode) else ()
    entries = [entry for name, value in pairs if name.value == key for entry in value.value]
    lines, known = text.splitlines(), dict[int, int]()
    return [_last_line(entry, lines, known) for entry in entries]


def _last_line(node: yaml.Node, lines: Sequence[str], known: dict[int, int]) -> int:
    """Where a node ends. ``known`` by identity: what an alias means is looked at but once."""
    if id(node) in known:
        return known[id(node)]
    last = node.end_mark.line + 1
    if isinstance(node, yaml.CollectionNode) and not node.flow_style:
        # The mark of what stands in lines of its own is where the next thing begins.
        parts = [part for each in node.value for part in (each if type(each) is tuple else (each,))]
        last = max(
            (_last_line(part, lines, known) for part in parts), default=node.start_mark.line + 1
        )
    elif getattr(node, "style", None) in ("|", ">"):
        last -= node.end_mark.column == 0
        while last > node.start_mark.line + 1 and not lines[last - 1].strip():
            last -= 1
    known[id(node)] = last
    return last


class _Refused(Exception):
    """Nothing more can be read: the one mistake that says why."""

    def __init__(self, mark: Mark, text: str) -> None:
        self.mark = mark
        self.text = text
        super().__init__(text)


def _decode(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise _Refused(Mark(1, 1), f"the file is larger than {MAX_BYTES // 2**20} MiB")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8", "replace")
        raise _Refused(
            _mark_at(before),
            f"byte 0x{data[error.start]:02x} is not UTF-8; save the file as UTF-8",
        ) from error
    found = _UNPRINTABLE.search(text)
    if found:
        raise _Refused(
            _mark_at(text[: found.start()]),
            f"the control character U+{ord(found.group()):04X} cannot stand in YAML; remove it",
        )
    return text


def _mark_at(before: str) -> Mark:
    """The place right after ``before``, which is all the text up to it."""
    lines = before.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return Mark(len(lines), len(lines[-1]) + 1)


def _char_at(text: str, mark: Any) -> str:
    """The character at a mark; lines end as YAML has it, which is not ``str.splitlines``."""
    lines = re.split("\r\n|[\n\r\x85\u2028\u2029]", text)
    return "".join(lines[mark.line : mark.line + 1])[mark.column : mark.column + 1]


def _bound_depth(text: str) -> None:
    """Refuse deep nesting before anything recursive sees it."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                raise _Refused(_mark(event.start_mark), f"nested deeper than {MAX_DEPTH} levels")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _mark(mark: Any) -> Mark:
    """A mark of either loader, whose types are apart; none at all is the file's start."""
    return Mark(mark.line + 1, mark.column + 1) if mark else Mark(1, 1)


def _syntax_mistake(error: yaml.MarkedYAMLError, text: str) -> Mistake:
    mark = error.problem_mark or error.context_mark
    problem = " ".join((error.problem or error.context or "cannot be read").split())
    if "cannot start any token" in problem and mark and _char_at(text, mark) == "\t":
        problem = "a tab cannot indent YAML; use spaces"
    elif "single document" in (error.context or ""):
        problem = 'one file holds one document; remove the line "---"'
    elif error.context and error.context_mark and error.problem:
        problem = f"{problem} ({error.context} from line {error.context_mark.line + 1})"
    return Mistake(_mark(mark), (), f"YAML: {problem}")


class _Builder:
    """Walks composed nodes once, expanding aliases under a bound."""

    def __init__(self, document: Document, environ: Mapping[str, str]) -> None:
        self.document = document
        self.environ = environ
        self.nodes = 0

    def build(self, root: yaml.Node) -> None:
        self.document.value = self._value(root, (), 0)

    def _value(self, node: yaml.Node, path: Path, depth: int) -> Value:
        mark = _mark(node.start_mark)
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise _Refused(mark, f"more than {MAX_NODES} values, aliases counted where they stand")
        if depth > MAX_DEPTH:
            # A composed node can only be this deep if an alias leads back to where it stands.
            raise _Refused(mark, "an alias holds itself, or aliases nest too deep")
        self.document.marks[path] = mark
        if node.tag not in _OWN_TAGS:
            self._mistake(mark, path, f"the YAML tag {node.tag} is not used here; remove it")
            return None
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path, depth)
        if isinstance(node, yaml.SequenceNode):
            return [
                self._value(child, (*path, index), depth + 1)
                for index, child in enumerate(node.value)
            ]
        return self._scalar(node, path)

    def _mapping(self, node: yaml.MappingNode, path: Path, depth: int) -> dict[str, Value]:
        result: dict[str, Value] = {}
        first: dict[str, Mark] = {}
        merged: list[yaml.Node] = []
        for key_node, value_node in node.value:
            mark = _mark(key_node.start_mark)
            if not isinstance(key_node, yaml.ScalarNode):
                self._mistake(mark, path, "a key must be a plain word")
                continue
            key = str(key_node.value)
            if key_node.tag == _MERGE:
                merged.append(value_node)
                continue
            if key in first:
                self._mistake(
                    mark,
                    (*path, key),
                    f"the key stands twice; it is already on line {first[key].line}",
                )
                continue
            first[key] = mark
            self.document.key_marks[(*path, key)] = mark
            result[key] = self._value(value_node, (*path, key), depth + 1)
        for node_ in merged:
            for key, value in self._merged(node_, path, depth).items():
                result.setdefault(key, value)
        return result

    def _merged(self, node: yaml.Node, path: Path, depth: int) -> dict[str, Value]:
        """The pairs that ``<<`` brings in; keys written beside it win, then the first given."""
        parts = node.value if isinstance(node, yaml.SequenceNode) else [node]
        result: dict[str, Value] = {}
        for part in parts:
            if not isinstance(part, yaml.MappingNode):
                self._mistake(_mark(part.start_mark), path, "<< must name keys and values")
                continue
            marks, written = dict(self.document.marks), dict(self.document.written)
            for key, value in self._mapping(part, path, depth + 1).items():
                result.setdefault(key, value)
            # Keys written in place keep their own places in messages.
            self.document.marks.update(marks)
            self.document.written.update(written)
        return result

    def _scalar(self, node: yaml.Node, path: Path) -> str | None:
        text = str(node.value)
        if node.tag == _NULL and getattr(node, "style", None) not in _QUOTING:
            return None
        self.document.written[path] = text
        if "$" not in text:
            return text
        try:
            filled = substitute(text, self.environ, self.document.filled.setdefault(path, []))
        except BadReference as error:
            self._mistake(self.document.marks[path], path, str(error))
            return None
        # "contact: ${CONTACT:-}" with nothing to fill in is the same as no contact.
        return filled if filled or not text else None

    def _mistake(self, mark: Mark, path: Path, text: str) -> None:
        self.document.mistakes.append(Mistake(mark, path, text))
