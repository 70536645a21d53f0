"""HTML of feeds made safe and uniform: nh3 is the boundary, and its output a fixpoint.

What comes before nh3 (embedded players to links) may be sloppy, since nh3 judges its
result; what comes after works on nh3's own serialisation and only takes away whole tags,
renames headings, and writes images anew from attributes already checked.
"""

from __future__ import annotations

import re
from collections import defaultdict
from html import escape
from urllib.parse import urlsplit

import nh3

from feedhub.parse.attributes import serialised, written
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
_LAZY = (
    "data-src", "data-lazy-src", "data-original", "data-echo", "data-lazy", "data-lazyload",
    "data-cfsrc", "data-ezsrc", "data-pagespeed-lazy-src", "data-defer-src",
)  # fmt: skip
# Where a shown picture has one of these, it is of another kind: a page, or a file too large.
_LAST_RESORT = ("data-url", "data-orig-file", "data-image-src", "data-full-src", "data-hi-res-src")
_LAZY_SETS = ("data-srcset", "data-lazy-srcset")
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
        *_LAZY,
        *_LAST_RESORT,
        *_LAZY_SETS,
    },
    "ins": {"cite", "datetime"},
    "li": {"value"},
    "ol": {"start", "reversed"},
    "q": {"cite"},
    "source": {"src", "srcset", "type", "media", "sizes", "data-src", *_LAZY_SETS},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "time": {"datetime"},
    "video": {"src", "poster", "width", "height", "controls", "preload"},
}
_URL_ATTRIBUTES = frozenset({"href", "src", "poster", "cite", *_LAZY, *_LAST_RESORT})
_SET_ATTRIBUTES = frozenset({"srcset", *_LAZY_SETS})
_DATA = frozenset({*_LAZY, *_LAST_RESORT, *_LAZY_SETS})
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
# All patterns over what feeds write are bounded, so that none is quadratic in a hostile text.
_EMBEDDED = re.compile(
    r"<(iframe|embed|object|param|(?:amp|lite)-youtube)\b([^>]{0,2000})>", re.IGNORECASE
)
_NOSCRIPT = re.compile(r"</?noscript\b[^>]{0,200}>", re.IGNORECASE)
_CONTAINERS = re.compile(r"</?(?:iframe|object)\b[^>]{0,2000}>", re.IGNORECASE)
_AMP = re.compile(r"<(/?)amp-(img|iframe|video|audio)(?=[\s/>])", re.IGNORECASE)
_SOURCE = re.compile(r"<source((?:\s[^\s=>]+=\"[^\"]*\")*)>")
_BREAK_CLOSED = re.compile(r"(<br\b[^<>]{0,200}>)</br\s{0,20}>")
_IMG = re.compile(r"<img((?:\s[^\s=>]+=\"[^\"]*\")*)>")
_SVG = re.compile(r"<svg\b.*?</svg\s*>", re.DOTALL)
_TAKEN_OUT = ("iframe", "embed", "object", "noscript", "math", "svg")
_PLAYERS = ("iframe", "embed", "object", "amp-youtube", "lite-youtube")
# Where lazy frames, and those that wait for consent, hold the address, the likeliest first.
_FRAME_SOURCES = (
    "data-src", "data-lazy-src", "data-src-cmplz", "data-cookieblock-src", "data-cmp-src",
    "data-litespeed-src", "src",
)  # fmt: skip
_FILM = re.compile(r"[\w-]{6,20}")
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
_EMPTY = re.compile(r"<(p|div|span|a|figure|b|i|em|strong|picture)(?: [^<>]*)?>\s*</\1>")
_HIDDEN = re.compile(
    # not border-width, line-height or min-width: blog editors write them on every picture
    r"(?<![\w-])(?:display\s*:\s*none|visibility\s*:\s*hidden"
    r"|(?:width|height)\s*:\s*[01](?:px)?\s*(?:;|$|!))",
    re.IGNORECASE,
)
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
_YOUTUBE = re.compile(r"//(?:www\.)?youtube(?:-nocookie)?\.com/(?:embed|v)/([\w-]{6,})")
_VIMEO = re.compile(r"//player\.vimeo\.com/video/(\d+)")


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
            if name in _DATA and _NO_ADDRESS.match(value):
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
    """Whether a heading of nh3's output stands in another."""
    opened = 0
    for match in _HEADING.finditer(clean):
        opened += -1 if match[1] else 1
        if opened > 1:
            return True
    return False


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
    if not names.isdisjoint(_PLAYERS):
        html = _CONTAINERS.sub("", _EMBEDDED.sub(_Players(base).as_link, html))
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
        out = _images(out, unwrapped)
    if "source" in names and " data-s" in out:
        out = _SOURCE.sub(_source_tag, out)
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


class _Players:
    """Frames, objects and embeds of one text as links to what they show, each said once:
    older players name one film in the object, in a parameter of it and in an embed."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._told: set[str] = set()

    def as_link(self, match: re.Match[str]) -> str:
        """A link; nothing where what is shown is unknown or was told."""
        attributes = written(match[2])
        address = _shown(match[1].lower(), attributes).strip()
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
        if not host or address in self._told or PIXEL.match(address):
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


def _images(html: str, dedupe: bool) -> str:
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
    if not _DATA.isdisjoint(attributes):
        lazy = _first(attributes, _LAZY)
        lazy_set = _first(attributes, _LAZY_SETS)
        candidates = lazy_set or candidates
        if lazy or lazy_set:  # what stands in src is then a stand-in, or a blurred one
            source = lazy or _widest(lazy_set)
        elif not source or _PLACEHOLDER.search(source):
            source = _first(attributes, _LAST_RESORT) or source
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
    for name, lazy in (("src", ("data-src",)), ("srcset", _LAZY_SETS)):
        value = _first(attributes, lazy)
        if value:
            attributes[name] = value
    return (
        "<source"
        + "".join(f' {name}="{value}"' for name, value in attributes.items() if name not in _DATA)
        + ">"
    )


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
