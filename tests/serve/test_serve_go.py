"""Links by way of the hub: only to what is stored, counted only where asked for."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit


def ask(base, path, method="GET", **headers):
    parts = urlsplit(base)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=5)
    connection.request(method, path, headers=headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


def test_links_lead_through_the_hub_to_stored_articles_only(new_site, serve, fetch):
    site, told = new_site(clicks=True), []
    site.clicked = lambda *click: told.append(click)
    base = serve(site)
    for path in ("/", "/senaste.atom", "/senaste.rss", "/senaste.json", "/item/i1"):
        assert "/go/i1" in fetch(base, path).text, path
    item = site.queries.items[1]
    answer = ask(base, "/go/i1", **{"User-Agent": "Mozilla/5.0", "Cookie": "a=b"})
    assert (answer.status, answer.getheader("location")) == (302, item.link)
    assert answer.getheader("cache-control") == "no-store"
    assert answer.getheader("set-cookie") is None
    assert [(n, method, peer) for n, method, _, peer in told] == [(1, "GET", "127.0.0.1")]
    assert ask(base, "/go/i1", "HEAD").status == 302
    for path in ("/go/i77", "/go/1", "/go/ix", "/go/s1", "/go/i1/x", "/go/https://evil.example/"):
        assert ask(base, path).status == 404, path
    assert ask(base, "/go/i1?url=https://evil.example/").getheader("location") == item.link
    assert ask(base, "/go/i1", "POST").status == 405


def test_without_the_setting_links_are_direct_and_old_ones_still_lead_there(new_site, serve, fetch):
    site, told = new_site(), []
    site.clicked = lambda *click: told.append(click)
    base = serve(site)
    assert "/go/" not in fetch(base, "/").text
    assert ask(base, "/go/i1").status == 302
    assert told == []


def test_a_link_that_no_reader_could_follow_leads_to_our_own_page(new_site, serve):
    from dataclasses import replace

    site = new_site(clicks=True)
    items = site.queries.items
    items[1] = replace(items[1], link="javascript:alert(1)")
    assert ask(serve(site), "/go/i1").getheader("location") == "/item/i1"
