"""The parser process: bounded, cancel-safe, reborn after a death, gone when the hub is."""

from __future__ import annotations

import asyncio
import copy
import fcntl
import os
import pickle
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from feedhub.errors import NotAFeed, ParseError
from feedhub.model import Document, ParsedFeed, ParseRules
from feedhub.parse import ParserProcess, parse_document

FEED = (
    b"<rss version='2.0'><channel><title>T</title><link>https://e.example/</link>"
    b"<item><title>%d</title><link>https://e.example/%d</link></item></channel></rss>"
)

SLOW = b"<rss version='2.0'><channel>" + b"<item><title>a</title></item>" * 300_000


def document(number: int = 1) -> Document:
    return Document(FEED % (number, number), "https://e.example/rss")


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"


def wait_until_gone(pid: int) -> bool:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        if gone(pid):
            return True
        time.sleep(0.02)  # waiting for the kernel, not for our code
    return False


def test_gives_what_the_pure_function_gives() -> None:
    async def run() -> None:
        async with ParserProcess() as parser:
            assert await parser.parse(document()) == parse_document(document())
            with pytest.raises(NotAFeed) as refused:
                await parser.parse(
                    Document(
                        b"<html><link rel=alternate type=application/rss+xml href=/f></html>",
                        "https://e.example/",
                    )
                )
            assert refused.value.feeds == ("https://e.example/f",)
            with pytest.raises(ParseError, match="empty"):
                await parser.parse(Document(b" ", "https://e.example/"))
            assert parser.spawned == 1

    asyncio.run(run())


def test_concurrent_callers_queue_and_get_their_own_answers() -> None:
    async def run() -> None:
        async with ParserProcess() as parser:
            feeds = await asyncio.gather(*(parser.parse(document(n)) for n in range(30)))
            assert [feed.entries[0].title for feed in feeds] == [str(n) for n in range(30)]

    asyncio.run(run())


def test_a_killed_child_fails_one_document_and_is_replaced() -> None:
    async def run() -> None:
        async with ParserProcess() as parser:
            assert parser.pid is not None
            os.kill(parser.pid, signal.SIGKILL)
            # Whether the parent has heard of the death by now decides which of two it is.
            first = await asyncio.gather(parser.parse(document()), return_exceptions=True)
            assert isinstance(first[0], ParsedFeed) or "died" in str(first[0])
            assert (await parser.parse(document())).found == 1
            assert parser.spawned == 2

    asyncio.run(run())


def test_what_was_on_its_way_to_a_child_that_ends_is_read_by_the_next() -> None:
    async def run() -> None:
        async with ParserProcess(deadline=0.5) as parser:
            told = await asyncio.gather(
                parser.parse(Document(SLOW, "https://e.example/")),
                *(parser.parse(document(n)) for n in range(5)),
                return_exceptions=True,
            )
            assert "longer than 0.5 s" in str(told[0])
            assert [feed.entries[0].title for feed in told[1:]] == [str(n) for n in range(5)]
            assert parser.spawned == 2

    asyncio.run(run())


def test_what_waits_behind_a_large_document_does_not_hold_up_its_answer() -> None:
    item = b"<item><guid>%d</guid><title>a</title><description>%s</description></item>"
    items = [item % (n, b"w%d " % n * 400) for n in range(3000)]
    large = b"<rss version='2.0'><channel>" + b"".join(items) + b"</channel></rss>"

    async def run() -> None:
        async with ParserProcess(deadline=60) as parser:
            await parser.parse(document())
            pipe = parser._child._sink.get_extra_info("pipe")
            fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, 4096)
            small = Document(FEED % (2, 2) + b"<!--" + b"x" * 50_000 + b"-->", "https://e.example/")
            told = await asyncio.gather(
                parser.parse(Document(large, "https://e.example/")), parser.parse(small)
            )
            assert [feed.found for feed in told] == [3000, 1]

    asyncio.run(run())


def test_a_slow_document_is_given_up_at_the_deadline() -> None:
    async def run() -> None:
        async with ParserProcess(deadline=0.3) as parser:
            first = parser.pid
            assert first is not None
            with pytest.raises(ParseError, match=r"longer than 0\.3 s"):
                await parser.parse(Document(SLOW, "https://e.example/"))
            assert gone(first)
            assert (await parser.parse(document())).found == 1

    asyncio.run(run())


def test_a_document_that_wants_too_much_memory_is_refused() -> None:
    hostile = b"<rss version='2.0'><channel><item><title>" + b"\xe5" * 90_000_000

    async def run() -> None:
        async with ParserProcess(memory=200 << 20, deadline=60) as parser:
            with pytest.raises(ParseError, match=r"more than 200 MiB|died"):
                await parser.parse(Document(hostile, "https://e.example/"))
            assert (await parser.parse(document())).found == 1

    asyncio.run(run())


def test_cancelling_one_caller_leaves_the_others_their_answers() -> None:
    async def run() -> None:
        async with ParserProcess() as parser:
            tasks = [asyncio.create_task(parser.parse(document(n))) for n in range(6)]
            await asyncio.sleep(0)
            for task in tasks[::2]:
                task.cancel()
            done = await asyncio.gather(*tasks, return_exceptions=True)
            assert [
                item.entries[0].title for item in done if not isinstance(item, BaseException)
            ] == ["1", "3", "5"]
            assert (await parser.parse(document(9))).entries[0].title == "9"
            assert parser.spawned == 1

    asyncio.run(run())


def test_close_gives_up_what_is_under_way_and_reaps_the_child() -> None:
    async def run() -> None:
        parser = ParserProcess()
        await parser.start()
        pid = parser.pid
        assert pid is not None
        tasks = [asyncio.create_task(parser.parse(document(n))) for n in range(3)]
        await asyncio.sleep(0)
        await parser.close()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(result, ParseError) for result in results)
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)  # reaped: not even a zombie is left
        with pytest.raises(ParseError, match="closed"):
            await parser.parse(document())
        await parser.close()

    asyncio.run(run())


def test_the_child_ends_when_the_hub_is_killed() -> None:
    code = (
        "import asyncio\n"
        "from feedhub.parse import ParserProcess\n"
        "async def main():\n"
        "    parser = ParserProcess()\n"
        "    await parser.start()\n"
        "    print(parser.pid, flush=True)\n"
        "    await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    hub = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    try:
        assert hub.stdout is not None
        child = int(hub.stdout.readline())
    finally:
        hub.kill()
        hub.wait()
        if hub.stdout:
            hub.stdout.close()
    assert wait_until_gone(child)


def test_rules_cross_the_pipe() -> None:
    async def run() -> None:
        async with ParserProcess() as parser:
            feed = await parser.parse(document(5), ParseRules(strip_title_end=("5",)))
            assert feed.entries[0].title == "5"  # a rule never empties a title

    asyncio.run(run())


def test_what_crosses_the_pipe_comes_out_as_it_went_in() -> None:
    body = (
        b"<rss version='2.0'><channel><title>T</title><item><title>A</title>"
        b"<link>https://e.example/a-1</link><pubDate>Mon, 04 Mar 2024 10:00:00 GMT</pubDate>"
        b"<description>&lt;p&gt;Ord &lt;img src='https://e.example/b.jpg'&gt;&lt;/p&gt;"
        b"</description><enclosure url='https://e.example/l.mp3' length='7' type='audio/mpeg'/>"
        b"</item><item><title>B</title></item></channel></rss>"
    )
    first = parse_document(Document(body, "https://e.example/rss"))
    known = frozenset({first.entries[1].hash})
    parsed = parse_document(Document(body, "https://e.example/rss", known=known))
    assert parsed.entries[0].image
    assert parsed.entries[0].enclosures
    assert parsed.known
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(parsed, protocol)) == parsed
    assert copy.deepcopy(parsed) == parsed
