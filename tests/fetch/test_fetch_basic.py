"""The everyday course of a fetch over loopback."""

import asyncio
from datetime import timedelta

import pytest

from feedhub.fetch import Fetcher, next_state, with_its_way
from feedhub.model import Auth, OutcomeKind, StoredSource
from feedhub.net import HttpClient, HttpSettings


def run(work, origin, **options):
    async def main():
        async with origin(**options) as it, HttpClient(HttpSettings(total_timeout=5)) as client:
            return await work(it, Fetcher(client, contact="mail@example.org", spacing=0))

    return asyncio.run(main())


def test_ok_then_not_modified_with_verbatim_validators(origin, ok, stored, now):
    tag, date = 'W/"b\xe5\xffz,"', "yesterday, more or less"

    async def work(it, fetcher):
        it.routes["/feed"] = ok(b"<rss/>", f"ETag: {tag}", f"Last-Modified: {date}")
        source = stored(it.url())
        first = await fetcher.fetch(source, now)
        assert first.outcome.kind is OutcomeKind.OK
        assert first.body == b"<rss/>"
        assert (first.etag, first.last_modified) == (tag, date)
        assert not first.conditional
        source = StoredSource(1, source.source, next_state(source, first, now))
        it.routes["/feed"] = b"HTTP/1.1 304 Not Modified\r\n\r\n"
        second = await fetcher.fetch(source, now + timedelta(hours=1))
        assert second.outcome.kind is OutcomeKind.NOT_MODIFIED
        assert second.conditional
        assert second.had_validator
        assert it.seen[1].headers["if-none-match"] == tag
        assert it.seen[1].headers["if-modified-since"] == date
        after = next_state(source, second, now + timedelta(hours=1))
        assert (after.etag, after.last_modified) == (tag, date)
        assert after.body_hash == first.body_hash

    run(work, origin)


def test_same_body_is_unchanged_and_carries_none(origin, ok, stored, now):
    async def work(it, fetcher):
        it.routes["/feed"] = ok(b"<rss/>")
        source = stored(it.url())
        first = await fetcher.fetch(source, now)
        again = await fetcher.fetch(stored(it.url(), body_hash=first.body_hash), now)
        assert again.outcome.kind is OutcomeKind.UNCHANGED
        assert again.body is None
        assert again.body_hash == first.body_hash

    run(work, origin)


def test_who_we_say_we_are(origin, ok, stored, now):
    async def work(it, fetcher):
        it.routes["/feed"] = ok(b"<rss/>")
        await fetcher.fetch(stored(it.url()), now)
        headers = it.seen[0].headers
        assert headers["user-agent"].startswith("feedhub/")
        assert headers["user-agent"].endswith("(+mail@example.org)")
        assert "cookie" not in headers
        assert "referer" not in headers
        assert it.seen[0].line == "GET /feed HTTP/1.1"

    run(work, origin)


@pytest.mark.parametrize(
    ("auth", "expected"),
    [
        (Auth("basic", "anna", "hemligt"), "Basic YW5uYTpoZW1saWd0"),
        (Auth("bearer", secret="abc"), "Bearer abc"),
    ],
)
def test_credentials_and_headers(origin, ok, stored, now, auth, expected):
    async def work(it, fetcher):
        it.routes["/feed"] = ok(b"<rss/>")
        options = {"auth": auth, "headers": (("X-Key", "k"), ("accept", "text/xml"))}
        await fetcher.fetch(stored(it.url(), source=options), now)
        headers = it.seen[0].headers
        assert headers["authorization"] == expected
        assert headers["x-key"] == "k"
        assert headers["accept"] == "text/xml"
        assert "hemligt" not in repr(auth)

    run(work, origin)


@pytest.mark.parametrize(
    ("auth", "words"),
    [(None, "asks for credentials"), (Auth("bearer", secret="abc"), "does not take our")],
)
def test_401_says_whether_credentials_were_shown(origin, ok, stored, now, auth, words):
    async def work(it, fetcher):
        it.routes["/feed"] = ok(b"", status="401 Unauthorized")
        got = await fetcher.fetch(stored(it.url(), source={"auth": auth}), now)
        assert words in got.outcome.reason

    run(work, origin)


def test_what_ends_elsewhere_says_where(fetched):
    url, there = "http://feed.example/rss", "https://login.example/in"
    led = fetched(OutcomeKind.BLOCKED, url=f"{there}?session=1", requested_url=url)
    assert with_its_way(led).outcome.reason == f"redirected to {there}: "
    for plain in (
        fetched(OutcomeKind.BLOCKED, requested_url=url),
        fetched(OutcomeKind.BLOCKED),  # a document by other ways
        fetched(OutcomeKind.MOVED, url=there, requested_url=url),
        fetched(OutcomeKind.THROTTLED, url=there, requested_url=url, sent=False),
    ):
        assert with_its_way(plain) is plain


def test_credentials_in_the_address_are_used_and_never_shown(origin, ok, stored, now):
    async def work(it, fetcher):
        it.routes["/feed"] = ok(b"<rss/>")
        url = it.url().replace("http://", "http://anna:hemligt@")
        got = await fetcher.fetch(stored(url), now)
        assert it.seen[0].headers["authorization"] == "Basic YW5uYTpoZW1saWd0"
        assert "hemligt" not in repr(got)

    run(work, origin)


def test_one_at_a_time_per_host(origin, stored, now):
    async def work(it, fetcher):
        async def slowly(seen, writer):
            await asyncio.sleep(0.01)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

        for n in range(6):
            it.routes[f"/{n}"] = slowly
        got = await asyncio.gather(*(fetcher.fetch(stored(it.url(f"/{n}")), now) for n in range(6)))
        assert {g.outcome.kind for g in got} == {OutcomeKind.OK}
        assert it.most_active == 1

    run(work, origin)


def test_a_connection_is_used_again(origin, ok, stored, now):
    async def work(it, fetcher):
        it.routes["/feed"] = ok(b"<rss/>")
        for _ in range(3):
            assert (await fetcher.fetch(stored(it.url()), now)).outcome.good
        assert (len(it.seen), it.connections) == (3, 1)

    run(work, origin, keep=True)


def test_throttling_holds_back_the_whole_group(origin, ok, stored, now):
    async def work(it, fetcher):
        it.routes["/a"] = ok(b"", "Retry-After: 600", status="429 Too Many Requests")
        it.routes["/b"] = ok(b"<rss/>")
        first, second = await asyncio.gather(
            fetcher.fetch(stored(it.url("/a")), now), fetcher.fetch(stored(it.url("/b")), now)
        )
        assert first.outcome.kind is OutcomeKind.THROTTLED
        assert first.retry_after == timedelta(minutes=10)
        assert (second.outcome.kind, second.sent) == (OutcomeKind.THROTTLED, False)
        assert len(it.seen) == 1
        before = stored(it.url("/b"), errors=0)
        assert next_state(before, second, now) == before.state

    run(work, origin)


def test_gone_is_not_asked_again(origin, ok, stored, now):
    async def work(it, fetcher):
        it.routes["/feed"] = ok(b"", status="410 Gone")
        source = stored(it.url())
        first = await fetcher.fetch(source, now)
        assert first.outcome.kind is OutcomeKind.GONE
        after = StoredSource(1, source.source, next_state(source, first, now))
        second = await fetcher.fetch(after, now)
        assert (second.outcome.kind, second.sent) == (OutcomeKind.GONE, False)
        assert len(it.seen) == 1

    run(work, origin)
