"""The demo from the outside: the real command, its page and its feeds."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import feedparser
import pytest

DEADLINE = 40.0  # seconds; starts take about two on an idle machine


def get(url: str) -> tuple[int, dict[str, str], bytes]:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.status, dict(answer.headers), answer.read()


def wait_for(check: Callable[[], Any]) -> Any:
    """Ask until the answer is true: the hub is another process, and has no clock of ours."""
    end = time.monotonic() + DEADLINE
    while not (found := check()):
        assert time.monotonic() < end, "the hub did not get there in time"
        time.sleep(0.1)
    return found


def _filled(url: str) -> bool:
    """Whether all papers have been read: a first tick may come when some have."""
    latest, popular = (
        json.loads(get(f"{url}/{slug}.json")[2])["items"] for slug in ("senaste", "popular")
    )
    voices = [item["_feedhub"]["voices"] for item in popular]
    return len(latest) >= 20 and max(voices, default=0) >= 3


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    command = [sys.executable, "-m", "feedhub", "demo", "--port", "0"]
    hub = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert hub.stdout is not None
    try:
        for line in hub.stdout:
            found = re.search(r"page\s+(http://\S+?)/$", line.strip())
            if found:
                break
        else:
            pytest.fail("the demo did not say where its page is")
        url = found.group(1)
        wait_for(lambda: _filled(url))
        yield url
    finally:
        hub.send_signal(signal.SIGTERM)
        try:
            hub.wait(timeout=15)
        finally:
            hub.kill()
            hub.stdout.close()
    assert hub.returncode == 0


def test_a_story_of_three_publishers_stands_once_above_those_of_one(base):
    items = json.loads(get(f"{base}/popular.json")[2])["items"]
    stories = [item["id"] for item in items]
    assert len(set(stories)) == len(stories)
    voices = [item["_feedhub"]["voices"] for item in items]
    assert max(voices) >= 3
    assert 1 in voices
    last_of_three = max(n for n, count in enumerate(voices) if count >= 3)
    assert last_of_three < voices.index(1)


def test_latest_is_in_order_of_time(base):
    feed = feedparser.parse(get(f"{base}/senaste.atom")[2])
    assert not feed.bozo
    times = [entry.published_parsed for entry in feed.entries]
    assert len(times) >= 20
    assert times == sorted(times, reverse=True)


def test_all_formats_tell_the_same(base):
    for slug in ("senaste", "popular", "popular.new"):
        atom = feedparser.parse(get(f"{base}/{slug}.atom")[2]).entries
        rss = feedparser.parse(get(f"{base}/{slug}.rss")[2]).entries
        items = json.loads(get(f"{base}/{slug}.json")[2])["items"]
        common = {e.id for e in atom} & {e.id for e in rss} & {i["id"] for i in items}
        assert len(common) >= len(atom) - 5  # time passes between the three requests
        links = {e.id: e.link for e in atom}
        assert all(links[e.id] == e.link for e in rss if e.id in common)


def test_a_feed_that_has_not_changed_is_304(base):
    def asked_again() -> int:
        _, headers, _ = get(f"{base}/sport.atom")
        request = urllib.request.Request(
            f"{base}/sport.atom", headers={"If-None-Match": headers["etag"]}
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status
        except urllib.error.HTTPError as answer:
            answer.close()
            return answer.code

    # the list may change between the two requests, though not every time
    assert 304 in [asked_again() for _ in range(5)]


def test_the_other_addresses_answer(base):
    for path in ("/", "/status", "/about", "/lists.opml", "/sources.opml", "/search?q=malm"):
        assert get(base + path)[0] == 200, path
    assert json.loads(get(f"{base}/healthz")[2])
