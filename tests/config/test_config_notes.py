"""Names that no source in feeds.yaml has: a slip is a mistake, all else is noted and obeyed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedhub.config import load_config
from feedhub.config.checks import SPOKEN
from feedhub.config.likeness import one_slip
from feedhub.errors import ConfigErrors
from feedhub.publish.i18n import words


def notes(tmp_path: Path, where: str) -> tuple[str, ...]:
    path = tmp_path / "feeds.yaml"
    path.write_text(
        "sources:\n"
        "  - {url: https://a.se/f, name: Exempelbladet, category: inrikes}\n"
        "  - https://b.se/f\n"
        f"lists:\n  x: {{where: {{{where}}}}}\n",
        "utf-8",
    )
    config = load_config(path, {})
    return tuple(note.removeprefix(str(path)) for note in config.notes)


def test_the_file_of_a_hub_with_a_list_by_the_feeds_own_categories(tmp_path: Path) -> None:
    assert notes(tmp_path, "category: sport") == (
        ':5:25: lists.x.where.category: no source has the category "sport";'
        " the list takes only items that their feeds put in it",
    )
    assert notes(tmp_path, "source: [B-bladet]") == (
        ':5:24: lists.x.where.source[0]: no source has the name, id or address "B-bladet";'
        " the list takes only a feed that calls itself so",
    )


@pytest.mark.parametrize(
    "where",
    [
        "category: inrikes",
        "category: Inrikes",
        "source: exempelbladet",
        "source: https://B.se/f",
        "words: sport",
    ],
)
def test_what_is_there_is_not_noted(tmp_path: Path, where: str) -> None:
    assert notes(tmp_path, where) == ()


@pytest.mark.parametrize("where", ["category: utrikes", "category: inrikespolitik"])
def test_another_word_is_no_slip(tmp_path: Path, where: str) -> None:
    assert len(notes(tmp_path, where)) == 1


@pytest.mark.parametrize(
    ("where", "meant"),
    [
        ("category: inirkes", "inrikes"),
        ("category: Inrkes", "inrikes"),
        ("source: Exempelbaldet", "Exempelbladet"),
    ],
)
def test_a_slip_is_a_mistake(tmp_path: Path, where: str, meant: str) -> None:
    with pytest.raises(ConfigErrors, match=f'did you mean "{meant}"'):
        notes(tmp_path, where)


@given(st.text("abå", min_size=4, max_size=7), st.data())
def test_one_slip_is_seen_both_ways(word: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(word) - 1))
    letter = data.draw(st.sampled_from("xyz"))
    changed = word[:at] + letter + word[at + 1 :]
    assert one_slip(word, changed)
    assert one_slip(changed, word)
    inserted = word[:at] + letter + word[at:]
    assert one_slip(word, inserted) == (at != 0)
    assert one_slip(inserted, word) == (at != 0)
    assert not one_slip(word, changed[::-1] + "qq")


@pytest.mark.parametrize(
    ("lists", "noted"),
    [
        ("{senaste: {weights: {coverage: 2}}}", ":2:19: lists.senaste.weights: does nothing here"),
        ("{egen: {window: 3h}}", ":2:16: lists.egen.window: does nothing here"),
        ("{popular: {fair: false}}", ":2:19: lists.popular.fair: does nothing here"),
        ("{egen: {order: popular, collapse: story}}", ":2:32: lists.egen.collapse: does nothing"),
        ("{popular: {order: latest, window: 3h}}", ":2:34: lists.popular.window: does nothing"),
        ("{popular: {weights: {coverage: 2}, window: 3h}}", None),
        ("{egen: {order: popular, weights: {coverage: 2}}}", None),
        ("{senaste: {fair: true, collapse: story}}", None),
        ("{senaste: {weights: null}}", None),
    ],
)
def test_a_key_that_a_list_of_its_order_does_not_read_is_noted(
    tmp_path: Path, lists: str, noted: str | None
) -> None:
    path = tmp_path / "feeds.yaml"
    path.write_text(f"sources: [https://a.example/f]\nlists: {lists}\n")
    said = load_config(path, {}).notes
    assert len(said) == (noted is not None)
    if noted is not None:
        assert noted in said[0]
        assert "only lists with order: " in said[0]


@pytest.mark.parametrize(
    ("language", "noted"), [("de", True), ("nb", True), ("sv-FI", False), ("en-GB", False)]
)
def test_a_language_that_pages_have_no_words_in_is_noted(
    tmp_path: Path, language: str, noted: bool
) -> None:
    path = tmp_path / "feeds.yaml"
    path.write_text(f"hub: {{language: {language}}}\nsources: []\n", "utf-8")
    found = [note.removeprefix(str(path)) for note in load_config(path, {}).notes]
    text = ":1:17: hub.language: pages have words in Swedish and English; for this language they"
    assert found == ([f"{text} are English"] if noted else [])


def test_the_languages_that_pages_have_words_in() -> None:
    assert all(words(language).code == language for language in SPOKEN)
