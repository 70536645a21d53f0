"""Content codings undone in bounded steps: a bomb is noticed before it has grown.

Every decoder yields at most :data:`STEP` bytes at a time, whatever the input expands to.
"""

from __future__ import annotations

import re
import sys
import zlib
from collections.abc import Iterator
from typing import Protocol

import brotli  # type: ignore[import-untyped]  # it ships no types

from feedhub.errors import NetError
from feedhub.model import Stage

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

STEP = 64 * 1024
MAX_CODINGS = 3  # chained encodings; more is an attack, not a server
MAX_MEMBERS = 1000  # of gzip and zstd; bgzip makes one of 64 KB
ZSTD_WINDOW_LOG = 23  # 8 MiB, the most that RFC 9659 lets web content ask for

ACCEPT_ENCODING = "gzip, deflate, br, zstd"

# What leaves the body as it is: the standard's word, and what servers put there by mistake (how
# the text is written, how it was uploaded), which browsers pass over.
_NO_CODING = re.compile(
    r"identity|none|binary|[78]bit|aws-chunked|utf-?(?:8|16)|us-ascii|iso-8859-\d\d?|windows-125\d"
)


class _Decoder(Protocol):
    def feed(self, data: bytes) -> Iterator[bytes]: ...

    def finish(self) -> None: ...


def _one_more(members: int) -> int:
    """Count on. Each member costs a decoder and a copy of what follows it, however little it
    holds, so that ten megabytes of empty ones would keep the loop for seconds.
    """
    if members >= MAX_MEMBERS:
        raise NetError(Stage.ENCODING, f"a compressed body in more than {MAX_MEMBERS} parts")
    return members + 1


class _Gzip:
    """gzip, several members allowed."""

    def __init__(self) -> None:
        self._undo = zlib.decompressobj(31)
        self._started = self._over = False
        self._members = 1

    def feed(self, data: bytes) -> Iterator[bytes]:
        self._started = True
        while data and not self._over:
            if self._undo.eof:
                # Padding after the last member is common and harmless, whatever it is made of.
                if data[:1] != b"\x1f":
                    self._over = True
                    return
                self._members = _one_more(self._members)
                self._undo = zlib.decompressobj(31)
            chunk = self._undo.decompress(data, STEP)
            data = self._undo.unused_data if self._undo.eof else self._undo.unconsumed_tail
            if chunk:
                yield chunk

    def finish(self) -> None:
        if self._started and not self._undo.eof:
            raise zlib.error("it ends too soon")


class _Deflate:
    """deflate, with the zlib wrapper or, as some servers send it, without."""

    def __init__(self) -> None:
        self._undo: zlib._Decompress | None = None
        self._head = b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        if self._undo is None:
            data = self._head = self._head + data
            if len(data) < 2:
                return
            wrapped = data[0] & 0x0F == 8 and (data[0] << 8 | data[1]) % 31 == 0  # RFC 1950
            self._undo = zlib.decompressobj(15 if wrapped else -15)
        while data and not self._undo.eof:
            chunk = self._undo.decompress(data, STEP)
            data = self._undo.unconsumed_tail
            if chunk:
                yield chunk

    def finish(self) -> None:
        if self._head and (self._undo is None or not self._undo.eof):
            raise zlib.error("it ends too soon")


class _Brotli:
    def __init__(self) -> None:
        self._undo = brotli.Decompressor()
        self._started = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        self._started = True
        if self._undo.is_finished():
            return
        while True:
            chunk = self._undo.process(data, output_buffer_limit=STEP)
            data = b""
            if chunk:
                yield chunk
            # Output may be left inside even where more input would be accepted.
            if self._undo.is_finished() or (not chunk and self._undo.can_accept_more_data()):
                return

    def finish(self) -> None:
        if self._started and not self._undo.is_finished():
            raise brotli.error("it ends too soon")


class _Zstd:
    def __init__(self) -> None:
        self._undo = self._new()
        self._started = False
        self._members = 1

    @staticmethod
    def _new() -> zstd.ZstdDecompressor:
        limit: dict[int, int] = {zstd.DecompressionParameter.window_log_max: ZSTD_WINDOW_LOG}
        return zstd.ZstdDecompressor(options=limit)

    def feed(self, data: bytes) -> Iterator[bytes]:
        self._started = True
        while True:
            if self._undo.eof:
                data = self._undo.unused_data or data
                if not data:
                    return
                self._members = _one_more(self._members)
                self._undo = self._new()
            chunk = self._undo.decompress(data, STEP)
            data = b""
            if chunk:
                yield chunk
            if self._undo.eof:
                if not self._undo.unused_data:
                    return
            elif self._undo.needs_input:
                return

    def finish(self) -> None:
        if self._started and not self._undo.eof:
            raise zstd.ZstdError("it ends too soon")


def _decoder(name: str) -> _Decoder:
    if name in ("gzip", "x-gzip"):
        return _Gzip()
    if name == "deflate":
        return _Deflate()
    if name == "br":
        return _Brotli()
    if name == "zstd":
        return _Zstd()
    raise NetError(Stage.ENCODING, f"unknown content encoding {name[:30]!r}")


class Inflater:
    """Undoes a Content-Encoding header's codings, last applied first.

    ``feed`` and ``finish`` raise :class:`NetError`: stage ``size`` as soon as more than
    ``limit`` bytes have come out, at any level of a chain; stage ``encoding`` for data that
    cannot be undone or that ends too soon.
    """

    def __init__(self, content_encoding: str, limit: int) -> None:
        names = [name.strip().lower() for name in content_encoding.split(",")]
        names = [name for name in names if name and not _NO_CODING.fullmatch(name)]
        if len(names) > MAX_CODINGS:
            raise NetError(Stage.ENCODING, f"{len(names)} chained content encodings")
        self._chain = [_decoder(name) for name in reversed(names)]
        self._limit = limit
        self._made = [0] * max(1, len(self._chain))

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The plain bytes that ``data`` makes available, in pieces of at most ``STEP``."""
        if not self._chain:
            self._count(0, len(data))
            yield data
            return
        try:
            yield from self._through(0, data)
        except (zlib.error, brotli.error, zstd.ZstdError, EOFError) as error:
            raise NetError(Stage.ENCODING, f"the compressed body is damaged: {error}") from error

    def finish(self) -> None:
        """To be called at the end of the body."""
        try:
            for decoder in self._chain:
                decoder.finish()
        except (zlib.error, brotli.error, zstd.ZstdError) as error:
            raise NetError(Stage.ENCODING, f"the compressed body is damaged: {error}") from error

    @property
    def made(self) -> int:
        """The bytes that have come out so far, at the level where they are most."""
        return max(self._made)

    def _through(self, level: int, data: bytes) -> Iterator[bytes]:
        if level == len(self._chain):
            yield data
            return
        for chunk in self._chain[level].feed(data):
            self._count(level, len(chunk))
            yield from self._through(level + 1, chunk)
            if level + 1 < len(self._chain):
                yield b""  # a word with who counts, also where a step came to nothing further on

    def _count(self, level: int, size: int) -> None:
        self._made[level] += size
        if self._made[level] > self._limit:
            raise NetError(Stage.SIZE, f"the body is larger than {self._limit} bytes")
