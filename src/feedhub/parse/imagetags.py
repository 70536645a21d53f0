"""Images in sanitised HTML: lazy ones shown, counting pixels gone, all written in one form."""

from __future__ import annotations

import re

from feedhub.parse.attributes import serialised
from feedhub.parse.remembered import remembered

LAZY = (
    "data-src", "data-lazy-src", "data-original", "data-echo", "data-lazy", "data-lazyload",
    "data-cfsrc", "data-ezsrc", "data-pagespeed-lazy-src", "data-defer-src",
)  # fmt: skip
# Where a shown picture has one of these, it is of another kind: a page, or a file too large.
LAST_RESORT = ("data-url", "data-orig-file", "data-image-src", "data-full-src", "data-hi-res-src")
LAZY_SETS = ("data-srcset", "data-lazy-srcset")
DATA = frozenset({*LAZY, *LAST_RESORT, *LAZY_SETS})
# What nh3 writes.
_SOURCE = re.compile(r"<source((?:\s[^\s=>]+=\"[^\"]*\")*)>")
_IMG = re.compile(r"<img((?:\s[^\s=>]+=\"[^\"]*\")*)>")
_EMPTY = re.compile(r"<(p|div|span|a|figure|b|i|em|strong|picture)(?: [^<>]*)?>\s*</\1>")
_PLACEHOLDER = re.compile(
    r"placeholder|spacer|blank\.|1x1|transparent|lazy|grey\.gif|gray\.gif|loading\.|pixel\.gif"
    r"|clear\.gif|empty\.",
    re.IGNORECASE,
)
PIXEL = re.compile(
    r"""^https?://(?:
          (?:feeds\.feedburner\.com|feeds\d?\.feedburner\.com|feedproxy\.google\.com)/~(?:r|ff)/
        | [^/]*\.feedsportal\.com/ | [^/]*feedsportal\.com/c/\d
        | (?:pixel|stats)\.(?:wp|wordpress)\.com/ | (?:[^/]*\.)?pixel\.quantserve\.com/
        | (?:[^/]*\.)?(?:doubleclick\.net|google-analytics\.com|googlesyndication\.com
            |scorecardresearch\.com|quantserve\.com|chartbeat\.(?:com|net)|imrworldwide\.com
            |adnxs\.com|adform\.net|2mdn\.net|moatads\.com|krxd\.net|exelator\.com
            |pheedo\.com|pheedcontent\.com|mediafed\.com|triggit\.com|xiti\.com|ioam\.de
            |vgwort\.de|cxense\.com|emediate\.(?:eu|se|dk)|tns-(?:cs|gallup|counter)\.[a-z]+
            |statcounter\.com|sitemeter\.com|spklw\.com|zemanta\.com|addtoany\.com)/
        | www\.facebook\.com/tr\b | [^?]*/(?:tracking[-_]?pixel|pixel|beacon|1x1|spacer|blank
            |transparent|clear|trans|count)\.(?:gif|png)
        | [^?]*/(?:tracker|track|pixel|beacon|piwik|matomo)(?:\.php)?\?
        | blogger\.googleusercontent\.com/tracker/ | rss\.buysellads\.com/
        | (?:www\.)?(?:feedblitz|feedburner)\.com/(?:assets|~)
        | (?=[^/?]*\.rss\.)[^/?]*+/?\?.*pixel
    )""",
    re.VERBOSE | re.IGNORECASE,
)  # fmt: skip
_TINY = frozenset({"0", "1", "2"})


def image_tags(html: str, dedupe: bool) -> str:
    """Sanitised text with its images written anew, and without what their going leaves empty.

    ``dedupe``: of one address, the first alone, as where a noscript said it again.
    """
    seen: set[str] = set()
    dropped = False

    def one(match: re.Match[str]) -> str:
        nonlocal dropped
        attributes = serialised(match[1])
        tag = image_tag(attributes)
        source = attributes.get("src", "")
        if tag and dedupe and source in seen:
            tag = ""
        seen.add(source)
        dropped = dropped or not tag
        return tag

    out = _IMG.sub(one, html)
    if dropped:
        for _ in range(3):
            shorter = _EMPTY.sub("", out)
            if shorter == out:
                break
            out = shorter
    return out


def image_tag(attributes: dict[str, str]) -> str:
    """An ``img`` written anew from sanitised attributes; empty for pixels and the sourceless.

    ``attributes`` are as serialised (escaped) and are changed to what is written.
    """
    source = attributes.get("src", "")
    candidates = attributes.get("srcset", "")
    if not DATA.isdisjoint(attributes):
        lazy = _first(attributes, LAZY)
        lazy_set = _first(attributes, LAZY_SETS)
        candidates = lazy_set or candidates
        if lazy or lazy_set:  # what stands in src is then a stand-in, or a blurred one
            source = lazy or _widest(lazy_set)
        elif not source or _PLACEHOLDER.search(source):
            source = _first(attributes, LAST_RESORT) or source
    if not source and candidates:
        source = _widest(candidates)
    if not source or is_pixel(
        source, attributes.get("width"), attributes.get("height"), attributes.get("style")
    ):
        return ""
    attributes["src"] = source
    kept = [f'src="{source}"']
    if candidates:
        kept.append(f'srcset="{candidates}"')
    kept += [
        f'{name}="{attributes[name]}"'
        for name in ("sizes", "alt", "width", "height", "lang", "dir", "title")
        if name in attributes
    ]
    return f"<img {' '.join(kept)}>"


def _first(attributes: dict[str, str], names: tuple[str, ...]) -> str:
    return next((attributes[name] for name in names if attributes.get(name)), "")


def _widest(candidates: str) -> str:
    """The largest of a srcset as we write it; the last of several as large."""
    best, size = "", 0.0
    for candidate in candidates.split(", "):
        url, _, told = candidate.partition(" ")
        width = float(told[:-1] or 1)
        if width >= size:
            best, size = url, width
    return best


def _source_tag(match: re.Match[str]) -> str:
    """A ``source`` with what its lazy attributes hold in those that browsers read."""
    attributes = serialised(match[1])
    for name, lazy in (("src", ("data-src",)), ("srcset", LAZY_SETS)):
        value = _first(attributes, lazy)
        if value:
            attributes[name] = value
    return (
        "<source"
        + "".join(f' {name}="{value}"' for name, value in attributes.items() if name not in DATA)
        + ">"
    )


def source_tags(html: str) -> str:
    """Sanitised text with its ``source`` elements as browsers read them."""
    return _SOURCE.sub(_source_tag, html)


def is_pixel(source: str, width: str | None, height: str | None, style: str | None = None) -> bool:
    """Whether an image is there to count readers and not to be seen."""
    if style == "hidden":
        return True
    if width in _TINY or height in _TINY:
        return True
    return _counts_readers(source)


@remembered(1024)  # an image is asked about when it is written and when it is chosen
def _counts_readers(source: str) -> bool:
    return PIXEL.match(source) is not None
