"""Names to numeric addresses, off the loop, so that dead name servers delay nobody else."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from contextlib import suppress
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Protocol

# A lookup that is not over after this many seconds allows for one thread more.
PATIENCE = 1.5
STUCK = 8  # times as many threads as usual, at most


class Resolver(Protocol):
    """Looks a name up. Raises ``OSError`` when it has no address."""

    async def resolve(self, host: str, *, doubtful: bool) -> Sequence[str]: ...

    def close(self) -> None: ...


class _Lookup:
    """One name to look up in a thread, and who waits for it in a loop."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._loop = asyncio.get_running_loop()
        self.answer: asyncio.Future[Sequence[str]] = self._loop.create_future()
        self.overdue = self.over = False  # of its threads' lock

    def run(self) -> None:
        if self.answer.done():
            return  # given up on before its turn came
        found: Sequence[str] = ()
        failure: Exception | None = None
        try:
            infos = socket.getaddrinfo(self._host, None, type=socket.SOCK_STREAM)
            found = tuple(dict.fromkeys(str(info[4][0]) for info in infos))
        except (OSError, UnicodeError) as error:
            failure = error
        with suppress(RuntimeError):  # the loop has ended meanwhile
            self._loop.call_soon_threadsafe(self._settle, found, failure)

    def _settle(self, found: Sequence[str], error: Exception | None) -> None:
        if self.answer.done():
            return  # given up on meanwhile
        if error is None:
            self.answer.set_result(found)
        else:
            self.answer.set_exception(error)


class _Threads:
    """A few daemon threads that run lookups in order, started as they are needed.

    Lookups that take long are given threads beside the usual ones, or a few dead zones would
    have all names wait for them. Not ``concurrent.futures``: its threads are waited for when
    the process ends, and a lookup that hangs would hold up the end by as much.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._work: SimpleQueue[_Lookup | None] = SimpleQueue()
        self._running = 0
        self._idle = 0
        self._overdue = 0
        self._lock = Lock()

    def submit(self, work: _Lookup) -> None:
        self._work.put(work)
        with self._lock:
            self._start()

    def overdue(self, work: _Lookup) -> None:
        """``work`` has taken long, in line or in a thread."""
        with self._lock:
            if not work.over:
                work.overdue = True
                self._overdue += 1
                self._start()

    @property
    def _allowed(self) -> int:
        return min(self._most + self._overdue, self._most * STUCK)

    def _start(self) -> None:
        if self._idle < self._work.qsize() and self._running < self._allowed:
            self._running += 1
            Thread(target=self._run, name="dns", daemon=True).start()

    def _run(self) -> None:
        while True:
            with self._lock:
                if self._running > self._allowed:
                    self._running -= 1
                    return
                self._idle += 1
            work = self._work.get()
            with self._lock:
                self._idle -= 1
            if work is None:
                return
            work.run()
            with self._lock:
                work.over = True
                self._overdue -= work.overdue

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
        threads = self._doubtful if doubtful else self._good
        work = _Lookup(host)
        threads.submit(work)
        timer = asyncio.get_running_loop().call_later(PATIENCE, threads.overdue, work)
        try:
            return await work.answer
        finally:
            timer.cancel()

    def close(self) -> None:
        """Let go of the threads without waiting for lookups that hang."""
        self._good.close()
        self._doubtful.close()
