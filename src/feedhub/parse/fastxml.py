"""Elements as feedparser's handlers see them: names, texts, constructs, links."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any, cast
from xml.sax.saxutils import escape

from lxml import etree

from feedhub.parse.fastnames import NAMESPACES
from feedhub.parse.raw import HTML, PLAIN, XHTML, RawLink, RawText

_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_XML = "{http://www.w3.org/XML/1998/namespace}"
# Attributes that are read from elements here.
_READ = frozenset(
    {"rel", "href", "url", "uri", "type", "length", "count", "medium", "width", "height",
     "filesize", "term", "label", "scheme", "domain", "ispermalink", "mode", "text", "content",
     "views", "favorites", "favourites"}
)  # fmt: skip
_THREAD = "{http://purl.org/syndication/thread/1.0}"
_XHTML = "{http://www.w3.org/1999/xhtml}"
_QUOTE = {'"': "&quot;"}
# Two patterns, since each begins with letters that can be searched for fast.
_ODD_INSTRUCTION = re.compile(rb"<\?[^?]{0,200}[\x80-\xff]")
_ODD_PREFIX = re.compile(rb"xmlns:[^=\s:\x80-\xff]*+[\x80-\xff]")
_SOUND_BASE = re.compile(r"https?://[A-Za-z0-9.-]+(?::\d{1,5})?(?:[/?#]|$)")
_XLINK = "http://www.w3.org/1999/xlink"
_XML_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_BASE = re.compile(rb"""base\s*=\s*["']""")
_BEFORE = frozenset({b" ", b":", b"\t", b"\n", b"\r"})
_C1 = re.compile(rb"\xc2[\x80-\x9f]")
_C1_CHARACTER = re.compile("[\x80-\x9f]")
# Or its first half at least, where a comment, an instruction or a section parts the two.
_TWICE = re.compile(rb"\xc3[\x82-\xb4](?:\xc2[\x80-\xbf]|<(?!/)|\]\]>(?!</))")
_C1_REFERENCE = re.compile("&#(?:0*1[2-5][0-9]|[xX]0*[89][0-9a-fA-F]);")
_MARKED = re.compile(r"</\w+>|&#?\w+;")  # what feedparser asks for before it suspects HTML
_REFERENCE = re.compile("&([A-Za-z0-9_]+);")
_DECLARATION = re.compile(r"""xmlns(?::([^\s=<>&"':]+))?\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_EXTRA_SLASHES = re.compile(r"[A-Za-z][A-Za-z0-9+-.]*:///")
_TYPES = {
    "text": PLAIN,
    "plain": PLAIN,
    "text/plain": PLAIN,
    "html": HTML,
    "text/html": HTML,
    "xhtml": XHTML,
    "application/xhtml+xml": XHTML,
}
_PAGES = frozenset({"text/html", "html", "application/xhtml+xml", "xhtml"})


class Doubt(Exception):
    """Something that is not mirrored here: feedparser is to decide."""


def doubtful(text: str) -> bool:
    """Whether a document holds what is never mirrored, wherever in it that stands."""
    return "<!ENTITY" in text[:4096]


def odd_name(data: bytes) -> bool:
    """Whether a prefix goes beyond ASCII, or an instruction, perhaps with its name."""
    at = data.find(b"<?")
    if at >= 0 and _ODD_INSTRUCTION.search(data, at):
        return True
    at = data.find(b"xmlns:")
    return at >= 0 and _ODD_PREFIX.search(data, at) is not None


def has_base(data: bytes) -> bool:
    """Whether a document may tell what its relative addresses are relative to."""
    data = data.lower()  # capitals are nothing to feedparser
    return any(data[m.start() - 1 : m.start()] in _BEFORE for m in _BASE.finditer(data))


def declares_xlink(text: str, data: bytes) -> bool:
    """Whether a prefix stands for XLink, which feedparser passes on as an attribute."""
    if _XLINK not in text:
        return False
    seen = etree.iterparse(
        BytesIO(data), events=("start-ns",), resolve_entities=False, no_network=True
    )
    return any(uri == _XLINK for _, (_, uri) in seen)


def check_names(element: etree._Element) -> None:
    """Names beyond ASCII are left alone: the two parsers know different letters."""
    for key in cast("list[str]", element.keys()):
        if not key.isascii():
            raise Doubt


class Context:
    """What is known of the whole document while its elements are read."""

    def __init__(self, text: str, data: bytes, url: str) -> None:
        self._text = text
        self._url = url
        self._prefixes: dict[str, set[str]] | None = None
        self.atom10 = False  # the format, as soon as that is known
        self.known: dict[str, str] = {}  # names by tag
        self.has_base = has_base(data)
        self._bases: dict[etree._Element, str] = {}  # of elements that hold others
        # Whether C1 characters may be there for feedparser to translate, and whether letters
        # may be UTF-8 that was encoded twice; both can also come from references.
        references = b"&#" in data
        self._has_c1 = len(data) != len(text) and _C1.search(data) is not None
        if references and not self._has_c1:
            self._has_c1 = _C1_REFERENCE.search(text) is not None
        self._has_twice = references or _TWICE.search(data) is not None

    def name(self, element: etree._Element) -> str:
        """An element's name as feedparser's handlers know it, ``media_content`` and the like."""
        tag = element.tag
        name = self.known.get(tag)
        if name is not None:
            return name
        if not isinstance(tag, str) or not tag.isascii():
            raise Doubt  # an entity that is not declared, or a name beyond ASCII
        if tag[0] != "{":
            name = tag.lower()
        else:
            uri, _, local = tag[1:].rpartition("}")
            uri, local = uri.lower(), local.lower()
            prefix = "" if "backend.userland.com/rss" in uri else NAMESPACES.get(uri)
            if prefix is None:
                # feedparser goes by the prefix where it does not know the namespace, so
                # one tag may have two names and is not remembered.
                given = (element.prefix or "").lower()
                if given and not self._has_one_meaning(given):
                    raise Doubt  # another declaration of the prefix may decide
                return f"{given}_{local}" if given else local
            name = f"{prefix}_{local}" if prefix else local
        self.known[tag] = name
        return name

    def _has_one_meaning(self, prefix: str) -> bool:
        """Whether a prefix stands for one namespace only, all through the document."""
        if self._prefixes is None:
            self._prefixes = {}
            for name, one, two in _DECLARATION.findall(self._text):
                uri = one or two
                self._prefixes.setdefault(name.lower(), set()).add(uri)
                # feedparser notes a namespace that it knows under its own prefix for it
                if own := NAMESPACES.get(uri.lower()):
                    self._prefixes.setdefault(own, set()).add(uri)
        return len(self._prefixes.get(prefix, ())) == 1

    def clean(self, text: str | None) -> str:
        """An element's text as feedparser stores it."""
        if not text:
            return ""
        text = text.strip()
        if text.isascii():
            return text
        mended = False
        if self._has_twice:
            try:
                text = text.encode("iso-8859-1").decode("utf-8")
                mended = True
            except (UnicodeEncodeError, UnicodeDecodeError):
                mended = False
        if (mended or self._has_c1) and _C1_CHARACTER.search(text):
            from feedparser.html import _cp1252

            text = text.translate(_cp1252)
        return text

    def address(self, element: etree._Element) -> str:
        """The text of an element that feedparser resolves; extra slashes are its to fix."""
        return self.clean(self.resolved((simple(element) or "").strip(), element))

    def resolved(self, href: str, element: etree._Element) -> str:
        """An address as written, or joined to its base in a document that gives one."""
        if _EXTRA_SLASHES.match(href):
            raise Doubt
        if not self.has_base or not href:
            return href
        from feedparser.urls import _urljoin

        return str(_urljoin(self.base(element), href))

    def base(self, element: etree._Element) -> str:
        """The address that relative ones are relative to; empty where the document is mute."""
        if not self.has_base:
            return ""
        from feedparser.urls import make_safe_absolute_uri

        parent = element.getparent()
        if parent is None:
            outer = self._url
        else:
            known = self._bases.get(parent)
            outer = self._bases[parent] = self.base(parent) if known is None else known
        for key in cast("list[str]", element.keys()):
            if key not in (_XML_BASE, "base") and key.lower() in (_XML_BASE.lower(), "base"):
                raise Doubt  # capitals are nothing to feedparser
        own = element.get(_XML_BASE) or element.get("base")
        base = str(make_safe_absolute_uri(outer, own) or outer) if own else outer
        if _SOUND_BASE.match(base) is None:
            raise Doubt  # joining it to itself, as feedparser does, may change it
        return base


def without_reference_marks(link: str) -> str:
    """A link element's text without the semicolons that feedparser holds for references."""
    return _REFERENCE.sub(r"&\g<1>", link) if "&" in link else link


def simple(element: etree._Element) -> str | None:
    """The text of an element that must hold nothing but text."""
    if len(element):
        raise Doubt
    if element.keys():
        check_names(element)
    return element.text


def language_of(element: etree._Element, inherited: str | None) -> str | None:
    """The language in force within an element."""
    if not element.keys():
        return inherited
    check_names(element)
    language = element.get(_LANG)
    if language is None:
        language = element.get("lang")
        if language is None:
            return inherited
    return language or None


def attributes(element: etree._Element) -> dict[str, str]:
    """Attributes by lower-case name, with the values of two of them in lower case."""
    found: dict[str, str] = {}
    for key, value in cast("list[tuple[str, str]]", element.items()):
        if key[0] == "{":
            if key.startswith(_THREAD):
                name = key[len(_THREAD) :].lower()
            elif key.rpartition("}")[2].lower() in _READ and not key.startswith(_XML):
                raise Doubt  # feedparser would take it for the plain one
            else:
                continue
        else:
            name = key.lower()
        if name in found or not name.isascii():
            raise Doubt
        found[name] = value.lower() if name in ("rel", "type") else value
    return found


def construct(
    context: Context,
    element: etree._Element,
    default: str,
    inherited: str | None,
    *,
    guess: bool,
) -> RawText:
    """A text construct; ``guess`` where plain text may turn out to be HTML."""
    media_type, language = default, inherited
    if element.keys():
        given = attributes(element)
        if "mode" in given:
            raise Doubt
        if "type" in given:
            known = _TYPES.get(given["type"])
            if known is None:
                raise Doubt
            media_type = known
        language = language_of(element, inherited)
    text = _markup_within(context, element) if media_type == XHTML else simple(element)
    if guess and text and media_type == PLAIN and looks_like_html(text.strip()):
        media_type = HTML
    if language:
        language = language.replace("_", "-")
    return RawText(context.clean(text), media_type, context.base(element), language)


def _markup_within(context: Context, element: etree._Element) -> str:
    """Inline XHTML as feedparser writes it anew; in Atom 1.0 an outermost div goes."""
    inner = list(element)
    only = inner[0] if len(inner) == 1 else None
    if (
        context.atom10
        and only is not None
        and only.tag == f"{_XHTML}div"
        and not (element.text or "").strip()
        and not (only.tail or "").strip()
    ):
        element = only
    pieces: list[str] = []
    _write_children(element, pieces, 0)
    return "".join(pieces)


def _write_children(element: etree._Element, pieces: list[str], depth: int) -> None:
    if depth > 100:
        raise Doubt
    pieces.append(escape(element.text or ""))
    for child in element:
        tag = child.tag
        # Elements of other namespaces would meet feedparser's handlers on their way out.
        if not isinstance(tag, str) or not tag.startswith(_XHTML):
            raise Doubt
        name = tag[len(_XHTML) :].lower()
        if name in ("body", "svg", "math") or not name.isascii():
            raise Doubt
        written = ""
        for key, value in cast("list[tuple[str, str]]", child.items()):
            if key == _LANG:
                key = "xml:lang"
            elif key[0] == "{":
                raise Doubt
            key = key.lower()
            if not key.isascii():
                raise Doubt
            if key in ("rel", "type"):
                value = value.lower()
            written += f' {key}="{escape(value, _QUOTE)}"'
        pieces.append(f"<{name}{written}>")
        _write_children(child, pieces, depth + 1)
        pieces.append(f"</{name}>")
        pieces.append(escape(child.tail or ""))


def looks_like_html(text: str) -> bool:
    """feedparser's own judgement, asked only where it could be yes."""
    if ("</" not in text and "&" not in text) or _MARKED.search(text) is None:
        return False
    from feedparser.mixin import _FeedParserMixin

    return bool(_FeedParserMixin.looks_like_html(text))


def permalink(element: etree._Element) -> bool:
    """Whether a guid or id is taken for a link where there is no other."""
    names = element.keys()
    if not names:
        return True
    if names == ["isPermaLink"]:  # as nearly all write it
        return element.get("isPermaLink") == "true"
    return attributes(element).get("ispermalink", "true") == "true"


class _Author:
    """Enough of feedparser's parser to have it read one author's line."""

    def __init__(self, text: str) -> None:
        self.values: dict[str, Any] = {"author": text, "authors": [{}]}

    def _get_context(self) -> dict[str, Any]:
        return self.values


def author_name(text: str) -> str:
    """What feedparser makes of one author's line of several."""
    if "@" not in text:
        return text
    from feedparser.mixin import _FeedParserMixin

    author = _Author(text)
    _FeedParserMixin._sync_author_detail(author)
    detail = author.values["authors"][-1]
    return str(detail.get("name") or detail.get("email") or "")


def link_of(context: Context, element: etree._Element) -> tuple[RawLink, bool]:
    """A link from its attributes, and whether it is the page the feed or entry is about.

    Its ``href`` is empty where the address is the element's text, or where it is empty.
    """
    if len(element):
        raise Doubt
    if not element.keys():
        return RawLink("alternate", "", "text/html"), False
    given = attributes(element)
    rel = given.get("rel", "alternate")
    media_type = given.get("type", "application/atom+xml" if rel == "self" else "text/html")
    href = given.get("url", given.get("uri", given.get("href")))
    if href == "" and given.get("href") != "":
        raise Doubt
    if href:
        href = context.resolved(href, element)
    elif href == "" and context.has_base:
        href = context.base(element)
    link = RawLink(rel, href or "", media_type, given.get("length", ""), given.get("count", ""))
    return link, href is not None and rel == "alternate" and media_type in _PAGES


def with_text(link: RawLink, text: str) -> RawLink:
    """The link with its element's text as address."""
    return RawLink(link.rel, text, link.type, link.length, link.replies)
