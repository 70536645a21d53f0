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
    ("language", "one", "two"),
    [
        ("sv", "Gul varning för vind", "Gul varning för snöfall"),
        ("sv", "Orange varning för snöfall", "Gul varning för skyfall"),
        ("sv", "Lediga jobb: Lärare till grundskolan", "Lediga jobb: Kock till förskolan"),
        ("sv", "Protokoll från socialnämnden", "Justerat protokoll från miljönämnden"),
        ("sv", "Samråd om ny detaljplan för skolan", "Samråd om ny detaljplan för badhuset"),
        ("sv", "Veckans recept: Lax i ugn", "Veckans recept: Kex med ost"),
        ("sv", "Horoskop för Väduren", "Horoskop för Oxen"),
        ("sv", "Quiz: Vad kan du om djur?", "Quiz: Vad kan du om musik?"),
        ("sv", "Nyheter i korthet 28 november", "Nyheter i korthet 29 november"),
        ("sv", "Stockholmsbörsen öppnar uppåt", "Stockholmsbörsen stänger nedåt"),
        ("sv", "TV-tablån lördag: Kvällens bästa", "TV-tablån söndag: Kvällens bästa"),
        ("sv", "Sammanfattning kväll, Halland", "Sammanfattning kväll, Skåne"),
        ("sv", "Rattfylleri, Umeå", "Rattfylleri, Luleå"),
        ("sv", "Livsmedel återkallas: lax", "Livsmedel återkallas: nötter"),
        ("no", "Gult farevarsel for vind", "Gult farevarsel for snø"),
        ("de", "Amtliche Warnung vor Sturmböen", "Amtliche Warnung vor Frost"),
        ("en", "Yellow warning of wind for the coast", "Yellow warning of ice for the coast"),
        ("en", "Minutes of the planning committee", "Minutes of the licensing committee"),
    ],
)  # fmt: skip
def test_notices_of_a_kind_are_told_apart_by_all_that_fills_them_in(
    language: str, one: str, two: str
) -> None:
    assert stories(one, two, language=language) == 2


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Gul varning för snöfall i Norrbotten", "Orange varning för snöfall i Norrbotten"),
        ("Gul varning i Jämtland: snökaos väntar", "Gul varning i Jämtland – snökaos väntas"),
        ("Minnesord: Karin Lindmark", "Till minne av Karin Lindmark"),
    ],
)
def test_notices_of_one_thing_are_one_story(one: str, two: str) -> None:
    assert stories(one, two) == 1


def test_notices_of_two_publishers_may_tell_of_one_thing() -> None:
    title = "Gul varning för snöfall i Norrbotten"
    assert stories(title, f"{title} i natt", publishers="ab") == 1


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
