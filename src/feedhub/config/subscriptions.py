"""A list of subscriptions in whatever form another program wrote it -> sources."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import takewhile
from typing import Final

from feedhub.config.fields import normal_url
from feedhub.config.opml import MAX_BYTES, OpmlRead, decode, read_opml
from feedhub.config.planet import is_planet, read_planet
from feedhub.config.report import quoted as shown
from feedhub.model import Source

_WORD: Final = re.compile(r'"([^"]+)"|(\S+)')


def read_subscriptions(data: bytes) -> OpmlRead:
    """OPML, Planet's ``.ini``, or one address a line, by what the file holds. Never raises."""
    if len(data) > MAX_BYTES or re.search(rb"<\W{0,3}(?:opml|outline|\?xml)", data[:4000], re.I):
        return read_opml(data)
    notes: list[str] = []
    text = decode(data, notes)
    if is_planet(text):
        read = read_planet(text)
        return OpmlRead(read.sources, (*notes, *read.notes))
    return _addresses(text) or read_opml(data)


def _addresses(text: str) -> OpmlRead | None:
    """One address a line, with newsboat's tags and name behind it, comments after ``#``.

    None where the first line that says anything is no address: the file is something else.
    """
    found: dict[str, Source] = {}
    notes: list[str] = []
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        words = [quoted or bare for quoted, bare in _WORD.findall(line)]
        if not words or words[0].startswith("#"):
            continue
        url = normal_url(words[0])
        if url is None:
            if not found:
                return None
            notes.append(f"line {number}: {shown(line.strip())} is no address: left out")
            continue
        behind = list(takewhile(lambda word: not word.startswith("#"), words[1:]))
        names = [word[1:] for word in behind if word.startswith("~")]
        tags = [word for word in behind if word[0] not in "~!"]
        category = tags[0] if tags else None
        found.setdefault(url, Source(key=url, url=url, name=next(iter(names), None)))
        found[url] = replace(found[url], category=category)
    return OpmlRead(tuple(found.values()), tuple(notes)) if found else None
