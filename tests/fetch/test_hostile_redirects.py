"""Redirects, credentials and cookies, over loopback."""

import asyncio
from datetime import timedelta

import pytest

from feedhub.fetch import Fetcher
from feedhub.model import Auth, OutcomeKind
from feedhub.net import HttpClient, HttpSettings

SETTINGS = HttpSettings(connect_timeout=5, total_timeout=10, max_redirects=5)
SECRETS = {
    "auth": Auth("basic", "anna", "hemligt"),
    "headers": (("X-Key", "hemligt"), ("Cookie", "hemligt=1")),
}


def move(location, status=302, *headers, body=b""):
    lines = [f"HTTP/1.1 {status} Moved", f"Location: {location}", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, *headers]).encode("utf-8") + b"\r\n\r\n" + body


def run(origin, work, **options):
    async def main():
        async with origin("0.0.0.0", **options) as it, HttpClient(SETTINGS) as client:
            it.host = "127.0.0.1"
            return await work(it, Fetcher(client, spacing=0))

    return asyncio.run(main())


@pytest.mark.parametrize(
    ("location", "label", "words"),
    [
        ("/feed", "failed:redirects", "loop"),
        ("/a", "failed:redirects", "loop"),
        ("/endless", "failed:redirects", "more than 5"),
        ("file:///etc/passwd", "failed:address", "neither http nor https"),
        ("ftp://127.0.0.1/feed", "failed:address", "neither http nor https"),
        ("javascript:alert(1)", "failed:address", "neither http nor https"),
        ("data:text/xml,<rss/>", "failed:address", "neither http nor https"),
        ("gopher://127.0.0.1:70/", "failed:address", "neither http nor https"),
        ("http://", "failed:address", "not a valid"),
        ("http://[::1/", "failed:address", "not a valid"),
        ("http://127.0.0.1:99999/", "failed:address", "not a valid"),
        ("http://a b/", "failed:address", "not a valid"),
        ("", "failed:redirects", "loop"),
    ],
)
def test_redirects_that_lead_nowhere(origin, stored, now, location, label, words):
    async def work(it, fetcher):
        count = 0

        async def endless(seen, writer):
            nonlocal count
            count += 1
            writer.write(move(f"/endless?{count}"))

        it.routes.update({"/feed": move(location), "/a": move("/b"), "/b": move("/a")})
        it.routes["/endless"] = endless
        return await fetcher.fetch(stored(it.url()), now)

    got = run(origin, work)
    assert got.outcome.label == label
    assert words in got.outcome.reason


def test_who_waits_for_a_cookie_is_known_by_it(origin, stored, now):
    async def work(it, fetcher):
        it.routes["/feed"] = move("/feed").replace(b"Location", b"Set-Cookie: seen=1\r\nLocation")
        return await fetcher.fetch(stored(it.url()), now)

    assert "sets a cookie, and none is kept" in run(origin, work).outcome.reason


@pytest.mark.parametrize(
    ("location", "asked"),
    [
        (b"/nyhetsfl\xf6de?a=b#x", "/nyhetsfl%F6de?a=b"),  # Latin-1: its own bytes
        (b"/nyhetsfl\xc3\xb6de", "/nyhetsfl%C3%B6de"),  # UTF-8: likewise
        (b"/a%20b c", "/a%20b%20c"),
    ],
)
def test_an_address_keeps_the_bytes_that_its_server_knows_it_by(
    origin, stored, now, location, asked
):
    async def work(it, fetcher):
        it.routes["/feed"] = move("WHERE").replace(b"WHERE", location)
        await fetcher.fetch(stored(it.url()), now)
        return it.seen[1].path

    assert run(origin, work) == asked


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_every_kind_is_followed(origin, stored, now, ok, status):
    async def work(it, fetcher):
        it.routes["/feed"] = move("/sub/../åäö next", status)
        it.routes["/%C3%A5%C3%A4%C3%B6%20next"] = ok(b"<rss/>")
        return await fetcher.fetch(stored(it.url(), etag='"x"'), now), it

    got, it = run(origin, work)
    permanent = status in (301, 308)
    assert got.outcome.kind is (OutcomeKind.MOVED if permanent else OutcomeKind.OK)
    assert got.url == it.url("/%C3%A5%C3%A4%C3%B6%20next")
    assert got.permanent_url == (got.url if permanent else None)
    assert it.seen[1].headers["if-none-match"] == '"x"'


def test_only_the_unbroken_permanent_start_of_a_chain_is_permanent(origin, stored, now, ok):
    async def work(it, fetcher):
        it.routes.update(
            {"/a": move("/b", 301), "/b": move("/c", 308), "/c": move("/d"), "/d": move("/e", 301)}
        )
        it.routes["/e"] = ok(b"<rss/>")
        got = await fetcher.fetch(stored(it.url("/a")), now)
        assert got.permanent_url == it.url("/c")
        assert got.url == it.url("/e")

    run(origin, work)


def test_gone_where_it_was_before_it_moved_is_not_gone(origin, stored, now, ok):
    async def work(it, fetcher):
        it.routes["/old"] = ok(b"", status="410 Gone")
        moved = {"redirect_url": it.url("/new"), "redirect_since": now - timedelta(days=9)}
        got = await fetcher.fetch(stored(it.url("/old"), **moved, errors=3), now)
        assert (got.outcome.label, got.outcome.status) == ("failed:status", 410)
        it.routes["/new"] = ok(b"", status="410 Gone")
        got = await fetcher.fetch(stored(it.url("/old"), **moved, errors=4), now)
        assert got.outcome.label == "gone"

    run(origin, work)


def test_a_move_that_spells_a_secret_otherwise_is_followed_and_not_kept(origin, stored, now, ok):
    async def work(it, fetcher):
        private = {"secrets": (("${KEY}", "ab/c+d="),), "url": it.url("/a?k=${KEY}")}
        source = stored(source=private)
        it.routes["/b"] = ok(b"<rss/>")
        it.routes["/a"] = move("/b?k=ab/c+d=", 301)
        got = await fetcher.fetch(source, now)
        assert got.permanent_url == it.url("/b?k=${KEY}")
        it.routes["/a"] = move("/b?k=ab%2Fc%2Bd%3D", 301)
        got = await fetcher.fetch(source, now)
        assert "k=ab%2Fc%2Bd%3D " in it.seen[-1].line
        assert (got.url, got.permanent_url) == (it.url("/b?k=${KEY}"), None)

    run(origin, work)


@pytest.mark.parametrize(
    "goal",
    ["http://127.0.0.2:{port}/goal", "http://localhost:{port}/goal", "//127.0.0.3:{port}/goal"],
)
def test_credentials_never_cross_to_another_host(origin, stored, now, ok, goal):
    async def work(it, fetcher):
        it.routes["/feed"] = move(goal.format(port=it.port))
        it.routes["/goal"] = ok(b"<rss/>")
        got = await fetcher.fetch(stored(it.url(), source=SECRETS), now)
        assert got.outcome.good
        assert b"hemligt" in it.seen[0].raw
        assert b"hemligt" not in it.seen[1].raw
        assert "authorization" not in it.seen[1].headers

    run(origin, work)


def test_nor_to_another_port(origin, stored, now, ok):
    async def work(it, fetcher):
        async with origin() as other:
            it.routes["/feed"] = move(other.url())
            other.routes["/feed"] = ok(b"<rss/>")
            await fetcher.fetch(stored(it.url(), source=SECRETS), now)
            assert b"hemligt" not in other.seen[0].raw

    run(origin, work)


def test_nor_back_home_after_a_stranger(origin, stored, now, ok):
    """A stranger must not be able to aim credentials at an address of its choice."""

    async def work(it, fetcher):
        it.routes["/feed"] = move(f"http://127.0.0.2:{it.port}/away")
        it.routes["/away"] = move(it.url("/delete-account"))
        it.routes["/delete-account"] = ok(b"<rss/>")
        await fetcher.fetch(stored(it.url(), source=SECRETS), now)
        assert b"hemligt" not in it.seen[2].raw

    run(origin, work)


def test_but_they_stay_with_their_own_host(origin, stored, now, ok):
    async def work(it, fetcher):
        it.routes.update({"/feed": move("/next"), "/next": ok(b"<rss/>")})
        await fetcher.fetch(stored(it.url(), source=SECRETS), now)
        assert it.seen[1].headers["x-key"] == "hemligt"
        assert "authorization" in it.seen[1].headers

    run(origin, work)


def test_a_believed_move_to_another_host_gets_none(origin, stored, now, ok):
    async def work(it, fetcher):
        it.routes["/new"] = ok(b"<rss/>")
        goal = f"http://127.0.0.2:{it.port}/new"
        moved = {"redirect_url": goal, "redirect_since": now.replace(year=2025)}
        got = await fetcher.fetch(stored(it.url(), source=SECRETS, **moved), now)
        assert got.requested_url == goal
        assert b"hemligt" not in it.seen[0].raw

    run(origin, work)


def test_credentials_in_a_location_are_not_used_for_strangers(origin, stored, now, ok):
    async def work(it, fetcher):
        it.routes["/feed"] = move(f"http://user:pass@127.0.0.2:{it.port}/goal")
        it.routes["/goal"] = ok(b"<rss/>")
        got = await fetcher.fetch(stored(it.url()), now)
        assert "authorization" not in it.seen[1].headers
        assert "pass" not in repr(got)

    run(origin, work)


def test_cookies_are_never_kept(origin, stored, now, ok):
    async def work(it, fetcher):
        cookies = ("Set-Cookie: a=1; Path=/", "Set-Cookie: b=2; Max-Age=9999")
        it.routes["/feed"] = move("/next", 302, *cookies)
        it.routes["/next"] = ok(b"<rss/>", *cookies)
        for _ in range(2):
            got = await fetcher.fetch(stored(it.url()), now)
            assert "set-cookie" not in got.headers
        assert len(it.seen) == 4
        assert not any("cookie" in seen.headers for seen in it.seen)

    run(origin, work, keep=True)


@pytest.mark.parametrize("length", ["Content-Length: 9999999", "X-None: 1"])
def test_the_page_under_a_redirect_is_not_read(origin, stored, now, ok, length):
    async def work(it, fetcher):
        async def page(seen, writer):
            writer.write(f"HTTP/1.1 302 F\r\nLocation: /next\r\n{length}\r\n\r\n".encode())
            await asyncio.sleep(3600)

        it.routes.update({"/feed": page, "/next": ok(b"<rss/>")})
        return await fetcher.fetch(stored(it.url()), now)

    assert run(origin, work).outcome.label == "ok"


def test_a_redirect_in_chunks_keeps_the_peace(origin, stored, now, ok):
    async def work(it, fetcher):
        it.routes["/feed"] = (
            b"HTTP/1.1 301 M\r\nLocation: /next\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"
        )
        it.routes["/next"] = ok(b"<rss/>")
        return await fetcher.fetch(stored(it.url()), now)

    assert run(origin, work).outcome.label == "moved"


def test_line_breaks_in_an_address_smuggle_no_header(origin, stored, now, ok):
    async def work(it, fetcher):
        it.routes["/feedHost:%20x"] = ok(b"<rss/>")
        got = await fetcher.fetch(stored(it.url("/feed\r\nHost: x")), now)
        assert got.outcome.label == "ok"
        assert it.seen[0].line == "GET /feedHost:%20x HTTP/1.1"

    run(origin, work)


def test_line_breaks_in_a_validator_smuggle_no_header(origin, stored, now, ok):
    async def work(it, fetcher):
        it.routes["/feed"] = ok(b"<rss/>")
        got = await fetcher.fetch(stored(it.url(), etag='"a"\r\nX-Evil: 1'), now)
        assert got.outcome.label == "failed:address"
        assert it.seen == []

    run(origin, work)


@pytest.mark.optional
def test_ipv6_only(origin, stored, now, ok):
    async def main():
        try:
            async with origin("::1") as it, HttpClient(SETTINGS) as client:
                it.routes["/feed"] = ok(b"<rss/>")
                got = await Fetcher(client).fetch(stored(it.url()), now)
                assert it.seen[0].headers["host"] == f"[::1]:{it.port}"
                return got
        except OSError as error:
            pytest.skip(f"no IPv6 here: {error}")

    assert asyncio.run(main()).outcome.label == "ok"
