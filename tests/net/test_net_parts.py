"""The parts of the client: decoders, framing, addresses, the pool, the resolver."""

import asyncio
import contextlib
import errno
import gzip
import itertools
import socket
import threading
import zlib

import brotli
import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedhub.errors import NetError
from feedhub.model import Auth, Stage
from feedhub.net import HttpClient, HttpRequest, HttpSettings, SystemResolver
from feedhub.net import resolve as resolve_module
from feedhub.net.connect import Connector, Route
from feedhub.net.h1 import Body, Head, parse_head, read_head
from feedhub.net.inflate import STEP, Inflater
from feedhub.net.transport import Pool
from feedhub.net.url import _parse, is_https_upgrade, parse_target, same_party, without_credentials
from feedhub.net.wire import Closed, Wire

try:
    from compression import zstd
except ImportError:
    from backports import zstd


def raw_deflate(body):
    deflater = zlib.compressobj(wbits=-15)
    return deflater.compress(body) + deflater.flush()


SQUEEZERS = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "raw": raw_deflate,
    "br": brotli.compress,
    "zstd": zstd.compress,
}


@given(
    body=st.binary(max_size=3000).map(lambda b: b * 40),
    names=st.lists(st.sampled_from(sorted(SQUEEZERS)), min_size=1, max_size=3),
    cut=st.integers(1, 500),
)
def test_every_chain_is_undone_however_it_is_cut(body, names, cut):
    squeezed = body
    for name in names:
        squeezed = SQUEEZERS[name](squeezed)
    inflater = Inflater(", ".join("deflate" if n == "raw" else n for n in names), 10**6)
    out = b""
    for start in range(0, len(squeezed), cut):
        for piece in inflater.feed(squeezed[start : start + cut]):
            assert len(piece) <= 4 * STEP
            out += piece
    inflater.finish()
    assert out == body


@pytest.mark.parametrize("cut", [1, 2, 3, 10**6])
def test_padding_after_gzip_is_passed_over_however_it_is_cut(cut):
    squeezed = gzip.compress(b"<rss/>") + b"\0\x1f\x8b"
    inflater = Inflater("gzip", 100)
    pieces = [squeezed[at : at + cut] for at in range(0, len(squeezed), cut)]
    assert b"".join(plain for piece in pieces for plain in inflater.feed(piece)) == b"<rss/>"
    inflater.finish()


@given(
    junk=st.binary(max_size=300),
    name=st.sampled_from(["gzip", "deflate", "br", "zstd", "gzip, br", "zstd, gzip", "x-y"]),
)
def test_junk_gives_nothing_but_a_named_error(junk, name):
    made = 0
    with contextlib.suppress(NetError):
        inflater = Inflater(name, 1000)
        for piece in inflater.feed(junk):
            made += len(piece)
        inflater.finish()
    assert made <= 1000


class FakeTransport(asyncio.Transport):
    def __init__(self):
        super().__init__()
        self.closed = False

    def pause_reading(self):
        pass

    def resume_reading(self):
        pass

    def is_closing(self):
        return self.closed

    def abort(self):
        self.closed = True


def read(pieces, *, clean=True):
    """Feed ``pieces`` to a wire one by one and read one answer."""

    async def main():
        wire = Wire()
        wire.connection_made(FakeTransport())

        async def feed():
            for piece in pieces:
                await asyncio.sleep(0)
                wire.data_received(piece)
            await asyncio.sleep(0)
            wire.connection_lost(None if clean else ConnectionResetError())

        feeding = asyncio.create_task(feed())
        try:
            head = await read_head(wire, 4096)
            body = Body(wire, head)
            out = b"".join([piece async for piece in body.pieces()])
        finally:
            await feeding
        return head, out, body.whole

    return asyncio.run(main())


HEADERS = st.lists(
    st.tuples(
        st.from_regex(rb"X-[A-Za-z0-9-]{1,10}", fullmatch=True),
        st.from_regex(rb"([!-~]([ -~]{0,20}[!-~])?)?", fullmatch=True),
    ),
    max_size=5,
)


@given(
    status=st.integers(200, 599).filter(lambda s: s not in (204, 304)),
    headers=HEADERS,
    chunks=st.lists(st.binary(min_size=1, max_size=50), max_size=5),
    chunked=st.booleans(),
    cut=st.integers(1, 60),
)
def test_what_h11_writes_is_read_back(status, headers, chunks, chunked, cut):
    """The peer: an HTTP/1.1 library that many servers are built on."""
    server = h11.Connection(h11.SERVER)
    server.receive_data(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    server.next_event()
    server.next_event()
    framing = (
        [(b"Transfer-Encoding", b"chunked")]
        if chunked
        else [(b"Content-Length", str(sum(map(len, chunks))).encode())]
    )
    data = server.send(h11.Response(status_code=status, headers=headers + framing, reason=b"R"))
    for chunk in chunks:
        data += server.send(h11.Data(chunk))
    data += server.send(h11.EndOfMessage())
    head, body, whole = read([data[n : n + cut] for n in range(0, len(data), cut)])
    assert (head.status, body, whole) == (status, b"".join(chunks), True)
    for name, value in headers:
        assert value in head.all(name.lower())


@given(st.binary(max_size=400), st.integers(1, 50))
def test_no_bytes_can_do_more_than_fail(data, cut):
    with contextlib.suppress(NetError, Closed):
        head, _, _ = read([data[n : n + cut] for n in range(0, len(data), cut)])
        assert 200 <= head.status < 600


@given(
    st.lists(
        st.sampled_from(
            [
                b"HTTP/1.1 200 OK\r\n",
                b"HTTP/1.0 304 N\r\n",
                b"Content-Length: 3\r\n",
                b"Transfer-Encoding: chunked\r\n",
                b"\r\n",
                b"3\r\nabc\r\n",
                b"0\r\n\r\n",
                b"abc",
                b"\n",
                b": ",
            ]
        ),
        max_size=12,
    )
)
def test_nor_can_any_order_of_plausible_ones(parts):
    with contextlib.suppress(NetError, Closed):
        read(parts)


def test_repeated_headers_and_bytes_survive():
    head = parse_head(b'HTTP/1.1 200 OK\r\nETag: "\xe5"\r\nlink: <a>\r\nLink:  <b> \r')
    assert head.all(b"link") == [b"<a>", b"<b>"]
    assert head.all(b"etag") == [b'"\xe5"']


@pytest.mark.parametrize(
    ("version", "connection", "keep"),
    [
        (1, b"", True),
        (1, b"close", False),
        (1, b"Keep-Alive, Close", False),
        (0, b"", False),
        (0, b"keep-alive", True),
    ],
)
def test_when_a_connection_may_be_used_again(version, connection, keep):
    headers = [(b"Connection", connection), (b"Content-Length", b"0")]
    assert Body(Wire(), Head(version, 200, b"", headers)).whole is keep


@pytest.mark.parametrize(
    ("address", "host", "port", "path", "authority"),
    [
        ("http://a.example", "a.example", 80, "/", "a.example"),
        ("https://A.Example:443/x?y#z", "a.example", 443, "/x?y", "a.example"),
        ("http://a.example.:81/", "a.example", 81, "/", "a.example:81"),
        ("http://[2001:DB8::1]:8080/", "2001:db8::1", 8080, "/", "[2001:db8::1]:8080"),
        ("https://bücher.example/ö b", "xn--bcher-kva.example", 443, "/%C3%B6%20b", None),
        ("  http://a.example/\t%7e%2Fx ", "a.example", 80, "/%7e%2Fx", "a.example"),
    ],
)
def test_targets(address, host, port, path, authority):
    target = parse_target(address)
    assert (target.host, target.port, target.path) == (host, port, path)
    assert target.authority == (authority or target.authority)
    assert "#" not in target.href


def test_credentials_leave_the_address():
    target = parse_target("http://anna:p%40ss@a.example/x")
    assert (target.user, target.password) == ("anna", "p@ss")
    assert target.href == "http://a.example/x"
    assert without_credentials("http://u:p@a.example/#f") == "http://a.example/"
    assert "p" not in without_credentials("ht!tp://u:p@").partition("(")[0]


def test_who_may_see_credentials():
    assert same_party("http://a.example/x", "https://a.example/y")
    assert not same_party("https://a.example/x", "http://a.example/x")
    assert not same_party("https://a.example/x", "https://b.a.example/x")
    assert not same_party("https://a.example/x", "nonsense")
    assert is_https_upgrade("http://a.example/x", "https://a.example/x")
    assert not is_https_upgrade("https://a.example/x", "https://a.example/x")


def test_the_pool_keeps_few_and_no_dead_ones():
    async def main():
        pool = Pool(max_idle=2, idle_seconds=0.01)
        wires = [Wire() for _ in range(4)]
        for wire in wires:
            wire.connection_made(FakeTransport())
        for number, wire in enumerate(wires[:3]):
            pool.give(number, wire)
        assert wires[0].transport.closed  # the oldest made room
        assert pool.take(0) is None
        assert pool.take(1) is wires[1]
        wires[2].data_received(b"x")  # nobody asked for this
        assert pool.take(2) is None
        assert wires[2].transport.closed
        pool.give(3, wires[3])
        await asyncio.sleep(0.03)
        assert pool.take(3) is None
        assert wires[3].transport.closed
        pool.give(1, wires[1])
        pool.close()
        assert wires[1].transport.closed

    asyncio.run(main())


def test_lookups_that_hang_hold_neither_the_healthy_nor_the_end(monkeypatch):
    release = threading.Event()

    def getaddrinfo(host, port, **_):
        if host.startswith("dead"):
            release.wait(10)
            raise socket.gaierror(socket.EAI_AGAIN, "try again")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.7", 0))] * 2

    monkeypatch.setattr(resolve_module.socket, "getaddrinfo", getaddrinfo)

    async def main():
        resolver = SystemResolver(threads=2, doubtful_threads=1)
        dead = [
            asyncio.create_task(resolver.resolve(f"dead{n}.example", doubtful=True))
            for n in range(5)
        ]
        found = await asyncio.wait_for(resolver.resolve("alive.example", doubtful=False), 2)
        assert found == ("192.0.2.7",)
        resolver.close()
        for task in dead:
            task.cancel()
        await asyncio.gather(*dead, return_exceptions=True)

    asyncio.run(main())
    release.set()
    assert all(t.daemon for t in threading.enumerate() if t.name == "dns")


def test_names_that_take_long_get_threads_beside_the_usual(monkeypatch):
    """More dead zones than threads, none of them known yet: the living are looked up even so."""
    release = threading.Event()

    def getaddrinfo(host, port, **_):
        if host.startswith("dead"):
            release.wait(30)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.7", 0))]

    monkeypatch.setattr(resolve_module.socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(resolve_module, "PATIENCE", 0.01)

    async def main():
        resolver = SystemResolver(threads=2)
        dead = [
            asyncio.create_task(resolver.resolve(f"dead{n}.example", doubtful=False))
            for n in range(6)
        ]
        await asyncio.sleep(0)
        found = await asyncio.wait_for(resolver.resolve("alive.example", doubtful=False), 20)
        assert found == ("192.0.2.7",)
        monkeypatch.setattr(resolve_module, "PATIENCE", 60)  # nothing is late from here on
        release.set()
        await asyncio.gather(*dead)
        async with asyncio.timeout(20):  # those beside the usual end again, each in its time
            while resolver._good._overdue or resolver._good._running > 2 + 1:
                await resolver.resolve("alive.example", doubtful=False)
        resolver.close()

    asyncio.run(main())


def test_addresses_have_a_length():
    base = "http://feed.example/"
    assert parse_target("/" + "a" * 9000, base).host == "feed.example"
    for address in ("/" + "a" * 20_000, "/" + "å" * 9000, "/" + "a" * 100_000):
        with pytest.raises(NetError, match="address of more than"):
            parse_target(address, base)
    before = _parse.cache_info().currsize
    parse_target("/" + "b" * 5000, base)
    assert _parse.cache_info().currsize == before  # they are a server's, and would fill the memory


def test_what_a_chain_makes_on_the_way_is_counted_as_it_comes():
    """Stored blocks of nothing: eight megabytes on the way, and nothing at the end."""
    nothing = b"\x00\x00\x00\xff\xff" * 400_000
    undo = Inflater("deflate, gzip", 16 << 20)
    made = [undo.made for _ in undo.feed(gzip.compress(b"\x78\x9c" + nothing))]
    assert made[-1] >= len(nothing)
    assert max(b - a for a, b in itertools.pairwise(made)) <= 2 * STEP


def test_a_name_that_is_none(monkeypatch):
    def getaddrinfo(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(resolve_module.socket, "getaddrinfo", getaddrinfo)

    async def main():
        async with HttpClient(HttpSettings(connect_timeout=2)) as client:
            with pytest.raises(NetError) as caught:
                await client.get(HttpRequest("http://nobody.example/"))
        assert caught.value.stage is Stage.DNS
        assert "Name or service not known" in caught.value.reason

    asyncio.run(main())


def test_secrets_stay_out_of_reprs_and_errors():
    request = HttpRequest(
        "http://127.0.0.1:1/?token=hemligt",
        headers=(("X-Key", "hemligt"),),
        auth=Auth("bearer", secret="hemligt"),
        proxy="http://user:hemligt@127.0.0.1:1",
    )
    assert repr(request).count("hemligt") == 1  # in its address, which is shown as it is

    async def main():
        async with HttpClient() as client:
            for changed in (request, HttpRequest("http://u:hemligt@127.0.0.1/")):
                with pytest.raises(NetError) as caught:
                    await client.get(changed)
                assert "hemligt" not in str(caught.value)

    asyncio.run(main())


def test_a_post_goes_out_whole_and_follows_nothing():
    seen = []

    async def handle(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        seen.append(head + await reader.readexactly(3))
        writer.write(b"HTTP/1.1 307 T\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    async def main():
        server = await asyncio.start_server(handle, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hub"
        async with server, HttpClient() as client:
            ask = HttpRequest(url, content=b"a=b", content_type="text/x", allow_private=True)
            return await client.post(ask)

    assert asyncio.run(main()).status == 307
    head = seen[0].decode()
    assert head.startswith("POST /hub HTTP/1.1\r\n")
    assert head.lower().count("content-length: 3") == 1
    assert "Content-Type: text/x" in head
    assert head.endswith("\r\n\r\na=b")


def test_steps_are_what_the_docstring_says():
    bomb = gzip.compress(bytes(10 * STEP))
    sizes = [len(piece) for piece in itertools.islice(Inflater("gzip", 10**9).feed(bomb), 20)]
    assert max(sizes) <= STEP


def test_both_families_are_tried_where_a_host_has_many_addresses():
    """Six addresses are tried at most; all of IPv6 where that leads nowhere would be none."""

    class Names:
        async def resolve(self, host, *, doubtful):
            return [f"2606:4700::{n}" for n in range(1, 9)] + ["1.1.1.1", "1.0.0.1"]

        def close(self):
            """Nothing to close."""

    tried = []

    class Dead(Connector):
        async def _open(self, address, port):
            tried.append(address)
            raise NetError(Stage.CONNECT, "no route")

    async def main():
        with pytest.raises(NetError):
            await Dead(Names(), 5).connect(Route("http", "many.example", 80))

    asyncio.run(main())
    assert tried == [
        "2606:4700::1",
        "1.1.1.1",
        "2606:4700::2",
        "1.0.0.1",
        "2606:4700::3",
        "2606:4700::4",
    ]


def test_an_idle_connection_ends_in_its_time_whoever_went_before_it():
    class Telling(FakeTransport):
        def __init__(self):
            super().__init__()
            self.over = asyncio.Event()

        def abort(self):
            super().abort()
            self.over.set()

    async def main():
        pool = Pool(idle_seconds=0.02)
        wires = [Wire() for _ in range(3)]
        for wire in wires:
            wire.connection_made(Telling())
        pool.give("a", wires[0])
        pool.give("b", wires[1])
        assert pool.take("a") is wires[0]  # whose end the pool was waiting for
        await wires[1].transport.over.wait()
        begun = asyncio.get_running_loop().time()
        pool.give("c", wires[2])
        await wires[2].transport.over.wait()
        assert asyncio.get_running_loop().time() - begun > 0.019
        assert not wires[0].transport.closed

    asyncio.run(asyncio.wait_for(main(), 60))


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ECONNREFUSED, "connection refused"),
        (errno.EHOSTUNREACH, "no route to host"),
        (errno.ETIMEDOUT, "connection timed out"),
    ],
)
def test_a_connection_that_fails_says_why(monkeypatch, number, words):
    async def main():
        async def fail(*_):
            raise OSError(number, "Connect call failed ('127.0.0.1', 9)")

        monkeypatch.setattr(asyncio.get_running_loop(), "create_connection", fail)
        route = Route("http", "127.0.0.1", 9, allow_private=True)
        with pytest.raises(NetError, match=words):
            await Connector(SystemResolver(), 5).connect(route)

    asyncio.run(main())
