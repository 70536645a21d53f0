"""The hub as files: the same bytes, only what changed, nobody else's files touched."""

import gzip

import pytest

from feedhub.errors import FeedhubError
from feedhub.serve import render_site, write_site
from feedhub.serve.write import MANIFEST


@pytest.fixture
def pages(make):
    latest, popular = make.pair()
    return render_site(
        [latest, popular],
        [popular],
        [make.status(1, make.ok())],
        [make.source()],
        make.ctx(static=True),
    )


def test_every_address_becomes_a_file_with_the_same_bytes(pages, tmp_path):
    done = write_site(tmp_path, pages)
    assert done.written > len(pages)
    for path, name in (
        ("/", "index.html"),
        ("/senaste", "senaste/index.html"),
        ("/popular.new.atom", "popular.new.atom"),
        ("/story/s1", "story/s1/index.html"),
        ("/item/i9", "item/i9/index.html"),
        ("/lists.opml", "lists.opml"),
    ):
        assert (tmp_path / name).read_bytes() == pages[path].body
    assert gzip.decompress((tmp_path / "senaste.atom.gz").read_bytes()) == (
        pages["/senaste.atom"].body
    )


def test_a_second_run_writes_nothing_and_a_change_only_itself(pages, tmp_path):
    write_site(tmp_path, pages)
    stamp = (tmp_path / "index.html").stat().st_mtime_ns
    assert write_site(tmp_path, pages).written == 0
    changed = pages | {"/lists.opml": pages["/sources.opml"]}
    done = write_site(tmp_path, changed)
    assert done.written == 1 + (pages["/sources.opml"].gzip is not None)
    assert (tmp_path / "index.html").stat().st_mtime_ns == stamp


def test_what_is_no_longer_served_goes_and_what_is_not_ours_stays(pages, tmp_path):
    (tmp_path / "CNAME").write_text("hub.example")
    (tmp_path / "story").mkdir()
    (tmp_path / "story" / "egen.html").write_text("min")
    write_site(tmp_path, pages)
    fewer = {path: one for path, one in pages.items() if not path.startswith(("/story", "/item"))}
    assert write_site(tmp_path, fewer).removed
    assert not (tmp_path / "item").exists()
    assert (tmp_path / "story" / "egen.html").read_text() == "min"
    assert (tmp_path / "CNAME").read_text() == "hub.example"
    assert not list(tmp_path.rglob("*.tmp"))


def test_a_list_of_files_that_was_tampered_with_removes_nothing_outside(pages, tmp_path):
    outside = tmp_path / "utanför.txt"
    outside.write_text("kvar")
    site = tmp_path / "site"
    site.mkdir()
    (site / MANIFEST).write_text('["../utanför.txt", 7, "' + str(outside) + '"]')
    write_site(site, pages)
    assert outside.read_text() == "kvar"
    (site / MANIFEST).write_text("trasig")
    write_site(site, pages)


def test_a_directory_that_cannot_be_is_one_clear_line(pages, tmp_path):
    (tmp_path / "fil").write_text("")
    with pytest.raises(FeedhubError, match="fil") as raised:
        write_site(tmp_path / "fil", pages)
    assert "\n" not in str(raised.value)


def test_rendering_again_keeps_what_is_equal(make, pages):
    latest, popular = make.pair()
    again = render_site(
        [latest, popular],
        [popular],
        [make.status(1, make.ok())],
        [make.source()],
        make.ctx(static=True),
        previous=pages,
    )
    assert again.keys() == pages.keys()
    assert all(again[path] is pages[path] for path in pages)
