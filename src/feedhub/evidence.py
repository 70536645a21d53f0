"""What ranking needs to know of texts: who only carries a copy, and which articles link to which.

The engines are imported where they are used: most ticks have nothing new to judge.
"""

from __future__ import annotations

import asyncio
import html
import itertools
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from feedhub.model import LinkSource, RankInput, RankItem, StoryItem
from feedhub.store import Store

BATCH = 200  # texts in memory at once, a few of which may be a book
# Of a story, how many items are compared with one another; and of a text, how many links read.
COMPARED = 40
LINKS = 50
# Of a story, the items that are compared, and when each text was last another.
Question = tuple[tuple[int, datetime | None], ...]
_HREF = re.compile(r"""<a\s[^>]*?href=["'](https?://[^"'\s]+)""")


class Copies:
    """Which items only carry another publisher's words; each story judged when it changes.

    What is kept is an answer to equal questions: a new instance gives the same ones.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[int, tuple[Question, frozenset[str]]] = {}

    async def mark(self, data: RankInput) -> RankInput:
        """The same input, its copies marked."""
        told: dict[int, list[RankItem]] = defaultdict(list)
        for item in data.items:
            if item.role == "outlet":
                told[item.story_id].append(item)
        asked: dict[int, Question] = {}
        kept: dict[int, tuple[Question, frozenset[str]]] = {}
        for story_id, items in told.items():
            if len(items) > 1 and len({item.publisher for item in items}) > 1:
                # the first tellings are enough: of a hundred outlets the order is known by then
                question = tuple(sorted((item.id, item.updated) for item in items)[:COMPARED])
                known = self._known.get(story_id)
                if known is not None and known[0] == question:
                    kept[story_id] = known
                else:
                    asked[story_id] = question
        if asked:
            wanted = [item_id for question in asked.values() for item_id, _ in question]
            texts = {item.id: item for item in await self._store.story_items(wanted)}
            kept.update(await asyncio.to_thread(_carriers, asked, texts))
        self._known = kept
        if not any(carriers for _, carriers in kept.values()):
            return data
        marked = tuple(
            replace(item, copied=True)
            if (story := kept.get(item.story_id)) is not None and item.publisher in story[1]
            else item
            for item in data.items
        )
        return replace(data, items=marked)


def _carriers(
    asked: Mapping[int, Question], texts: Mapping[int, StoryItem]
) -> dict[int, tuple[Question, frozenset[str]]]:
    from feedhub.dedupe.stories import voices

    found = {}
    for story_id, question in asked.items():
        groups = voices([texts[item_id] for item_id, _ in question if item_id in texts]).groups
        found[story_id] = (question, frozenset(name for group in groups for name in group[1:]))
    return found


async def read_links(store: Store, now: datetime) -> int:
    """Note the links in the texts of new items; how many items were read."""
    total = 0
    while read := await store.unread_links(BATCH):
        links = [(source, value) for source in read for value in _links(source)]
        await store.note_links(read, links, now)
        total += len(read)
    return total


def _links(source: LinkSource) -> list[str]:
    """The canonical links that an outlet's text holds, its own address left out."""
    if source.role != "outlet" or "href" not in source.content_html:
        return []
    from feedhub.parse.urls import canonical_url

    found: dict[str, None] = {}
    for match in itertools.islice(_HREF.finditer(source.content_html), LINKS):
        canonical = canonical_url(html.unescape(match[1]))
        if canonical != source.canonical:
            found[canonical] = None
    return list(found)
