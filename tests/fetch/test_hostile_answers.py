"""Servers that answer wrongly: heads, lengths, chunking, encodings, bombs. One case a line."""

import asyncio
import gzip
import socket
import struct
import zlib
from dataclasses import replace

import brotli
import pytest

from feedhub.fetch import Fetcher
from feedhub.net import HttpClient, HttpSettings

try:
    from compression import zstd
except ImportError:
    from backports import zstd

MIB = 1024 * 1024
SETTINGS = HttpSettings(
    connect_timeout=5,
    total_timeout=10,
    max_head=16 * 1024,
    max_wire=MIB,
    max_body=MIB,
    small_body=64 * 1024,
    error_body_timeout=0.1,
)
FEED = b"<rss version='2.0'><channel/></rss>"
OK = b"HTTP/1.1 200 OK\r\n"


def plain(*headers: str, body: bytes = FEED, status: str = "HTTP/1.1 200 OK") -> bytes:
    return "\r\n".join([status, *headers]).encode("latin-1") + b"\r\n\r\n" + body


def chunked(*lines: bytes) -> bytes:
    return OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"".join(lines)


def coded(name: str, body: bytes) -> bytes:
    return plain(f"Content-Encoding: {name}", f"Content-Length: {len(body)}", body=body)


def raw_deflate(body: bytes) -> bytes:
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
    return deflater.compress(body) + deflater.flush()


def wide_zstd(body: bytes) -> bytes:
    wide = {zstd.CompressionParameter.window_log: 27, zstd.CompressionParameter.checksum_flag: 0}
    squeezer = zstd.ZstdCompressor(options=wide)
    return squeezer.compress(body * 2) + squeezer.flush()


ZEROS = b"\0" * (8 * MIB)
CHUNK = b"%x\r\n%s\r\n" % (len(FEED), FEED)

# name, answer, outcome, words of its reason
ANSWERS = [
    # lengths
    ("body shorter than announced", plain("Content-Length: 100"), "failed:encoding", "35 of 100"),
    ("nothing of the body", plain("Content-Length: 9", body=b""), "failed:encoding", "0 of 9"),
    ("negative length", plain("Content-Length: -5"), "failed:encoding", "Content-Length"),
    ("length in words", plain("Content-Length: many"), "failed:encoding", "Content-Length"),
    ("length in hex", plain("Content-Length: 0x23"), "failed:encoding", "Content-Length"),
    ("length with a sign", plain("Content-Length: +35"), "failed:encoding", "Content-Length"),
    ("endless length", plain("Content-Length: " + "9" * 40), "failed:encoding", "Content-Length"),
    (
        "two lengths",
        plain("Content-Length: 35", "Content-Length: 36"),
        "failed:encoding",
        "contradictory",
    ),
    ("one length twice", plain("Content-Length: 35", "Content-Length: 35"), "ok", ""),
    ("a list of one length", plain("Content-Length: 35, 35"), "ok", ""),
    ("a terabyte announced", plain("Content-Length: 1000000000000"), "failed:size", "announced"),
    ("more than announced", plain("Content-Length: 35", body=FEED + b"HTTP/1.1 200"), "ok", ""),
    ("no length, until close", plain("Content-Type: text/xml"), "ok", ""),
    ("endless, until close", plain(body=b"x" * (3 * MIB)), "failed:size", "larger"),
    ("empty body", plain("Content-Length: 0", body=b""), "not_a_feed", "empty"),
    ("blank body", plain("Content-Length: 3", body=b" \r\n"), "not_a_feed", "empty"),
    # chunking
    ("good chunks", chunked(CHUNK, b"0\r\n\r\n"), "ok", ""),
    ("chunks with extensions", chunked(b"2;a=b\r\n<r\r\n3 ; q\r\nss>\r\n0\r\n\r\n"), "ok", ""),
    ("chunks with trailers", chunked(CHUNK, b"0\r\nX-Sum: 1\r\n\r\n"), "ok", ""),
    ("chunks with bare newlines", chunked(b"5\n<rss>\n0\n\n"), "ok", ""),
    ("an end right after the last chunk", chunked(CHUNK, b"0\r\n"), "ok", ""),
    ("an end in the trailers", chunked(CHUNK, b"0\r\nX-Sum: 1\r\nX-"), "ok", ""),
    ("an end in the last chunk", chunked(CHUNK, b"0"), "failed:encoding", "last chunk"),
    ("chunk size no number", chunked(b"zz\r\nab\r\n0\r\n\r\n"), "failed:encoding", "chunking"),
    ("negative chunk size", chunked(b"-2\r\nab\r\n0\r\n\r\n"), "failed:encoding", "chunking"),
    ("chunk size with 0x", chunked(b"0x2\r\nab\r\n0\r\n\r\n"), "failed:encoding", "chunking"),
    ("chunk size overflow", chunked(b"F" * 20 + b"\r\nab\r\n"), "failed:encoding", "chunking"),
    ("chunk longer than said", chunked(b"2\r\nabcd\r\n0\r\n\r\n"), "failed:encoding", "chunking"),
    ("chunk cut off", chunked(b"64\r\nabc"), "failed:encoding", "after 3 of 100"),
    ("no last chunk", chunked(CHUNK), "failed:encoding", "last chunk"),
    ("endless chunk extension", chunked(b"2;" + b"x" * 9999), "failed:encoding", "endless line"),
    ("endless trailers", chunked(CHUNK, b"0\r\n", b"a: b\r\n" * 9999), "failed:size", "trailers"),
    ("endless trailer", chunked(CHUNK, b"0\r\n", b"a" * 99999), "failed:encoding", "endless line"),
    ("chunks past the bound", chunked(*[CHUNK * 40] * 1000), "failed:size", "larger"),
    (
        "dust: a byte a chunk",
        chunked(*[b"1;" + b"x" * 900 + b"\r\na\r\n"] * 2000),
        "failed:size",
        "",
    ),
    ("unknown transfer coding", plain("Transfer-Encoding: gzip, chunked"), "failed:encoding", ""),
    ("chunked twice", plain("Transfer-Encoding: chunked, chunked"), "failed:encoding", ""),
    ("identity", plain("Transfer-Encoding: identity", "Content-Length: 35"), "ok", ""),
    (
        "both framings",
        plain("Transfer-Encoding: chunked", "Content-Length: 3", body=CHUNK + b"0\r\n\r\n"),
        "ok",
        "",
    ),
    # heads
    ("nothing at all", b"", "failed:connect", "before an answer"),
    ("half a status line", b"HTTP/1.", "failed:connect", "before an answer"),
    ("half a head", OK + b"Content-Le", "failed:connect", "before an answer"),
    ("no HTTP", b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "failed:status", "status line"),
    ("HTTP/0.9", FEED + b"\n\n", "failed:status", "status line"),
    ("endless garbage", b"\xff" * 9999, "failed:status", "status line"),
    ("HTTP/2 to HTTP/1", plain(status="HTTP/2 200"), "failed:status", "status line"),
    ("ICY", plain(status="ICY 200 OK"), "failed:status", "status line"),
    ("status of four digits", plain(status="HTTP/1.1 2000 OK"), "failed:status", "status line"),
    ("status 99", plain(status="HTTP/1.1 99 Low"), "failed:status", "status line"),
    ("status 600", plain(status="HTTP/1.1 600 High"), "failed:status", "600"),
    ("status 999", plain(status="HTTP/1.1 999 Denied"), "failed:status", "999 request denied"),
    ("status in words", plain(status="HTTP/1.1 OK"), "failed:status", "status line"),
    ("no reason phrase", plain("Content-Length: 35", status="HTTP/1.1 200"), "ok", ""),
    ("HTTP/1.0", plain(status="HTTP/1.0 200 OK"), "ok", ""),
    (
        "HTTP/1.0 with chunks",
        plain("Transfer-Encoding: chunked", body=CHUNK + b"0\r\n\r\n", status="HTTP/1.0 200 OK"),
        "ok",
        "",
    ),
    ("bare newlines", b"HTTP/1.1 200 OK\nContent-Length: 35\n\n" + FEED, "ok", ""),
    ("a folded header", plain("X-Long: a\r\n b", "Content-Length: 35"), "ok", ""),
    ("a header without colon", plain("Content-Length"), "failed:status", "header line"),
    ("a blank before the colon", plain("Content-Length : 35"), "failed:status", "header line"),
    ("a header without name", plain(": x"), "failed:status", "header line"),
    ("NUL in a header", plain("X: a\0b"), "failed:status", "control character"),
    ("bare return in a header", plain("X: a\rb"), "failed:status", "control character"),
    ("a header of a megabyte", plain("X: " + "a" * MIB), "failed:size", "headers"),
    ("ten thousand headers", plain(*["X: a"] * 10_000), "failed:size", "headers"),
    ("three hundred headers", plain(*["X: a"] * 300), "failed:size", "headers"),
    ("endless status line", b"HTTP/1.1 200 " + b"O" * MIB, "failed:size", "headers"),
    ("early hints", b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + plain(), "ok", ""),
    ("continue without end", b"HTTP/1.1 100 Continue\r\n\r\n" * 99, "failed:status", "interim"),
    ("switching protocols", plain(status="HTTP/1.1 101 Switch"), "failed:status", "switches"),
    # content encodings
    ("gzip", coded("gzip", gzip.compress(FEED)), "ok", ""),
    ("x-gzip, upper case", coded("X-GZip", gzip.compress(FEED)), "ok", ""),
    ("gzip in two members", coded("gzip", gzip.compress(b"<r") + gzip.compress(b"ss>")), "ok", ""),
    ("gzip with padding", coded("gzip", gzip.compress(FEED) + b"\0\0\0"), "ok", ""),
    ("deflate, wrapped", coded("deflate", zlib.compress(FEED)), "ok", ""),
    ("deflate, raw", coded("deflate", raw_deflate(FEED)), "ok", ""),
    ("brotli", coded("br", brotli.compress(FEED)), "ok", ""),
    ("zstd", coded("zstd", zstd.compress(FEED)), "ok", ""),
    ("zstd in two frames", coded("zstd", zstd.compress(b"<r") + zstd.compress(b"ss>")), "ok", ""),
    ("identity coding", coded("identity", FEED), "ok", ""),
    ("gzip in brotli", coded("gzip, br", brotli.compress(gzip.compress(FEED))), "ok", ""),
    ("gzip, unasked chain", coded("gzip,gzip", gzip.compress(gzip.compress(FEED))), "ok", ""),
    ("a charset for a coding", coded("UTF-8", FEED), "ok", ""),
    ("a charset beside one", coded("utf-8, gzip", gzip.compress(FEED)), "ok", ""),
    ("no coding, in words", coded("none", FEED), "ok", ""),
    ("how it was uploaded", coded("aws-chunked,gzip", gzip.compress(FEED)), "ok", ""),
    ("five chained", coded(", ".join(["gzip"] * 5), FEED), "failed:encoding", "5 chained"),
    ("unknown coding", coded("rot13", FEED), "failed:encoding", "rot13"),
    ("gzip that is none", coded("gzip", FEED), "failed:encoding", "damaged"),
    ("deflate that is none", coded("deflate", b"\xff\xff\xff"), "failed:encoding", "damaged"),
    ("brotli that is none", coded("br", b"\xff\xff\xff\xff"), "failed:encoding", "damaged"),
    ("zstd that is none", coded("zstd", FEED), "failed:encoding", "damaged"),
    ("gzip cut off", coded("gzip", gzip.compress(FEED)[:-9]), "failed:encoding", "too soon"),
    ("deflate cut off", coded("deflate", zlib.compress(FEED)[:-5]), "failed:encoding", "too soon"),
    ("brotli cut off", coded("br", brotli.compress(FEED)[:-3]), "failed:encoding", "too soon"),
    ("zstd cut off", coded("zstd", zstd.compress(FEED)[:-3]), "failed:encoding", "too soon"),
    (
        "gzip with a wrong sum",
        coded("gzip", gzip.compress(FEED)[:-8] + b"\1\2\3\4" + gzip.compress(FEED)[-4:]),
        "failed:encoding",
        "damaged",
    ),
    ("gzip bomb", coded("gzip", gzip.compress(ZEROS)), "failed:size", "larger"),
    ("deflate bomb", coded("deflate", zlib.compress(ZEROS)), "failed:size", "larger"),
    ("raw deflate bomb", coded("deflate", raw_deflate(ZEROS)), "failed:size", "larger"),
    ("brotli bomb", coded("br", brotli.compress(ZEROS, quality=5)), "failed:size", "larger"),
    ("zstd bomb", coded("zstd", zstd.compress(ZEROS)), "failed:size", "larger"),
    (
        "gzip quine's cousin",
        coded("gzip, gzip", gzip.compress(gzip.compress(ZEROS))),
        "failed:size",
        "",
    ),
    (
        "bomb in a chain",
        coded("gzip, br", brotli.compress(gzip.compress(ZEROS))),
        "failed:size",
        "",
    ),
    (
        "bomb of small members",
        coded("gzip", gzip.compress(ZEROS[:MIB]) * 8),
        "failed:size",
        "larger",
    ),
    ("zstd with a wide window", coded("zstd", wide_zstd(ZEROS)), "failed:encoding", "damaged"),
    (
        "bomb under an error",
        plain("Content-Encoding: gzip", body=gzip.compress(ZEROS), status="HTTP/1.1 500 E"),
        "failed:status",
        "500",
    ),
    # statuses
    ("204", plain(status="HTTP/1.1 204 No Content", body=b""), "not_a_feed", "204"),
    ("203", plain("Content-Length: 35", status="HTTP/1.1 203 N"), "ok", ""),
    ("206", plain("Content-Length: 35", status="HTTP/1.1 206 P"), "failed:status", "206"),
    (
        "304 unasked",
        plain(status="HTTP/1.1 304 N", body=b""),
        "failed:status",
        "without validators",
    ),
    ("400", plain("Content-Length: 35", status="HTTP/1.1 400 B"), "failed:status", "400"),
    ("401", plain("Content-Length: 35", status="HTTP/1.1 401 U"), "blocked", "401"),
    ("403", plain("Content-Length: 35", status="HTTP/1.1 403 F"), "blocked", "403"),
    (
        "403 challenge",
        plain("CF-Mitigated: challenge", status="HTTP/1.1 403 F"),
        "blocked",
        "challenge",
    ),
    (
        "503 challenge",
        plain(body=b"<title>Just a moment...", status="HTTP/1.1 503 S"),
        "blocked",
        "challenge",
    ),
    (
        "200 challenge",
        plain("Content-Type: text/html", body=b"<html>anubis_challenge"),
        "blocked",
        "challenge",
    ),
    (
        "202 challenge",
        plain("X-Amzn-Waf-Action: challenge", body=b"", status="HTTP/1.1 202 A"),
        "blocked",
        "challenge",
    ),
    (
        "202 captcha",
        plain(body=b"<meta content='0;/.well-known/sgcaptcha/?r=%2F'>", status="HTTP/1.1 202 A"),
        "blocked",
        "challenge",
    ),
    (
        "405 captcha",
        plain("X-Amzn-Waf-Action: captcha", status="HTTP/1.1 405 M"),
        "blocked",
        "challenge",
    ),
    ("202", plain("Content-Length: 35", status="HTTP/1.1 202 A"), "failed:status", "202"),
    ("404", plain("Content-Length: 35", status="HTTP/1.1 404 N"), "failed:status", "404 not found"),
    ("410", plain("Content-Length: 35", status="HTTP/1.1 410 G"), "gone", "410"),
    ("418", plain("Content-Length: 35", status="HTTP/1.1 418 T"), "failed:status", "418"),
    ("429", plain("Content-Length: 35", status="HTTP/1.1 429 T"), "throttled", "429"),
    (
        "451",
        plain("Content-Length: 35", status="HTTP/1.1 451 L"),
        "failed:status",
        "451 unavailable",
    ),
    (
        "407",
        plain("Content-Length: 35", status="HTTP/1.1 407 P"),
        "failed:status",
        "407 proxy auth",
    ),
    ("525", plain("Content-Length: 35", status="HTTP/1.1 525 T"), "failed:status", "525 no TLS"),
    (
        "500 without an end",
        plain("Content-Length: 99", status="HTTP/1.1 500 E"),
        "failed:status",
        "500",
    ),
    ("503", plain("Content-Length: 35", status="HTTP/1.1 503 S"), "failed:status", "503"),
    ("503 later", plain("Retry-After: 60", status="HTTP/1.1 503 S"), "throttled", "Retry-After"),
    ("301 to nowhere", plain(status="HTTP/1.1 301 M"), "failed:redirects", "301"),
    ("300", plain(status="HTTP/1.1 300 M"), "failed:redirects", "300"),
]


def fetch(origin, stored, now, answer, settings=SETTINGS):
    async def main():
        async with origin() as it, HttpClient(settings) as client:
            it.routes["/feed"] = answer
            return await Fetcher(client, spacing=0).fetch(stored(it.url()), now)

    return asyncio.run(main())


@pytest.mark.parametrize(
    ("answer", "label", "words"), [pytest.param(*c[1:], id=c[0]) for c in ANSWERS]
)
def test_each_ends_in_its_outcome(origin, stored, now, answer, label, words):
    got = fetch(origin, stored, now, answer)
    assert got.outcome.label == label, got.outcome.reason
    assert words in got.outcome.reason
    assert (got.body is not None) == (label == "ok")
    if label == "ok":
        assert got.body.startswith(b"<r")


CLOUDFLARE = b"<script>a.src='/cdn-cgi/challenge-platform/scripts/jsd/main.js'</script>"
IMPERVA = b'<script src="/_Incapsula_Resource?SWJIYLWA=5074a744"></script>'


@pytest.mark.parametrize("marks", [b"", CLOUDFLARE, IMPERVA])
def test_a_page_that_a_guard_lets_through_is_a_page(origin, stored, now, marks):
    """Guards put headers and scripts of theirs into every page of a site that they guard."""
    link = b"<link rel=alternate type=application/rss+xml href=/rss>"
    for body in (b"<html>" + link + marks, b"<html><p>" + b"words " * 900 + marks):
        page = plain("Content-Type: text/html", "X-Datadome: protected", body=body)
        assert fetch(origin, stored, now, page).outcome.label == "ok"  # for the parser to judge
    if marks:
        page = plain("Content-Type: text/html", body=b"<html><head>" + marks + b"<body></body>")
        assert fetch(origin, stored, now, page).outcome.label == "blocked"


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf", b"\n<?xml version='1.0'?>\n<!-- x -->"])
@pytest.mark.parametrize("kind", [b"<rss>%s</rss>", b"<feed>%s</feed>", b'{"title": "%s"}'])
def test_a_feed_that_tells_of_challenges_is_none(origin, stored, now, start, kind):
    """Also where its server calls it HTML, as many do."""
    body = start + kind % b"Cloudflare: checking your browser before ... px-captcha"
    page = plain("Content-Type: text/html", body=body)
    assert fetch(origin, stored, now, page).outcome.label == "ok"
    xhtml = plain("Content-Type: text/html", body=start + b"<html>px-captcha</html>")
    assert fetch(origin, stored, now, xhtml).outcome.label == "blocked"


@pytest.mark.parametrize("kind", ["application/rss+xml", "text/xml", "text/html"])
@pytest.mark.parametrize("before", [b"<?xml version='1.0'?>", b"<!-- by hand: <html> -->"])
def test_so_is_one_that_tells_of_pages(origin, stored, now, kind, before):
    """What its texts hold makes no document a page."""
    told = b"<description><![CDATA[<html> and px-captcha]]></description>"
    for root in (b"<rss>%s</rss>", b"<atom:feed>%s</atom:feed>", b"<rdf:RDF>%s</rdf:RDF>"):
        page = plain(f"Content-Type: {kind}", body=before + root % told)
        assert fetch(origin, stored, now, page).outcome.label == "ok"
    texts = plain(f"Content-Type: {kind}", body=b'{"content_html": "<html>px-captcha"}')
    assert fetch(origin, stored, now, texts).outcome.label == "ok"
    page = plain(f"Content-Type: {kind}", body=before + b"<html>px-captcha</html>")
    assert fetch(origin, stored, now, page).outcome.label == "blocked"


def test_a_validator_that_is_empty_is_none(origin, stored, now):
    got = fetch(origin, stored, now, plain("ETag:", "Last-Modified:  ", "Content-Length: 35"))
    assert (got.etag, got.last_modified) == (None, None)


def test_the_hub_goes_on_serving_all_the_while(origin, stored, now):
    """Every case at once, each from its own address, while a good source is read in between."""

    async def main():
        # A connection may well take a while here: all of them at once, on a machine that is busy.
        patient = replace(SETTINGS, connect_timeout=10, total_timeout=30)
        async with origin("0.0.0.0") as it, HttpClient(patient) as client:
            fetcher = Fetcher(client, spacing=0)
            for number, case in enumerate(ANSWERS):
                it.routes[f"/{number}"] = case[1]
            it.routes["/good"] = plain("Content-Length: 35")
            hostile = [
                asyncio.create_task(
                    fetcher.fetch(stored(f"http://127.0.1.{n + 1}:{it.port}/{n}"), now)
                )
                for n in range(len(ANSWERS))
            ]
            served = 0
            while not all(task.done() for task in hostile):
                good = await fetcher.fetch(stored(f"http://127.0.0.1:{it.port}/good"), now)
                assert good.outcome.label == "ok"
                served += 1
            return [task.result().outcome.label for task in hostile], served

    labels, served = asyncio.run(main())
    assert labels == [case[2] for case in ANSWERS]
    assert served > 1


def reset(writer):
    """Close with RST in place of FIN."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@pytest.mark.parametrize(
    ("before", "label"),
    [
        (b"", "failed:connect"),
        (OK + b"Content-", "failed:connect"),
        (plain("Content-Length: 100"), "failed:encoding"),
        (plain(), "failed:connect"),
        (chunked(CHUNK), "failed:encoding"),
    ],
    ids=["at once", "in the head", "in the body", "in a body until close", "between chunks"],
)
def test_resets(origin, stored, now, before, label):
    async def answer(seen, writer):
        writer.write(before)
        await writer.drain()
        await asyncio.sleep(0.02)
        reset(writer)

    got = fetch(origin, stored, now, answer)
    assert got.outcome.label == label
    assert "reset" in got.outcome.reason or "closed" in got.outcome.reason


def test_a_tail_after_the_body_is_never_read_as_the_next_answer(origin, stored, now):
    """Response smuggling: the bytes after an answer must not answer the next request."""

    async def main():
        async with origin(keep=True) as it, HttpClient(SETTINGS) as client:
            fetcher = Fetcher(client, spacing=0)
            it.routes["/a"] = plain("Content-Length: 35") + plain("Content-Length: 35")
            it.routes["/b"] = plain("Content-Length: 6", body=b"<rss/>")
            await fetcher.fetch(stored(it.url("/a")), now)
            got = await fetcher.fetch(stored(it.url("/b")), now)
            return got, it.connections

    got, connections = asyncio.run(main())
    assert (got.body, connections) == (b"<rss/>", 2)


def test_a_lying_304_with_a_body_is_not_the_next_answer(origin, stored, now):
    async def main():
        async with origin(keep=True) as it, HttpClient(SETTINGS) as client:
            fetcher = Fetcher(client, spacing=0)
            it.routes["/a"] = plain("Content-Length: 35", status="HTTP/1.1 304 N")
            it.routes["/b"] = plain("Content-Length: 6", body=b"<rss/>")
            first = await fetcher.fetch(stored(it.url("/a"), etag='"x"'), now)
            await asyncio.sleep(0.02)
            return first, await fetcher.fetch(stored(it.url("/b")), now)

    first, second = asyncio.run(main())
    assert first.outcome.label == "not_modified"
    assert second.body == b"<rss/>"
