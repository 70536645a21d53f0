"""The picture of an entry: the best that the feed gives, never an icon or a pixel."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import unescape

from feedhub.model import Image
from feedhub.parse.attributes import serialised
from feedhub.parse.imagetags import is_pixel
from feedhub.parse.raw import RawEntry, RawMedia
from feedhub.parse.text import squeeze
from feedhub.parse.urls import resolve

_ENDING = re.compile(r"\.(?:jpe?g|png|webp|gif|avif|jxl)(?:$|[?#!:/])", re.IGNORECASE)
_NOT_AN_IMAGE = re.compile(
    r"\.(?:mp3|mp4|m4a|m4v|mov|ogg|oga|ogv|webm|pdf|zip|aac|wav|m3u8)(?:$|[?#])", re.IGNORECASE
)
_ICON = re.compile(
    r"/(?:fav)?icons?[/._-]|favicon|gravatar\.com/avatar|/emoji/|/smilies/|/avatars?/"
    r"|[/_-]logo[._-]|twemoji|s\.w\.org/images/core|feedburner\.com/fb/images|/share[-_]?buttons?/"
    r"|/b\.gif$|\.svg(?:$|[?#])",
    re.IGNORECASE,
)
# What enclosures of any kind are said to be, so that their names' endings tell more.
_NO_KIND = frozenset({"", "image", "application/octet-stream", "binary/octet-stream"})
_SMALLEST = 50  # pixels: what is smaller on a side is an icon
_THUMBNAIL = 100  # pixels: what is less wide shows a picture, but gives way to a whole one
_IMG = re.compile(r"<img ([^<>]*)>")
_CREDIT_MARKS = ("oto:", "oto/", "OTO:", "oto :", "oto by", "hoto credit", "graf:", "ild:", "uva:")
_CREDIT_LABEL = re.compile(
    r"^(?:(?:foto(?:graf)?|photo(?:graph)?(?: credit)?|bild|kuva|credit)\s*[:/]"
    r"|(?:photo(?:graph)?|foto) (?:by|av|af|von)\b)\s*",
    re.IGNORECASE,
)
_CREDIT = re.compile(
    r"(?:^|[.(\s–|/-])(?:foto(?:graf)?|photo(?:graph)?(?: by| credit)?|bild|kuva)\s*[:/]\s*"
    r"([^.;|()<>\n]{2,60})",
    re.IGNORECASE,
)


def own_picture(address: str) -> str:
    """The address of an entry's ``url`` element, where it is that of a picture; else "".

    RSS knows an image of the channel alone; many feeds give items one of their own, with its
    address in a ``url`` element, and feedparser keeps no more of it than that element.
    """
    return address if "." in address and _ENDING.search(address) else ""


def _size(text: str) -> int | None:
    if not text:
        return None
    digits = text.strip().removesuffix("px")
    if digits.isascii() and digits.isdigit() and len(digits) < 6 and 0 < int(digits) < 20_000:
        return int(digits)
    return None


def _may_be_icon(url: str) -> bool:
    """Whether a word is there without which the pattern finds nothing; ten times faster to ask."""
    return (
        "icon" in url or ".svg" in url or "logo" in url or "avatar" in url or "emoji" in url
        or "button" in url or "b.gif" in url or "smilies" in url or ".w.org/" in url
        or "feedburner" in url
    )  # fmt: skip


def _usable(url: str | None, width: int | None, height: int | None) -> bool:
    if url is None:
        return False
    if _may_be_icon(url.lower()) and _ICON.search(url):
        return False
    if (width is not None and width < _SMALLEST) or (height is not None and height < _SMALLEST):
        return False
    return not is_pixel(url, None, None)


def _is_image(media: RawMedia) -> bool:
    if media.type:
        return media.type.lower().startswith("image")
    if media.medium:
        return media.medium.lower() == "image"
    if _NOT_AN_IMAGE.search(media.url):
        return False
    return bool(_ENDING.search(media.url)) or bool(media.width or media.height)


def credit_in(text: str) -> str | None:
    """The photographer named in a caption such as "Vy mot torget. Foto: Eva Ek/TT"."""
    match = _CREDIT.search(text)
    if match is None:
        return None
    return squeeze(match[1]).rstrip(" ,-–") or None


def image_of(entry: RawEntry, content_html: str, base: str) -> Image | None:
    """The entry's image, from media, enclosures, itunes or its own, else the content.

    Of several sizes of media the widest is taken, a mere thumbnail where there is nothing else.
    ``content_html`` is sanitised.
    """
    found = _from_media(entry, base)
    if found is None or (found.width or _THUMBNAIL) < _THUMBNAIL:
        found = _from_links(entry, base) or _from_content(content_html) or found
    if found is None:
        return None
    credit = None
    if entry.credits:
        credit = next((squeeze(words) for words in entry.credits if words.strip()), None)
    if credit is None and found.alt:
        credit = credit_in(found.alt)
    if credit is None and entry.summary is not None:
        words = entry.summary.value[:2000]
        if (":" in words or "oto" in words) and any(mark in words for mark in _CREDIT_MARKS):
            credit = credit_in(words)
    if credit:
        credit = _CREDIT_LABEL.sub("", credit)[:100]
    return Image(found.url, found.width, found.height, found.alt, credit or None)


def _from_media(entry: RawEntry, base: str) -> Image | None:
    """The widest, where a picture whose size is not told is wider than any thumbnail."""
    if not entry.media and not entry.thumbnails:
        return None
    found = _widest((media for media in entry.media if _is_image(media)), base)
    if found is not None and found.width is None:
        return found
    small = _widest(entry.thumbnails, base)
    if found is None or (small is not None and (small.width or 0) > (found.width or 0)):
        return small
    return found


def _widest(pictures: Iterable[RawMedia], base: str) -> Image | None:
    best: Image | None = None
    for media in pictures:
        width, height = _size(media.width), _size(media.height)
        url = resolve(media.url, base)
        if url is None or not _usable(url, width, height):
            continue
        if best is None or (width or 0) > (best.width or 0):
            best = Image(url, width, height)
    return best


def _from_links(entry: RawEntry, base: str) -> Image | None:
    for link in entry.links:
        kind = link.type.lower()
        if link.rel == "enclosure" and (
            kind.startswith("image/") or (kind in _NO_KIND and _ENDING.search(link.href))
        ):
            url = resolve(link.href, base)
            if url is not None and _usable(url, None, None):
                return Image(url)
    if entry.image:
        url = resolve(entry.image, base)
        if url is not None and _usable(url, None, None):
            return Image(url)
    return None


def _from_content(html: str) -> Image | None:
    if "<img " not in html:
        return None
    for match in _IMG.finditer(html[:60_000]):
        attributes = serialised(match[1])
        url = unescape(attributes.get("src", ""))
        width, height = _size(attributes.get("width", "")), _size(attributes.get("height", ""))
        if url and _usable(url, width, height):
            alt = squeeze(unescape(attributes.get("alt", ""))) or None
            return Image(url, width, height, alt)
    return None
