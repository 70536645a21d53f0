"""The story engine in a process of its own answers as the one in a thread does."""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from feedhub.clusterer import Clusterer, InThread
from feedhub.errors import FeedhubError
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
        with pytest.raises(FeedhubError, match="story process"):
            await engine.place(items(first=11), 9, StoryLinks())
        await engine.close()

    asyncio.run(main())


def test_a_question_given_up_ends_the_process():
    async def main():
        engine = await Clusterer.start(DAYS)
        task = asyncio.ensure_future(engine.place(items(), 1, StoryLinks()))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        with pytest.raises(FeedhubError):
            await engine.load(items(story=3))

    asyncio.run(main())
