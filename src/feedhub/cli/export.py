"""``feedhub export`` and ``feedhub import``: all items as JSON lines, out and in again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import IO, Any

import click

from feedhub.cli.common import Failure, Files, count, err, now, out, steps, told, with_files
from feedhub.hub import open_hub
from feedhub.model import Config
from feedhub.store.exchange import Taken

PAGE = 500  # records in one transaction


@click.command(epilog="Example:  feedhub export | gzip > items.jsonl.gz")
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write there, not to standard output.",
)
@with_files
@told
def export(files: Files, output: Path | None) -> None:
    """Print all items as JSON lines, with their sources, keys and counts, and editors' orders."""
    config = files.load()
    files.stored()
    if output is None:
        asyncio.run(_export(config, files, click.open_file("-", "w", encoding="utf-8")))
        return
    files.spare(output)
    try:
        with output.open("w", encoding="utf-8") as file:
            printed = asyncio.run(_export(config, files, file))
    except OSError as error:
        raise Failure(f"{output}: {error.strerror}") from error
    err.print(f"{output}: {count(printed, 'item')}.", markup=False, soft_wrap=True)


async def _export(config: Config, files: Files, file: IO[str]) -> int:
    printed = 0
    given_up = False
    async with open_hub(config, files.db, now, fetching=False, readonly=True) as hub:
        total = (await hub.store.sizes())["items"]
        with steps("Printing", shown=not file.isatty()) as step:

            def put(records: Sequence[dict[str, Any]]) -> None:
                nonlocal printed
                for record in records:
                    if given_up:  # nobody waits any more
                        raise Failure("stopped")
                    _print(file, record)
                printed += sum(record["record"] == "item" for record in records)
                step(printed, max(total, printed))

            try:
                await hub.store.export(PAGE, put)
            finally:
                given_up = True
    return printed


def _print(file: IO[str], record: dict[str, Any]) -> None:
    file.write(json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n")


@click.command(name="import", epilog="Example:  zcat items.jsonl.gz | feedhub import -")
@click.argument("file", type=click.File("r", encoding="utf-8"))
@with_files
@told
def import_(files: Files, file: IO[str]) -> None:
    """Take in the JSON lines of an export (- is standard input).

    A new database becomes the hub that was exported: ids and addresses stay. Elsewhere items
    that are there already are left as they are. Running it twice changes nothing.
    """
    config = files.load()
    done = asyncio.run(_import(config, files, file))
    out.print(f"{done.added} items added, {done.known} were there already.")
    if done.left:
        out.print(
            f"{count(done.left, 'record')} of editors' orders, joined stories, merged and removed"
            " items left out: they speak of the ids of another hub.",
            soft_wrap=True,
        )


async def _import(config: Config, files: Files, file: IO[str]) -> Taken:
    added = known = left = number = 0
    lines = iter(file)
    async with open_hub(config, files.db, now, fetching=False) as hub:
        with steps("Taking in") as step:
            while batch := _read(lines, file.name):
                records = list(_parse(batch, number, file.name))
                try:
                    taken = await hub.store.import_records(records)
                except ValueError as error:
                    where = f"{file.name}: lines {number + 1} to {number + len(batch)}"
                    raise Failure(f"{where}: {error}") from error
                number += len(batch)
                added, known = added + taken.added, known + taken.known
                left += taken.left
                step(number, number)
        await hub.configure(config)  # sources as feeds.yaml has them, whatever the export said
        await hub.tick()
    return Taken(added, known, left)


def _read(lines: Iterator[str], name: str) -> list[str]:
    try:
        return list(islice(lines, PAGE))
    except UnicodeDecodeError as error:
        text = f"{name}: it is no text in UTF-8; a packed one is unpacked first: zcat {name}"
        raise Failure(f"{text} | feedhub import -") from error


def _parse(lines: list[str], before: int, name: str) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(lines, before + 1):
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:  # the other: a thousand brackets deep
            raise Failure(f"{name}: line {number} is no JSON: {error}") from error
        if not isinstance(record, dict):
            raise Failure(f"{name}: line {number} is no record of an export")
        yield record
