"""Headlines taken apart, languages guessed, moulds recognised."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from itertools import count

import pytest

from feedhub.dedupe.stories import StoryEngine
from feedhub.dedupe.stories.language import guess, stems, subtag
from feedhub.dedupe.stories.templates import mould
from feedhub.dedupe.stories.text import dates, split_kicker, without_outlet, words
from feedhub.model import StoryItem


@pytest.mark.parametrize(
    ("title", "publisher", "headline"),
    [
        ("Bankerna rasar efter räddningen | Ekonomi", "expressen.se", None),
        ("Tyngsta klimatrapporten någonsin - DN.SE", "dn.se", "Tyngsta klimatrapporten någonsin"),
        ("Riksbanken höjer räntan igen – SVT Nyheter", "svt.se", "Riksbanken höjer räntan igen"),
        ("Villabrand – en till sjukhus", "nt.se", "Villabrand – en till sjukhus"),
        ("Big fire in Leeds – council says", "bbc.co.uk", "Big fire in Leeds – council says"),
        ("Big fire in central Leeds – BBC News", "bbc.co.uk", "Big fire in central Leeds"),
        ("Robotar i natten – Dnipro utan ström", "dn.se", "Robotar i natten – Dnipro utan ström"),
        ("Suuri tulipalo Oulun satamassa • Yle", "yle.fi", "Suuri tulipalo Oulun satamassa"),
        ("Stor brand i hamnen • Tre skadade", "expressen.se", "Stor brand i hamnen • Tre skadade"),
        ("Yang takes first gold at Games | WTOP", "", "Yang takes first gold at Games"),
        ("Man skjuten i södra Malmö - två gripna", "", "Man skjuten i södra Malmö - två gripna"),
    ],
)  # fmt: skip
def test_outlets_leave_the_title(title: str, publisher: str, headline: str | None) -> None:
    assert without_outlet(title, publisher) == (headline or title.rpartition(" |")[0])


def test_a_kicker_is_split_from_the_news() -> None:
    assert split_kicker("JUST NU: Brand i hamnen") == ("just nu", "Brand i hamnen", True)
    assert split_kicker("Trump: Vi lämnar avtalet") == ("trump", "Vi lämnar avtalet", False)
    assert split_kicker("Brand i hamnen") == ("", "Brand i hamnen", False)


def test_words_lose_case_and_clitics() -> None:
    assert words("Trump’s 2nd DAY") == ["trump", "2nd", "day"]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("regeringen vill att skatten ska sänkas och inte höjas", "sv"),
        ("regjeringen vil ikke øke skatten og det er bra", "no"),
        ("the government has to act on this", "en"),
        ("die regierung will nicht mit der opposition", "de"),
        ("президент подписал указ", "ru"),
        ("xyzzy", ""),
    ],
)
def test_languages_are_guessed(text: str, language: str) -> None:
    assert guess(text.split()) == language


def test_stems_join_forms_and_unknown_languages_are_cut() -> None:
    assert len(set(stems(["skatten", "skatter"], "sv"))) == 1
    assert stems(["neznanka"], "") == ["neznan"]
    assert subtag("sv-SE") == "sv"
    assert subtag(None) == ""


def test_log_lines_say_day_and_place() -> None:
    one = mould("09 oktober 07.10, Sammanfattning natt, Västerbottens län")
    two = mould("09 oktober 07.22, Sammanfattning natt, Norrbottens län")
    same = mould("09 oktober 08.00, Sammanfattning natt, Västerbottens län")
    assert one.log != two.log
    assert one.log == same.log
    assert mould("31 döda i jordskalv, enligt uppgift").log == ()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Prognos för den 8:e november och 9 november", {1108, 1109}),
        ("С 6 по 8 мая 2020 года", {508}),
        ("On May 8 and June 9th, 2020", {508, 609}),
        ("le 1er juin 2020", {601}),
        ("El 15 de noviembre de 2023", {1115}),
        ("1.–3. maaliskuuta", {301, 303}),
        ("Festivalen 8–10 november", {1108, 1110}),
        ("den 8:e och 9:e november", {1108, 1109}),
        ("8. og 9. mai, 2 av 17 mars", {508, 509, 317}),
        ("May 8-9 and May 11", {508, 509, 511}),
        ("Vann med 3-2 den 9 maj, kl. 19 den 8 maj", {508, 509}),
        ("am 3. März um 10 Uhr", {303}),
        ("5 may have died, 3 out of 8 march on", set()),
        ("De club met 15 leden", set()),
        ("41 november, 0 mars, 12,5 augusti", set()),
        # datelines: when it was written, not of what it tells
        ("Nov 15 (Reuters)", set()),
        ("LONDON, June 18 (Reuters) - It rose on May 8th", {508}),
        ("NEW DELHI, May 8th, 2020 (PTI)", set()),
        ("MOSCOW, June 8. /TASS/", set()),
        ("Paris, 8 juin 2020 (AFP) - Le 7 mai", {507}),
        ("Berlin, 3. März (dpa)", set()),
        ("Fullmäktige den 8 november (kl. 18)", {1108}),
    ],
)
def test_days_are_told_by_day_and_month(text: str, found: set[int]) -> None:
    assert dates(text) == found


def test_days_are_looked_for_in_letters_without_spaces_once() -> None:
    began = time.process_time()
    assert dates(f"5 {'語' * 20_000}。 {'1 ' * 20_000}") == set()
    assert time.process_time() - began < 1.0  # seconds; from each letter on it would be 8


def test_frames_leave_numbers_and_names_open() -> None:
    one = mould("Villan på Storgatan 4 i Lund såld för 3 miljoner")
    two = mould("Villan på Ringvägen 12 i Kalmar såld för 5 miljoner")
    assert one.frame == two.frame != ""
    assert one.filling != two.filling


def test_tags_of_one_language_are_one() -> None:
    assert {subtag(tag) for tag in ("nb-NO", "nn", "no", "nob", "NO_no")} == {"no"}
    assert [subtag(tag) for tag in ("swe", "se", "se-SE", "se-NO", "sv-FI")] == [
        "sv",
        "sv",
        "sv",
        "se",
        "sv",
    ]


def test_papers_that_call_norwegian_by_other_names_meet_in_a_story() -> None:
    titles = ("Kraftig brann i Drammen havn", "Brann i Drammen havn: flere evakuert")
    items = [
        StoryItem(n, title, "", f"p{n}.no", tag, datetime(2026, 3, 1, tzinfo=UTC))
        for n, (title, tag) in enumerate(zip(titles, ("nb-NO", "no"), strict=True), 1)
    ]
    changes = StoryEngine().place(items, count(1).__next__)
    assert {one.story_id for one in changes.placements} == {1}
