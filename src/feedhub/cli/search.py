"""``feedhub search``: items that hold some words."""

from __future__ import annotations

import asyncio

import click

from feedhub.cli.common import Files, err, json_option, now, told, with_files
from feedhub.cli.items import print_items
from feedhub.hub import open_hub
from feedhub.model import Config, Item


@click.command(epilog="Example:  feedhub search riksbanken ränta --json")
@click.argument("words", nargs=-1, required=True)
@click.option(
    "-n",
    "--limit",
    type=click.IntRange(1, 10_000),
    default=30,
    show_default=True,
    help="Show at most this many.",
)
@json_option
@with_files
@told
def search(files: Files, words: tuple[str, ...], limit: int, as_json: bool) -> None:
    """Items that hold all the WORDS, or words that begin with them; the best match first."""
    config = files.load()
    files.stored()
    found = asyncio.run(_search(config, files, " ".join(words), limit))
    print_items(config, found, as_json)
    if not found and not as_json:
        err.print("Nothing found.")


async def _search(config: Config, files: Files, words: str, limit: int) -> list[Item]:
    async with open_hub(config, files.db, now, fetching=False, readonly=True) as hub:
        return await hub.store.search(words, limit)
