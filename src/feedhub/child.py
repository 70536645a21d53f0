"""The hub's side of a child process of ours: spawned, asked within a deadline, ended for good.

The far side is :mod:`feedhub.answering`. A child that dies, is late or is given up in the
middle of an answer is killed and reaped: an answer on its way must not be taken for the next.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import subprocess
import sys
from collections.abc import Coroutine, Iterator
from typing import Any, Literal

from feedhub.answering import FAILED, HEADER, OUT_OF_MEMORY, STOPPING
from feedhub.errors import ChildError

START_UP = 30.0  # seconds until a new child must have spoken, on a machine under load
ANSWER_MAX = 1 << 28  # bytes of one answer: a length beyond that is no answer of ours
_OWN_DEATH = 0.05  # seconds: where it is dying by itself, its own status tells more than our signal


class Child:
    """One process that answers in the order it is asked: callers take turns at :meth:`ask`.

    Whose turn is next may :meth:`post` already. Of no more use once it has ended.
    """

    def __init__(
        self, process: subprocess.Popen[bytes], sink: asyncio.WriteTransport, source: _Source
    ) -> None:
        self._process = process
        self._sink = sink
        self._source = source
        self._greeted = False

    @classmethod
    async def spawn(cls, module: str, *arguments: str) -> Child:
        """Start ``python -m module``; it need not have spoken yet. Raises ChildError."""
        loop = asyncio.get_running_loop()
        try:
            with _undisturbed():
                # Not the loop's own way: uvloop's children are disturbed all the same. It takes
                # no longer: asyncio's own begins with just this.
                process = subprocess.Popen(  # noqa: ASYNC220
                    # the current directory is no place to import from
                    (sys.executable, "-P", "-m", module, *arguments),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    bufsize=0,
                )
        except OSError as error:  # no processes left, no memory, no such interpreter any more
            raise ChildError("start", f"could not be started: {error.strerror}") from error
        try:
            sink, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, process.stdin)
            source = _Source()
            source.pipe, _ = await loop.connect_read_pipe(
                lambda: asyncio.StreamReaderProtocol(source), process.stdout
            )
        except BaseException:
            process.kill()
            process.wait()
            raise
        return cls(process, sink, source)

    @property
    def pid(self) -> int | None:
        """The process's id, while it lives."""
        return self._process.pid if self._process.poll() is None else None

    async def ready(self) -> None:
        """Wait until it has spoken. Raises ChildError where it does not."""
        if not self._greeted:
            why_not = await self._within(START_UP, self._receive(), "start")
            if why_not:
                await self.end()
                raise ChildError("start", f"did not start: {why_not.decode(errors='replace')}")
            self._greeted = True

    async def ask(self, message: bytes, deadline: float) -> bytes:
        """Its answer, within so many seconds. Raises ChildError.

        Where the answer is that it failed, the child lives on; after all else it has ended.
        """
        await self.ready()
        self.post(message)
        return await self.answer(deadline)

    def post(self, message: bytes) -> None:
        """Send what it is to answer after all that it was sent before; it must have spoken.

        Where it ends before it has come so far, the message is lost with it.
        """
        if self._sink.is_closing():  # it has ended, and uvloop has no write for it
            return
        self._sink.write(HEADER.pack(len(message)))
        self._sink.write(message)

    async def answer(self, deadline: float) -> bytes:
        """Its answer to the first message that it has not answered yet; as :meth:`ask`."""
        # Not after all is sent: where the pipe is small, what was posted behind the first message
        # is read only when its answer has been.
        answer = await self._within(deadline, self._receive(), "late")
        kind, value = answer[:1], answer[1:]
        if kind == OUT_OF_MEMORY:
            await self.end()
            raise ChildError("memory", "ran out of memory")
        if kind == FAILED:
            raise ChildError("failed", f"failed: {value.decode(errors='replace')}")
        return value

    async def end(self) -> int | None:
        """Kill and reap it; its exit status. Idempotent."""
        self._process.kill()  # nothing where it has been reaped
        if not self._sink.is_closing():
            self._sink.abort()
        self._source.close()
        return await asyncio.to_thread(self._process.wait)

    async def _within(
        self, seconds: float, work: Coroutine[Any, Any, bytes], late: Literal["start", "late"]
    ) -> bytes:
        try:
            async with asyncio.timeout(seconds):
                return await work
        except TimeoutError:
            await self.end()
            words = "did not start in" if late == "start" else "took longer than"
            raise ChildError(late, f"{words} {seconds:g} s") from None
        except (OSError, EOFError) as error:
            status = await self._ended()
            if late == "start":
                raise ChildError("start", f"did not start ({_death(status)})") from error
            raise ChildError("died", f"died ({_death(status)})") from error
        except BaseException:
            await self.end()
            raise

    async def _receive(self) -> bytes:
        size = HEADER.unpack(await self._source.readexactly(HEADER.size))[0]
        if size > ANSWER_MAX:
            raise EOFError("a message without end")
        return await self._source.readexactly(size)

    async def _ended(self) -> int | None:
        """The exit status, its own where it is about to have one."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            await asyncio.to_thread(self._process.wait, _OWN_DEATH)
        return await self.end()


class _Source(asyncio.StreamReader):
    """What a child says."""

    pipe: asyncio.ReadTransport | None = None

    def __init__(self) -> None:
        super().__init__(limit=1 << 20)

    def close(self) -> None:
        if self.pipe is not None:
            self.pipe.close()


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """While it lasts, signals that ask us to stop wait, and a child inherits that they do.

    A terminal and a service manager send them to the whole group. A child that they met before
    it can ignore them (see :mod:`feedhub.answering`) would end with a traceback, and what it was
    to read would count as failed.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows has neither
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    try:
        yield
    finally:
        # only those: another child may be on its way to being started
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING - before)


def _death(status: int | None) -> str:
    if status is None:
        return "no status"
    return f"signal {-status}" if status < 0 else f"exit status {status}"
