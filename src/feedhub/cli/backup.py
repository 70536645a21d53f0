"""``feedhub backup`` and ``feedhub restore``: whole copies of the database."""

from __future__ import annotations

from pathlib import Path

import click

from feedhub.cli.common import Failure, Files, now, out, steps, told, with_files
from feedhub.store.backup import backup as copy_database
from feedhub.store.backup import restore as put_back


@click.command(epilog="Example:  feedhub backup /backup/feedhub-$(date +%F).db")
@click.argument("target", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace FILE if it is there.")
@with_files
@told
def backup(files: Files, target: Path, force: bool) -> None:
    """Copy the database to FILE as it is now, also while the hub runs; the copy is checked."""
    if target.exists() and not force:
        raise Failure(f"{target}: is there already; --force replaces it")
    files.spare(target)
    with steps("Copying") as step:
        size = copy_database(files.db, target, step)
    out.print(f"{target}: {size / 2**20:.1f} MiB, checked.", markup=False, soft_wrap=True)


@click.command(epilog="Example:  feedhub restore /backup/feedhub-2026-03-01.db")
@click.argument("copy", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
@with_files
@told
def restore(files: Files, copy: Path) -> None:
    """Put a backup in the place of the database; what was there is kept beside it.

    The hub must not run meanwhile. A backup of an earlier version is brought up to date when
    the hub starts.
    """
    aside = put_back(copy, files.db, now())
    out.print(f"{files.db}: restored from {copy}.", markup=False, soft_wrap=True)
    if aside is not None:
        out.print(f"What was there is now {aside}.", markup=False, soft_wrap=True)
