"""Redirects to other hosts have manners too: their turns, their quiet, their place in the log."""

import asyncio
from datetime import timedelta
from itertools import pairwise

from feedhub.fetch import FaultKind, Fetcher, audit, next_state
from feedhub.model import FetchLogRow, OutcomeKind, StoredSource, Visit
from feedhub.net import HttpClient, HttpSettings

SETTINGS = HttpSettings(connect_timeout=5, total_timeout=5, error_body_timeout=0.1)
SECOND = timedelta(seconds=1)


class Clock:
    """Time that passes only in waiting."""

    def __init__(self):
        self.seconds = 0.0

    def time(self):
        return self.seconds

    async def sleep(self, seconds):
        self.seconds += seconds
        await asyncio.sleep(0)


def move(location, status=302):
    head = f"HTTP/1.1 {status} M\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"
    return head.encode()


def run(origin, work):
    async def main():
        async with origin("0.0.0.0") as it, HttpClient(SETTINGS) as client:
            it.host = "127.0.0.1"
            return await work(it, Fetcher(client, clock=Clock()))

    return asyncio.run(main())


def at(it, host, path="/feed"):
    return f"http://{host}:{it.port}{path}"


def test_those_that_meet_at_one_host_are_spaced_there(origin, stored, now, ok):
    async def work(it, fetcher):
        it.routes.update({"/feed": move(at(it, "127.9.0.1", "/goal")), "/goal": ok(b"<rss/>")})
        sources = [stored(at(it, f"127.8.0.{n}")) for n in range(1, 6)]
        found = await asyncio.gather(*(fetcher.fetch(one, now) for one in sources))
        assert {got.outcome.kind for got in found} == {OutcomeKind.OK}
        goals = sorted(got.visits[1].at for got in found)
        assert [one.visits[1].group for one in found] == ["127.9.0.1"] * 5
        assert all(b - a >= SECOND for a, b in pairwise(goals))
        rows = [
            FetchLogRow(
                got.requested_url,
                got.visits[0].group,
                got.started_at,
                got.outcome.kind,
                hops=got.visits[1:],
            )
            for got in found
        ]
        assert audit(rows).score == 1.0

    run(origin, work)


def test_paths_that_cross_do_not_wait_for_one_another(origin, stored, now, ok):
    async def work(it, fetcher):
        it.routes["/a"] = move(at(it, "127.8.0.2", "/goal"))
        it.routes["/b"] = move(at(it, "127.8.0.1", "/goal"))
        it.routes["/goal"] = ok(b"<rss/>")
        found = await asyncio.wait_for(
            asyncio.gather(
                fetcher.fetch(stored(at(it, "127.8.0.1", "/a")), now),
                fetcher.fetch(stored(at(it, "127.8.0.2", "/b")), now),
            ),
            5,
        )
        assert {got.outcome.kind for got in found} == {OutcomeKind.OK}

    run(origin, work)


def test_the_host_that_throttles_is_the_one_left_in_peace(origin, stored, now, ok):
    async def work(it, fetcher):
        throttle = ok(b"", "Retry-After: 600", status="429 Too Many")
        it.routes.update({"/feed": move(at(it, "127.9.0.1", "/goal")), "/goal": throttle})
        it.routes["/ok"] = ok(b"<rss/>")
        moved = stored(at(it, "127.8.0.1"))
        got = await fetcher.fetch(moved, now)
        assert (got.outcome.kind, got.group) == (OutcomeKind.THROTTLED, "127.9.0.1")
        neighbour = await fetcher.fetch(stored(at(it, "127.8.0.1", "/ok")), now)
        assert neighbour.outcome.good
        direct = await fetcher.fetch(stored(at(it, "127.9.0.1", "/ok")), now)
        assert (direct.outcome.kind, direct.sent) == (OutcomeKind.THROTTLED, False)
        requests = len(it.seen)
        another = await fetcher.fetch(stored(at(it, "127.8.0.2")), now)
        assert (another.outcome.kind, another.outcome.status) == (OutcomeKind.THROTTLED, None)
        assert another.sent  # the first host has been asked, and the log says so
        assert len(it.seen) == requests + 1
        # after a restart it is the same host again that is left in peace
        state = next_state(moved, got, now)
        assert state.paused_group == "127.9.0.1"
        async with HttpClient(SETTINGS) as client:
            fresh = Fetcher(client, clock=Clock())
            fresh.resume([StoredSource(1, moved.source, state)], now + SECOND)
            direct = await fresh.fetch(stored(at(it, "127.9.0.1", "/ok")), now + SECOND)
            assert not direct.sent
            neighbour = await fresh.fetch(stored(at(it, "127.8.0.1", "/ok")), now + SECOND)
            assert neighbour.outcome.good

    run(origin, work)


def test_waiting_for_a_turn_is_not_the_servers_time(origin, stored, now, ok):
    """Eight fetches of 0.2 s each in one line, with a second for the whole of each."""

    async def slowly(seen, writer):
        await asyncio.sleep(0.2)
        writer.write(ok(b"<rss/>"))

    async def main():
        settings = HttpSettings(connect_timeout=5, total_timeout=1)
        async with origin("0.0.0.0") as it, HttpClient(settings) as client:
            it.routes.update({"/feed": move(at(it, "127.9.0.1", "/goal")), "/goal": slowly})
            fetcher = Fetcher(client, spacing=0)
            found = await asyncio.gather(
                *(fetcher.fetch(stored(at(it, f"127.8.0.{n}")), now) for n in range(1, 9))
            )
            assert {got.outcome.kind for got in found} == {OutcomeKind.OK}

    asyncio.run(main())


def test_a_stalled_page_under_a_redirect_is_left_behind(origin, stored, now, ok):
    async def stall(seen, writer):
        writer.write(b"HTTP/1.1 302 F\r\nLocation: /next\r\nContent-Length: 99\r\n\r\n<p>")
        await asyncio.sleep(3600)

    async def work(it, fetcher):
        it.routes.update({"/feed": stall, "/next": ok(b"<rss/>")})
        got = await fetcher.fetch(stored(at(it, "127.0.0.1")), now)
        assert got.outcome.label == "ok"

    run(origin, work)


def test_gone_behind_a_redirect_for_the_time_being_is_not_gone(origin, stored, now, ok):
    async def work(it, fetcher):
        it.routes["/gone"] = ok(b"", status="410 Gone")
        it.routes.update({"/now": move("/gone", 302), "/for-good": move("/gone", 301)})
        got = await fetcher.fetch(stored(at(it, "127.0.0.1", "/now")), now)
        assert (got.outcome.label, got.outcome.status) == ("failed:status", 410)
        got = await fetcher.fetch(stored(at(it, "127.0.0.1", "/for-good")), now)
        assert got.outcome.kind is OutcomeKind.GONE

    run(origin, work)


def test_any_answers_retry_after_holds_for_a_request_by_hand(origin, stored, now, ok):
    async def work(it, fetcher):
        it.routes["/feed"] = ok(b"<p>", "Retry-After: 600", status="500 Oops")
        source = stored(at(it, "127.0.0.1"))
        state = next_state(source, await fetcher.fetch(source, now), now)
        again = await fetcher.fetch(StoredSource(1, source.source, state), now + 60 * SECOND)
        assert (again.outcome.kind, again.sent) == (OutcomeKind.THROTTLED, False)
        later = now + 601 * SECOND
        assert (await fetcher.fetch(StoredSource(1, source.source, state), later)).sent
        # a clock that was a year ahead has noted this; it binds nobody
        absurd = stored(at(it, "127.0.0.1"), quiet_until=now + 365 * 86400 * SECOND)
        assert (await fetcher.fetch(absurd, now)).sent

    run(origin, work)


def test_only_what_left_this_machine_is_a_visit(origin, stored, now, ok):
    async def work(it, fetcher):
        it.routes["/close"] = b""
        got = await fetcher.fetch(stored(at(it, "127.0.0.1", "/close")), now)
        assert got.outcome.label == "failed:connect"
        assert len(got.visits) == 1  # it was sent, though nothing came back
        got = await fetcher.fetch(stored("http://127.0.0.1:1/"), now)
        assert (got.outcome.label, got.visits) == ("failed:connect", ())
        refused = stored("http://10.0.0.1/", source={"allow_private": False})
        assert (await fetcher.fetch(refused, now)).visits == ()

    run(origin, work)


def test_the_audit_sees_where_redirects_led(now):
    def row(key, at, *hops, **more):
        return FetchLogRow(key, f"{key}.example", at, OutcomeKind.OK, hops=hops, **more)

    shared = "shared.example"
    close = [
        row("a", now, Visit(shared, now + SECOND)),
        row("b", now, Visit(shared, now + 1.3 * SECOND)),
    ]
    assert audit(close).counts == {FaultKind.BURST: 1}
    throttled = FetchLogRow(
        "a",
        "a.example",
        now,
        OutcomeKind.THROTTLED,
        status=429,
        retry_after=60 * SECOND,
        hops=(Visit(shared, now + SECOND),),
    )
    later = now + 30 * SECOND
    assert audit([throttled, row("a2", later)]).score == 1.0
    assert audit([throttled, row("b", later, Visit(shared, later))]).counts == {
        FaultKind.IGNORED_RETRY_AFTER: 1
    }


def test_those_that_wait_at_a_host_hold_no_place_that_its_own_fetch_needs(origin, stored, now, ok):
    """One place in each lane, held by fetches that are led to a host whose own waits for one."""

    async def main():
        ready, both = asyncio.Event(), asyncio.Event()

        async def led(seen, writer):
            if it.active == 2:
                both.set()
            await ready.wait()
            writer.write(move(at(it, "127.9.0.1", "/goal")))

        async with origin("0.0.0.0") as it, HttpClient(SETTINGS) as client:
            it.host = "127.0.0.1"
            it.routes.update({"/led": led, "/goal": ok(b"<rss/>")})
            lanes = {"concurrency": 1, "slow_concurrency": 1, "patience": 0.01}
            fetcher = Fetcher(client, spacing=0, **lanes)
            first = [
                asyncio.create_task(fetcher.fetch(stored(at(it, f"127.8.0.{n}", "/led")), now))
                for n in (1, 2)
            ]
            await both.wait()
            own = asyncio.create_task(fetcher.fetch(stored(at(it, "127.9.0.1", "/goal")), now))
            await asyncio.sleep(0.02)
            ready.set()
            found = await asyncio.wait_for(asyncio.gather(own, *first), 5)
            assert [got.outcome.label for got in found] == ["ok"] * 3

    asyncio.run(main())


def test_a_lookup_that_takes_long_brings_no_two_requests_together(origin, stored, now, ok):
    class Names:
        """Looks the first name up for as long as three turns are apart."""

        def __init__(self, clock):
            self.clock, self.asked = clock, 0

        async def resolve(self, host, *, doubtful):
            self.asked += 1
            if self.asked == 1:
                self.clock.seconds += 3
            return ["127.0.0.1"]

        def close(self):
            pass

    async def main():
        clock = Clock()
        sent = []

        async def note(seen, writer):
            sent.append(clock.time())
            writer.write(ok(b"<rss/>"))

        async with origin() as it, HttpClient(SETTINGS, resolver=Names(clock)) as client:
            it.routes["/feed"] = note
            fetcher = Fetcher(client, clock=clock)
            source = stored(f"http://slow.example:{it.port}/feed")
            await fetcher.fetch(source, now)
            got = await fetcher.fetch(source, now)
            assert sent[1] - sent[0] >= 1
            assert got.visits[0].at - now >= SECOND

    asyncio.run(main())
