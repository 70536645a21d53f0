"""Dates as feeds write them, and those that no feed should."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedhub.parse.dates import believable, day_first_evidence, parse_date

STOCKHOLM = ZoneInfo("Europe/Stockholm")
NOON = datetime(2024, 5, 3, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Fri, 03 May 2024 14:00:00 +0200", "2024-05-03T12:00:00"),
        ("Fri, 03 May 2024 12:00:00 GMT", "2024-05-03T12:00:00"),
        ("03 May 2024 12:00 UT", "2024-05-03T12:00:00"),
        ("3 May 24 12:00:00 Z", "2024-05-03T12:00:00"),
        ("Fri, 3 May 2024 14:00:00 CEST", "2024-05-03T12:00:00"),
        ("Fri, 3 May 2024 08:00:00 EDT", "2024-05-03T12:00:00"),
        ("Fri, 03 May 2024 12:00:00 GMT+0000", "2024-05-03T12:00:00"),
        ("Fri, 03 May 2024 14:00:00 GMT+2", "2024-05-03T12:00:00"),
        ("Fri,03 May 2024 14:00:00 +02:00", "2024-05-03T12:00:00"),
        ("Fri, 03-May-2024 12:00:00 GMT", "2024-05-03T12:00:00"),
        ("Friday, May 3, 2024 12:00:00 PM GMT", "2024-05-03T12:00:00"),
        ("Fri , 03 May 2024 12:00:00 GMT", "2024-05-03T12:00:00"),
        ("Fri, 03 May 2024 00:15:00 AM GMT", "2024-05-03T00:15:00"),
        ("20240503120000", "2024-05-03T12:00:00"),
        ("202405031200", "2024-05-03T12:00:00"),
        ("2024-May-03 12:00", "2024-05-03T12:00:00"),
        ("2024 maj 3 kl. 12:00", "2024-05-03T12:00:00"),
        ("3 maj 2024 klockan 12.00", "2024-05-03T12:00:00"),
        ("fredag 3. mai 2024 klokken 12.00", "2024-05-03T12:00:00"),
        ("3. toukokuuta 2024 kello 12.00", "2024-05-03T12:00:00"),
        ("12:00, 3 maj 2024", "2024-05-03T12:00:00"),
        ("fre 3 maj 14:00:00 CEST 2024", "2024-05-03T12:00:00"),
        ("Fri 3 May 12:00 2024", "2024-05-03T12:00:00"),
        ("May 3, 2024 - 12:00", "2024-05-03T12:00:00"),
        ("kl. 12:00 den 3 maj 2024", "2024-05-03T12:00:00"),
        ("vendredi 3 mai 2024 à 12h30", "2024-05-03T12:30:00"),
        ("pe, 03 toukok. 2024 15:00:00 +0300", "2024-05-03T12:00:00"),
        ("3. toukokuun 2024 12:00", "2024-05-03T12:00:00"),
        ("Fri, 03 May 2024 16:00:00 MSD", "2024-05-03T12:00:00"),
        ("Fri, 03 May 2024 14:00:00 MET DST", "2024-05-03T12:00:00"),
        ("Fri, 03 May 2024 08:00:00 ET", "2024-05-03T12:00:00"),
        ("Wed, 03 Jan 2024 07:00:00 ET", "2024-01-03T12:00:00"),
        ("Fri, 03 May 2024 05:00:00 PST8PDT", "2024-05-03T12:00:00"),
        ("Fri, 03 May 2024 08:00:00 Eastern Daylight Time", "2024-05-03T12:00:00"),
        ("Fri, 03 May 2024 14:00:00 Central European Summer Time", "2024-05-03T12:00:00"),
        ("May 3, 2024 2:00 pm +0200", "2024-05-03T12:00:00"),
        ("Fri May  3 12:00:00 2024", "2024-05-03T12:00:00"),
        ("Fri May 3 05:00:00 PDT 2024", "2024-05-03T12:00:00"),
        ("2024-05-03T12:00:00Z", "2024-05-03T12:00:00"),
        ("2024-05-03T14:00:00.123+02:00", "2024-05-03T12:00:00"),
        ("2024-05-03 14:00:00 +0200", "2024-05-03T12:00:00"),
        ("2024-05-03T14:00+02", "2024-05-03T12:00:00"),
        ("20240503T120000Z", "2024-05-03T12:00:00"),
        ("2024-124T12:00:00Z", "2024-05-03T12:00:00"),
        ("2024/05/03 12:00:00", "2024-05-03T12:00:00"),
        ("03.05.2024 12:00", "2024-05-03T12:00:00"),
        ("1714737600", "2024-05-03T12:00:00"),
        ("1714737600000", "2024-05-03T12:00:00"),
        ("2024-05-02T24:00:00Z", "2024-05-03T00:00:00"),
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59"),
        # Swedish
        ("fre, 3 maj 2024 12:00:00 GMT", "2024-05-03T12:00:00"),
        ("fredag 3 maj 2024 kl. 12.00", "2024-05-03T12:00:00"),
        ("lör, 12 okt 2024 10:00:00 +0200", "2024-10-12T08:00:00"),
        ("fredag den 3 maj 2024 12:00", "2024-05-03T12:00:00"),
        ("den 3 maj 2024 12:00", "2024-05-03T12:00:00"),
        ("Sön, 01 sept 2024 12:00:00 +0000", "2024-09-01T12:00:00"),
        ("Mån, 1 augusti 2022 12:00:00 GMT", "2022-08-01T12:00:00"),
        ("3/5-2024 kl. 12.00", "2024-05-03T12:00:00"),
        # Norwegian and Danish
        ("fre. 3. mai 2024 12:00", "2024-05-03T12:00:00"),
        ("tor, 12 des 2024 12:00:00 GMT", "2024-12-12T12:00:00"),
        ("lør, 12 okt 2024 12:00:00 GMT", "2024-10-12T12:00:00"),
        ("søndag d. 3. marts 2024 12:00", "2024-03-03T12:00:00"),
        # Finnish
        ("pe, 3 toukokuuta 2024 12:00:00 GMT", "2024-05-03T12:00:00"),
        ("perjantai 3. toukokuuta 2024 klo 12.00", "2024-05-03T12:00:00"),
        ("3 kesä 2024 12:00:00 GMT", "2024-06-03T12:00:00"),
        ("ma 4.3.2024 klo 14.30", "2024-03-04T14:30:00"),
        # German
        ("Montag, 4. März 2024, 10:00 Uhr", "2024-03-04T10:00:00"),
        ("Sa., 02.03.2024 - 10:00 Uhr MEZ", "2024-03-02T09:00:00"),
        ("Fr, 03 Mai 2024 12:00:00 GMT", "2024-05-03T12:00:00"),
        ("Freitag, 3. März 2023 12:00", "2023-03-03T12:00:00"),
        ("Do, 12 Dez 2024 12:00:00 GMT", "2024-12-12T12:00:00"),
        # others
        ("ven., 3 mai 2024 12:00:00 GMT", "2024-05-03T12:00:00"),
        ("3 de mayo de 2024 12:00", "2024-05-03T12:00:00"),
        ("4 août 2024 à 12:00", "2024-08-04T12:00:00"),
        ("Пт, 03 мая 2024 15:00:00 +0300", "2024-05-03T12:00:00"),
        ("3 września 2024 12:00", "2024-09-03T12:00:00"),
        ("2024年5月3日 12:00", "2024-05-03T12:00:00"),
        ("2024년 5월 3일 12시 00분", "2024-05-03T12:00:00"),
        ("Παρ, 03 Μάι 2024 12:00:00 GMT", "2024-05-03T12:00:00"),
        ("3 Μαΐου 2024 12:00", "2024-05-03T12:00:00"),
        ("1er mai 2024 à 10 h 15", "2024-05-01T10:15:00"),
        ("3 de maio de 2024 às 12:00", "2024-05-03T12:00:00"),
        ("3 de mayo de 2024 a las 12:00 p. m.", "2024-05-03T12:00:00"),
        ("3 maggio 2024 alle ore 12:00", "2024-05-03T12:00:00"),
        ("3 mei 2024 om 12:00 uur", "2024-05-03T12:00:00"),
        ("3 maja 2024 o godz. 12:00", "2024-05-03T12:00:00"),
        ("пятница, 3 мая 2024 г., 12:00", "2024-05-03T12:00:00"),
        ("3 травня 2024 12:00", "2024-05-03T12:00:00"),
        ("fös, 03 maí 2024 12:00:00 +0000", "2024-05-03T12:00:00"),
        ("Cum, 03 May 2024 15:00:00 +0300", "2024-05-03T12:00:00"),
        ("Çar, 03 Tem 2024 15:00:00 +0300", "2024-07-03T12:00:00"),
        ("3. května 2024 12:00", "2024-05-03T12:00:00"),
        ("2024. máj. 3. 12:00", "2024-05-03T12:00:00"),
        ("2024. 05. 03. 12:00", "2024-05-03T12:00:00"),
        ("03.05.2024. 12:00", "2024-05-03T12:00:00"),
        ("الجمعة, 3 مايو 2024 15:00:00 +0300", "2024-05-03T12:00:00"),
        ("3 במאי 2024 12:00", "2024-05-03T12:00:00"),
        ("Jumat, 3 Agustus 2024 19:00 WIB", "2024-08-03T12:00:00"),
        ("2024年5月3日（金） 午後1時00分30秒", "2024-05-03T13:00:30"),
        ("2024年5月3日 星期五 12:00", "2024-05-03T12:00:00"),
        ("2024년 5월 3일 오후 1:00", "2024-05-03T13:00:00"),
        ("2024-05-03 - 12:00", "2024-05-03T12:00:00"),
        ("3 maj 2024 | 12:00", "2024-05-03T12:00:00"),
        # an hour and no minutes, with a nought left out before it
        ("Fri, 03 May 2024 13:00:00 +100", "2024-05-03T12:00:00"),
        ("Fri, 03 May 2024 14:00:00 +020", "2024-05-03T12:00:00"),
        ("2024-05-03T12:00:00+00000", "2024-05-03T12:00:00"),
        ("Fri, 03 May 2024 14:00:00 &#43;0200", "2024-05-03T12:00:00"),
    ],
)
def test_reads(text: str, wanted: str) -> None:
    found = parse_date(text)
    assert found.at == datetime.fromisoformat(wanted).replace(tzinfo=UTC), found
    assert not found.date_only


@pytest.mark.parametrize(
    "text",
    [
        "2024-05-03 - 2024-05-05",
        "2024-05-03 | 2024-05-05",
        "2024-05-03 - 14:00-16:00",
        "3 May 2024 | 3 min read",
        "3 May 2024 | 3 comments",
    ],
)
def test_what_stands_behind_a_mark_may_be_no_time(text: str) -> None:
    found = parse_date(text)
    assert (found.at, found.date_only) == (datetime(2024, 5, 3, tzinfo=UTC), True)


def test_a_clock_without_a_mark_is_not_its_first_half() -> None:
    found = parse_date("Fri, 03 May 2024 1230 GMT")
    assert (found.date_only, found.note) == (True, "time not read: 1230 GMT")


@pytest.mark.parametrize(
    "text",
    [
        "2026-13-45",
        "2024-02-30T12:00:00Z",
        "2023-02-29T12:00:00Z",
        "Fri, 32 May 2024 12:00:00 GMT",
        "Fri, 31 Jun 2024 12:00:00 GMT",
        "31 februari 2024 12:00",
        "2024-05-03T25:00:00Z",
        "2024-05-03T12:61:00Z",
        "2024-05-03T12:00:00+25:00",
        "45.13.2024",
        "00/00/0000",
        "0000-00-00 00:00:00",
        "Invalid Date",
        "NaN",
        "igår",
        "Thu, 99 Zzz 2024",
        "",
        "   ",
        "x" * 5000,
        "2023-366T00:00:00Z",
        "2024-W60-1",
        "2024年13月3日",
        "2024 ljus",  # feedparser makes it the month of its clock
        "2024å",
        "Fri, 03 May 124 12:00:00 GMT",  # a year counted from 1900
        "Fri, 03 May 02024 12:00:00 GMT",
        "2024-Zzz-03",
        "Fri, 3 May 12:00:00",  # no year is no two-digit year
        "20241305120000",
        "Fri, 03 May 2024 00:15:00 PM",
        "Mån, 03 Zzz 2024 12:00:00 GMT",
        "Fri\ufeff, 03 May 2024 12:00:00 GMT",
    ],
)
def test_refuses_rather_than_guesses(text: str) -> None:
    found = parse_date(text)
    assert found.at is None
    assert found.note


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-05-03", (2024, 5, 3)),
        ("Fri, 03 May 2024", (2024, 5, 3)),
        ("3 maj 2024", (2024, 5, 3)),
        ("2024-05", (2024, 5, 1)),
        ("20240503", (2024, 5, 3)),
        ("2024-W18-5", (2024, 5, 3)),
        ("2024-05-03+02:00", (2024, 5, 3)),
        ("3/5-2024", (2024, 5, 3)),
        ("2024", (2024, 1, 1)),
    ],
)
def test_a_day_is_that_day_whatever_the_zone(text: str, day: tuple[int, int, int]) -> None:
    found = parse_date(text, zone=STOCKHOLM)
    assert found.date_only
    assert found.at == datetime(*day, tzinfo=UTC)


def test_the_sources_zone_is_for_dates_without_one() -> None:
    assert parse_date("2024-05-03 14:00", zone=STOCKHOLM).at == NOON
    assert parse_date("2024-01-03 13:00", zone=STOCKHOLM).at == datetime(2024, 1, 3, 12, tzinfo=UTC)
    assert parse_date("2024-05-03T12:00Z", zone=STOCKHOLM).at == NOON


def test_a_word_for_the_clock_is_no_zone() -> None:
    assert parse_date("3. Mai 2024 12:00 Uhr").note == ""


def test_a_time_that_cannot_be_read_is_told() -> None:
    found = parse_date("3 maj 2024 klockan halv 13")
    assert found.date_only
    assert found.note == "time not read: klockan halv 13"


def test_an_unknown_zone_is_told() -> None:
    found = parse_date("Fri, 03 May 2024 12:00:00 XYZT")
    assert found.at == NOON
    assert found.note == "unknown zone XYZT"


def test_day_and_month_are_told_apart_by_the_feeds_other_dates() -> None:
    assert day_first_evidence(["03/04/2024", "25/04/2024"], None)
    assert not day_first_evidence(["03/04/2024", "04/25/2024"], "sv")
    assert day_first_evidence(["03/04/2024"], "sv-se")
    assert not day_first_evidence(["03/04/2024"], "en-us")
    assert day_first_evidence(["03.04.2024"], "en-us")
    april = datetime(2024, 4, 3, tzinfo=UTC)
    assert parse_date("03/04/2024", day_first=True).at == april
    assert parse_date("04/03/2024", day_first=False).at == april
    assert parse_date("8/14/2019").at == datetime(2019, 8, 14, tzinfo=UTC)
    assert parse_date("14/8/2019").at == datetime(2019, 8, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    ("texts", "language", "day_first"),
    [
        (["03/05/2024", "02/05/2024"], None, True),  # May: today and yesterday
        (["05/03/2024 10:00", "04/12/2023 09:00"], None, False),
        (["03/05/2024"], "en", True),
        (["03/05/2024"], "en-us", False),  # a language that tells is believed
        (["05/03/2024"], "sv", True),
        (["03/02/2024"], None, False),  # the newest is old either way
        (["05/06/2024"], None, False),  # or is to come
        (["00/00/0000", "01/01/0000"], None, False),
    ],
)
def test_the_order_is_told_by_what_is_new(
    texts: list[str], language: str | None, day_first: bool
) -> None:
    assert day_first_evidence(texts, language, NOON) is day_first


@pytest.mark.parametrize("text", ["1970-01-01T00:00:00Z", "2106-02-07T06:28:15Z", "0001-01-01"])
def test_absurd_dates_are_not_believed(text: str) -> None:
    parsed = parse_date(text)
    assert parsed.at is not None
    refused = believable(parsed, NOON)
    assert refused.at is None
    assert refused.note.startswith("absurd date")
    assert believable(parsed, None).at is None


def test_a_date_ahead_is_kept_and_told() -> None:
    parsed = parse_date("2024-05-04T12:00:00Z")
    assert believable(parsed, NOON).at == NOON + timedelta(days=1)
    assert believable(parsed, NOON).note == "in the future"
    assert believable(parsed, None).note == ""


MOMENTS = st.datetimes(
    min_value=datetime(1991, 1, 1),  # noqa: DTZ001 - hypothesis wants them without a zone
    max_value=datetime(2099, 12, 31),  # noqa: DTZ001
).map(lambda moment: moment.replace(microsecond=0, tzinfo=UTC))


@settings(deadline=None)
@given(MOMENTS)
def test_what_is_written_to_the_letter_is_read_back(moment: datetime) -> None:
    assert parse_date(format_datetime(moment)).at == moment
    assert parse_date(moment.isoformat()).at == moment
    assert parse_date(moment.astimezone(STOCKHOLM).isoformat()).at == moment


@settings(deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_with_a_reason(text: str) -> None:
    found = parse_date(text)
    assert (found.at is None) == bool(found.note) or found.note.startswith("unknown zone")


@pytest.mark.parametrize("dash", ["-", "\u2010", "\u2011", "\u2012", "\u2013"])
def test_dashes_stand_for_hyphens_in_numeric_dates(dash: str) -> None:
    day = datetime(2024, 3, 4, tzinfo=UTC)
    written = ("2024-03-04", "2024-3-4", "2024-064", "4-3-2024", "4/3-2024", "4/3 - 2024")
    for text in written:
        found = parse_date(text.replace("-", dash), day_first=True)
        assert (found.at, found.date_only, found.note) == (day, True, ""), text
    noon = day + timedelta(hours=12, minutes=30)
    for text in ("2024-03-04T12:30:00Z", "2024-03-04 14:30 +0200", "04-03-2024 12:30"):
        assert parse_date(text.replace("-", dash), day_first=True).at == noon, text
    assert day_first_evidence([f"14{dash}8{dash}2019"], "en-us")
