"""Bytes that a server calls a feed, to safe and uniform entries, or a named refusal.

``parse_document`` is the pure function; ``ParserProcess`` runs it in a process with limits.
The names are imported when they are first used: the hub itself only ever needs the second,
and not the parsers that the process works with.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from feedhub.parse.document import parse_document
    from feedhub.parse.html import clean_html
    from feedhub.parse.process import ParserProcess
    from feedhub.parse.urls import canonical_url

__all__ = ["ParserProcess", "canonical_url", "clean_html", "parse_document"]

_HOMES = {
    "ParserProcess": "process",
    "canonical_url": "urls",
    "clean_html": "html",
    "parse_document": "document",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
