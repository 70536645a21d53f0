"""The strict fast path: well-formed RSS, RDF and Atom through lxml, as feedparser would.

It mirrors what feedparser does with the elements that feeds are made of, oddities
included, and gives up (``None``) at anything it does not mirror: the document then goes to
feedparser, the authority. A differential test holds the two equal over whole corpora and
over mutated documents. ``ParseRules(fast=False)`` switches it off.

Where a rule below looks arbitrary it is feedparser's: text is stripped, UTF-8 that was
encoded twice is mended, a second description becomes content, a title may be overridden
only by one that is less deeply nested.
"""

from __future__ import annotations

import re
from typing import cast

from lxml import etree

from feedhub.parse.fastitem import Item
from feedhub.parse.fastxml import (
    Context,
    Doubt,
    check_names,
    construct,
    declares_xlink,
    doubtful,
    language_of,
    link_of,
    odd_name,
    permalink,
    simple,
    with_text,
    without_reference_marks,
)
from feedhub.parse.raw import PLAIN, RawFeed
from feedhub.parse.rawkeys import FEED_LINK_RELS

# A document type without declarations of its own says nothing but RSS 0.91's author.
_DOCTYPE = re.compile(r"\s*<!DOCTYPE[^<>\[]*>\s*")
_RSS_VERSIONS = {"0.91": "rss091u", "0.92": "rss092", "0.93": "rss093", "0.94": "rss094"}
_ATOM_VERSIONS = {"0.1": "atom01", "0.2": "atom02", "0.3": "atom03"}
_ATOM = "http://www.w3.org/2005/atom"
_RSS10 = "http://purl.org/rss/1.0/"
_RSS090 = "http://my.netscape.com/rdf/simple/0.9/"
_RDF_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"

# Where a channel's values are kept: the feed's own, or the document's until the end.
_VALUES = {
    "ttl": "ttl",
    "sy_updateperiod": "update_period",
    "sy_updatefrequency": "update_frequency",
    "icon": "icon",
    "logo": "logo",
}
_IN_IMAGE = frozenset({"title", "url", "link", "width", "height", "description"})
_IN_TEXTINPUT = frozenset({"title", "description", "name", "link"})
# Text constructs that are not read here, but whose markup feedparser reads in another mode.
_MARKUP = frozenset(
    {"subtitle", "tagline", "rights", "copyright", "info", "dc_rights", "itunes_subtitle",
     "feedburner_browserfriendly"}
)  # fmt: skip
_ENTRIES = frozenset({"item", "entry"})
_PEOPLE = frozenset(
    {"author", "contributor", "managingeditor", "webmaster", "dc_author", "dc_creator",
     "dc_contributor", "dc_publisher", "itunes_author", "itunes_owner"}
)  # fmt: skip
_WRITERS = _PEOPLE - {"contributor", "dc_contributor"}
_AUTHORS = frozenset({"author", "dc_creator", "dc_author", "itunes_author"})
_UNMIRRORED = frozenset(
    {"content", "content_encoded", "body", "fullitem", "xhtml_body", "source", "channel", "feed",
     "rss", "gml_pos", "gml_poslist", "links", "authors", "title_detail", "tags",
     "psc_chapter", "abstract", "dc_description", "media_description", "xhtml_div", "div"}
)  # fmt: skip

_PARSER = etree.XMLParser(
    recover=False,
    resolve_entities=False,
    no_network=True,
    load_dtd=False,
    huge_tree=False,
    remove_comments=True,
    remove_pis=True,
)


def read(text: str, url: str = "") -> RawFeed | None:
    """The raw feed of a tidy document without declaration, or ``None`` on any doubt.

    ``url`` is the document's own, for those that give a base.
    """
    if doubtful(text):
        return None
    doctype = _DOCTYPE.match(text)
    if doctype:
        text = text[doctype.end() :]
    try:
        data = text.encode()
        root = etree.fromstring(data, _PARSER)
    except (etree.XMLSyntaxError, ValueError):
        return None
    if root.getroottree().docinfo.internalDTD is not None or declares_xlink(text, data):
        return None
    if len(data) != len(text) and odd_name(data):
        return None
    try:
        raw = _Document(root, Context(text, data, url)).read()
    except Doubt:
        return None
    if doctype and "netscape" in doctype[0].lower():
        raw.format = "rss091n"
    return raw


def _keys(element: etree._Element) -> list[str]:
    return cast("list[str]", element.keys())


def _no_channel_definition(element: etree._Element) -> None:
    """The attributes by which CDF gives links and dates; nobody mirrors CDF."""
    if any(key.lower() in ("href", "lastmod") for key in _keys(element)):
        raise Doubt


class _Document:
    """One document being read: the feed's own values here, each entry in an :class:`Item`."""

    def __init__(self, root: etree._Element, context: Context) -> None:
        self.root = root
        self.context = context
        self.feed = RawFeed(format="")
        self.link: str | None = None
        self.icon = self.image = self.logo = ""
        self.title_depth = -1
        self.has_summary = False
        self.has_content = False
        self.people: Item | None = None  # who wrote an Atom feed
        self.guess = True  # whether plain text may turn out to be HTML

    def read(self) -> RawFeed:
        root, feed = self.root, self.feed
        name = self.context.name(root)
        language = language_of(root, None)
        if any(key != key.lower() for key in _keys(root) if key[0] != "{"):
            raise Doubt
        uris = [uri.lower() for uri in root.nsmap.values()]
        if name == "rss":
            version = root.get("version") or ""
            feed.format = _RSS_VERSIONS.get(version) or (
                "rss20" if version.startswith("2.") else "rss"
            )
        elif name == "feed":
            feed.format = _version(uris) or _ATOM_VERSIONS.get(root.get("version") or "", "atom")
        elif name == "rdf_rdf":
            feed.format = _version(uris)
            if not feed.format and len(root):  # or the channel's, where they stand there
                feed.format = _version([uri.lower() for uri in root[0].nsmap.values()])
        if not feed.format:
            raise Doubt
        self.context.atom10 = feed.format == "atom10"
        self.guess = not feed.format.startswith("atom")
        if not self.guess:
            self.people = Item(self.context, guess=False, has_content=False)
        if language and name != "rdf_rdf":
            feed.language = language.replace("_", "-")
        if name == "rss":
            if len(root) != 1 or self.context.name(root[0]) != "channel":
                raise Doubt
            self._channel(root[0], language)
        elif name == "feed":
            self._children(root, language, 1)
        else:
            self._rdf(root, language)
        if self.people is not None:
            feed.authors = self.people.finish().authors
        feed.link = self.link or ""
        feed.icon = self.icon or self.image or self.logo
        if not feed.entries:
            raise Doubt  # that nothing was found is cause enough to have it looked at again
        return feed

    def _channel(self, channel: etree._Element, language: str | None) -> None:
        _no_channel_definition(channel)
        self._children(channel, language_of(channel, language), 2)

    def _rdf(self, root: etree._Element, language: str | None) -> None:
        for child in root:
            check_names(child)
            name = self.context.name(child)
            if name == "channel":
                self._channel(child, language)
            elif name == "item":
                self._item(child, language, 2)
            elif name in ("image", "textinput"):
                # Outside the channel only its title's depth leaves a trace.
                self._closed_group(child, _IN_IMAGE | _IN_TEXTINPUT, 2)
            else:
                raise Doubt

    def _children(self, parent: etree._Element, language: str | None, depth: int) -> None:
        """The elements of a channel, or of one that only groups; ``depth`` is the parent's."""
        for child in parent:
            name = self.context.name(child)
            if name in ("item", "entry"):
                self._item(child, language, depth + 1)
                continue
            handler = _HANDLERS.get(name)
            if handler is not None:
                handler(self, child, language, depth + 1)
            elif name in _VALUES:
                self._value(child, _VALUES[name])
            elif name in _UNMIRRORED:
                raise Doubt
            elif name in _WRITERS and self.people is not None:
                if name not in _AUTHORS or depth > 1:
                    raise Doubt  # feedparser may write one's name to another
                self.people.an_author(child, language, 0)
            elif len(child):
                if name in _MARKUP:
                    raise Doubt
                if name in _PEOPLE and any(
                    self.context.name(one) in _ENTRIES for one in child.iterdescendants()
                ):
                    raise Doubt  # whose names would be the person's
                self._children(child, language_of(child, language), depth + 1)
            else:
                check_names(child)

    def _value(self, element: etree._Element, name: str) -> None:
        if element.keys():
            if len(element):
                raise Doubt
            value = ""  # with attributes feedparser keeps them and not the text
        elif name in ("icon", "logo"):
            value = self.context.address(element)
        else:
            value = self.context.clean(simple(element))
        setattr(self if name in ("icon", "logo") else self.feed, name, value)

    def _item(self, element: etree._Element, language: str | None, depth: int) -> None:
        item = Item(self.context, guess=self.guess, has_content=self.has_content)
        if element.keys():
            _no_channel_definition(element)
            about = element.get(_RDF_ABOUT)
            if about:
                item.guid = about
            elif any(key.endswith("}about") for key in _keys(element)):
                raise Doubt  # feedparser goes by the prefix, whatever that stands for
        item.children(element, language_of(element, language), depth + 1)
        self.feed.entries.append(item.finish())
        self.title_depth = item.title_depth
        self.has_content = False

    def _closed_group(self, group: etree._Element, allowed: frozenset[str], depth: int) -> None:
        self.title_depth = -1
        check_names(group)
        for child in group:
            name = self.context.name(child)
            if name not in allowed or len(child):
                raise Doubt
            check_names(child)
            if name == "title" and self.context.clean(child.text):
                self.title_depth = depth + 1

    # --- handlers: the element, the language in force there, the element's own depth -----

    def title(self, element: etree._Element, language: str | None, depth: int) -> None:
        text = construct(self.context, element, PLAIN, language, guess=self.guess)
        if not -1 < self.title_depth <= depth:
            self.feed.title = text if text.value else None
        if text.value:
            self.title_depth = depth  # also of one that is passed over

    def media_title(self, element: etree._Element, language: str | None, depth: int) -> None:
        before = self.title_depth
        self.title(element, language, depth)
        self.title_depth = before

    def a_link(self, element: etree._Element, language: str | None, depth: int) -> None:
        link, is_page = link_of(self.context, element)
        if is_page:
            self.link = link.href
        elif not link.href and element.get("href") is None:
            text = without_reference_marks(self.context.address(element))
            self.link = text
            link = with_text(link, text)
        if link.href and link.rel in FEED_LINK_RELS:
            self.feed.links.append(link)

    def an_id(self, element: etree._Element, language: str | None, depth: int) -> None:
        value = self.context.clean(simple(element))
        if permalink(element) and not self.link:
            self.link = value

    def a_language(self, element: etree._Element, language: str | None, depth: int) -> None:
        self.feed.language = self.context.clean(simple(element))

    def a_description(self, element: etree._Element, language: str | None, depth: int) -> None:
        simple(element)
        if self.has_summary and not self.has_content:
            self.has_content = True

    def a_summary(self, element: etree._Element, language: str | None, depth: int) -> None:
        self.a_description(element, language, depth)
        self.has_summary = True

    def an_image(self, element: etree._Element, language: str | None, depth: int) -> None:
        self._closed_group(element, _IN_IMAGE, depth)
        for child in element:
            if self.context.name(child) == "url":
                self.image = self.context.address(child)

    def a_textinput(self, element: etree._Element, language: str | None, depth: int) -> None:
        self._closed_group(element, _IN_TEXTINPUT, depth)

    def an_itunes_image(self, element: etree._Element, language: str | None, depth: int) -> None:
        simple(element)
        href = element.get("href") or element.get("url")
        if href:
            self.image = href


def _version(uris: list[str]) -> str:
    """The format that the root's namespaces tell; of several, feedparser takes the first."""
    versions = {_ATOM: "atom10", _RSS10: "rss10", _RSS090: "rss090"}
    told = [versions[uri] for uri in uris if uri in versions]
    if len(told) > 1:
        raise Doubt
    return told[0] if told else ""


_HANDLERS = {
    "title": _Document.title,
    "dc_title": _Document.title,
    "media_title": _Document.media_title,
    "link": _Document.a_link,
    "id": _Document.an_id,
    "guid": _Document.an_id,
    "language": _Document.a_language,
    "dc_language": _Document.a_language,
    "description": _Document.a_description,
    "summary": _Document.a_summary,
    "itunes_summary": _Document.a_summary,
    "image": _Document.an_image,
    "textinput": _Document.a_textinput,
    "itunes_image": _Document.an_itunes_image,
    "itunes_link": _Document.an_itunes_image,
}
