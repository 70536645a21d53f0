"""``feedhub doctor``: is everything in order, and what to do about what is not."""

from __future__ import annotations

from dataclasses import asdict

import click

from feedhub import doctor as checks
from feedhub.cli.common import (
    OK,
    SOME_FAILED,
    Files,
    count,
    json_option,
    now,
    out,
    print_json,
    spinning,
    told,
    with_files,
)
from feedhub.cli.opened import statuses_of
from feedhub.errors import ConfigErrors, FeedhubError
from feedhub.model import Config, Hub
from feedhub.store.examine import mend as build_indexes

MEND = "mend it, and look with feedhub check; a hub that runs goes on with the old one"
_MARKS = {"good": "[green]ok  [/]", "note": "[yellow]note[/]", "bad": "[red]BAD [/]"}


@click.command(epilog="Example:  feedhub doctor   |   feedhub doctor --offline --json")
@click.option("--offline", is_flag=True, help="Ask nothing of the network.")
@click.option("--quick", is_flag=True, help="Do not read all of the database.")
@click.option(
    "--mend", is_flag=True, help="First build the database's indexes anew; the hub must not run."
)
@json_option
@with_files
@told
def doctor(files: Files, offline: bool, quick: bool, mend: bool, as_json: bool) -> None:
    """Look at database, disk, permissions, clock, names, TLS and sources; say what to do.

    Exit code 0 when nothing is bad, else 1.
    """
    try:
        config = files.load()
    except ConfigErrors as error:  # what else is wrong can be looked at all the same
        config, mistakes = Config(Hub(), (), ()), error.lines
    else:
        mistakes = ()
    if mend:
        files.stored()
        with spinning("Building indexes"):
            build_indexes(files.db)
    found = [checks.Finding("bad", "feeds.yaml", line, MEND) for line in mistakes]
    if not mistakes:
        said = f"{count(len(config.sources), 'source')}, no mistakes"
        found = [checks.Finding("good", "feeds.yaml", said)]
    found += [checks.Finding("note", "feeds.yaml", note) for note in config.notes]
    found += checks.secrets(config)
    with spinning("Reading the database"):
        found += checks.files(files.db, thorough=not quick)
    if files.db.exists() and not any(one.level == "bad" for one in found):
        try:
            statuses = statuses_of(config, files)
        except FeedhubError as error:
            found.append(checks.Finding("bad", "database", str(error)))
        else:
            found += checks.times(statuses, now())
            found += checks.sources(statuses, now())
    if not offline:
        found += checks.network(config, now())
    if as_json:
        print_json([asdict(one) for one in found])
    else:
        for one in found:
            out.print(_MARKS[one.level], end=" ")
            out.print(f"{one.about}: {one.text}", markup=False, soft_wrap=True)
            if one.advice:
                out.print(f"       {one.advice}", markup=False, soft_wrap=True)
    raise SystemExit(SOME_FAILED if any(one.level == "bad" for one in found) else OK)
