"""Text that any reader accepts: legal characters, escaping, addresses, dates, excerpts.

Every function here takes any ``str`` at all, lone surrogates included, and gives text that
can be encoded as UTF-8 and stands in XML 1.0, JSON and HTML.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import format_datetime
from html import unescape

import ada_url

# XML 1.0 production 2 (Char), less the C0/C1 controls it merely discourages: no reader
# shows them, and several refuse the document.
_ILLEGAL = re.compile("[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd\U00010000-\U0010ffff]")
_LINE_ENDS = re.compile("\r\n?|[\x85\u2028\u2029]")
_BLANKS = re.compile(r"\s+")
# RFC 3986 in ASCII with an authority: what can be written as it came.
_CLEAN_URL = re.compile(
    r"https?://[A-Za-z0-9.\-]+(?::\d+)?(?:[/?]CHAR*)?(?:#CHAR*)?".replace(
        "CHAR", r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?]|%[0-9A-Fa-f]{2})"
    )
)
_NOT_URI = re.compile(r"%(?![0-9A-Fa-f]{2})|[^A-Za-z0-9\-._~!$&'()*+,;=:@/?#%\[\]]")
_BREAKS = re.compile(
    r"</?(?:p|div|br|li|ul|ol|h[1-6]|tr|td|th|blockquote|figcaption)\b[^>]*>", re.I
)
_TAGS = re.compile(r"<[^>]*>")
_ANY_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
# What HTML takes for the start of a tag, a comment or a reference to a character, or might.
_MARKUP = re.compile(r"<(?=[A-Za-z/!?])|&#?\w+;?")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")
_MIME = re.compile(r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+\-]*/[A-Za-z0-9][A-Za-z0-9!#$&^_.+\-]*")

# UTF-8 that was taken for Latin-1 or windows-1252: "fÃ¶retag", "itâ€™s".
_DOUBLED = re.compile("[\xc2-\xf4][\x80-\xbf\u0152-\u02dc\u2013-\u2122\u20ac]")
_RUN = re.compile(r"""[^&<>"'\n\r]+""")  # as XML parsers hand text on: up to markup, a line's end
_AS_BYTES = {
    ord(bytes([byte]).decode("cp1252")): byte
    for byte in range(0x80, 0xA0)
    if byte not in b"\x81\x8d\x8f\x90\x9d"  # which windows-1252 has no characters for
}

EXCERPT_CHARS = 400  # about three sentences: what quoting a lead amounts to


def legal(text: str) -> str:
    """The text without what XML forbids or discourages; every line end becomes a newline."""
    if text.isascii() and text.isprintable():
        return text
    return _ILLEGAL.sub("", _LINE_ENDS.sub("\n", text))


def mended(text: str) -> str:
    """Publishers' text, legal and without damage that validators and readers would take for ours.

    What was encoded as UTF-8 twice is decoded once more, and what no longer is a character (U+FFFD)
    becomes a question mark. Not for what names something: an address made of it would miss.
    """
    if text.isascii() and text.isprintable():
        return text
    while True:
        if _DOUBLED.search(text):
            text = _RUN.sub(_undoubled, text)
        made = legal(text).replace("\ufffd", "?")
        # What was taken out may have stood between the halves of a character encoded twice.
        if made == text or not _DOUBLED.search(made):
            return made
        text = made


def _undoubled(match: re.Match[str]) -> str:
    text = match[0]
    while _DOUBLED.search(text):
        try:
            text = text.translate(_AS_BYTES).encode("latin-1").decode()
        except ValueError:
            break  # a letter in it is no byte, or the bytes are no UTF-8: it was meant so
    return text


def one_line(text: str) -> str:
    """Legal text on one line, blanks collapsed."""
    return _BLANKS.sub(" ", legal(text)).strip()


def untagged(name: str) -> str:
    """The name of somebody without tags, which no name has but by mistake or malice."""
    return one_line(_ANY_TAG.sub("", name)) if "<" in name else one_line(name)


def escape(text: str) -> str:
    """Escaped for XML and HTML text and for double-quoted attributes. Takes legal text."""
    return (
        text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    )


def xml(text: str) -> str:
    """Any text, made legal and escaped."""
    return escape(legal(text))


def escape_rss(text: str) -> str:
    """Escaped for plain text in RSS, whose titles some readers take for HTML and some do not.

    ``&#x3C;`` and ``&#x26;`` are how a reader is told, by custom (RSS Best Practices Profile,
    "Character data"), that no markup is meant. Not all listen, so where HTML would see a tag or a
    character reference, a zero-width space comes between: both kinds of reader then show the text
    as it is, and neither runs it.
    """
    if "<" in text or "&" in text:
        text = _MARKUP.sub(_apart, text)
    return text.replace("&", "&#x26;").replace("<", "&#x3C;").replace(">", "&gt;")


def _apart(match: re.Match[str]) -> str:
    start, rest = match[0][0], match[0][1:]
    if start == "&" and unescape(match[0]) == match[0]:
        return match[0]
    return f"{start}\u200b{rest}"


def safe_url(url: str | None) -> str | None:
    """An absolute http(s) address in RFC 3986's characters, or None when it is not one.

    An address that is clean already comes back unchanged; others are normalised as browsers
    do (WHATWG URL), and what that still lets through is percent-encoded.
    """
    if not url:
        return None
    if _CLEAN_URL.fullmatch(url):
        return url
    try:
        href = ada_url.URL(legal(url).strip()).href
    except ValueError:
        return None
    if not href.startswith(("http://", "https://")):
        return None
    head, bracket, tail = href.partition("]") if "//[" in href else ("", "", href)
    tail = _NOT_URI.sub(_encode, tail).replace("[", "%5B").replace("]", "%5D")
    # A fragment mark may stand once; WHATWG leaves later ones as they are.
    before, mark, fragment = tail.partition("#")
    return head + bracket + before + mark + fragment.replace("#", "%23")


def _encode(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match.group().encode())


def language_tag(tag: str | None) -> str | None:
    """A tag shaped as BCP 47 wants it, or None."""
    return tag if tag and _LANGUAGE.fullmatch(tag) else None


def media_type(kind: str | None) -> str | None:
    """A bare ``type/subtype``, or None."""
    kind = (kind or "").split(";")[0].strip()
    return kind.lower() if _MIME.fullmatch(kind) else None


def rfc3339(at: datetime) -> str:
    """UTC with seconds, as Atom and JSON Feed write it: 2026-11-24T08:15:00Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")


def rfc822(at: datetime) -> str:
    """As RSS writes it, with a four-digit year and a numeric zone."""
    return format_datetime(at.astimezone(UTC).replace(microsecond=0))


def http_date(at: datetime) -> str:
    """As HTTP writes it (RFC 9110, 5.6.7)."""
    return format_datetime(at.astimezone(UTC).replace(microsecond=0), usegmt=True)


def plain(html: str) -> str:
    """The words of sanitised HTML, blocks apart by a blank; for excerpts, not for display."""
    return one_line(unescape(_TAGS.sub("", _BREAKS.sub(" ", html))))


def excerpt(text: str, limit: int = EXCERPT_CHARS) -> str:
    """At most ``limit`` characters on one line, cut between words and marked with an ellipsis."""
    text = one_line(text)
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    head, blank, _ = cut.rpartition(" ")
    return (head if blank and len(head) > limit // 2 else cut).rstrip(" ,;:–-") + "…"
