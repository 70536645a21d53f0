"""Ids as people type them: ``i12``, ``s7``, and the tag: addresses of our feeds."""

from __future__ import annotations

import re
from typing import Literal

from feedhub.cli.common import Failure
from feedhub.store import Store

_ID = re.compile(r"(?:tag:.*:)?([is])([0-9]{1,15})\Z")


def parse_id(text: str) -> tuple[Literal["i", "s"], int]:
    """``i12`` -> ("i", 12). Raises Failure with one line."""
    found = _ID.match(text.strip())
    if found is None:
        raise Failure(f"feedhub: {text!r} is no id; items are like i12, stories like s7")
    return ("i" if found[1] == "i" else "s"), int(found[2])


async def item_of(store: Store, text: str) -> int:
    """The item meant: itself, or a story's first teller. Raises Failure when there is none."""
    kind, number = parse_id(text)
    if kind == "i":
        item = (await store.items([number])).get(number)
        if item is not None:
            return item.id
    else:
        items = await store.story(number)
        if items:
            return items[0].id
    raise Failure(f"feedhub: there is no {text}")
