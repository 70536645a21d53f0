"""What many answers may hold together: bytes, given back when they are let go."""

import asyncio

import pytest

from feedhub.errors import NetError
from feedhub.net import HttpClient, HttpRequest, HttpSettings
from feedhub.net.room import Room

SIZE = 400_000


def test_one_at_a_time_grows_beyond_and_the_others_wait_in_order():
    async def main():
        room, ends = Room(100), []

        async def body(name, steps):
            share = room.share()
            for step in steps:
                await share.grow(step)
                await asyncio.sleep(0)
            ends.append(name)
            share.leave()

        await asyncio.gather(
            body("first", (60, 90)),
            body("second", (60, 60)),
            body("third", (60, 60)),
            body("s", (9,)),
        )
        assert ends == ["second", "third", "s", "first"]
        assert room.held == 0

    asyncio.run(asyncio.wait_for(main(), 5))


def test_who_is_cancelled_in_line_or_just_after_leaves_nothing_behind():
    async def main():
        for after in (False, True):
            room = Room(100)
            holder, ahead = room.share(), room.share()
            await holder.grow(100)
            await ahead.grow(1)

            async def wait(room=room):
                share = room.share()
                try:
                    await share.grow(50)
                    await asyncio.sleep(3600)
                finally:
                    share.leave()

            waiting = asyncio.create_task(wait())
            await asyncio.sleep(0)
            if after:
                holder.leave()  # it has been given room, and does not know yet
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
            holder.leave()
            ahead.leave()
            ahead.leave()
            assert room.held == 0
            await asyncio.wait_for(room.share().grow(100), 1)

    asyncio.run(main())


async def serve(body, work, **settings):
    """``work(client, url)`` against a server that sends ``body`` in pieces."""

    async def handle(reader, writer):
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % SIZE)
            for start in range(0, len(body), 50_000):
                writer.write(body[start : start + 50_000])
                await writer.drain()
                await asyncio.sleep(0)
        except OSError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    given = HttpSettings(small_body=50_000, room=900_000, **settings)
    async with server, HttpClient(given) as client:
        await work(client, f"http://127.0.0.1:{port}/")


def test_large_bodies_share_what_there_is(monkeypatch):
    most = 0
    give = Room._takes

    def watched(room, *args):
        nonlocal most
        given = give(room, *args)
        most = max(most, room.held)
        return given

    monkeypatch.setattr(Room, "_takes", watched)

    async def work(client, url):
        request = HttpRequest(url, allow_private=True)
        got = await asyncio.gather(*(client.get(request) for _ in range(9)))
        assert {len(answer.body) for answer in got} == {SIZE}
        assert client.room.held == 0
        assert most <= 900_000 + 2 * SIZE

    asyncio.run(serve(b"x" * SIZE, work))


def test_what_is_held_is_held_until_it_is_let_go_and_waiting_costs_the_server_nothing():
    async def work(client, url):
        request = HttpRequest(url, allow_private=True, holds=True)
        first = await asyncio.gather(*(client.get(request) for _ in range(2)))
        assert client.room.held == 2 * SIZE
        third = asyncio.create_task(client.get(request))  # goes beyond
        answers = [*first, await third]
        fourth = asyncio.create_task(client.get(request))
        await asyncio.sleep(0.7)  # longer than a request may take
        assert not fourth.done()
        for answer in answers:
            answer.let_go()
        answers.append(await fourth)
        answers[-1].let_go()
        assert client.room.held == 0

    asyncio.run(serve(b"x" * SIZE, work, total_timeout=0.5))


def test_a_body_that_ends_badly_holds_nothing():
    async def work(client, url):
        with pytest.raises(NetError):
            await client.get(HttpRequest(url, allow_private=True, holds=True))
        assert client.room.held == 0

    asyncio.run(serve(b"x" * (SIZE // 2), work))
