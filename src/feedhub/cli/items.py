"""``feedhub items``: what is stored, the newest first, or the items named."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

import click

from feedhub.cli.common import (
    Failure,
    Files,
    err,
    now,
    print_json,
    printable,
    told,
    with_files,
)
from feedhub.cli.ids import parse_id
from feedhub.cli.moments import days_before, shown
from feedhub.cli.tables import print_table
from feedhub.config.naming import means
from feedhub.hub import Hub, open_hub
from feedhub.model import Config, Enclosure, Image, Item, ItemFilter, public_id


@click.command(epilog="Example:  feedhub items --source dn --days 2  |  feedhub items i812 --json")
@click.argument("ids", metavar="[ID]...", nargs=-1)
@click.option("--source", help="Of this source: its id, address or name.")
@click.option("--category", help="Of this category.")
@click.option("--days", type=click.FloatRange(min=0, min_open=True), help="Of the last days.")
@click.option(
    "-n",
    "--limit",
    type=click.IntRange(1, 10_000),
    default=30,
    show_default=True,
    help="Show at most this many.",
)
@click.option("--json", "as_json", is_flag=True, help="As JSON, with all that is known.")
@with_files
@told
def items(
    files: Files,
    ids: tuple[str, ...],
    source: str | None,
    category: str | None,
    days: float | None,
    limit: int,
    as_json: bool,
) -> None:
    """Items by ID (i12, or s7 for those of a story), else the newest that are stored."""
    config = files.load()
    files.stored()
    since = days_before(now(), days) if days else None
    found = asyncio.run(_items(config, files, ids, source, category, since, limit))
    print_items(config, found, as_json)
    if not found and not as_json:
        err.print("Nothing is stored that fits.")


async def _items(
    config: Config,
    files: Files,
    ids: Sequence[str],
    source: str | None,
    category: str | None,
    since: datetime | None,
    limit: int,
) -> list[Item]:
    async with open_hub(config, files.db, now, fetching=False, readonly=True) as hub:
        if ids:
            return [item for text in ids for item in await _named(hub, text)]
        sources = frozenset({await _source(hub, source)} if source else ())
        where = ItemFilter(sources=sources, section=category, since=since)
        return await hub.store.recent(where, limit)


async def _named(hub: Hub, text: str) -> Sequence[Item]:
    kind, number = parse_id(text)
    if kind == "s":
        found: Sequence[Item] = await hub.store.story(number)
    else:
        found = list((await hub.store.items([number])).values())
    if not found:
        raise Failure(f"feedhub items: there is no {text}")
    return found


async def _source(hub: Hub, name: str) -> int:
    for status in await hub.store.statuses():
        source = status.stored.source
        if status.name == name or means(name, source):
            return status.stored.id
    raise Failure(f"feedhub items: there is no source {name!r}; see: feedhub sources list")


def print_items(config: Config, found: Sequence[Item], as_json: bool) -> None:
    """A table for people, or a JSON list with every field."""
    if as_json:
        print_json([_row(item) for item in found])
        return
    if not found:
        return
    rows = [
        (
            public_id("i", item.id),
            public_id("s", item.story_id) if item.story_id else "",
            shown(item.effective or item.first_seen, config),
            printable(item.source_name),
            printable(item.title or item.summary[:80] or item.link or ""),
        )
        for item in found
    ]
    print_table(("item", "story", "when", "source", "title"), rows)


def _row(item: Item) -> dict[str, Any]:
    row = {field.name: _plain(getattr(item, field.name)) for field in fields(item)}
    row["id"] = public_id("i", item.id)
    row["story_id"] = public_id("s", item.story_id) if item.story_id else None
    return row


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Image | Enclosure):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return value
