"""The story engine in a process of its own: placing works beside fetching, and holds up no page.

A window of some ten thousand items is a few hundred megabytes of small numbers, and placing a
batch keeps one core busy for as long as it takes. Here both are apart from the event loop, and
what the window held goes back to the system when the process ends.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from feedhub.child import Child
from feedhub.clustering import to_rows
from feedhub.errors import ChildError
from feedhub.model import Placement, StoryChanges, StoryItem, StoryLinks

if TYPE_CHECKING:
    from feedhub.dedupe.stories import StoryEngine

# Seconds that one question may take: a batch of a thousand takes one or two. Less than the lease
# under which it is asked, so that nobody else begins while it may still be answered.
DEADLINE = 90.0


class InThread:
    """A story engine in this process, at work in a thread. As :class:`Clusterer`."""

    def __init__(self, engine: StoryEngine) -> None:
        self._engine = engine

    @classmethod
    async def start(cls, window: timedelta) -> InThread:
        from feedhub.dedupe.stories import StoryEngine

        return cls(StoryEngine(window))

    async def load(self, items: Sequence[StoryItem]) -> None:
        await asyncio.to_thread(self._engine.load, items)

    async def place(
        self, items: Sequence[StoryItem], first: int, links: StoryLinks
    ) -> StoryChanges:
        mint = itertools.count(first).__next__
        return await asyncio.to_thread(
            self._engine.place, items, mint, must_link=links.joins, cannot_link=links.splits
        )

    async def close(self) -> None:
        """There is nothing to close."""


class Clusterer:
    """A story engine in a spawned process; one question at a time.

    Raises ChildError where the process cannot be started, dies, fails or takes longer than the
    deadline; it has then ended, and what its window held must be loaded into another.
    """

    def __init__(self, child: Child, deadline: float = DEADLINE) -> None:
        self._child = child
        self._deadline = deadline

    @classmethod
    async def start(cls, window: timedelta, deadline: float = DEADLINE) -> Clusterer:
        """Spawn one with an empty window of that length."""
        try:
            child = await Child.spawn(
                "feedhub.clustering", str(window.total_seconds()), str(deadline)
            )
        except ChildError as error:
            raise ChildError(error.kind, f"the story process {error}") from error
        return cls(child, deadline)

    @property
    def pid(self) -> int | None:
        """The process's id, while it lives."""
        return self._child.pid

    async def load(self, items: Sequence[StoryItem]) -> None:
        """Take in placed items: a page of the window, the oldest pages first."""
        await self._ask({"what": "load", "items": to_rows(items)})

    async def place(
        self, items: Sequence[StoryItem], first: int, links: StoryLinks
    ) -> StoryChanges:
        """See :meth:`StoryEngine.place`; new stories get ids from ``first`` on."""
        placed, merges = await self._ask(
            {
                "what": "place",
                "items": to_rows(items),
                "first": first,
                "joins": links.joins,
                "splits": links.splits,
            }
        )
        return StoryChanges(
            tuple(Placement(*one) for one in placed), tuple((one, other) for one, other in merges)
        )

    async def close(self) -> None:
        """End the process. Idempotent."""
        await self._child.end()

    async def _ask(self, question: dict[str, Any]) -> Any:
        try:
            return json.loads(await self._child.ask(json.dumps(question).encode(), self._deadline))
        except ChildError as error:
            await self.close()  # a window half changed is no window
            raise ChildError(error.kind, f"the story process {error}") from error
