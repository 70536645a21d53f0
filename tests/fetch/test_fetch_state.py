"""What is remembered after a fetch, and what is sent because of it."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from feedhub.fetch import believed_url, next_state, proposed_url, well_known_feeds
from feedhub.fetch.validators import conditional_headers, is_distrusted
from feedhub.model import Config, Fetched, FetchState, Hub, Outcome, OutcomeKind
from feedhub.parse import parse_document
from feedhub.pipeline import Pipeline, sync
from feedhub.store import SqliteStore

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OLD = "http://feed.example/rss"
NEW = "https://new.example/rss"


def test_a_200_is_remembered_whole(stored, fetched):
    good = fetched(etag='"a"', last_modified="Mon", body_hash=b"h", status=200)
    after = next_state(stored(errors=3, backoff=1), good, NOW)
    assert (after.etag, after.last_modified, after.body_hash) == ('"a"', "Mon", b"h")
    assert (after.errors, after.backoff) == (0, 0)
    assert after.last_fetch_at == after.last_ok_at == after.last_200_at == after.changed_at == NOW


def test_a_200_without_validators_drops_the_old_ones(stored, fetched):
    after = next_state(stored(etag='"a"', last_modified="Mon"), fetched(status=200), NOW)
    assert (after.etag, after.last_modified) == (None, None)


def test_a_304_keeps_what_it_omits_and_takes_what_it_gives(stored, fetched):
    before = stored(etag='"a"', last_modified="Mon", body_hash=b"h", last_200_at=NOW - DAY)
    after = next_state(before, fetched(OutcomeKind.NOT_MODIFIED, etag='"b"'), NOW)
    assert (after.etag, after.last_modified, after.body_hash) == ('"b"', "Mon", b"h")
    assert after.last_200_at == NOW - DAY


@pytest.mark.parametrize(
    "kind", [OutcomeKind.FAILED, OutcomeKind.BLOCKED, OutcomeKind.NOT_A_FEED, OutcomeKind.THROTTLED]
)
def test_trouble_forgets_nothing(stored, fetched, kind):
    before = stored(etag='"a"', body_hash=b"h", last_ok_at=NOW - DAY)
    after = next_state(before, fetched(kind), NOW)
    assert (after.etag, after.body_hash, after.last_ok_at) == ('"a"', b"h", NOW - DAY)
    assert after.errors == 1


def test_validators_go_out_verbatim(stored):
    state = {"etag": ' W/"\xe5" ', "last_modified": "i går"}
    assert conditional_headers(stored(last_200_at=NOW, **state), NOW) == (
        ("If-None-Match", ' W/"\xe5" '),
        ("If-Modified-Since", "i går"),
    )
    assert conditional_headers(stored(), NOW) == ()


@pytest.mark.parametrize(
    ("state", "in_full"),
    [
        ({"last_200_at": NOW - 7 * DAY}, False),
        ({"last_200_at": NOW - 8 * DAY}, True),
        ({"last_200_at": NOW - 9 * DAY, "unconditional_at": NOW - 23 * HOUR}, False),
        ({"last_200_at": NOW - 9 * DAY, "unconditional_at": NOW - 24 * HOUR}, True),
        ({"last_200_at": NOW - 25 * HOUR, "distrusted_at": NOW - 5 * DAY}, True),
        ({"last_200_at": NOW - 2 * HOUR, "distrusted_at": NOW - 5 * DAY}, False),
        ({"last_200_at": NOW - 25 * HOUR, "distrusted_at": NOW - 31 * DAY}, False),
        ({}, False),
    ],
)
def test_when_validators_are_left_out(stored, state, in_full):
    assert (conditional_headers(stored(etag='"a"', **state), NOW) == ()) is in_full


def test_304s_beyond_belief_for_a_lively_source_are_doubted(stored):
    hourly = tuple(NOW - 3 * DAY - HOUR * n for n in range(10))
    state = {"etag": '"a"', "last_200_at": NOW - 2 * DAY}
    assert conditional_headers(stored(recent=hourly, **state), NOW) == ()
    assert conditional_headers(stored(**state), NOW) != ()


@pytest.mark.parametrize(
    ("change", "lied"),
    [
        ({"etag": '"a"', "body_hash": b"new"}, True),  # same validator, other body
        ({"etag": '"b"', "body_hash": b"new"}, False),  # once is no proof
        ({"etag": '"a"', "body_hash": b"h"}, False),  # the 304s were true
        (
            {
                "etag": '"b"',
                "body_hash": b"new",
                "last_modified": "Fri, 27 Feb 2026 08:00:00 GMT",
            },
            True,  # it was there before the last 304
        ),
    ],
)
def test_a_lying_304_is_found_out(stored, fetched, change, lied):
    before = stored(
        etag='"a"', body_hash=b"h", last_200_at=NOW - 9 * DAY, last_ok_at=NOW - 2 * HOUR
    )
    after = next_state(before, fetched(had_validator=True, status=200, **change), NOW)
    assert is_distrusted(after, NOW) is lied
    assert after.unconditional_at == NOW


def test_a_document_that_says_when_it_was_made_is_no_lie(tmp_path, stored):
    """304s are true of a document in which, asked in full, nothing but its making is new."""
    item = "<item><title>Nyhet {0}</title><guid>{0}</guid></item>".format
    config = Config(hub=Hub(), sources=(stored(OLD).source,), lists=())
    day = [0]

    class Fetches:
        async def fetch(self, stored, now):
            if day[0] % 9:
                return Fetched(Outcome(OutcomeKind.NOT_MODIFIED), OLD, now, conditional=True)
            news = item(2) if day[0] == 27 else ""
            body = f"<rss><channel>{item(1)}{news}</channel><!-- {day[0]} --></rss>".encode()
            return Fetched(
                Outcome(OutcomeKind.OK, status=200),
                OLD,
                now,
                body=body,
                body_hash=body,
                etag='"a"',
                had_validator=stored.state.etag is not None,
            )

    class Parses:
        async def parse(self, document, rules=None):
            return parse_document(document, rules)

    async def main():
        store = SqliteStore(tmp_path / "hub.db")
        await store.open()
        try:
            await sync(store, config)
            pipeline = Pipeline(config, store, Fetches(), Parses(), lambda: NOW + day[0] * DAY)
            found = []
            for day[0] in range(28):
                await pipeline.run(everything=True)
                (status,) = await store.statuses()
                found.append(status.stored.state.distrusted_at)
            return found
        finally:
            await store.close()

    assert asyncio.run(main()) == [None] * 27 + [NOW + 27 * DAY]


def test_twice_in_a_row_is_proof_enough(stored, fetched):
    before = stored(
        etag='"a"',
        body_hash=b"h",
        last_200_at=NOW - 9 * DAY,
        last_ok_at=NOW - HOUR,
        suspicions=1,
    )
    found = fetched(had_validator=True, etag='"b"', body_hash=b"new")
    assert is_distrusted(next_state(before, found, NOW), NOW)
    honest = fetched(had_validator=True, conditional=True, etag='"b"', body_hash=b"new")
    assert next_state(before, honest, NOW).suspicions == 0


def test_a_permanent_redirect_needs_a_week_of_agreement(stored, fetched):
    moved = fetched(OutcomeKind.MOVED, permanent_url=NEW)
    state = next_state(stored(OLD), moved, NOW)
    assert (state.redirect_url, state.redirect_since) == (NEW, NOW)
    source = replace(stored(OLD), state=state)
    assert believed_url(source, NOW + 6 * DAY) == OLD
    assert believed_url(source, NOW + 7 * DAY) == NEW
    again = next_state(source, fetched(permanent_url=NEW, at=NOW + DAY), NOW + DAY)
    assert again.redirect_since == NOW
    other = next_state(source, fetched(permanent_url=NEW + "2", at=NOW + DAY), NOW + DAY)
    assert (other.redirect_url, other.redirect_since) == (NEW + "2", NOW + DAY)
    withdrawn = next_state(source, fetched(requested_url=OLD), NOW + DAY)
    assert withdrawn.redirect_url is None


def test_a_believed_address_speaks_for_itself(stored, fetched):
    before = stored(OLD, redirect_url=NEW, redirect_since=NOW - 9 * DAY)
    kept = next_state(before, fetched(requested_url=NEW), NOW)
    assert kept.redirect_url == NEW
    home = next_state(before, fetched(requested_url=NEW, permanent_url=OLD), NOW)
    assert home.redirect_url is None


def test_a_believed_address_that_moves_on_is_asked_until_that_is_believed_too(stored, fetched):
    """The configured one may be long gone: to go back to it for a week would lose the source."""

    def asked(source, days, goal, **options):
        at = NOW + days * DAY
        answer = fetched(OutcomeKind.MOVED, requested_url=believed_url(source, at), at=at)
        answer = replace(answer, permanent_url=goal, **options)
        return replace(source, state=next_state(source, answer, at))

    source = stored(OLD, redirect_url=NEW, redirect_since=NOW - 9 * DAY)
    third, fourth = NEW + "3", NEW + "4"
    source = asked(source, 0, third)
    assert believed_url(source, NOW + 6 * DAY) == NEW
    interrupted = asked(asked(source, 3, None), 4, third)
    assert believed_url(asked(interrupted, 8, third), NOW + 8 * DAY) == NEW
    other = asked(asked(source, 3, fourth), 8, fourth)
    assert believed_url(other, NOW + 8 * DAY) == NEW
    source = asked(source, 7, third)
    assert believed_url(source, NOW + 7 * DAY) == third
    assert asked(source, 8, OLD).state.redirect_url is None
    # and the same with https, at once
    plain = stored(OLD, redirect_url="http://b.example/", redirect_since=NOW - 9 * DAY)
    secure = asked(plain, 0, "https://b.example/")
    assert believed_url(secure, NOW) == "https://b.example/"


def test_a_believed_address_that_fails_and_the_configured_are_asked_by_turns(stored, fetched):
    """The move may have been a mistake; or it is our own network that fails, and nothing moved."""
    source = stored(OLD, redirect_url=NEW, redirect_since=NOW - 9 * DAY)
    asked = []
    for _ in range(7):
        asked.append(believed_url(source, NOW))
        failed = fetched(OutcomeKind.FAILED, requested_url=asked[-1])
        source = replace(source, state=next_state(source, failed, NOW))
    assert asked == [NEW, NEW, NEW, OLD, NEW, OLD, NEW]
    assert proposed_url(source, NOW) is None
    # the network is back, and so is what was believed
    back = replace(source, state=next_state(source, fetched(requested_url=NEW), NOW))
    assert believed_url(back, NOW) == proposed_url(back, NOW) == NEW
    through = fetched(OutcomeKind.MOVED, requested_url=OLD, permanent_url=NEW)
    assert next_state(source, through, NOW).redirect_url == NEW
    # it was a mistake: the configured address speaks for itself again
    assert next_state(source, fetched(requested_url=OLD), NOW).redirect_url is None


@pytest.mark.parametrize(
    ("goal", "at_once"),
    [
        ("https://feed.example/rss", True),
        ("https://feed.example/rss2", False),
        ("https://www.feed.example/rss", False),
        ("https://feed.example:8443/rss", False),
    ],
)
def test_an_https_upgrade_is_believed_at_once(stored, fetched, goal, at_once):
    state = next_state(stored(OLD), fetched(OutcomeKind.MOVED, permanent_url=goal), NOW)
    assert (believed_url(replace(stored(OLD), state=state), NOW) == goal) is at_once


def test_a_move_that_is_no_feed_is_not_agreed_to(stored, fetched):
    login = fetched(OutcomeKind.NOT_A_FEED, permanent_url="https://login.example/")
    assert next_state(stored(OLD), login, NOW).redirect_url is None


def test_throttling_is_remembered_and_eases(stored, fetched):
    limited = fetched(OutcomeKind.THROTTLED, status=429, retry_after=HOUR)
    state = next_state(stored(), limited, NOW)
    assert (state.paused_until, state.backoff) == (limited.ended_at + HOUR, 2)
    state = next_state(replace(stored(), state=state), fetched(), NOW + 2 * HOUR)
    assert (state.paused_until, state.backoff) == (None, 1)


def test_what_was_held_back_changes_nothing(stored, fetched):
    before = stored(errors=2, etag='"a"')
    held = fetched(OutcomeKind.THROTTLED, sent=False)
    assert next_state(before, held, NOW) == before.state


def test_a_new_state_knows_nothing():
    assert FetchState() == FetchState(errors=0, backoff=0)


def test_well_known_places():
    assert well_known_feeds("https://a.example/blog/?x=1")[:2] == (
        "https://a.example/blog/feed",
        "https://a.example/blog/rss",
    )
    assert well_known_feeds("https://a.example")[0] == "https://a.example/feed"
    assert len(well_known_feeds("https://a.example/blog/")) <= 12
    assert well_known_feeds("mailto:x") == ()
