"""Small hubs: nothing but titles, five to forty items, and no count of words to lean on."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import combinations, count

import pytest

from feedhub.dedupe.stories import StoryEngine
from feedhub.model import StoryItem

T0 = datetime(2026, 3, 1, 12, tzinfo=UTC)

# Headlines with the event that they tell of; an event of one headline has no name.
SWEDISH = [
    ("fire", "Stor brand i hamnen i Luleå – flera evakuerade"),
    ("", "Lax i Torneälven på väg tillbaka"),
    ("", "Älg på torget i Boden"),
    ("fire", "Kraftig brand i hamnen i Luleå under natten"),
    ("", "Nytt avtal för lokförare i Boden"),
    ("", "Flygbolag inför nya linjer till Kiruna"),
    ("", "Skogsägare kritiska till nya regler"),
    ("", "Jokkmokks marknad ställs in"),
    ("", "Bussarna ställs in i Gällivare"),
    ("", "Nya flyglinjer till Kiruna lockar turister"),
    ("", "Regeringen vill sänka skatten på el"),
    ("", "Rekordmånga besökte museet i Umeå"),
    ("", "Man åtalas för mordförsök i Piteå"),
    ("", "Kommunen säljer gamla badhuset"),
    ("", "Elskatten sänks – så mycket tjänar du på regeringens förslag"),
    ("snow", "Snöoväder stoppar tågen i norr"),
    ("", "Ny rektor på gymnasiet i Haparanda"),
    ("", "Hon är årets företagare i Skellefteå"),
    ("crash", "Två skadade i trafikolycka utanför Arvidsjaur"),
    ("", "Björklöven vann mot Modo efter straffar"),
    ("crash", "Trafikolycka vid Arvidsjaur – två till sjukhus"),
    ("", "Polisen söker vittnen till rån i Luleå"),
    ("", "Så blir vädret i helgen"),
    ("", "Gruvan i Malmberget bygger ut för miljarder"),
    ("snow", "Tågen står stilla efter snöovädret"),
    ("", "Barnmorskor saknas på sjukhuset i Gällivare"),
    ("", "Hockeylaget värvar back från Finland"),
    ("wolf", "Vargen i Jämtland får skjutas"),
    ("", "Renskötare oroas av varg"),
    ("wolf", "Klartecken för skyddsjakt på varg i Jämtland"),
    ("", "Skolan i Överkalix hotas av nedläggning"),
    ("", "Fiskeförbud införs i Kalixälven"),
    ("", "Ny biograf öppnar i Boden"),
    ("", "Föräldrar protesterar mot att skolan i Överkalix läggs ned"),
    ("", "Tjuvar stal koppar för en halv miljon"),
    ("", "Ny bro över Piteälven försenas"),
    ("", "Polisen varnar för bedragare i Piteå"),
    ("", "Kvinna hittad död i lägenhet i Kiruna"),
    ("", "Två gripna efter inbrott i Kiruna"),
    ("", "Kaffet blir dyrare i höst"),
]
ENGLISH = [
    ("ferry", "Ferry runs aground off Dunmore harbour"),
    ("", "Council to close three libraries in budget cuts"),
    ("", "New bakery opens on Mill Street"),
    ("ferry", "Passengers rescued after ferry runs aground at Dunmore"),
    ("", "Police appeal for witnesses after Mill Street robbery"),
    ("", "Rovers beat City in five-goal thriller"),
    ("flood", "Flood warning issued for the river Tarn"),
    ("strike", "Teachers to strike over pay next week"),
    ("", "New hospital wing delayed by two years"),
    ("strike", "Schools to close as teachers strike over pay"),
    ("", "Farmers warn of poor harvest after dry spring"),
    ("", "Man charged with murder of shopkeeper"),
    ("", "How to get the best from your garden this spring"),
    ("", "Mayor defends plan to charge drivers"),
    ("flood", "Homes evacuated as river Tarn floods"),
    ("", "Rail fares to rise by four per cent in January"),
    ("", "Woman wins record lottery prize"),
    ("beetle", "Scientists find new species of beetle in city park"),
    ("", "Airline cancels flights to Lisbon"),
    ("", "The best films to watch this weekend"),
    ("beetle", "New beetle species discovered in city park"),
    ("", "Man jailed for fraud at charity shop"),
    ("smoke", "Fire at recycling plant sends smoke over Carrick"),
    ("", "Council leader resigns over expenses"),
    ("smoke", "Smoke over Carrick after blaze at recycling plant"),
    ("", "Hospital apologises for long waits"),
    ("", "Old cinema to become flats"),
    ("", "Nurses vote on pay offer"),
    ("", "Bridge on the A9 closed until Monday"),
    ("rates", "Bank of Norland raises interest rates to 4%"),
    ("rates", "Interest rates up again as Bank of Norland fights inflation"),
    ("", "Dog rescued from cliff at Carrick"),
    ("", "Teenager dies after crash on coast road"),
    ("", "City sign striker from Rovers"),
    ("", "New homes planned for former airfield"),
    ("", "Two arrested after drugs raid in Dunmore"),
    ("", "School wins award for healthy meals"),
    ("statue", "Museum to return ancient statue"),
    ("", "Is this the end for the high street?"),
    ("statue", "Ancient statue to go home after museum agrees return"),
]

Rows = Sequence[tuple[str, str]]


def items(rows: Rows, language: str, *, summary: str = "") -> list[StoryItem]:
    return [
        StoryItem(n, title, summary, f"p{n % 3}.se", language, T0 + timedelta(minutes=7 * n))
        for n, (_, title) in enumerate(rows, 1)
    ]


def wrong(rows: Rows, found: Sequence[StoryItem], batch: int) -> list[str]:
    """Pairs of headlines that were joined, or kept apart, and should not have been."""
    engine, ids = StoryEngine(), count(1)
    story: dict[int, int] = {}
    for start in range(0, len(found), batch):
        changes = engine.place(found[start : start + batch], lambda: next(ids))
        for younger, older in changes.merges:
            story = {item: older if it == younger else it for item, it in story.items()}
        story.update({p.item_id: p.story_id for p in changes.placements})
    faults = []
    for (a, (event, title)), (b, (other, title2)) in combinations(enumerate(rows, 1), 2):
        if (story[a] == story[b]) != (event == other != ""):
            faults.append(f"{title} / {title2}")
    return faults


@pytest.mark.parametrize("size", [5, 10, 20, 40])
@pytest.mark.parametrize("language", ["sv", "en"])
def test_a_small_hub_joins_what_belongs_together_and_nothing_else(language: str, size: int) -> None:
    pool = SWEDISH if language == "sv" else ENGLISH
    for seed in range(12):
        rows = pool[:size] if seed == 0 else random.Random(seed).sample(pool, min(size, len(pool)))
        assert wrong(rows, items(rows, language), batch=seed % 3 * 20 + 1) == []


@pytest.mark.parametrize(
    "titles",
    [
        ("Lax i Torneälven på väg tillbaka", "Älg på torget i Boden", "Nytt avtal i Boden"),
        ("Flygbolag inför nya linjer till Kiruna", "Skogsägare kritiska till nya regler"),
        ("Jokkmokks marknad ställs in", "Bussarna ställs in i Gällivare"),
    ],
)
def test_everyday_words_join_nothing(titles: tuple[str, ...]) -> None:
    rows = [("", title) for title in titles]
    assert wrong(rows, items(rows, "sv"), batch=9) == []


@pytest.mark.parametrize(
    "summary",
    ["Läs mer om detta på vår sajt.", "Stöd Ripanytt! Prenumerera på kvalitetsjournalistik."],
)
def test_one_summary_under_every_headline_joins_nothing(summary: str) -> None:
    rows = [("", title) for event, title in SWEDISH if not event][:27]
    assert wrong(rows, items(rows, "sv", summary=summary), batch=30) == []
    assert wrong(rows, items(rows, "sv", summary=summary), batch=1) == []


def test_a_sentence_that_a_source_repeats_hides_no_story() -> None:
    rows = SWEDISH[:20]
    found = items(rows, "sv", summary="Stöd Ripanytt! Prenumerera på kvalitetsjournalistik.")
    assert wrong(rows, found, batch=20) == []


def test_explain_says_when_only_everyday_words_are_shared() -> None:
    rows = [("", "Jokkmokks marknad ställs in"), ("", "Bussarna ställs in i Gällivare")]
    one, two = items(rows, "sv")
    engine = StoryEngine()
    engine.place([one, two], count(1).__next__)
    why = engine.explain(one, two)
    assert not why.together
    assert "no more than unrelated items" in why.verdict
