"""Embedded players as links to what they show: no frame, object or embed is let through."""

from __future__ import annotations

import re
from html import escape
from urllib.parse import urlsplit

from feedhub.parse.attributes import written
from feedhub.parse.imagetags import is_pixel
from feedhub.parse.urls import resolve

PLAYERS = ("iframe", "embed", "object", "amp-youtube", "lite-youtube")
_EMBEDDED = re.compile(r"<(iframe|embed|object|param|(?:amp|lite)-youtube)\b", re.IGNORECASE)
# The rest of a tag: values in quotes may hold its end's sign, and a frame's srcdoc whole elements.
_REST = re.compile(r"""((?:[^=>]++|=\s*+(?:"[^"]*+"|'[^']*+')?)*+)>""")
_REST_MAX = 4000  # characters: bounded, so that none is quadratic in a hostile text
# What a frame says to those who cannot show it: no browser of today does.
_INSTEAD = re.compile(r"[^<]{0,500}</iframe\s*>", re.IGNORECASE)
_CONTAINERS = re.compile(r"</?(?:iframe|object)\b[^>]{0,2000}>", re.IGNORECASE)
# Where lazy frames, and those that wait for consent, hold the address, the likeliest first.
_FRAME_SOURCES = (
    "data-src", "data-lazy-src", "data-src-cmplz", "data-cookieblock-src", "data-cmp-src",
    "data-litespeed-src", "src",
)  # fmt: skip
_FILM = re.compile(r"[\w-]{6,20}")
_YOUTUBE = re.compile(r"//(?:www\.)?youtube(?:-nocookie)?\.com/(?:embed|v)/([\w-]{6,})")
_VIMEO = re.compile(r"//player\.vimeo\.com/video/(\d+)")


def as_links(html: str, base: str) -> str:
    """The text with a link in place of each player, its address resolved against ``base``."""
    players = _Players(base)
    pieces: list[str] = []
    done = passed = 0
    for start in _EMBEDDED.finditer(html):
        if start.start() < max(done, passed):
            continue  # in the one before
        rest = _REST.match(html, start.end(), start.end() + _REST_MAX)
        if rest is None:
            passed = start.end() + _REST_MAX  # all of this is its own, and not read twice
            continue
        element = start[1].lower()
        pieces += [html[done : start.start()], players.as_link(element, rest[1])]
        done = rest.end()
        instead = _INSTEAD.match(html, done) if element == "iframe" else None
        done = instead.end() if instead else done
    return _CONTAINERS.sub("", "".join((*pieces, html[done:])))


class _Players:
    """Frames, objects and embeds of one text as links to what they show, each said once:
    older players name one film in the object, in a parameter of it and in an embed."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._told: set[str] = set()

    def as_link(self, element: str, rest: str) -> str:
        """A link; nothing where what is shown is unknown, was told, or is there to count readers.

        ``rest`` is what the element's tag says behind its name.
        """
        attributes = written(rest)
        address = _shown(element, attributes).strip()
        if address.startswith("//"):
            address = f"https:{address}"
        address = resolve(address, self._base) or ""
        youtube, vimeo = _YOUTUBE.search(address), _VIMEO.search(address)
        if youtube:
            address = f"https://www.youtube.com/watch?v={youtube[1]}"
        elif vimeo:
            address = f"https://vimeo.com/{vimeo[1]}"
        try:
            host = urlsplit(address).hostname or ""
        except ValueError:
            return ""
        width, height = (
            attributes.get(side, "").removesuffix("px") for side in ("width", "height")
        )
        if not host or address in self._told or is_pixel(address, width, height):
            return ""
        self._told.add(address)
        label = attributes.get("title") or host.removeprefix("www.")
        return f'<p><a href="{escape(address)}">\u25b6 {escape(label)}</a></p>'


def _shown(element: str, attributes: dict[str, str]) -> str:
    """The address of what a frame, object, embed or parameter shows, as written."""
    if element == "param":
        what = attributes.get("name", "").strip().lower()
        return attributes.get("value", "") if what in ("movie", "src", "filename") else ""
    if element.endswith("youtube"):
        film = attributes.get("data-videoid") or attributes.get("videoid") or ""
        return f"https://www.youtube.com/embed/{film}" if _FILM.fullmatch(film) else ""
    names = ("data",) if element == "object" else _FRAME_SOURCES
    return next(filter(None, map(attributes.get, names)), "")
