"""The same bytes as files, for any web host: each replaced at once, only what changed."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from feedhub.errors import FeedhubError
from feedhub.serve.rendered import Rendered
from feedhub.values import dataclass

MANIFEST = ".feedhub-files.json"  # what we wrote, so that only ours is ever removed


@dataclass(frozen=True, slots=True)
class Written:
    """How many files were written, left alone as equal, and removed as stale."""

    written: int
    unchanged: int
    removed: int


def file_of(path: str, content_type: str) -> str:
    """The file for an address: pages as ``name/index.html``, which every host finds."""
    if content_type.startswith("text/html"):
        return f"{path.strip('/')}/index.html".lstrip("/")
    return path.lstrip("/")


def write_site(directory: Path, pages: Mapping[str, Rendered]) -> Written:
    """Make ``directory`` hold exactly these pages, beside whatever else is in it.

    Each file comes by rename, feeds and pages after the assets they name, stale ones of ours
    go last. Compressed twins (``.gz``, ``.br``) are written for hosts that serve them. Raises
    FeedhubError where the directory cannot be written.
    """
    try:
        return _write(directory, pages)
    except OSError as error:
        raise FeedhubError(f"{error.filename or directory}: {error.strerror}") from error


def _write(directory: Path, pages: Mapping[str, Rendered]) -> Written:
    directory.mkdir(parents=True, exist_ok=True)
    before = _manifest(directory)
    wanted: dict[str, bytes] = {}
    for path, rendered in sorted(pages.items(), key=lambda pair: (not pair[1].immutable, pair[0])):
        name = file_of(path, rendered.content_type)
        wanted[name] = rendered.body
        if rendered.gzip is not None:
            wanted[name + ".gz"] = rendered.gzip
        if rendered.br is not None:
            wanted[name + ".br"] = rendered.br
    _refuse_foreign(directory, wanted, before)
    # The names are noted before the files come: a run that is cut short leaves nothing unowned.
    _note(directory, before | wanted.keys())
    written = sum(_put(directory / name, body) for name, body in wanted.items())
    stale = before - wanted.keys()
    for name in stale:
        _remove(directory, name)
    _note(directory, wanted.keys())
    return Written(written, len(wanted) - written, len(stale))


def _refuse_foreign(directory: Path, wanted: Mapping[str, bytes], ours: set[str]) -> None:
    """Another's file is not overwritten, even where we want its name."""
    foreign = sorted(
        name
        for name in wanted.keys() - ours
        if (directory / name).exists() and (directory / name).read_bytes() != wanted[name]
    )
    if foreign:
        more = f" and {len(foreign) - 1} more" if len(foreign) > 1 else ""
        raise FeedhubError(
            f"{directory}: {foreign[0]}{more} is there and was not written by feedhub;"
            " move it away, or choose another folder"
        )


def _put(file: Path, body: bytes) -> bool:
    """Whether the file had to be written."""
    try:
        if file.read_bytes() == body:
            return False
    except (FileNotFoundError, NotADirectoryError):
        file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    draft.write_bytes(body)
    draft.replace(file)
    return True


def _remove(directory: Path, name: str) -> None:
    (directory / name).unlink(missing_ok=True)
    for folder in (directory / name).parents:
        if folder == directory or any(folder.iterdir()):
            return
        folder.rmdir()


def _manifest(directory: Path) -> set[str]:
    """What an earlier run wrote. A list that cannot be read is no leave to remove anything."""
    try:
        names = json.loads((directory / MANIFEST).read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return set()
    root = directory.resolve()
    return {
        name
        for name in names
        if isinstance(name, str) and (root / name).resolve().is_relative_to(root)
    }


def _note(directory: Path, names: Iterable[str]) -> None:
    body = json.dumps(sorted(names), indent=0).encode()
    _put(directory / MANIFEST, body + b"\n")
