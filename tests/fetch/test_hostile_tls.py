"""TLS that is wrong in each way, and proxies."""

import asyncio
import os
import ssl
from pathlib import Path

import pytest

from feedhub.fetch import Fetcher
from feedhub.net import HttpClient, HttpSettings

SETTINGS = HttpSettings(connect_timeout=5, total_timeout=10)
SHORT = HttpSettings(connect_timeout=0.4, total_timeout=10)  # where a peer stalls
CERTS = Path(__file__).parent / "certs"


def server_side(name):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTS / f"{name}.pem")
    return context


def fetch(origin, stored, now, ok, *, cert="good", ca="ca.pem", host="localhost", keep=False):
    async def main():
        async with origin(tls=server_side(cert), keep=keep) as it:
            it.routes["/feed"] = ok(b"<rss/>")
            async with HttpClient(SETTINGS) as client:
                options = {"ca_file": str(CERTS / ca) if ca else None}
                url = f"https://{host}:{it.port}/feed"
                fetcher = Fetcher(client, spacing=0)
                first = await fetcher.fetch(stored(url, source=options), now)
                second = await fetcher.fetch(stored(url, source=options), now)
                return first, second, it

    return asyncio.run(main())


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_good_certificate_of_the_sources_own_authority(origin, stored, now, ok, host):
    first, second, it = fetch(origin, stored, now, ok, host=host, keep=True)
    assert first.outcome.label == "ok", first.outcome.reason
    assert second.outcome.label == "ok"
    assert it.connections == 1


def test_a_renewed_file_of_authorities_is_read_without_a_restart(tmp_path, origin, stored, now, ok):
    file = tmp_path / "ca.pem"

    def outcome(text, second):
        file.write_text(text)
        os.utime(file, (second, second))
        first, _, _ = fetch(origin, stored, now, ok, ca=file)
        return first.outcome.label

    other, right = ((CERTS / name).read_text() for name in ("wrong.pem", "ca.pem"))
    assert [outcome(other, 1), outcome(right, 2), outcome("", 3)] == [
        "failed:tls",
        "ok",
        "failed:tls",
    ]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"ca": None}, "certificate"),
        ({"cert": "wrong"}, "ostname mismatch"),
        ({"cert": "wrong", "host": "127.0.0.1"}, "mismatch"),
        ({"cert": "expired"}, "expired"),
        ({"ca": "missing.pem"}, "CA file"),
        ({"ca": "good.pem", "cert": "wrong"}, ""),
    ],
    ids=["unknown authority", "wrong name", "wrong address", "expired", "no CA file", "other CA"],
)
def test_each_failure_is_named(origin, stored, now, ok, options, words):
    got, _, it = fetch(origin, stored, now, ok, **options)
    assert got.outcome.label == "failed:tls"
    assert words in got.outcome.reason
    assert it.seen == []  # not a byte of the request was sent


def test_plain_http_where_tls_was_asked_for(origin, stored, now, ok):
    async def main():
        async with origin() as it, HttpClient(SHORT) as client:
            return await Fetcher(client).fetch(stored(f"https://127.0.0.1:{it.port}/"), now)

    assert asyncio.run(main()).outcome.label in ("failed:tls", "failed:timeout")


def test_tls_where_plain_http_was_asked_for(origin, stored, now, ok):
    async def main():
        async with origin(tls=server_side("good")) as it, HttpClient(SETTINGS) as client:
            return await Fetcher(client).fetch(stored(f"http://127.0.0.1:{it.port}/"), now)

    assert asyncio.run(main()).outcome.label in ("failed:connect", "failed:status")


ALERT = b"\x15\x03\x03\x00\x02\x02"  # a fatal one; its kind follows


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (None, "handshake"),
        (b"", "broke the handshake off"),
        (b"\x16\x03\x01" + b"\xff" * 64, "speaks no TLS"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "speaks no TLS there (wrong version number)"),
        (ALERT + b"\x28", "no way of TLS in common"),
        (ALERT + b"\x46", "no TLS from 1.2 on"),
        (ALERT + b"\x70", "does not know this name"),
    ],
    ids=["stall", "close", "garbage", "plain HTTP", "no cipher", "too old", "unknown name"],
)
def test_a_handshake_that_fails(stored, now, answer, words):
    stalls = answer is None

    async def serve(reader, writer):
        try:
            await reader.read(1 if not stalls else -1)
            writer.write(answer or b"")
            await writer.drain()
        finally:
            writer.close()

    async def main():
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, HttpClient(SHORT if stalls else SETTINGS) as client:
            return await Fetcher(client).fetch(stored(f"https://127.0.0.1:{port}/"), now)

    got = asyncio.run(main())
    assert got.outcome.label == ("failed:timeout" if stalls else "failed:tls")
    assert words in got.outcome.reason


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_server_that_knows_no_tls_of_today_is_sent_nothing(origin, stored, now):
    old = server_side("good")
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1

    async def main():
        async with origin(tls=old) as it, HttpClient(SETTINGS) as client:
            source = {"ca_file": str(CERTS / "ca.pem")}
            return await Fetcher(client).fetch(stored(it.url(), source=source), now), it.seen

    got, seen = asyncio.run(main())
    assert (got.outcome.label, seen) == ("failed:tls", [])


def test_old_protocols_are_refused(origin, stored, now, ok):
    old = server_side("good")
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    modern = server_side("good")
    modern.minimum_version = ssl.TLSVersion.TLSv1_3
    for context in (old, modern):

        async def main(context=context):
            async with origin(tls=context) as it, HttpClient(SETTINGS) as client:
                it.routes["/feed"] = ok(b"<rss/>")
                source = {"ca_file": str(CERTS / "ca.pem")}
                return await Fetcher(client).fetch(stored(it.url(), source=source), now)

        assert asyncio.run(main()).outcome.label == "ok"


def through_proxy(origin, stored, now, url, answer, *, target=None, private=True):
    """Fetch ``url`` through a proxy with credentials, which answers CONNECT with ``answer``."""
    seen = []

    async def proxy(reader, writer):
        raw = await reader.readuntil(b"\r\n\r\n")
        seen.append(raw.decode("latin-1"))
        writer.write(answer)
        await writer.drain()
        if target is not None:
            back, forth = await asyncio.open_connection("127.0.0.1", target)

            async def pump(source, sink):
                try:
                    while data := await source.read(65536):
                        sink.write(data)
                finally:
                    sink.close()

            await asyncio.gather(pump(reader, forth), pump(back, writer), return_exceptions=True)
        writer.close()

    async def main():
        server = await asyncio.start_server(proxy, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, HttpClient(SETTINGS) as client:
            options = {
                "proxy": f"http://user:pass@127.0.0.1:{port}",
                "ca_file": str(CERTS / "ca.pem"),
                "allow_private": private,
            }
            return await Fetcher(client).fetch(stored(url, source=options), now)

    return asyncio.run(main()), seen


PROXY_LINE = "Proxy-Authorization: Basic dXNlcjpwYXNz"


def test_http_through_a_proxy(origin, stored, now, ok):
    url = "http://feeds.example/rss?a=b"
    got, seen = through_proxy(origin, stored, now, url, ok(b"<rss/>"))
    assert got.outcome.label == "ok"
    assert seen[0].startswith("GET http://feeds.example/rss?a=b HTTP/1.1\r\n")
    assert PROXY_LINE in seen[0]
    assert "pass" not in repr(got)


def test_https_through_a_proxy(origin, stored, now, ok):
    async def main():
        async with origin(tls=server_side("good")) as it:
            it.routes["/feed"] = ok(b"<rss/>")
            url = f"https://localhost:{it.port}/feed"
            answer = b"HTTP/1.1 200 Connection established\r\n\r\n"
            got, seen = await asyncio.to_thread(
                through_proxy, origin, stored, now, url, answer, target=it.port
            )
            assert got.outcome.label == "ok", got.outcome.reason
            assert seen[0].startswith(f"CONNECT localhost:{it.port} HTTP/1.1\r\n")
            assert PROXY_LINE in seen[0]
            assert PROXY_LINE.encode() not in it.seen[0].raw

    asyncio.run(main())


@pytest.mark.parametrize(
    ("answer", "label", "words"),
    [
        (b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "failed:connect", "407"),
        (b"HTTP/1.1 502 Bad Gateway\r\n\r\n", "failed:connect", "502"),
        (b"", "failed:connect", "closed"),
        (b"SOCKS?\r\n\r\n", "failed:status", "status line"),
    ],
)
def test_a_proxy_that_will_not(origin, stored, now, answer, label, words):
    got, _ = through_proxy(origin, stored, now, "https://feeds.example/rss", answer)
    assert got.outcome.label == label
    assert words in got.outcome.reason


def test_a_proxy_is_no_way_round_the_address_check(origin, stored, now, ok):
    for url in ("http://169.254.169.254/latest", "https://[::1]/", "http://0x7f.1/"):
        got, seen = through_proxy(origin, stored, now, url, ok(b"<rss/>"), private=False)
        assert got.outcome.label == "failed:address"
        assert seen == []


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_certificate_of_ours_is_demanded(origin, stored, now, ok, version):
    strict = server_side("good")
    strict.minimum_version = strict.maximum_version = version
    strict.verify_mode = ssl.CERT_REQUIRED
    strict.load_verify_locations(CERTS / "ca.pem")

    async def main():
        async with origin(tls=strict) as it, HttpClient(SETTINGS) as client:
            it.routes["/feed"] = ok(b"<rss/>")
            source = {"ca_file": str(CERTS / "ca.pem")}
            return (await Fetcher(client).fetch(stored(it.url(), source=source), now)), it.seen

    got, seen = asyncio.run(main())
    # TLS 1.3 tells only after the handshake, and some servers hang up in place of telling.
    assert got.outcome.label in ("failed:tls", "failed:connect"), got.outcome.reason
    assert "error" not in got.outcome.reason
    assert seen == []
