"""The story engine in a process of its own: placing works beside fetching, and holds up no page.

A window of some ten thousand items is a few hundred megabytes of small numbers, and placing a
batch keeps one core busy for as long as it takes. Here both are apart from the event loop, and
what the window held goes back to the system when the process ends. Messages are a four-byte
length and a pickle of plain values; the child ends when its input does.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import pickle
import signal
import sys
from collections.abc import Iterable, Sequence
from datetime import timedelta
from operator import attrgetter
from typing import TYPE_CHECKING, Any, BinaryIO

from feedhub.errors import FeedhubError
from feedhub.model import Placement, StoryChanges, StoryItem, StoryLinks
from feedhub.parse.frames import HEADER

if TYPE_CHECKING:
    from feedhub.dedupe.stories import StoryEngine

Row = tuple[Any, ...]


class InThread:
    """A story engine in this process, at work in a thread. As :class:`Clusterer`."""

    def __init__(self, engine: StoryEngine) -> None:
        self._engine = engine

    @classmethod
    async def start(cls, window: timedelta) -> InThread:
        from feedhub.dedupe.stories import StoryEngine

        return cls(StoryEngine(window))

    async def load(self, items: Sequence[StoryItem]) -> None:
        await asyncio.to_thread(_load, self._engine, items)

    async def place(
        self, items: Sequence[StoryItem], first: int, links: StoryLinks
    ) -> StoryChanges:
        return await asyncio.to_thread(_place, self._engine, items, first, links)

    async def close(self) -> None:
        """There is nothing to close."""


def _load(engine: StoryEngine, items: Sequence[StoryItem]) -> None:
    """Placed items keep their stories, so that placing them page by page loads a window."""
    engine.place(items, itertools.count(1).__next__)


def _place(
    engine: StoryEngine, items: Sequence[StoryItem], first: int, links: StoryLinks
) -> StoryChanges:
    mint = itertools.count(first).__next__
    return engine.place(items, mint, must_link=links.joins, cannot_link=links.splits)


class Clusterer:
    """A story engine in a spawned process; one question at a time.

    Raises FeedhubError when the process dies; it is then of no more use.
    """

    def __init__(self, child: asyncio.subprocess.Process) -> None:
        self._child = child

    @classmethod
    async def start(cls, window: timedelta) -> Clusterer:
        """Spawn one with an empty window of that length."""
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",  # the current directory is no place to import from
            "-m",
            "feedhub.clusterer",
            str(window.total_seconds()),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=1 << 20,
        )
        return cls(child)

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._child.pid

    async def load(self, items: Sequence[StoryItem]) -> None:
        """Take in placed items: a page of the window, the oldest pages first."""
        await self._ask("load", _rows(items))

    async def place(
        self, items: Sequence[StoryItem], first: int, links: StoryLinks
    ) -> StoryChanges:
        """See :meth:`StoryEngine.place`; new stories get ids from ``first`` on."""
        question = (_rows(items), first, links.joins, links.splits)
        placements, merges = await self._ask("place", question)
        return StoryChanges(tuple(Placement(*one) for one in placements), merges)

    async def close(self) -> None:
        """End the process. Idempotent."""
        child = self._child
        if child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
        if child.stdin is not None:
            child.stdin.close()
        await child.wait()
        transport = getattr(child, "_transport", None)
        if transport is not None:
            transport.close()

    async def _ask(self, what: str, value: object) -> Any:
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        data = pickle.dumps((what, value), pickle.HIGHEST_PROTOCOL)
        try:
            self._child.stdin.write(HEADER.pack(len(data)) + data)
            await self._child.stdin.drain()
            size = HEADER.unpack(await self._child.stdout.readexactly(HEADER.size))[0]
            answer = pickle.loads(await self._child.stdout.readexactly(size))  # noqa: S301 - ours
        except (OSError, asyncio.IncompleteReadError) as error:
            await self.close()
            raise FeedhubError(f"the story process died ({self._child.returncode})") from error
        except BaseException:
            await self.close()  # an answer on its way must not be taken for the next one
            raise
        return answer


_FIELDS = attrgetter(
    "id", "title", "summary", "publisher", "language", "at", "story_id", "source_id", "authors",
    "origin_name",
)  # fmt: skip


def _rows(items: Iterable[StoryItem]) -> list[Row]:
    """Items as bare tuples: half the work of pickling them as they are."""
    return [_FIELDS(item) for item in items]


def _items(rows: Iterable[Row]) -> list[StoryItem]:
    return [StoryItem(*row) for row in rows]


# --- the child ------------------------------------------------------------------------------


def serve(source: BinaryIO, sink: BinaryIO, engine: StoryEngine) -> None:
    """Answer until the input ends."""
    while len(header := source.read(HEADER.size)) == HEADER.size:
        size = HEADER.unpack(header)[0]
        data = source.read(size)
        if len(data) < size:
            return
        what, value = pickle.loads(data)  # noqa: S301 - written by our own parent
        answer: object = None
        if what == "load":
            _load(engine, _items(value))
        else:
            rows, first, joins, splits = value
            changes = _place(engine, _items(rows), first, StoryLinks(joins, splits))
            answer = ([(p.item_id, p.story_id) for p in changes.placements], changes.merges)
        data = pickle.dumps(answer, pickle.HIGHEST_PROTOCOL)
        sink.write(HEADER.pack(len(data)) + data)
        sink.flush()


def main() -> None:
    """``python -m feedhub.clusterer SECONDS``, the window's length."""
    from feedhub.dedupe.stories import StoryEngine

    for name in ("SIGINT", "SIGTERM"):
        # A terminal sends these to the whole group; the parent decides when we end.
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    source, sink = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # a stray print must not break a message
    with contextlib.suppress(BrokenPipeError):
        serve(source, sink, StoryEngine(timedelta(seconds=float(sys.argv[1]))))
    os._exit(0)


if __name__ == "__main__":
    main()
