"""Answers that bend HTTP: interim floods, folded and doubled headers, dust, broken frames."""

import asyncio
import gzip
import time
import zlib

import brotli
import pytest

from feedhub.fetch import Fetcher, next_state
from feedhub.model import OutcomeKind
from feedhub.net import HttpClient, HttpSettings

try:
    from compression import zstd
except ImportError:
    from backports import zstd

SETTINGS = HttpSettings(connect_timeout=5, total_timeout=20, error_body_timeout=0.2)
FEED = b"<rss version='2.0'><channel/></rss>"
EARLY = b"HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n"
SKIPPED = b"\x50\x2a\x4d\x18\0\0\0\0"  # a zstd frame that holds nothing


def plain(*headers, body=FEED, status="HTTP/1.1 200 OK"):
    return "\r\n".join([status, *headers]).encode("latin-1") + b"\r\n\r\n" + body


def chunked(*lines):
    return plain("Transfer-Encoding: chunked", body=b"".join(lines))


def coded(name, body):
    return plain(f"Content-Encoding: {name}", f"Content-Length: {len(body)}", body=body)


CHUNK = b"23\r\n" + FEED + b"\r\n0\r\n\r\n"
ANSWERS = [
    ("ten early hints", EARLY * 10 + plain(), "ok", ""),
    ("eleven early hints", EARLY * 11 + plain(), "failed:status", "interim"),
    (
        "early hints that fill the head's bound together",
        b"".join([b"HTTP/1.1 103 E\r\nX: " + b"a" * 30_000 + b"\r\n\r\n"] * 5) + plain(),
        "failed:size",
        "headers",
    ),
    ("102 and then the answer", b"HTTP/1.1 102 P\r\n\r\n" + plain(), "ok", ""),
    ("a fold before any header", plain(" X: y", "Content-Length: 35"), "failed:status", "header"),
    ("a folded length", plain("Content-Length:\r\n 35"), "ok", ""),
    (
        "a fold that looks like a framing header",
        plain("X: a\r\n Transfer-Encoding: chunked", "Content-Length: 35"),
        "ok",
        "",
    ),
    ("a tab in a name", plain("X\ty: 1"), "failed:status", "header line"),
    ("a NUL in a name", plain("X\0: 1"), "failed:status", "header line"),
    ("a name beyond ASCII", plain("Å: 1"), "failed:status", "header line"),
    ("an empty length", plain("Content-Length: "), "failed:encoding", "Content-Length"),
    ("a list with a gap", plain("Content-Length: 35,"), "failed:encoding", "Content-Length"),
    ("half a coding", plain("Transfer-Encoding: xchunked"), "failed:encoding", "other than"),
    ("a coding with weights", plain("Transfer-Encoding: chunked;q=1"), "failed:encoding", ""),
    (
        "a coding behind a vertical tab",
        plain("Transfer-Encoding: \x0bchunked", body=CHUNK),
        "failed:encoding",
        "other than",
    ),
    ("no coding, and a length", plain("Transfer-Encoding: ", "Content-Length: 35"), "ok", ""),
    (
        "chunks, and two lengths",
        plain("Transfer-Encoding: chunked", "Content-Length: 3", "Content-Length: 4", body=CHUNK),
        "ok",
        "",
    ),
    ("megabytes of extension", chunked(b"23;" + b"x" * 3_000_000), "failed:encoding", "endless"),
    ("a size of zeros and more", chunked(b"0" * 14 + b"23\r\n"), "failed:encoding", "chunking"),
    ("no size", chunked(b"\r\nab\r\n0\r\n\r\n"), "failed:encoding", "chunking"),
    ("dust, a byte a chunk", chunked(b"1\r\n<\r\n" * 1_500_000), "failed:size", "chunks"),
    ("gzip of empty members", coded("gzip", gzip.compress(b"") * 400_000), "failed:encoding", ""),
    (
        "zstd of empty frames",
        coded("zstd", SKIPPED * 1_000_000 + zstd.compress(FEED)),
        "failed:encoding",
        "more than 1000 parts",
    ),
    ("gzip of 900 members", coded("gzip", b"".join(map(gzip.compress, [FEED] * 900))), "ok", ""),
    (
        "a megabyte of names in gzip",
        coded("gzip", b"\x1f\x8b\x08\x08" + b"n" * 2**20),
        "failed",
        "",
    ),
    ("gzip, then rubbish", coded("gzip", gzip.compress(FEED) + b"junk" * 999), "ok", ""),
    (
        "gzip, then half a member",
        coded("gzip", gzip.compress(FEED) + b"\x1f\x8b\x08"),
        "failed",
        "",
    ),
    ("brotli, then rubbish", coded("br", brotli.compress(FEED) + b"junk"), "failed:encoding", ""),
    ("ten codings", coded(", ".join(["gzip", "br"] * 5), FEED), "failed:encoding", "10 chained"),
    ("five headers of one coding", plain(*["Content-Encoding: gzip"] * 5), "failed", "5 chained"),
    ("a coding without a name", coded("", FEED), "ok", ""),
    ("deflate of nothing at all", coded("deflate", b""), "not_a_feed", "empty"),
    ("deflate of one byte", coded("deflate", b"\x78"), "failed:encoding", "too soon"),
    (
        "two in one: zlib twice",
        coded("deflate", zlib.compress(FEED) + zlib.compress(b"2")),
        "ok",
        "",
    ),
    ("HTTP/2's preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "failed:status", "status line"),
    ("HTTP/2's first frame", b"\0\0\x12\x04\0\0\0\0\0" + bytes(18), "failed:status", ""),
    ("HTTP/1.2", plain(status="HTTP/1.2 200 OK"), "failed:status", "status line"),
    ("two blanks", plain(status="HTTP/1.1  200 OK"), "failed:status", "status line"),
    ("status 000", plain(status="HTTP/1.1 000 OK"), "failed:status", "status line"),
    ("cookies by the hundred", plain(*["Set-Cookie: a=1"] * 150, "Content-Length: 35"), "ok", ""),
    ("205", plain(status="HTTP/1.1 205 R", body=b""), "failed:status", "205"),
    # what is no success has said what matters in its head, however broken its body's frame
    ("429, badly framed", plain("Content-Length: x", status="HTTP/1.1 429 T"), "throttled", ""),
    ("410, two lengths", plain("Content-Length: 3, 4", status="HTTP/1.1 410 G"), "gone", ""),
    (
        "403 in unknown coding",
        plain("Transfer-Encoding: x", status="HTTP/1.1 403 F"),
        "blocked",
        "",
    ),
    (
        "301, badly framed",
        plain("Location: /good", "Content-Length: x", status="HTTP/1.1 301 M"),
        "moved",
        "",
    ),
]


def fetch(origin, stored, now, answer, **state):
    async def main():
        async with origin() as it, HttpClient(SETTINGS) as client:
            it.routes["/feed"] = answer
            it.routes["/good"] = plain("Content-Length: 35")
            return await Fetcher(client, spacing=0).fetch(stored(it.url(), **state), now)

    return asyncio.run(main())


@pytest.mark.parametrize(
    ("answer", "label", "words"), [pytest.param(*c[1:], id=c[0]) for c in ANSWERS]
)
def test_each_ends_in_its_outcome(origin, stored, now, answer, label, words):
    used = time.process_time()
    got = fetch(origin, stored, now, answer)
    used = time.process_time() - used
    assert got.outcome.label.startswith(label), got.outcome.reason
    assert words in got.outcome.reason
    assert used < 5  # none of them can keep the processor


@pytest.mark.parametrize(
    "answer",
    [
        plain("Retry-After: 3600", "Content-Length: x", status="HTTP/1.1 429 T"),
        plain("Retry-After: 3600", "Transfer-Encoding: gzip", status="HTTP/1.1 503 S"),
        plain("Retry-After: 3600", "Content-Length: x"),
        plain("Retry-After: 3600", "Content-Length: 99"),
        plain("Retry-After: 3600", "Transfer-Encoding: chunked", body=b"zz"),
        plain("Retry-After: 3600", "Content-Encoding: gzip", body=b"zz"),
        plain("Retry-After: 3600", status="HTTP/1.1 500 E"),
        plain("Retry-After: 60", "Retry-After: 3600", status="HTTP/1.1 429 T"),
    ],
)
def test_a_wish_is_heard_though_the_answer_is_broken(origin, stored, now, answer):
    assert fetch(origin, stored, now, answer).retry_after.total_seconds() == 3600


def test_a_server_that_cannot_swallow_its_own_validators(stored, fetched, now):
    """Asked without them after a day, not for ever told 431."""
    before = stored(etag='"' + "e" * 9999 + '"', last_200_at=now.replace(day=1))
    choked = fetched(OutcomeKind.FAILED, status=431, conditional=True)
    assert next_state(before, choked, now).etag is None
    fresh = stored(etag='"e"', last_200_at=now)
    assert next_state(fresh, choked, now).etag == '"e"'
    plainly_broken = fetched(OutcomeKind.FAILED, status=500, conditional=True)
    assert next_state(before, plainly_broken, now).etag is not None


def test_rubbish_that_comes_late_is_never_the_next_answer(origin, stored, now):
    async def late(seen, writer):
        writer.write(plain("Content-Length: 35"))
        await writer.drain()
        await asyncio.sleep(0.01)
        writer.write(plain("Content-Length: 6", body=b"<evil>"))

    async def main():
        async with origin(keep=True) as it, HttpClient(SETTINGS) as client:
            it.routes.update({"/late": late, "/feed": plain("Content-Length: 35")})
            fetcher = Fetcher(client, spacing=0)
            await fetcher.fetch(stored(it.url("/late")), now)
            await asyncio.sleep(0.05)
            return await fetcher.fetch(stored(it.url()), now), it.connections

    got, connections = asyncio.run(main())
    assert (got.body, connections) == (FEED, 2)
