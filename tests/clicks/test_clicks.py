"""Which clicks count, and that nothing of who clicked is kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from feedhub.clicks import BURST, MOST, Clicks, is_person, reader_of

NOW = datetime(2026, 3, 14, 12, 5, tzinfo=UTC)
HOUR = NOW.replace(minute=0)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def minutes(count):
    return timedelta(minutes=count)


@pytest.mark.parametrize(
    ("method", "headers", "person"),
    [
        ("GET", {"user-agent": FIREFOX}, True),
        ("GET", {"user-agent": FIREFOX, "sec-fetch-mode": "navigate"}, True),
        ("GET", {"user-agent": "Lynx/2.9.0 libwww-FM/2.14"}, True),
        ("HEAD", {"user-agent": FIREFOX}, False),
        ("GET", {}, False),
        ("GET", {"user-agent": "curl/8.5.0"}, False),
        ("GET", {"user-agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"}, False),
        ("GET", {"user-agent": "Mozilla/5.0 facebookexternalhit/1.1"}, False),
        ("GET", {"user-agent": FIREFOX, "sec-purpose": "prefetch;prerender"}, False),
        ("GET", {"user-agent": FIREFOX, "x-moz": "prefetch"}, False),
        ("GET", {"user-agent": FIREFOX, "sec-fetch-mode": "no-cors"}, False),
    ],
)
def test_people_are_told_from_machines(method, headers, person):
    assert is_person(method, headers) is person


def test_limits_go_by_the_reader_behind_our_own_proxy_and_by_household():
    assert reader_of("192.0.2.7", {}) == "192.0.2.7"
    forwarded = {"x-forwarded-for": "9.9.9.9, 198.51.100.4"}
    assert reader_of("127.0.0.1", forwarded) == "198.51.100.4"
    assert reader_of("8.8.8.8", forwarded) == "8.8.8.8"  # no proxy of ours: what it says is air
    assert reader_of("2a00:1:2:3::1", {}) == reader_of("2a00:1:2:3:ffff::9", {})
    assert reader_of("2a00:1:2:3::1", {}) != reader_of("2a00:1:2:4::1", {})
    assert reader_of("::ffff:8.8.8.8", {}) == "8.8.8.8"
    assert reader_of("", {"x-forwarded-for": "nonsense"}) == ""


def test_a_reader_counts_once_for_an_item_and_hour():
    clicks = Clicks()
    assert clicks.note(1, "a", NOW)
    assert not clicks.note(1, "a", NOW + minutes(5))
    assert clicks.note(2, "a", NOW + minutes(5))
    assert clicks.note(1, "b", NOW)
    assert clicks.note(1, "a", NOW + minutes(60))
    assert clicks.take() == {(1, HOUR): 2, (2, HOUR): 1, (1, HOUR + minutes(60)): 1}
    assert not clicks.waiting


def test_a_flood_is_shrugged_off():
    clicks = Clicks()
    assert sum(clicks.note(n, "a", NOW) for n in range(1000)) == BURST
    slow = Clicks()
    times = [NOW + timedelta(seconds=30 * n) for n in range(100)]
    assert sum(slow.note(n, "a", at) for n, at in enumerate(times)) == MOST


def test_many_addresses_cost_no_more_than_so_much_memory(monkeypatch):
    monkeypatch.setattr("feedhub.clicks.ADDRESSES", 50)
    clicks = Clicks()
    assert sum(clicks.note(1, f"10.0.{n}.1", NOW) for n in range(300)) == 50
    assert len(clicks._readers) == 50
    # the next hour begins anew, under another salt
    salt = clicks._salt
    assert clicks.note(1, "10.9.9.9", NOW + minutes(60))
    assert clicks._salt != salt
    assert len(clicks._readers) == 1


def test_no_address_is_held_and_what_was_not_stored_is_kept():
    clicks = Clicks()
    clicks.note(1, "192.0.2.77", NOW)
    assert "192.0.2.77" not in repr(vars(clicks))
    counts = clicks.take()
    clicks.note(1, "192.0.2.78", NOW)
    clicks.give_back(counts)
    assert clicks.take() == {(1, HOUR): 2}
