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
    run_async,
    told,
    with_files,
)
from feedhub.cli.sources import proposed_url, sources, statuses_of
from feedhub.config.edit import New, add_sources, replace_url
from feedhub.config.subscriptions import read_subscriptions
from feedhub.errors import ConfigErrors


@sources.command("apply", epilog="Example:  feedhub sources apply --dry-run")
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@with_files
@told
def apply(files: Files, dry_run: bool) -> None:
    """Write the new addresses of sources that have moved for good into feeds.yaml."""
    config = files.load()
    statuses = run_async(statuses_of(config, files)) if files.db.exists() else []
    moved = [
        (status.stored.source.url, new)
        for status in statuses
        if (new := proposed_url(status.stored)) is not None
    ]
    failed = False
    for old, new in moved:
        if not dry_run:
            try:
                replace_url(files.config, old, new, environ=os.environ)
            except ConfigErrors as error:
                err.print(str(error), markup=False, soft_wrap=True)
                failed = True
                continue
        out.print(f"{old} -> {new}", markup=False, soft_wrap=True)
    if not moved:
        out.print("No source has moved for good.")
    if not dry_run and moved and not failed:
        run_async(
            statuses_of(files.load(), files, readonly=False)
        )  # the store takes the new addresses over now
    raise SystemExit(SOME_FAILED if failed else OK)


@sources.command(
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
    config = files.load()
    read = read_subscriptions(file.read())
    if not read.sources:
        why = "".join(f"\n{file.name}: {note}" for note in read.notes)
        raise Failure(f"{file.name}: no feeds were found in it; is it OPML or a Planet .ini?{why}")
    known = {source.url for source in config.sources}
    new = [source for source in read.sources if source.url not in known]
    if new and not dry_run:
        rows = [New(source.url, source.name, source.category) for source in new]
        add_sources(files.config, rows, to=to, environ=os.environ)
    there = len(read.sources) - len(new)
    if as_json:
        print_json(
            {
                "dry_run": dry_run,
                "added": [
                    {"url": source.url, "name": source.name, "category": source.category}
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
            out.print(f"{source.url}{named}", markup=False, soft_wrap=True)
    done = f"{count(len(new), 'source')} {'would be added' if dry_run else 'added'}"
    out.print(f"{to or files.config}: {done}, {there} there already.", markup=False, soft_wrap=True)


@sources.command("export", epilog="Example:  feedhub sources export > mina-kallor.opml")
@with_files
@told
def export(files: Files) -> None:
    """Print the enabled sources as OPML, categories as folders."""
    from feedhub.publish.context import PublishContext
    from feedhub.publish.opml import render_opml_sources

    config = files.load()
    ctx = PublishContext(hub=config.hub, authority="", version="")
    click.echo(render_opml_sources(config.sources, ctx), nl=False)
