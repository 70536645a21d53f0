"""Edits of feeds.yaml change what they are about and leave every other byte alone."""

from __future__ import annotations

import difflib
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedhub.config import load_config
from feedhub.config.edit import add_source, remove_source, replace_url
from feedhub.errors import ConfigErrors
from feedhub.model import Config

Make = Callable[[str], Path]

FILE = """\
# My hub
hub: {title: "Min hubb"}   # short

sources:
  # the big ones
  - https://example.org/a      # bare
  - url: 'https://example.org/b'   # the old address
    name:   Bladet
    category: [not, checked, here]
    # about the next

  - {url: "https://example.org/c", id: see}

# lists come last
lists:
  sport:   {title: Sport,   limit: 5}
"""


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def make(text: str) -> Path:
        path = tmp_path / "feeds.yaml"
        path.write_bytes(text.encode())
        return path

    return make


def changes(before: str, path: Path) -> list[str]:
    """The lines that went and came, as a diff has them."""
    after = path.read_bytes().decode()
    diff = difflib.ndiff(before.splitlines(keepends=True), after.splitlines(keepends=True))
    return [line for line in diff if line[0] in "+-"]


class TestAdd:
    def test_a_bare_address(self, make: Make) -> None:
        path = make(FILE)
        add_source(path, "https://Example.org/d")
        assert changes(FILE, path) == ["+   - https://example.org/d\n"]

    def test_with_name_and_category(self, make: Make) -> None:
        text = "sources:\n- https://example.org/a\n"
        path = make(text)
        add_source(path, "https://example.org/d", name="D: en tidning", category="kultur")
        assert changes(text, path) == [
            "+ - url: https://example.org/d\n",
            '+   name: "D: en tidning"\n',
            "+   category: kultur\n",
        ]

    @pytest.mark.parametrize("text", ["sources: []\n", "sources:\n  - https://example.org/a\n"])
    def test_leave_for_private_addresses_is_no_text(self, make: Make, text: str) -> None:
        path = make(text)
        add_source(path, "http://127.0.0.1/d", allow_private=True)
        assert "allow_private: true" in path.read_text()
        assert load_config(path, {}).sources[-1].allow_private

    @pytest.mark.parametrize(
        "text",
        [
            "hub: {title: A}\n",
            "hub: {title: A}",
            "hub: {title: A}\r\n",
            "sources:\n",
            "sources: # none yet\n# more\nlists: {}\n",
            "sources: []\n",
            "sources: [https://example.org/a, https://example.org/b]\nlists: {}\n",
            "sources:\n  [\n    https://example.org/a,\n  ]\n",
            "sources:\n  -\n    url: https://example.org/a\n",
            "sources:\n  - url: https://example.org/a\n    name: |\n      many\n      lines\n",
            "x-a: &a {category: x}\nsources:\n  - {<<: *a, url: https://example.org/a}\n",
            "sources: ~\n",
            "\ufeffsources:\n  - https://example.org/a\n",
        ],
    )
    def test_in_any_layout(self, make: Make, text: str) -> None:
        path = make(text)
        add_source(path, "https://example.org/new?a=1&b=$2#x", name="no", category="12:30")
        config = load_config(path, {})
        assert config.sources[-1].url == "https://example.org/new?a=1&b=$2"
        assert (config.sources[-1].name, config.sources[-1].category) == ("no", "12:30")
        assert len(config.sources) == text.count("https:") + 1

    def test_comments_survive_the_long_way_round(self, make: Make) -> None:
        path = make("# top\nsources: [https://example.org/a] # why\n# end\n")
        add_source(path, "https://example.org/b")
        after = path.read_text("utf-8")
        assert all(comment in after for comment in ("# top", "# why", "# end"))

    @pytest.mark.parametrize("url", ["https://EXAMPLE.org:443/b", "https://example.org/a#x"])
    def test_what_is_there_already(self, make: Make, url: str) -> None:
        path = make(FILE)
        with pytest.raises(ConfigErrors, match="is already there"):
            add_source(path, url)
        assert path.read_text("utf-8") == FILE

    def test_what_is_no_address(self, make: Make) -> None:
        with pytest.raises(ConfigErrors, match="is not an http or https address"):
            add_source(make(FILE), "example.org")


class TestRemove:
    def test_where_the_list_comes_by_a_merge_key_it_is_left_to_a_person(self, make: Make) -> None:
        text = "x-all: &x\n  sources:\n    - https://example.org/a\n<<: *x\n"
        path = make(text)
        for edit in (add_source, remove_source):
            with pytest.raises(ConfigErrors, match="make it by hand"):
                edit(
                    path, "https://example.org/b" if edit is add_source else "https://example.org/a"
                )
        assert path.read_text() == text

    @pytest.mark.parametrize("which", ["https://example.org/a", "HTTPS://example.org/a#x"])
    def test_a_bare_address(self, make: Make, which: str) -> None:
        path = make(FILE)
        remove_source(path, which)
        assert changes(FILE, path) == ["-   - https://example.org/a      # bare\n"]

    @pytest.mark.parametrize("which", ["Bladet", "https://example.org/b"])
    def test_by_name_or_address(self, make: Make, which: str) -> None:
        path = make(FILE)
        remove_source(path, which)
        assert changes(FILE, path) == [
            "-   - url: 'https://example.org/b'   # the old address\n",
            "-     name:   Bladet\n",
            "-     category: [not, checked, here]\n",
        ]

    def test_by_id(self, make: Make) -> None:
        path = make(FILE)
        remove_source(path, "see")
        assert "example.org/c" not in path.read_text("utf-8")
        assert "# lists come last\nlists:\n  sport:   {title" in path.read_text("utf-8")

    def test_the_last_one(self, make: Make) -> None:
        path = make("sources:\n  - https://example.org/a\nlists: {}\n")
        remove_source(path, "https://example.org/a")
        assert load_config(path, {}).sources == ()

    def test_a_block_of_text_goes_whole(self, make: Make) -> None:
        path = make(
            "sources:\n"
            "  - name: |\n      many\n      lines\n    url: https://example.org/a\n"
            "  - url: https://example.org/b\n    name: |\n      many\n      lines\n"
            "lists: {}\n"
        )
        remove_source(path, "https://example.org/b")
        assert [source.url for source in load_config(path, {}).sources] == ["https://example.org/a"]

    def test_what_is_not_there(self, make: Make) -> None:
        with pytest.raises(ConfigErrors, match='no source has the address, id or name "x"'):
            remove_source(make(FILE), "x")

    def test_what_is_not_one(self, make: Make) -> None:
        path = make(
            "sources:\n  - {url: https://a.se, name: x}\n  - {url: https://b.se, name: x}\n"
        )
        with pytest.raises(ConfigErrors, match="is several sources: lines 2, 3"):
            remove_source(path, "x")


class TestReplace:
    @pytest.mark.parametrize(
        ("old", "line"),
        [
            ("https://example.org/a", "+   - https://example.org/new      # bare\n"),
            ("https://example.org/b", "+   - url: https://example.org/new   # the old address\n"),
            ("https://example.org/c", "+   - {url: https://example.org/new, id: see}\n"),
        ],
    )
    def test_changes_nothing_else(self, make: Make, old: str, line: str) -> None:
        path = make(FILE)
        replace_url(path, old, "https://example.org/new")
        went, came = (each for each in changes(FILE, path) if each[0] in "+-")
        assert old in went
        assert came == line

    def test_not_what_the_environment_gives(self, make: Make) -> None:
        path = make("sources:\n  - https://example.org/?key=${KEY}\n")
        with pytest.raises(ConfigErrors) as caught:
            replace_url(path, "https://example.org/?key=1", "https://b.se/1", environ={"KEY": "1"})
        assert "takes a value from the environment; change it by hand" in str(caught.value)

    def test_to_one_that_is_there(self, make: Make) -> None:
        with pytest.raises(ConfigErrors, match="already there"):
            replace_url(make(FILE), "https://example.org/a", "https://example.org/b")

    def test_of_one_that_is_not(self, make: Make) -> None:
        with pytest.raises(ConfigErrors, match="no source has the address"):
            replace_url(make(FILE), "https://example.org/x", "https://example.org/b")


class TestWriting:
    def test_mode_and_links_are_kept(self, make: Make, tmp_path: Path) -> None:
        path = make(FILE)
        path.chmod(0o640)
        link = tmp_path / "link.yaml"
        link.symlink_to(path)
        add_source(link, "https://example.org/d")
        assert link.is_symlink()
        assert "example.org/d" in path.read_text("utf-8")
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
        assert sorted(each.name for each in tmp_path.iterdir()) == ["feeds.yaml", "link.yaml"]

    def test_a_failed_write_leaves_the_old_file(
        self, make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(descriptor: int) -> None:
            raise OSError(28, "No space left on device")

        path = make(FILE)
        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(ConfigErrors, match="cannot be written: No space left on device"):
            add_source(path, "https://example.org/d")
        assert path.read_text("utf-8") == FILE
        assert [each.name for each in tmp_path.iterdir()] == ["feeds.yaml"]

    @pytest.mark.parametrize(
        ("text", "what"),
        [
            ("sources: [", "YAML"),
            ("- a", "must be keys and values"),
            ("sources: {a: b}", "must be a list"),
            ("", "the file is empty"),
        ],
    )
    def test_a_file_that_cannot_be_read(self, make: Make, text: str, what: str) -> None:
        with pytest.raises(ConfigErrors, match=what):
            add_source(make(text), "https://example.org/d")

    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigErrors, match="there is no such file"):
            add_source(tmp_path / "nowhere.yaml", "https://example.org/d")


ENTRIES = (
    "- url: https://example.org/x\n  name: >-\n    The\n    paper\n",
    "- url: https://example.org/x\n  name: |\n    The paper\n\n\n",
    "- {url: https://example.org/x,\n   name: The paper,\n  }  # closed\n",
    "- url: https://example.org/x\n  strip_title: [\n    'Now: ',\n    ]\n",
    "- url: https://example.org/x\n  <<: *shared\n",
    "- url: https://example.org/x\n  name:\n",
    "- url:\n    https://example.org/x\n",
    '- url: https://example.org/x\n  name: "The\n    paper"\n',
)


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("indent", ["", "  "])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_an_entry_of_several_lines_is_edited_as_one(
    make: Make, entry: str, indent: str, newline: str
) -> None:
    head = "x-all: &shared {weight: 2}   # anchor\n\nsources:   # ours\n# first\n"
    tail = "  # below\n\n# lists\nlists: {senaste: {limit: 5}}   # short\n"
    first, shown = "- https://example.org/a # a\n", entry.replace("\n", f"\n{indent}").rstrip(" ")
    whole = f"{head}{indent}{first}{indent}{shown}{tail}".replace("\n", newline)
    path = make(whole)
    load_config(path, {})
    remove_source(path, "https://example.org/x")
    came = [line for line in changes(whole, path) if line[0] == "+"]
    assert came == []
    assert path.read_bytes().decode().startswith(f"{head}{indent}{first}".replace("\n", newline))
    assert path.read_bytes().decode().endswith(tail.replace("\n", newline))
    path = make(whole)
    add_source(path, "https://example.org/new")
    assert changes(whole, path) == [f"+ {indent}- https://example.org/new{newline}"]
    assert [source.url for source in load_config(path, {}).sources][-1] == "https://example.org/new"


def test_the_repository_file_takes_an_edit_and_back(repository: Path, make: Make) -> None:
    text = (repository / "feeds.yaml").read_text("utf-8")
    path = make(text)
    add_source(path, "https://example.org/d", "D", "kultur")
    assert changes(text, path) == [
        "+   - url: https://example.org/d\n",
        "+     name: D\n",
        "+     category: kultur\n",
        "+ \n",
    ]
    remove_source(path, "D")
    assert changes(text, path) == []


NUMBERS = st.integers(0, 12)
EDITS = st.tuples(st.sampled_from(["add", "remove", "replace"]), NUMBERS, NUMBERS)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["add", "remove", "replace"]), NUMBERS, NUMBERS), max_size=8)
)
def test_any_row_of_edits_does_what_a_list_would(
    tmp_path_factory: pytest.TempPathFactory, edits: list[tuple[str, int, int]]
) -> None:
    path = tmp_path_factory.mktemp("edit") / "feeds.yaml"
    path.write_text(
        "# top\nsources:\n  # first\n  - https://example.org/0 # zero\n# end\nlists: {}\n"
    )
    expected = ["https://example.org/0"]
    for what, one, two in edits:
        first, second = f"https://example.org/{one}", f"https://example.org/{two}"
        if what == "add" and first not in expected:
            add_source(path, first, name=None if two % 2 else f"Name {one}")
            expected.append(first)
        elif what == "remove" and first in expected:
            remove_source(path, first)
            expected.remove(first)
        elif what == "replace" and first in expected and second not in expected:
            replace_url(path, first, second)
            expected[expected.index(first)] = second
    config: Config = load_config(path, {})
    assert [source.url for source in config.sources] == expected
    text = path.read_text("utf-8")
    assert all(comment in text for comment in ("# top", "# first", "# end"))
