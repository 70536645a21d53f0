"""Planet's and Venus's ``.ini`` in: each section whose name is an address is a feed.

Such files are written by hand and read by Python's forgiving parser of old, so what can be had
is had: unknown lines are noted, not fatal.
"""

from __future__ import annotations

import re
from typing import Final

from feedhub.config.fields import for_the_web, normal_url
from feedhub.config.opml import OpmlRead
from feedhub.config.report import quoted
from feedhub.model import Source

_SECTION: Final = re.compile(r"\[(.*)\]\s*(?:[#;].*)?\Z")
_ADDRESS: Final = re.compile(r"[a-z][a-z0-9+.-]*://|feed:", re.IGNORECASE)
_OPTION: Final = re.compile(r"([^=:\s][^=:]*?)\s*[=:]\s*(.*)\Z")
# A "feed" of one of these kinds is a list of feeds elsewhere.
_READING_LISTS: Final = ("opml", "foaf", "csv", "config")
# What decides which entries are taken, or how; all else is about looks and files.
_RULES: Final = ("filter", "exclude", "filters", "ignore_in_feed", "xml_base", "future_dates")


def is_planet(text: str) -> bool:
    """Whether a line of the text opens a section that is an address, or Planet's own."""
    return any(
        (found := _SECTION.match(line.strip()))
        and (found.group(1).strip().lower() == "planet" or _ADDRESS.match(found.group(1).strip()))
        for line in text.splitlines()[:5000]
    )


def read_planet(text: str) -> OpmlRead:
    """The feeds, in order, and a line on each thing that was left out. Never raises."""
    notes: list[str] = []
    found: dict[str, Source] = {}
    url: str | None = None  # of the section that the lines are in
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        stripped = line.strip()
        if not stripped or stripped[0] in "#;" or stripped.lower().startswith("rem "):
            continue
        if not line[0].isspace() and (section := _SECTION.match(stripped)):
            url = _begin(section.group(1).strip(), number, found, notes)
        elif url is not None and not line[0].isspace():
            _option(stripped, number, url, found, notes)
    if not found:
        notes.append("no feeds were found; each stands in a section such as [https://...]")
    return OpmlRead(tuple(found.values()), tuple(notes))


def _begin(name: str, number: int, found: dict[str, Source], notes: list[str]) -> str | None:
    """Take the section's address in; None where the section is no feed, or one known already."""
    if not _ADDRESS.match(name):
        return None  # [Planet], [DEFAULT] or a template: about looks, not about feeds
    url = normal_url(for_the_web(name))
    if url is None:
        notes.append(f"line {number}: {quoted(name)} is no http or https address: left out")
        return None
    if url in found:
        notes.append(f"line {number}: {quoted(url)} stands twice: kept once")
        return None
    found[url] = Source(key=url, url=url)
    return url


def _option(line: str, number: int, url: str, found: dict[str, Source], notes: list[str]) -> None:
    option = _OPTION.match(line)
    if option is None:
        notes.append(f"line {number}: {quoted(line)} is no key and value: passed over")
        return
    key, value = option.group(1).lower(), re.sub(r"\s+;.*", "", option.group(2)).strip()
    if key == "name" and value and url in found:
        found[url] = Source(key=url, url=url, name=" ".join(value.split())[:200])
    elif key == "content_type" and value.lower() in _READING_LISTS:
        found.pop(url, None)
        notes.append(f"line {number}: {quoted(url)} is a reading list, not a feed: left out")
    elif key in _RULES:
        notes.append(f"line {number}: {key} of {quoted(url)} is not taken over; see drop:")
