"""OPML as the world serves it: what can be had is had, and what is lost is said."""

from __future__ import annotations

import time
import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedhub.config.fields import normal_url
from feedhub.config.opml import read_opml


def opml(body: str, encoding: str = "UTF-8") -> bytes:
    start = f'<?xml version="1.0" encoding="{encoding}"?>\n<opml version="2.0"><body>\n'
    return f"{start}{body}\n</body></opml>\n".encode(encoding)


def test_folders_are_categories() -> None:
    read = opml(
        '<outline text="Nyheter">'
        '<outline type="rss" text="A" title="Tidning A" xmlUrl="https://example.org/a"/>'
        '<outline text="Sport"><outline text="B" xmlUrl="https://example.org/b"></outline></outline>'
        "<outline text='C' xmlUrl='https://example.org/c' />"
        "</outline>"
        '<outline text="https://example.org/d" XMLURL="https://example.org/d"/>'
    )
    assert [(each.url[-1], each.name, each.category) for each in read_opml(read).sources] == [
        ("a", "Tidning A", "Nyheter"),
        ("b", "B", "Sport"),
        ("c", "C", "Nyheter"),
        ("d", None, None),
    ]
    assert read_opml(read).notes == ()


def test_damage_is_mended_and_noted() -> None:
    read = read_opml(
        opml(
            '<outline text="R&D & more" xmlUrl="https://example.org/?a=1&copy=2&amp;b=3"/>\n'
            '<outline text="A "quoted" title" xmlUrl="https://example.org/q"/>\n'
            '<outline text="a > b < c" xmlUrl="https://example.org/l"/>'
        )
    )
    assert [(each.name, each.url) for each in read.sources] == [
        ("R&D & more", "https://example.org/?a=1&copy=2&b=3"),
        ('A "quoted" title', "https://example.org/q"),
        ("a > b < c", "https://example.org/l"),
    ]
    assert read.notes == ("not well-formed, read all the same: line 3, 4, 5",)


def test_what_is_left_out_is_said() -> None:
    read = read_opml(
        opml(
            '<outline text="A" xmlUrl="https://example.org/a"/>\n'
            '<outline text="Again" xmlUrl="https://EXAMPLE.org/a"/>\n'
            '<outline text="Mail" xmlUrl="mailto:a@example.org"/>\n'
            '<outline text="None" xmlUrl=""/>\n'
            '<!-- <outline text="Hidden" xmlUrl="https://example.org/h"/> -->\n'
            '<outline text="Old" xmlUrl="feed://example.org/o"/>'
        )
    )
    assert [each.url for each in read.sources] == ["https://example.org/a", "http://example.org/o"]
    assert read.notes == (
        'line 4: "https://example.org/a" stands twice: kept once',
        'line 5: "mailto:a@example.org" is no http or https address: left out',
        'line 6: "" is no http or https address: left out',
    )


@pytest.mark.parametrize(
    ("data", "name", "notes"),
    [
        (opml('<outline text="Å" xmlUrl="https://a.se/"/>', "iso-8859-1"), "Å", 0),
        (opml('<outline text="Å" xmlUrl="https://a.se/"/>', "utf-16"), "Å", 0),
        (b"\xef\xbb\xbf" + opml('<outline text="\xc5" xmlUrl="https://a.se/"/>'), "Å", 0),
        (b'<outline text="\xc5" xmlUrl="https://a.se/"/>', "Å", 1),
        (b'<?xml encoding="x-nonsense"?><outline text="A" xmlUrl="https://a.se/"/>', "A", 0),
        (opml('<outline text="&#197;&#xe5;&lt;" xmlUrl="https://a.se/"/>'), "Åå<", 0),
        (b'<opml><body><outline text="F"><outline text="A" xmlUrl="https://a.se/"/>', "A", 1),
        (b'<outline text="A" xmlUrl="https://a.se/"', "A", 1),
    ],
)
def test_encodings_and_cut_offs(data: bytes, name: str, notes: int) -> None:
    read = read_opml(data)
    assert [source.name for source in read.sources] == [name]
    assert len(read.notes) == notes


@pytest.mark.parametrize("data", [b"", b"<html></html>", b"\x00" * 99, b"<outline", b"<outline a="])
def test_what_is_no_opml(data: bytes) -> None:
    read = read_opml(data)
    assert read.sources == ()
    assert "no feeds were found; is this an OPML file?" in read.notes


def test_entities_are_inert() -> None:
    bomb = b'<!DOCTYPE o [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><outline text="&b;" xmlUrl="https://a.se/"/>'
    (source,) = read_opml(bomb).sources
    assert source.name == "&b;"


@pytest.mark.parametrize(
    "piece", [b'<outline a="', b"<outline a='\"' ", b'<outline a="b"c', b"<!--", b"<outline>", b'"']
)
def test_hostile_repetition_is_read_in_bounded_time(piece: bytes) -> None:
    before = time.process_time()
    read_opml(piece * (200_000 // len(piece)))
    assert time.process_time() - before < 10


ATTRIBUTE = st.text(
    st.characters(
        codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff"
    ),
    max_size=20,
)


@given(st.lists(st.tuples(ATTRIBUTE, ATTRIBUTE), max_size=5))
def test_well_formed_files_mean_what_xml_says(pairs: list[tuple[str, str]]) -> None:
    root = ElementTree.Element("opml")
    for number, (title, path) in enumerate(pairs):
        ElementTree.SubElement(
            root, "outline", text=title, xmlUrl=f"https://example.org/{number}?{path}"
        )
    read = read_opml(ElementTree.tostring(root, encoding="utf-8"))
    assert [source.url for source in read.sources] == [
        normal_url(f"https://example.org/{number}?{path}") for number, (_, path) in enumerate(pairs)
    ]
    names = [" ".join(title.split()) or None for title, _ in pairs]
    assert [source.name for source in read.sources] == names


@given(st.binary(max_size=300))
def test_never_raises(data: bytes) -> None:
    read_opml(b"<outline " + data)
