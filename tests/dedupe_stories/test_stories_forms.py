"""Forms that one publisher fills in: from the second title on they are as many stories."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from feedhub.dedupe.stories import StoryEngine
from feedhub.model import StoryItem

T0 = datetime(2026, 3, 1, 6, tzinfo=UTC)


def stories(*titles: str, language: str = "sv", publishers: str = "aaaa", hours: int = 1) -> int:
    """How many stories these make, a while apart."""
    items = [
        StoryItem(n, title, "", f"{publisher}.se", language, T0 + n * hours * timedelta(hours=1))
        for n, (title, publisher) in enumerate(zip(titles, publishers, strict=False), 1)
    ]
    changes = StoryEngine().place(items, count(1).__next__)
    return len({one.story_id for one in changes.placements})


@pytest.mark.parametrize(
    ("language", "one", "two"),
    [
        ("sv", "Sammanfattning natt, Västerbottens län", "Sammanfattning natt, Norrbottens län"),
        ("sv", "Sammanfattning natt – Hallands län", "Sammanfattning natt – Kalmar län"),
        ("sv", "Minnesord: Anna Berg har avlidit", "Minnesord: Karl Ek har avlidit"),
        ("sv", "TV-tips måndag: Det här ser du i kväll", "TV-tips tisdag: Det här ser du i kväll"),
        ("sv", "Alfa AB i Kalmar går i konkurs", "Beta AB i Växjö går i konkurs"),
        ("sv", "Vädret i Umeå: sol och 9 grader", "Vädret i Lund: sol och 8 grader"),
        ("no", "Slik blir været i Oslo i helgen", "Slik blir været i Bergen i helgen"),
        ("no", "Kl. 10:20 Oslo: Trafikkulykke", "Kl. 11:20 Bergen: Trafikkulykke"),
        ("da", "Sådan bliver vejret i Jylland i dag", "Sådan bliver vejret i København i dag"),
        ("de", "Wetter in Berlin: Sonnig bei 9 Grad", "Wetter in Kassel: Sonnig bei 8 Grad"),
        ("de", "Lotto am Mittwoch: Das sind die Zahlen", "Lotto am Samstag: Das sind die Zahlen"),
        ("en", "Leeds weather today: sunny, high of 9", "Bath weather today: sunny, high of 8"),
    ],
)  # fmt: skip
def test_a_form_filled_in_with_another_name_or_day_is_another_story(
    language: str, one: str, two: str
) -> None:
    assert stories(one, two, language=language) == 2


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("3 döda i bussolycka vid Arvidsjaur", "5 döda i bussolycka vid Arvidsjaur"),
        ("Storbrand rasar i centrala Sundbyberg", "Lägenhetsbrand rasar i centrala Sundbyberg"),
        ("Why the mayor of Dunmore may resign", "Why the mayor of Dunmore will resign"),
        ("Åkesson om regeringens nya vargpolitik", "Busch om regeringens nya vargpolitik"),
    ],
)
def test_one_event_under_nearly_one_title_of_a_publisher_stays_one(one: str, two: str) -> None:
    assert stories(one, two) == 1


def test_two_publishers_forms_are_not_compared() -> None:
    one = "Kvinnan från Tärnsjö hittad död i Tierpsån"
    two = "Kvinnan från Heby hittad död i Tierpsån"
    assert stories(one, two, publishers="ab") == 1
