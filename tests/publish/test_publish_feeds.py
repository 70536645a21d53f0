"""The three formats: valid, and read back as they were meant by an ordinary reader."""

import calendar
import dataclasses
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest

from feedhub.model import Enclosure
from feedhub.publish import (
    list_feed,
    new_feed,
    render_atom,
    render_json,
    render_opml_lists,
    render_opml_sources,
    render_rss,
    search_feed,
)

WRITERS = {"atom": render_atom, "rss": render_rss, "json": render_json}


def at(parsed: time.struct_time) -> datetime:
    return datetime.fromtimestamp(calendar.timegm(parsed), UTC)


@pytest.fixture
def check(check_atom, check_rss, check_json):
    def all_of(listing, ctx, feed=None):
        check_atom(render_atom(listing, ctx, feed))
        check_rss(render_rss(listing, ctx, feed))
        return check_json(render_json(listing, ctx, feed))

    return all_of


def test_all_formats_are_valid_for_both_lists(make, check):
    for listing in make.pair():
        assert len(check(listing, make.ctx())["items"]) == 4


@pytest.mark.parametrize("name", ["atom", "rss"])
@pytest.mark.parametrize("popular", [False, True])
def test_feedparser_reads_back_ids_links_and_times(make, parse_feed, name, popular):
    listing = make.pair()[popular]
    parsed = parse_feed(WRITERS[name](listing, make.ctx()))
    kind = "s" if popular else "i"
    assert [one.id for one in parsed.entries] == [
        f"tag:hub.example,2026:prov:{kind}{n}" for n in range(1, 5)
    ]
    for entry, placed in zip(parsed.entries, listing.entries, strict=True):
        item = placed.item
        assert entry.link == item.link
        assert entry.title == item.title
        assert at(entry.published_parsed) == item.published
        assert entry.summary == "Kommunen säger ja till en ny pir."
        assert entry.author == "Maja Lind"
        assert [one.href for one in entry.enclosures] == ["https://sundet.example/l.mp3"]
        assert entry.media_content[0]["url"] == "https://sundet.example/b.jpg"
        assert entry.source.title == "Sundets Tidning"
        assert {"inrikes", "hamnar"} == {tag.term for tag in entry.tags}
    assert parsed.feed.language == "sv"
    assert parsed.feed.title == listing.spec.title
    if name == "atom":
        assert parsed.feed.id.endswith(f":list/{listing.spec.slug}")
        assert at(parsed.feed.updated_parsed) == listing.updated
        assert at(parsed.entries[1].updated_parsed) == listing.entries[1].item.updated
    else:
        assert parsed.entries[0].slash_comments == "7"
        assert not parsed.entries[0].guidislink


def test_other_tellings_stand_in_a_story_but_do_not_move_its_time(make):
    ctx = make.ctx()
    first = make.item(1)
    later = make.item(2, source_name="Kustposten", updated=make.now + timedelta(hours=1))
    alone = make.listing(make.placed(first), popular=True)
    told = make.listing(make.placed(first, 1, later), popular=True)
    assert "Kustposten" not in render_atom(alone, ctx).decode()
    body = render_atom(told, ctx).decode()
    assert "Även i: &lt;a href=&quot;https://sundet.example/artikel/2&quot;&gt;Kustposten" in body
    assert render_json(told, ctx).count(b'"date_modified": "2026-11-24T08:05:00Z"') == 1


def test_the_shown_outlet_is_not_also_named_among_the_others(make):
    twin, kust = make.item(2), make.item(3, source_name="Kustposten")
    again = make.item(4, source_name="Kustposten")
    listing = make.listing(make.placed(make.item(1), 1, twin, kust, again), popular=True)
    body = render_json(listing, make.ctx()).decode()
    assert body.count("Kustposten") == 1
    assert body.count("</a>") == 2


@pytest.mark.parametrize(
    ("rights", "present", "absent"),
    [
        ("title", ["Sundets Tidning"], ["säger", "b.jpg"]),
        ("excerpt", ["säger ja till", "Sundets Tidning"], ["<b>ja</b>", "&lt;b&gt;ja"]),
        ("full", ["Sundets Tidning"], []),
    ],
)
def test_no_more_is_republished_than_the_source_allows(make, rights, present, absent):
    listing = make.listing(make.placed(make.item(1, content_rights=rights)))
    for write in WRITERS.values():
        body = write(listing, make.ctx()).decode()
        assert all(words in body for words in present)
        assert not any(words in body for words in absent)
    if rights == "full":
        assert "<b>ja</b>" in render_json(listing, make.ctx()).decode()


def test_a_long_text_is_cut_between_words(make):
    item = make.item(1, summary="ordet " * 400)
    body = render_json(make.listing(make.placed(item)), make.ctx()).decode()
    assert "ordet…" in body
    assert body.count("ordet") < 200


def test_an_aggregators_item_is_its_outlets(make):
    item = make.item(1, origin_name="Dagbladet Norr", origin_url="https://norr.example/")
    for write in WRITERS.values():
        assert "Dagbladet Norr" in write(make.listing(make.placed(item)), make.ctx()).decode()


def test_an_item_without_anything_still_stands(make, check):
    bare = make.item(
        1, title="", link=None, authors=(), summary="", content_html="", image=None,
        enclosures=(), categories=(), section=None, published=None, effective=None,
        language=None, comments_url=None, counts={}, source_name="", source_url="",
    )  # fmt: skip
    (item,) = check(make.listing(make.placed(bare)), make.ctx())["items"]
    assert item["title"] == "Utan rubrik (sundet.example)"
    assert item["url"] == "http://hub.example/item/i1"


def test_a_very_long_title_goes_through(make, check):
    long = make.item(1, title="lång " * 2000)
    (item,) = check(make.listing(make.placed(long)), make.ctx())["items"]
    assert len(item["title"]) == 9_999


def test_an_empty_list_is_a_feed(make, check):
    assert check(make.listing(), make.ctx())["items"] == []


def test_several_enclosures_pass_as_far_as_the_format_goes(make, check, parse_feed):
    item = make.item(
        1,
        enclosures=(
            Enclosure("https://a.example/1.mp3", None, None),
            Enclosure("https://a.example/2", "audio/ogg; codecs=opus", -4),
            Enclosure("javascript:alert(1)", "audio/ogg", 1),
        ),
    )
    listing = make.listing(make.placed(item))
    (said,) = check(listing, make.ctx())["items"]
    assert said["attachments"] == [
        {"url": "https://a.example/1.mp3", "mime_type": "audio/mpeg"},
        {"url": "https://a.example/2", "mime_type": "audio/ogg"},
    ]
    assert len(parse_feed(render_atom(listing, make.ctx())).entries[0].enclosures) == 2
    assert len(parse_feed(render_rss(listing, make.ctx())).entries[0].enclosures) == 1


def test_the_append_only_feed_has_its_own_name_and_address(make, check):
    _, popular = make.pair()
    feed = new_feed(popular, make.ctx(), "varje nyhet en gång")
    said = check(popular, make.ctx(), feed)
    assert said["feed_url"] == "http://hub.example/popular.new.json"
    assert said["title"] == "Populärt just nu – varje nyhet en gång"
    atom = render_atom(popular, make.ctx(), feed).decode()
    assert ":list/popular.new</id>" in atom
    assert list_feed(popular, make.ctx()).id_specific != feed.id_specific


def test_a_search_feed_takes_any_words(make, check):
    for text in ("åäö & <b>", "\ud800 x", "%zz", "a" * 500, "\x00"):
        said = check(make.pair()[0], make.ctx(), search_feed(text, f"Sök: {text}"))
        assert said["feed_url"].startswith("http://hub.example/search.json?q=")


def test_ids_do_not_follow_the_address_of_the_hub(make):
    latest, _ = make.pair()
    one = render_json(latest, make.ctx())
    other = render_json(latest, make.ctx(base_url="https://annan.example/nyheter"))
    pick = [line for line in one.decode().splitlines() if '"id"' in line]
    assert pick == [line for line in other.decode().splitlines() if '"id"' in line]


def test_the_same_list_is_the_same_bytes_and_kept_fragments_are_never_stale(make):
    ctx = make.ctx()
    latest, _ = make.pair()
    for write in WRITERS.values():
        first = write(latest, ctx)
        assert write(latest, ctx) == first == write(latest, make.ctx())
        places = list(latest.entries)
        changed = dataclasses.replace(places[2].item, title="En ny rubrik")
        places[2] = dataclasses.replace(places[2], item=changed)
        assert (
            "En ny rubrik"
            in write(dataclasses.replace(latest, entries=tuple(places)), ctx).decode()
        )


@pytest.mark.parametrize(
    "title",
    ["Taggen <b> i HTML", "Mer <script>alert(1)</script>", "AT&T <3 R&D", "&copy 2026", "a&amp;b"],
)
def test_titles_that_look_like_markup_are_shown_as_they_are(make, parse_feed, title):
    listing = make.listing(make.placed(make.item(1, title=title)))
    for body in (render_atom(listing, make.ctx()), render_rss(listing, make.ctx())):
        (entry,) = parse_feed(body).entries
        as_html = entry.title_detail.type == "text/html"
        assert (unescape(entry.title) if as_html else entry.title).replace("\u200b", "") == title


def test_opml_names_what_is_read_and_what_is_given(make):
    from lxml import etree

    ctx = make.ctx()
    sources = [
        make.source(1, category="inrikes"),
        make.source(2, category="sport", name='A & "B" <C>'),
        make.source(3, category="inrikes", name=None),
        make.source(4, enabled=False),
        make.source(5),
    ]
    root = etree.fromstring(render_opml_sources(sources, ctx))
    assert [one.get("xmlUrl") for one in root.iter("outline") if one.get("xmlUrl")] == [
        f"https://kalla{n}.example/rss.xml" for n in (5, 1, 3, 2)
    ]
    assert [one.get("text") for one in root.findall("body/outline")] == [
        "Källa 5", "inrikes", "sport",
    ]  # fmt: skip
    given = etree.fromstring(render_opml_lists(ctx.lists, ctx))
    assert [one.get("xmlUrl") for one in given.iter("outline")] == [
        f"http://hub.example/{name}.atom" for name in ("senaste", "popular.new", "popular")
    ]


def test_opml_calls_a_source_without_a_name_by_its_feeds_title(make):
    from lxml import etree

    seen = [make.status(n, name=None) for n in (1, 2)] + [make.status(3)]
    state = replace(seen[0].stored.state, imported_at=make.now, site_link="https://site.example/å")
    statuses = [
        replace(seen[0], stored=replace(seen[0].stored, state=state), name="Bladet & <co>"),
        replace(seen[1], name="kalla2.example"),  # not read yet: the host stands in
        replace(seen[2], name="Annat"),
    ]
    sources = [status.stored.source for status in statuses]
    root = etree.fromstring(render_opml_sources(sources, make.ctx(), statuses))
    assert [(one.get("text"), one.get("htmlUrl")) for one in root.iter("outline")] == [
        ("Bladet & <co>", "https://site.example/%C3%A5"),
        ("https://kalla2.example/rss.xml", None),
        ("Källa 3", None),
    ]


def test_json_carries_what_the_hub_knows_of_each_place(make, check):
    _, popular = make.pair()
    first = check(popular, make.ctx())["items"][0]["_feedhub"]
    assert first["position"] == 1
    assert first["number"] == {"value": 2, "unit": "voices"}
    assert (first["voices"], first["story"], first["item"]) == (2, "s1", "i1")
    assert (first["section"], first["source_id"], first["also"]) == ("inrikes", 1, ["i9"])
    assert [one["code"] for one in first["reasons"]] == ["voices", "age"]
    assert first["reasons"][0]["points"] == 2.0
