"""Every form of feed, as it is served, is the saved one that the W3C validator was run on.

``FEEDHUB_WRITE_CORPUS=1`` writes the documents anew; then tools/w3c_validator.py is to be run on
them, and docs/publishing.md to say what it said.
"""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from feedhub.model import Enclosure, Image
from feedhub.publish import SourceDetail, StoryDetail

CORPUS = Path(__file__).with_name("corpus")
# What a client asks for, and the file that holds the answer (.atom, .rss and .json).
ADDRESSES = {
    "/senaste": "list-latest",
    "/popular": "list-popular",
    "/popular.new": "list-popular-new",
    "/senaste/archive/0": "archive",
    "/source/1": "source",
    "/category/inrikes": "category",
    "/story/s1": "story",
    "/search?q=hamnen": "search",
    "/search?q=finns-inte&since=7d": "search-empty",
}
EVIL = '"><script>alert(1)</script><img src=x onerror=alert(1)>]]>'


def hostile(make):
    """Items as bad as the parser lets through, and worse; all of one second."""
    at = make.now - timedelta(hours=1)
    blank = {"updated": at, "image": None, "enclosures": (), "counts": {}, "comments_url": None}
    bare = {"title": "", "summary": "", "content_html": "", "authors": (), "categories": ()}
    return [
        make.item(1, title=EVIL, summary=EVIL, authors=(EVIL, "<b>Åsa</b>"), categories=(EVIL,),
                  section=EVIL, source_name=EVIL, content_rights="full", updated=at,
                  content_html="<p>Fet &amp; <b>stor</b> 🎉</p>",
                  image=Image("https://sundet.example/ö.jpg", -1, 0, EVIL, EVIL)),
        make.item(2, title="Konsumentombudsmannaämbetesutredning " * 280, updated=at),
        make.item(3, title="שלום ‏עולם – مرحبا \u202eomvänt\u202c 👧", updated=at, language="he"),
        make.item(4, title="\x00\x07a\x0b\x7f\x85\u2028b\ufffe\ud800 &amp; &#1; AT&T", updated=at),
        make.item(5, **blank, **bare, published=None, effective=at, language=None, link=None,
                  section=None, source_name="", source_url=""),
        make.item(6, updated=at, language='sv"><', link="https://å.example/ö b?ä=[1]#a#b",
                  comments_url="javascript:alert(1)", counts={"comments": -4},
                  enclosures=(Enclosure("https://h.example/a b.mp3", "audio", -5),
                              Enclosure("javascript:alert(1)", "audio/mpeg", 1),
                              Enclosure("https://h.example/c", 'text/html; x="', 10**20))),
        make.item(7, updated=at, content_rights="title", title="Bara titeln & hamnen < mer"),
        make.item(8, updated=at, title="FÃ¶retag pÃ¥ vÃ¤g & ett f\ufffdretag", authors=("Ã…sa",),
                  content_rights="full", content_html="<p>PÃ¥ vÃ¤g</p> <p>it\xe2\x80\x99s</p>"),
    ]  # fmt: skip


def hostile_site(make, site_of):
    items = hostile(make)
    latest = make.listing(
        *(make.placed(one, n) for n, one in enumerate(items, 1)),
        title="Nytt & <gammalt>", description="Allt 'mellan' <himmel> & jord",
    )  # fmt: skip
    popular = make.listing(
        make.placed(items[0], 1, *items[1:3]), make.placed(items[4], 2), popular=True, title="P & Q"
    )
    told = {one.id: one for one in items}
    stories = {1: StoryDetail(1, tuple(items[:3]), ())}
    source = SourceDetail(make.status(1, make.ok(), name=EVIL), tuple(items))
    held = [(one.ranked, one.item, make.now) for one in reversed(latest.entries)]
    ctx = make.ctx(title='Kust & "hav"', websub_hubs=("https://hub.example/?a=1&b=2",))
    return site_of(
        ctx,
        (latest, popular),
        items=told,
        stories=stories,
        sources={1: source},
        archives={"senaste": held},
    )


@pytest.fixture(params=["plain", "hostile"])
def corpus(request, make, site, site_of, serve):
    """(folder, base address) of a hub of well-behaved items, and of one of the others."""
    made = site if request.param == "plain" else hostile_site(make, site_of)
    return CORPUS / request.param, serve(made)


def test_feeds_are_as_they_were_when_validated(
    corpus, fetch, check_atom, check_rss, check_json, parse_feed
):
    folder, base = corpus
    checks = {"atom": check_atom, "rss": check_rss, "json": check_json}
    for address, name in ADDRESSES.items():
        path, mark, query = address.partition("?")
        entries = []
        for ending, check in checks.items():
            if ending == "json" and "archive" in path:
                continue
            answer = fetch(base, f"{path}.{ending}{mark}{query}")
            assert answer.status == 200, address
            document = check(answer.body)
            said = document["items"] if ending == "json" else parse_feed(answer.body).entries
            entries.append([one["id"] for one in said])
            file = folder / f"{name}.{ending}"
            if os.environ.get("FEEDHUB_WRITE_CORPUS") == "1":
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(answer.body)
            assert answer.body == file.read_bytes(), f"{address}: see the first lines of this file"
        assert all(one == entries[0] for one in entries), address
