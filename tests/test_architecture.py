"""The house stays as drawn: who may import whom, and which library lives in which room."""

from __future__ import annotations

import ast
import functools
import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

import feedhub

PACKAGE = Path(feedhub.__file__).parent
ROOMS = {"config", "net", "fetch", "parse", "store", "dedupe", "rank", "publish", "serve", "demo"}
# What a room may import of ours besides model, errors and itself. Modules directly in the
# package, and cli, are the wiring: they may import anything but cli.
MAY_IMPORT = {
    "fetch": {"net"},
    "publish": {"net"},
    "serve": {"net", "publish"},
}
AT_HOME = {
    "httpx": {"net"},
    "feedparser": {"parse"},
    "nh3": {"parse"},
    "sqlite3": {"store"},
    "sqlite_utils": {"store"},
    "apscheduler": {"beats"},
    "jinja2": {"publish"},
    "click": {"cli"},
    "rich": {"cli"},
}
# lean, values, months and answering import nothing of ours, child only errors
BASE = {"model", "errors", "lean", "values", "months", "answering", "child", ""}


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def room_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE).parts
    return parts[0].removesuffix(".py") if parts[0] != "__init__.py" else ""


@functools.cache
def tree(path: Path) -> ast.Module:
    """The module's syntax tree.

    Without the garbage collector: CPython 3.11 keeps one depth counter for all trees under
    construction, and a finalizer that prints a traceback parses source itself, so a collection
    in the middle ends in "AST constructor recursion depth mismatch".
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        return ast.parse(path.read_text("utf-8"))
    finally:
        if collecting:
            gc.enable()


def imports(path: Path) -> Iterator[str]:
    package = ["feedhub", *path.relative_to(PACKAGE).parent.parts]
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            name = ".".join([*base, *([node.module] if node.module else [])])
            yield name
            if name == "feedhub":
                yield from (f"feedhub.{alias.name}" for alias in node.names)


def ours(name: str) -> str | None:
    parts = name.split(".")
    if parts[0] != "feedhub":
        return None
    return parts[1] if len(parts) > 1 else ""


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_one_way(path):
    room = room_of(path)
    for name in imports(path):
        target = ours(name)
        if target is None or target == "__version__":
            continue
        if room in {"model", "errors"}:
            assert target in {"", "model", "values"}, f"{path.name} imports {name}"
        elif room in ROOMS:
            allowed = BASE | {room} | MAY_IMPORT.get(room, set())
            assert target in allowed, f"{room} imports {name}"
        elif room not in {"cli", "__main__"}:
            assert target != "cli", f"{path.name} imports {name}"


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_libraries_stay_in_their_rooms(path):
    for name in imports(path):
        top = name.split(".")[0]
        if top in AT_HOME:
            assert room_of(path) in AT_HOME[top], f"{path.name} imports {name}"


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_every_module_says_its_one_job(path):
    docstring = ast.get_docstring(tree(path))
    assert docstring, f"{path.name} has no docstring"
    assert len(docstring.splitlines()[0]) <= 100
