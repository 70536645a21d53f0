"""Laws: whatever an item holds, every format is valid and is read back as it was meant."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from html.parser import HTMLParser

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from lxml import etree

from feedhub.model import Enclosure, Image, Reason
from feedhub.publish import (
    StoryDetail,
    notice_for,
    render_about,
    render_atom,
    render_front,
    render_item,
    render_json,
    render_list,
    render_opml_sources,
    render_rss,
    render_search,
    render_status,
    render_story,
)
from feedhub.publish.text import excerpt, legal, mended, one_line, safe_url

# Every code point, lone surrogates too, and the strings that break naive writers.
NASTY = st.sampled_from(
    [
        "]]>", "<![CDATA[", "&amp;", "&#0;", "<script>alert(1)</script>", '"\'`', "\x00\x0b",
        "\ufffe",
        "\ud800", "😀👨‍👩‍👧", "שלום עולם", "\u202eabc", "x" * 900, "\r\n", "%", "{{ x }}",
        "--><!--",
        "\x85\x9f", "\U000fffff\ufdd0", "&lt;b&gt;", "<b>", "</p>", "AT&T", "&copy 2026", "<!--",
    ]
)  # fmt: skip
TEXT = st.one_of(
    st.text(st.characters(), max_size=40),
    NASTY,
    st.builds("".join, st.lists(NASTY, max_size=4)),
)
URL = st.one_of(
    TEXT,
    st.builds("https://{}".format, TEXT),
    st.builds("https://a.example/{}".format, TEXT),
    st.builds("http://[{}]/".format, TEXT),
    st.sampled_from(
        [
            "javascript:alert(1)", "//a.example/x", "https://åäö.example/ö?q=ö#ö", "http://[::1]/[a]",
            "https://a.example/%zz%", "https://a.example/a#b#c", "data:text/html,x", "HTTP://A.B/",
            "https://user:pa ss@a.example/", "https://a.example:99999/",
        ]
    ),
)  # fmt: skip
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# From the year 1 to the year 9999.
TIME = st.integers(-62_135_500_000, 253_402_200_000).map(lambda s: EPOCH + timedelta(seconds=s))
MAYBE_TIME = st.none() | TIME
CHANGES = st.fixed_dictionaries(
    {
        "title": TEXT,
        "link": st.none() | URL,
        "authors": st.lists(TEXT, max_size=3).map(tuple),
        "summary": TEXT,
        "content_html": TEXT,
        "content_rights": st.sampled_from(["title", "excerpt", "full"]),
        "image": st.none()
        | st.builds(Image, URL, st.none() | st.integers(), st.none() | st.integers(), TEXT, TEXT),
        "enclosures": st.lists(
            st.builds(Enclosure, URL, st.none() | TEXT, st.none() | st.integers()), max_size=2
        ).map(tuple),
        "categories": st.lists(TEXT, max_size=3).map(tuple),
        "section": st.none() | TEXT,
        "published": MAYBE_TIME,
        "effective": MAYBE_TIME,
        "updated": TIME,
        "language": st.none() | TEXT,
        "comments_url": st.none() | URL,
        "counts": st.dictionaries(st.sampled_from(["comments", "x"]), st.integers()),
        "publisher": TEXT,
        "origin_name": st.none() | TEXT,
        "origin_url": st.none() | URL,
        "source_name": TEXT,
        "source_url": URL,
    }
)
HOSTILE = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def listing_of(make, changes, title, popular):
    items = [make.item(n, **one) for n, one in enumerate(changes, 1)]
    reasons = (Reason(title, float("inf"), title),)
    places = [
        make.placed(one, n, *(items[1:] if n == 1 else ()), reasons=reasons)
        for n, one in enumerate(items, 1)
    ]
    return make.listing(*places, popular=popular, title=title, description=title)


@HOSTILE
@given(st.lists(CHANGES, max_size=3), TEXT, st.booleans())
def test_feeds_are_valid_whatever_the_items(
    make, check_atom, check_rss, check_json, changes, title, popular
):
    listing = listing_of(make, changes, title, popular)
    ctx = make.ctx(title=title)
    check_atom(render_atom(listing, ctx))
    check_rss(render_rss(listing, ctx))
    check_json(render_json(listing, ctx))


def bare(url):
    return re.sub(r"&(\w+);", r"&\1", unescape(url))


@HOSTILE
@given(st.lists(CHANGES, min_size=1, max_size=2))
def test_feedparser_reads_back_what_was_written(make, parse_feed, check_json, changes):
    listing, ctx = listing_of(make, changes, "Lista", False), make.ctx()
    said = check_json(render_json(listing, ctx))["items"]
    atom = parse_feed(render_atom(listing, ctx)).entries
    rss = parse_feed(render_rss(listing, ctx)).entries
    for one, two, three in zip(said, atom, rss, strict=True):
        assert one["id"] == two.id == three.id
        # In RSS, feedparser takes the semicolon from what looks like an entity in an address
        # after decoding it; the documents have it, as the reading below shows of Atom.
        assert bare(one["url"]) == bare(two.link) == bare(three.link)
        assert one["content_html"] == two.content[0].value
    # Titles and addresses come back to the letter from a plain reading of the XML.
    root = etree.fromstring(render_atom(listing, ctx))
    links = root.findall("{*}entry/{*}link[@rel='alternate']")
    assert [one.get("href") for one in links] == [one["url"] for one in said]
    atom_titles = root.findall("{*}entry/{*}title")
    shown = [unescape(one.text) if one.get("type") == "html" else one.text for one in atom_titles]
    assert shown == [one["title"] for one in said]
    # What an RSS title says is the same as text and as HTML, but for a mark that nobody sees.
    for one, three in zip(
        said, etree.fromstring(render_rss(listing, ctx)).iter("item"), strict=True
    ):
        title = three.findtext("title")
        assert title.replace("\u200b", "") == one["title"].replace("\u200b", "")
        page = Links()
        page.feed(f"<p>{title}</p>")
        page.close()
        assert (page.tags, page.text) == (["p"], title)


class Links(HTMLParser):
    """Collects every address, attribute name and tag of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.urls: list[str] = []
        self.tags: list[str] = []
        self.names: set[str] = set()
        self.text = ""

    def handle_data(self, data):
        self.text += data

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        for name, value in attrs:
            self.names.add(name)
            if name in ("href", "src", "action"):
                self.urls.append(value or "")


@HOSTILE
@given(st.lists(CHANGES, min_size=1, max_size=3), TEXT, st.sampled_from(["sv", "en"]))
def test_pages_carry_hostile_text_as_text(make, changes, title, language):
    # Bodies come through the sanitiser before they are stored, so none is given here.
    changes = [one | {"content_html": ""} for one in changes]
    latest = listing_of(make, changes, title, False)
    popular = listing_of(make, changes, title, True)
    ctx = make.ctx(language=language, images="direct", title=title)
    items = [placed.item for placed in latest.entries]
    story = StoryDetail(1, tuple(items), ((title, popular.entries[0].ranked),))
    statuses = [make.status(1, make.ok(), name=title, url=title)]
    for body in (
        render_front([latest, popular], ctx, statuses, notice_for([latest], statuses)),
        render_list(popular, ctx),
        render_story(story, ctx),
        render_item(items[0], ctx, story),
        render_search(title, items, ctx),
        render_status(statuses, ctx),
        render_about([make.source(1, name=title)], ctx),
    ):
        links = Links()
        links.feed(body.decode("utf-8", "strict"))
        assert links.tags.count("script") == 1
        assert "iframe" not in links.tags
        assert not any(name.startswith("on") or name == "style" for name in links.names)
        for url in links.urls:
            assert url.startswith(("/", "#", "http://", "https://")), url


@HOSTILE
@given(TEXT, URL)
def test_opml_is_well_formed(make, name, url):
    source = make.source(1, name=name, url=url, category=name)
    etree.fromstring(render_opml_sources([source], make.ctx(title=name)))


@given(TEXT)
@example("\xc2\x1f\xa0")
@example("\xc3\xb6\ufffd")
@settings(max_examples=200, deadline=None)
def test_legal_text_can_be_encoded_and_is_its_own_legal_form(text):
    for form in (legal, mended):
        made = form(text)
        made.encode("utf-8", "strict")
        etree.fromstring(f"<a>{made.replace('&', '').replace('<', '').replace(']]>', '')}</a>")
        assert form(made) == made
    assert "\n" not in one_line(text)


@given(URL)
@settings(max_examples=300, deadline=None)
def test_a_safe_address_is_ascii_absolute_and_its_own_safe_form(url):
    made = safe_url(url)
    if made is not None:
        assert re.fullmatch(r"https?://[!-~]+", made)
        assert not set('"<>\\^`{|} ') & set(made)
        assert safe_url(made) == made


def test_text_that_was_encoded_twice_is_put_right_and_meant_text_is_left():
    for broken, whole in (
        ("fÃ¶retag", "företag"),
        ("Ã…ke \ufffd ï¿½", "Åke ? ?"),
        ("Ã\x96rebro", "Örebro"),
        ("itâ€™s", "it’s"),
        ("fÃƒÂ¶r", "för"),
        ("<p title='Ã¥'>Ã¤</p>", "<p title='å'>ä</p>"),
    ):
        assert one_line(mended(broken)) == whole
    for meant in ("Ã¥ blir å", "NÃO", "«AMANHÃ»", "”Ã¤”", "café", "plain"):
        assert mended(meant) == meant


def test_clean_addresses_are_left_as_they_are():
    for url in (
        "https://sundet.example",
        "http://a.example:8080/a;b?c=d&e=%C3%A5#x",
        "https://a.example/'(x)*!,$@:+~",
    ):
        assert safe_url(url) == url
    assert safe_url("https://å.example/ö b") == "https://xn--5ca.example/%C3%B6%20b"
    for url in (None, "", "/a", "mailto:a@b.example", "javascript:alert(1)", "https://"):
        assert safe_url(url) is None


@settings(deadline=None)
@given(TEXT, st.integers(10, 300))
def test_an_excerpt_keeps_its_length(text, limit):
    made = excerpt(text, limit)
    assert len(made) <= limit
    assert made == one_line(text) or made.endswith("…")
