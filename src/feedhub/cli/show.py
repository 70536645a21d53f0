"""``feedhub show LIST``: a list in the terminal."""

from __future__ import annotations

import asyncio
from typing import Any

import click
from rich.text import Text

from feedhub import ticks
from feedhub.cli import completing
from feedhub.cli.common import (
    Failure,
    Files,
    err,
    now,
    out,
    print_json,
    printable,
    told,
    with_files,
)
from feedhub.cli.moments import shown
from feedhub.cli.opened import statuses_of
from feedhub.cli.tables import print_table
from feedhub.hub import open_hub
from feedhub.model import Config, Listing, Placed, public_id


@click.command(epilog="Example:  feedhub show popular --why   |   feedhub show senaste --json")
@click.argument("slug", metavar="[LIST]", required=False, shell_complete=completing.lists)
@click.option("-n", "--limit", type=click.IntRange(min=1), help="Show at most this many.")
@click.option("--why", is_flag=True, help="With the reasons for each place.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, reasons included.")
@with_files
@told
def show(files: Files, slug: str | None, limit: int | None, why: bool, as_json: bool) -> None:
    """Show LIST as it stands (without LIST: which lists there are)."""
    config = files.load()
    slugs = [spec.slug for spec in config.lists]
    if slug is None:
        _print_lists(config, as_json)
        return
    if slug not in slugs:
        raise Failure(f"feedhub show: there is no list {slug!r}; there are: {', '.join(slugs)}")
    files.stored()
    listing = asyncio.run(_listing(config, files, slug))
    if listing is None or not listing.entries:
        if as_json:
            print_json({"list": slug, "entries": []})
        else:
            err.print(_why_empty(config, files, slug), markup=False, soft_wrap=True)
        return
    entries = listing.entries[:limit]
    if as_json:
        print_json(_json(listing, entries))
        return
    if why:
        _print_reasons(config, entries)
    else:
        print_table(("", "", "title", "source", "when"), _rows(config, entries), right=(0, 1))
    if listing.note:
        out.print(listing.note, markup=False, soft_wrap=not out.is_terminal)


def _print_lists(config: Config, as_json: bool) -> None:
    if as_json:
        print_json(
            [
                {"list": spec.slug, "title": spec.title, "order": spec.order, "limit": spec.limit}
                for spec in config.lists
            ]
        )
        return
    for spec in config.lists:
        out.print(f"{spec.slug:<12}{spec.title}  ({spec.order})", markup=False, soft_wrap=True)


def _why_empty(config: Config, files: Files, slug: str) -> str:
    statuses = statuses_of(config, files)
    tried = [status for status in statuses if status.outcome is not None]
    if not tried:
        return f"{slug} is empty: nothing has been fetched yet; run: feedhub update"
    if not any(status.outcome and status.outcome.good for status in tried):
        return f"{slug} is empty: none of the sources has answered; see: feedhub sources list"
    return f"{slug} is empty: no item passes its filter and window"


async def _listing(config: Config, files: Files, slug: str) -> Listing | None:
    async with open_hub(config, files.db, now, fetching=False, readonly=True) as hub:
        found = await ticks.listings(hub.store, config, now())
    return next((one for one in found.standing if one.spec.slug == slug), None)


def _number(placed: Placed) -> str:
    number = placed.ranked.number
    if number is None:
        return ""
    unit = number.unit.removesuffix("s") if number.value == 1 else number.unit
    return f"{number.value} {unit}"


def _title(placed: Placed) -> str:
    item = placed.item
    return item.title or item.summary[:80] or item.link or ""


def _outlets(placed: Placed) -> str:
    own = placed.item.source_name
    return ", ".join([own, *sorted({other.source_name for other in placed.also} - {own})])


def _print_reasons(config: Config, entries: tuple[Placed, ...]) -> None:
    for placed in entries:
        ranked, item = placed.ranked, placed.item
        number = f"  [{_number(placed)}]" if ranked.number else ""
        when = shown(item.effective or item.first_seen, config)
        for line in (
            f"{ranked.position:>3}  {_title(placed)}{number}",
            f"     {_outlets(placed)}, {when}",
            *(f"     {reason.points:+.2f}  {reason.text}" for reason in ranked.reasons),
        ):
            out.print(printable(line), soft_wrap=True)


def _rows(config: Config, entries: tuple[Placed, ...]) -> list[tuple[Text | str, ...]]:
    return [
        (
            str(placed.ranked.position),
            printable(_number(placed)),
            printable(_title(placed)),
            printable(_outlets(placed)),
            shown(placed.item.effective or placed.item.first_seen, config),
        )
        for placed in entries
    ]


def _json(listing: Listing, entries: tuple[Placed, ...]) -> dict[str, Any]:
    return {
        "list": listing.spec.slug,
        "title": listing.spec.title,
        "order": listing.spec.order,
        "tick": listing.tick.isoformat(),
        "note": listing.note,
        "entries": [_entry(placed) for placed in entries],
    }


def _entry(placed: Placed) -> dict[str, Any]:
    ranked, item = placed.ranked, placed.item
    number = ranked.number
    return {
        "position": ranked.position,
        "item": public_id("i", item.id),
        "story": public_id("s", ranked.story_id),
        "title": item.title,
        "link": item.link,
        "source": item.source_name,
        "publisher": item.publisher,
        "section": item.section,
        "published": item.published.isoformat() if item.published else None,
        "effective": item.effective.isoformat() if item.effective else None,
        "number": {"value": number.value, "unit": number.unit} if number else None,
        "voices": ranked.voices,
        "score": ranked.score,
        "also": [
            {"item": public_id("i", other.id), "source": other.source_name} for other in placed.also
        ],
        "reasons": [
            {"term": reason.term, "points": reason.points, "text": reason.text}
            for reason in ranked.reasons
        ],
    }
