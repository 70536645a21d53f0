"""``feedhub stories``: what a story holds, and putting right what was joined or split wrongly."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import click

from feedhub.cli.common import (
    Failure,
    Files,
    json_option,
    now,
    out,
    print_json,
    printable,
    told,
    with_files,
)
from feedhub.cli.groups import Subcommands
from feedhub.cli.ids import item_of, parse_id
from feedhub.cli.moments import shown
from feedhub.cli.tables import print_table
from feedhub.hub import Hub, open_hub
from feedhub.model import Config, Item, Links, StoryLinks, public_id

# Each of a story's items is compared with each other: a story of more is left as it is but for one.
PARTED = 100


@click.group(cls=Subcommands, epilog="Example:  feedhub stories split i812 i640")
def stories() -> None:
    """Show a story, or put right which items are one. What a person says stays."""


@stories.command("show", epilog="Example:  feedhub stories show s7")
@click.argument("id_", metavar="ID")
@json_option
@with_files
@told
def show_story(files: Files, id_: str, as_json: bool) -> None:
    """The items of a story (s7), or of the story of an item (i12), first told first."""
    config = files.load()
    files.stored()
    items = asyncio.run(_items(config, files, id_))
    if as_json:
        rows = [
            {
                "item": public_id("i", item.id),
                "story": public_id("s", item.story_id or 0),
                "at": (item.effective or item.first_seen).isoformat(),
                "publisher": item.publisher,
                "source": item.source_name,
                "title": item.title,
                "link": item.link,
            }
            for item in items
        ]
        print_json(rows)
        return
    cells = [
        (
            public_id("i", item.id),
            shown(item.effective or item.first_seen, config),
            printable(item.publisher),
            printable(item.title),
        )
        for item in items
    ]
    print_table(("item", "when", "publisher", "title"), cells)


async def _items(config: Config, files: Files, id_: str) -> Sequence[Item]:
    async with open_hub(config, files.db, now, fetching=False, readonly=True) as hub:
        kind, number = parse_id(id_)
        if kind == "i":
            item = (await hub.store.items([number])).get(number)
            if item is not None and item.story_id is None:
                return [item]
            number = item.story_id or 0 if item is not None else 0
        found = await hub.store.story(number)
    if not found:
        raise Failure(f"feedhub stories: there is no {id_}")
    return found


def _link(files: Files, one: str, other: str, kind: str, note: str) -> None:
    config = files.load()
    files.stored()

    async def main() -> None:
        async with open_hub(config, files.db, now, fetching=False) as hub:
            first, second = await item_of(hub.store, one), await item_of(hub.store, other)
            if first == second:
                raise Failure(f"feedhub stories {kind}: {one} and {other} are the same item")
            if kind == "join":
                _may_join(first, second, await hub.store.story_links())
            along = await _along(hub, first, second) if kind == "split" else []
            await hub.store.link(first, second, kind, now(), note, along)
            await hub.tick()  # seen at once; a running hub shows it within a minute
            words = {"join": "are one story", "split": "are two stories"}[kind]
            out.print(
                f"{public_id('i', first)} and {public_id('i', second)} {words}, for good.",
                markup=False,
            )
            if along:
                went = ", ".join(public_id("i", item_id) for item_id in along)
                out.print(f"With the later one went {went}, liker to it.", markup=False)

    asyncio.run(main())


async def _along(hub: Hub, first: int, second: int) -> list[int]:
    """Which other items of the story that two share go with the one that leaves it."""
    from feedhub.dedupe.stories.parting import later, parting

    a, b = await hub.store.story_item(first), await hub.store.story_item(second)
    if a is None or b is None or a.story_id is None or a.story_id != b.story_id:
        return []
    members = await hub.store.story_items(one.id for one in await hub.store.story(a.story_id))
    if not 2 < len(members) <= PARTED:
        return []
    said = await hub.store.story_links()
    leaves = later(a, b)
    stays = a if leaves is b else b
    engine = await hub.stories.engine(leaves.at)
    links = Links(said.joins, {*said.splits, (first, second)})
    return await asyncio.to_thread(parting, members, stays.id, leaves.id, links, engine.likeness)


def _may_join(first: int, second: int, said: StoryLinks) -> None:
    """Raises Failure where the two are kept apart by a split of others joined with them."""
    pair = (min(first, second), max(first, second))
    splits = [one for one in said.splits if one != pair]  # of the pair itself, the last word holds
    held = Links(said.joins, splits)
    ones, others = held.together(first), held.together(second)
    for a, b in splits:
        if (a in ones and b in others) or (b in ones and a in others):
            raise Failure(
                f"feedhub stories join: {public_id('i', a)} and {public_id('i', b)}, which these"
                " were joined with, were split by hand: join those two first"
            )


@stories.command(epilog="Example:  feedhub stories join i812 i640 --note 'samma brand'")
@click.argument("one", metavar="ID")
@click.argument("other", metavar="ID")
@click.option("--note", default="", help="Why, for whoever asks later.")
@with_files
@told
def join(files: Files, one: str, other: str, note: str) -> None:
    """The two items (or stories) tell of one event."""
    _link(files, one, other, "join", note)


@stories.command(epilog="Example:  feedhub stories split i812 i640")
@click.argument("one", metavar="ID")
@click.argument("other", metavar="ID")
@click.option("--note", default="", help="Why, for whoever asks later.")
@with_files
@told
def split(files: Files, one: str, other: str, note: str) -> None:
    """The two items do not tell of one event. The later one leaves, with what is liker to it."""
    _link(files, one, other, "split", note)
