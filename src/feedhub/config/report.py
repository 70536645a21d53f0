"""What pydantic found wrong -> mistakes in a person's words, each at its place in the file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any, Final, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from feedhub.config.document import Document, Mistake, Path
from feedhub.config.likeness import did_you_mean
from feedhub.config.settings import FileSettings, IncludedSettings

_WIDTH: Final = 60  # a value is quoted so far; the place says where the rest is
_USERINFO: Final = re.compile(r"(?<=//)[^/@\s]+@")
# Keys whose values are never repeated, not even as they stand in the file.
SECRET_KEYS: Final = frozenset({"headers", "auth", "proxy", "password", "token"})


def dotted(path: Path) -> str:
    """``("sources", 1, "interval")`` -> ``sources[1].interval``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


def quoted(text: str) -> str:
    """A value on one line, in quotes, cut to a readable width, users and passwords masked."""
    shown = _USERINFO.sub("...@", text)
    shown = shown if len(shown) <= _WIDTH else shown[: _WIDTH - 3] + "..."
    return json.dumps(shown, ensure_ascii=False)


def mistakes_of(error: ValidationError, document: Document) -> list[Mistake]:
    """One mistake for each error, leaving out what the document has already complained of."""
    broken = {mistake.path for mistake in document.mistakes}
    found = []
    for detail in error.errors(include_url=False, include_context=True, include_input=False):
        mistake = _mistake(detail, document, included=error.title == IncludedSettings.__name__)
        if mistake.path not in broken:
            found.append(mistake)
    return found


def lines_of(mistakes: Iterable[Mistake], name: str) -> list[str]:
    """``feeds.yaml:12:7: sources[1].interval: ...``, in the order of the file, none twice."""
    lines = []
    for mistake in sorted(mistakes, key=lambda each: (each.mark, dotted(each.path), each.text)):
        key = f"{dotted(mistake.path)}: " if mistake.path else ""
        line = f"{name}:{mistake.mark.line}:{mistake.mark.column}: {key}{mistake.text}"
        lines.append("".join(char if char.isprintable() else "?" for char in line))
    return list(dict.fromkeys(lines))


def _mistake(detail: ErrorDetails, document: Document, *, included: bool) -> Mistake:
    path: Path = detail["loc"]
    kind = detail["type"]
    if path and path[-1] == "[key]":  # pydantic's way to say that the key itself is wrong
        path = path[:-1]
        mark = document.key_marks.get(path, document.mark(path))
        return Mistake(mark, path, f"{quoted(str(path[-1]))} {_said(detail)}")
    if kind == "extra_forbidden":
        known = _keys_at(path[:-1], IncludedSettings if included else FileSettings)
        word = str(path[-1])
        if included and path == ("hub",):
            mark = document.key_marks.get(path, document.mark(path))
            return Mistake(mark, (), "hub: stands in the main file alone; move it there")
        hint = did_you_mean(word, known) or f"; known keys are {', '.join(sorted(known))}"
        mark = document.key_marks.get(path, document.mark(path))
        return Mistake(mark, path[:-1], f"unknown key {quoted(word)}{hint}")
    if kind == "missing":
        return Mistake(document.mark(path), path[:-1], f"the key {path[-1]}: is missing")
    if kind in ("model_type", "dict_type", "model_attributes_type"):
        return Mistake(document.mark(path), path, "must be keys and values")
    if kind == "list_type":
        return Mistake(document.mark(path), path, "must be a list, each entry after a dash")
    text = _said(detail)
    if kind != "feedhub_shape":
        shown = _shown(path, document)
        if "${" in shown:  # a guess is made from the value, which may be a secret
            text = text.partition("; did you mean")[0]
        text = f"{shown} {text}"
    return Mistake(document.mark(path), path, text)


def _said(detail: ErrorDetails) -> str:
    context: dict[str, Any] = detail.get("ctx", {})
    return str(context["text"]) if "text" in context else f"is wrong: {detail['msg']}"


def _shown(path: Path, document: Document) -> str:
    """The value as it was written, before anything from the environment was filled in."""
    if SECRET_KEYS.intersection(path):
        return "the value (not shown)"
    while path and path not in document.written:
        path = path[:-1]
    return quoted(document.written.get(path, ""))


def _keys_at(path: Path, model: object) -> frozenset[str]:
    """The keys that ``model`` knows at ``path``."""
    for part in path:
        models = _models_in(model)
        if isinstance(part, str) and models and part in models[0].model_fields:
            model = models[0].model_fields[part].annotation
        # Else a place in a list, or a list's name: what is in there is of one kind.
    models = _models_in(model)
    return frozenset(models[0].model_fields) if models else frozenset()


def _models_in(annotation: object) -> list[type[BaseModel]]:
    """The models that an annotation such as ``dict[Slug, ListSettings | None]`` speaks of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models_in(part)]
