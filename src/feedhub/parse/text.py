"""Plain text: titles without markup whatever the feed did to them, and summaries cut well."""

from __future__ import annotations

import re
from html import unescape
from itertools import groupby

import nh3


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


TITLE_MAX = 400  # characters: longer "titles" are whole posts
SUMMARY_MAX = 600  # characters: about five lines on a page
SUMMARY_SOURCE_MAX = 20_000  # characters of markup looked at for a summary

_TAG = re.compile(r"</?([A-Za-z][A-Za-z0-9:-]*)(?:\s[^<>]*)?/?>")
_OPEN_TAG = re.compile(
    r"<(?=/?(?:p|br|div|li|ul|ol|h[1-6]|td|th|tr|table|blockquote|hr|pre|dd|dt"
    r"|section|article|figcaption|figure|header|footer)\b)",
    re.IGNORECASE,
)
_SKIPPED = re.compile(
    r"<(?:!|s(?:cript|tyle|vg)|t(?:emplate|extarea|itle)|noscript|iframe)", re.IGNORECASE
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_INVISIBLE = dict.fromkeys(
    [*range(0x20), 0x7F, *range(0x80, 0xA0), 0xAD, 0x200B, 0x2060, 0xFEFF, 0x202A, 0x202B,
     0x202C, 0x202D, 0x202E, 0x2066, 0x2067, 0x2068, 0x2069, 0xFFFE, 0xFFFF]
)  # fmt: skip
for _blank in (0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x85):
    _INVISIBLE[_blank] = " "
_SENTENCE_END = re.compile(r"[.!?…](?:[\"”’»)\]]+)?(?=\s)")
_NOT_AN_END = re.compile(
    r"(?:\b(?:bl\.a|t\.ex|d\.v\.s|m\.m|f\.d|s\.k|o\.s\.v|kl|ca|nr|st|mr|mrs|ms|dr|prof|jr|sr|vs"
    r"|e\.g|i\.e|etc|no|inc|ltd|u\.s|z\.b|bzw|d\.h|usw)|\b[A-ZÅÄÖ]|\d)\.$",
    re.IGNORECASE,
)

# Elements whose names in text can only be markup; <T> or <stdio.h> in a title is text.
_INLINE = _words(
    "a abbr acronym b bdi bdo big blink br center cite code del dfn div em font h1 h2 "
    "h3 h4 h5 h6 hr i img ins kbd li mark nobr ol p pre q s samp small span strike "
    "strong sub sup svg table td th tr tt u ul var wbr figure figcaption blockquote "
    "script style iframe"
)

# Elements that part no words: <b>N</b>ytt is one.
_JOINING = _words(
    "a abbr acronym b bdi bdo big cite code del dfn em font i ins kbd mark nobr s "
    "samp small span strike strong sub sup tt u var wbr time"
)
_NEVER_CLOSED = _words("br hr img wbr p li td th tr")
# By first letters: a pattern tries each of its alternatives in turn.
_JOINING_NAMES = "|".join(
    f"{letter}(?:{'|'.join(name[1:] for name in names)})"
    for letter, names in groupby(sorted(_JOINING), key=lambda name: name[0])
)
_JOINING_TAG = re.compile(rf"</?(?:{_JOINING_NAMES})(?:\s[^<>]*)?/?>", re.IGNORECASE)

# What HTML has elements of, or had.
HTML_NAMES = _INLINE | _words(
    "address applet area article aside audio base basefont bgsound body button canvas caption "
    "col colgroup data datalist dd details dialog dir dl dt embed fieldset footer form frame "
    "frameset head header hgroup html image input isindex label legend link main map marquee "
    "math menu meta meter nav noembed noframes noscript object optgroup option output param "
    "picture plaintext progress rb rp rt rtc ruby search section select slot source style "
    "summary tbody template textarea tfoot thead time title track video xmp"
)
_NO_TAG = re.compile(
    r"<(?=/?([A-Za-z][A-Za-z0-9]*)(?:([$^\\=+*,;()\[\]{}|%!?&])|[^<>A-Za-z0-9:_-][^<>]*(?:<|\Z)|<|\Z))"
)
_NOT_SHOWN = _words("html head body script style")
# What is said of a picture, which a summary does not show. Bounded, as all patterns here.
_CAPTION = re.compile(
    r"<figcaption\b.{0,2000}?</fig(?:caption|ure)\s*>"
    r"|<p\b[^<>]{0,200}\bwp-caption-text\b[^<>]{0,200}>.{0,2000}?</p\s*>",
    re.IGNORECASE | re.DOTALL,
)
# The last link of a text, or the last but one with that.
_LAST_LINK = re.compile(
    r"""<a\b[^<>]{0,300}?\bhref="([^"<>]{1,1000})"[^<>]{0,200}>([^<>]{1,400})</a>
        (?:[^<>]{0,100}<a\b[^<>]{0,300}?\bhref="([^"<>]{1,300})"[^<>]{0,200}>[^<>]{0,300}</a>)?
        [^<>\w]{0,10}(?:</p>)?\s*\Z""",
    re.VERBOSE,
)
_LAST = 2500  # characters in which such a link stands
_MORE_MAX = 40  # characters of "Continue reading" in any language
# "The post", "Via:" and their like: what a paragraph of such a link may begin with.
_LEAD = re.compile(r"<p>\s*([^<>.!?\u2026]{0,30}?)\s*\Z")
# Before a link that is no part of a sentence: the end of one or of an element, a reference to "…".
_STOPPED = re.compile(r"(?:[^\w\s,]\s|[.!?\u2026;>)\]]|\A)\s*\Z")
_SECTION, _SECTION_END = "<![CDATA[", "]]>"

_STRIPPER = nh3.Cleaner(
    tags=set(),
    clean_content_tags={"script", "style", "template", "noscript", "iframe", "svg", "math",
                        "textarea", "title", "object"},
)  # fmt: skip


def squeeze(text: str) -> str:
    """One line: control and direction characters gone, blanks folded."""
    if text.isprintable() and "  " not in text and text[:1] != " " and text[-1:] != " ":
        return text  # of all blanks only the plain one is called printable
    text = " ".join(text.split())
    if text.isprintable():
        return text
    return " ".join(text.translate(_INVISIBLE).split())


def no_tags_escaped(html: str) -> str:
    """HTML in which a "<" that begins no tag is a reference: ``$a<b$`` and ``if x<y then``.

    A parser would take all up to the next ">" for the tag's own. It is no tag where a sign of
    formulas ends its name, or where it is not closed and no element has its name.
    """

    def one(match: re.Match[str]) -> str:
        name, sign = match.groups()
        return "<" if not sign and name.lower() in HTML_NAMES else "&lt;"

    return _NO_TAG.sub(one, html)


def html_to_text(html: str) -> str:
    """The words of a piece of HTML on one line; blocks and breaks become blanks."""
    if "<" in html:
        if _SKIPPED.search(html):
            html = _STRIPPER.clean(_OPEN_TAG.sub(" <", no_tags_escaped(html)))
        else:
            html = _TAG.sub(" ", _JOINING_TAG.sub("", html))
            if "<" in html:
                html = _STRIPPER.clean(no_tags_escaped(html))
    if "&" in html:
        html = unescape(html)
    return squeeze(html)


def uncovered(value: str) -> str:
    """Text that was wrapped into CDATA and escaped after that, without the marks of it."""
    if value.startswith(_SECTION) and value.endswith(_SECTION_END):
        return value[len(_SECTION) : -len(_SECTION_END)].strip()
    return value


def _without_comments(text: str) -> str:
    """Text without the comments in it; one that is not closed stays."""
    first, *others = text.split("<!--")
    return first + "".join(
        part.partition("-->")[2] if "-->" in part else f"<!--{part}" for part in others
    )


def plain_title(value: str, media_type: str) -> str:
    """A title as plain text, whatever HTML or double escaping the feed used.

    Text that a feed declares plain loses only what can be nothing but markup, so that
    ``vector<T>`` and ``a < b`` stay; then entities are read once more, since a title with
    ``&amp;`` left in it was escaped twice.
    """
    text = value
    if "<" not in text and "&" not in text:
        return cut(squeeze(text), TITLE_MAX)
    if "<!" in text:
        text = _without_comments(uncovered(text))
    if "<" in text:
        names = {match[1].lower() for match in _TAG.finditer(text)}
        hidden = names.intersection(_NOT_SHOWN)
        if hidden and (
            media_type != "text/plain" or any(f"</{name}" in text.lower() for name in hidden)
        ):
            text = html_to_text(text)
            names = set()
        if media_type == "text/plain":
            if names & _INLINE:
                text = _strip_known(text, paired=True)
        elif names:
            whole = names <= _INLINE or media_type == "application/xhtml+xml"
            text = html_to_text(text) if whole else _strip_known(text)
    for _ in range(2):
        if "&" not in text or not _ENTITY.search(text):
            break
        text = unescape(text)
        if "<!" in text:
            text = _without_comments(uncovered(text))
        if "<" in text and {m[1].lower() for m in _TAG.finditer(text)} & _INLINE:
            text = _strip_known(text, paired=True)
    return cut(squeeze(text), TITLE_MAX)


def _strip_known(text: str, *, paired: bool = False) -> str:
    """The text without HTML's tags; ``paired`` where it may be text about HTML.

    Then a lone ``<div>`` stays as what the headline is about, and ``<i>Titel</i>`` does not.
    """
    closed = {match[1].lower() for match in _TAG.finditer(text) if match[0][1] == "/"}

    def one(match: re.Match[str]) -> str:
        name = match[1].lower()
        if paired and name not in closed and name not in _NEVER_CLOSED:
            return match[0]
        if name in _JOINING:
            return ""
        return " " if name in _INLINE else match[0]

    return _TAG.sub(one, text)


def cut(text: str, limit: int) -> str:
    """At most ``limit`` characters, ending at a sentence if one ends late enough, else a word.

    An ellipsis marks a cut inside a sentence.
    """
    if len(text) <= limit:
        return text
    room = text[: limit + 1]
    for match in reversed(list(_SENTENCE_END.finditer(room, max(0, limit // 2 - 20)))):
        end = match.end()
        if limit // 2 <= end <= limit and not _NOT_AN_END.search(room, max(0, end - 12), end):
            return room[:end]
    word = room[:limit].rfind(" ")
    if word >= limit // 2:
        return room[:word].rstrip(" ,;:–-") + "…"
    return room[: limit - 1].rstrip() + "…"


def without_last_link(html: str, link: str) -> str:
    """HTML without the link to itself that it ends with: "Continue reading", "The post ... appeared
    first on ...", which publishing systems write under what they cut off, in any language.

    ``link`` is the entry's, as written. A link whose words are long, or that a word or a few lead
    to, is one only where another to the site, where ``link`` begins, follows it: else it is
    part of a sentence.
    """
    start = max(0, len(html) - _LAST)
    # Most texts end otherwise, which is seen at once.
    if not link or html.find(link.partition("&")[0], start) < 0 or "</a>" not in html[-120:]:
        return html
    last = html.rfind("<a ", start)
    for at in (last, html.rfind("<a ", start, max(last, 0))):
        found = _LAST_LINK.match(html, at) if at >= 0 else None
        if found is not None and unescape(found[1]) == link:
            site = found[3]
            lead = _LEAD.search(html, max(start, at - _MORE_MAX), at)
            if link.startswith(unescape(site)) if site else len(found[2]) <= _MORE_MAX:
                if lead is not None and (site or not lead[1] or lead[1].endswith(":")):
                    return html[: lead.start()]
                if _STOPPED.search(html, max(start, at - 20), at):
                    return html[:at]
    return html


def summarise(value: str, media_type: str, limit: int = SUMMARY_MAX) -> str:
    """The summary of a text construct: plain, one line, cut at a sentence or a word.

    A picture's caption is no part of it, where there are other words.
    """
    for size in (2 * limit, 6 * limit, SUMMARY_SOURCE_MAX):
        part = value[:size]
        if media_type == "text/plain":
            text = plain_title_like(part)
        else:
            if len(value) > size:
                torn = part.rfind("<")  # a tag that is cut in two, else a word
                part = part[: max(torn if torn > part.rfind(">") else part.rfind(" "), 1)]
            text = ""
            if "<figcaption" in part or "wp-caption-text" in part:
                text = html_to_text(_CAPTION.sub(" ", part))
            text = text or html_to_text(part)
            if "&" in text and _ENTITY.search(text):
                text = squeeze(unescape(text))
        if len(value) <= size or len(text) > limit:
            break
    return cut(text, limit)


def plain_title_like(value: str) -> str:
    """Text declared plain, freed of markup that plainly is markup; never cut."""
    if "<" in value and {m[1].lower() for m in _TAG.finditer(value)} & _INLINE:
        value = html_to_text(value)
    elif "&" in value and _ENTITY.search(value):
        value = unescape(value)
    return squeeze(value)
