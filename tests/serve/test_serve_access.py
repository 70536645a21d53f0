"""Private hubs and lists: a token in the address, a login, and nothing given away."""

import base64
import dataclasses

import pytest

from feedhub.model import Access
from feedhub.publish.context import PublishContext
from feedhub.serve import Site, render_site
from feedhub.serve.access import enter
from feedhub.serve.websub import topics

TOKEN = "0123456789abcdef"
OPEN = Access(TOKEN, "vi", "hemligt: å")


def login(user="vi", password="hemligt: å"):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.fixture
def private(make, queries):
    """Sites that are private as a whole, or in their popular list."""

    def made(hub=None, popular=None, **values):
        lists = [
            dataclasses.replace(one, spec=dataclasses.replace(one.spec, access=access))
            for one, access in zip(make.pair(), (None, popular), strict=True)
        ]
        ctx = make.ctx(access=hub, **values)
        ctx = PublishContext(ctx.hub, ctx.authority, ctx.version, tuple(one.spec for one in lists))
        site = Site(ctx, queries, clock=lambda: make.now)
        status, source = make.status(1, make.ok()), make.source()
        site.publish(render_site(lists, lists[1:], [status], [source], ctx), listings=lists)
        return site

    return made


@pytest.mark.parametrize("hub", [None, Access(TOKEN)])
def test_health_is_open_and_tells_strangers_nothing_of_feeds_yaml(private, serve, fetch, hub):
    site = private(hub)
    line = 'feeds.yaml:3:5: sources[1].url: "https://hemlig.example" is already on line 2'
    site.health = lambda: {"configuration": [line]}
    base = serve(site)
    assert ("hemlig.example" in fetch(base, "/healthz").text) is (hub is None)
    assert "feeds.yaml" in fetch(base, "/healthz").text
    within = f"/~{TOKEN}/status" if hub else "/status"
    assert "hemlig.example" in fetch(base, within).text


def test_a_private_hub_is_read_with_its_token_or_a_login(private, serve, fetch):
    base = serve(private(OPEN))
    for path in ("/", "/senaste.atom", "/story/s1", "/api/v1/lists", "/api/v1/events", "/status"):
        got = fetch(base, path)
        assert got.status == 401, path
        assert got.headers["www-authenticate"].startswith('Basic realm="Kustnytt"')
        assert "Hamnen" not in got.text
        assert fetch(base, f"/~{TOKEN[:-1]}x{path}").status == 401
        if not path.endswith("events"):
            assert fetch(base, f"/~{TOKEN}{path}").status == 200, path
            assert fetch(base, path, Authorization=login()).status == 200
    assert fetch(base, f"/senaste.atom?token={TOKEN}").status == 200
    slash = fetch(base, f"/~{TOKEN}/story/s1/")
    assert (slash.status, slash.headers["location"]) == (308, f"/~{TOKEN}/story/s1")
    assert fetch(base, "/healthz").status == 200
    assert fetch(base, "/healthz.atom").status == fetch(base, "/healthz2").status != 200
    for wrong in (login("vi", "fel"), login("du"), "Basic !!", "Bearer x", "Basic"):
        assert fetch(base, "/", Authorization=wrong).status == 401


def test_a_private_hub_keeps_its_readers_inside_and_out_of_shared_caches(private, serve, fetch):
    base = serve(private(OPEN))
    page = fetch(base, f"/~{TOKEN}/")
    assert f'href="/~{TOKEN}/senaste"' in page.text
    assert 'href="/senaste' not in page.text
    assert page.headers["cache-control"].startswith("private")
    assert "Authorization" in page.headers["vary"]
    feed = fetch(base, f"/~{TOKEN}/senaste.atom").text
    assert f"http://hub.example/~{TOKEN}/senaste.atom" in feed
    style = page.text.split('stylesheet" href="')[1].split('"')[0]
    assert fetch(base, style).status == 200


def test_without_a_login_a_private_hub_is_not_there(private, serve, fetch):
    base = serve(private(Access(TOKEN)))
    assert fetch(base, "/").status == 404
    assert fetch(base, "/", Authorization=login()).status == 404
    assert fetch(base, f"/~{TOKEN}/senaste.atom").status == 200
    assert fetch(base, f"/~{TOKEN}/senaste.atom", "HEAD").status == 200


def test_a_private_list_is_named_nowhere_and_the_rest_is_open(private, serve, fetch):
    site = private(popular=Access(TOKEN))
    base = serve(site)
    for path in ("/", "/senaste", "/about", "/lists.opml", "/api/v1/lists", "/story/s1"):
        got = fetch(base, path)
        assert got.status == 200
        assert "/popular" not in got.text, path
    for path in (
        "/popular", "/popular.atom", "/popular.new.atom", "/popular/embed",
        "/popular.new/archive/0.atom", "/api/v1/lists/popular",
    ):  # fmt: skip
        assert fetch(base, path).status == 404
    for path in ("/popular", "/popular.new.rss", "/popular/embed", "/api/v1/lists/popular"):
        got = fetch(base, f"/~{TOKEN}{path}")
        assert got.status == 200, path
        assert got.headers["cache-control"].startswith("private")
    assert (
        f"http://hub.example/~{TOKEN}/popular.atom" in fetch(base, f"/~{TOKEN}/popular.atom").text
    )
    assert fetch(base, f"/~{TOKEN}/senaste.atom").status == 404


def test_a_list_says_for_itself_who_may_read_it(private):
    other = "f" * 16
    ctx = private(hub=Access(TOKEN), popular=Access(other)).ctx
    assert enter(f"/~{TOKEN}/senaste.atom", ctx).allowed
    assert not enter(f"/~{TOKEN}/popular.atom", ctx).allowed
    assert enter(f"/~{other}/popular.atom", ctx).allowed
    assert not enter(f"/~{other}/senaste.atom", ctx).allowed
    assert not enter(f"/~{other}/popular-annat", ctx).allowed


def test_hubs_are_told_nothing_of_what_is_private(private):
    values = {"websub_hubs": ("https://push.example/",)}
    site = private(popular=Access(TOKEN), **values)
    both = ("senaste", "popular")
    assert topics(both, site.ctx) == [
        f"http://hub.example/senaste.{ending}" for ending in ("atom", "rss", "json")
    ]
    assert b"push.example" in site.pages["/senaste.atom"].body
    assert b"push.example" not in site.pages["/popular.atom"].body
    assert topics(both, private(Access(TOKEN), **values).ctx) == []


def test_odd_tokens_and_headers_are_refused_quietly(private):
    ctx = private(OPEN).ctx
    for path in ("/~", "/~/", "/~\ud800/senaste", "/~" + "å" * 400 + "/"):
        assert not enter(path, ctx).allowed
    for query in (b"token=", b"token=%ff", b"xtoken=1&token"):
        assert not enter("/", ctx, query).allowed
    assert not enter("/", ctx, b"", b"\xff\xfe \x00").allowed


def test_files_for_a_static_host_leave_private_lists_out(make):
    lists = [
        dataclasses.replace(one, spec=dataclasses.replace(one.spec, access=access))
        for one, access in zip(make.pair(), (None, Access(TOKEN)), strict=True)
    ]
    made = make.ctx(static=True)
    specs = tuple(one.spec for one in lists)
    ctx = PublishContext(made.hub, made.authority, made.version, specs, static=True)
    pages = render_site(lists, lists[1:], [], [], ctx)
    assert not [path for path in pages if "popular" in path]
    assert not [path for path in pages if TOKEN.encode() in pages[path].body]


@pytest.mark.parametrize("hub", [Access(TOKEN), OPEN])
def test_a_page_that_shuts_out_does_not_say_the_token(private, serve, fetch, hub):
    base = serve(private(hub))
    for path in ("/", "/nothing", "/senaste", "/~wrong/senaste", "/api/v1/lists", "/senaste/"):
        got = fetch(base, path)
        assert got.status in (401, 404), path
        assert TOKEN not in got.text + str(got.headers), path


def test_readers_of_one_list_are_not_told_the_token_of_the_hub(private, serve, fetch):
    other = "f" * 16
    base = serve(private(Access(TOKEN), Access(other)))
    for path in (
        "/popular",
        "/popular.atom",
        "/popular.rss",
        "/popular.json",
        "/popular.new.atom",
        "/popular/embed",
        "/api/v1/lists/popular",
        "/popular.new/archive/0",
        "/popular.new/archive/0.atom",
        "/popular.new/archive/99",
        "/popular/nothing",
    ):
        got = fetch(base, f"/~{other}{path}")
        assert TOKEN not in got.text + str(got.headers), path
    assert (
        f"http://hub.example/~{other}/popular.atom" in fetch(base, f"/~{other}/popular.atom").text
    )
    assert f'href="/~{TOKEN}/senaste"' in fetch(base, f"/~{TOKEN}/").text


@pytest.mark.parametrize("hub", [None, Access(TOKEN)])
def test_a_slash_too_many_keeps_the_token_it_was_asked_with(private, serve, fetch, hub):
    other = "f" * 16
    base = serve(private(hub, Access(other)))
    for path in ("/popular", "/popular.atom", "/popular/embed", "/popular.new/archive/0"):
        got = fetch(base, f"/~{other}{path}/")
        assert (got.status, got.headers["location"]) == (308, f"/~{other}{path}"), path


def test_a_slash_too_many_leads_to_the_very_same_name(private, serve, fetch):
    base = serve(private())
    for path in ("/category/a%3Fb", "/category/a%23b", "/category/a%5Cb", "/category/a%25b"):
        got = fetch(base, f"{path}/?q=%26")
        assert (got.status, got.headers["location"]) == (308, f"{path}?q=%26"), path
