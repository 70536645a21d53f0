"""Memory stays bounded: bombs of half a gigabyte, each in a process of its own to be measured."""

import subprocess
import sys

import pytest

BOMB = """
import asyncio, resource, sys, zlib

from feedhub.errors import NetError
from feedhub.net import HttpClient, HttpRequest

try:
    from compression import zstd
except ImportError:
    from backports import zstd

MIB = 1024 * 1024


def pieces(kind):
    "512 MiB of blanks, squeezed; made of one flushed piece over and over."
    if kind == "zstd":
        frame = zstd.compress(b" " * MIB)
        return b"", frame, b""
    head = {"gzip": b"\\x1f\\x8b\\x08" + bytes(6) + b"\\xff", "deflate": b"\\x78\\x9c"}[kind]
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    first = squeeze.compress(b" " * MIB) + squeeze.flush(zlib.Z_FULL_FLUSH)
    return head, first, b""


async def main(kind):
    head, piece, tail = pieces(kind)
    bomb = head + piece * 512 + tail

    async def serve(reader, writer):
        line = await reader.readuntil(b"\\r\\n\\r\\n")
        body, coding = (bomb, kind) if b"/bomb" in line else (b"<rss/>" * 1000, "identity")
        writer.write(
            b"HTTP/1.1 200 OK\\r\\nContent-Encoding: %s\\r\\nContent-Length: %d\\r\\n\\r\\n"
            % (coding.encode(), len(body)) + body
        )
        try:
            await writer.drain()
        except OSError:
            pass
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    base = "http://127.0.0.1:%d" % server.sockets[0].getsockname()[1]
    async with HttpClient() as client:
        await client.get(HttpRequest(base + "/small", allow_private=True))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for _ in range(3):
            try:
                await client.get(HttpRequest(base + "/bomb", allow_private=True))
            except NetError as error:
                assert error.stage == "size", error
            else:
                raise SystemExit("the bomb went off")
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    server.close()
    print((after - before) / 1024)


asyncio.run(main(sys.argv[1]))
"""


@pytest.mark.parametrize("kind", ["gzip", "deflate", "zstd"])
def test_a_bomb_of_512_mib_adds_less_than_32(kind):
    done = subprocess.run(
        [sys.executable, "-c", BOMB, kind], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < 32
