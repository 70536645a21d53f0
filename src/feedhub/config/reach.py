"""How a source is reached, and who may read: headers, credentials, proxy, certificate file.

What stands here may be secret, so no message repeats it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Final

from ada_url import URL
from pydantic import AfterValidator, BeforeValidator, ValidationInfo, WithJsonSchema

from feedhub.config.fields import as_text, misplaced, normal_url, wrong

# Headers that requests depend on: feedhub's own manners, or how HTTP frames a message.
_OWN_HEADERS: Final = frozenset(
    (
        *("accept-encoding", "authorization", "connection", "content-length", "host"),
        *("if-modified-since", "if-none-match", "keep-alive", "proxy-authorization", "te"),
        *("trailer", "transfer-encoding", "upgrade"),
    )
)
# RFC 9110, 5.6.2: a token.
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")


def _header_name(name: str) -> str:
    if not _TOKEN.match(name):
        wrong("is not the name of a header")
    if name.lower() == "authorization":
        wrong("is not set here; use auth:")
    if name.lower() in _OWN_HEADERS:
        wrong("is a header that feedhub sets itself")
    return name


HeaderName = Annotated[
    str, AfterValidator(_header_name), WithJsonSchema({"type": "string", "pattern": r"^[^\s:]+$"})
]


def _secret(value: object) -> str:
    """Text that is sent in a header: visible ASCII, so that nothing can be smuggled in."""
    text = as_text(value, "text")
    if not text.isprintable() or not text.isascii():
        wrong("must be plain printable ASCII on one line")
    return text


Secret = Annotated[str, BeforeValidator(_secret), WithJsonSchema({"type": "string"})]


def _proxy(value: object) -> str:
    text = as_text(value, "an address such as http://127.0.0.1:3128")
    href = normal_url(text)
    if href is None or not href.startswith("http://"):
        wrong("is not a proxy such as http://127.0.0.1:3128")
    url = URL(href)
    if url.pathname != "/" or url.search:
        wrong("is not a proxy such as http://127.0.0.1:3128: nothing may stand after the port")
    return href.rstrip("/")


Proxy = Annotated[
    str, BeforeValidator(_proxy), WithJsonSchema({"type": "string", "pattern": "^http://"})
]


def _ca_file(value: object, info: ValidationInfo) -> str:
    """A path that is relative starts from the folder of feeds.yaml."""
    text = as_text(value, "a file of certificates")
    folder: Path = (info.context or {}).get("folder", Path())
    try:
        path = (folder / Path(text).expanduser()).resolve()
        there = path.is_file()
    except (OSError, RuntimeError, ValueError):  # too long, no such user, a null byte
        there = False
    if not there:
        wrong("is not a file that is there")
    return str(path)


CaFile = Annotated[str, BeforeValidator(_ca_file), WithJsonSchema({"type": "string"})]


# Of the characters that stand in an address as they are; shorter ones can be guessed.
_ADDRESS_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{16,200}\Z")


def _token(value: object) -> str:
    text = as_text(value, "text")
    if not _ADDRESS_TOKEN.match(text):
        wrong("must be 16 to 200 characters of a-z, A-Z, 0-9, - and _")
    return text


Token = Annotated[
    str,
    BeforeValidator(_token),
    WithJsonSchema({"type": "string", "pattern": "^([A-Za-z0-9_-]{16,200}|.*\\$\\{.*)$"}),
]


def _user(value: object) -> str:
    text = _secret(value)
    if not text or ":" in text:
        wrong("must be a name without a colon")
    return text


UserName = Annotated[str, BeforeValidator(_user), WithJsonSchema({"type": "string"})]


def _addresses(value: object) -> tuple[str, ...]:
    """One address or a list of them, http or https."""
    found = []
    for number, each in enumerate(value if isinstance(value, list) else [value], 1):
        href = normal_url(as_text(each, "an address such as https://hub.example.org/"))
        if href is None and isinstance(value, list):
            misplaced(f"entry {number} is not an http or https address")
        if href is None:
            wrong("is not an http or https address")
        if href not in found:
            found.append(href)
    return tuple(found)


_ADDRESS = {"type": "string", "pattern": "^https?://"}
Addresses = Annotated[
    tuple[str, ...],
    BeforeValidator(_addresses),
    WithJsonSchema({"anyOf": [_ADDRESS, {"type": "array", "items": _ADDRESS}]}),
]
