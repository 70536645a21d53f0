"""When to come back: the one pure decision."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedhub.fetch import NEVER, next_state, plan_next_fetch
from feedhub.fetch.pace import cadence, freshness, http_date, retry_after, words
from feedhub.model import (
    Fetched,
    FetchState,
    Outcome,
    OutcomeKind,
    PaceHints,
    Source,
    Stage,
    StoredSource,
)
from feedhub.store.codec import pack_state, unpack_state

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def every(gap: timedelta, count: int = 10, since: timedelta = timedelta(0)) -> tuple[datetime, ...]:
    return tuple(NOW - since - gap * n for n in range(count))


def pause(stored, fetched, hints=None):
    """The pause planned, in units of itself: at least so much, at most a tenth more."""
    return plan_next_fetch(stored, fetched, hints, NOW).at - NOW


def about(expected: timedelta, actual: timedelta) -> bool:
    if expected == DAY:  # a day of our own choice has its share of jitter taken off
        return DAY * 0.9 <= actual <= DAY
    return expected <= actual <= expected * 1.1


@pytest.mark.parametrize(
    ("recent", "expected"),
    [
        ((), 20 * MINUTE),
        (every(MINUTE), 5 * MINUTE),
        (every(40 * MINUTE), 20 * MINUTE),
        (every(6 * HOUR), 3 * HOUR),
        (every(DAY), 4 * HOUR),
        (every(HOUR, since=8 * DAY), 6 * HOUR),
        (every(HOUR, since=15 * DAY), 12 * HOUR),
        (every(HOUR, since=40 * DAY), DAY),
        ((NOW + DAY, NOW + 2 * DAY), 20 * MINUTE),  # nothing is known from the future
    ],
)
def test_own_cadence(stored, fetched, recent, expected):
    assert about(expected, pause(stored(recent=recent), fetched()))


def test_the_most_patient_wish_wins_and_says_so(stored, fetched):
    answer = fetched(headers={"cache-control": "max-age=1800"})
    due = plan_next_fetch(stored(recent=every(10 * MINUTE)), answer, PaceHints(ttl=HOUR), NOW)
    assert about(HOUR, due.at - NOW)
    assert "ttl" in due.reason
    due = plan_next_fetch(stored(recent=every(10 * MINUTE)), answer, PaceHints(), NOW)
    assert about(30 * MINUTE, due.at - NOW)
    assert "fresh" in due.reason


def test_remembered_hints_stand_after_a_304(stored, fetched):
    source = stored(hints=PaceHints(update_period=2 * HOUR))
    assert about(2 * HOUR, pause(source, fetched(OutcomeKind.NOT_MODIFIED, status=304)))


def test_what_a_304_leaves_out_of_its_freshness_stands(stored, fetched):
    """RFC 9111, 3.2: a 304 changes what it says of the stored answer, and nothing else."""
    answer = fetched(headers={"cache-control": "max-age=7200", "age": "3600"})
    first = next_state(stored(), answer, NOW)
    silent = fetched(OutcomeKind.NOT_MODIFIED, status=304, headers={"date": "x"})
    known = replace(stored(), state=next_state(replace(stored(), state=first), silent, NOW))
    assert about(2 * HOUR, pause(known, silent))
    speaking = replace(silent, headers={"cache-control": "max-age=3600"})
    told = replace(stored(), state=next_state(known, speaking, NOW))
    assert about(HOUR, pause(told, speaking))
    assert about(HOUR, pause(told, silent))
    whole = fetched()  # a 200 that says nothing has taken it back
    fresh = replace(stored(), state=next_state(known, whole, NOW))
    assert about(20 * MINUTE, pause(fresh, whole))
    assert about(20 * MINUTE, pause(fresh, silent))
    assert unpack_state(pack_state(known.state)) == known.state


def test_interval_overrides_hints_but_not_the_floor_nor_retry_after(stored, fetched):
    source = stored(recent=every(DAY), source={"interval": 15 * MINUTE})
    assert about(15 * MINUTE, pause(source, fetched(), PaceHints(ttl=HOUR)))
    assert about(HOUR, pause(source, fetched(retry_after=HOUR)))
    hasty = stored(source={"interval": MINUTE})
    assert about(5 * MINUTE, pause(hasty, fetched()))
    throttled = fetched(OutcomeKind.THROTTLED, status=429)
    assert about(30 * MINUTE, pause(hasty, throttled))


@pytest.mark.parametrize(
    ("kind", "status", "errors", "expected"),
    [
        (OutcomeKind.FAILED, 500, 1, 5 * MINUTE),
        (OutcomeKind.FAILED, 500, 4, 40 * MINUTE),
        (OutcomeKind.FAILED, 500, 50, DAY),
        (OutcomeKind.FAILED, 404, 1, HOUR),
        (OutcomeKind.BLOCKED, 403, 1, 2 * HOUR),
        (OutcomeKind.THROTTLED, 429, 1, 30 * MINUTE),
        (OutcomeKind.THROTTLED, 429, 3, 2 * HOUR),
        (OutcomeKind.NOT_A_FEED, 200, 1, 6 * HOUR),
    ],
)
def test_trouble_backs_off_with_growth(stored, fetched, kind, status, errors, expected):
    bad = fetched(kind, status=status)
    actual = pause(stored(errors=errors), bad)
    assert about(expected, actual)


def test_trouble_never_hastens_a_slow_source(stored, fetched):
    slow = stored(recent=every(DAY))
    assert pause(slow, fetched(OutcomeKind.FAILED, status=500)) >= 4 * HOUR


@pytest.mark.parametrize(
    ("cache", "expected", "words"),
    [
        ("max-age=60", 30 * MINUTE, "at its usual pace"),
        ("max-age=2700", 45 * MINUTE, "says that this stays so for 45 min"),
        ("max-age=31536000", HOUR, "says that this stays so for 60 min"),  # as of any picture
    ],
)
def test_an_error_is_not_believed_to_last_for_a_year(stored, fetched, cache, expected, words):
    hourly = tuple(NOW - HOUR * n for n in range(10))
    hiccup = fetched(OutcomeKind.FAILED, status=502, headers={"cache-control": cache})
    seen = stored(recent=hourly, errors=1)
    due = plan_next_fetch(seen, hiccup, None, NOW)
    assert about(expected, due.at - NOW)
    assert words in due.reason
    asked = stored(recent=hourly, errors=1, source={"interval": 5 * MINUTE})
    assert about(5 * MINUTE, plan_next_fetch(asked, hiccup, None, NOW).at - NOW)


def test_gone_is_never_asked_again(stored, fetched):
    due = plan_next_fetch(stored(), fetched(OutcomeKind.GONE, status=410), None, NOW)
    assert due.at == NEVER
    assert "410" in due.reason


def test_retry_after_may_reach_beyond_a_day(stored, fetched):
    throttled = fetched(OutcomeKind.THROTTLED, status=429, retry_after=3 * DAY)
    assert pause(stored(), throttled) >= 3 * DAY


def test_nobody_is_said_to_have_asked_for_our_own_patience(stored, fetched):
    """A host that throttles without a word is left in peace for longer each time by us."""
    for headers, said in (
        ({}, "its host goes on throttling, and is left in peace for 3 h"),
        ({"retry-after": "0"}, "its host goes on throttling, and is left in peace for 3 h"),
        ({"retry-after": "10800"}, "Retry-After asks for 3 h"),
    ):
        refused = fetched(OutcomeKind.THROTTLED, status=429, retry_after=3 * HOUR, headers=headers)
        due = plan_next_fetch(stored(errors=1), refused, None, NOW)
        assert due.reason.endswith(said)
        assert due.at - NOW >= 3 * HOUR


def test_after_throttling_the_pace_eases_back(stored, fetched):
    assert about(80 * MINUTE, pause(stored(backoff=2), fetched()))


def test_skipped_hours_and_days_are_left_alone(stored, fetched):
    hints = PaceHints(skip_hours=frozenset(range(8, 12)))
    due = plan_next_fetch(stored(), fetched(), hints, NOW)
    assert (due.at.hour, due.at.day) == (12, 2)
    weekend = datetime(2026, 3, 6, 23, 50, tzinfo=UTC)  # Friday
    hints = PaceHints(skip_days=frozenset({5, 6}))
    due = plan_next_fetch(stored(), fetched(at=weekend), hints, weekend)
    assert due.at.weekday() == 0
    nonsense = PaceHints(skip_hours=frozenset(range(24)))
    assert about(20 * MINUTE, pause(stored(), fetched(), nonsense))


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"cache-control": "max-age=600"}, 10 * MINUTE),
        ({"cache-control": 'public, MAX-AGE="600"'}, 10 * MINUTE),
        ({"cache-control": "max-age=600", "age": "540"}, MINUTE),
        ({"cache-control": "max-age=600", "age": "900"}, timedelta(0)),
        ({"cache-control": "no-cache, max-age=600"}, timedelta(0)),
        ({"cache-control": 'no-cache="set-cookie", max-age=600'}, 10 * MINUTE),
        ({"cache-control": 'max-age=600, no-cache="a, b", public'}, 10 * MINUTE),
        ({"cache-control": 'x="max-age=5, no-store", max-age = 600'}, 10 * MINUTE),
        ({"cache-control": 'x="never closed, max-age=600'}, 10 * MINUTE),
        ({"cache-control": "max-age=600;s-maxage=60, stale-while-revalidate=9"}, 10 * MINUTE),
        ({"cache-control": "public; max-age=600; must-revalidate"}, 10 * MINUTE),
        ({"cache-control": "max-age=600, max-age=60"}, 10 * MINUTE),
        ({"cache-control": "max-age=600", "age": "540, 3"}, MINUTE),
        ({"cache-control": "max-age=600", "age": "-9"}, 10 * MINUTE),
        ({"cache-control": "max-age=junk"}, None),
        ({"cache-control": "max-age=-5"}, None),
        (
            {
                "expires": "Mon, 02 Mar 2026 09:00:00 GMT",
                "date": "Mon, 02 Mar 2026 08:00:00 GMT",
            },
            HOUR,
        ),
        ({"expires": "Mon, 02 Mar 2026 09:00:00 GMT"}, HOUR),
        ({"expires": "0"}, timedelta(0)),
        ({"expires": "-1", "cache-control": "max-age=60"}, MINUTE),
        ({"cache-control": "max-age=" + "9" * 4000}, timedelta(seconds=9_999_999_999)),
    ],
)
def test_freshness(headers, expected):
    assert freshness(headers, NOW) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("120", 2 * MINUTE),
        (" 0 ", timedelta(0)),
        ("Mon, 02 Mar 2026 09:30:00 GMT", 90 * MINUTE),
        ("Monday, 02-Mar-26 09:30:00 GMT", 90 * MINUTE),
        ("Mon Mar  2 09:30:00 2026", 90 * MINUTE),
        ("Mon, 02 Mar 2020 09:30:00 GMT", timedelta(0)),
        ("99999999999", 7 * DAY),
        ("soon", None),
        ("", None),
        ("-1", None),
        ("1.5", timedelta(seconds=2)),
        ("3600 s", HOUR),
        ("60, 7200", 2 * HOUR),
        ("1e9", None),
        ("NaN", None),
        ("٣", None),
    ],
)
def test_retry_after(value, expected):
    assert retry_after(value, NOW) == expected


def test_a_retry_date_is_read_against_the_servers_own_clock():
    there = "Mon, 02 Mar 2026 10:00:00 GMT"  # two hours ahead of ours
    assert retry_after("Mon, 02 Mar 2026 10:05:00 GMT", NOW, there) == 5 * MINUTE


def test_words():
    assert [words(s) for s in (45 * timedelta(seconds=1), 20 * MINUTE, 3 * HOUR, 3 * DAY)] == [
        "45 s",
        "20 min",
        "3 h",
        "3 days",
    ]


KINDS = [kind for kind in OutcomeKind if kind is not OutcomeKind.GONE]


@given(
    kind=st.sampled_from(KINDS),
    errors=st.integers(0, 10_000),
    gap=st.timedeltas(timedelta(0), timedelta(days=400)),
    count=st.integers(0, 12),
    ttl=st.none() | st.timedeltas(timedelta(0), timedelta(days=4000)),
    cache=st.text(max_size=30),
    age=st.text(alphabet="0123456789- ", max_size=12),
    interval=st.none() | st.timedeltas(timedelta(seconds=1), timedelta(days=30)),
    key=st.text(max_size=20),
)
def test_always_within_bounds_with_a_reason(
    kind, errors, gap, count, ttl, cache, age, interval, key
):
    source = StoredSource(
        1,
        Source(key=key, url="http://a.example/", interval=interval),
        FetchState(errors=errors),
        every(gap, count),
    )
    stage = Stage.STATUS if kind is OutcomeKind.FAILED else None
    answer = Fetched(
        Outcome(kind, stage), "http://a.example/", NOW, headers={"cache-control": cache, "age": age}
    )
    due = plan_next_fetch(source, answer, PaceHints(ttl=ttl), NOW)
    assert 5 * MINUTE <= due.at - NOW <= DAY
    assert due.reason
    assert due == plan_next_fetch(source, answer, PaceHints(ttl=ttl), NOW)


def test_sources_that_start_together_drift_apart(fetched):
    at = {}
    for number in range(200):
        source = StoredSource(
            number, Source(key=f"s{number}", url="http://a.example/"), FetchState()
        )
        at[number] = plan_next_fetch(source, fetched(), None, NOW).at
    assert len({int((moment - NOW).total_seconds() / 2) for moment in at.values()}) > 50


@given(st.text(max_size=60))
def test_no_date_can_raise(text):
    http_date(text)
    retry_after(text, NOW)
    freshness({"expires": text, "date": text, "age": text, "cache-control": text}, NOW)


def test_cadence_does_not_go_by_an_article_of_years_ago_that_a_document_keeps():
    lively = every(10 * MINUTE)[:8]
    kept = (NOW - 900 * DAY, NOW - 9000 * DAY)
    assert cadence(lively + kept, NOW) == cadence(lively, NOW)
    few = lively[:7]  # may be a few words after a long silence, as before it
    assert cadence(few + kept, NOW)[0] == 4 * HOUR


def test_cadence_counts_the_present_silence():
    lively = every(10 * MINUTE, since=timedelta(0))
    silent = every(10 * MINUTE, since=12 * HOUR)
    assert cadence(silent, NOW)[0] > cadence(lively, NOW)[0]
