"""Bytes to text: which encoding a document is in, and how that was decided.

The order is a byte order mark, then strict UTF-8 where the document itself proves it, then
the HTTP charset, the XML declaration, and windows-1252 as the last resort; see the decision
record on encodings for why.
"""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# How the first character looks in encodings where ASCII is not one byte a character (XML 1.0,
# F): a "<", or a "{" of JSON, perhaps behind blanks.
_SIGNATURES = (
    (re.compile(rb"[<{\[\s]\0\0\0"), "utf-32-le"),
    (re.compile(rb"\0\0\0[<{\[\s]"), "utf-32-be"),
    (re.compile(rb"[<{\[\s]\0[^\0]\0"), "utf-16-le"),
    (re.compile(rb"\0[<{\[\s]\0[^\0]"), "utf-16-be"),
    (re.compile(rb"\x4c\x6f\xa7\x94"), "cp037"),
)
_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")
_DECLARED_TEXT = re.compile(r"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")
_HTTP_CHARSET = re.compile(r"""charset\s*=\s*["']?\s*([A-Za-z0-9._:-]{1,40})""", re.IGNORECASE)

# Labels as the WHATWG encoding standard reads them: what is called Latin-1 is windows-1252.
_SUPERSETS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "tis-620": "cp874",
}
# Labels of the same standard that Python has no name for.
_LABELS = {
    "x-sjis": "cp932", "windows-31j": "cp932", "ms_kanji": "cp932", "x-gbk": "gb18030",
    "x-euc-jp": "euc_jp", "x-mac-roman": "mac-roman", "x-mac-cyrillic": "mac-cyrillic",
    "x-mac-ukrainian": "mac-cyrillic", "cn-big5": "big5", "x-x-big5": "big5",
    "gb_2312-80": "gb18030", "koi": "koi8-r", "koi8": "koi8-r", "iso-8859-6-e": "iso8859-6",
    "iso-8859-8-i": "iso8859-8", "iso-8859-8-e": "iso8859-8", "logical": "iso8859-8",
    "visual": "iso8859-8", "ansi": "cp1252",
    "unicode-1-1-utf-8": "utf-8", "x-unicode20utf8": "utf-8", "utf8mb4": "utf-8",
}  # fmt: skip
# And code pages, however they are called: windows-1251, win1251, x-cp1251, dos-874.
_CODE_PAGE = re.compile(r"(?:windows|win|x-cp|cp|dos|ibm)[-_ ]?(\d{3,4})")
# Codecs of Python's that are no character encodings of documents.
_REFUSED = frozenset(
    {
        "utf_7",
        "unicode_escape",
        "raw_unicode_escape",
        "idna",
        "punycode",
        "undefined",
        "mbcs",
        "oem",
    }
)
# So many more bytes than characters are no chance in any encoding: about ten letters of UTF-8, if
# they are not the same two all along, as a category's or a writer's name in GBK may be.
_PROOF = 10
_PROOF_APART = 4
# Encodings whose documents are ASCII to the eye.
_SEVEN_BITS = ("iso2022", "hz")
# One-byte encodings in which almost any bytes decode: they prove nothing by succeeding.
_WEAK = frozenset(
    {"cp1252", "iso8859-15", "cp1250", "iso8859-2", "mac-roman", "cp850", "cp437", "cp1254",
     "cp1257", "iso8859-3", "iso8859-4", "iso8859-10", "iso8859-13", "iso8859-14", "iso8859-16"}
)  # fmt: skip


class Decoded(NamedTuple):
    """Text, the codec that gave it, and a note where declarations had to be overruled."""

    text: str
    encoding: str
    note: str = ""


def codec_name(label: str) -> str | None:
    """Python's codec for an encoding label, or ``None`` where there is none to trust."""
    label = label.strip().lower()
    page = _CODE_PAGE.fullmatch(label)
    try:
        info = codecs.lookup(f"cp{page[1]}" if page else _LABELS.get(label, label))
    except (LookupError, ValueError):
        return None
    if info.name.replace("-", "_") in _REFUSED or not getattr(info, "_is_text_encoding", True):
        return None
    return _SUPERSETS.get(info.name, info.name)


# Windows-1252 with its five holes read as Latin-1, so that it never fails.
_1252 = "".join(
    bytes([byte]).decode("cp1252") if byte not in b"\x81\x8d\x8f\x90\x9d" else chr(byte)
    for byte in range(256)
)
# What "surrogateescape" makes of a byte, read as windows-1252.
_ESCAPED = {0xDC00 + byte: _1252[byte] for byte in range(0x80, 0x100)}


def _decode_1252(body: bytes) -> str:
    return codecs.charmap_decode(body, "strict", _1252)[0]


def _strict(body: bytes, codec: str) -> str | None:
    if codec == "cp1252":
        return _decode_1252(body)
    try:
        return body.decode(codec)
    except (UnicodeDecodeError, LookupError, ValueError):
        return None


def _whole_pairs(body: bytes) -> str | None:
    """UTF-8 but for characters written as two halves, each a character of its own (CESU-8), as
    some databases and languages do with emoji; a half alone becomes U+FFFD."""
    try:
        halves = body.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return None
    return halves.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _wide(body: bytes, codec: str) -> Decoded:
    """UTF-16 or UTF-32 that does not end at a character's end, or has half of one somewhere.

    Only these could have begun as the document did, so that no other reading is better.
    """
    size = 4 if "32" in codec else 2
    text = body[: len(body) // size * size].decode(codec, "replace")
    return Decoded(text, codec, f"not quite {codec}: cut off, or broken characters")


def _mostly_utf8(body: bytes) -> str | None:
    """UTF-8 with broken bytes, each read as windows-1252; ``None`` if it is not UTF-8.

    A document that is UTF-8 but for a cut character, a pasted quotation mark or the older
    half of its articles should not have all its other letters broken. At least as many good
    letters beyond ASCII as bad bytes are asked for: one-byte text has hardly any by chance.
    """
    # Nothing here is done a byte at a time: all bytes of a document may be bad ones.
    text = body.decode("utf-8", "surrogateescape")
    bad = len(body) - len(text.encode("utf-8", "ignore"))
    letters = len(text) - len(text.encode("ascii", "ignore")) - bad
    return text.translate(_ESCAPED) if letters >= bad else None


def _proved(body: bytes, text: str) -> bool:
    """Whether bytes that can be read as this UTF-8 cannot have been meant as anything else."""
    if len(body) - len(text) < _PROOF:
        return False
    letters = "".join(set(text))
    return len(letters.encode()) - len(letters) >= _PROOF_APART


def decode(body: bytes, *, content_type: str = "", override: str | None = None) -> Decoded:
    """Decode a document. Never fails: what cannot be known is read as windows-1252.

    ``override`` is the source's own ``encoding:`` and wins over all but a codec that is
    unknown. Whatever the HTTP header and the declaration say, bytes beyond ASCII that form
    valid UTF-8 are UTF-8 when all that speaks against it is a one-byte Western encoding, or
    when there are more of them than can be by chance.
    """
    if override:
        codec = codec_name(override)
        if codec is not None:
            text = _strict(body, codec)
            if text is not None:
                return Decoded(text.removeprefix("\ufeff"), codec, f"encoding {override} by rule")
    for mark, codec in _BOMS:
        if body.startswith(mark):
            text = _strict(body[len(mark) :], codec)
            if text is not None:
                return Decoded(text, codec)
            body = body[len(mark) :]
            if codec != "utf-8" and body[:200].count(0) * 3 > len(body[:200]):
                return _wide(body, codec)
            break
    for signature, codec in _SIGNATURES:
        if signature.match(body):
            text = _strict(body, codec)
            if text is not None:
                return _second_look(body, text, codec)
            if codec != "cp037":
                return _wide(body, codec)
    header = _HTTP_CHARSET.search(content_type)
    from_http = codec_name(header.group(1)) if header else None
    declaration = _DECLARED.search(body[:1024])
    from_xml = codec_name(declaration.group(1).decode("ascii")) if declaration else None
    declared = from_http or from_xml
    utf8 = _strict(body, "utf-8")
    western = {from_http, from_xml} <= _WEAK | {None, "utf-8"}
    if utf8 is not None and (body.isascii() or western or _proved(body, utf8)):
        for codec in (from_http, from_xml) if body.isascii() else ():
            text = _strict(body, codec) if codec and codec.startswith(_SEVEN_BITS) else None
            if codec is not None and text is not None:
                return Decoded(text, codec)
        wrong = declared if declared not in (None, "utf-8") and not body.isascii() else None
        return Decoded(utf8, "utf-8", f"declared {wrong}, but is utf-8" if wrong else "")
    # Servers say Latin-1 of what they know nothing of; nobody writes another by mistake.
    order = (from_xml, from_http) if from_http == "cp1252" else (from_http, from_xml)
    for codec in dict.fromkeys(order):
        if codec is None or codec == "utf-8" or codec.startswith(("utf-16", "utf-32")):
            continue
        text = _strict(body, codec)
        if text is not None:
            return Decoded(text, codec)
    if utf8 is not None:
        return Decoded(utf8, "utf-8", f"declared {declared}, but is utf-8")
    mended = _whole_pairs(body)
    if mended is not None:
        return Decoded(mended, "utf-8", "characters written as two halves")
    mended = _mostly_utf8(body)
    if mended is not None:
        return Decoded(mended, "utf-8", "some bytes are not utf-8, read as windows-1252")
    note = f"declared {declared or 'nothing'}, read as windows-1252"
    return Decoded(_decode_1252(body), "cp1252", note)


def _second_look(body: bytes, text: str, codec: str) -> Decoded:
    """EBCDIC and UTF-16 without a mark: the declaration, now legible, may be more exact."""
    declaration = _DECLARED_TEXT.search(text[:1024])
    exact = codec_name(declaration.group(1)) if declaration else None
    if codec == "cp037" and exact is not None:
        better = _strict(body, exact)
        if better is not None and better.lstrip().startswith("<"):
            return Decoded(better, exact)
    return Decoded(text, codec)
