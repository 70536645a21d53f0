"""The address check: odd spellings, disguises and rebinding, refused before a byte is sent."""

import asyncio
from pathlib import Path

import ada_url
import pytest

from feedhub.errors import NetError
from feedhub.model import Stage
from feedhub.net import HttpClient, HttpRequest, HttpSettings
from feedhub.net.address import refusal
from feedhub.net.connect import Connector

PUBLIC = "93.184.215.14"
SETTINGS = HttpSettings(connect_timeout=5, total_timeout=10)

SPELLINGS = [
    host
    for line in (Path(__file__).parent / "spellings.txt").read_text("utf-8").splitlines()
    if not line.startswith("#")
    for host in line.split()
]

NAMES = {
    "localhost": ("127.0.0.1", "::1"),
    "localhost.localdomain": ("127.0.0.1",),
    "ip6-localhost": ("::1",),
    "metadata.google.internal": ("169.254.169.254",),
    "spoofed.127.0.0.1.nip.example": ("127.0.0.1",),
    "printer.local": ("fe80::1%eth0", "192.168.0.9"),
    "router": ("10.0.0.138",),
}


class Names:
    """A resolver by table; a list of answers is given one after another."""

    def __init__(self, table):
        self.table = {name: list(v) if isinstance(v, list) else v for name, v in table.items()}
        self.asked = []

    async def resolve(self, host, *, doubtful):
        self.asked.append(host)
        found = self.table[host]
        return found.pop(0) if isinstance(found, list) else found

    def close(self):
        pass


@pytest.fixture
def dialled(monkeypatch):
    """The addresses that a connection was opened to; public ones lead to loopback instead."""
    opened = []
    really = Connector._open

    async def open_(self, address, port):
        opened.append(address)
        return await really(self, "127.0.0.1" if address == PUBLIC else address, port)

    monkeypatch.setattr(Connector, "_open", open_)
    return opened


def serve(work, answer=b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<rss/>"):
    """Run ``work(port, received)`` beside a server that counts what reaches it."""
    received = []

    async def handle(reader, writer):
        try:
            while True:
                received.append(await reader.readuntil(b"\r\n\r\n"))
                writer.write(answer(received) if callable(answer) else answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            writer.close()

    async def main():
        server = await asyncio.start_server(handle, "0.0.0.0", 0)
        async with server:
            return await work(server.sockets[0].getsockname()[1], received)

    return asyncio.run(main())


@pytest.mark.parametrize("host", SPELLINGS)
def test_refused_before_a_byte_is_sent(dialled, host):
    async def work(port, received):
        async with HttpClient(SETTINGS, resolver=Names(NAMES)) as client:
            with pytest.raises(NetError) as caught:
                await client.get(HttpRequest(f"http://{host}:{port}/"))
        assert received == []
        return caught.value

    error = serve(work)
    assert error.stage is Stage.ADDRESS, error
    assert dialled == []


def test_there_are_enough_spellings():
    assert len(SPELLINGS) == len(set(SPELLINGS)) >= 100


@pytest.mark.parametrize(
    "host",
    [
        "http://1.1.1.1.1/",
        "http://256.256.256.256/",
        "http://0x7f.1.2.3.4/",
        "http://[::1%25lo]/",
        "http://[127.0.0.1]/",
        "http:///",
        "http://exa mple.com/",
        "http://a%00b/",
        "//x/",
        "",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "feed://example.org/rss",
        "gopher://x/",
    ],
)
def test_what_is_no_web_address(dialled, host):
    async def work(port, received):
        async with HttpClient(SETTINGS, resolver=Names(NAMES)) as client:
            with pytest.raises(NetError) as caught:
                await client.get(HttpRequest(host))
        return caught.value

    assert serve(work).stage is Stage.ADDRESS
    assert dialled == []


@pytest.mark.parametrize("host", SPELLINGS)
def test_every_redirect_is_checked_too(dialled, host):
    if "%" in host or not host.isascii():
        host = ada_url.URL(f"http://{host}/").hostname

    moves = []

    async def work(port, received):
        lines = ["HTTP/1.1 302 F", f"Location: http://{host}:{port}/", "Content-Length: 0"]
        moves.append("\r\n".join([*lines, "", ""]).encode())
        async with HttpClient(SETTINGS, resolver=Names({**NAMES, "a.example": (PUBLIC,)})) as c:
            with pytest.raises(NetError) as caught:
                await c.get(HttpRequest(f"http://a.example:{port}/"))
        assert len(received) == 1
        return caught.value

    error = serve(work, lambda received: moves[0])
    assert error.stage is Stage.ADDRESS
    assert error.status == 302 or "redirected" not in error.reason
    assert dialled == [PUBLIC]


def test_rebinding_between_two_fetches(dialled):
    names = Names({"r.example": [(PUBLIC,), ("127.0.0.1",), ("10.0.0.1", "::1")]})

    async def work(port, received):
        async with HttpClient(HttpSettings(keep_alive=False), resolver=names) as client:
            request = HttpRequest(f"http://r.example:{port}/")
            assert (await client.get(request)).status == 200
            for _ in range(2):
                with pytest.raises(NetError) as caught:
                    await client.get(request)
                assert caught.value.stage is Stage.ADDRESS
        assert len(received) == 1

    serve(work)
    assert dialled == [PUBLIC]


def test_rebinding_between_two_hops(dialled):
    names = Names({"r.example": [(PUBLIC,), ("169.254.169.254",)]})
    moved = b"HTTP/1.1 302 F\r\nLocation: /x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"

    async def work(port, received):
        async with HttpClient(SETTINGS, resolver=names) as client:
            with pytest.raises(NetError) as caught:
                await client.get(HttpRequest(f"http://r.example:{port}/"))
        assert caught.value.stage is Stage.ADDRESS
        assert len(received) == 1

    serve(work, moved)
    assert names.asked == ["r.example"] * 2
    assert dialled == [PUBLIC]


def test_rebinding_within_one_answer(dialled):
    """A name with a good and a bad address: only the good one is ever dialled."""
    names = Names({"r.example": ("127.0.0.1", "10.0.0.1", PUBLIC, "::1")})

    async def work(port, received):
        async with HttpClient(SETTINGS, resolver=names) as client:
            assert (await client.get(HttpRequest(f"http://r.example:{port}/"))).status == 200

    serve(work)
    assert dialled == [PUBLIC]


def test_the_name_is_looked_up_once_for_each_connection(dialled):
    """Nothing resolves it a second time between the check and the connection."""
    names = Names({"r.example": [(PUBLIC,)]})

    async def work(port, received):
        async with HttpClient(SETTINGS, resolver=names) as client:
            for _ in range(3):
                await client.get(HttpRequest(f"http://r.example:{port}/"))
        assert len(received) == 3

    serve(work)
    assert (names.asked, dialled) == (["r.example"], [PUBLIC])


def test_a_permitted_sources_connection_is_not_lent_to_another(dialled):
    async def work(port, received):
        async with HttpClient(SETTINGS, resolver=Names(NAMES)) as client:
            url = f"http://localhost:{port}/"
            assert (await client.get(HttpRequest(url, allow_private=True))).status == 200
            with pytest.raises(NetError) as caught:
                await client.get(HttpRequest(url))
            assert caught.value.stage is Stage.ADDRESS
            assert "allow_private" in caught.value.reason
        assert len(received) == 1

    serve(work)


@pytest.mark.parametrize(
    "address",
    [
        PUBLIC,
        "1.1.1.1",
        "8.8.8.8",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "169.253.1.1",
        "172.15.255.255",
        "172.32.0.1",
        "192.0.1.1",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "2001:67c:2e8::1",
        "2001:4860:4860::8888",
        "2606:4700::1111",
        "2620:fe::fe",
        "2a00:1450:400f::200e",
        "2a01::5efe:8.8.8.8",
        "64:ff9b::808:808",
        "::ffff:8.8.8.8",
    ],
)
def test_public_addresses_are_let_through(address):
    assert refusal(address) is None


@pytest.mark.parametrize("text", ["", "example.org", "1.2.3", "1.2.3.4.5", "::g", "0177.0.0.1"])
def test_what_is_no_address_is_refused(text):
    assert refusal(text) is not None
