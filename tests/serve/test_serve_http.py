"""What subscribers' software meets: validators, compression, methods, refusals, headers."""

import asyncio
import json
import socket
from datetime import timedelta
from urllib.parse import quote

import pytest
from structlog.testing import capture_logs

from feedhub.errors import FeedhubError
from feedhub.serve import Server, Site, build_app, render, render_site
from feedhub.serve.ops import with_ops
from feedhub.serve.rendered import accepted, answer

TYPES = {
    "/": "text/html; charset=utf-8",
    "/senaste": "text/html; charset=utf-8",
    "/popular/embed": "text/html; charset=utf-8",
    "/embed": "text/html; charset=utf-8",
    "/senaste.atom": "application/atom+xml; charset=utf-8",
    "/popular.rss": "application/rss+xml; charset=utf-8",
    "/popular.json": "application/feed+json; charset=utf-8",
    "/popular.new.atom": "application/atom+xml; charset=utf-8",
    "/popular.new.rss": "application/rss+xml; charset=utf-8",
    "/popular.new.json": "application/feed+json; charset=utf-8",
    "/sources.opml": "text/x-opml; charset=utf-8",
    "/lists.opml": "text/x-opml; charset=utf-8",
    "/search?q=hamnen": "text/html; charset=utf-8",
    "/search.atom?q=hamnen": "application/atom+xml; charset=utf-8",
    "/search.rss?q=hamnen": "application/rss+xml; charset=utf-8",
    "/search.json?q=hamnen": "application/feed+json; charset=utf-8",
    "/story/s1": "text/html; charset=utf-8",
    "/item/i1": "text/html; charset=utf-8",
    "/source/1": "text/html; charset=utf-8",
    "/source/1.atom": "application/atom+xml; charset=utf-8",
    "/status": "text/html; charset=utf-8",
    "/about": "text/html; charset=utf-8",
    "/healthz": "application/json",
}


def test_every_address_answers_with_its_type_and_the_safe_headers(site, serve, fetch):
    base = serve(site)
    for path, content_type in TYPES.items():
        got = fetch(base, path)
        assert (got.status, got.headers["content-type"]) == (200, content_type), path
        assert got.headers["x-content-type-options"] == "nosniff"
        assert got.headers["referrer-policy"] == "no-referrer"
        assert "set-cookie" not in got.headers
        if content_type.startswith("text/html"):
            policy = got.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            framed = "*" if path.endswith("/embed") else "'none'"
            assert policy.endswith(f"frame-ancestors {framed}")
        head = fetch(base, path, "HEAD")
        assert (head.status, head.raw) == (200, b"")
        assert head.headers["content-length"] == got.headers["content-length"], path


def test_no_answer_goes_without_the_headers_that_guard_readers(site, serve, fetch):
    base = serve(site)
    for path, method, status in (
        ("/finns-inte", "GET", 404),
        ("/senaste/", "GET", 308),
        ("/story/s99", "GET", 308),
        ("/api/v1/items?limit=0", "GET", 400),
        ("/api/v1/items", "POST", 405),
        ("/senaste.atom", "DELETE", 405),
        ("/senaste/archive/1.atom", "GET", 307),
        ("/senaste.atom", "GET", 200),
        ("/api/v1/lists", "GET", 200),
        ("/lists.opml", "GET", 200),
    ):
        got = fetch(base, path, method)
        assert got.status == status, path
        assert got.headers["x-content-type-options"] == "nosniff", path
        assert got.headers["referrer-policy"] == "no-referrer", path
        assert "default-src 'none'" in got.headers["content-security-policy"], path
    wrong = fetch(base, "/api/v1/items", "POST")
    assert (wrong.headers["allow"], json.loads(wrong.body)["error"]) == (
        "GET, HEAD",
        "wrong_method",
    )


def test_numbers_too_long_for_any_computer_are_not_found(site, serve, fetch):
    base = serve(site)
    nines = "9" * 5000
    for path in (
        f"/senaste/archive/{nines}",
        f"/senaste/archive/{nines}.atom",
        f"/source/{nines}",
        f"/story/s{nines}.rss",
        f"/item/i{nines}",
        f"/go/i{nines}",
        f"/api/v1/items/{nines}",
        f"/source/1?cursor={nines}.{nines}",
        "/senaste/archive/-1",
        "/senaste/archive/1e3",
        "/senaste/archive/٣",
    ):
        assert fetch(base, quote(path, safe="/?=")).status == 404, path[:40]


def test_a_tick_that_changes_nothing_renews_the_hint(make, site):
    site.publish(site.pages, next_change=make.now - timedelta(seconds=5))
    assert site.max_age() == 0
    site.expect(make.now + timedelta(seconds=60))
    assert site.max_age() == 60


def test_a_second_visit_gets_304(site, serve, fetch):
    base = serve(site)
    for path in TYPES:
        if path == "/healthz":
            continue
        etag = fetch(base, path).headers["etag"]
        assert not etag.startswith("W/")
        for sent in (etag, f"W/{etag}", f'"other", {etag}', "*"):
            again = fetch(base, path, If_None_Match=sent)
            assert (again.status, again.raw, again.headers["etag"]) == (304, b"", etag), path
        assert fetch(base, path, If_None_Match='"other"').status == 200


def test_if_modified_since_counts_only_without_a_tag(site, serve, fetch):
    base = serve(site)
    at = fetch(base, "/senaste.atom").headers["last-modified"]
    assert at == "Tue, 24 Nov 2026 08:15:00 GMT"
    assert fetch(base, "/senaste.atom", If_Modified_Since=at).status == 304
    earlier = "Tue, 24 Nov 2026 08:14:59 GMT"
    assert fetch(base, "/senaste.atom", If_Modified_Since=earlier).status == 200
    assert fetch(base, "/senaste.atom", If_Modified_Since="i går").status == 200
    both = fetch(base, "/senaste.atom", If_Modified_Since=at, If_None_Match='"x"')
    assert both.status == 200


@pytest.mark.parametrize("coding", ["gzip", "br"])
def test_a_compressed_form_is_the_same_document_under_its_own_tag(site, serve, fetch, coding):
    base = serve(site)
    plain = fetch(base, "/popular.atom")
    packed = fetch(base, "/popular.atom", Accept_Encoding=f"zstd, {coding};q=0.8")
    assert packed.headers["content-encoding"] == coding
    assert packed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
    assert len(packed.raw) < len(plain.raw)
    assert packed.body == plain.body
    assert packed.headers["etag"] != plain.headers["etag"]
    for etag in (packed.headers["etag"], plain.headers["etag"]):
        assert fetch(base, "/popular.atom", If_None_Match=etag).status == 304


@pytest.mark.parametrize(
    ("header", "taken"),
    [
        ("gzip", ("gzip",)),
        ("GZIP;q=1", ("gzip",)),
        ("gzip, deflate, br, zstd", ("br", "gzip")),
        ("br;q=0.5, gzip", ("gzip", "br")),
        ("gzip;q=0", ()),
        ("gzip; q=0.0, *", ("br",)),
        ("*", ("br", "gzip")),
        ("*;q=0", ()),
        ("zstd, deflate", ()),
        ("", ()),
        ("gzip;q=banan", ()),
        ("identity, gzip;q=0.5", ()),
        ("identity, br;q=0.9, gzip", ("gzip",)),
        ("identity;q=0.5, gzip", ("gzip",)),
        ("identity;q=0, gzip;q=0.1", ("gzip",)),
        ("identity;q=0", ()),
        ("identity;q=1, *;q=0.5", ()),
    ],
)
def test_accept_encoding_is_read_as_http_says(header, taken):
    assert accepted(header) == taken


def test_caches_are_told_when_the_lists_can_next_change(make, site, serve, fetch):
    base = serve(site)
    assert fetch(base, "/senaste.atom").headers["cache-control"] == "public, max-age=60"
    for ahead, seconds in ((40, 40), (-5, 0), (99_999, 300)):
        site.publish(site.pages, next_change=make.now + timedelta(seconds=ahead))
        control = fetch(base, "/senaste.atom").headers["cache-control"]
        assert control == f"public, max-age={seconds}"
    style = next(path for path in site.pages if path.endswith(".css"))
    assert "immutable" in fetch(base, style).headers["cache-control"]


def test_what_is_not_there_is_said_plainly(site, serve, fetch):
    base = serve(site)
    paths = (
        "/finns-inte",
        "/story/s77",
        "/story/i1",
        "/item/xyz",
        "/item/i" + "9" * 40,
        "/source/77",
        "/static/hub.css",
        "/search.exe?q=a",
        "/%00",
        "/%ff%fe",
    )
    for path in paths:
        got = fetch(base, path)
        assert got.status == 404, path
        assert "Sidan finns inte" in got.text
        assert got.headers["cache-control"] == "no-store"


def test_other_methods_are_refused_with_what_is_allowed(site, serve, fetch):
    base = serve(site)
    for path in ("/", "/senaste.atom", "/search", "/story/s1"):
        got = fetch(base, path, "POST")
        assert (got.status, got.headers["allow"]) == (405, "GET, HEAD"), path
        assert "GET" in got.text


def test_old_ids_and_near_misses_lead_on(site, serve, fetch):
    base = serve(site)
    for path, where in (
        ("/story/s99", "/story/s1"),
        ("/story/1", "/story/s1"),
        ("/item/i99", "/item/i1"),
        ("/senaste/", "/senaste"),
    ):
        got = fetch(base, path)
        assert (got.status, got.headers["location"]) == (308, where)


def test_under_a_path_with_a_proxy_that_strips_it_or_not(new_site, serve, fetch):
    base = serve(new_site(base_url="http://hub.example/nyheter"))
    for path in ("/nyheter/senaste", "/senaste", "/nyheter/", "/nyheter", "/nyheter/story/s1"):
        got = fetch(base, path)
        assert got.status == 200, path
        assert 'href="/nyheter/static/hub.' in got.text
        assert 'href="/senaste' not in got.text
    assert fetch(base, "/nyheter/story/1").headers["location"] == "/nyheter/story/s1"
    assert "http://hub.example/nyheter/senaste.atom" in fetch(base, "/senaste.atom").text


def test_under_a_path_with_letters_that_addresses_escape(new_site, serve, fetch):
    base = serve(new_site(base_url="http://hub.example/nyheter/h%C3%A4r"))
    for path in ("/nyheter/h%C3%A4r/senaste", "/nyheter/h%c3%a4r/", "/nyheter/h%C3%A4r/story/s1"):
        got = fetch(base, path)
        assert got.status == 200, path
        assert 'href="/nyheter/h%C3%A4r/static/hub.' in got.text
    led = fetch(base, "/nyheter/h%C3%A4r/about/").headers["location"]
    assert led == "/nyheter/h%C3%A4r/about"


def test_a_slash_too_many_leads_to_the_address_in_the_hub(new_site, serve, fetch):
    base = serve(new_site(base_url="http://hub.example/nyheter"))
    for path in ("/about", "/story/s1", "/item/i1", "/search", "/category/r%C3%A4k%20s"):
        for before in ("", "/nyheter"):
            got = fetch(base, f"{before}{path}/?q=a%26b")
            assert (got.status, got.headers["location"]) == (308, f"/nyheter{path}?q=a%26b")
    for path in ("/nowhere/", "//hub.example/about/", "///"):
        assert fetch(base, path).status == 404
    for path in ("/nyheter/api/v1", "/nyheter/api/v1/"):
        assert json.loads(fetch(base, path).body)["error"] == "not_found"


def test_a_failing_store_costs_its_own_pages_alone(site, queries, serve, fetch):
    queries.broken = True
    base = serve(site)
    got = fetch(base, "/story/s1")
    assert got.status == 500
    assert "the store is away" not in got.text
    assert fetch(base, "/").status == 200


def test_before_the_first_tick_and_without_a_store(make, serve, fetch):
    site = Site(make.ctx(), clock=lambda: make.now)
    base = serve(site)
    first = fetch(base, "/")
    assert (first.status, first.headers["retry-after"]) == (503, "5")
    assert fetch(base, "/healthz").status == 503
    assert fetch(base, "/story/s1").status == 404


def test_health_says_what_the_daemon_knows(site, serve, fetch):
    site.health = lambda: {"tick": "nyss"}
    got = fetch(serve(site), "/healthz")
    assert '"status": "ok"' in got.text
    assert '"tick": "nyss"' in got.text


def test_an_equal_body_keeps_its_rendering_and_a_silent_change_loses_its_date(make):
    first = render(b"a" * 900, "text/plain", last_modified=make.now)
    assert render(b"a" * 900, "text/plain", previous=first) is first
    other = render(b"b" * 900, "text/plain", last_modified=make.now, previous=first)
    assert other.last_modified is None
    later = make.now + timedelta(minutes=1)
    moved = render(b"b" * 900, "text/plain", last_modified=later, previous=first)
    assert moved.last_modified == later
    assert answer(first)[0] == 200


def test_a_taken_port_is_one_clear_line(site):
    async def run() -> None:
        first = Server(build_app(site), "127.0.0.1", 0)
        await first.start()
        try:
            with pytest.raises(FeedhubError, match="the port is taken") as raised:
                await Server(build_app(site), "127.0.0.1", first.port).start()
            assert "\n" not in str(raised.value)
        finally:
            await first.stop(1)

    asyncio.run(run())


def test_an_address_of_another_machine_is_one_clear_line(site):
    async def run() -> None:
        with pytest.raises(FeedhubError, match="no address of this machine"):
            await Server(build_app(site), "192.0.2.1", 0).start()

    asyncio.run(run())


def test_stopping_lets_go_of_the_port(site):
    async def run() -> int:
        server = Server(build_app(site), "127.0.0.1", 0)
        await server.start()
        await server.stop(1)
        await server.stop(1)
        return server.port

    port = asyncio.run(run())
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_a_page_that_cannot_be_made_well_leaves_the_last_good_one_up(make, monkeypatch):
    latest, popular = make.pair()

    def made(previous=None):
        return render_site([latest, popular], [popular], [], [], make.ctx(), previous=previous)

    good = made()
    monkeypatch.setattr("feedhub.publish.rss.escape", lambda text: "<" + text)
    with capture_logs() as logs:
        kept = made(good)
        assert "/senaste.rss" not in made()
    assert kept.keys() == good.keys()
    assert kept["/senaste.rss"] is good["/senaste.rss"]
    said = {(one["event"], one["path"]) for one in logs}
    assert said >= {
        ("publish_kept_last_good", "/senaste.rss"),
        ("publish_left_out", "/popular.new.rss"),
    }


def test_small_answers_do_not_wait_for_acknowledgements(site):
    async def run() -> int:
        server = Server(build_app(site), "127.0.0.1", 0)
        await server.start()
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        try:
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
            await reader.readuntil(b"\r\n\r\n")
            assert server._server is not None
            (protocol,) = server._server.server_state.connections
            ours = protocol.transport.get_extra_info("socket")
            return ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        finally:
            writer.close()
            await server.stop(1)

    assert asyncio.run(run())


def test_pictures_are_not_packed_again():
    for kind in ("image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"):
        made = render(b"x" * 10_000, kind)
        assert (made.gzip, made.br) == (None, None), kind


def test_what_watchers_ask_is_told_to_head_as_to_get(site, serve, fetch):
    class Watched:
        async def metrics(self):
            return 200, "text/plain", b"one 1\n"

        ready = health_feed = metrics

        def answered(self, status, client):
            pass

    base = serve(site, wrap=lambda app: with_ops(app, Watched(), lambda: site.ctx))
    for path in ("/metrics", "/readyz", "/health.atom"):
        got, head = fetch(base, path), fetch(base, path, "HEAD")
        assert got.raw == b"one 1\n"
        assert head.raw == b""
        told = ("content-length", "content-type", "cache-control", "x-content-type-options")
        assert [head.headers[name] for name in told] == [got.headers[name] for name in told]
