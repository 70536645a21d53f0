"""An entry's words: its summary and its content, chosen among what it has of both."""

from __future__ import annotations

import re
from html import escape, unescape

from feedhub.parse.html import sanitised
from feedhub.parse.raw import HTML, PLAIN, XHTML, RawEntry, RawText
from feedhub.parse.text import html_to_text, squeeze, summarise, uncovered, without_last_link
from feedhub.parse.urls import resolve

TEXT_MAX = 1_000_000  # characters of one text construct that are looked at

_BASE64 = re.compile(r"[A-Za-z0-9+/=\s]{60,}")
_ESCAPED_MARKUP = re.compile(
    r"&lt;(?:p|div|span|img|figure|h[1-6]|[uo]l|table|a|b|i|strong|em|br|blockquote|section"
    r"|article|center)(?:\s|/|&gt;)",
    re.IGNORECASE,
)
_BLANK_LINE = re.compile(r"\r?\n[^\S\n]*\n")
_ENDS_IN_LINK = ("</a>", "</p>")


def texts_of(item: RawEntry, base: str, url: str) -> tuple[str, str]:
    """The plain summary and the sanitised content; no content where the summary is all.

    ``base`` is what relative addresses are resolved against where a construct has no base of its
    own, which is relative to the document's ``url``.
    """
    content = _uncovered(_best_content(item))
    short = _uncovered(item.summary if item.summary and _readable(item.summary) else None)
    summary = _summary(short or content, item)
    if content is not None and short is not None and not summary:
        summary = summarise(content.value, content.type)
    body = content or short
    if body is None:
        return summary, ""
    if (
        body.type == PLAIN
        and short
        and short.type != PLAIN
        and "</" in short.value
        and len(short.value) > len(body.value)
    ):
        body = short  # a podcast's itunes:summary is its description without the links
    value = body.value[:TEXT_MAX]
    if body.type == PLAIN and not ("</" in value or "<br" in value or "<img" in value):
        plain = _paragraphs(escape(value, quote=False))
        if len(plain) == 1 and squeeze(value) == summary:
            return summary, ""
        return summary, sanitised("".join(f"<p>{part}</p>" for part in plain), base)
    if "<" not in value:
        if squeeze(value) == summary:
            return summary, ""
        if body.type == HTML and len(plain := _paragraphs(value)) > 1:
            # plain text in all but name, as descriptions of films and episodes are
            value = "".join(f"<p>{part}</p>" for part in plain)
    own = None
    if body.base and body.base != url:
        own = resolve(body.base, url)
    return summary, sanitised(value, own or base)


def _uncovered(text: RawText | None) -> RawText | None:
    """A construct as it was meant, where its writer escaped markup, or a CDATA section, twice.

    Words about markup begin with a word, or hold markup of their own.
    """
    if text is None or text.value[:4] not in ("&lt;", "<![C"):
        return text
    value = uncovered(text.value)
    if (
        text.type == HTML
        and "<" not in value
        and ("&lt;/" in value or "/&gt;" in value)
        and _ESCAPED_MARKUP.match(value)
    ):
        value = unescape(value)
    return text if value is text.value else text._replace(value=value)


def _best_content(item: RawEntry) -> RawText | None:
    readable = [text for text in item.contents if _readable(text)]
    if not readable:
        return None
    marked = [text for text in readable if text.type != PLAIN]
    return max(marked or readable, key=lambda text: len(text.value))


def _paragraphs(text: str) -> list[str]:
    """What stands between blank lines, with the ends of its own lines as breaks."""
    return [part.strip().replace("\n", "<br>") for part in _BLANK_LINE.split(text) if part.strip()]


def _summary(text: RawText | None, item: RawEntry) -> str:
    if text is None:
        return ""
    if text.type == PLAIN or not text.value.endswith(_ENDS_IN_LINK):
        return summarise(text.value, text.type)
    shorter = without_last_link(text.value, item.comments)
    if shorter != text.value and not html_to_text(shorter):
        return ""  # an aggregator's way to its comments, which the entry has a field for
    shorter = without_last_link(text.value, item.link)
    return summarise(shorter, text.type) or summarise(text.value, text.type)


def _readable(text: RawText) -> bool:
    """Whether a construct holds words: pictures and sound come as media types of their own,
    and what was meant as base64 but could not be decoded is one long word."""
    if not text.value or text.type.startswith(("image/", "audio/", "video/", "font/")):
        return False
    return text.type in (PLAIN, HTML, XHTML) or _BASE64.fullmatch(text.value) is None
