"""Encodings and malformed XML: what can be saved is saved, and how is told."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedhub.errors import ParseError
from feedhub.model import ParsedFeed
from feedhub.parse.charset import codec_name, decode

Parse = Callable[..., ParsedFeed]
TITLE = "Åsa åt räksmörgås på Öland – ”gott”"


def feed(declared: str | None, codec: str, title: str = TITLE) -> bytes:
    declaration = f'<?xml version="1.0" encoding="{declared}"?>\n' if declared else ""
    text = (
        f'{declaration}<rss version="2.0"><channel><title>T</title><item><title>{title}</title>'
        "<link>https://blad.example/a</link></item></channel></rss>"
    )
    return text.encode(codec)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (feed("UTF-8", "utf-8"), ""),
        (feed(None, "utf-8"), ""),
        (feed("utf-8", "utf-8-sig"), "application/rss+xml"),
        (feed("utf-16", "utf-16"), ""),
        (feed("utf-16", "utf-16-le"), ""),
        (feed("utf-16", "utf-16-be"), ""),
        (feed(None, "utf-16-be"), ""),
        (feed("utf-32", "utf-32"), ""),
        (feed("windows-1252", "cp1252"), ""),
        (feed("iso-8859-1", "cp1252"), ""),
        (feed(None, "cp1252"), ""),
        (feed(None, "cp1252"), "text/xml; charset=windows-1252"),
        (feed(None, "cp1252"), 'text/xml; charset="ISO-8859-1"'),
        (feed("UTF-8", "cp1252"), ""),  # declared as what it is not
        (feed("UTF-8", "cp1252"), "application/xml; charset=utf-8"),
        (feed("iso-8859-1", "utf-8"), ""),
        (feed("us-ascii", "utf-8"), ""),
        (feed("iso-8859-1", "utf-8"), "text/xml; charset=iso-8859-1"),
        (feed("utf-8", "utf-8"), "text/xml; charset=us-ascii"),
        (feed("x-unknown", "utf-8"), "text/xml; charset=nonsense"),
        (feed("utf-16", "utf-8"), ""),
        (b"\xef\xbb\xbf\n \n" + feed("UTF-8", "utf-8"), ""),
        (b"\xff\xfe" + feed("utf-16", "utf-16-le") + b"\n", ""),  # half a character too much
        (b"\xfe\xff" + feed("utf-16", "utf-16-be")[:-1], ""),  # or too little
        (feed("utf-16", "utf-16-le")[:-21], ""),
        ("\n ".encode("utf-16-le") + feed("utf-16", "utf-16-le"), ""),
        (b"\xff\xfe" + feed(None, "utf-16-le") + b"\x00\xd8", ""),  # half of an emoji
    ],
)
def test_swedish_letters_come_through(parse: Parse, body: bytes, content_type: str) -> None:
    assert parse(body, content_type=content_type).entries[0].title == TITLE


@pytest.mark.parametrize(
    ("declared", "codec", "title"),
    [
        ("iso-8859-2", "iso-8859-2", "Zażółć gęślą jaźń"),
        ("iso-8859-15", "iso-8859-15", "10 € för allt på Öland"),
        ("koi8-r", "koi8-r", "Новости дня"),
        ("windows-1251", "cp1251", "Новости дня"),
        ("gb2312", "gb18030", "新闻 – 今天"),
        ("shift_jis", "cp932", "日本のニュース"),
        ("x-sjis", "cp932", "日本のニュース"),
        ("euc-jp", "euc-jp", "日本のニュース"),
        ("iso-2022-jp", "iso-2022-jp", "日本のニュース"),
        ("big5", "big5", "今日新聞"),
        ("macintosh", "mac-roman", "Åsa på Öland"),
        ("cp500", "cp500", "Nyheter idag"),
    ],
)
def test_other_encodings(parse: Parse, declared: str, codec: str, title: str) -> None:
    assert parse(feed(declared, codec, title)).entries[0].title == title


def test_the_same_two_letters_all_along_prove_no_utf_8(parse: Parse) -> None:
    # in GBK each of these is two bytes that are also a letter of UTF-8
    assert parse(feed("gbk", "gbk", "医学 " * 12)).entries[0].title == ("医学 " * 12).strip()


@pytest.mark.parametrize("pad", ["", " "])
def test_a_document_of_ascii_is_no_utf_16_whatever_it_declares(parse: Parse, pad: str) -> None:
    # as .NET declares what is written to a string, and sends it as UTF-8
    body = feed("utf-16", "ascii", f"News{pad}today")
    assert parse(body).entries[0].title == f"News{pad}today"


@pytest.mark.parametrize(
    ("declared", "title"),
    [
        ("windows-1251", "Новости дня"),
        ("koi8-r", "Новости дня из Москвы"),
        ("iso-8859-7", "Τα νέα της ημέρας"),
        ("windows-1254", "Günün haberleri"),
        ("windows-1256", "أخبار اليوم من القاهرة"),
        ("gb2312", "今天的新闻很多"),
        ("big5", "今天的新聞很多啊"),
    ],
)
def test_many_letters_of_utf_8_prove_it_against_any_declaration(
    parse: Parse, declared: str, title: str
) -> None:
    for content_type in ("", f"text/xml; charset={declared}"):
        got = parse(feed(declared, "utf-8", title), content_type=content_type)
        assert got.entries[0].title == title
        assert got.repairs[0].endswith("but is utf-8")


@pytest.mark.parametrize(
    ("declared", "title"),
    [
        ("windows-1251", "Новости дня"),
        ("win-1251", "Новости дня"),
        ("iso-8859-2", "Zażółć gęślą jaźń"),
        ("iso-8859-15", "10 € för allt på Öland"),
        ("shift_jis", "日本のニュース"),
        ("windows-874", "ข่าววันนี้"),
    ],
)
def test_latin_1_by_default_yields_to_what_a_document_declares(
    parse: Parse, declared: str, title: str
) -> None:
    codec = codec_name(declared)
    assert codec is not None
    body = feed(declared, codec, title)
    assert parse(body, content_type="text/xml; charset=ISO-8859-1").entries[0].title == title


def test_seven_bits_that_only_the_header_names_are_read(parse: Parse) -> None:
    body = feed(None, "iso-2022-jp", "日本のニュース")
    got = parse(body, content_type="text/xml; charset=ISO-2022-JP")
    assert got.entries[0].title == "日本のニュース"


def test_the_sources_own_encoding_wins(parse: Parse) -> None:
    body = feed("utf-8", "cp1251", "Новости дня")
    assert parse(body, encoding="windows-1251").entries[0].title == "Новости дня"
    assert parse(feed("utf-8", "utf-8"), encoding="no-such").entries[0].title == TITLE


def test_emoji_written_as_two_halves_each_encoded_come_through(parse: Parse) -> None:
    halves = "😀".encode("utf-16-be")
    pair = b"".join(
        chr(int.from_bytes(halves[at : at + 2], "big")).encode("utf-8", "surrogatepass")
        for at in (0, 2)
    )
    found = parse(feed("utf-8", "utf-8", "Räksmörgås X").replace(b"X", pair))
    assert found.entries[0].title == "Räksmörgås 😀"
    assert found.repairs == ("characters written as two halves",)


def test_a_few_bad_bytes_do_not_spoil_the_rest(parse: Parse) -> None:
    body = feed("utf-8", "utf-8", TITLE * 3 + "XX").replace(b"XX", b"\xe5\x93")
    got = parse(body)
    assert got.entries[0].title == TITLE * 3 + "å“"
    assert any("windows-1252" in note for note in got.repairs)


def test_what_was_overruled_is_told() -> None:
    assert "declared cp1252" in decode(feed("iso-8859-1", "utf-8")).note
    assert decode(feed("utf-8", "utf-8")).note == ""
    assert "windows-1252" in decode(feed("utf-8", "cp1252")).note


def test_an_older_half_in_latin_1_is_read_as_well(parse: Parse) -> None:
    head = b'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>T</title>'
    item = "<item><title>Räksmörgås på ön</title><link>https://blad.example/{}</link></item>"
    body = head + b"".join(
        item.format(number).encode("utf-8" if number % 2 else "latin-1") for number in range(6)
    )
    feed = parse(body + b"</channel></rss>")
    assert {entry.title for entry in feed.entries} == {"Räksmörgås på ön"}
    assert len(feed.entries) == 6
    # one cut letter in a short document
    feed = parse(head + item.format(1).encode().replace(b"\xb6n", b"n") + b"</channel></rss>")
    assert feed.entries[0].title == "Räksmörgås på Ãn"


@pytest.mark.parametrize("label", ["rot13", "hex", "unicode_escape", "utf-7", "idna", "", "nix"])
def test_codecs_that_are_no_encodings(label: str) -> None:
    assert codec_name(label) is None


@settings(deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["", "text/xml; charset=utf-8", "charset=x"]))
def test_decoding_never_fails(body: bytes, content_type: str) -> None:
    assert isinstance(decode(body, content_type=content_type).text, str)


# --- malformed XML ----------------------------------------------------------------------

ITEM = "<item><title>{}</title><link>https://blad.example/{}</link></item>"
WHOLE = (
    '<rss version="2.0"><channel><title>T</title><link>https://blad.example/</link>'
    f"{ITEM.format('Ett', 1)}{ITEM.format('Två', 2)}{ITEM.format('Tre', 3)}</channel></rss>"
)
DECLARED = f'<?xml version="1.0" encoding="utf-8"?>{WHOLE}'


@pytest.mark.parametrize(
    ("body", "titles", "repair"),
    [
        (" \n\t" + DECLARED, ["Ett", "Två", "Tre"], "blank"),
        ("<br />\n<b>Warning</b>: x in y.php\n" + DECLARED, ["Ett", "Två", "Tre"], ""),
        ("PHP Warning: x\n" + DECLARED, ["Ett", "Två", "Tre"], "junk before"),
        ("<!-- cache -->\n" + DECLARED, ["Ett", "Två", "Tre"], "declaration not at the start"),
        (DECLARED + "<!-- cache --><script>x</script>", ["Ett", "Två", "Tre"], "junk after"),
        (DECLARED + "\x00\x00", ["Ett", "Två", "Tre"], ""),
        (DECLARED.replace("Två", "Två & Tre"), ["Ett", "Två & Tre", "Tre"], "ampersand"),
        (DECLARED.replace("Två", "F&O&amp;U"), ["Ett", "F&O&U", "Tre"], "ampersand"),
        (DECLARED.replace("Två", "Tv&aring; &ndash; x"), ["Ett", "Två – x", "Tre"], "entities"),
        (DECLARED.replace("Två", "a &nosuch; b"), ["Ett", "a &nosuch; b", "Tre"], "entities"),
        (DECLARED.replace("/2<", "/2?a=1&b=2<"), ["Ett", "Två", "Tre"], "ampersand"),
        (DECLARED.replace("Två", "Tv\x0bå\x1f"), ["Ett", "Två", "Tre"], "control"),
        (DECLARED.replace("Två", "Tv&#x1F;å"), ["Ett", "Två", "Tre"], "control"),
        (
            DECLARED.replace("<title>Två", "<media:title>x</media:title><title>Två"),
            ["Ett", "Två", "Tre"],
            "prefixes",
        ),
        (
            DECLARED.replace("<title>Två", "<x:y z:w='1'/><title>Två"),
            ["Ett", "Två", "Tre"],
            "prefix",
        ),
        (DECLARED[: DECLARED.index("Tre")], ["Ett", "Två"], "cut off"),
        (DECLARED[: DECLARED.index("</channel>")], ["Ett", "Två", "Tre"], "cut off"),
        (DECLARED[: DECLARED.index("/3<") + 2], ["Ett", "Två"], "cut off"),
        (DECLARED.replace("Två</title>", "Två</titel>"), ["Ett"], "not well-formed"),
        (DECLARED.replace("Två</title>", "Två"), ["Ett", "Två", "Tre"], "titles"),
        (DECLARED.replace("</title>", ""), ["Ett", "Två", "Tre"], "titles"),
        (
            DECLARED.replace("Två", "<![CDATA[Två <![CDATA[och]]> en]]>"),
            ["Ett", "Två och en", "Tre"],
            "CDATA within CDATA",
        ),
        (
            DECLARED.replace("Två", "<![CDATA[<![CDATA[Två]]>]]>"),
            ["Ett", "Två", "Tre"],
            "CDATA within CDATA",
        ),
        (DECLARED.replace("Två", "<![CDATA[Två"), ["Ett", "Två", "Tre"], "not closed"),
        (
            DECLARED.replace("Ett", "<![CDATA[Ett").replace("Tre", "<![CDATA[Tre"),
            ["Ett", "Två", "Tre"],
            "CDATA that was not closed",
        ),
        (
            DECLARED.replace("<link>", '<enclosure url="<![CDATA[/1.mp3]]>"/><link>'),
            ["Ett", "Två", "Tre"],
            "CDATA within attributes",
        ),
        (
            DECLARED.replace("Två", "&#55357;&#56832;&#xD83D;&#xDE00;&#55357;Två&#xDE00;"),
            ["Ett", "😀😀Två", "Tre"],
            "halves of characters",
        ),
        (DECLARED.replace("<rss version=", "<rss version=2.0 x="), ["Ett", "Två", "Tre"], ""),
    ],
)
def test_saved(parse: Parse, body: str, titles: list[str], repair: str) -> None:
    got = parse(body)
    found = [entry.title for entry in got.entries]
    assert found[: len(titles)] == titles
    if repair:
        assert any(repair in note for note in got.repairs), got.repairs


def test_a_blank_after_the_document_is_no_junk(parse: Parse, rss_of: Callable[[str], str]) -> None:
    feed = parse(rss_of("<item><title>a & b</title></item>") + "\n \n")
    assert feed.repairs == ("bare ampersands or undeclared entities",)


def test_html_in_cdata_is_left_alone_by_repairs(parse: Parse) -> None:
    body = DECLARED.replace(
        "<title>Två</title>",
        "<title>A & B</title><description><![CDATA[<p>x &amp; y & z</p>]]></description>",
    )
    entry = parse(body).entries[1]
    assert entry.title == "A & B"
    assert entry.content_html == "<p>x &amp; y &amp; z</p>"


def test_words_about_markup_are_left_alone_by_repairs(parse: Parse) -> None:
    words = "<p>&lt;title>a<title>b<link>c &lt;![CDATA[d <![CDATA[e</p>"
    body = DECLARED.replace(
        "<title>Två</title>",
        f"<title>A & B</title><description><![CDATA[{words}]]></description>",
    ).replace("Tre", "<![CDATA[Tre]]>")
    got = parse(body)
    assert got.repairs == ("bare ampersands or undeclared entities",)
    sound = parse(body.replace("A & B", "A &amp; B"))
    assert sound.repairs == ()
    told = [(entry.title, entry.summary, entry.content_html) for entry in sound.entries]
    assert [(e.title, e.summary, e.content_html) for e in got.entries] == told


@pytest.mark.parametrize("junk", ["<!-- ]]> --> plain & x", "plain & ]]> stray"])
def test_a_section_that_speaks_of_sections_swallows_no_entry(parse: Parse, junk: str) -> None:
    body = DECLARED.replace(
        "<title>Ett</title>",
        "<title>Ett</title><description><![CDATA[use <![CDATA[ to open]]></description>",
    ).replace("<title>Två</title>", f"<title>Två</title><description>{junk}</description>")
    assert [entry.title for entry in parse(body).entries] == ["Ett", "Två", "Tre"]


def test_structure_is_mended_only_where_all_else_is_not_enough(parse: Parse) -> None:
    odd = '<title>A <dc:x xmlns:dc="u">q</dc:x><![CDATA[tail]]></title><author>B & C</author>'
    got = parse(DECLARED.replace("<title>Två</title>", odd + "<!-- <title>x<link>y -->"))
    assert got.repairs == ("bare ampersands or undeclared entities",)
    assert [entry.title for entry in got.entries][::2] == ["Ett", "Tre"]


BOMB = (
    '<!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa">'
    + "".join(
        f'<!ENTITY {new} "{f"&{old};" * 10}">'
        for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]>"
)


@pytest.mark.parametrize(
    "doctype",
    [
        BOMB,
        '<!DOCTYPE rss [<!ENTITY i SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE rss [<!ENTITY i SYSTEM "http://127.0.0.1:9/x">]>',
        '<!DOCTYPE rss [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p;]>',
        '<!DOCTYPE rss SYSTEM "http://127.0.0.1:9/x.dtd">',
        '<!DOCTYPE rss [<!ENTITY i "' + "x" * 50_000 + '">]>',
    ],
)
def test_entities_are_inert(parse: Parse, doctype: str) -> None:
    body = WHOLE.replace("Två", "Två&i;" * 50)
    got = parse('<?xml version="1.0"?>' + doctype + body)
    titles = [entry.title for entry in got.entries]
    assert titles[0] == "Ett"
    assert sum(map(len, titles)) < 2000
    assert "root:" not in "".join(titles)


def test_an_entry_of_nothing_is_refused_and_counted(parse: Parse) -> None:
    body = WHOLE.replace("<title>Två</title><link>https://blad.example/2</link>", "<guid>x</guid>")
    got = parse(body)
    assert [entry.title for entry in got.entries] == ["Ett", "Tre"]
    assert [entry.position for entry in got.entries] == [0, 2]
    assert got.refused == {"no title, link or content": 1}


def test_an_entry_said_twice_is_one(parse: Parse) -> None:
    got = parse(WHOLE.replace(ITEM.format("Två", 2), ITEM.format("Två", 2) * 2))
    assert [entry.title for entry in got.entries] == ["Ett", "Två", "Tre"]
    assert got.refused == {"said twice in the document": 1}
    assert got.repeated_links == frozenset()


def test_shared_guids_and_links_are_told_over_all_entries(parse: Parse) -> None:
    body = "".join(
        f"<item><guid>/a/</guid><title>Nr {n}</title>"
        f"<link>https://blad.example/{n // 2}</link></item>"
        for n in range(3)
    )
    text = f'<rss version="2.0"><channel><title>T</title>{body}</channel></rss>'
    first = parse(text)
    assert first.repeated_guids == {"/a/"}
    assert first.repeated_links == {"https://blad.example/0"}
    again = parse(text, known=frozenset(entry.hash for entry in first.entries))
    assert again.entries == ()
    assert [known.position for known in again.known] == [0, 1, 2]
    assert again.repeated_guids == first.repeated_guids
    assert again.repeated_links == first.repeated_links
    assert again.found == 3


# --- broken JSON ------------------------------------------------------------------------

JSON = (
    '{"version": "https://jsonfeed.org/version/1.1", "title": "T", "items": ['
    '{"id": "1", "title": "Ett"}, {"id": "2", "title": "Två ,] }"}, {"id": "3", "title": "Tre"}]}'
)


@pytest.mark.parametrize(
    ("body", "titles"),
    [
        (JSON.replace("}]}", "},]}"), ["Ett", "Två ,] }", "Tre"]),
        (JSON.replace('"Ett"}', '"Ett",}'), ["Ett", "Två ,] }", "Tre"]),
        (JSON + "\n<!-- cache -->", ["Ett", "Två ,] }", "Tre"]),
        (JSON[: JSON.index("Tre")], ["Ett", "Två ,] }"]),
        (JSON[: JSON.index("}]}") + 1], ["Ett", "Två ,] }", "Tre"]),
        (JSON.replace('"id": "3"', "'id': 3"), ["Ett", "Två ,] }"]),
    ],
)
def test_of_broken_json_what_is_whole_is_saved(parse: Parse, body: str, titles: list[str]) -> None:
    found = parse(body)
    assert found.title == "T"
    assert [entry.title for entry in found.entries] == titles
    assert any("broken JSON" in note for note in found.repairs)


@pytest.mark.parametrize(
    "body", ['{"version": "https://jsonfeed.org/version/1.1", "items": [{"id', "[" * 9, "{]"]
)
def test_json_with_nothing_whole_in_it_is_refused(parse: Parse, body: str) -> None:
    with pytest.raises(ParseError, match="broken JSON"):
        parse(body)
