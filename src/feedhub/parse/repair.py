"""Saving malformed XML: each repair is named, and applied only where it is needed."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.entities import html5
from typing import NamedTuple

from lxml import etree

_START = re.compile(r"<\?xml\b|<!DOCTYPE|<!--|<(?:\w+:)?(?:rss|feed|rdf)\b", re.IGNORECASE)
_DECLARATION = re.compile(r"<\?xml\b[^>]*\?>\s*", re.IGNORECASE)
_PROLOG = re.compile(r"(?:<!--(?:[^-]|-(?!->))*-->|\s)*")
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ILLEGAL_REFERENCE = re.compile(
    r"&#(?:0*(?:[0-8]|1[124-9]|2[0-9]|3[01])|[xX]0*(?:[0-8bBcCeEfF]|1[0-9a-fA-F])"
    # halves of characters: U+D800 to U+DFFF
    r"|0*5(?:529[6-9]|5[3-9]\d\d|6\d{3}|7[0-2]\d\d|73[0-3]\d|734[0-3])"
    r"|[xX]0*[dD][89a-fA-F][0-9a-fA-F]{2});"
)
# A character that some writers make of two references, one for each half, escaped up to twice.
_HALVES = re.compile(
    r"&((?:amp;){0,2})#(0{0,3}5[56]\d{3}|[xX]0{0,3}[dD][89abAB][0-9a-fA-F]{2});"
    r"&\1#(0{0,3}5[67]\d{3}|[xX]0{0,3}[dD][c-fC-F][0-9a-fA-F]{2});"
)
# The first of the two, by which most documents are known to have none.
_HALF = re.compile(r"#(?:0{0,3}5[56]\d{3}|[xX]0{0,3}[dD][89abAB][0-9a-fA-F]{2});")
_BARE = re.compile(r"&(?!#[0-9]{1,7};|#[xX][0-9a-fA-F]{1,6};|(?:amp|lt|gt|quot|apos);)(\w{1,32};)?")
_PREFIX = re.compile(r"</?([A-Za-z_][\w.-]*):[A-Za-z_]|\s([A-Za-z_][\w.-]*):[A-Za-z_][\w.-]*\s*=")
_DECLARED = re.compile(r"\sxmlns:([A-Za-z_][\w.-]*)\s*=")
_ROOT = re.compile(r"<(?:\w+:)?(?:rss|feed|rdf)\b", re.IGNORECASE)
# A title that runs into what follows it in an entry or a feed, and how a title ends if it does.
_TITLE_INTO = re.compile(
    r"<title>[^<]{1,1000}(?=<(?:link|guid|id|description|summary|pubDate|published|updated|author"
    r"|category|enclosure|comments|language|(?:dc|content|media|atom):\w{1,30})\b)"
)
_TITLE_END = re.compile(r"</?title\b|</(?:item|entry|channel|feed)\b")
CUT_OFF = "cut off"  # how the repair of a document that ends too early begins
_SECTION, _SECTION_END = "<![CDATA[", "]]>"
# A section as the whole value of an attribute, and the element that a section begins.
_SECTION_IN_ATTRIBUTE = re.compile(
    r"""(=\s{0,9}["'])\s{0,9}<!\[CDATA\[([^"'<>\]]{0,4000})\]\]>\s{0,9}(["'])"""
)
_OPENER = re.compile(r"<([\w:.-]{1,60})(?:\s[^<>]*)?>\s*\Z")
_ITEM_END = re.compile(r"</(item|entry)\s*>", re.IGNORECASE)

# What undeclared prefixes are taken to mean, as far as feeds use them.
_KNOWN_PREFIXES = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
    "georss": "http://www.georss.org/georss",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
    "thr": "http://purl.org/syndication/thread/1.0",
    "wfw": "http://wellformedweb.org/CommentAPI/",
}


class Repaired(NamedTuple):
    """Text without declaration, whether it is now well-formed, and what was done to it."""

    text: str
    well_formed: bool
    repairs: tuple[str, ...]


def strict_parser() -> etree.XMLParser:
    """A parser that recovers nothing, expands nothing and fetches nothing."""
    return etree.XMLParser(
        recover=False,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        strip_cdata=True,
    )


def well_formed(text: str) -> bool:
    """Whether a document, given without declaration, is well-formed with namespaces."""
    try:
        etree.fromstring(text.encode("utf-8", "replace"), strict_parser())
    except (etree.XMLSyntaxError, ValueError):
        return False
    return True


def tidy(text: str) -> Repaired:
    """The cheap part: junk before the start and the declaration go; nothing is parsed."""
    repairs = []
    if not text.startswith("<"):
        stripped = text.lstrip("\ufeff \t\r\n")
        if stripped != text:
            repairs.append("blank before the declaration")
            text = stripped
        start = _START.search(text[:20_000])
        if start is not None and start.start() > 0 and not text.startswith("<"):
            repairs.append("junk before the document")
            text = text[start.start() :]
    declaration = _DECLARATION.search(text[:2000])
    if declaration:
        if declaration.start():
            # After a comment, say: where it is, it makes the document ill-formed.
            if not _PROLOG.fullmatch(text, 0, declaration.start()):
                declaration = None
            else:
                repairs.append("declaration not at the start")
        if declaration:
            text = text[: declaration.start()] + text[declaration.end() :]
    return Repaired(text, False, tuple(repairs))


def recovered(text: str) -> str | None:
    """What a lenient parser makes of a document, written anew; ``None`` if it makes nothing."""
    parser = etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
        return None if root is None else etree.tostring(root, encoding="unicode")
    except (etree.XMLSyntaxError, ValueError):
        return None


def whole(text: str) -> str:
    """The text, of any format, with one reference for each character written as two halves."""
    return _HALVES.sub(_joined, text) if _HALF.search(text) else text


def legal(text: str) -> Repaired:
    """The text without the characters that XML forbids, and without references to them."""
    without = _ILLEGAL.sub("", text) if _ILLEGAL.search(text) else text
    if _ILLEGAL_REFERENCE.search(without):
        # not in sections, where they are HTML's and mean what HTML makes of them
        without = _outside_sections(without, lambda part: _ILLEGAL_REFERENCE.sub("", part))
    return Repaired(without, False, ("control characters",) if without != text else ())


def mend(text: str) -> Repaired:
    """Make a tidy document well-formed, if little ails it: bare ampersands, prefixes that are not
    declared, titles that are not closed, sections within sections, junk after its end.

    Where that is not enough the text comes back as it was, but for what follows the last
    whole entry of a document that was cut off; the reader is then a lenient one.
    """
    if well_formed(text):
        return Repaired(text, True, ())
    root = _after_root(text)
    junk = ("junk after the document",) if text[len(root) :].strip() else ()
    torn = False
    # Structure last: sound sections and titles could be taken for such as need mending.
    for restructure in (False, True):
        start, repairs = _structure(root, junk) if restructure else (root, junk)
        if restructure and start == root:
            break
        mended, repairs = _usual(start, repairs)
        if repairs and well_formed(mended):
            return Repaired(mended, True, repairs)
        whole = _without_torn_entry(mended)
        if whole is not None:
            torn = True
            if well_formed(whole):
                ended = f"{CUT_OFF}: ended after the last whole entry"
                return Repaired(whole, True, (*repairs, ended))
    if torn or _is_cut(root):
        return Repaired(_without_torn_end(text), False, (CUT_OFF,))
    return Repaired(text, False, ())


def _usual(text: str, repairs: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    references = _outside_sections(text, _fix_references)
    if references != text:
        repairs += ("bare ampersands or undeclared entities",)
    declared = _declare_prefixes(references)
    if declared != references:
        repairs += ("undeclared prefixes",)
    return declared, repairs


def _structure(text: str, repairs: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    bare = _SECTION_IN_ATTRIBUTE.sub(r"\1\2\3", text)
    if bare != text:
        repairs += ("CDATA within attributes",)
    ended = _end_sections(bare)
    if ended != bare:
        repairs += ("CDATA that was not closed",)
    flat = _flat_sections(ended)
    if flat != ended:
        repairs += ("CDATA within CDATA",)
    closed = _outside_sections(flat, _close_titles)
    if closed != flat:
        repairs += ("titles that were not closed",)
    return closed, repairs


def _end_sections(text: str) -> str:
    """Sections ended with the element that they began, where they run into other entries.

    Nothing is done to one that ends before the next entry begins: its words may be about XML.
    """
    pieces = []
    done = end = 0
    while (start := text.find(_SECTION, done)) >= 0:
        begun = start + len(_SECTION)
        if 0 <= end < begun:  # else the end found before is still to come, or there is none
            end = text.find(_SECTION_END, begun)
        torn = _ITEM_END.search(text, begun, end if end >= 0 else len(text))
        opener = _OPENER.search(text, max(0, start - 300), start)
        close = -1
        if torn is not None and opener is not None:
            close = text.find(f"</{opener[1]}", begun, torn.start())
        if torn is not None and close >= 0:
            pieces += [text[done:close], _SECTION_END]
            done = close
        elif end < 0:
            break
        else:
            pieces.append(text[done : end + len(_SECTION_END)])
            done = end + len(_SECTION_END)
    return "".join([*pieces, text[done:]])


def _flat_sections(text: str) -> str:
    """Without the marks of CDATA sections that stand within others, and end before them."""
    pieces = []
    done = 0
    while (start := text.find(_SECTION, done)) >= 0:
        start += len(_SECTION)
        end = text.find(_SECTION_END, start)
        if end < 0:
            break
        inner = text.count(_SECTION, start, end)
        last = end
        for _ in range(inner):
            following = text.find(_SECTION_END, last + len(_SECTION_END))
            if (
                following < 0
                or text.find(_SECTION, last, following) >= 0
                or _ITEM_END.search(text, last, following)  # another entry's junk
            ):
                last = -1  # words about CDATA, or something else than sections in sections
                break
            last = following
        if inner and last >= 0:
            content = text[start:last].replace(_SECTION, "").replace(_SECTION_END, "")
            pieces += [text[done:start], content]
            done = last
        else:
            pieces.append(text[done:end])
            done = end
    return "".join([*pieces, text[done:]])


def _close_titles(text: str) -> str:
    """Titles ended before the element that they run into, where nothing else ends them."""

    def one(match: re.Match[str]) -> str:
        end = _TITLE_END.search(text, match.end())
        return match[0] if end is not None and end[0] == "</title" else f"{match[0]}</title>"

    return _TITLE_INTO.sub(one, text)


def _outside_sections(text: str, fix: Callable[[str], str]) -> str:
    pieces = []
    done = 0
    while True:
        start = text.find(_SECTION, done)
        end = text.find(_SECTION_END, start) if start >= 0 else -1
        if end < 0:
            pieces.append(fix(text[done:]))
            return "".join(pieces)
        end += len(_SECTION_END)
        pieces += [fix(text[done:start]), text[start:end]]
        done = end


def _fix_references(text: str) -> str:
    if "&" not in text:
        return text

    def one(match: re.Match[str]) -> str:
        name = match[1]
        if name is None:
            return "&amp;"
        character = html5.get(name)
        if character is None:
            return f"&amp;{name}"
        return "".join(f"&#{ord(char)};" for char in character)

    return _BARE.sub(one, text)


def _joined(match: re.Match[str]) -> str:
    escapes, *halves = match.groups()
    high, low = (int(half[1:], 16) if half[0] in "xX" else int(half) for half in halves)
    if not (0xD800 <= high < 0xDC00 <= low < 0xE000):
        return match[0]
    return f"&{escapes}#{0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)};"


def _declare_prefixes(text: str) -> str:
    root = _ROOT.search(text)
    if root is None:
        return text
    used = {one or two for one, two in _PREFIX.findall(text)}
    missing = used - set(_DECLARED.findall(text)) - {"xml", "xmlns"}
    if not missing or len(missing) > 30:
        return text
    added = "".join(
        f' xmlns:{prefix}="{_KNOWN_PREFIXES.get(prefix.lower(), f"urn:undeclared:{prefix}")}"'
        for prefix in sorted(missing)
    )
    return text[: root.end()] + added + text[root.end() :]


def _after_root(text: str) -> str:
    root = _ROOT.search(text)
    if root is None:
        return text
    name = re.escape(root[0][1:])
    ends = list(re.finditer(rf"</{name}\s*>", text[-50_000:], re.IGNORECASE))
    if not ends:
        return text
    return text[: len(text) - len(text[-50_000:]) + ends[-1].end()]


def _is_cut(text: str) -> bool:
    """Whether a feed does not end with its root's end."""
    root = _ROOT.search(text)
    if root is None:
        return False
    return not re.search(rf"</{re.escape(root[0][1:])}\s*>", text[-5000:], re.IGNORECASE)


def _without_torn_entry(text: str) -> str | None:
    """The document ended properly after its last whole entry; ``None`` if it was not cut."""
    root = _ROOT.search(text)
    if root is None or not _is_cut(text):
        return None
    name = root[0][1:]
    ends = list(_ITEM_END.finditer(text))
    if not ends:
        return None
    last = ends[-1]
    end = f"</{name}>"
    channel = re.search(r"<channel\b[^>]*>", text[: last.end()])
    if channel and "</channel" not in text[: last.end()]:
        end = f"</channel>{end}"
    return text[: last.end()] + end


def _without_torn_end(text: str) -> str:
    whole = _without_torn_entry(text)
    return text if whole is None else whole
