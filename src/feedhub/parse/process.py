"""The parent's side of the parser process: one child, one document at a time, bounded.

A document that takes too long or too much memory costs the child its life and nobody
else's: the next document gets a new child.
"""

from __future__ import annotations

import asyncio
import contextlib
import pickle
import sys
from types import TracebackType

from feedhub.errors import NotAFeed, ParseError
from feedhub.model import Document, ParsedFeed, ParseRules
from feedhub.parse.frames import HEADER

DEADLINE = 20.0  # seconds a document may take; the slowest good one seen took 2
MEMORY = 1 << 30  # bytes of address space, of which the interpreter and libraries take 250 MB
START_UP = 30.0  # seconds until a new child must have spoken, on a machine under load
ANSWER_MAX = 1 << 28  # bytes of one answer: a frame longer than that is no answer of ours


class ParserProcess:
    """Parses documents in a spawned process. Callers queue; cancelling one harms no other.

    Use as ``async with ParserProcess() as parser``, or ``start`` and ``close``.
    """

    def __init__(self, *, deadline: float = DEADLINE, memory: int = MEMORY) -> None:
        self._deadline = deadline
        self._memory = memory
        self._child: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()
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
        return self._child.pid if self._child and self._child.returncode is None else None

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
        async with self._turn:
            # only now: a copy of each document that waits its turn would double what waits
            request = pickle.dumps((document, rules), pickle.HIGHEST_PROTOCOL)
            if self._closed:
                raise ParseError("the parser has been closed")
            child = await self._ensure()
            try:
                async with asyncio.timeout(self._deadline):
                    kind, value = await self._ask(child, request)
            except TimeoutError:
                await self._end()
                raise ParseError(f"took longer than {self._deadline:g} s") from None
            except (OSError, EOFError, asyncio.IncompleteReadError) as error:
                status = await self._end()
                raise ParseError(f"the parser died ({_death(status)})") from error
            except BaseException:
                await self._end()
                raise
            if kind == "memory":
                await self._end()
        return _outcome(kind, value, self._memory)

    async def _ask(self, child: asyncio.subprocess.Process, request: bytes) -> tuple[str, object]:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(HEADER.pack(len(request)))
        child.stdin.write(request)
        await child.stdin.drain()
        header = await child.stdout.readexactly(HEADER.size)
        size = HEADER.unpack(header)[0]
        if size > ANSWER_MAX:
            raise EOFError("a frame without end")
        answer = pickle.loads(await child.stdout.readexactly(size))  # noqa: S301 - our child
        kind, value = answer
        return str(kind), value

    async def _ensure(self) -> asyncio.subprocess.Process:
        if self._child is not None and self._child.returncode is None:
            return self._child
        await self._end()
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",  # the current directory is no place to import from
            "-m",
            "feedhub.parse.worker",
            str(self._memory),
            str(self._deadline),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=1 << 20,
        )
        self._child = child
        self.spawned += 1
        assert child.stdout is not None
        try:
            async with asyncio.timeout(START_UP):
                await child.stdout.readexactly(HEADER.size)
        except (TimeoutError, asyncio.IncompleteReadError) as error:
            status = await self._end()
            raise ParseError(f"the parser did not start ({_death(status)})") from error
        except BaseException:
            await self._end()
            raise
        return child

    async def _end(self) -> int | None:
        """Kill and reap the child; its exit status, or ``None`` where there was none."""
        child, self._child = self._child, None
        if child is None:
            return None
        died = child.returncode
        if died is None:
            # Where it is dying by itself, its own status tells more than our signal.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.05):
                    died = await child.wait()
        if died is None:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
        if child.stdin is not None:
            child.stdin.close()
        status = await child.wait()
        transport = getattr(child, "_transport", None)
        if transport is not None:
            transport.close()
        return status


def _death(status: int | None) -> str:
    if status is None:
        return "no status"
    return f"signal {-status}" if status < 0 else f"exit status {status}"


def _outcome(kind: str, value: object, memory: int) -> ParsedFeed:
    if isinstance(value, ParsedFeed):
        return value
    if kind == "not_a_feed" and isinstance(value, tuple):
        reason, feeds = value
        raise NotAFeed(reason, feeds)
    if kind == "memory":
        raise ParseError(f"needs more than {memory >> 20} MiB")
    if kind == "crash":
        raise ParseError(f"the parser failed: {value}")
    raise ParseError(str(value))
