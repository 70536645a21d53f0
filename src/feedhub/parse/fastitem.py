"""One entry on the fast path, element by element as feedparser would take it."""

from __future__ import annotations

from lxml import etree

from feedhub.parse import fastmedia
from feedhub.parse.fastxml import (
    Context,
    Doubt,
    attributes,
    author_name,
    check_names,
    construct,
    language_of,
    link_of,
    permalink,
    simple,
    with_text,
    without_reference_marks,
)
from feedhub.parse.images import own_picture
from feedhub.parse.raw import HTML, PLAIN, RawEntry, RawLink, RawText
from feedhub.parse.rawkeys import (
    COUNT_KEYS,
    LINK_RELS,
    PAYWALL_KEYS,
    STATISTICS,
    STATISTICS_ELEMENTS,
)

_VALUES = frozenset({"comments", "feedburner_origlink", *COUNT_KEYS, *PAYWALL_KEYS})
_MARKUP = frozenset(
    {"subtitle", "tagline", "rights", "copyright", "info", "dc_rights", "itunes_subtitle",
     "feedburner_browserfriendly"}
)  # fmt: skip
_UNMIRRORED = frozenset(
    {"item", "entry", "channel", "feed", "rss", "body", "xhtml_body", "fullitem", "textinput",
     "div", "xhtml_div", "tags", "gml_pos", "gml_poslist", "psc_chapter",
     "itunes_owner",  # who becomes an author, too
     # whose text would be written over what feedparser gathers
     "links", "authors", "guidislink", "title_detail", "summary_detail", "description_detail",
     "media_description_detail"}
)  # fmt: skip


class Item:
    """An entry being read. Depths decide what overrides what."""

    __slots__ = (
        "address",
        "author",
        "caption",
        "caption_detail",
        "context",
        "depths",
        "entry",
        "extensions",
        "guess",
        "guid",
        "has_content",
        "link",
        "people",
        "permalink",
        "person_count",
        "statistics",
        "summary",
        "summary_detail",
        "tags",
        "title",
        "title_depth",
        "title_detail",
        "told_tags",
        "values",
    )  # fmt: skip

    def __init__(self, context: Context, *, guess: bool, has_content: bool) -> None:
        self.context = context
        self.guess = guess
        self.entry = RawEntry()
        self.title = ""
        self.title_detail: RawText | None = None
        self.title_depth = -1
        self.guid = self.address = ""
        self.permalink: bool | None = None
        self.link: str | None = None
        self.summary: str | None = None
        self.summary_detail: RawText | None = None
        self.caption: str | None = None
        self.caption_detail: RawText | None = None
        self.has_content = has_content
        self.author = ""
        self.people: list[tuple[str, bool]] = []  # name or line, and whether it is a line
        self.person_count = 0
        self.tags: list[fastmedia.Tag] = []
        self.told_tags: dict[tuple[str | None, ...], int] = {}
        self.values: dict[str, str] = {}
        self.extensions = False  # whether elements were seen that few feeds have
        self.depths: dict[str, int] = {}
        self.statistics: dict[str, dict[str, str]] = {}

    def children(self, parent: etree._Element, language: str | None, depth: int) -> None:
        """Each element of an entry, or of an element within it that only groups others."""
        known, name_of = self.context.known, self.context.name
        handlers = _HANDLERS
        for child in parent:
            name = known.get(child.tag) or name_of(child)
            handler = handlers.get(name)
            if handler is not None:
                handler(self, child, language, depth)
            elif name in _VALUES:
                self._value(name, child, depth)
            elif name in _UNMIRRORED:
                raise Doubt
            elif len(child):
                if name in _MARKUP:
                    raise Doubt
                self.children(child, language_of(child, language), depth + 1)
            else:
                check_names(child)

    def finish(self) -> RawEntry:
        entry, values = self.entry, self.values
        entry.title = _detailed(self.title, self.title_detail, PLAIN)
        entry.guid, entry.permalink = self.guid, bool(self.permalink)
        entry.link = self.link or ""
        if self.address and not entry.image:
            entry.image = own_picture(self.address)
        entry.summary = _detailed(self.summary, self.summary_detail, HTML)
        if entry.summary is None and not entry.contents:
            entry.summary = _detailed(self.caption, self.caption_detail, HTML)
        if self.person_count == 1:
            entry.authors = [self.author] if self.author else []
        elif self.person_count:
            if len({is_line for _, is_line in self.people}) > 1:
                raise Doubt  # one's name would be written over the other's
            entry.authors = [
                name
                for text, is_line in self.people
                if (name := author_name(text) if is_line else text)
            ]
        entry.published = values.get("published", "")
        entry.updated = values.get("updated", "")
        entry.created = values.get("created", "")
        entry.language = values.get("language", "")
        entry.comments = values.get("comments", "")
        entry.origin_link = values.get("feedburner_origlink", "")
        entry.categories = [
            (term or "", label or "", scheme or "") for term, label, scheme in self.tags
        ]
        if self.extensions:
            for name in COUNT_KEYS:
                value = values.get(name, "").strip()
                if value:
                    entry.counts[name] = value
            for name in PAYWALL_KEYS:
                value = values.get(name, "").strip()
                if value:
                    entry.paywall = f"{name}={value[:100]}"
                    break
        for element in STATISTICS_ELEMENTS if self.statistics else ():
            for name in STATISTICS:
                value = self.statistics.get(element, {}).get(name, "").strip()
                if value:
                    entry.counts[f"{element}.{name}"] = value
        return entry

    def _stored(self, name: str, depth: int) -> bool:
        """Whether a value at this depth is stored: not over one from less deep."""
        before = self.depths.get(name)
        if before is not None and depth > before:
            return False
        self.depths[name] = depth
        return True

    def _value(self, name: str, element: etree._Element, depth: int) -> None:
        """An element without a handler: its text, or its attributes and then not its text."""
        self.extensions = True
        if element.keys():
            if len(element) or self.context.clean(element.text):
                raise Doubt
            self.values[name] = ""
            return
        text = (
            self.context.address(element)
            if name == "comments"
            else self.context.clean(simple(element))
        )
        if self._stored(name, depth):
            self.values[name] = text

    # --- handlers: the element, the language in force, the element's depth ----------------

    def a_title(self, element: etree._Element, language: str | None, depth: int) -> None:
        text = construct(self.context, element, PLAIN, language, guess=self.guess)
        if not -1 < self.title_depth <= depth:
            if self._stored("title", depth):
                self.title = text.value
            self.title_detail = text
        if text.value:
            self.title_depth = depth  # also of one that is passed over

    def a_media_title(self, element: etree._Element, language: str | None, depth: int) -> None:
        before = self.title_depth
        self.a_title(element, language, depth)
        self.title_depth = before

    def a_link(self, element: etree._Element, language: str | None, depth: int) -> None:
        link, is_page = link_of(self.context, element)
        if is_page:
            self.link = link.href
        elif not link.href and element.get("href") is None:
            text = self.context.address(element)
            if "&" in text:
                text = without_reference_marks(text.replace("&amp;", "&"))
            self.link = text
            link = with_text(link, text)
        if link.href and link.rel in LINK_RELS:
            self.entry.links.append(link)

    def an_enclosure(self, element: etree._Element, language: str | None, depth: int) -> None:
        simple(element)
        given = attributes(element)
        href = given.get("url", given.get("uri", given.get("href", "")))
        if href:
            self.entry.links.append(
                RawLink(
                    "enclosure",
                    href,
                    given.get("type", ""),
                    given.get("length", ""),
                    given.get("count", ""),
                )
            )

    def an_address(self, element: etree._Element, language: str | None, depth: int) -> None:
        text = self.context.address(element)
        if self._stored("href", depth):
            self.address = text

    def a_thumbnails_text(self, text: str, depth: int) -> None:
        """feedparser keeps it, empty or not, where the address of a ``url`` element stands."""
        if self._stored("url", depth):
            self.address = text

    def an_id(self, element: etree._Element, language: str | None, depth: int) -> None:
        acts_as_link = permalink(element)
        value = self.context.clean(simple(element))
        if self._stored("id", depth):
            self.guid = value
        if self.permalink is None:
            self.permalink = acts_as_link and not self.link
        if acts_as_link and not self.link:
            self.link = value

    def a_description(self, element: etree._Element, language: str | None, depth: int) -> None:
        self._summary(element, HTML, language, depth)

    def an_abstract(self, element: etree._Element, language: str | None, depth: int) -> None:
        """A summary that is never a second one, and so takes the place of the first."""
        self._set_summary(
            construct(self.context, element, PLAIN, language, guess=self.guess), depth
        )

    def a_summary(self, element: etree._Element, language: str | None, depth: int) -> None:
        self._summary(element, PLAIN, language, depth)

    def _summary(
        self, element: etree._Element, default: str, language: str | None, depth: int
    ) -> None:
        if self.summary is not None and not self.has_content:
            self._content(element, PLAIN, language)  # a second one is the content
            return
        self._set_summary(
            construct(self.context, element, default, language, guess=self.guess), depth
        )

    def _set_summary(self, detail: RawText, depth: int) -> None:
        if self._stored("summary", depth):
            self.summary = detail.value
        self.summary_detail = detail

    def a_caption(self, element: etree._Element, language: str | None, depth: int) -> None:
        """What a picture or film shows: the entry's summary only where it has no text."""
        detail = construct(self.context, element, HTML, language, guess=self.guess)
        if self._stored("media_description", depth):
            self.caption = detail.value
        self.caption_detail = detail

    def a_content(self, element: etree._Element, language: str | None, depth: int) -> None:
        self._content(element, PLAIN, language)

    def an_encoded(self, element: etree._Element, language: str | None, depth: int) -> None:
        self._content(element, HTML, language)

    def _content(self, element: etree._Element, default: str, language: str | None) -> None:
        self.has_content = True
        text = construct(self.context, element, default, language, guess=self.guess)
        if text.value:
            self.entry.contents.append(text)
        if self.summary is None:
            self.summary = text.value

    def an_author(self, element: etree._Element, language: str | None, depth: int) -> None:
        self.person_count += 1
        if not len(element):
            text = self.context.clean(element.text)
            if not self._stored("author", depth):
                raise Doubt
            self.author = text
            if text:
                self.people.append((text, True))
            return
        if (element.text or "").strip():
            raise Doubt
        name = email = ""
        for child in element:
            if len(child) or (child.tail or "").strip():
                raise Doubt
            check_names(child)
            kind = self.context.name(child)
            if kind in ("uri", "url", "homepage"):
                self.an_address(child, language, depth + 1)
            elif kind in ("name", "itunes_name"):
                name = (child.text or "").strip()
            elif kind in ("email", "itunes_email"):
                email = (child.text or "").strip()
            elif (
                kind in _HANDLERS
                or kind in _VALUES
                or (
                    # Text of an element that feedparser passes over becomes the author's own.
                    (child.text or "").strip()
                )
            ):
                raise Doubt
        if not self._stored("author", depth):
            raise Doubt
        if self.person_count > 1 and not name:
            raise Doubt  # the one before lends its name
        self.author = f"{name} ({email})" if name and email else name or email
        if name or email:
            self.people.append((name or email, False))

    def published(self, element: etree._Element, language: str | None, depth: int) -> None:
        self._date("published", element, depth)

    def updated(self, element: etree._Element, language: str | None, depth: int) -> None:
        self._date("updated", element, depth)

    def created(self, element: etree._Element, language: str | None, depth: int) -> None:
        self._date("created", element, depth)

    def a_date(self, element: etree._Element, language: str | None, depth: int) -> None:
        """No handler of feedparser's knows it, but its dictionary takes it for ``updated``."""
        if element.keys():
            raise Doubt
        text = self.context.clean(simple(element))
        if self._stored("date", depth):
            self.values["updated"] = text

    def a_language(self, element: etree._Element, language: str | None, depth: int) -> None:
        self._date("language", element, depth)

    def _date(self, name: str, element: etree._Element, depth: int) -> None:
        text = self.context.clean(simple(element))
        if self._stored(name, depth):
            self.values[name] = text


def _detailed(value: str | None, detail: RawText | None, media_type: str) -> RawText | None:
    """A value with what is known of it, unless another's detail has taken the place."""
    if not value:
        return None
    return detail if detail and detail.value == value else RawText(value, media_type)


_HANDLERS = {
    "title": Item.a_title,
    "dc_title": Item.a_title,
    "media_title": Item.a_media_title,
    "link": Item.a_link,
    "enclosure": Item.an_enclosure,
    "url": Item.an_address,
    "uri": Item.an_address,
    "homepage": Item.an_address,
    "guid": Item.an_id,
    "id": Item.an_id,
    "description": Item.a_description,
    "dc_description": Item.a_description,
    "media_description": Item.a_caption,
    "abstract": Item.an_abstract,
    "summary": Item.a_summary,
    "itunes_summary": Item.a_summary,
    "content": Item.a_content,
    "content_encoded": Item.an_encoded,
    "author": Item.an_author,
    "managingeditor": Item.an_author,
    "dc_creator": Item.an_author,
    "dc_author": Item.an_author,
    "itunes_author": Item.an_author,
    "published": Item.published,
    "issued": Item.published,
    "pubdate": Item.published,
    "dcterms_issued": Item.published,
    "updated": Item.updated,
    "modified": Item.updated,
    "lastbuilddate": Item.updated,
    "date": Item.a_date,
    "dc_date": Item.updated,
    "dcterms_modified": Item.updated,
    "created": Item.created,
    "dcterms_created": Item.created,
    "language": Item.a_language,
    "dc_language": Item.a_language,
    "category": fastmedia.a_category,
    "keywords": fastmedia.a_category,
    "dc_subject": fastmedia.a_category,
    "media_category": fastmedia.a_media_category,
    "itunes_category": fastmedia.an_itunes_category,
    "media_keywords": fastmedia.media_keywords,
    "itunes_keywords": fastmedia.itunes_keywords,
    "media_content": fastmedia.a_media_content,
    "media_thumbnail": fastmedia.a_thumbnail,
    "media_credit": fastmedia.a_credit,
    "media_statistics": fastmedia.some_statistics,
    "media_starrating": fastmedia.some_statistics,
    "itunes_image": fastmedia.an_itunes_image,
    "itunes_link": fastmedia.an_itunes_image,
    "image": fastmedia.an_image,
    "source": fastmedia.a_source,
}
