"""Turns per host and places among all, on a clock that only moves when told."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from feedhub.fetch import Fetcher, HostGate, rate_group, user_agent
from feedhub.fetch.gate import Paused
from feedhub.fetch.lanes import Lanes
from feedhub.model import OutcomeKind, Source
from feedhub.net import HttpResponse


class Clock:
    def __init__(self):
        self.seconds = 100.0

    def time(self):
        return self.seconds

    async def sleep(self, seconds):
        self.seconds += seconds
        await asyncio.sleep(0)


def test_starts_are_spaced_within_a_group_and_free_between_groups():
    async def main():
        clock = Clock()
        gate = HostGate(clock, spacing=2.0)
        starts = {}

        async def visit(name, group):
            async with gate.turn(group):
                starts[name] = clock.time()
                clock.seconds += 0.5

        await asyncio.gather(*(visit(f"a{n}", "a.example") for n in range(4)))
        assert [starts[f"a{n}"] for n in range(4)] == [100, 102, 104, 106]
        await visit("b", "b.example")
        assert starts["b"] == 106.5

    asyncio.run(main())


def test_a_late_start_moves_the_next_one():
    async def main():
        clock = Clock()
        gate = HostGate(clock, spacing=1.0)
        async with gate.turn("a"):
            clock.seconds += 5  # waiting for a place among all
            gate.started("a")
            first = clock.time()
        async with gate.turn("a"):
            assert clock.time() == first + 1

    asyncio.run(main())


def test_concurrency_can_be_raised():
    async def main():
        gate = HostGate(Clock(), concurrency=2, spacing=0)
        inside, most = 0, 0

        async def visit():
            nonlocal inside, most
            async with gate.turn("a"):
                inside += 1
                most = max(most, inside)
                await asyncio.sleep(0.001)
                inside -= 1

        await asyncio.gather(*(visit() for _ in range(6)))
        assert most == 2

    asyncio.run(main())


def test_a_pause_ends_all_that_is_queued_and_passes():
    async def main():
        clock = Clock()
        gate = HostGate(clock)
        ends = []

        async def visit(number):
            try:
                async with gate.turn("a"):
                    ends.append("in")
                    await asyncio.sleep(0.001)
                    gate.pause("a", 60)
            except Paused as pause:
                ends.append(pause.seconds)

        await asyncio.gather(*(visit(n) for n in range(4)))
        assert ends == ["in", 60, 60, 60]
        gate.pause("a", 10)  # a shorter wish does not shorten the longer one
        assert gate.paused_for("a") == 60
        clock.seconds += 60
        assert gate.paused_for("a") == 0
        async with gate.turn("a"):
            pass

    asyncio.run(main())


def test_groups_that_owe_nothing_are_forgotten():
    async def main():
        clock = Clock()
        gate = HostGate(clock)
        for number in range(5000):
            async with gate.turn(f"h{number}"):
                clock.seconds += 1
                gate.pause(f"h{number}", 60)
        assert len(gate._paused) < 1100
        assert len(gate._slots) < 1100

    asyncio.run(main())


def test_a_failing_visit_gives_its_turn_back():
    async def main():
        gate = HostGate(Clock())
        with pytest.raises(ZeroDivisionError):
            async with gate.turn("a"):
                raise ZeroDivisionError
        async with gate.turn("a"):
            pass

    asyncio.run(main())


def test_a_slow_fetch_makes_room():
    async def main():
        lanes = Lanes(quick=1, slow=1, patience=0.01)
        order = []
        been = asyncio.Event()

        async def slow():
            async with lanes.place(doubtful=False):
                order.append("slow in")
                await been.wait()
                order.append("slow out")

        async def quick():
            async with lanes.place(doubtful=False):
                order.append("quick")
                been.set()

        await asyncio.wait_for(asyncio.gather(slow(), quick()), 60)
        assert order == ["slow in", "quick", "slow out"]
        async with lanes.place(doubtful=True), lanes.place(doubtful=False):
            pass  # both places were given back

    asyncio.run(main())


class Scripted:
    """A client that answers from a list."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []

    async def get(self, request):
        self.asked.append(request.url)
        request.line.sent()
        code, headers = self.answers.pop(0)
        return HttpResponse(request.url, code, headers, b"<rss/>", 6)


def test_a_pause_outlives_a_restart(stored, now):
    async def main():
        group = {"rate_group": "shared"}
        first = stored("http://a.example/", source=group, paused_until=now + timedelta(hours=1))
        second = stored("http://b.example/", source=group)
        client = Scripted((200, {}))
        fetcher = Fetcher(client, clock=Clock())
        fetcher.resume([first, second], now)
        held = await fetcher.fetch(second, now)
        assert (held.sent, held.retry_after) == (False, timedelta(hours=1))
        assert client.asked == []
        fetcher = Fetcher(client, clock=Clock())
        later = now + timedelta(hours=1)
        fetcher.resume([first, second], later)
        assert (await fetcher.fetch(second, later)).outcome.good

    asyncio.run(main())


def test_429_without_retry_after_quiets_the_group_too(stored, now):
    async def main():
        client = Scripted((429, {}), (200, {}))
        fetcher = Fetcher(client, clock=Clock())
        first = await fetcher.fetch(stored("http://a.example/1"), now)
        assert first.retry_after == timedelta(minutes=5)
        held = await fetcher.fetch(stored("http://a.example/2"), now)
        assert held.outcome.kind is OutcomeKind.THROTTLED
        assert "asked for quiet" in held.outcome.reason
        assert len(client.asked) == 1

    asyncio.run(main())


def test_a_group_that_goes_on_throttling_is_asked_ever_less(stored, now):
    """By turns its sources would ask it every five minutes, though each of them slows down."""

    async def main():
        clock = Clock()
        answers = [429] * 8 + [200, 429]
        fetcher = Fetcher(Scripted(*((code, {}) for code in answers)), clock=clock)
        pauses = []
        for number in range(len(answers)):
            got = await fetcher.fetch(stored(f"http://a.example/{number}"), now)
            pauses.append(got.retry_after and got.retry_after // timedelta(minutes=1))
            clock.seconds += (got.retry_after or timedelta(0)).total_seconds()
        assert pauses == [5, 10, 20, 40, 80, 160, 240, 240, None, 5]

    asyncio.run(main())


def test_what_sources_are_rationed_with():
    source = Source(key="k", url="https://A.example:8443/feed")
    assert rate_group(source) == "a.example"
    assert rate_group(replace(source, rate_group="tumblr")) == "tumblr"
    assert rate_group(replace(source, url="nonsense")) == "nonsense"


@pytest.mark.parametrize(
    ("contact", "ending"),
    [
        (None, ""),
        ("mail@example.org", " (+mail@example.org)"),
        ("https://example.org/about)\r\nX: y", " (+https://example.org/aboutX:y)"),
        ("åäö", ""),
    ],
)
def test_user_agent(contact, ending):
    name, _, rest = user_agent(contact).partition(" ")
    assert name.startswith("feedhub/")
    assert rest == ending.strip()


def test_being_cancelled_twice_costs_no_place():
    async def main():
        lanes = Lanes(quick=1, slow=1, patience=0.005)

        async def hold(doubtful):
            async with lanes.place(doubtful=doubtful):
                await asyncio.sleep(3600)

        holders = [asyncio.create_task(hold(doubtful)) for doubtful in (True, False)]
        await asyncio.sleep(0.05)  # the second wants to move and cannot
        holders[1].cancel()
        await asyncio.sleep(0)
        holders[1].cancel()
        await asyncio.gather(holders[1], return_exceptions=True)
        async with asyncio.timeout(5), lanes.place(doubtful=False):
            holders[0].cancel()
            await asyncio.gather(holders[0], return_exceptions=True)
            async with lanes.place(doubtful=True):
                pass

    asyncio.run(main())
