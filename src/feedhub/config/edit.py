"""Edits of feeds.yaml that keep a person's comments, order and layout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit

from feedhub.config.document import Value
from feedhub.config.edited_file import EditedFile, scalar
from feedhub.config.fields import normal_url, without_user
from feedhub.config.files import read_files
from feedhub.config.load import load_config
from feedhub.config.naming import bare_forms
from feedhub.config.report import quoted
from feedhub.errors import ConfigErrors
from feedhub.model import Config, Source


class New(NamedTuple):
    """A source to add: its address, and what the file is to say about it."""

    url: str
    name: str | None = None
    category: str | None = None
    allow_private: bool = False


def add_source(
    path: Path,
    url: str,
    name: str | None = None,
    category: str | None = None,
    *,
    allow_private: bool = False,
    environ: Mapping[str, str] | None = None,
) -> None:
    """Add a source at the end of ``sources:``, in one atomic write.

    Raises ConfigErrors when the address is none, is there already, or the file cannot be
    read or written.
    """
    new = New(_checked(path, url), name, category, allow_private)
    if add_sources(path, [new], environ=environ) == 0:
        raise ConfigErrors([f"{path}: {quoted(new.url)} is already there"])


def source_as_added(
    path: Path, url: str, *, allow_private: bool = False, environ: Mapping[str, str] | None = None
) -> Source:
    """What :func:`add_source` would add, with the defaults of its file; nothing is written.

    Raises ConfigErrors where that would, and where the file has a mistake already.
    """
    new = New(_checked(path, url), allow_private=allow_private)
    file, entries = _to_add(path, [new], None, environ or {})
    if not entries:
        raise ConfigErrors([f"{path}: {quoted(new.url)} is already there"])
    config = _add(file, entries, path, write=False) or load_config(path, environ or {})
    address = without_user(new.url)[0]
    return next(source for source in config.sources if source.url == address)


def add_sources(
    path: Path,
    new: Sequence[New],
    *,
    to: Path | None = None,
    environ: Mapping[str, str] | None = None,
) -> int:
    """Add those that are not there yet, all in one atomic write; gives how many were added.

    They go to the end of ``sources:`` in ``path``, or in ``to``, one of the files that it
    includes. Raises ConfigErrors.
    """
    file, entries = _to_add(path, new, to, environ or {})
    if entries:
        _add(file, entries, path)
    return len(entries)


def _to_add(
    path: Path, new: Sequence[New], to: Path | None, environ: Mapping[str, str]
) -> tuple[EditedFile, list[dict[str, Value]]]:
    """The file to write to, and what is not there yet of ``new``."""
    files = _files(path, environ)
    file = files[0]
    if to is not None:
        named = [each for each in files if each.path.resolve() == to.resolve()]
        if not named:
            raise ConfigErrors([f"{path}: does not include {to}"])
        file = named[0]
    entries = [_entry_of(each, _checked(path, each.url)) for each in _not_in(files, path, new)]
    return file, entries


def _add(
    file: EditedFile, entries: Sequence[dict[str, Value]], main: Path, *, write: bool = True
) -> Config | None:
    def change(values: list[Value]) -> None:
        values.extend(dict(each) if len(each) > 1 else each["url"] for each in entries)

    def in_text(lines: list[str]) -> list[str] | None:
        return file.with_added(lines, entries)

    return file.edit(change, in_text, main, write=write)


def missing(
    path: Path, new: Sequence[New], *, environ: Mapping[str, str] | None = None
) -> list[New]:
    """Those of ``new`` that no source in ``path`` or what it includes is, each once.

    A source is there also by its address as it is shown: without user and password, with
    ``${NAME}`` for what the environment gave. Raises ConfigErrors.
    """
    return _not_in(_files(path, environ or {}), path, new)


def _not_in(files: Sequence[EditedFile], path: Path, new: Sequence[New]) -> list[New]:
    known = {form for each in files for form in each.shown()}
    found = []
    for each in new:
        forms = bare_forms(_checked(path, each.url))
        if known.isdisjoint(forms):
            known |= forms
            found.append(each)
    return found


def _entry_of(new: New, url: str) -> dict[str, Value]:
    entry: dict[str, Value] = {"url": url}
    entry |= {
        key: " ".join(each.split())
        for key, each in (("name", new.name), ("category", new.category))
        if each
    }
    if new.allow_private:
        entry["allow_private"] = "true"
    return entry


def remove_source(path: Path, which: str, *, environ: Mapping[str, str] | None = None) -> Path:
    """Remove the source with this address, id or name; comments around it stay.

    Gives the file that it stood in.

    Raises ConfigErrors when no source, or more than one, is meant, and when the file would be
    wrong without it.
    """
    place = _find(_files(path, environ or {}), which)
    if place is None:
        raise ConfigErrors([f"{path}: no source has the address, id or name {quoted(which)}"])
    file, index = place

    def change(values: list[Value]) -> None:
        del values[index]

    def in_text(lines: list[str]) -> list[str] | None:
        return file.without(lines, index)

    file.edit(change, in_text, path)
    return file.path


def replace_url(
    path: Path, old: str, new: str, *, environ: Mapping[str, str] | None = None
) -> None:
    """Give the source at the address ``old`` the address ``new``; all else of it stays.

    User and password that stand in the old address go over to the new one on the same host.

    Raises ConfigErrors when there is no such source, when ``new`` is there already, when the
    old address takes a value from the environment, which this would write down, or when it has
    a password that would go to another host.
    """
    address = _checked(path, new)
    files = _files(path, environ or {})
    found = _find(files, old)
    if found is None:
        raise ConfigErrors([f"{path}: no source has the address {quoted(old)}"])
    file, index = found
    if _find(files, address) not in (None, found):
        raise ConfigErrors([f"{path}: {quoted(address)} is already there"])
    place = ("sources", index, "url")
    bare = place not in file.document.written
    written = file.document.written[place[:2] if bare else place]
    if "${" in written:
        text = f"{quoted(written)} takes a value from the environment; change it by hand"
        raise ConfigErrors([f"{file.path}: {text}"])
    address = _with_user_of(written, address, file)

    def change(values: list[Value]) -> None:
        source = values[index]
        if isinstance(source, dict):
            source["url"] = address
        else:
            values[index] = address

    def in_text(lines: list[str]) -> list[str] | None:
        mark = file.document.mark(place[:2] if bare else place)
        line = lines[mark.line - 1]
        before, rest = line[: mark.column - 1], line[mark.column - 1 :]
        quote = rest[:1] if rest[:1] in ("'", '"') else ""
        token = f"{quote}{written}{quote}"
        if not rest.startswith(token):
            return None  # written with escapes, or over several lines
        lines[mark.line - 1] = f"{before}{scalar(address)}{rest[len(token) :]}"
        return lines

    file.edit(change, in_text, path)


def _with_user_of(written: str, address: str, file: EditedFile) -> str:
    """The new address with the user and password of the old one. Raises ConfigErrors."""
    old = normal_url(written) or written
    if without_user(old)[0] == old:
        return address
    there, here = urlsplit(address), urlsplit(old)
    if there.hostname != here.hostname or here.scheme == "https" != there.scheme:
        text = f"{quoted(written)} has a user, who is not taken to {address}; change it by hand"
        raise ConfigErrors([f"{file.path}: {text}"])
    user = here.netloc.rpartition("@")[0]
    return urlunsplit(there._replace(netloc=f"{user}@{there.netloc}"))


def _files(path: Path, environ: Mapping[str, str]) -> list[EditedFile]:
    """feeds.yaml and what it includes, each ready to be edited."""
    return [EditedFile(each.path, environ) for each in read_files(path, environ).files]


def _find(files: Sequence[EditedFile], which: str) -> tuple[EditedFile, int] | None:
    """The one source with this address, id or name, and the file that it is in."""
    found = [(file, index) for file in files for index in file.find(which)]
    if len(found) > 1:
        lines = [str(file.document.mark(("sources", index)).line) for file, index in found]
        if len({id(file) for file, _ in found}) > 1:
            lines = [f"{file.path}:{line}" for (file, _), line in zip(found, lines, strict=True)]
        text = f"{quoted(which)} is several sources: lines {', '.join(lines)}"
        raise ConfigErrors([f"{files[0].path}: {text}"])
    return found[0] if found else None


def _checked(path: Path, url: str) -> str:
    address = normal_url(url)
    if address is None:
        raise ConfigErrors([f"{path}: {quoted(url)} is not an http or https address"])
    return address
