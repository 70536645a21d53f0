"""Lists of subscriptions from other programs: OPML, Planet's .ini, addresses; and OPML back."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedhub.config import load_config
from feedhub.config.edit import New, add_sources
from feedhub.config.subscriptions import read_subscriptions
from feedhub.model import Hub, Source
from feedhub.publish.context import PublishContext
from feedhub.publish.opml import render_opml_sources
from feedhub.publish.text import one_line

PLANET = """\
# Planet configuration file
[Planet]
name = Planet Example
link = https://planet.example.org/
filter = noise
output_theme: classic

[DEFAULT]
facewidth = 65

[https://a.example.org/feed]
name = Anna Ek
face = ek.png
  more of the same value

[feed:https://b.example.org/atom]   ; moved lately
name: Bo : Ström
filter: python|postgres

[https://list.example.org/all.opml]
content_type = opml
name = Others

[ftp://c.example.org/]
name = C
[feed://d.example.org/]
this is no option
[https://a.example.org/feed]
name = Twice
"""


def test_planet_ini() -> None:
    read = read_subscriptions(PLANET.encode())
    assert [(source.url, source.name) for source in read.sources] == [
        ("https://a.example.org/feed", "Anna Ek"),
        ("https://b.example.org/atom", "Bo : Ström"),
        ("http://d.example.org/", None),
    ]
    assert read.notes == (
        'line 18: filter of "https://b.example.org/atom" is not taken over; see drop:',
        'line 21: "https://list.example.org/all.opml" is a reading list, not a feed: left out',
        'line 24: "ftp://c.example.org/" is no http or https address: left out',
        'line 27: "this is no option" is no key and value: passed over',
        'line 28: "https://a.example.org/feed" stands twice: kept once',
    )


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "\ufeff" + text,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "\n\n;  first\n" + text,
    ],
)
def test_planet_ini_as_windows_saves_it(change) -> None:
    read = read_subscriptions(change(PLANET).encode())
    assert [source.name for source in read.sources] == ["Anna Ek", "Bo : Ström", None]


def test_planet_ini_in_latin_1() -> None:
    read = read_subscriptions(PLANET.encode("latin-1"))
    assert read.sources[1].name == "Bo : Ström"
    assert read.notes[0] == "not in the encoding that it names: read as windows-1252"


def test_addresses_and_newsboat_urls() -> None:
    read = read_subscriptions(
        b'# mine\nhttps://a.example/f\n\nhttps://b.example/f news "~Bladet"\n'
        b'https://c.example/f "sport och kultur" !hidden # why\n"query:x:y"\nhttps://a.example/f\n'
    )
    assert [(each.url[8:9], each.name, each.category) for each in read.sources] == [
        ("a", None, None),
        ("b", "Bladet", "news"),
        ("c", None, "sport och kultur"),
    ]
    assert read.notes == ('line 6: "\\"query:x:y\\"" is no address: left out',)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"<html><a href='https://a.se'>x</a>",
        b"[section]\nkey=1\n",
        b"\x00\xff",
        b"{}",
    ],
)
def test_what_is_no_list(data: bytes) -> None:
    read = read_subscriptions(data)
    assert read.sources == ()
    assert read.notes


@given(st.binary(max_size=400))
def test_never_raises(data: bytes) -> None:
    read_subscriptions(data)
    read_subscriptions(b"[https://a.se/]\n" + data)


NAMES = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co")),
    min_size=1,
    max_size=15,
).map(one_line)  # what is written out is legal, and no longer encoded twice


@given(
    st.lists(
        st.tuples(st.integers(0, 30), st.none() | NAMES, st.none() | NAMES),
        unique_by=lambda each: each[0],
        max_size=8,
    )
)
def test_opml_out_and_in_again(rows: list[tuple[int, str | None, str | None]]) -> None:
    """Folders are categories both ways; sources come back grouped, as they were written."""
    sources = [
        Source(key=url, url=url, name=name or None, category=category or None)
        for number, name, category in rows
        for url in [
            f"https://example.org/{number}?a=1&b=<2>".replace("<", "%3C").replace(">", "%3E")
        ]
    ]
    ctx = PublishContext(hub=Hub(), authority="", version="")
    read = read_subscriptions(render_opml_sources(sources, ctx))
    wanted = {(each.url, each.name, each.category) for each in sources}
    assert {(each.url, each.name, each.category) for each in read.sources} == wanted
    assert read.notes == () or not rows


def test_many_are_added_in_one_write(tmp_path: Path) -> None:
    path = tmp_path / "feeds.yaml"
    path.write_text("# mine\nsources:\n  - https://a.example/  # first\n# end\n")
    new = [New(f"https://n{number}.example/f", f"N {number}", "x") for number in range(2000)]
    assert add_sources(path, [*new, New("https://a.example")]) == 2000
    assert len(load_config(path, {}).sources) == 2001
    assert path.read_text().startswith(
        "# mine\nsources:\n  - https://a.example/  # first\n  - url:"
    )
    assert path.read_text().endswith("category: x\n# end\n")
