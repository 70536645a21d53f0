"""How publishers change the guids and links of their feeds, done to documents as text.

Documents are changed in Latin-1, which keeps every byte: what the parser then makes of them
is measured too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from hashlib import blake2b
from urllib.parse import urlsplit

from feedhub.model import ParsedFeed

ITEM = re.compile(r"<((?:\w+:)?(?:item|entry))\b.*?</\1\s*>", re.S | re.I)
_GUID = re.compile(r"(<(?:atom:)?(?:guid|id)\b[^>]*>\s*(?:<!\[CDATA\[)?)([^<\]]*)", re.I)
_ABOUT = re.compile(r"(\brdf:about\s*=\s*[\"'])([^\"']*)", re.I)
_LINK = re.compile(
    r"(<(?:\w+:)?(?:link|origlink)\b[^>]*>\s*(?:<!\[CDATA\[)?\s*|<(?:\w+:)?link\b[^>]*?\bhref\s*=\s*[\"'])"
    r"([^<\"'\]]*)",
    re.I,
)
_HOST = re.compile(r"xmlns(?::\w+)?\s*=\s*(?:\"[^\"]*\"|'[^']*')|(https?):(\\?/\\?/)([\w.-]+)")
Change = Callable[[str, str], str]  # (kind: guid or link, value) -> value


def _mark(value: str) -> str:
    return blake2b(value.encode("latin-1", "replace"), digest_size=6).hexdigest()


def in_entries(text: str, change: Change) -> str:
    """The document with the guids and links of its entries changed."""
    if text.lstrip("\xef\xbb\xbf \t\r\n").startswith("{"):
        feed = json.loads(text.encode("latin-1"))
        for item in feed.get("items", ()):
            for name, kind in (("id", "guid"), ("url", "link"), ("external_url", "link")):
                if item.get(name):
                    item[name] = change(kind, str(item[name]))
        return json.dumps(feed)

    def one(match: re.Match[str]) -> str:
        item = match[0]
        item = _GUID.sub(lambda m: m[1] + (m[2] and change("guid", m[2])), item)
        item = _ABOUT.sub(lambda m: m[1] + change("guid", m[2]), item)
        return _LINK.sub(lambda m: m[1] + (m[2].strip() and change("link", m[2].strip())), item)

    return ITEM.sub(one, text)


def on_hosts(text: str, hosts: set[str], change: Callable[[str, str], str]) -> str:
    """The document with scheme and host of its articles' addresses changed, wherever they are."""

    def one(match: re.Match[str]) -> str:
        if match[1] is None or match[3].lower() not in hosts:
            return match[0]
        scheme, host = change(match[1], match[3]).split("://")
        return f"{scheme}:{match[2]}{host}"

    return _HOST.sub(one, text)


def article_hosts(parsed: ParsedFeed) -> set[str]:
    found = set()
    for entry in parsed.entries:
        for url in (entry.link, entry.guid):
            if url and url.startswith("http"):
                found.add((urlsplit(url).netloc or "").lower())
    return found - {""}


def _flip(kind: str, value: str) -> str:
    if kind == "link":
        return value
    if value.startswith("http"):  # it may be the only link there is
        return f"{value}{'&amp;' if '?' in value else '?'}p={_mark(value)}"
    return f"flip-{_mark(value)}"


def _parameter(kind: str, value: str) -> str:
    if not value.startswith("http"):
        return value
    return f"{value}{'&amp;' if '?' in value else '?'}kanal=rss{_mark(value)[:2]}"


def _cms(kind: str, value: str) -> str:
    if kind == "guid":
        return f"node {_mark(value)} at ny"
    parts = urlsplit(value)
    if not parts.netloc:
        return f"/artikel/{_mark(value)}"
    return f"{parts.scheme}://{parts.netloc}/artikel/{_mark(value)}"


def _switched(scheme: str, host: str) -> str:
    return f"{'http' if scheme == 'https' else 'https'}://{host}"


def _moved(scheme: str, host: str) -> str:
    return f"{scheme}://{host.removeprefix('www.').replace('.', '-')}.moved.example"


CHANGES: dict[str, Callable[[str, set[str]], str]] = {
    "guids": lambda text, hosts: in_entries(text, _flip),
    "domains": lambda text, hosts: on_hosts(text, hosts, _moved),
    "https": lambda text, hosts: on_hosts(text, hosts, _switched),
    "parameters": lambda text, hosts: in_entries(text, _parameter),
    "new_cms": lambda text, hosts: in_entries(text, _cms),
    "new_cms_and_domain": lambda text, hosts: on_hosts(in_entries(text, _cms), hosts, _moved),
}
