"""The page: what a reader finds there, in both languages, with and without news."""

import dataclasses
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from lxml import html

from feedhub.fetch import NEVER
from feedhub.model import Image, Number, Outcome, OutcomeKind, Ranked, Reason, Stage
from feedhub.publish import (
    SourceDetail,
    StoryDetail,
    notice_for,
    render_about,
    render_front,
    render_item,
    render_list,
    render_search,
    render_source,
    render_status,
    render_story,
)
from feedhub.publish.english import ENGLISH
from feedhub.publish.i18n import words
from feedhub.publish.jsonvalues import source_value, story_value
from feedhub.publish.page import render_embed
from feedhub.publish.swedish import SWEDISH
from feedhub.publish.views import item_row, reasons
from feedhub.rank import TERMS

FAILED = Outcome(OutcomeKind.FAILED, Stage.DNS, "no such name")


def text_of(body: bytes) -> str:
    """The page's words, tags away."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body.decode()))


def test_both_lists_stand_side_by_side_with_number_unit_and_reasons(make):
    latest, popular = make.pair()
    body = render_front([latest, popular], make.ctx()).decode()
    assert body.index("Senaste nytt</a></h2>") < body.index("Populärt just nu</a></h2>")
    assert "<b>2</b> <span>källor</span>" in body
    assert "<b>1</b> <span>källa</span>" in body
    assert '<time datetime="2026-11-24T08:05:00Z"' in body
    assert ">24 nov. 09:05</time>" in body
    assert "Även i" in body
    assert "Kustposten" in body
    assert "2 oberoende källor</span> <b>+2</b>" in body
    assert "10 minuter gammal</span> <b>−0,25</b>" in body
    assert "Kommunen säger ja" in body
    assert '<p class="kicker"><a href="/category/inrikes" dir="auto">inrikes</a></p>' in body


def test_reasons_that_give_no_points_show_none(make):
    told = (Reason("time", 0.0, "x", (("at", "2026-11-24T08:05:00Z"),)),)
    placed = make.placed(make.item(1), 1, reasons=told)
    (why,) = reasons(placed.ranked, make.ctx())
    assert why.points == ""
    latest = make.listing(placed)
    body = render_list(latest, make.ctx()).decode()
    assert "listan går efter tid" in body
    assert "<b>0</b>" not in body
    assert "<b></b>" not in body


def test_an_english_hub_speaks_english(make):
    latest, popular = make.pair()
    body = render_front([latest, popular], make.ctx(language="en")).decode()
    assert '<html lang="en">' in body
    assert ">24 Nov 09:05</time>" in body
    assert "<b>2</b> <span>sources</span>" in body
    assert "Also in" in body
    assert "<b>−0.25</b>" in body
    assert 'lang="sv"' in body, "Swedish items are marked as such"


def test_a_hub_whose_language_it_has_no_words_in_speaks_english_and_says_so(make):
    latest, popular = make.pair()
    body = render_front([latest, popular], make.ctx(language="de-AT")).decode()
    assert '<html lang="en">' in body
    assert "Also in" in body
    assert 'lang="sv"' in body
    row = item_row(make.item(1, language="de"), make.ctx(language="de-AT"))
    silent = item_row(make.item(1, language=None), make.ctx(language="de-AT"))
    assert (row.lang, silent.lang) == ("de", "de-AT")
    assert item_row(make.item(1, language=None), make.ctx(language="sv-FI")).lang is None


def test_times_are_of_the_hubs_zone(make):
    body = render_front(make.pair(), make.ctx(timezone="America/New_York")).decode()
    assert ">24 nov. 03:05</time>" in body


def test_feeds_can_be_discovered_and_new_is_recommended(make):
    body = render_front(make.pair(), make.ctx()).decode()
    found = re.findall(r'<link rel="alternate" type="application/atom\+xml".*href="([^"]+)"', body)
    assert found == ["/senaste.atom", "/popular.new.atom", "/popular.atom"]
    popular = body[body.index('class="column popular"') :]
    assert popular.index("/popular.new.atom") < popular.index("/popular.atom")


@pytest.mark.parametrize("images", ["off", "direct"])
def test_pictures_are_loaded_only_where_the_hub_wants_them(make, images):
    body = render_list(make.pair()[1], make.ctx(images=images)).decode()
    assert ("<img " in body) is (images == "direct")
    if images == "direct":
        assert 'width="640" height="360"' in body
        assert '<figcaption dir="auto">Foto: Åke Berg</figcaption>' in body


def test_a_credit_without_its_word_gets_it(make):
    item = make.item(1, image=Image("https://a.example/b.jpg", credit="Åke Berg"))
    body = render_list(make.listing(make.placed(item)), make.ctx(images="direct")).decode()
    assert '<figcaption dir="auto">Foto: Åke Berg</figcaption>' in body


@pytest.mark.parametrize(
    ("outcomes", "empty", "notice"),
    [
        ([None, None], True, "fetching"),
        ([FAILED, None], True, "fetching"),
        ([FAILED, FAILED], True, "unreachable"),
        ([FAILED, FAILED], False, "unreachable"),
        ([FAILED, Outcome(OutcomeKind.OK)], True, None),
        ([None, None], False, None),
        ([], True, "no_sources"),
    ],
)
def test_the_one_sentence_that_is_owed(make, outcomes, empty, notice):
    listings = [make.listing()] if empty else make.pair()
    statuses = [make.status(n, outcome) for n, outcome in enumerate(outcomes, 1)]
    statuses.append(make.status(99, None, enabled=False))
    assert notice_for(listings, statuses) == notice


def test_the_notice_points_to_the_demo(make):
    body = render_front([make.listing()], make.ctx(), (), "unreachable").decode()
    assert "Ingen av källorna gick att nå; kör feedhub demo" in body
    assert "Inget här ännu" in body
    assert "ännu" in text_of(render_front([], make.ctx(), (), "no_sources"))


def test_a_story_is_told_from_the_first(make):
    first = make.item(3, source_name="Kustposten", publisher="kust.example")
    ranked = make.placed(make.item(1), 2).ranked
    story = StoryDetail(1, (make.item(1), first), (("Populärt just nu", ranked),))
    text = text_of(render_story(story, make.ctx()))
    assert text.index("Först ut") < text.index("Kustposten") < text.index("Sundets Tidning")
    assert "Därför står den här: Populärt just nu, plats 2" in text
    assert f"{ranked.voices} källa, 2 artiklar" in text, "as ranking counts: a copy is no voice"


def test_a_story_explains_its_place_in_popular_lists_alone(make):
    latest = Ranked(3, 1, 1, 1.0, None, (Reason("time", 0.0, "goes by time", (("at", "x"),)),))
    story = StoryDetail(1, (make.item(1), make.item(2, publisher="b")), (("Nytt", latest),))
    text = text_of(render_story(story, make.ctx()))
    assert "Därför" not in text
    assert "2 oberoende källor, 2 artiklar" in text
    assert story_value(story, make.ctx())["places"][0]["position"] == 3


def test_reasons_call_publishers_as_the_page_does(make):
    params = (("voices", 1), ("newest_hours", 1.0), ("oldest_hours", 1.0), ("publishers", "a.se"))
    reasons = (Reason("coverage", 1.0, "x", params),)
    one, two = make.item(1, publisher="a.se", source_name="A"), make.item(2, publisher="a.se")
    for items, name in (((one,), "A"), ((one, two), "a.se")):
        place = make.placed(items[0], 1, *items[1:], reasons=reasons)
        body = text_of(render_list(make.listing(place, popular=True), make.ctx()))
        assert f"berättad av {name}, för 1 tim sedan" in body, "two names: the paper's is unknown"


def test_names_in_other_scripts_do_not_turn_what_follows(make):
    item = make.item(
        1, source_name="صحيفة الساحل", authors=("مها",), language="ar", section="سياسة"
    )
    listing, story = make.listing(make.placed(item, 1, item)), StoryDetail(1, (item,))
    for body in (
        render_list(listing, make.ctx()),
        render_story(story, make.ctx()),
        render_item(item, make.ctx()),
        render_embed([listing], make.ctx()),
    ):
        page = html.fromstring(body)
        for name in ("صحيفة الساحل", "مها", "سياسة"):
            for found in page.xpath("//body//*[contains(text(), $name)]", name=name):
                assert found.tag == "bdi" or found.get("dir") == "auto", html.tostring(found)
    page = html.fromstring(render_item(item, make.ctx()))
    # what is ours is in our language; what is theirs says so
    assert [one.tag for one in page.xpath("//*[@lang='ar']")] == ["h1", "p"]


def test_long_numbers_are_written_smaller(make):
    for value, said in ((2, "<b>2<"), (123456, '<b class="longer">123'), (9**9, "longest")):
        place = make.placed(make.item(1), number=Number(value, "shares"))
        assert said in render_list(make.listing(place, popular=True), make.ctx()).decode()


def test_an_item_shows_what_its_rights_allow(make):
    full = make.item(1, content_rights="full")
    assert "<b>ja</b>" in render_item(full, make.ctx()).decode()
    assert "<b>ja</b>" not in render_item(make.item(1), make.ctx()).decode()
    bare = render_item(make.item(1, content_rights="title"), make.ctx()).decode()
    assert "säger" not in bare
    assert "Läs hos <bdi>Sundets Tidning</bdi>" in bare
    other = make.item(2, source_name="Kustposten", story_id=1)
    told = render_item(make.item(1), make.ctx(), StoryDetail(1, (make.item(1), other))).decode()
    assert '<a href="/story/s1">Ingår i nyheten</a>' in told


def test_status_puts_trouble_first_and_says_what_and_when(make):
    statuses = [make.status(1, make.ok()), make.status(2, FAILED), make.status(3, None)]
    text = text_of(render_status(statuses, make.ctx()))
    assert text.index("Källa 2") < text.index("Källa 1")
    assert "dns: no such name" in text
    assert "källans egen takt" in text
    assert "1 av 3 källor svarade senast." in text
    detail = SourceDetail(statuses[1], (make.item(1),))
    assert "misslyckades" in text_of(render_source(detail, make.ctx()))


def test_status_tells_when_each_was_asked_and_when_it_will_be(make):
    asked = make.status(1, make.ok())
    state = replace(asked.stored.state, last_fetch_at=make.now - timedelta(hours=2))
    asked = replace(asked, stored=replace(asked.stored, state=state))
    dead = make.status(2, Outcome(OutcomeKind.GONE, reason="410 gone"))
    state = replace(state, next_due=datetime(9999, 12, 31, tzinfo=UTC), gone_at=make.now)
    dead = replace(dead, stored=replace(dead.stored, state=state))
    assert (asked.stored.next_due, dead.stored.next_due) == (make.now, None)
    assert make.status(1, enabled=False).stored.next_due is None
    page = render_status([asked, dead], make.ctx()).decode()
    assert "dec." not in page, "never is no date"
    assert page.count('<time datetime="2026-11-24T06:15:00Z"') == 2
    assert source_value(dead, make.ctx(), make.now)["next_due"] is None
    own = render_source(SourceDetail(asked, ()), make.ctx()).decode()
    assert '<time datetime="2026-11-24T06:15:00Z"' in own


def test_a_source_that_never_answered_goes_by_its_address(make):
    # the store knows it by its host, which others may share
    statuses = [replace(make.status(n, FAILED, name=None), name="host.example") for n in (1, 2)]
    page = render_status(statuses, make.ctx()).decode()
    assert ">https://kalla1.example/rss.xml</a>" in page
    assert ">https://kalla2.example/rss.xml</a>" in page


def test_status_names_no_time_at_which_nobody_will_be_asked(make):
    status = make.status(1, Outcome(OutcomeKind.GONE, reason="410 gone"))
    state = replace(status.stored.state, gone_at=make.now, next_due=NEVER)
    gone = replace(status, stored=replace(status.stored, state=state))
    for page in (render_status([gone], make.ctx()), render_source(SourceDetail(gone), make.ctx())):
        assert "9999" not in page.decode()
        assert "källans egen takt" in page.decode()  # why, all the same


@pytest.mark.parametrize(
    ("dated", "trust", "said"),
    [
        (30, 1.0, "alla 30 rimliga"),
        (30, 0.4, "12 av 30 rimliga"),
        (0, None, "inga i flödet"),
        (None, None, None),
    ],
)
def test_status_says_how_far_dates_can_be_believed_and_how_often_news_come(
    make, dated, trust, said
):
    hours = (0, 2, 3, 5, 9)
    recent = tuple(make.now - timedelta(hours=one) for one in hours)
    status = make.status(1, make.ok())
    state = replace(status.stored.state, dated=dated, date_trust=trust)
    status = replace(status, stored=replace(status.stored, recent=recent, state=state))
    for text in (
        text_of(render_status([status], make.ctx(), make.now)),
        text_of(render_source(SourceDetail(status, ()), make.ctx(), make.now)),
    ):
        assert "oftast 120 min emellan" in text or "oftast 2 tim emellan" in text
        assert (said or "Källa") in text
        assert ("rimliga" in text) == (said is not None and "rimliga" in said)


@pytest.mark.parametrize(("hits", "words_"), [(0, "Inga träffar"), (1, "En träff"), (2, "2 träff")])
def test_search_says_how_many(make, hits, words_):
    items = [make.item(n) for n in range(1, hits + 1)]
    assert words_ in text_of(render_search("pir", items, make.ctx()))
    assert "träff" not in text_of(render_search("", [], make.ctx()))
    assert "”pir”" in text_of(render_search("pir", items, make.ctx()))
    assert "“pir”" in text_of(render_search("pir", items, make.ctx(language="en")))


def test_found_words_are_marked(make):
    body = render_search("HAMNEN pir", [make.item(1)], make.ctx()).decode()
    assert "<mark>Hamnen</mark> byggs" in body
    assert "ny <mark>pir</mark>." in body
    assert "<mark>" not in render_search("<b>", [make.item(1)], make.ctx()).decode()


def test_about_calls_sources_as_they_call_themselves_and_leads_to_them(make):
    status = make.status(7, make.ok(), name=None)
    state = replace(status.stored.state, imported_at=make.now)
    status = replace(status, name="Kust & hav", stored=replace(status.stored, state=state))
    sources = [status.stored.source, make.source(8)]
    body = render_about(sources, make.ctx(), [status]).decode()
    assert '<a href="/source/7"><bdi>Kust &amp; hav</bdi></a>' in body
    assert "<li><bdi>Källa 8</bdi></li>" in body
    assert 'href="/source/' not in render_about(sources, make.ctx(static=True), [status]).decode()
    assert "hur många oberoende källor som berättar den" in body
    assert '<a href="/embed">' in body


def test_about_lists_every_feed(make):
    body = render_about([make.source(1)], make.ctx()).decode()
    for path in ("/senaste.rss", "/popular.new.json", "/sources.opml", "/lists.opml"):
        assert f'href="{path}"' in body


def test_a_static_hub_offers_no_search(make):
    assert "/search" not in render_front(make.pair(), make.ctx(static=True)).decode()


def test_numbers_and_units_are_written_as_the_language_does(make):
    assert SWEDISH.number(12345) == "12\u00a0345"
    assert ENGLISH.number(12345) == "12,345"
    assert SWEDISH.unit("okänt", 2) == "okänt"
    assert words("sv-FI") is SWEDISH
    assert words("de") is ENGLISH
    place = make.placed(make.item(1), number=Number(1243, "comments"))
    body = render_list(make.listing(place, popular=True), make.ctx()).decode()
    assert '<b class="long">1\u00a0243</b> <span>kommentarer</span>' in body


def test_both_languages_have_every_word():
    for field in dataclasses.fields(SWEDISH):
        one, other = getattr(SWEDISH, field.name), getattr(ENGLISH, field.name)
        assert type(one) is type(other)
        assert one, field.name
        if isinstance(one, dict):
            assert one.keys() == other.keys()
    assert set(SWEDISH.outcomes) == {str(kind) for kind in OutcomeKind}
    assert set(SWEDISH.about_rank) == set(TERMS)  # what ranking weighs today, no more, no less


def test_about_tells_of_clicks_where_they_are_counted(make):
    told = SWEDISH.about_rank["clicks"]
    assert told in render_about([], make.ctx(clicks=True)).decode()
    assert told not in render_about([], make.ctx()).decode()
