"""Archives by RFC 5005: walked to the end, every entry met once, complete pages never changing."""

import asyncio
from datetime import timedelta

import pytest
from lxml import etree

from feedhub.model import ArchivedDocument, ArchivePage, Ranked
from feedhub.publish.context import ARCHIVE_SIZE, list_feed
from feedhub.serve.archive import seal

ATOM = "{http://www.w3.org/2005/Atom}"
COUNT = 2 * ARCHIVE_SIZE + 30


@pytest.fixture
def fill(make, queries):
    """Let the archive of a feed hold ``count`` entries, the oldest first."""

    def filled(name="senaste", count=COUNT):
        queries.archives[name] = [
            (
                Ranked(0, number, number, 0.0, None, ()),
                make.item(number),
                make.now - timedelta(minutes=count - number),
            )
            for number in range(1, count + 1)
        ]

    return filled


class Store:
    """What sealing asks of the store, over the fake's archives."""

    def __init__(self, queries):
        self._queries = queries

    async def unsealed(self, feed, size):
        complete = len(self._queries.archives.get(feed, ())) // size
        return [n for n in range(complete) if (feed, n, "atom") not in self._queries.sealed]

    async def archive_page(self, feed, start, size):
        return ArchivePage(tuple(self._queries.archives[feed][start : start + size]))

    async def seal(self, feed, number, documents, now):
        for kind, body in documents.items():
            self._queries.sealed[feed, number, kind] = ArchivedDocument(body, now)


def link(root, rel):
    parent = root.find("channel") if root.tag == "rss" else root
    for one in parent.findall(f"{ATOM}link"):
        if one.get("rel") == rel:
            return one.get("href").removeprefix("http://hub.example")
    return None


def ids(root):
    path = "channel/item/guid" if root.tag == "rss" else f"{ATOM}entry/{ATOM}id"
    return [one.text for one in root.iterfind(path)]


@pytest.mark.parametrize("kind", ["atom", "rss"])
def test_the_archive_is_walked_to_the_end_and_every_entry_is_met_once(
    site, queries, serve, fetch, fill, make, check_atom, check_rss, kind
):
    fill()
    asyncio.run(seal(Store(queries), site.ctx, make.now))
    base = serve(site)
    feed = list_feed(make.pair()[0], site.ctx, COUNT)
    assert feed.related == (("prev-archive", "/senaste/archive/2"),)
    path, seen, pages = f"/senaste/archive/2.{kind}", [], []
    while path:
        got = fetch(base, path)
        assert got.status == 200
        (check_atom if kind == "atom" else check_rss)(got.body)
        root = etree.fromstring(got.body)
        assert root.find(".//{http://purl.org/syndication/history/1.0}archive") is not None
        assert link(root, "current") == f"/senaste.{kind}"
        pages.append((path, link(root, "next-archive")))
        seen += ids(root)
        path = link(root, "prev-archive")
    assert seen == [f"tag:hub.example,2026:prov:i{n}" for n in range(COUNT, 0, -1)]
    for (_, following), (before, _) in zip(pages[1:], pages, strict=False):
        assert following == before
    after_last = fetch(base, pages[0][1])
    assert (after_last.status, after_last.headers["location"]) == (307, f"/senaste.{kind}")


def test_a_complete_page_is_the_same_bytes_for_ever(site, queries, serve, fetch, fill, make):
    fill()
    assert asyncio.run(seal(Store(queries), site.ctx, make.now)) == 2
    base = serve(site)
    first = fetch(base, "/senaste/archive/0.atom")
    assert "immutable" in first.headers["cache-control"]
    open_page = fetch(base, "/senaste/archive/2.atom")
    assert "immutable" not in open_page.headers["cache-control"]
    fill(count=COUNT + ARCHIVE_SIZE)
    for number, (ranked, item, at) in enumerate(queries.archives["senaste"]):
        corrected = make.item(item.id, title="Rättad")
        queries.archives["senaste"][number] = (ranked, corrected, at)
    assert asyncio.run(seal(Store(queries), make.ctx(title="Nytt namn"), make.now)) == 1
    assert fetch(base, "/senaste/archive/0.atom").body == first.body
    assert fetch(base, "/senaste/archive/2.atom").body != open_page.body


def test_a_document_with_what_was_taken_away_is_gone(site, queries, serve, fetch, fill, make):
    fill()
    queries.sealed["senaste", 0, "atom"] = ArchivedDocument(None, make.now)
    got = fetch(serve(site), "/senaste/archive/0.atom")
    assert got.status == 410
    assert "tagits bort" in got.text


def test_pages_of_the_archive_can_be_leafed_through(site, serve, fetch, fill):
    fill()
    base = serve(site)
    middle = fetch(base, "/senaste/archive/1").text
    assert 'href="/senaste/archive/0"' in middle
    assert 'href="/senaste/archive/2"' in middle
    assert middle.count('class="place"') == ARCHIVE_SIZE
    newest = fetch(base, "/senaste/archive/2").text
    assert 'rel="prev" href="/senaste"' in newest


def test_what_has_no_archive_is_not_found(site, serve, fetch, fill):
    fill("popular.new", 3)
    base = serve(site)
    assert fetch(base, "/popular.new/archive/0.atom").status == 200
    assert fetch(base, "/popular.new/archive/0").status == 200
    for path in (
        "/popular/archive/0.atom", "/popular.new/archive/7.atom", "/finns/archive/0",
        "/senaste/archive/0.json", "/senaste/archive/-1", "/senaste/archive/x",
    ):  # fmt: skip
        assert fetch(base, path).status == 404, path


def test_the_current_feed_leads_to_its_archive(make, check_atom, check_rss):
    from feedhub.publish import render_atom, render_rss

    latest, _ = make.pair()
    ctx = make.ctx(websub_hubs=("https://push.example/?a=1&b=2",))
    for write, check in ((render_atom, check_atom), (render_rss, check_rss)):
        body = write(latest, ctx, list_feed(latest, ctx, 101))
        check(body)
        assert b"/senaste/archive/1." in body
        assert b'rel="hub" href="https://push.example/?a=1&amp;b=2"' in body
