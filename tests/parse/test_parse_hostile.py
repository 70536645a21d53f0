"""Documents made to stall or break a parser: patterns stay linear, numbers stay numbers.

The bounds are of processor time and twenty times what was seen; the same documents took from
six seconds to hours, or ended in an exception, before they were mended.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from feedhub.errors import NotAFeed, ParseError
from feedhub.model import Entry, ParsedFeed
from feedhub.parse import clean_html

Parse = Callable[..., ParsedFeed]
Item = Callable[..., Entry]

LONG = 390_000  # characters: nearly all that is looked at of one entry's markup
SECONDS = 6.0


def repeated(piece: str, size: int = LONG) -> str:
    return (piece * (size // len(piece) + 1))[:size]


def bounded(work: Callable[[], object]) -> None:
    before = time.process_time()
    work()
    assert time.process_time() - before < SECONDS


@pytest.mark.parametrize(
    "html",
    [
        pytest.param(repeated("<iframe </b "), id="frames that never end"),
        pytest.param(repeated("<noscript </b "), id="noscripts that never end"),
        pytest.param(repeated("<object </b "), id="objects that never end"),
        pytest.param("<iframe " + "a" * (LONG - 20) + ">", id="an attribute's endless name"),
        pytest.param("<iframe " + "a " * (LONG // 2 - 20) + ">", id="attributes without values"),
        pytest.param(
            "".join(f'<img src="https://a{n}' + ".rss.?" * 600 + '">' for n in range(100)),
            id="addresses like a pixel's",
        ),
        pytest.param("<svg " * 99 + "x" * LONG, id="drawings that never end"),
        pytest.param(repeated("&"), id="ampersands"),
        pytest.param(repeated("<"), id="angle brackets"),
        pytest.param(repeated("<b a=1><i b=2><p>x"), id="formatting left open"),
        pytest.param(repeated("<table><tr><td>"), id="tables within tables"),
        pytest.param(repeated("<a><b><i><p></p>"), id="links left open"),
        pytest.param("<p " + " ".join(f"a{n}=1" for n in range(40_000)) + ">", id="attributes"),
        pytest.param('<img srcset="' + repeated("a 1x, ") + '">', id="candidates"),
        pytest.param(repeated('<img srcset="' + "," * 7000 + '">'), id="nothing but commas"),
        pytest.param('<p title="' + "x" * LONG + '">y', id="a long attribute"),
    ],
)
def test_no_markup_stalls_the_sanitiser(html: str) -> None:
    bounded(lambda: clean_html(html, "https://blad.example/a"))


def about(rss_of: Callable[[str], str], inside: str) -> str:
    return rss_of(f"<item><title>t</title>{inside}</item>")


STALLS: dict[str, Callable[[Callable[[str], str]], str]] = {
    "sections that never end": lambda rss: (
        rss("<item><title>t</title>") + "&" + repeated("<![CDATA[")
    ),
    "a text of declarations": lambda rss: about(
        rss, f"<category>é</category><description>{repeated('xmlns:', 1_000_000)}</description>"
    ),
    "such a text and an unknown prefix": lambda rss: about(
        rss,
        f'<q:z xmlns:q="urn:q"/><description>{repeated("xmlns:", 1_000_000)}</description>',
    ),
    "hours that are never skipped": lambda rss: rss(
        f"<description><![CDATA[{repeated('<skipHours>', 1_000_000)}]]></description>"
        "<item><title>t</title></item>"
    ),
    "twenty thousand categories": lambda rss: about(
        rss, "".join(f"<category>c{n}</category>" for n in range(20_000))
    ),
    "bases within bases": lambda rss: (
        '<feed xmlns="http://www.w3.org/2005/Atom">'
        + "".join(f'<g xml:base="{n}/">' for n in range(200))
        + '<entry><title>t</title><link href="a"/></entry>' * 1500
        + "</g>" * 200
        + "</feed>"
    ),
    "an attribute of five megabytes": lambda rss: rss(
        '<item a="' + "x" * 5_000_000 + '"><title>t</title></item>'
    ),
    "a hundred thousand attributes": lambda rss: rss(
        "<item " + " ".join(f"a{n}='1'" for n in range(100_000)) + "><title>t</title></item>"
    ),
    "prefixes without end": lambda rss: about(
        rss, "".join(f"<p{n}:x>1</p{n}:x>" for n in range(20_000))
    ),
    "a guid of a megabyte": lambda rss: about(rss, f"<guid>{'g' * 1_000_000}</guid>"),
    "a date of a megabyte": lambda rss: about(rss, f"<pubDate>{'1/' * 500_000}</pubDate>"),
    "a language of a megabyte": lambda rss: about(
        rss, f"<dc:language>{'a-' * 500_000}</dc:language>"
    ),
    "elements a hundred thousand deep": lambda rss: about(rss, "<a>" * 100_000 + "</a>" * 100_000),
    "titles that run into one another": lambda rss: about(
        rss, repeated("<title>a<link>b</link>", 1_000_000)
    ),
    "sections within sections": lambda rss: about(
        rss, "<b>" + repeated("<![CDATA[", 500_000) + repeated("]]>", 500_000)
    ),
    "sections within sections, one too many": lambda rss: about(
        rss, repeated("<![CDATA[<![CDATA[x]]>", 1_000_000)
    ),
    "sections that run into other entries": lambda rss: about(
        rss, repeated("<a><![CDATA[</item>", 1_000_000)
    ),
    "halves of characters": lambda rss: about(rss, "&" + repeated("&#55357;", 1_000_000)),
    "as deep and never closed": lambda rss: about(rss, "")[:-30] + "<a>" * 100_000,
}


@pytest.mark.parametrize("name", STALLS)
def test_no_document_stalls_the_parser(
    name: str, parse: Parse, rss_of: Callable[[str], str]
) -> None:
    body = STALLS[name](rss_of)
    bounded(lambda: parse(body))


@pytest.mark.parametrize(
    "body",
    [
        '{"items": [' + '{"id": "1"},' * 100_000,
        '{"items": [' * 100_000,
        '{"items": ["' + '\\"' * 1_000_000,
        "{" + ',"a' * 500_000,
        "{" + "," * 1_000_000 + "]" * 10,
    ],
    ids=range(5),
)
def test_no_broken_json_stalls_the_parser(parse: Parse, body: str) -> None:
    def work() -> None:
        with suppress(ParseError, NotAFeed):
            parse(body)

    bounded(work)


@pytest.mark.parametrize("piece", [b"\xe5", b"\x81", b"\xc3\xa5\xe5", b"\xe2\x80 "])
def test_no_bytes_stall_the_parser(parse: Parse, piece: bytes) -> None:
    body = piece * (16_000_000 // len(piece))

    def read() -> None:
        with pytest.raises(NotAFeed):
            parse(body)

    bounded(read)


NINES = "9" * 5000  # more digits than Python reads as a number
ZEROS = "0" * 5000
THOUSANDS = ",000" * 2000


@pytest.mark.parametrize(
    "inside",
    [
        f'<enclosure url="/a.mp3" length="{NINES}"/>',
        f"<slash:comments>1{THOUSANDS}</slash:comments>",
        f'<media:content url="/a.jpg" width="1{ZEROS}"/>',
        f'<media:content url="/a.jpg" width="000001{ZEROS}"/>',
        f'<atom:link rel="replies" href="/k" thr:count="1{THOUSANDS}"/>',
        f'<media:statistics views="{NINES}"/>',
        f"<description>&lt;img src='/a.jpg' width='{NINES}'&gt;</description>",
        f"<pubDate>{NINES}</pubDate>",
    ],
)
def test_numbers_beyond_all_sense_are_no_numbers(item: Item, inside: str) -> None:
    entry = item(f"<title>t</title>{inside}")
    assert entry.title == "t"
    assert not entry.counts


@pytest.mark.parametrize("frequency", ["000001" + "0" * 5000, NINES, "0", "-1", "1e9", "²"])
def test_a_frequency_beyond_all_sense(
    parse: Parse, rss_of: Callable[[str], str], frequency: str
) -> None:
    feed = parse(
        rss_of(
            "<sy:updatePeriod>daily</sy:updatePeriod>"
            f"<sy:updateFrequency>{frequency}</sy:updateFrequency><item><title>t</title></item>"
        )
    )
    assert feed.hints.update_period is not None
    assert feed.hints.update_period.total_seconds() == 86_400


@pytest.mark.parametrize(
    ("said", "hours"),
    [
        ("<sy:updateFrequency> 4 </sy:updateFrequency>", 6),  # of the day, where nothing is said
        ("<sy:updatePeriod> HOURLY\n</sy:updatePeriod>", 1),
        ("<sy:updateFrequency>often</sy:updateFrequency>", None),
        ("<sy:updatePeriod>minutely</sy:updatePeriod>", None),
    ],
)
def test_half_of_the_syndication_module(
    parse: Parse, rss_of: Callable[[str], str], said: str, hours: int | None
) -> None:
    period = parse(rss_of(f"{said}<item><title>t</title></item>")).hints.update_period
    assert (period and period.total_seconds() / 3600) == hours
