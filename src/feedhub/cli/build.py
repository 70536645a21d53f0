"""``feedhub build DIR``: all lists and pages as static files."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from feedhub.cli.common import Files, now, out, steps, told, with_files
from feedhub.hub import open_hub
from feedhub.model import Config
from feedhub.rendering import context, render
from feedhub.serve import Written, write_site


@click.command(epilog="Example, as a cron job:  feedhub update -q; feedhub build /var/www/nyheter")
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@with_files
@told
def build(files: Files, directory: Path) -> None:
    """Write all lists and pages into DIR, for any web host.

    Only files that changed are written, each replaced at once; files of an earlier build
    that are no longer needed are removed, and nothing else in DIR is touched.
    """
    config = files.load()
    files.stored()
    written = asyncio.run(_build(config, files, directory))
    out.print(
        f"{directory}: {written.written} files written, {written.unchanged} unchanged,"
        f" {written.removed} removed.",
        markup=False,
        soft_wrap=True,
    )


async def _build(config: Config, files: Files, directory: Path) -> Written:
    async with open_hub(config, files.db, now, fetching=False) as hub:
        await hub.tick()
        with steps("Writing") as step:
            pages = await render(hub, context(hub, static=True), step=step)
    return write_site(directory, pages)
