"""Names to numeric addresses, off the loop, so that dead name servers delay nobody else."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol


class Resolver(Protocol):
    """Looks a name up. Raises ``OSError`` when it has no address."""

    async def resolve(self, host: str, *, doubtful: bool) -> Sequence[str]: ...

    def close(self) -> None: ...


class SystemResolver:
    """The operating system's resolver in two pools of threads.

    ``getaddrinfo`` cannot be cancelled, and a lookup in a dead zone holds its thread for as
    long as the system's own retries last (10-30 s), so hosts that failed before have a pool
    of their own and cannot hold the threads that healthy ones need.
    """

    def __init__(self, threads: int = 32, doubtful_threads: int = 8) -> None:
        self._good = ThreadPoolExecutor(threads, thread_name_prefix="dns")
        self._doubtful = ThreadPoolExecutor(doubtful_threads, thread_name_prefix="dns-doubtful")

    async def resolve(self, host: str, *, doubtful: bool) -> Sequence[str]:
        """Numeric addresses in the system's order of preference, without repeats."""
        pool = self._doubtful if doubtful else self._good
        found = await asyncio.get_running_loop().run_in_executor(
            pool, lambda: socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        )
        return tuple(dict.fromkeys(str(info[4][0]) for info in found))

    def close(self) -> None:
        """Let go of the threads without waiting for lookups that hang."""
        self._good.shutdown(wait=False, cancel_futures=True)
        self._doubtful.shutdown(wait=False, cancel_futures=True)
