"""bytes -> text -> raw feed -> entries: the line that every document goes through."""

from __future__ import annotations

from dataclasses import replace

from feedhub.errors import ParseError
from feedhub.model import Document, ParsedFeed, ParseRules
from feedhub.parse import charset, fast, jsonfeed, repair
from feedhub.parse.discover import looks_like_html, refusal
from feedhub.parse.normalise import normalise
from feedhub.parse.raw import RawFeed

_DEFAULT = ParseRules()


def parse_document(document: Document, rules: ParseRules | None = None) -> ParsedFeed:
    """Parse the bytes of a feed. Pure; the same document gives the same values.

    Raises :class:`~feedhub.errors.NotAFeed` for what is something else (with the feeds
    that a page names), :class:`~feedhub.errors.ParseError` for what cannot be read.
    """
    rules = rules or _DEFAULT
    if not document.body.strip():
        raise ParseError("an empty document")
    decoded = charset.decode(
        document.body, content_type=document.content_type, override=document.encoding
    )
    notes: tuple[str, ...] = (decoded.note,) if decoded.note else ()
    text = repair.whole(decoded.text)
    if text != decoded.text:
        notes += ("references to halves of characters",)
    start = text.lstrip("\ufeff \t\r\n")
    if start[:1] in ("{", "["):
        raw = jsonfeed.read(start)
        if raw is None:
            raise refusal(start, document.url)
        if raw.malformed:
            notes += (f"broken JSON: {raw.malformed}",)
        return _finish(raw, document, rules, "", notes, "json")
    tidied = repair.tidy(text)
    if looks_like_html(tidied.text):
        raise refusal(tidied.text, document.url)
    notes += tidied.repairs
    if rules.fast:
        raw = fast.read(tidied.text, document.url)
        if raw is not None:
            return _finish(raw, document, rules, tidied.text, notes, "fast")
    return _slow(tidied.text, document, rules, notes)


def _slow(text: str, document: Document, rules: ParseRules, notes: tuple[str, ...]) -> ParsedFeed:
    if "<" not in text:  # one endless word, say, which a reader would look at again and again
        raise refusal(text, document.url)
    from feedhub.parse import slow  # feedparser takes a tenth of a second to import

    allowed = repair.legal(text)
    notes += allowed.repairs
    mended = repair.mend(allowed.text)
    if rules.fast and mended.well_formed and mended.text != text:
        quick = fast.read(mended.text, document.url)
        if quick is not None:
            return _finish(quick, document, rules, text, notes + mended.repairs, "fast")
    raw = slow.read(mended.text, document.url)
    if raw is None:
        raise refusal(text, document.url)
    if raw.malformed:
        notes += (f"not well-formed: {raw.malformed}",)
    return _finish(raw, document, rules, text, notes + mended.repairs, "feedparser")


def _finish(
    raw: RawFeed,
    document: Document,
    rules: ParseRules,
    text: str,
    notes: tuple[str, ...],
    reader: str,
) -> ParsedFeed:
    return replace(
        normalise(raw, document, rules, text, notes),
        reader=reader,
        truncated=any(note.startswith(repair.CUT_OFF) for note in notes),
    )
