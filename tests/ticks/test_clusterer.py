"""The story engine in a process of its own answers as the one in a thread does."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from feedhub import loop, ticks
from feedhub.child import Child
from feedhub.clusterer import DEADLINE, Clusterer, InThread
from feedhub.clustering import from_rows, to_rows
from feedhub.errors import ChildError
from feedhub.model import StoryItem, StoryLinks

NOW = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
DAYS = timedelta(days=3)
TITLES = (
    "Stormen Hilda drar in över Bohuslän under natten",
    "Riksbanken sänker räntan med en halv procentenhet",
    "Stormen Hilda väntas dra in över Bohuslän i natt",
)


def items(first=1, story=None):
    return [
        StoryItem(
            id=first + n,
            title=title,
            summary=f"{title}, enligt flera källor.",
            publisher=f"p{n}.example",
            language="sv",
            at=NOW + timedelta(minutes=n),
            story_id=story,
            source_id=n + 1,
            authors=("Eva Ek",),
        )
        for n, title in enumerate(TITLES)
    ]


async def told(start, links=StoryLinks()):  # noqa: B008 - frozen
    engine = await start(DAYS)
    try:
        first = await engine.place(items(), 7, links)
        again = await engine.place(items(first=11), 20, links)
        return first, again
    finally:
        await engine.close()


@pytest.mark.parametrize("links", [StoryLinks(), StoryLinks(joins=((1, 2),), splits=((1, 3),))])
def test_both_places_give_the_same_stories(links):
    there = asyncio.run(told(Clusterer.start, links))
    here = asyncio.run(told(InThread.start, links))
    assert there == here
    assert {one.item_id for one in there[0].placements} == {1, 2, 3}


def test_a_window_loaded_page_by_page_is_the_window_that_was_lived_through():
    async def main():
        lived, loaded = await Clusterer.start(DAYS), await Clusterer.start(DAYS)
        try:
            changes = await lived.place(items(), 1, StoryLinks())
            stories = {one.item_id: one.story_id for one in changes.placements}
            for item in items():
                page = replace(item, story_id=stories[item.id])
                await loaded.load([page])
            more = items(first=11)
            assert await loaded.place(more, 9, StoryLinks()) == await lived.place(
                more, 9, StoryLinks()
            )
        finally:
            await lived.close()
            await loaded.close()

    asyncio.run(main())


def test_a_process_that_dies_is_told_and_closing_it_twice_is_no_harm():
    async def main():
        engine = await Clusterer.start(DAYS)
        await engine.place(items(), 1, StoryLinks())
        os.kill(engine.pid, signal.SIGKILL)
        with pytest.raises(ChildError, match="story process died"):
            await engine.place(items(first=11), 9, StoryLinks())
        await engine.close()

    asyncio.run(main())


def kill(pid):
    """End it, and return when it has ended."""
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)


@pytest.mark.parametrize("new_loop", [asyncio.new_event_loop, loop.new_loop])
def test_a_process_that_died_while_nobody_asked_is_told_the_same(new_loop):
    async def main():
        engine = await Clusterer.start(DAYS)
        await engine.place(items(), 1, StoryLinks())
        kill(engine.pid)
        for _ in range(1000):  # turns of the loop in which it finds its pipes closed
            await asyncio.sleep(0)
        with pytest.raises(ChildError, match=r"story process died \(signal 9\)"):
            await engine.place(items(first=11), 9, StoryLinks())

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(main())


def test_a_question_given_up_ends_the_process():
    async def main():
        engine = await Clusterer.start(DAYS)
        task = asyncio.ensure_future(engine.place(items(), 1, StoryLinks()))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        with pytest.raises(ChildError):
            await engine.load(items(story=3))

    asyncio.run(main())


def test_a_failure_in_the_process_is_an_answer_and_not_a_traceback_on_the_terminal(capfd):
    async def main():
        engine = await Clusterer.start(DAYS)
        broken = [replace(one, title=None) for one in items()]
        with pytest.raises(ChildError, match=r"story process failed: \w+Error: .*None") as told:
            await engine.place(broken, 1, StoryLinks())
        assert told.value.kind == "failed"
        assert engine.pid is None  # half a batch may be in its window

    asyncio.run(main())
    assert capfd.readouterr() == ("", "")


def test_a_question_that_takes_too_long_is_given_up():
    async def main():
        engine = await Clusterer.start(DAYS, deadline=1e-6)
        with pytest.raises(ChildError, match="story process took longer than 1e-06 s"):
            await engine.place(items(), 1, StoryLinks())
        assert engine.pid is None

    asyncio.run(main())


def test_nobody_else_may_begin_while_an_answer_is_awaited():
    assert timedelta(seconds=DEADLINE) < ticks.CLUSTER_LEASE


def test_a_machine_without_room_for_a_process_is_told_of_as_an_error_of_ours(monkeypatch):
    def no_room(*_arguments, **_options):
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(subprocess, "Popen", no_room)
    with pytest.raises(ChildError, match="could not be started: Resource temporarily"):
        asyncio.run(Clusterer.start(DAYS))


def test_a_process_that_cannot_begin_says_why(tmp_path, monkeypatch, capfd):
    (tmp_path / "broken_module.py").write_text(
        "from feedhub.answering import answer_all\n"
        "def make():\n"
        "    import no_such_library\n"
        "answer_all(make, deadline=5.0)\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    async def main():
        child = await Child.spawn("broken_module")
        with pytest.raises(ChildError, match=r"did not start: ModuleNotFoundError: .*no_such"):
            await child.ask(b"", 5.0)
        assert child.pid is None

    asyncio.run(main())
    assert capfd.readouterr() == ("", "")


def test_times_and_texts_cross_the_pipe_as_they_are():
    odd = StoryItem(
        id=1,
        title='Räksmörgås \ud83d "citat" \u2028',
        summary="",
        publisher="p.example",
        language=None,
        at=datetime(2026, 3, 14, 12, 0, 0, 123457, tzinfo=UTC),
        authors=("Å", "Ö"),
        origin_name="TT",
    )
    assert from_rows(json.loads(json.dumps(to_rows([odd])))) == [odd]
