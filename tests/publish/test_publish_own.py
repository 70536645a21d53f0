"""A hub's own templates and styles; found words; silence; all that pages show of habits."""

import dataclasses
from datetime import timedelta

import pytest

from feedhub.model import GuidTrust
from feedhub.publish import render_about, render_front, render_status
from feedhub.publish.assets import load_assets
from feedhub.publish.context import FragmentCache
from feedhub.publish.highlight import mark, terms
from feedhub.publish.views import silence


@pytest.fixture
def own(make, tmp_path):
    """A context whose hub has its own folder; give it files by ``own(**{name: text})``."""

    def made(**files):
        for name, text in files.items():
            path = tmp_path / name.replace("__", "/").replace("_dot_", ".")
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, "utf-8")
        return dataclasses.replace(make.ctx(), overrides=tmp_path)

    return made


def test_a_template_beside_feeds_yaml_goes_before_ours(make, own):
    text = '{% extends "feedhub/about.html" %}{% block main %}<p>Vi är vi.</p>{% endblock %}'
    ctx = own(templates__about_dot_html=text)
    body = render_about([], ctx).decode()
    assert "Vi är vi." in body
    assert 'class="masthead"' in body
    assert b"Kustnytt" in render_front(make.pair(), ctx)


def test_a_template_that_is_broken_leaves_ours_up(own):
    for text in ("{% block", "{{ finns.inte }}", '{% extends "saknas.html" %}'):
        body = render_about([], own(templates__about_dot_html=text)).decode()
        assert "feedhub 0.1.0" in body


def test_own_styles_replace_ours_or_come_after(make, own):
    ctx = own(static__own_dot_css="body { color: teal }", static__secret_dot_txt="x")
    body = render_about([], ctx).decode()
    ours, theirs = ctx.assets["hub.css"], ctx.assets["own.css"]
    assert body.index(ours.path) < body.index(theirs.path)
    assert "secret.txt" not in ctx.assets
    replaced = own(static__hub_dot_css="body {}")
    assert replaced.assets["hub.css"].body == b"body {}"
    assert load_assets()["hub.css"].path in render_about([], make.ctx()).decode()


@pytest.mark.parametrize(
    ("query", "marked"),
    [
        ("malmo", "<mark>Malmös</mark> får går långt"),
        ("Malmö", "<mark>Malmös</mark> får går långt"),
        ("far", "Malmös <mark>får</mark> går långt"),
        ("får", "Malmös <mark>får</mark> går långt"),
        ("gär", "Malmös får går långt"),
        ("fa\u030ar", "Malmös <mark>får</mark> går långt"),
        ("lang OR x", "Malmös får går <mark>långt</mark>"),
    ],
)
def test_found_words_are_marked_as_the_search_reads_letters(query, marked):
    assert mark("Malmös får går långt", terms(query)) == marked


def test_a_source_is_silent_only_beyond_its_own_habit(make):
    def at(*hours):
        return [make.now - timedelta(hours=one) for one in hours]

    assert silence(at(30, 31, 32, 33), make.now) == timedelta(hours=30)
    assert silence(at(20, 21, 22, 23), make.now) is None  # a night and a morning
    assert silence(at(30, 54, 78, 102), make.now) is None  # it writes once a day
    assert silence(at(500, 501), make.now) is None  # too little known
    assert silence([], make.now) is None


def test_trust_in_ids_is_told(make):
    status = make.status(1, make.ok())
    guids = GuidTrust(trusted=False, reason="3 of 4 flipped")
    stored = dataclasses.replace(status.stored, guids=guids)
    body = render_status([dataclasses.replace(status, stored=stored)], make.ctx(), make.now)
    assert "dess id-nummer går inte att lita på (3 of 4 flipped)" in body.decode()


def test_the_about_page_tells_how_popular_is_ranked(make):
    body = render_about([make.source(category="inrikes")], make.ctx()).decode()
    assert "oberoende källor" in body
    assert 'href="/category/inrikes"' in body
    assert 'href="/api/v1/openapi.json"' in body


def test_kept_fragments_are_bounded_and_may_be_asked_for_from_threads():
    from concurrent.futures import ThreadPoolExecutor

    cache = FragmentCache(limit=10)

    def work(number):
        return cache.get(number % 30, number % 30, lambda: str(number % 30))

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(2000))) == [str(n % 30) for n in range(2000)]
