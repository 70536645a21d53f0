"""``feedhub sources import|export|apply``: feeds.yaml and what other programs and hosts say."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO

import click

from feedhub.cli.common import (
    OK,
    SOME_FAILED,
    Failure,
    Files,
    count,
    err,
    json_option,
    out,
    print_json,
    told,
    with_files,
)
from feedhub.cli.opened import proposed_url, statuses_of, take_over
from feedhub.config.edit import New, add_sources, missing, replace_url
from feedhub.config.fields import without_user
from feedhub.config.subscriptions import read_subscriptions
from feedhub.errors import ConfigErrors, StoreError


@click.command("apply", epilog="Example:  feedhub sources apply --dry-run")
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@json_option
@with_files
@told
def apply(files: Files, dry_run: bool, as_json: bool) -> None:
    """Write the new addresses of sources that have moved for good into feeds.yaml."""
    config = files.load()
    rows: list[dict[str, str | None]] = []
    for status in statuses_of(config, files):
        source, new = status.stored.source, proposed_url(status.stored)
        if new is None:
            continue
        mistake = None
        if not dry_run:
            try:
                replace_url(files.config, source.url, new, environ=os.environ)
            except ConfigErrors as error:
                mistake = str(error)
        rows.append({"id": source.key, "from": source.url, "to": new, "mistake": mistake})
    failed = any(row["mistake"] for row in rows)
    if as_json:
        print_json({"dry_run": dry_run, "moved": rows})
    else:
        for row in rows:
            if row["mistake"]:
                err.print(row["mistake"], markup=False, soft_wrap=True)
            else:
                out.print(f"{row['from']} -> {row['to']}", markup=False, soft_wrap=True)
        if not rows:
            out.print("No source has moved for good.")
    if not dry_run and rows:
        take_over(files.load(), files)
    raise SystemExit(SOME_FAILED if failed else OK)


@click.command(
    "import",
    epilog="Example:  feedhub sources import subscriptions.opml --dry-run   |"
    "   feedhub sources import planet.ini --to sources/planet.yaml",
)
@click.argument("file", type=click.File("rb"))
@click.option(
    "--to",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write them into this file, which feeds.yaml includes.",
)
@click.option("--dry-run", is_flag=True, help="Only show what would be added.")
@json_option
@with_files
@told
def import_feeds(
    files: Files, file: IO[bytes], to: Path | None, dry_run: bool, as_json: bool
) -> None:
    """Add the feeds of an OPML file, a Planet .ini, or a list of addresses (- is standard input).

    Folders become categories. Damaged files are read too; what could not be saved of them is
    told, each with its line.
    """
    files.load()  # an edit of what is wrong already would hide who made it so
    read = read_subscriptions(file.read())
    if not read.sources:
        why = "".join(f"\n{file.name}: {note}" for note in read.notes)
        raise Failure(f"{file.name}: no feeds were found in it; is it OPML or a Planet .ini?{why}")
    rows = [New(source.url, source.name, source.category) for source in read.sources]
    new = missing(files.config, rows, environ=os.environ)
    if not dry_run:
        add_sources(files.config, new, to=to, environ=os.environ)
    there = len(read.sources) - len(new)
    if as_json:
        print_json(
            {
                "dry_run": dry_run,
                "added": [
                    {"url": _bare(source.url), "name": source.name, "category": source.category}
                    for source in new
                ],
                "there_already": there,
                "notes": list(read.notes),
            }
        )
        return
    for note in read.notes:
        err.print(f"{file.name}: {note}", markup=False, soft_wrap=True)
    if dry_run:
        for source in new:
            named = f"  {source.name}" if source.name else ""
            out.print(f"{_bare(source.url)}{named}", markup=False, soft_wrap=True)
    done = f"{count(len(new), 'source')} {'would be added' if dry_run else 'added'}"
    out.print(f"{to or files.config}: {done}, {there} there already.", markup=False, soft_wrap=True)


def _bare(url: str) -> str:
    """An address as it may be shown."""
    return without_user(url)[0]


@click.command("export", epilog="Example:  feedhub sources export > mina-kallor.opml")
@with_files
@told
def export(files: Files) -> None:
    """Print the enabled sources as OPML, categories as folders, titles as last read."""
    from feedhub.publish.context import PublishContext
    from feedhub.publish.opml import render_opml_sources

    config = files.load()
    ctx = PublishContext(hub=config.hub, authority="", version="")
    try:
        statuses = statuses_of(config, files)
    except StoreError as error:  # what is read can be said without it
        err.print(f"{error}; names are those of {files.config}", markup=False, soft_wrap=True)
        statuses = []
    click.echo(render_opml_sources(config.sources, ctx, statuses), nl=False)
