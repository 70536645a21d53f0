"""The stylesheet and the script, named by their content so that they may be kept for ever."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files

_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class Asset:
    path: str  # /static/hub.0123456789.css
    body: bytes
    content_type: str


@cache
def assets() -> dict[str, Asset]:
    """Every static file of the package, by its plain name (``hub.css``)."""
    kept = {}
    for file in sorted(files("feedhub.publish").joinpath("static").iterdir(), key=lambda f: f.name):
        stem, _, ending = file.name.rpartition(".")
        if ending in _TYPES:
            body = file.read_bytes()
            path = f"/static/{stem}.{sha256(body).hexdigest()[:10]}.{ending}"
            kept[file.name] = Asset(path, body, _TYPES[ending])
    return kept
