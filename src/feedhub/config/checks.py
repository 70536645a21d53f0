"""What one value alone cannot tell: twins, and lists that ask for what is not there.

These read the plain values, so that they speak up even where other keys are wrong. A mistake
keeps the file from being obeyed; a note only makes a person look.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from feedhub.config.document import Mistake, Path, Value
from feedhub.config.fields import normal_url, without_user
from feedhub.config.files import File
from feedhub.config.likeness import did_you_mean, fold, one_slip
from feedhub.config.report import quoted
from feedhub.values import dataclass

# Two words for one thing: either will do, both is a mistake.
_SYNONYMS = (("publisher", "owner"), ("exclude_words", "not_words"))


def cross_checks(files: Sequence[File]) -> Iterator[tuple[File, Mistake]]:
    """Every mistake that needs two places to be seen, with the file that it is in."""
    main = files[0].document
    if isinstance(main.value, dict) and not {"sources", "include"} & main.value.keys():
        yield files[0], Mistake(main.mark(()), (), "the key sources: is missing")
    groups = dict(_groups(files))
    yield from _twice(files, "groups", "is a group of")
    yield from _twice(files, "lists", "is a list of")
    entries = [entry for file in files for entry in _entries(file, groups)]
    yield from _strangers(entries, groups)
    yield from _twins(entries)
    for file in files:
        for slug, spec in file.mapping("lists").items():
            where = spec.get("where") if isinstance(spec, dict) else None
            if isinstance(where, dict):
                yield from _both_words(where, ("lists", slug, "where"), file)
    for one in _unknown_names(files, entries):
        if one.near is not None:
            text = f'no source has the {one.what}; did you mean "{one.near}"?'
            yield one.file, Mistake(one.file.document.mark(one.place), one.place, text)
    for entry in entries:
        yield from _both_words(entry.own, ("sources", entry.index), entry.file)


def notes(files: Sequence[File]) -> Iterator[tuple[File, Mistake]]:
    """What may be meant and does not do what it seems to: names that only the feeds can know,
    and keys that a list of its order does not read.
    """
    groups = dict(_groups(files))
    entries = [entry for file in files for entry in _entries(file, groups)]
    for one in _unknown_names(files, entries):
        if one.near is None:
            text = f"no source has the {one.what}; {_FROM_FEEDS[one.key]}"
            yield one.file, Mistake(one.file.document.mark(one.place), one.place, text)
    yield from _unspoken(files[0])
    yield from _idle_keys(files)


SPOKEN = ("sv", "en")  # the languages that pages have words in


def _unspoken(main: File) -> Iterator[tuple[File, Mistake]]:
    language = _text(main.mapping("hub"), "language")
    if language and language.lower().split("-")[0] not in SPOKEN:
        path = ("hub", "language")
        text = "pages have words in Swedish and English; for this language they are English"
        yield main, Mistake(main.document.mark(path), path, text)


# What only lists of the other order read.
_IDLE = {"latest": ("weights", "window"), "popular": ("fair", "collapse")}


def _idle_keys(files: Sequence[File]) -> Iterator[tuple[File, Mistake]]:
    for file in files:
        for slug, spec in file.mapping("lists").items():
            if not isinstance(spec, dict):
                continue
            order = _text(spec, "order") or ("popular" if slug.strip() == "popular" else "latest")
            other = "popular" if order == "latest" else "latest"
            for key in _IDLE.get(order, ()):
                if spec.get(key) is not None:
                    path = ("lists", slug, key)
                    mark = file.document.key_marks.get(path, file.document.mark(path))
                    text = f"does nothing here: only lists with order: {other} read it"
                    yield file, Mistake(mark, path, text)


@dataclass(frozen=True, slots=True)
class _Entry:
    """One source where it stands: what it says itself, and with its group and the defaults."""

    file: File
    index: int
    own: dict[str, Value]
    whole: dict[str, Value]

    @property
    def line(self) -> int:
        return self.file.document.mark(("sources", self.index)).line


def _groups(files: Sequence[File]) -> Iterator[tuple[str, dict[str, Value]]]:
    for file in files:
        for name, group in file.mapping("groups").items():
            yield name.strip(), group if isinstance(group, dict) else {}


def _entries(file: File, groups: dict[str, dict[str, Value]]) -> Iterator[_Entry]:
    shared: dict[str, Value] = {}
    above: File | None = file
    while above is not None:
        shared = above.mapping("defaults") | shared
        above = above.parent
    for index, value in enumerate(file.sources()):
        own: Value = {"url": value} if isinstance(value, str) else value
        if isinstance(own, dict):
            group = groups.get(_text(own, "group") or "", {})
            yield _Entry(file, index, own, shared | group | own)


def _twice(files: Sequence[File], key: str, words: str) -> Iterator[tuple[File, Mistake]]:
    """A name that two files give something: neither can be meant to win."""
    first: dict[str, File] = {}
    for file in files:
        for name in file.mapping(key):
            if name.strip() in first:
                path = (key, name)
                mark = file.document.key_marks.get(path, file.document.mark(path))
                yield (
                    file,
                    Mistake(mark, path, f"{words} {first[name.strip()].name} already"),
                )
            first.setdefault(name.strip(), file)


def _strangers(
    entries: Sequence[_Entry], groups: dict[str, dict[str, Value]]
) -> Iterator[tuple[File, Mistake]]:
    for entry in entries:
        name = _text(entry.own, "group")
        if name is not None and name not in groups:
            path = ("sources", entry.index, "group")
            text = f"no group is called {_written(path, entry.file)}{did_you_mean(name, groups)}"
            yield entry.file, Mistake(entry.file.document.mark(path), path, text)


def _text(source: dict[str, Value], key: str) -> str | None:
    value = source.get(key)
    return value.strip() or None if isinstance(value, str) else None


def _address(source: dict[str, Value]) -> str | None:
    url = normal_url(_text(source, "url") or "")
    return without_user(url)[0] if url else None


def _twins(entries: Sequence[_Entry]) -> Iterator[tuple[File, Mistake]]:
    """The same id twice, or the same address where not both entries have an id."""
    ids: dict[str, _Entry] = {}
    urls: dict[str, tuple[_Entry, bool]] = {}
    for entry in entries:
        own_id, url = _text(entry.own, "id"), _address(entry.own)
        key = own_id or url
        if key in ids and own_id:
            path: Path = ("sources", entry.index, "id")
            yield (
                entry.file,
                Mistake(
                    entry.file.document.mark(path),
                    path,
                    f"{_written(path, entry.file)} is already the id of the source"
                    f" on {_line(ids[key], entry)}",
                ),
            )
        elif url in urls and not (own_id and urls[url][1]):
            path = ("sources", entry.index)
            path = (*path, "url") if "url" in entry.own else path
            yield (
                entry.file,
                Mistake(
                    entry.file.document.mark(path),
                    ("sources", entry.index),
                    f"{_written(path, entry.file)} is already on {_line(urls[url][0], entry)}",
                ),
            )
        if own_id:
            ids.setdefault(own_id, entry)
        if url:
            urls.setdefault(url, (entry, bool(own_id)))


def _line(there: _Entry, here: _Entry) -> str:
    return f"line {there.line}" + ("" if there.file is here.file else f" of {there.file.name}")


def _written(path: Path, file: File) -> str:
    while path and path not in file.document.written:
        path = path[:-1]
    return quoted(file.document.written.get(path, ""))


def _both_words(values: dict[str, Value], path: Path, file: File) -> Iterator[tuple[File, Mistake]]:
    for word, other in _SYNONYMS:
        if values.get(word) is not None and values.get(other) is not None:
            mark = file.document.key_marks.get((*path, other), file.document.mark(path))
            text = f"{word} and {other} are two words for one thing; keep one"
            yield file, Mistake(mark, path, text)


@dataclass(frozen=True, slots=True)
class _Unknown:
    """A category or source that a list asks for and no source in the files has.

    ``near`` is what one slip of the finger would make of it, null where there is nothing.
    """

    file: File
    key: str  # of where
    place: Path
    what: str
    near: str | None


def _unknown_names(files: Sequence[File], entries: Sequence[_Entry]) -> Iterator[_Unknown]:
    """Names compare without case, as the lists themselves compare them."""
    known = {
        "category": {_text(entry.whole, "category") for entry in entries} - {None},
        "source": {_text(entry.own, key) for entry in entries for key in ("name", "id")} - {None},
    }
    urls: set[str | None] | None = None  # read only where a list asks for an address
    for file in files:
        for slug, spec in file.mapping("lists").items():
            where = spec.get("where") if isinstance(spec, dict) else None
            if not isinstance(where, dict):
                continue
            for key, names in known.items():
                folded = {fold(name): name for name in names if name}
                for place, wanted in _wanted(where, ("lists", slug, "where", key)):
                    if fold(wanted) in folded:
                        continue
                    if key == "source" and (url := normal_url(wanted)):
                        if urls is None:
                            urls = {_address(entry.own) for entry in entries}
                        if url in urls:
                            continue
                    near = next(filter(partial(one_slip, fold(wanted)), sorted(folded)), None)
                    what = f"{_NAMED[key]} {_written(place, file)}"
                    yield _Unknown(file, key, place, what, folded[near] if near else None)


def _wanted(where: dict[str, Value], path: Path) -> Iterator[tuple[Path, str]]:
    """The names under a key of ``where``, one or a list of them, each with its place."""
    value = where.get(str(path[-1]))
    for index, name in enumerate(value if isinstance(value, list) else [value]):
        if isinstance(name, str) and name.strip():
            yield (*path, index) if isinstance(value, list) else path, name.strip()


_NAMED = {"category": "category", "source": "name, id or address"}
# Where else a name may come from, so that the list need not stay empty.
_FROM_FEEDS = {
    "category": "the list takes only items that their feeds put in it",
    "source": "the list takes only a feed that calls itself so",
}
