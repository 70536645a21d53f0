"""The fast path gives what feedparser gives, or gives way."""

from __future__ import annotations

import csv
import importlib.util
import random
import sys
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
from feedparser.mixin import _FeedParserMixin
from hypothesis import given, settings
from hypothesis import strategies as st

from feedhub.errors import FeedhubError
from feedhub.model import Document, ParsedFeed, ParseRules
from feedhub.parse import charset, fast, parse_document, repair, slow
from feedhub.parse.fastnames import NAMESPACES

URL = "https://blad.example/rss"


@pytest.fixture(scope="module")
def fuzz() -> ModuleType:
    """The fuzzer, from the benchmarks' folder beside the tests."""
    path = Path(__file__).parents[2] / "bench" / "fuzz_parse.py"
    spec = importlib.util.spec_from_file_location("fuzz_parse", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["fuzz_parse"] = module
    spec.loader.exec_module(module)
    return module


def agree(text: str) -> None:
    ours = fast.read(text, URL)
    if ours is not None:
        assert ours == slow.read(text, URL)


def test_the_table_of_namespaces_is_feedparsers() -> None:
    theirs = {uri.lower(): prefix for uri, prefix in _FeedParserMixin.namespaces.items() if uri}
    assert theirs == NAMESPACES


def test_it_can_be_switched_off(rss_of: Callable[[str], str]) -> None:
    body = rss_of("<item><title>A</title><link>https://blad.example/a</link></item>").encode()
    quick = parse_document(Document(body, URL))
    slowly = parse_document(Document(body, URL), ParseRules(fast=False))
    assert (quick.reader, slowly.reader) == ("fast", "feedparser")
    # The hash too: an entry is known whichever reader saw it last.
    assert replace(quick, reader="") == replace(slowly, reader="")


INSIDES = [
    "<title>A</title><title>B</title>",
    "<media:title>M</media:title><title>A</title>",
    "<title>A</title><media:title>M</media:title>",
    "<title>A</title><source url='/s'>S</source><media:title>M</media:title>",
    "<title></title><media:title>M</media:title><title/>",
    "<title>A &amp;amp; B</title><description>x &lt;b&gt;y&lt;/b&gt;</description>",
    "<title type='html'>A &lt;i&gt;b&lt;/i&gt;</title>",
    "<title>&lt;i&gt;A&lt;/i&gt;</title><dc:title>B</dc:title>",
    "<description>a</description><description>b</description>",
    "<description>a</description><description>b</description><description>c</description>",
    "<description>a</description><content:encoded>b</content:encoded><description>c</description>",
    "<content:encoded>b</content:encoded><description>a</description>",
    "<media:group><media:description>m</media:description></media:group>"
    "<description>d</description>",
    "<description>d</description><itunes:summary>s</itunes:summary>"
    "<itunes:subtitle>t</itunes:subtitle>",
    "<link>https://e.example/?a=1&amp;b;=2</link><guid>g</guid>",
    "<guid>https://e.example/g</guid>",
    "<guid isPermaLink='false'>g</guid><link/>",
    "<guid>g</guid><guid>h</guid><link>l</link><link>m</link>",
    "<atom:link href='https://e.example/a'/><link>b</link>",
    "<link>b</link><atom:link href='https://e.example/a' rel='Related' type='TEXT/HTML'/>",
    "<dc:creator>A</dc:creator><dc:creator>B</dc:creator>",
    "<author>a@e.example (A B)</author><dc:creator>C &lt;c@e.example&gt;</dc:creator>",
    "<author>A</author><itunes:author></itunes:author><managingEditor>M</managingEditor>",
    "<category>a</category><category domain='d'>b</category><category>a</category><category/>",
    "<dc:subject>s</dc:subject><media:category scheme='x' label='l'>m</media:category>",
    "<itunes:category text='Nyheter'><itunes:category text='Inrikes'/></itunes:category>",
    "<media:keywords>a, b,,c</media:keywords><itunes:keywords>d,e</itunes:keywords>",
    "<pubDate>1</pubDate><dc:date>2</dc:date><pubDate>3</pubDate>"
    "<dcterms:created>4</dcterms:created>",
    "<enclosure url='/a' type='Audio/MPEG' length='1'/><enclosure/><enclosure href='/b'/>",
    "<media:content url='/a' type='image/PNG' fileSize='3'><media:thumbnail>/t</media:thumbnail>"
    "</media:content>",
    "<media:credit role='x'>A</media:credit><media:credit/><media:content/>",
    "<media:community><media:starRating count='3'/><media:statistics views='5'/></media:community>",
    "<slash:comments>4</slash:comments><thr:total>5</thr:total><comments>/c</comments>",
    "<comments rel='x'/><slash:comments x='y'/>",
    "<image>/i.png</image><itunes:image href='/j.png'/><premium>true</premium>",
    "<url>/u.png</url><media:thumbnail url='/t.jpg'/>",
    "<title>TvÃ<?x?>¥</title><description>TvÃ<!-- -->¥</description>",
    "<title><![CDATA[TvÃ]]>¥</title><source>TvÃ<id>x</id>¥</source>",
    "<x:y xmlns='urn:p' xmlns:x='urn:x'>1</x:y><p:z xmlns:p='urn:q'>2</p:z>",
    "<media:thumbnail>/t.jpg</media:thumbnail><url>/u.png</url>",
    "<media:thumbnail url='/t.jpg'>/s.jpg</media:thumbnail>",
    "<image><url>/u.png</url></image><media:group><media:thumbnail url='/t.jpg'/></media:group>",
    "<source url='/s'>S</source><source>T</source><dc:language>sv</dc:language>",
    "<okänd><title>inne</title></okänd>",
    "<x:grupp xmlns:x='urn:x'><title>inne</title><link>l</link></x:grupp><title>ute</title>",
    "<media:content xmlns:media='urn:annan' url='/x'/>",
    "<title>Ã¥Ã¤Ã¶</title><description>&#146;citat&#147;</description>",
    "<title xml:lang='en'>A</title><description lang='sv_SE'>B</description>",
    "<title xml:base='/b/'>A</title><link xml:base='https://c.example/'>x</link>",
    "<title>A<!-- kommentar -->B</title><?pi?>"
    "<description><![CDATA[x]]>y<![CDATA[z]]></description>",
    "<title>\n A \u00a0</title><description>\u2028x\u2003</description>",
    "<item><title>inre</title></item><title>yttre</title>",
    "<div>x</div><tags>a,b</tags><body>c</body>",
    "<title mode='base64'>QQ==</title><content type='image/png'>QQ==</content>",
    "<link href=''/><link>http:////e.example//a</link>",
    "<author><name>N</name><email>e@e.example</email><uri>u</uri></author>",
    "<contributor><name>N</name></contributor><author><name/></author><author/>",
    "<content type='xhtml'>"
    "<div xmlns='http://www.w3.org/1999/xhtml'>A <b c='&quot;'>&lt;</b><br/></div>"
    "</content>",
    "<geo:lat xmlns:geo='http://www.w3.org/2003/01/geo/wgs84_pos#'>1</geo:lat>"
    "<georss:point xmlns:georss='http://www.georss.org/georss'>1 2</georss:point>",
    "<c:license xmlns:c='http://backend.userland.com/creativeCommonsRssModule'>"
    "https://cc.example/</c:license>",
]


@pytest.mark.parametrize("inside", INSIDES)
@pytest.mark.parametrize(
    "frame",
    [
        '<rss version="2.0" {ns}><channel><title>T</title><item>{x}</item><item>{x}</item>'
        "</channel></rss>",
        '<feed xmlns="http://www.w3.org/2005/Atom" {ns}><title>T</title><entry>{x}</entry></feed>',
        '<rdf:RDF xmlns="http://purl.org/rss/1.0/" {ns}><channel><title>T</title></channel>'
        '<item rdf:about="i">{x}</item></rdf:RDF>',
    ],
    ids=["rss", "atom", "rdf"],
)
def test_each_oddity_is_mirrored_or_left(inside: str, frame: str) -> None:
    prefixes = {
        "content": "http://purl.org/rss/1.0/modules/content/",
        "dc": "http://purl.org/dc/elements/1.1/",
        "dcterms": "http://purl.org/dc/terms/",
        "media": "http://search.yahoo.com/mrss/",
        "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
        "slash": "http://purl.org/rss/1.0/modules/slash/",
        "thr": "http://purl.org/syndication/thread/1.0",
        "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    }
    if "xmlns:atom" not in frame and 'xmlns="http://www.w3.org/2005/Atom"' not in frame:
        prefixes["atom"] = "http://www.w3.org/2005/Atom"
    else:
        inside = inside.replace("atom:link", "link")
    declared = " ".join(f'xmlns:{name}="{uri}"' for name, uri in prefixes.items())
    agree(frame.format(ns=declared, x=inside))


@pytest.mark.parametrize(
    "inside",
    [
        "<title>T</title><link>/a</link><atom:link href='/b'/><atom:link rel='self' href='/c'/>",
        "<title>T</title><image><url>/i</url><title>I</title></image><title>U</title>",
        "<image><url>/i</url></image><itunes:image href='/j'/><icon>/k</icon>",
        "<itunes:image href='/j'/><image><url>/i</url><link>/x</link></image>",
        "<itunes:summary>s</itunes:summary><description>d</description>",
        "<textInput><title>x</title><link>/y</link><name>q</name></textInput><title>T</title>",
        "<language>sv</language><dc:language>en</dc:language><ttl>5</ttl><ttl x='y'>6</ttl>",
        "<media:title>M</media:title><skipHours><hour>1</hour><hour>2</hour></skipHours>",
        "<author><name>N</name><link>/fel</link></author>"
        "<itunes:owner><title>x</title></itunes:owner>",
        "<description>a <b>b</b></description><copyright>c <i>d</i></copyright>",
        "<guid>g</guid><id>i</id><link>/a</link>",
        "<dc:creator><x><item><title>q</title><name>Eva</name></item></x></dc:creator>",
        "<category>c</category><cloud domain='d'/><sy:updatePeriod>daily</sy:updatePeriod>",
    ],
)
def test_a_channels_oddities(inside: str, rss_of: Callable[[str], str]) -> None:
    item = "<item><title>A</title><description>a</description><description>b</description></item>"
    agree(rss_of(inside + item))
    agree(rss_of(item + inside))
    agree(rss_of(item + inside + item))


ITEM = (
    "<title>A</title><link>https://b.example/1</link><description>D</description><author>E</author>"
)


@pytest.mark.parametrize(
    "element",
    [
        "<date>2024-05-03</date>",
        "<date/>",
        '<date x="1">2024-05-03</date>',
        "<dc:date>2024-05-02</dc:date><date>2024-05-03</date>",
        "<date>2024-05-03</date><dc:date>2024-05-02</dc:date>",
        "<abstract>En annan</abstract>",
        "<abstract/>",
        "<links>x</links>",
        "<authors>x</authors>",
        '<ttl x="1"><link>/a</link></ttl>',
        "<title>A</title><g><title>B</title></g><title>C</title>",
        "<title>A</title><g><title>B</title></g><title/>",
        "<title>A</title><g><g><title>B</title></g><title>C</title></g><title>D</title>",
        "<itunes:owner><itunes:name>N</itunes:name></itunes:owner>",
        "<itunes:owner><itunes:email>n@e.example</itunes:email></itunes:owner>",
        "<guidislink>x</guidislink>",
        "<title_detail>x</title_detail>",
        '<source><link href="/a">ord</link></source>',
        "<media:description>d</media:description><media:description>e</media:description>",
        "<g><media:description>d</media:description></g><media:description>e</media:description>",
    ],
)
@pytest.mark.parametrize("rest", ["", ITEM])
def test_names_that_feedparser_knows_by_another(
    element: str, rest: str, rss_of: Callable[[str], str]
) -> None:
    agree(rss_of(f"<item>{element}{rest}</item><item><title>B</title></item>"))
    agree(rss_of(f"<item>{rest}{element}</item><item><title>B</title></item>"))
    agree(rss_of(f"{element}<item><title>B</title></item>"))


def test_a_date_of_no_standard_is_read_the_fast_way(rss_of: Callable[[str], str]) -> None:
    raw = fast.read(rss_of("<item><title>A</title><date>2024-05-03</date></item>"))
    assert raw is not None
    assert raw.entries[0].updated == "2024-05-03"


TEXTS = st.text("aåÅ€ &<>;#1\u0092\u00c3\u00a5\u2028\n'\"", max_size=12)
NAMES = st.sampled_from(
    [
        "title", "link", "guid", "description", "pubDate", "category", "author", "source",
        "comments",
        "dc:creator", "dc:date", "content:encoded", "media:title", "media:group", "media:content",
        "media:thumbnail", "media:description", "itunes:summary", "slash:comments", "image", "x",
        "name", "email", "uri", "itunes:category", "media:credit", "media:category", "contributor",
        "summary", "content", "id", "updated", "enclosure", "language", "itunes:image", "textInput",
        "date", "abstract", "links", "authors", "guidislink", "title_detail", "tags",
    ]
)  # fmt: skip
ATTRIBUTES = st.dictionaries(
    st.sampled_from(["type", "href", "url", "rel", "isPermaLink", "domain", "xml:lang", "length"]),
    st.sampled_from(["html", "text", "/a", "self", "alternate", "false", "sv", "", "Text/HTML"]),
    max_size=2,
)


def escaped(text: str) -> str:
    return (
        text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    )


def element(name: str, attributes: dict[str, str], inside: str) -> str:
    written = "".join(f' {key}="{escaped(value)}"' for key, value in attributes.items())
    return f"<{name}{written}>{inside}</{name}>"


LEAVES = st.builds(element, NAMES, ATTRIBUTES, TEXTS.map(escaped))
NODES = st.recursive(
    LEAVES,
    lambda inner: st.builds(element, NAMES, ATTRIBUTES, st.lists(inner, max_size=3).map("".join)),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(st.lists(NODES, max_size=5).map("".join), st.lists(NODES, max_size=7).map("".join))
def test_generated_documents(channel: str, item: str) -> None:
    agree(
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/" '
        'xmlns:slash="http://purl.org/rss/1.0/modules/slash/" '
        'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd">'
        f"<channel>{channel}<item>{item}</item><item>{item}</item></channel></rss>"
    )


def test_a_base_in_capitals_alone_is_one_too() -> None:
    agree(
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:BASE="https://b.example/x/"><title>T</title>'
        '<entry><title>A</title><link href="a"/></entry></feed>'
    )


def test_a_slice_of_the_fuzzer(fuzz: ModuleType) -> None:
    rng = random.Random(20240503)
    ends = [fuzz.check(fuzz.mutate(rng.choice(fuzz.SEEDS), rng)) for _ in range(1200)]
    assert {"fast", "feedparser", "json", "NotAFeed"} <= set(ends)


def test_the_seeds_themselves_go_the_fast_way(fuzz: ModuleType) -> None:
    assert [fuzz.check(seed) for seed in fuzz.SEEDS[:4]] == ["fast", "fast", "fast", "json"]


CRASHES = sorted((Path(__file__).parent / "data" / "crashes").iterdir())


@pytest.mark.parametrize("path", CRASHES, ids=lambda path: path.stem)
def test_what_once_broke_ends_well(path: Path, fuzz: ModuleType) -> None:
    fuzz.check(path.read_bytes())


@pytest.mark.parametrize(
    "archive", ["feeds/real.tar.xz", "feeds/expected.tar.xz", "feeds/conformance.tar.xz",
                "feeds_nordic/nordic.tar.xz"],
)  # fmt: skip
def test_whole_corpora(corpora: Path, archive: str) -> None:
    read = 0
    with tarfile.open(corpora / archive) as tar:
        for member in tar:
            stream = tar.extractfile(member) if member.isfile() else None
            if stream is None or member.name.endswith(".expected.json"):
                continue
            text = repair.tidy(charset.decode(stream.read()).text).text
            ours = fast.read(text, URL) if text.startswith("<") else None
            if ours is not None:
                read += 1
                assert ours == slow.read(repair.legal(text).text, URL), member.name
    assert read > 30


def test_the_finished_entries_are_equal_too(corpora: Path) -> None:
    with (corpora / "feeds_nordic" / "nordic.manifest.csv").open(encoding="utf-8") as stream:
        assert list(csv.DictReader(stream))
    with tarfile.open(corpora / "feeds_nordic" / "nordic.tar.xz") as tar:
        for member in tar:
            stream_ = tar.extractfile(member) if member.isfile() else None
            if stream_ is None:
                continue
            document = Document(stream_.read(), URL)
            feeds: list[ParsedFeed] = []
            for rules in (ParseRules(), ParseRules(fast=False)):
                try:
                    feeds.append(replace(parse_document(document, rules), reader=""))
                except FeedhubError:
                    feeds.append(ParsedFeed(""))
            assert feeds[0] == feeds[1], member.name
