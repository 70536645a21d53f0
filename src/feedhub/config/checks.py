"""What one value alone cannot tell: twins, and lists that ask for what is not there.

These read the plain values, so that they speak up even where other keys are wrong.
"""

from __future__ import annotations

from collections.abc import Iterator

from feedhub.config.document import Document, Mistake, Path, Value
from feedhub.config.fields import did_you_mean, normal_url, without_user
from feedhub.config.report import quoted

# Two words for one thing: either will do, both is a mistake.
_SYNONYMS = (("publisher", "owner"), ("exclude_words", "not_words"))


def cross_checks(document: Document) -> Iterator[Mistake]:
    """Every mistake that needs two places to be seen."""
    root = document.value if isinstance(document.value, dict) else {}
    sources = root.get("sources")
    entries = list(_sources(sources if isinstance(sources, list) else []))
    yield from _twins(entries, document)
    lists = root.get("lists")
    for slug, spec in (lists if isinstance(lists, dict) else {}).items():
        where = spec.get("where") if isinstance(spec, dict) else None
        if isinstance(where, dict):
            path = ("lists", slug, "where")
            yield from _both_words(where, path, document)
            yield from _unknown_names(where, path, entries, document)
    for index, source in entries:
        yield from _both_words(source, ("sources", index), document)


def _sources(values: list[Value]) -> Iterator[tuple[int, dict[str, Value]]]:
    for index, value in enumerate(values):
        if isinstance(value, str):
            yield index, {"url": value}
        elif isinstance(value, dict):
            yield index, value


def _text(source: dict[str, Value], key: str) -> str | None:
    value = source.get(key)
    return value.strip() or None if isinstance(value, str) else None


def _address(source: dict[str, Value]) -> str | None:
    url = normal_url(_text(source, "url") or "")
    return without_user(url)[0] if url else None


def _twins(entries: list[tuple[int, dict[str, Value]]], document: Document) -> Iterator[Mistake]:
    """The same id twice, or the same address where not both entries have an id."""
    ids: dict[str, int] = {}
    urls: dict[str, tuple[int, bool]] = {}
    for index, source in entries:
        own_id, url = _text(source, "id"), _address(source)
        key = own_id or url
        if key in ids and own_id:
            line = document.mark(("sources", ids[key])).line
            path: Path = ("sources", index, "id")
            yield Mistake(
                document.mark(path),
                path,
                f"{_written(path, document)} is already the id of the source on line {line}",
            )
        elif url in urls and not (own_id and urls[url][1]):
            line = document.mark(("sources", urls[url][0])).line
            path = ("sources", index, "url") if "url" in source else ("sources", index)
            shown = _written(path, document)
            yield Mistake(
                document.mark(path), ("sources", index), f"{shown} is already on line {line}"
            )
        if own_id:
            ids.setdefault(own_id, index)
        if url:
            urls.setdefault(url, (index, bool(own_id)))


def _written(path: Path, document: Document) -> str:
    while path and path not in document.written:
        path = path[:-1]
    return quoted(document.written.get(path, ""))


def _both_words(values: dict[str, Value], path: Path, document: Document) -> Iterator[Mistake]:
    for word, other in _SYNONYMS:
        if values.get(word) is not None and values.get(other) is not None:
            yield Mistake(
                document.key_marks.get((*path, other), document.mark(path)),
                path,
                f"{word} and {other} are two words for one thing; keep one",
            )


def _unknown_names(
    where: dict[str, Value],
    path: Path,
    entries: list[tuple[int, dict[str, Value]]],
    document: Document,
) -> Iterator[Mistake]:
    """Categories and sources that no source has: the list would stay empty without a word."""
    categories = {_text(source, "category") for _, source in entries} - {None}
    names = {_text(source, key) for _, source in entries for key in ("name", "id")} - {None}
    urls = {_address(source) for _, source in entries}
    for key, known in (("category", categories), ("source", names)):
        value = where.get(key)
        for index, wanted in enumerate(value if isinstance(value, list) else [value]):
            if not isinstance(wanted, str) or not wanted.strip() or wanted.strip() in known:
                continue
            if key == "source" and normal_url(wanted) in urls - {None}:
                continue
            place = (*path, key, index) if isinstance(value, list) else (*path, key)
            hint = did_you_mean(wanted, {name for name in known if name})
            shown = _written(place, document)
            yield Mistake(
                document.mark(place), place, f"no source has the {_NAMED[key]} {shown}{hint}"
            )


_NAMED = {"category": "category", "source": "name, id or address"}
