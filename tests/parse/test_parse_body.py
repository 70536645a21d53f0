"""An entry's words: what is a summary, what is content, and what is neither."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from feedhub.model import Entry
from feedhub.parse.text import summarise, without_last_link

Item = Callable[..., Entry]
HTML = "text/html"
LINK = "https://blad.example/a"


def described(html: str) -> str:
    return f"<title>A</title><link>{LINK}</link><description><![CDATA[{html}]]></description>"


@pytest.mark.parametrize(
    "caption",
    [
        "<figure><img src=/b.jpg><figcaption>Vy. <b>Foto</b>: Ek</figcaption></figure>",
        '<div><img src=/b.jpg><p id="x" class="wp-caption-text">Vy. Foto: Ek</p></div>',
    ],
)
def test_a_pictures_caption_is_content_and_no_summary(item: Item, caption: str) -> None:
    entry = item(described(f"{caption}<p>Texten.</p>"))
    assert entry.summary == "Texten."
    assert "Ek" in entry.content_html
    assert item(described(caption)).summary == "Vy. Foto: Ek"  # where there is nothing else


def test_captions_that_never_end_cost_little() -> None:
    start = time.process_time()
    for mark in ("<figcaption>", '<p class="wp-caption-text">'):
        summarise(mark * 20_000, HTML)
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    "end",
    [
        f'<a href="{LINK}">Continue reading...</a>',
        f'<p><a class="more-link" href="{LINK}">Läs mer</a> »</p>',
        f'<p>Inlägget <a href="{LINK}">En lång rubrik som är längre än fyrtio tecken</a> dök först '
        'upp på <a rel="nofollow" href="https://blad.example">Bladet</a>.</p>\n',
    ],
)
def test_the_link_that_publishing_systems_end_with_is_no_summary(item: Item, end: str) -> None:
    entry = item(described(f"<p>Text och mer text.</p>{end}"))
    assert entry.summary == "Text och mer text."
    assert f'href="{LINK}"' in entry.content_html


@pytest.mark.parametrize(
    "end",
    [
        '<a href="https://blad.example/b">Läs även</a>',
        f'<a href="{LINK}">En lång rubrik som är längre än fyrtio tecken</a>',
        f'<p>Mer om <a href="{LINK}">detta</a> och <a href="https://annan.example/">annat</a>.</p>',
        f'<a href="{LINK}">Läs mer</a> Slut.',
        f'<p>Allt står i <a href="{LINK}">vår artikel</a>.</p>',
        f'Allt står i <a href="{LINK}">vår artikel</a>',
        f'<p>Läs gärna hela den långa och goda boken av <a href="{LINK}">Ek</a> i '
        '<a href="https://blad.example">Bladet</a>.</p>',
    ],
)
def test_other_links_at_the_end_are(item: Item, end: str) -> None:
    entry = item(described(f"<p>Text och mer text.</p>{end}"))
    assert len(entry.summary) > len("Text och mer text.")


def test_words_before_that_link_in_its_paragraph_stay(item: Item) -> None:
    for words in ("Det regnar.", "Det regnar…", "Det regnar [&#8230;]"):
        entry = item(described(f'<p>Ett.</p><p>{words} <a href="{LINK}">Läs mer</a></p>'))
        assert entry.summary == f"Ett. {words.replace('&#8230;', '…')}"


def test_a_caption_that_is_not_closed_ends_with_its_picture(item: Item) -> None:
    one, two = "<figure><figcaption>Ett</figure>", "<figure><figcaption>Två</figcaption></figure>"
    assert item(described(f"{one}<p>Texten.</p>{two}<p>Mer.</p>")).summary == "Texten. Mer."


def test_where_that_link_is_all_it_is_the_summary(item: Item) -> None:
    assert item(described(f'<a href="{LINK}">Läs mer</a>')).summary == "Läs mer"


@pytest.mark.parametrize("around", ["{}", "<p>{}</p>"])
def test_a_way_to_the_comments_is_no_summary(item: Item, around: str) -> None:
    link = around.format('<a href="https://news.example/1">Comments</a>')
    entry = item(f"<comments>https://news.example/1</comments>{described(link)}")
    assert (entry.summary, entry.comments_url) == ("", "https://news.example/1")
    entry = item(f"<comments>https://news.example/1</comments>{described('Ett ord. ' + link)}")
    assert entry.summary == "Ett ord. Comments"
    words = around.format('Ett ord. <a href="https://news.example/1">Comments</a>')
    entry = item(f"<comments>https://news.example/1</comments>{described(words)}")
    assert entry.summary == "Ett ord. Comments"


def test_looking_for_that_link_costs_little() -> None:
    start = time.process_time()
    for mark in ('<p><a href="', f'<a href="{LINK}">x</a>', "<a ", "<p>x"):
        for _ in range(20):
            without_last_link(mark * 20_000 + "</a>", LINK)
    assert time.process_time() - start < 5


def test_text_without_markup_has_its_paragraphs_whatever_it_is_called(item: Item) -> None:
    words = "Ord &amp; mer. " * 60
    entry = item(f"<title>A</title><description>Ett\ntvå.\n \n{words}</description>")
    assert entry.content_html.startswith("<p>Ett<br>två.</p><p>Ord &amp; mer. Ord")
    lines = item(f"<title>A</title><description>Ett\ntvå. {words}</description>")
    assert lines.content_html
    assert "<br>" not in lines.content_html  # wrapped at some width, as mails are


def test_a_topic_is_not_its_own_publisher(item: Item) -> None:
    topic = f'<title>Hur gör man?</title><link>{LINK}</link><source url="{LINK}.rss">'
    entry = item(f"{topic}Hur gör man?</source>")
    assert (entry.origin_name, entry.origin_url) == (None, None)
    entry = item(f"{topic}Bladet</source>")
    assert (entry.origin_name, entry.origin_url) == ("Bladet", f"{LINK}.rss")
