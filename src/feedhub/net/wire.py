"""One connection's bytes: an asyncio protocol that buffers a bounded amount and counts all."""

from __future__ import annotations

import asyncio
from typing import cast

HIGH_WATER = 128 * 1024  # unread bytes at which the sender is made to wait


class Closed(Exception):
    """The other side closed, or the connection broke; ``clean`` is an orderly end."""

    def __init__(self, *, clean: bool, why: str) -> None:
        self.clean = clean
        super().__init__(why)


class Wire(asyncio.Protocol):
    """Reading side of a connection. One reader at a time."""

    def __init__(self) -> None:
        self.buffer = bytearray()
        self.received = 0  # bytes since the connection was made
        self.broken: Exception | None = None
        self.ended = False
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._paused = False

    # asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # not asked for by its class: uvloop's are none of asyncio's
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        self.received += len(data)
        if len(self.buffer) > HIGH_WATER and not self._paused and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> bool:
        self.ended = True
        self._wake()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended = True
        self.broken = exc
        self._wake()

    def _wake(self) -> None:
        waiter = self._waiter
        if waiter is not None:
            self._waiter = None
            if not waiter.done():
                waiter.set_result(None)

    # the reader's side

    @property
    def transport(self) -> asyncio.Transport:
        assert self._transport is not None
        return self._transport

    @property
    def reusable(self) -> bool:
        """Alive, with nothing unread: bytes that nobody asked for make it unfit."""
        return not self.ended and not self.buffer and not self.transport.is_closing()

    def write(self, data: bytes) -> None:
        self.transport.write(data)

    async def more(self) -> None:
        """Wait until the buffer has grown. Raises :class:`Closed` when it will not."""
        if self.ended:
            why = "the connection was closed"
            if self.broken is not None:
                why = "the connection was reset"
            raise Closed(clean=self.broken is None, why=why)
        if self._paused and len(self.buffer) <= HIGH_WATER // 2:
            self._paused = False
            self.transport.resume_reading()
        self._waiter = asyncio.get_running_loop().create_future()
        size = self.received
        try:
            await self._waiter
        finally:
            self._waiter = None
        if self.received == size:
            await self.more()

    def take(self, limit: int) -> bytes:
        """At most ``limit`` bytes of what is buffered."""
        if limit >= len(self.buffer):
            data = bytes(self.buffer)
            self.buffer.clear()
        else:
            data = bytes(self.buffer[:limit])
            del self.buffer[:limit]
        return data

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()
