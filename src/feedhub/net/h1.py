"""HTTP/1.0 and 1.1 answers (RFC 9112), read strictly, every part of them bounded.

Strict, since a client that guesses where a body ends can be made to read one server's words
as another's: any doubt about framing ends the request, and the connection with it.
"""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import AsyncIterator

from feedhub.errors import NetError
from feedhub.model import Stage
from feedhub.net.wire import Closed, Wire
from feedhub.values import dataclass

MAX_HEADERS = 200
MAX_INTERIM = 10  # 1xx answers before the real one
MAX_CHUNK_LINE = 1024  # a chunk's size with its extensions
MAX_TRAILERS = 16 * 1024
MAX_CHUNKS = 100_000  # of one body: a page of 16 MB may come line by line, not byte by byte
BREATH = 1_000  # chunks between which the rest of the hub gets its turn
_BLANK = b" \t"

# three digits; those above 599 are a server's own errors to us (RFC 9110, 15)
_STATUS_LINE = re.compile(rb"HTTP/1\.([01]) ([1-9][0-9][0-9])(?: ([^\r\n\0]*))?\r?\Z")
_NAME = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+\Z")
_HEX = re.compile(rb"[0-9A-Fa-f]{1,15}\Z")
_DIGITS = re.compile(rb"[0-9]{1,15}\Z")

RawHeaders = list[tuple[bytes, bytes]]


@dataclass(slots=True)
class Head:
    """A status line with its headers. Values are the bytes that came, blanks around trimmed."""

    version: int  # 0 or 1, of HTTP/1.x
    status: int
    reason: bytes
    headers: RawHeaders

    def all(self, name: bytes) -> list[bytes]:
        """Every value of the header ``name`` (lower case)."""
        return [value for key, value in self.headers if key.lower() == name]

    def fields(self) -> dict[str, str]:
        """All headers: names in lower case, values as Latin-1, repeats joined by ``", "``."""
        joined: dict[str, str] = {}
        for raw_name, raw_value in self.headers:
            name, value = raw_name.lower().decode("ascii"), raw_value.decode("latin-1")
            joined[name] = f"{joined[name]}, {value}" if name in joined else value
        return joined


def _bad(reason: str) -> NetError:
    return NetError(Stage.STATUS, f"no readable HTTP answer: {reason}")


def parse_head(block: bytes) -> Head:
    """Read a head without its closing blank line. Raises :class:`NetError` (``status``)."""
    first, *lines = block.split(b"\n")
    match = _STATUS_LINE.match(first)
    if match is None:
        raise _bad("the first line is no HTTP/1.x status line")
    if len(lines) > MAX_HEADERS:
        raise NetError(Stage.SIZE, f"more than {MAX_HEADERS} headers")
    headers: RawHeaders = []
    for line in lines:
        name, colon, value = line.partition(b":")
        if not colon or not _NAME.match(name):
            if line[:1] in (b" ", b"\t") and headers:  # obsolete folding
                key, before = headers[-1]
                headers[-1] = (key, before + b" " + line.strip(b" \t\r"))
                continue
            raise _bad("a header line that is none")
        value = value.strip(b" \t\r")
        if b"\0" in value or b"\r" in value:
            raise _bad("a control character in a header")
        headers.append((name, value))
    return Head(int(match[1]), int(match[2]), match[3] or b"", headers)


def _head_end(buffer: bytearray, start: int) -> tuple[int, int] | None:
    """Where the head ends and the body begins: a blank line, with or without carriage return."""
    at = buffer.find(b"\n\r\n", start)
    bare = buffer.find(b"\n\n", start, at + 1 if at >= 0 else len(buffer))
    if bare >= 0:
        return bare, bare + 2
    return (at, at + 3) if at >= 0 else None


async def read_head(wire: Wire, limit: int) -> Head:
    """The final answer's head; interim ones are skipped.

    ``limit`` bounds all heads of one answer together, in bytes. Raises :class:`NetError`
    (``size``, ``status``) and :class:`Closed`.
    """
    spent = 0
    for _ in range(MAX_INTERIM + 1):
        start = 0
        while (end := _head_end(wire.buffer, start)) is None:
            if spent + len(wire.buffer) > limit:
                raise NetError(Stage.SIZE, f"headers of more than {limit} bytes")
            start = max(0, len(wire.buffer) - 3)
            if not b"HTTP/".startswith(wire.buffer[:5]):
                raise _bad("the first line is no HTTP/1.x status line")
            await wire.more()
        spent += end[1]
        if spent > limit:
            raise NetError(Stage.SIZE, f"headers of more than {limit} bytes")
        block = bytes(wire.buffer[: end[0]])
        del wire.buffer[: end[1]]
        head = parse_head(block)
        if head.status == 101:
            raise _bad("it switches protocols")
        if head.status >= 200:
            return head
    raise _bad(f"more than {MAX_INTERIM} interim answers")


class Body:
    """The body of one answer, by its own framing (RFC 9112 section 6.3)."""

    def __init__(self, wire: Wire, head: Head) -> None:
        self._wire = wire
        self.whole = False  # read to its end, the connection fit for another request
        self._chunked = False
        self._length: int | None = 0
        keep = b"," + b",".join(head.all(b"connection")).lower().replace(b" ", b"") + b","
        self._keep = b",close," not in keep and (head.version == 1 or b",keep-alive," in keep)
        if head.status in (204, 304):
            self.whole = self._keep
            return
        try:
            self._frame(head)
        except NetError as error:
            if head.status < 300:
                error.status, error.headers = head.status, head.fields()
                raise
            # What is no success has said what matters in its head: "not now", "gone", "there".
            self._chunked, self._length = False, 0
            self.forget()

    def _frame(self, head: Head) -> None:
        codings = [
            coding.strip(_BLANK)
            for value in head.all(b"transfer-encoding")
            for coding in value.lower().split(b",")
        ]
        lengths = {
            part.strip(_BLANK)
            for value in head.all(b"content-length")
            for part in value.split(b",")
        }
        codings = [coding for coding in codings if coding not in (b"", b"identity")]
        if codings:
            if codings != [b"chunked"]:
                raise NetError(Stage.ENCODING, "a transfer encoding other than chunked")
            self._chunked = True
            # Both framings at once, or chunks from a server that says it knows none, is how
            # answers are smuggled: such a connection is read once and never used again.
            self._keep = self._keep and not lengths and head.version == 1
        elif lengths:
            value = lengths.pop()
            if lengths or not _DIGITS.match(value):
                raise NetError(Stage.ENCODING, "contradictory or malformed Content-Length")
            self._length = int(value)
            self.whole = self._length == 0 and self._keep
        else:
            self._length = None

    def forget(self) -> None:
        """Leave the connection unfit for another request, whatever the server says."""
        self._keep = self.whole = False

    @property
    def length(self) -> int | None:
        """The length announced, if one was."""
        return None if self._chunked else self._length

    async def pieces(self) -> AsyncIterator[bytes]:
        """The body as it arrives, transfer coding undone. Raises :class:`NetError`."""
        if self._chunked:
            async for piece in self._chunks():
                yield piece
        elif self._length is None:
            async for piece in self._until_close():
                yield piece
            return
        elif self._length:
            async for piece in self._exactly(self._length):
                yield piece
        self.whole = self._keep

    async def _exactly(self, left: int) -> AsyncIterator[bytes]:
        total = left
        while left:
            if not self._wire.buffer:
                try:
                    await self._wire.more()
                except Closed as end:
                    raise NetError(
                        Stage.ENCODING, f"{end} after {total - left} of {total} bytes"
                    ) from end
            piece = self._wire.take(left)
            left -= len(piece)
            yield piece

    async def _until_close(self) -> AsyncIterator[bytes]:
        while True:
            if self._wire.buffer:
                yield self._wire.take(len(self._wire.buffer))
            try:
                await self._wire.more()
            except Closed as end:
                if not end.clean:
                    raise NetError(Stage.CONNECT, f"{end} in the middle of the body") from end
                return

    async def _line(self, limit: int) -> bytes:
        while (at := self._wire.buffer.find(b"\n")) < 0:
            if len(self._wire.buffer) > limit:
                raise NetError(Stage.ENCODING, "bad chunking: an endless line")
            try:
                await self._wire.more()
            except Closed as end:
                raise NetError(Stage.ENCODING, f"{end} before the last chunk") from end
        if at > limit:
            raise NetError(Stage.ENCODING, "bad chunking: an endless line")
        return self._wire.take(at + 1)[:-1].removesuffix(b"\r")

    async def _chunks(self) -> AsyncIterator[bytes]:
        for count in itertools.count(1):
            if count > MAX_CHUNKS:
                raise NetError(Stage.SIZE, f"a body in more than {MAX_CHUNKS} chunks")
            if count % BREATH == 0:
                await asyncio.sleep(0)
            line = await self._line(MAX_CHUNK_LINE)
            size = line.partition(b";")[0].strip(b" \t")
            if not _HEX.match(size):
                raise NetError(Stage.ENCODING, "bad chunking: a size that is none")
            left = int(size, 16)
            if left == 0:
                break
            async for piece in self._exactly(left):
                yield piece
            if await self._line(2):
                raise NetError(Stage.ENCODING, "bad chunking: a chunk longer than announced")
        await self._trailers()

    async def _trailers(self) -> None:
        """Passed over. With the last chunk the body is whole (RFC 9112, section 8), also where
        the connection ends then and there.
        """
        spent = 0
        try:
            while line := await self._line(MAX_TRAILERS):
                spent += len(line)
                if spent > MAX_TRAILERS:
                    raise NetError(Stage.SIZE, "endless trailers")
        except NetError as error:
            if not isinstance(error.__cause__, Closed):
                raise
            self.forget()
