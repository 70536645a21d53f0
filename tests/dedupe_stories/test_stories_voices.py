"""Independent voices: sections, agency copy, rewrites."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from feedhub.dedupe.stories import voices
from feedhub.dedupe.stories.voices import agency
from feedhub.model import StoryItem

AT = datetime(2026, 3, 1, tzinfo=UTC)
COPY = "En person har förts till sjukhus efter en kraftig brand i en lagerlokal i Sundbyberg."


def item(id_: int, publisher: str, summary: str, *, author: str = "") -> StoryItem:
    authors = (author,) if author else ()
    return StoryItem(id_, f"Rubrik {id_}", summary, publisher, "sv", AT, authors=authors)


def test_sections_are_one_voice_and_outlets_are_two() -> None:
    own = "Ägaren berättar för tidningen om natten då allt brann ned till grunden."
    found = voices([item(1, "dn.se", COPY), item(2, "dn.se", own), item(3, "svt.se", "Annat.")])
    assert (found.count, found.credit) == (2, 0.0)
    assert found.publishers == ("dn.se", "svt.se")


def test_copies_are_one_voice_with_a_credit_for_each_carrier() -> None:
    found = voices([item(n, f"p{n}.se", COPY) for n in range(1, 4)])
    assert (found.count, found.credit) == (1, 0.5)
    assert found.groups == (("p1.se", "p2.se", "p3.se"),)


def test_a_shortened_copy_counts_as_one_when_both_are_signed() -> None:
    short = "En person har förts till sjukhus efter en brand nära stationen i Sundbyberg."
    signed = [item(1, "dn.se", COPY, author="TT"), item(2, "svd.se", short, author="Ada/TT")]
    assert voices(signed).count == 1
    assert voices([item(1, "dn.se", COPY), item(2, "svd.se", short)]).count == 2


def test_agencies_are_read_from_bylines_and_datelines() -> None:
    assert agency(item(1, "a.se", "", author="Ada Berg och TT")) == "TT"
    assert agency(item(1, "a.com", "HARLOW, England (Reuters) - Leaders said")) == "Reuters"
    assert agency(item(1, "a.se", "Texten slutar här. /NTB/")) == "NTB"
    assert agency(item(1, "a.se", "Attack mot staden", author="Ottar")) == ""


@pytest.mark.parametrize(
    ("author", "name"),
    [
        ("TT Nyhetsbyrån", "TT"), ("Av TT", "TT"), ("©TT", "TT"), ("TT-AFP", "TT"),
        ("NTB-Sjur Natvig", "NTB"), ("NTB Nyheter", "NTB"), ("NTB-AP-AFP", "NTB"),
        ("By The Associated Press", "AP"), ("JOHN DOE Associated Press", "AP"),
        ("JOHN DOE, AP Business Writer", "AP"), ("Reuters Staff", "Reuters"),
        ("dpa-infocom", "DPA"), ("Von dpa", "DPA"), ("Ritzau Finans", "Ritzau"),
        ("STT–Reuters", "STT"), ("Nyhetsbyrån Siren", "Siren"),
        ("Agence France-Presse", "AFP"), ("Von Deutsche Presse-Agentur", "DPA"),
        ("Norsk Telegrambyrå", "NTB"), ("Ritzaus Bureau", "Ritzau"), ("TT Sport", "TT"),
        ("AP-fonden", ""), ("Siren Berg", ""), ("Ada SID", ""), ("Audi TT", ""),
    ],
)  # fmt: skip
def test_bylines_of_agencies(author: str, name: str) -> None:
    assert agency(item(1, "a.se", "", author=author)) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Berlin (dpa/tmn) - Der Kanzler reist ab", "DPA"),
        ("Der Kanzler reist ab. (dpa)", "DPA"),
        ("Der Kanzler reist ab. © dpa-infocom, dpa:260301-930-1/1", "DPA"),
        ("En mand er anholdt. /ritzau/", "Ritzau"),
        ("(©NTB) En mann er pågrepet", "NTB"),
        ("En gasseksplosjon. (NTB-DPA)", "NTB"),
        ("En man har gripits. TT", "TT"),
        ("En man har gripits. TT/AFP", "TT"),
        ("Branden syntes långt. Foto: Ada Berg / NTB", ""),
        ("En man har gripits. Källa: TT", "TT"),
        ("En man har gripits (källa: TT)", "TT"),
        ("En man har gripits, enligt en källa på TT", ""),
        ("Two were killed, said a source: AP", ""),
        ("Prices fell. Data source: Reuters", ""),
        ("A fire in the hills. Image Source: AP", ""),
        ("Ein Feuer. Bild-Quelle: dpa", ""),
        ("A fire in the hills was seen from a long way off. Photo (AP)", ""),
        ("Han kom i en Audi TT", ""),
        ("Er nannte es dpa", ""),
    ],
)
def test_datelines_of_agencies(text: str, name: str) -> None:
    assert agency(item(1, "a.se", text)) == name


def test_an_agency_and_who_shortens_its_copy_are_one_voice() -> None:
    short = "En person har förts till sjukhus efter en brand nära stationen i Sundbyberg."
    own = item(1, "tt.se", COPY)
    assert agency(own) == "TT"
    assert voices([own, item(2, "svd.se", short, author="TT Nyhetsbyrån")]).count == 1


def test_no_items_are_no_voices() -> None:
    assert voices([]).count == 0
