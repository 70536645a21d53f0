"""A source is meant by its address as it is shown: no password in it, ``${NAME}`` for secrets."""

from __future__ import annotations

from pathlib import Path

import pytest

from feedhub.config import load_config
from feedhub.config.edit import New, add_sources, missing, remove_source, replace_url
from feedhub.config.naming import means
from feedhub.errors import ConfigErrors

ENVIRON = {"KEY": "abcd efgh1234"}
TEXT = """\
sources:
  - https://me:pass@A.example/feed  # mine
  - {url: "https://b.example/f?key=${KEY}", id: bee}
  - "https://c.example/${KEY}/x"
  - https://d.example
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "feeds.yaml"
    path.write_text(TEXT, "utf-8")
    return path


def shown(file: Path) -> list[str]:
    return [source.url for source in load_config(file, ENVIRON).sources]


def test_every_source_is_meant_by_what_is_shown_of_it(file: Path) -> None:
    for index, url in enumerate(shown(file)):
        sources = load_config(file, ENVIRON).sources
        assert [means(url, source) for source in sources] == [at == index for at in range(4)]


@pytest.mark.parametrize(
    "which",
    [
        "https://a.example/feed",
        "https://me:pass@a.example/feed",
        "bee",
        "https://b.example/f?key=${KEY}",
        "https://b.example/f?key=abcd%20efgh1234",
        "https://c.example/${KEY}/x",
        "https://c.example/$%7BKEY%7D/x",
        "https://c.example/abcd efgh1234/x",
        "https://D.example/",
    ],
)
def test_it_is_removed_by_it(file: Path, which: str) -> None:
    assert sum(means(which, source) for source in load_config(file, ENVIRON).sources) == 1
    remove_source(file, which, environ=ENVIRON)
    assert len(shown(file)) == 3
    assert not any(means(which, source) for source in load_config(file, ENVIRON).sources)


def test_nothing_is_added_that_is_there_however_it_is_written(file: Path) -> None:
    new = [
        *(New(url) for url in shown(file)),
        New("https://me:pass@a.example/feed"),
        New("https://b.example/f?key=abcd%20efgh1234"),
        New("https://e.example/"),
        New("https://me:pass@e.example/"),
    ]
    assert missing(file, new, environ=ENVIRON) == [New("https://e.example/")]
    assert add_sources(file, new, environ=ENVIRON) == 1
    assert add_sources(file, new, environ=ENVIRON) == 0
    assert file.read_text("utf-8") == TEXT + "  - https://e.example/\n"


def test_a_moved_source_keeps_its_user_on_its_host_alone(file: Path) -> None:
    replace_url(file, "https://a.example/feed", "https://a.example/new", environ=ENVIRON)
    assert "- https://me:pass@a.example/new  # mine\n" in file.read_text("utf-8")
    with pytest.raises(ConfigErrors) as caught:
        replace_url(file, "https://a.example/new", "https://z.example/new", environ=ENVIRON)
    assert "change it by hand" in str(caught.value)
    assert "pass" not in str(caught.value)
    with pytest.raises(ConfigErrors, match="takes a value from the environment"):
        replace_url(file, "https://b.example/f?key=${KEY}", "https://b.example/", environ=ENVIRON)
