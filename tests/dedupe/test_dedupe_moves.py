"""Which known articles a source has given new guids and links."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from feedhub.dedupe.moves import carried_over
from feedhub.model import Entry, KnownItem

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
TITLE = "Polisen utreder brand i Malmö"


def entry(**changes) -> Entry:
    return Entry(**{"hash": b"h", "position": 0, "title": TITLE, **changes})


def known(number: int = 1, **changes) -> KnownItem:
    values = {"title": TITLE, "canonical": None, "published": None, **changes}
    return KnownItem(id=number, source_id=7, **values)


def test_the_same_headline_and_time_is_the_same_article():
    assert carried_over([entry(published=NOW)], [known(published=NOW)], 9) == [1]


def test_the_same_headline_and_text_without_dates_is_the_same_article():
    assert carried_over([entry(summary="Ingress")], [known(summary="Ingress")], 9) == [1]


def test_addresses_in_a_text_move_with_the_site():
    told = entry(summary="Läs mer på https://a.example/x1 om branden")
    was = known(summary="Läs mer på http://b.example/y om branden")
    assert carried_over([told], [was], 9) == [1]


def test_the_same_headline_and_path_on_another_host_is_the_same_article():
    told = entry(canonical="https://ny.example/a/1")
    assert carried_over([told], [known(canonical="https://a.example/a/1")], 9) == [1]
    other = entry(canonical="https://ny.example/a/2")
    assert carried_over([other], [known(canonical="https://a.example/a/1")], 9) == [None]


def test_a_corrected_headline_over_the_same_text_and_time_is_the_same_article():
    text = "Ett ord och ett till och flera ord därtill så att det räcker"
    told = entry(title="Ny rubrik", summary=text, published=NOW)
    assert carried_over([told], [known(summary=text, published=NOW)], 9) == [1]


def test_a_column_with_a_standing_headline_is_a_new_article_each_day():
    told = [entry(published=NOW + n * DAY) for n in range(1, 6)]
    was = [known(n, published=NOW - n * DAY) for n in range(1, 6)]
    assert carried_over(told, was, 0) == [None] * 5


def test_a_headline_alone_counts_only_in_a_document_that_has_moved():
    told = [entry(title=f"{TITLE} {n}") for n in range(20)]
    was = [known(n, title=f"{TITLE} {n}") for n in range(20)]
    assert carried_over(told[:1], was, 9) == [None]
    assert carried_over(told[:3], was, 9) == [0, 1, 2]
    assert carried_over(told, was[:3], 9) == [None] * 20
    assert carried_over(told[:2], was[:2], 0) == [0, 1]


TITLES = (
    "Riksbanken sänker räntan med en kvart",
    "Hammarby vann derbyt mot AIK igen",
    "Ny bro över Piteälven försenas ett år",
    "Snöoväder stoppar alla tåg i norr",
)
LEAD = "En mycket lång ingress som säger vad som har hänt i går kväll och varför"


def told(n: int, **changes) -> Entry:
    return entry(**{"title": TITLES[n], "canonical": f"https://ny.example/{n}", **changes})


def carried(n: int, **changes) -> KnownItem:
    return known(n, **{"title": TITLES[n], "canonical": f"https://a.example/a/{n}", **changes})


def test_another_systems_quotes_and_dashes_are_no_other_words():
    (found,) = carried_over(
        [entry(title="”Nu räcker det” – kravet", published=NOW)],
        [known(title='"Nu räcker det" - kravet', published=NOW)],
        9,
    )
    assert found == 1


def test_a_text_that_is_cut_off_is_the_same_text():
    cut = entry(title="Ny rubrik", summary=f"{LEAD[:60]} […]", published=NOW)
    assert carried_over([cut], [known(summary=LEAD, published=NOW)], 9) == [1]
    other = entry(title="Ny rubrik", summary=f"{LEAD[:30]} helt annat", published=NOW)
    assert carried_over([other], [known(summary=LEAD, published=NOW)], 9) == [None]


def test_edited_headlines_at_the_same_moments_are_known_in_a_document_that_has_moved():
    now = [told(n, title=f"{TITLES[n]} – det vet vi", published=NOW + n * HOUR) for n in range(4)]
    was = [carried(n, published=NOW + n * HOUR) for n in range(4)]
    assert carried_over(now, was, 0) == [0, 1, 2, 3]
    assert carried_over(now[:1], was, 9) == [None]


def test_a_headline_edited_with_its_slug_is_the_same_where_nothing_else_is_of_its_moment():
    sent = NOW + timedelta(minutes=7, seconds=12)
    now = told(0, title=f"{TITLES[0]} – så påverkas du", published=sent)
    was = carried(0, published=sent)
    assert carried_over([now], [was], 9) == [0]
    # of another headline, with its lead
    under = told(1, summary="Kort ingress", published=sent)
    assert carried_over([under], [carried(0, summary="Kort ingress", published=sent)], 9) == [0]
    assert carried_over([under], [carried(0, summary="En annan", published=sent)], 9) == [None]
    # what is sent out by the clock is of one moment too
    half = [told(n, title=f"Köldrekord i norr: {n} i natt", published=sent) for n in range(2)]
    gone = [carried(n, title=f"Köldrekord i norr: {n + 2} i natt", published=sent) for n in (0, 1)]
    assert carried_over(half, gone, 9) == [None, None]
    for minutes in (0, 15, 30, 45):  # on the hour, in India and Nepal too
        on = NOW + timedelta(minutes=minutes)
        by_clock = told(0, title=f"{TITLES[0]} – så påverkas du", published=on)
        assert carried_over([by_clock], [carried(0, published=on)], 9) == [None]
    # but for one with the number of the article in its address
    numbered = [f"https://a.example/a/{slug}-1234567" for slug in ("rantan", "sa-paverkas-du")]
    by_clock = told(0, title=by_clock.title, published=NOW, canonical=numbered[1])
    was = carried(0, published=NOW, canonical=numbered[0])
    assert carried_over([by_clock], [was], 9) == [0]


def test_of_articles_under_one_headline_each_keeps_the_number_in_its_address():
    pages = ["https://a.example/kjendis/77414364", "https://a.example/studio/307?post=109343"]
    now = [entry(title="I sorg", canonical=f"{page.replace('?', '/?')}#!x") for page in pages]
    for ids in ([1, 2], [2, 1]):
        was = [known(n, title="I sorg", canonical=page) for n, page in zip(ids, pages, strict=True)]
        assert carried_over(now, was, 0) == ids


def test_local_time_called_utc_is_the_same_time():
    now = [told(n, published=NOW + n * DAY + 2 * HOUR) for n in range(4)]
    was = [carried(n, published=NOW + n * DAY) for n in range(4)]
    assert carried_over(now, was, 0) == [0, 1, 2, 3]
    # a day apart they are tomorrow's
    late = [told(n, published=NOW + (n + 1) * DAY) for n in range(4)]
    assert carried_over(late, was, 0) == [None] * 4


def test_one_date_for_all_that_was_taken_over_is_none():
    now = [told(n, published=NOW + DAY) for n in range(4)]
    was = [carried(n, published=NOW - n * HOUR) for n in range(4)]
    assert carried_over(now, was, 0) == [0, 1, 2, 3]
    # those that come every day at one time did so before
    assert carried_over(now, [carried(n, published=NOW) for n in range(4)], 0) == [None] * 4


def test_most_of_what_was_carried_is_enough_beside_much_that_is_new():
    news = [entry(title=f"Nyhet {n} av många", canonical=f"https://ny.example/n/{n}") for n in "ab"]
    more = [entry(title=f"Annat {n}", canonical=f"https://ny.example/m/{n}") for n in "abcdef"]
    now = [told(n) for n in range(4)]
    assert carried_over([*news, *now, *more], [carried(n) for n in range(4)], 0) == [
        *[None] * 2, 0, 1, 2, 3, *[None] * 6,
    ]  # fmt: skip


def test_series_with_standing_leads_go_on_in_a_document_that_has_not_moved():
    now = [told(n, summary=LEAD, published=NOW + DAY) for n in range(4)]
    was = [carried(n, summary=LEAD, published=NOW - 5 * DAY + n * HOUR) for n in range(4)]
    assert carried_over(now, was, 20) == [None] * 4
    columns = [
        (told(n, title=title, summary=LEAD, published=NOW + DAY + n * HOUR),
         carried(n, title=title, summary=LEAD, published=NOW + n * HOUR))
        for n, title in enumerate(("Horoskopet", "Dagens ros", "Korsord"))
    ]  # fmt: skip
    assert carried_over([one for one, _ in columns], [was for _, was in columns], 0) == [None] * 3


def test_an_article_moves_once():
    told = [entry(published=NOW), entry(published=NOW, position=1)]
    found = carried_over(told, [known(published=NOW)], 0)
    assert sorted(found, key=str) == [1, None]


texts = st.sampled_from(["", "Väder", TITLE, "Börsen faller kraftigt i dag"])
times = st.sampled_from([None, NOW, NOW + DAY])
paths = st.sampled_from([None, "https://a.example/a/1", "https://b.example/a/1"])
entries = st.lists(
    st.builds(entry, title=texts, summary=texts, published=times, canonical=paths), max_size=8
)
items = st.lists(
    st.builds(known, title=texts, summary=texts, published=times, canonical=paths), max_size=8
).map(
    lambda made: [
        known(n, title=k.title, summary=k.summary, published=k.published, canonical=k.canonical)
        for n, k in enumerate(made)
    ]
)


@given(entries, items, st.integers(0, 5))
def test_no_article_is_given_twice_and_order_gives_no_more_and_no_fewer(told, was, found):
    result = carried_over(told, was, found)
    assert len(result) == len(told)
    given_ids = [one for one in result if one is not None]
    assert len(given_ids) == len(set(given_ids))
    backwards = carried_over(told[::-1], was[::-1], found)[::-1]
    alike = {id_: (k.title, k.summary, k.published, k.canonical) for id_, k in enumerate(was)}

    def partition(ids):
        return sorted(
            repr((e.title, e.summary, e.published, e.canonical, i is not None and alike[i]))
            for e, i in zip(told, ids, strict=True)
        )

    assert partition(result) == partition(backwards)
