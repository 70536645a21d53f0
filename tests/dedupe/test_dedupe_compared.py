"""Why two items are two articles, in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from feedhub.dedupe import compared
from feedhub.model import KnownItem

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ONE = KnownItem(
    id=1,
    source_id=7,
    title="Brand i Malmö",
    canonical="https://a.example/live/brand-1",
    published=NOW,
    guids=frozenset({"a"}),
)


def told(**changes) -> dict[str, str]:
    return dict(compared(ONE, replace(ONE, id=2, guids=frozenset({"b"}), **changes)))


def test_a_page_that_both_have_is_not_called_two() -> None:
    found = told(title="Nu släckt", published=NOW + timedelta(hours=5))
    assert found["link"].startswith("one page, https://a.example/live/brand-1")
    assert found["guid"] == "two of one source: a and b"
    assert found["headline"] == "0% of the words in common"
    assert found["published"] == "5.0 h apart"


def test_sites_fronts_and_silence_are_named() -> None:
    assert told(canonical="https://b.example/live/brand-1")["link"].startswith("one path on two")
    assert told(canonical="https://b.example/x")["link"].startswith("two pages")
    assert told(canonical=None)["link"] == "not both have one"
    assert told(published=None)["published"] == "not both are dated"
    assert told(source_id=8)["guid"].startswith("of two sources")
    front = replace(ONE, canonical="https://a.example/")
    assert "names no article" in dict(compared(front, replace(front, id=2)))["link"]
