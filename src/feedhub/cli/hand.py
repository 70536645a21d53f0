"""The editor's hand: ``hide``, ``pin``, ``retitle``, ``takedown``, ``undo``; ``hands`` lists."""

from __future__ import annotations

import asyncio
import getpass
import re
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any, get_args

import click

from feedhub.cli import completing
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
from feedhub.cli.ids import parse_id
from feedhub.cli.moments import LAST, read, shown
from feedhub.cli.tables import print_table
from feedhub.config.fields import parse_duration
from feedhub.hub import Hub, open_hub
from feedhub.model import Config, Hand, HandAction, public_id


def _order(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options that every order has."""
    for option in (
        click.option("--by", envvar="FEEDHUB_EDITOR", help="Who orders it.  [default: the user]"),
        click.option("--note", default="", help="Why, for whoever asks later."),
        click.option(
            "--until",
            metavar="TIME",
            help="2026-03-01T12:00 in the hub's time zone, or for so long: 6h, 2d.",
        ),
    ):
        function = option(function)
    return function


@click.command(epilog="Example:  feedhub hide s7 --until 2d --note 'följs upp i morgon'")
@click.argument("id_", metavar="ID")
@click.option(
    "--list", "slug", default="", shell_complete=completing.lists, help="In this list only."
)
@_order
@with_files
@told
def hide(files: Files, id_: str, slug: str, **order: Any) -> None:
    """Show an item (i12) or story (s7) in no list, feed, search or archive; its own page stays."""
    _lay(files, id_, "hide", "", slug, **order)


@click.command(epilog="Example:  feedhub pin s7 --place 1 --until 6h")
@click.argument("id_", metavar="ID")
@click.option(
    "--place", type=click.IntRange(1, 500), default=1, show_default=True, help="The place, from 1."
)
@click.option(
    "--list",
    "slug",
    default="popular",
    show_default=True,
    shell_complete=completing.lists,
    help="In this list.",
)
@_order
@with_files
@told
def pin(files: Files, id_: str, place: int, slug: str, **order: Any) -> None:
    """Give an item or story a place in a list, as long as it is of the last days."""
    _lay(files, id_, "pin", str(place), slug, **order)


@click.command(epilog="Example:  feedhub retitle i812 'Branden i Lysekil är släckt'")
@click.argument("id_", metavar="ID")
@click.argument("title")
@_order
@with_files
@told
def retitle(files: Files, id_: str, title: str, **order: Any) -> None:
    """Show an item, or all of a story's, under another title."""
    from feedhub.parse.text import squeeze  # the sanitiser with it

    title = squeeze(title)  # as titles of feeds are: nothing in it turns the text around
    if not title:
        raise Failure("feedhub retitle: the title is empty")
    _lay(files, id_, "retitle", title, "", **order)


@click.command(epilog="Example:  feedhub takedown i812 --note 'begäran från redaktionen'")
@click.argument("id_", metavar="ID")
@_order
@with_files
@told
def takedown(files: Files, id_: str, **order: Any) -> None:
    """Show an item, or a whole story, nowhere: no list, feed, page, search or archive."""
    _lay(files, id_, "takedown", "", "", **order)


@click.command(epilog="Example:  feedhub undo s7   |   feedhub undo s7 pin")
@click.argument("id_", metavar="ID")
@click.argument("action", type=click.Choice(get_args(HandAction)), required=False)
@click.option("--by", envvar="FEEDHUB_EDITOR", help="Who takes it back.  [default: the user]")
@with_files
@told
def undo(files: Files, id_: str, action: str | None, by: str | None) -> None:
    """Take back what was ordered of ID: one action, or all."""
    config = files.load()
    files.stored()
    kind, number = parse_id(id_)

    async def main() -> list[Hand]:
        async with open_hub(config, files.db, now, fetching=False) as hub:
            lifted = await hub.store.lift_hand(kind, number, action or "", now(), by or _user())
            await hub.tick()  # seen at once; a running hub shows it within a minute
            return lifted

    lifted = asyncio.run(main())
    if not lifted:
        raise Failure(f"feedhub undo: nothing is ordered of {id_}; see: feedhub hands")
    for order in lifted:
        out.print(f"{id_}: {order.action} taken back.", markup=False)


@click.command(epilog="Example:  feedhub hands --all")
@click.option("--all", "everything", is_flag=True, help="Also what has ended.")
@json_option
@with_files
@told
def hands(files: Files, everything: bool, as_json: bool) -> None:
    """What editors have ordered, who did and when, newest first."""
    config = files.load()
    files.stored()

    async def main() -> list[Hand]:
        async with open_hub(config, files.db, now, fetching=False, readonly=True) as hub:
            found = await hub.store.hand_log(10_000)
        return [order for order in found if everything or order.in_force(now())]

    found = asyncio.run(main())
    if as_json:
        rows = [_row(order) for order in found]
        print_json(rows)
        return
    print_table(
        ("id", "what", "list", "by", "since", "until", "note"),
        [
            (
                public_id(order.kind, order.target),
                printable(f"{order.action} {order.value}".strip()),
                order.slug or "all",
                printable(order.by),
                shown(order.at, config),
                shown(end, config) if (end := order.undone_at or order.until) else "",
                printable(order.note),
            )
            for order in found
        ],
    )


def _row(order: Hand) -> dict[str, Any]:
    """For ``--json``: ``id`` is what people type, of an item or story; ``number`` the order's."""
    row = asdict(order)
    return {"id": public_id(order.kind, order.target), "number": row.pop("id")} | row


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return "unknown"


def _lay(
    files: Files,
    id_: str,
    action: HandAction,
    value: str,
    slug: str,
    *,
    until: str | None,
    note: str,
    by: str | None,
) -> None:
    config = files.load()
    if slug and slug not in {spec.slug for spec in config.lists}:
        known = ", ".join(spec.slug for spec in config.lists)
        raise Failure(f"feedhub {action}: there is no list {slug!r}; there are: {known}")
    files.stored()
    kind, number = parse_id(id_)
    end = _moment(until, config) if until else None

    async def main() -> None:
        async with open_hub(config, files.db, now, fetching=False) as hub:
            target = await _target(hub, kind, number, id_, action)
            await hub.store.lay_hand(
                Hand(0, kind, target, action, value, slug, now(), by or _user(), note, end)
            )
            await hub.tick()  # seen at once; a running hub shows it within a minute

    asyncio.run(main())
    ends = f", until {shown(end, config)}" if end else ""
    place = f" at place {value}" if action == "pin" else ""
    where = f"{place} of {slug}" if slug else ""
    out.print(f"{id_}: {action}{where}{ends}.  (Take it back: feedhub undo {id_})", markup=False)


async def _target(hub: Hub, kind: str, number: int, id_: str, action: str) -> int:
    if kind == "i":
        found = (await hub.store.items([number])).get(number)
        if found is not None:
            return found.id
    else:
        items = await hub.store.story(number)
        if items and items[0].story_id is not None:
            return items[0].story_id
    raise Failure(f"feedhub {action}: there is no {id_}")


def _moment(text: str, config: Config) -> datetime:
    if re.fullmatch(r"([0-9]+[smhdw])+", text) and (length := parse_duration(text)) is not None:
        try:
            then = now() + length
            if then.year > LAST:
                raise OverflowError
        except OverflowError:
            raise Failure(f"feedhub: --until: {text} has no end; leave --until out") from None
    else:
        then = read(text, config, "--until", such="2026-03-01T12:00 or 6h")
    if then <= now():
        raise Failure(f"feedhub: --until: {text} has passed")
    return then
