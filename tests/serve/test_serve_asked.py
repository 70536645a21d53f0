"""What is asked for by word or id: categories, stories, sources, searches, in every format."""

import dataclasses
import json
from datetime import timedelta

import pytest
from lxml import etree

from feedhub.serve.pages import PAGE


@pytest.mark.parametrize("path", ["/category/inrikes", "/story/s1", "/source/1"])
def test_each_has_its_page_and_its_feeds(
    site, serve, fetch, check_atom, check_rss, check_json, path
):
    base = serve(site)
    assert f'href="{path}.atom"' in fetch(base, path).text
    for ending, check in (("atom", check_atom), ("rss", check_rss), ("json", check_json)):
        got = fetch(base, f"{path}.{ending}")
        assert got.status == 200
        check(got.body)
    said = check_json(fetch(base, f"{path}.json").body)
    assert said["home_page_url"] == f"http://hub.example{path}"
    assert len(said["items"]) == (2 if path == "/story/s1" else 5)


def test_the_latest_teller_of_a_story_comes_first_in_its_feed(site, serve, fetch, check_json):
    said = check_json(fetch(serve(site), "/story/s1.json").body)
    assert [one["_feedhub"]["item"] for one in said["items"]] == ["i1", "i9"]


def test_a_merged_storys_feed_leads_on(site, serve, fetch):
    got = fetch(serve(site), "/story/s99.rss")
    assert (got.status, got.headers["location"]) == (308, "/story/s1.rss")


def test_a_category_may_be_called_anything(site, queries, make, serve, fetch):
    name = "nöje & kultur/scen.atom"
    queries.items[1] = queries.items[99] = dataclasses.replace(queries.items[1], section=name)
    base = serve(site)
    path = "/category/n%C3%B6je%20%26%20kultur%2Fscen.atom"
    assert f'href="{path}"' in fetch(base, "/item/i1").text
    assert fetch(base, f"{path}.atom").status == 200
    assert fetch(base, "/category/finns-inte").status == 404
    assert fetch(base, "/category/finns-inte.rss").status == 404


def test_sources_are_leafed_through(site, queries, make, serve, fetch):
    for number in range(100, 100 + PAGE):
        queries.items[number] = make.item(number)
    base = serve(site)
    seen, path = set(), "/source/1"
    while path:
        text = fetch(base, path).text
        seen |= {part.partition('"')[0] for part in text.split('data-id="')[1:]}
        older = text.partition('rel="next" href="')[2].partition('"')[0]
        path = older.replace("&amp;", "&")
    assert len(seen) == PAGE + 5
    assert fetch(base, "/source/1?cursor=trasig").status == 404


def test_search_is_narrowed_by_source_section_and_age(site, queries, serve, fetch):
    queries.items[2] = dataclasses.replace(queries.items[2], section="sport")
    base = serve(site)

    def count(query):
        return fetch(base, f"/search?q=hamnen{query}").text.count('class="place"')

    assert count("") == 5
    assert count("&category=sport") == 1
    assert count("&category=inrikes&source=1") == 4
    assert count("&source=77") == 0
    assert count("&since=25m") == 2
    assert count("&since=strunt&source=strunt&cursor=strunt") == 5
    page = fetch(base, "/search?q=hamnen&category=sport&since=7d").text
    assert "<option selected>sport</option>" not in page  # no source has it in feeds.yaml
    assert '<option value="7d" selected>Senaste veckan</option>' in page
    assert 'href="/search.atom?q=hamnen&amp;category=sport&amp;since=7d"' in page
    feed = fetch(base, "/search.atom?q=hamnen&category=sport").text
    assert feed.count("<entry") == 1
    assert "search.atom?q=hamnen&amp;category=sport" in feed


def test_many_hits_come_page_by_page(site, queries, make, serve, fetch):
    for number in range(100, 160):
        queries.items[number] = make.item(number)
    base = serve(site)
    first = fetch(base, "/search?q=hamnen").text
    assert "50+ träffar" in first
    assert first.count('class="place"') == 50
    assert 'href="/search?q=hamnen&amp;cursor=50"' in first
    second = fetch(base, "/search?q=hamnen&cursor=50").text
    assert second.count('class="place"') == 15
    assert 'href="/search?q=hamnen"' in second


def test_a_silent_source_is_told_on_the_status_page(site, queries, make, serve, fetch):
    detail = queries.sources[1]
    hours = [make.now - timedelta(days=4) - n * timedelta(hours=3) for n in range(9)]
    stored = dataclasses.replace(detail.status.stored, recent=tuple(hours))
    status = dataclasses.replace(detail.status, stored=stored)
    queries.sources[1] = dataclasses.replace(detail, status=status)
    base = serve(site)
    assert "tyst i 4 dygn, längre än den brukar" in fetch(base, "/status").text
    assert "tyst i 4 dygn" in fetch(base, "/source/1").text


def test_a_search_feed_has_one_address_and_the_newest_first(site, serve, fetch):
    base = serve(site)
    for asked, address in (
        ("q=hamnen%00", "q=hamnen"),
        ("q=+hamnen", "q=hamnen"),
        ("q=hamnen&utm_source=x", "q=hamnen"),
        ("since=7d&q=hamnen", "q=hamnen&since=7d"),
        ("q=hamnen&since=nonsense&source=x", "q=hamnen"),
        ("q=hamnen&cursor=50", "q=hamnen"),
        ("", "q="),
    ):
        answer = fetch(base, f"/search.atom?{asked}")
        assert (answer.status, answer.headers["location"]) == (308, f"/search.atom?{address}")
        assert fetch(base, f"/search.atom?{address}").status == 200
    for asked, name in (
        ("q=nya+hamnen", "nya%20hamnen"),
        ("q=nya%20hamnen", "nya%20hamnen"),
        ("q=%68amnen", "hamnen"),
        ("q=b%C3%A5t&since=7d", "b%C3%A5t&since=7d"),
    ):
        said = etree.fromstring(fetch(base, f"/search.atom?{asked}").body)
        assert said.find("{*}link").get("href") == f"http://hub.example/search.atom?{asked}"
        assert said.findtext("{*}id") == f"tag:hub.example,2026:prov:search/{name}"
    found = json.loads(fetch(base, "/search.json?q=hamnen").body)["items"]
    told = [one["date_published"] for one in found]
    assert told == sorted(told, reverse=True)


def test_searches_do_not_read_all_sources_each_time(site, queries, serve, fetch, monkeypatch):
    read, statuses = [], queries.statuses

    async def counted():
        read.append(1)
        return await statuses()

    monkeypatch.setattr(queries, "statuses", counted)
    base = serve(site)
    for _ in range(3):
        assert "Alla källor" in fetch(base, "/search?q=hamnen").text
        assert fetch(base, "/category/inrikes").status == 200
        assert fetch(base, "/category/finns-inte").status == 404
    assert len(read) == 1
    fetch(base, "/status")
    assert len(read) == 2, "how sources fare is told as it is"
