"""What surrounds an entry on the fast path: categories, media and the feed it was taken from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from feedhub.parse.fastxml import (
    Doubt,
    attributes,
    check_names,
    construct,
    language_of,
    link_of,
    permalink,
    simple,
)
from feedhub.parse.raw import PLAIN, RawMedia

if TYPE_CHECKING:
    from feedhub.parse.fastitem import Item

_ITUNES = "http://www.itunes.com/"
_MEDIA_CATEGORIES = "http://search.yahoo.com/mrss/category_schema"
Tag = list[str | None]  # term, label, scheme
_IN_SOURCE = frozenset({"updated", "generator", "icon", "logo", "rights", "subtitle", "category"})


def a_category(item: Item, element: etree._Element, language: str | None, depth: int) -> None:
    _category(item, element, None)


def a_media_category(item: Item, element: etree._Element, language: str | None, depth: int) -> None:
    _category(item, element, _MEDIA_CATEGORIES)


def _category(item: Item, element: etree._Element, default_scheme: str | None) -> None:
    value = item.context.clean(simple(element))
    if element.keys():
        given = attributes(element)
        scheme = given.get("scheme", default_scheme or given.get("domain"))
        _tag(item, given.get("term"), given.get("label"), scheme)
    elif default_scheme:
        _tag(item, None, None, default_scheme)
    if value:
        if item.tags and not item.tags[-1][0]:
            last = item.tags[-1]
            item.told_tags[tuple(last)] -= 1
            last[0] = value
            item.told_tags[tuple(last)] = item.told_tags.get(tuple(last), 0) + 1
        else:
            _tag(item, value, None, None)


def an_itunes_category(
    item: Item, element: etree._Element, language: str | None, depth: int
) -> None:
    if (element.text or "").strip() or any(
        item.context.name(child) != "itunes_category" or (child.tail or "").strip()
        for child in element
    ):
        raise Doubt
    _tag(item, element.get("text"), None, _ITUNES)
    item.children(element, language, depth + 1)


def media_keywords(item: Item, element: etree._Element, language: str | None, depth: int) -> None:
    _keywords(item, element, None)


def itunes_keywords(item: Item, element: etree._Element, language: str | None, depth: int) -> None:
    _keywords(item, element, _ITUNES)


def _keywords(item: Item, element: etree._Element, scheme: str | None) -> None:
    text = item.context.clean(simple(element))
    if element.keys():
        return  # feedparser fails on these and goes on
    for term in text.split(","):
        if term.strip():
            _tag(item, term.strip(), None, scheme)


def _tag(item: Item, term: str | None, label: str | None, scheme: str | None) -> None:
    tag: Tag = [term, label, scheme]
    if (term or label or scheme) and not item.told_tags.get(tuple(tag)):
        item.tags.append(tag)
        item.told_tags[tuple(tag)] = 1


def a_media_content(item: Item, element: etree._Element, language: str | None, depth: int) -> None:
    given = attributes(element)
    if given.get("url"):
        item.entry.media.append(_media(given))
    if len(element):
        item.children(element, language_of(element, language), depth + 1)


def a_thumbnail(item: Item, element: etree._Element, language: str | None, depth: int) -> None:
    given = attributes(element)
    url = item.context.address(element)
    if url and "url" not in given:
        given["url"] = url
    item.a_thumbnails_text(url, depth)
    if given.get("url"):
        item.entry.thumbnails.append(_media(given))


def a_credit(item: Item, element: etree._Element, language: str | None, depth: int) -> None:
    text = item.context.clean(simple(element))
    given = attributes(element)
    words = text if text.strip() else given.get("content", "").strip()
    if words:
        item.entry.credits.append(words)


def some_statistics(item: Item, element: etree._Element, language: str | None, depth: int) -> None:
    simple(element)
    item.statistics[item.context.name(element)] = attributes(element)


def an_itunes_image(item: Item, element: etree._Element, language: str | None, depth: int) -> None:
    simple(element)
    href = element.get("href") or element.get("url")
    if href:
        item.entry.image = href


def an_image(item: Item, element: etree._Element, language: str | None, depth: int) -> None:
    """An item's own picture: not in any standard, but in many feeds."""
    item.title_depth = -1
    language = language_of(element, language)
    for child in element:
        name = item.context.name(child)
        if name == "url":
            item.an_address(child, language, depth + 1)
        elif name == "title":
            item.a_title(child, language, depth + 1)
        elif name == "link" and not child.keys():
            item.context.address(child)  # passed over, unless feedparser fails on it
        elif name in ("width", "height"):
            simple(child)
        else:
            raise Doubt  # feedparser would take it for the channel's, or not, by what came before


def a_source(item: Item, element: etree._Element, language: str | None, depth: int) -> None:
    """The feed that an entry was taken from: RSS gives a line, Atom a feed's head."""
    item.title_depth = -1
    given = attributes(element) if element.keys() else {}
    title, link = "", None
    own_text = element.text or ""
    for child in element:
        own_text += child.tail or ""
        name = item.context.name(child)
        if name == "title":
            text = construct(item.context, child, PLAIN, language, guess=item.guess)
            if not -1 < item.title_depth <= depth + 1:
                title = text.value
                item.title_depth = depth + 1 if text.value else item.title_depth
        elif name == "link":
            found, is_page = link_of(item.context, child)
            if not found.href or (child.text or "").strip():
                raise Doubt
            link = found.href if is_page else link
        elif name == "id":
            value = item.context.clean(simple(child))
            link = value if not link and permalink(child) else link
        elif name == "author":
            # Its address would be taken for the source's.
            if any(len(part) or item.context.name(part) not in ("name", "email") for part in child):
                raise Doubt
        elif name not in _IN_SOURCE or len(child) or (child.keys() and name in ("icon", "logo")):
            raise Doubt
        else:
            check_names(child)
    item.entry.source_title = item.context.clean(own_text) or title
    item.entry.source_link = link or given.get("url", "")


def _media(given: dict[str, str]) -> RawMedia:
    return RawMedia(
        given["url"],
        given.get("type", ""),
        given.get("medium", ""),
        given.get("width", ""),
        given.get("height", ""),
        given.get("filesize", ""),
    )
