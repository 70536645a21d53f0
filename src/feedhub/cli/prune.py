"""``feedhub prune``: let go of what is past its time, now."""

from __future__ import annotations

import asyncio
from dataclasses import asdict

import click

from feedhub.cli.common import (
    Files,
    json_option,
    now,
    out,
    print_json,
    steps,
    told,
    with_files,
)
from feedhub.hub import open_hub
from feedhub.model import Config
from feedhub.upkeep import Pruned, policy
from feedhub.upkeep import prune as prune_store


@click.command(epilog="Example:  feedhub prune --dry-run")
@click.option("--dry-run", is_flag=True, help="Only count what is past its time.")
@json_option
@with_files
@told
def prune(files: Files, dry_run: bool, as_json: bool) -> None:
    """Remove items and logs that feeds.yaml lets go (a running hub does so every day)."""
    config = files.load()
    files.stored()
    done = asyncio.run(_prune(config, files, dry_run))
    if as_json:
        print_json(asdict(done) | {"dry_run": dry_run})
    elif dry_run:
        held = ", some of them held by a list or a source" if done.items else ""
        out.print(f"{done.items} items are past their time{held}.")
    else:
        out.print(
            f"{done.items} items removed, {done.held} past their time kept;"
            f" {done.pages * 4 / 1024:.1f} MiB given back."
        )


async def _prune(config: Config, files: Files, dry_run: bool) -> Pruned:
    async with open_hub(config, files.db, now, fetching=False, readonly=dry_run) as hub:
        if dry_run:
            return Pruned(len(await hub.store.ripe(policy(config), now())), 0, 0)
        with steps("Removing") as step:
            return await prune_store(hub.store, config, now(), step=step)
