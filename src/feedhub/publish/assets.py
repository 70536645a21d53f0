"""The stylesheet, the script and pictures, named by their content and so kept for ever."""

from __future__ import annotations

from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from feedhub.values import dataclass

_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "png": "image/png",
    "jpg": "image/jpeg",
    "webp": "image/webp",
    "ico": "image/x-icon",
    "woff2": "font/woff2",
}


@dataclass(frozen=True, slots=True)
class Asset:
    path: str  # /static/hub.0123456789.css
    body: bytes
    content_type: str


def load_assets(own: Path | None = None) -> dict[str, Asset]:
    """Every static file by its plain name (``hub.css``); those in ``own`` go before the package's.

    Files of other kinds than those of the web are left alone.
    """
    found: dict[str, Traversable] = {}
    for folder in (files("feedhub.publish").joinpath("static"), own):
        if folder is not None and folder.is_dir():
            found |= {file.name: file for file in folder.iterdir() if file.is_file()}
    kept = {}
    for name, file in sorted(found.items()):
        stem, _, ending = name.rpartition(".")
        if stem and ending in _TYPES:
            body = file.read_bytes()
            path = f"/static/{stem}.{sha256(body).hexdigest()[:10]}.{ending}"
            kept[name] = Asset(path, body, _TYPES[ending])
    return kept
