"""HTML of feeds made safe and uniform: nh3 is the boundary, and its output a fixpoint.

What comes before nh3 (embedded players to links) may be sloppy, since nh3 judges its
result; what comes after works on nh3's own serialisation and only takes away whole tags,
renames headings, and writes images anew from attributes already checked.
"""

from __future__ import annotations

import re
from collections import defaultdict
from html import escape

import nh3

from feedhub.parse.imagetags import (
    DATA,
    LAST_RESORT,
    LAZY,
    LAZY_SETS,
    image_tags,
    source_tags,
)
from feedhub.parse.players import PLAYERS, as_links
from feedhub.parse.remembered import remembered
from feedhub.parse.text import HTML_NAMES, html_to_text, no_tags_escaped
from feedhub.parse.urls import is_ready, resolve


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


CONTENT_MAX = 400_000  # characters of markup kept of one entry
DEPTH_MAX = 250  # open elements: deeper documents are attacks, and are given as text
TAGS_MANY = 2000  # deeper ones than this would keep a parser busy for a time that is felt
_BLOCK = 4096  # characters

_TAGS = set(
    _words(
        "a abbr article aside audio b bdi bdo blockquote br caption center cite code col colgroup"
        " dd del details dfn div dl dt em figcaption figure footer h1 h2 h3 h4 h5 h6 header hr i"
        " img ins kbd li mark ol p picture pre q rp rt ruby s samp section small source span"
        " strike strong sub summary sup table tbody td tfoot th thead time tr tt u ul var video"
        " wbr"
    )
)
_CLEAN_CONTENT = {
    "script", "style", "iframe", "noframes", "noembed", "object", "applet", "template", "textarea",
    "select", "title", "svg", "math", "xmp", "plaintext", "frameset", "noscript",
}  # fmt: skip
_ATTRIBUTES: dict[str, set[str]] = {
    "*": {"lang", "dir", "title"},
    "a": {"href"},
    "abbr": {"title"},
    "audio": {"src", "controls", "preload"},
    "blockquote": {"cite"},
    "col": {"span"},
    "colgroup": {"span"},
    "del": {"cite", "datetime"},
    "img": {
        "src",
        "srcset",
        "sizes",
        "alt",
        "width",
        "height",
        "style",
        *LAZY,
        *LAST_RESORT,
        *LAZY_SETS,
    },
    "ins": {"cite", "datetime"},
    "li": {"value"},
    "ol": {"start", "reversed"},
    "q": {"cite"},
    "source": {"src", "srcset", "type", "media", "sizes", "data-src", *LAZY_SETS},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "time": {"datetime"},
    "video": {"src", "poster", "width", "height", "controls", "preload"},
}
_URL_ATTRIBUTES = frozenset({"href", "src", "poster", "cite", *LAZY, *LAST_RESORT})
_SET_ATTRIBUTES = frozenset({"srcset", *LAZY_SETS})
_NO_ADDRESS = re.compile(r"""[^{}"<>]*[{}"<>]|[^/.?]*$""")  # a template, a record, a mere word
_NUMBERS = frozenset({"width", "height", "colspan", "rowspan", "span", "start", "value"})

# Elements that parse alike wherever they stand, so that one pass of nh3 is a fixpoint.
_STEADY = (
    _TAGS - {"table", "tbody", "td", "tfoot", "th", "thead", "tr", "caption", "col", "colgroup"}
) | {"script", "style", "iframe", "embed", "noscript"}
# But for headings: misnested links and emphasis can leave one in another, where none may be.
_HEADINGS = _words("h1 h2 h3 h4 h5 h6")
_HEADING = re.compile(r"<(/?)h[1-6][ >]")
_NAMES = re.compile(r"<([A-Za-z][^\s/>]*)")
_TAGS_BOTH = re.compile(r"<(/?)([A-Za-z][^\s/>]*)")
_HIGH_HEADING = re.compile(r"<(?:/h[12](?=>)|h[12](?=[ >]))")
# Paragraphs and breaks with marked words in them, nothing nested deeper, no attribute, no
# reference, no character that is not written as it is read: what nh3 gives back as it stands.
_TEXT = r"[^<>&\x00-\x08\x0b-\x1f\x7f-\xa0\xad\ud800-\udfff\ufeff\ufffe\uffff]++"
_MARKED = "|".join(f"<{name}>{_TEXT}</{name}>" for name in ("b", "i", "em", "strong"))
PLAIN = re.compile(rf"(?:{_TEXT}|<br>|{_MARKED}|<p>(?:{_TEXT}|<br>|{_MARKED})*+</p>)*+")
# All patterns over what feeds write are bounded, so that none is quadratic in a hostile text.
_NOSCRIPT = re.compile(r"</?noscript\b[^>]{0,200}>", re.IGNORECASE)
_AMP = re.compile(r"<(/?)amp-(img|iframe|video|audio)(?=[\s/>])", re.IGNORECASE)
_BREAK_CLOSED = re.compile(r"(<br\b[^<>]{0,200}>)</br\s{0,20}>")
_SVG = re.compile(r"<svg\b.*?</svg\s*>", re.DOTALL)
_TAKEN_OUT = ("iframe", "embed", "object", "noscript", "math", "svg")
_CANDIDATE = re.compile(r"[\s,]*+(\S+)")
_SIZE = re.compile(r"\d+(\.\d+)?[wx]")
_AMP_NAMES = ("amp-img", "amp-iframe", "amp-video", "amp-audio")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
# References to characters that no document may hold, with or without their semicolon.
_CONTROL_REFERENCE = re.compile(
    "&#(?:0*(?:[0-9]|[12][0-9]|3[01]|12[7-9]|1[3-5][0-9]|6553[45])(?![0-9])"
    "|[xX]0*(?:[0-9a-fA-F]|1[0-9a-fA-F]|7[fF]|[89][0-9a-fA-F]|[fF]{3}[eEfF])(?![0-9a-fA-F]))"
)
_CONTROL_BYTES = bytes([*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F])
_MEDIA = re.compile(r"<((?:video|audio)\b[^<>]*)>")
_PRE_START = re.compile(r"(<pre\b[^>]*>)\n+")
_HIDDEN = re.compile(
    # not border-width, line-height or min-width: blog editors write them on every picture
    r"(?<![\w-])(?:display\s*:\s*none|visibility\s*:\s*hidden"
    r"|(?:width|height)\s*:\s*[01](?:px)?\s*(?:;|$|!))",
    re.IGNORECASE,
)


# As the sanitiser, but for addresses: whether its output would come out as it went in.
_CHECKER = nh3.Cleaner(
    tags=_TAGS,
    clean_content_tags=_CLEAN_CONTENT,
    attributes=_ATTRIBUTES,
    link_rel="noopener noreferrer",
    url_schemes={"http", "https", "mailto"},
)


class _Sanitiser:
    """A reusable nh3 cleaner whose URLs are resolved against the base of the moment."""

    def __init__(self) -> None:
        self.base = ""
        self._cleaner = nh3.Cleaner(
            tags=_TAGS,
            clean_content_tags=_CLEAN_CONTENT,
            attributes=_ATTRIBUTES,
            attribute_filter=self._attribute,
            link_rel="noopener noreferrer",
            url_schemes={"http", "https", "mailto"},
        )

    def clean(self, html: str, base: str) -> str:
        self.base = base
        return str(self._cleaner.clean(html))

    def _attribute(self, tag: str, name: str, value: str) -> str | None:
        if name == "rel":
            return value  # nh3's own, one for each link
        if name in _URL_ATTRIBUTES:
            if is_ready(value):
                return value
            if name in DATA and _NO_ADDRESS.match(value):
                return None
            if name == "href" and value[:7].lower() == "mailto:":
                return "mailto:" + value[7:].strip()
            return _resolved(value, self.base)
        if name in _SET_ATTRIBUTES:
            return _srcset(value, self.base)
        if name in ("controls", "preload"):
            return None  # written anew, in one order, once all is clean
        if name == "style":
            return "hidden" if value == "hidden" or _HIDDEN.search(value) else None
        if name in _NUMBERS:
            digits = value.strip().removesuffix("px")
            return digits if digits.isascii() and digits.isdigit() and len(digits) < 6 else None
        return value


@remembered(2048)
def _resolved(value: str, base: str) -> str | None:
    return resolve(value, base)


def _srcset(value: str, base: str) -> str | None:
    """A srcset with each candidate resolved; candidates that have no http address go.

    As browsers read it: an address ends at a blank, or with commas that end it, so that it may
    hold commas; what follows, to the next comma, is its size.
    """
    kept = []
    value = value[:8000]
    at = 0
    while (found := _CANDIDATE.match(value, at)) is not None:
        at = found.end()
        address = found[1].rstrip(",")
        told: list[str] = []
        if address == found[1]:
            end = value.find(",", at)
            told = value[at : end if end >= 0 else None].split()
            at = end + 1 if end >= 0 else len(value)
        url = resolve(address, base)
        if url is None or url.endswith(","):
            continue
        size = told[0] if told and _SIZE.fullmatch(told[0]) else ""
        kept.append(f"{url} {size}".strip())
    return ", ".join(kept) or None


_SANITISER = _Sanitiser()


def clean_html(html: str, base: str = "") -> str:
    """Safe HTML with absolute addresses: ``clean_html(clean_html(x)) == clean_html(x)``.

    ``base`` is what relative addresses are resolved against; without one they are dropped.
    Nothing active survives: no script, style, form, frame, handler or other scheme than
    http, https and mailto. Embedded players become links, tracking pixels go, lazy images
    get their address, ``h1`` and ``h2`` become ``h3``, ids and classes are dropped.
    """
    if _has_controls(html):
        html = _CONTROLS.sub("", html)
    return sanitised(html, base)


def sanitised(html: str, base: str) -> str:
    """:func:`clean_html` for text that is known to hold no control characters, as XML's is."""
    if "\r" in html:
        html = html.replace("\r\n", "\n").replace("\r", "\n")
    if "<" not in html and "&" not in html:
        plain = html.replace("\u00ad", "").strip()
        return escape(plain, quote=False).replace("\u00a0", "&nbsp;")
    if len(html) <= CONTENT_MAX and PLAIN.fullmatch(html):
        return html.strip()
    if len(html) > CONTENT_MAX:
        html = html[: max(html.rfind("<", 0, CONTENT_MAX), CONTENT_MAX // 2)]
    tags = _NAMES.findall(html)
    names = {name.lower() for name in set(tags)}
    if "svg" in names and tags.count("svg") in range(1, 100):
        html = _SVG.sub("", html)
        tags = _NAMES.findall(html)
        names = {name.lower() for name in set(tags)}
    if "br" in names and "</br" in html:  # XHTML's <br/> as feedparser writes it: read as two
        html = _BREAK_CLOSED.sub(r"\1", html)
    if not names <= HTML_NAMES and _may_be_text(names):
        literal = no_tags_escaped(html)
        if literal != html:
            html = literal
            tags = _NAMES.findall(html)
            names = {name.lower() for name in set(tags)}
    if len(tags) > TAGS_MANY and _open_at_once(html) > DEPTH_MAX:
        return escape(html_to_text(html), quote=False)
    result = _once(html, base, names)
    if len(tags) > DEPTH_MAX and _too_deep(result, names):
        return escape(html_to_text(html), quote=False)
    if names <= _STEADY and (names.isdisjoint(_HEADINGS) or not _heads_within(result)):
        return result
    for _ in range(4):
        if _CHECKER.clean(result) == result:
            return result
        result = _once(result, base, _names(result))
    return escape(html_to_text(result), quote=False)


def _may_be_text(names: set[str]) -> bool:
    """Whether one of what look like elements' names may be words behind a "<".

    Not asked of a text that something is taken out of: what stands around that may become a
    tag, and is judged as one.
    """
    return names.isdisjoint(_TAKEN_OUT) and any(
        ":" not in name and "-" not in name for name in names - HTML_NAMES
    )


def _heads_within(clean: str) -> bool:
    """Whether a heading of nh3's output, where each is closed, stands in another."""
    slashes = _HEADING.findall(clean)
    return any(slashes[::2]) or not all(slashes[1::2])


def _has_controls(html: str) -> bool:
    """Asked of bytes, which is ten times faster than a pattern."""
    data = html.encode("utf-8", "surrogatepass")
    return len(data.translate(None, _CONTROL_BYTES)) != len(data)


def _names(html: str) -> set[str]:
    return {name.lower() for name in set(_NAMES.findall(html))}


def _once(html: str, base: str, names: set[str]) -> str:
    if not names.isdisjoint(_AMP_NAMES):
        html = _AMP.sub(r"<\1\2", html)
        names = _names(html)
    if not names.isdisjoint(PLAYERS):
        html = as_links(html, base)
        names = _names(html)  # what is taken out may leave others
    unwrapped = "noscript" in names
    if unwrapped:
        html = _NOSCRIPT.sub("", html)
        names = _names(html)
    out = _SANITISER.clean(html, base)
    if "\u00ad" in out:
        out = out.replace("\u00ad", "")
    if "&#" in html and _CONTROL_REFERENCE.search(html):
        out = _CONTROLS.sub("", out.replace("\r", "\n"))
    if "img" in names or "image" in names:  # which parsers read as img
        out = image_tags(out, unwrapped)
    if "source" in names and " data-s" in out:
        out = source_tags(out)
    if "video" in names or "audio" in names:
        out = _MEDIA.sub(r'<\1 controls="" preload="none">', out)
    if "pre" in names and "<pre" in out:
        out = _PRE_START.sub(r"\1", out)  # the parser drops one line's end after it each time
    if "h1" in names or "h2" in names:
        out = _HIGH_HEADING.sub(_third_heading, out)
    return out.strip()


def _third_heading(match: re.Match[str]) -> str:
    return "</h3" if match[0][1] == "/" else "<h3"


_VOID = _words("area base br col embed hr img input link meta param source track wbr p li")


def _open_at_once(html: str) -> int:
    """How many elements are open at once at most, as a parser sees it; no more than one too many.

    A closing tag ends the last element of its name and all that were opened in it; one that
    closes nothing ends nothing.
    """
    deepest = 0
    opened: list[str] = []
    counts: defaultdict[str, int] = defaultdict(int)
    for match in _TAGS_BOTH.finditer(html):
        slash, name = match.groups()
        name = name.lower()
        if name in _VOID:
            continue
        if not slash:
            opened.append(name)
            counts[name] += 1
            if len(opened) > deepest:
                deepest = len(opened)
                if deepest > DEPTH_MAX:
                    break
        elif counts[name]:
            while (last := opened.pop()) != name:
                counts[last] -= 1
            counts[name] -= 1
    return deepest


def _too_deep(clean: str, names: set[str]) -> bool:
    """The same of nh3's output, in which every element but the void ones is closed.

    Asked of a block at a time: it cannot be deeper than it began and what it opens. ``names``
    are those of the text before: a void element that is none of them is taken for an open one.
    """
    voids = [f"<{name}" for name in ("br", "img", "hr", "source") if name in names]
    depth = start = 0
    while start < len(clean):
        end = clean.find(">", start + _BLOCK) + 1 or len(clean)
        closed = clean.count("</", start, end)
        opened = clean.count("<", start, end) - closed
        for void in voids:
            opened -= clean.count(void, start, end)
        if depth + opened > DEPTH_MAX:
            return _open_at_once(clean) > DEPTH_MAX
        depth += opened - closed
        start = end
    return False
