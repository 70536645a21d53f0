"""Names to numeric addresses, off the loop, so that dead name servers delay nobody else."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Protocol


class Resolver(Protocol):
    """Looks a name up. Raises ``OSError`` when it has no address."""

    async def resolve(self, host: str, *, doubtful: bool) -> Sequence[str]: ...

    def close(self) -> None: ...


class _Threads:
    """A few daemon threads that run lookups in order, started as they are needed.

    Not ``concurrent.futures``: its threads are waited for when the process ends, and a lookup
    that hangs would hold up the end by as much.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._work: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._running = 0
        self._idle = 0
        self._lock = Lock()

    def submit(self, work: Callable[[], None]) -> None:
        self._work.put(work)
        with self._lock:
            if self._idle < self._work.qsize() and self._running < self._most:
                self._running += 1
                Thread(target=self._run, name="dns", daemon=True).start()

    def _run(self) -> None:
        while True:
            with self._lock:
                self._idle += 1
            work = self._work.get()
            with self._lock:
                self._idle -= 1
            if work is None:
                return
            work()

    def close(self) -> None:
        with self._lock:
            for _ in range(self._running):
                self._work.put(None)


class SystemResolver:
    """The operating system's resolver in two sets of threads.

    ``getaddrinfo`` cannot be cancelled, and a lookup in a dead zone holds its thread for as
    long as the system's own retries last (10-30 s), so hosts that failed before have threads
    of their own and cannot hold those that healthy ones need.
    """

    def __init__(self, threads: int = 32, doubtful_threads: int = 8) -> None:
        self._good = _Threads(threads)
        self._doubtful = _Threads(doubtful_threads)

    async def resolve(self, host: str, *, doubtful: bool) -> Sequence[str]:
        """Numeric addresses in the system's order of preference, without repeats."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Sequence[str]] = loop.create_future()

        def settle(found: Sequence[str], error: Exception | None) -> None:
            if answer.done():
                return  # given up on meanwhile
            if error is None:
                answer.set_result(found)
            else:
                answer.set_exception(error)

        def look_up() -> None:
            found: Sequence[str] = ()
            failure: Exception | None = None
            try:
                infos = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
                found = tuple(dict.fromkeys(str(info[4][0]) for info in infos))
            except (OSError, UnicodeError) as error:
                failure = error
            with suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(settle, found, failure)

        (self._doubtful if doubtful else self._good).submit(look_up)
        return await answer

    def close(self) -> None:
        """Let go of the threads without waiting for lookups that hang."""
        self._good.close()
        self._doubtful.close()
