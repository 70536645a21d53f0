"""``feedhub check``: is feeds.yaml right, and with ``--online``, do its sources answer?"""

from __future__ import annotations

import click

from feedhub.cli.common import (
    OK,
    SOME_FAILED,
    USAGE,
    Files,
    count,
    json_option,
    out,
    print_json,
    printable,
    told,
    with_files,
)
from feedhub.cli.trying import enabled, try_all
from feedhub.errors import ConfigErrors
from feedhub.model import Config


@click.command(epilog="Example:  feedhub check --online -c feeds.yaml")
@click.option("--online", is_flag=True, help="Also fetch each source once, storing nothing.")
@json_option
@with_files
@told
def check(files: Files, online: bool, as_json: bool) -> None:
    """Check feeds.yaml and say what is wrong, line by line."""
    try:
        config = files.load()
    except ConfigErrors as error:
        if not as_json:
            raise
        print_json({"good": False, "mistakes": list(error.lines), "notes": []})
        raise SystemExit(USAGE) from None
    if not as_json:
        _print(config, files)
    tried = try_all(config, files, enabled(config), in_full=False) if online else []
    if as_json:
        print_json(
            {
                "good": True,
                "mistakes": [],
                "notes": list(config.notes),
                "sources": sum(source.enabled for source in config.sources),
                "disabled": sum(not source.enabled for source in config.sources),
                "lists": [spec.slug for spec in config.lists],
                "files": list(config.watched),
                **({"online": [one.row() for one in tried]} if online else {}),
            }
        )
    else:
        for one in tried:
            out.print(printable(one.line()), soft_wrap=True)
    raise SystemExit(OK if all(one.good for one in tried) else SOME_FAILED)


def _print(config: Config, files: Files) -> None:
    on = sum(source.enabled for source in config.sources)
    off = len(config.sources) - on
    out.print(
        f"{files.config}: good. {count(on, 'source')}{f' ({off} more disabled)' if off else ''},"
        f" {count(len(config.lists), 'list')}: {', '.join(spec.slug for spec in config.lists)}.",
        markup=False,
        soft_wrap=True,
    )
    for note in config.notes:
        out.print(f"note: {note}", markup=False, soft_wrap=True)
