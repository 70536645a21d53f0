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
from feedhub.hub import open_hub
from feedhub.model import Config, Item, public_id


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
            await hub.store.link(first, second, kind, now(), note)
            await hub.tick()  # seen at once; a running hub shows it within a minute
            words = {"join": "are one story", "split": "are two stories"}[kind]
            out.print(
                f"{public_id('i', first)} and {public_id('i', second)} {words}, for good.",
                markup=False,
            )

    asyncio.run(main())


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
    """The two items do not tell of one event."""
    _link(files, one, other, "split", note)
