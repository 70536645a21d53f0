"""``feedhub manners``: how well-behaved this hub has been, from its own fetch log."""

from __future__ import annotations

import asyncio

import click

from feedhub.cli.common import (
    OK,
    SOME_FAILED,
    Files,
    count,
    json_option,
    now,
    out,
    print_json,
    printable,
    told,
    with_files,
)
from feedhub.cli.moments import PRECISE, days_before, shown
from feedhub.cli.tables import print_table
from feedhub.fetch import Audit, audit
from feedhub.hub import open_hub
from feedhub.model import Config


@click.command(epilog="Example:  feedhub manners --days 7 --all")
@click.option(
    "--days",
    type=click.IntRange(min=1),
    default=30,
    show_default=True,
    help="How far back to look.",
)
@click.option("--all", "everything", is_flag=True, help="Also the sources without a fault.")
@json_option
@with_files
@told
def manners(files: Files, days: int, everything: bool, as_json: bool) -> None:
    """Grade the hub's own requests: too soon, in bursts, in full without need, after 410.

    Exit code 0 when no publisher could object to any of them, else 1.
    """
    config = files.load()
    files.stored()
    found = asyncio.run(_audit(config, files, days))
    if as_json:
        print_json(_json(found))
    else:
        _print(config, found, everything)
    raise SystemExit(SOME_FAILED if found.faults else OK)


async def _audit(config: Config, files: Files, days: int) -> Audit:
    async with open_hub(config, files.db, now, fetching=False, readonly=True) as hub:
        return audit(await hub.store.fetch_log(days_before(now(), days)))


def _print(config: Config, found: Audit, everything: bool) -> None:
    grades = [grade for grade in found.grades if everything or grade.faults]
    if grades:
        rows = [
            (
                grade.letter,
                printable(grade.source_key),
                str(grade.requests),
                str(len(grade.faults)),
            )
            for grade in grades
        ]
        print_table(("grade", "source", "requests", "faults"), rows, right=(2, 3))
    for fault in found.faults:
        at = shown(fault.at, config, PRECISE)
        out.print(
            f"{at}  {fault.source_key}: {fault.kind}: {fault.text}", markup=False, soft_wrap=True
        )
    whole = (count(found.requests, "request"), count(len(found.grades), "source"))
    faults = count(len(found.faults), "fault")
    out.print(f"{whole[0]} to {whole[1]}, {faults}: {found.score:.2%} beyond reproach.")


def _json(found: Audit) -> dict[str, object]:
    return {
        "requests": found.requests,
        "score": found.score,
        "faults": {str(kind): count for kind, count in found.counts.items()},
        "sources": [
            {
                "source": grade.source_key,
                "grade": grade.letter,
                "requests": grade.requests,
                "faults": [
                    {"kind": str(fault.kind), "at": fault.at.isoformat(), "text": fault.text}
                    for fault in grade.faults
                ],
            }
            for grade in found.grades
        ],
    }
