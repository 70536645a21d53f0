"""feeds.yaml and the files that it includes, each read into a Document of its own."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Mapping
from dataclasses import field
from itertools import takewhile
from pathlib import Path
from typing import Final

from feedhub.config.document import MAX_BYTES, Document, Mistake, Value, read_document
from feedhub.config.document import Path as Place
from feedhub.config.report import quoted
from feedhub.errors import ConfigErrors
from feedhub.values import dataclass

MAX_FILES: Final = 1000
MAX_DEPTH: Final = 20  # a file includes a file that includes a file ...


@dataclass(slots=True)
class File:
    """One file: how messages name it, where it is, what it says, and who included it."""

    name: str
    path: Path
    document: Document
    parent: File | None = None

    def mapping(self, key: str) -> dict[str, Value]:
        """The keys and values under a top-level key; none where there is something else."""
        root = self.document.value
        found = root.get(key) if isinstance(root, dict) else None
        return found if isinstance(found, dict) else {}

    def sources(self) -> list[Value]:
        """The entries of ``sources:``, as they were written."""
        root = self.document.value
        found = root.get("sources") if isinstance(root, dict) else None
        return found if isinstance(found, list) else []


@dataclass(slots=True)
class Files:
    """All files of a configuration, the main one first, and every path that can change it."""

    files: list[File] = field(default_factory=list)
    watched: list[str] = field(default_factory=list)  # also folders whose files are taken in


def read_files(
    path: Path, environ: Mapping[str, str], instead: Mapping[str, bytes] | None = None
) -> Files:
    """Read ``path`` and what it includes, depth first, each file once.

    ``instead`` holds what files, by their real paths, would say after an edit.

    Raises ConfigErrors when ``path`` itself cannot be read; what is wrong with an include is a
    mistake of the file that asks for it.
    """
    reading = _Reading(environ, instead or {}, Files(watched=[str(path)]))
    reading.take(File(str(path), path, reading.document(path)), 0)
    return reading.found


class _Reading:
    """One reading of all files: what has been seen, and what has been found."""

    def __init__(
        self, environ: Mapping[str, str], instead: Mapping[str, bytes], found: Files
    ) -> None:
        self.environ = environ
        self.instead = instead
        self.found = found
        self.seen: set[str] = set()

    def document(self, path: Path, *, regular: bool = False) -> Document:
        real = os.path.realpath(path) if self.instead else ""
        data = self.instead[real] if real in self.instead else _bytes(path, regular=regular)
        return read_document(data, self.environ)

    def take(self, file: File, depth: int) -> None:
        self.seen.add(os.path.realpath(file.path))
        self.found.files.append(file)
        for place, wanted in _wanted(file.document):
            for path in _paths(file.path.parent, wanted, self.found):
                if os.path.realpath(path) in self.seen:
                    if not glob.has_magic(wanted):
                        _wrong(file, place, f"{quoted(wanted)} is read already; include it once")
                    continue
                if depth == MAX_DEPTH or len(self.found.files) == MAX_FILES:
                    text = f"more than {MAX_FILES} files, or {MAX_DEPTH} that include one another"
                    _wrong(file, place, text)
                    return
                self.found.watched.append(str(path))
                try:
                    document = self.document(path, regular=True)
                except ConfigErrors as error:
                    _wrong(file, place, str(error))
                    continue
                self.take(File(str(path), path, document, file), depth + 1)


def _wrong(file: File, place: Place, text: str) -> None:
    file.document.mistakes.append(Mistake(file.document.mark(place), place, text))


def _wanted(document: Document) -> Iterator[tuple[Place, str]]:
    root = document.value
    value = root.get("include") if isinstance(root, dict) else None
    single = isinstance(value, str)
    for index, each in enumerate(value if isinstance(value, list) else [value]):
        place: Place = ("include",) if single else ("include", index)
        if not isinstance(each, str) or not each.strip():
            continue  # the settings model says so
        if "\0" in each:
            document.mistakes.append(Mistake(document.mark(place), place, "is no file's name"))
            continue
        yield place, each.strip()


def _paths(folder: Path, wanted: str, found: Files) -> list[Path]:
    """The file that is meant, or all that a pattern fits, in the order of their names."""
    wanted = os.path.expanduser(wanted)  # noqa: PTH111 - pathlib's raises for unknown users
    if not glob.has_magic(wanted):
        return [folder / wanted]
    whole = wanted if Path(wanted).is_absolute() else f"{glob.escape(str(folder))}/{wanted}"
    found.watched += _folders(folder, wanted)
    # os.path's: a name that leads to where nobody may look is told as what cannot be read
    return [Path(each) for each in sorted(glob.glob(whole)) if not os.path.isdir(each)]  # noqa: PTH112, PTH207


def _folders(folder: Path, wanted: str) -> Iterator[str]:
    """Where a file that the pattern fits can come to be: also a folder that is not there yet,
    and those in which a folder can come that the pattern fits."""
    parts = Path(wanted).parts
    named = list(takewhile(lambda part: not glob.has_magic(part), parts))
    fixed = folder.joinpath(*named)
    yield str(fixed)
    within = glob.escape(str(fixed))
    for part in parts[len(named) : -1]:
        within = f"{within}/{part}"
        yield from sorted(glob.glob(within))  # noqa: PTH207


def _bytes(path: Path, *, regular: bool = False) -> bytes:
    """What the file holds, up to just beyond the bound. Only a regular file ends for certain."""
    try:
        if regular and path.exists() and not path.is_dir() and not path.is_file():
            raise ConfigErrors([f"{path}: is no regular file"])
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise ConfigErrors([f"{path}: there is no such file"]) from error
    except IsADirectoryError as error:
        raise ConfigErrors([f"{path}: is a directory; name the file in it"]) from error
    except (OSError, ValueError) as error:  # ValueError: a null byte in the name
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise ConfigErrors([f"{path}: cannot be read: {why}"]) from error
