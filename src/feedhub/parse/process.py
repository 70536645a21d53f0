"""The parent's side of the parser process: one child, one document after another, bounded.

While it reads one, the next is on its way, so that it need not wait for us between two.

A document that takes too long or too much memory costs the child its life and nobody
else's: the next document gets a new child.
"""

from __future__ import annotations

import asyncio
import pickle
from types import TracebackType

from feedhub.child import Child
from feedhub.errors import ChildError, NotAFeed, ParseError
from feedhub.model import Document, ParsedFeed, ParseRules

DEADLINE = 20.0  # seconds a document may take; the slowest good one seen took 2
MEMORY = 1 << 30  # bytes of address space, of which the interpreter and libraries take 250 MB
# Bytes of a document that may be on its way ahead of its turn: what a pipe holds, so that no
# larger one is copied before there is need.
AHEAD = 60_000


class ParserProcess:
    """Parses documents in a spawned process. Callers queue; cancelling one harms no other.

    Use as ``async with ParserProcess() as parser``, or ``start`` and ``close``.
    """

    def __init__(self, *, deadline: float = DEADLINE, memory: int = MEMORY) -> None:
        self._deadline = deadline
        self._memory = memory
        self._child: Child | None = None
        self._turn = asyncio.Lock()
        self._line = asyncio.Semaphore(2)  # whose turn it is, and the next
        self._busy: Child | None = None  # with whose turn it is
        self._running: set[asyncio.Task[ParsedFeed]] = set()
        self._closed = False
        self.spawned = 0  # children started so far: more than one means that some died

    async def __aenter__(self) -> ParserProcess:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    @property
    def pid(self) -> int | None:
        """The child's process id, while it lives."""
        return self._child.pid if self._child else None

    async def start(self) -> None:
        """Spawn the child and wait until it is ready. Idempotent."""
        self._closed = False
        async with self._turn:
            await self._ensure()

    async def close(self) -> None:
        """End the child; documents under way are given up. Idempotent."""
        self._closed = True
        for task in tuple(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        async with self._turn:
            await self._end()

    async def parse(self, document: Document, rules: ParseRules | None = None) -> ParsedFeed:
        """As :func:`parse_document`, within the limits.

        Raises :class:`ParseError` also when the limits are exceeded or the child dies.
        """
        if self._closed:
            raise ParseError("the parser has been closed")
        # The exchange outlives a cancelled caller, so that its answer is never taken for
        # that of the next document.
        task = asyncio.ensure_future(self._exchange(document, rules))
        self._running.add(task)
        task.add_done_callback(self._forget)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if task.cancelled():
                current = asyncio.current_task()
                if current is not None and not current.cancelling():
                    raise ParseError("the parser has been closed") from None
            raise

    def _forget(self, task: asyncio.Task[ParsedFeed]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # seen, even where the caller has gone

    async def _exchange(self, document: Document, rules: ParseRules | None) -> ParsedFeed:
        async with self._line:
            # only now: a copy of each document that waits its turn would double what waits
            request, posted = b"", self._busy
            if posted is not None and len(document.body) <= AHEAD:
                request = _request(document, rules)
                posted.post(request)
            async with self._turn:
                if self._closed:
                    raise ParseError("the parser has been closed")
                child = await self._ensure()
                if not request or child is not posted:  # it may have died of the one before
                    child.post(request or _request(document, rules))
                del request
                self._busy = child
                try:
                    answer = await child.answer(self._deadline)
                except ChildError as error:
                    raise ParseError(self._words(error)) from error
                finally:
                    self._busy = None
        await asyncio.sleep(0)  # the next has its turn first: the child works while we read this
        kind, value = pickle.loads(answer)  # noqa: S301 - our child
        return _outcome(str(kind), value)

    def _words(self, error: ChildError) -> str:
        if error.kind == "memory":
            return f"needs more than {self._memory >> 20} MiB"
        return str(error) if error.kind == "late" else f"the parser {error}"

    async def _ensure(self) -> Child:
        if self._child is not None and self._child.pid is not None:
            return self._child
        await self._end()
        try:
            self._child = await Child.spawn(
                "feedhub.parse.worker", str(self._memory), str(self._deadline)
            )
            self.spawned += 1
            await self._child.ready()
        except ChildError as error:
            raise ParseError(f"the parser {error}") from error
        return self._child

    async def _end(self) -> None:
        """Kill and reap the child, if there is one."""
        child, self._child = self._child, None
        if child is not None:
            await child.end()


def _request(document: Document, rules: ParseRules | None) -> bytes:
    return pickle.dumps((document, rules), pickle.HIGHEST_PROTOCOL)


def _outcome(kind: str, value: object) -> ParsedFeed:
    if isinstance(value, ParsedFeed):
        return value
    if kind == "not_a_feed" and isinstance(value, tuple):
        reason, feeds = value
        raise NotAFeed(reason, feeds)
    raise ParseError(str(value))
