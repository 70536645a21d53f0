"""``feedhub check``: is feeds.yaml right, and with ``--online``, do its sources answer?"""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from feedhub.cli.common import OK, SOME_FAILED, Files, count, now, out, run_async, told, with_files
from feedhub.hub import open_hub
from feedhub.model import Config
from feedhub.pipeline import Done


@click.command(epilog="Example:  feedhub check --online -c feeds.yaml")
@click.option("--online", is_flag=True, help="Also fetch each source once, storing nothing.")
@with_files
@told
def check(files: Files, online: bool) -> None:
    """Check feeds.yaml and say what is wrong, line by line."""
    config = files.load()
    on = sum(source.enabled for source in config.sources)
    off = len(config.sources) - on
    out.print(
        f"{files.config}: good. {count(on, 'source')}{f' ({off} more disabled)' if off else ''},"
        f" {count(len(config.lists), 'list')}: {', '.join(spec.slug for spec in config.lists)}.",
        markup=False,
        soft_wrap=True,
    )
    if not online:
        return
    # a database of its own, so that trying a source leaves no trace in the hub's
    with tempfile.TemporaryDirectory(prefix="feedhub-check-") as folder:
        done = run_async(_try(config, Path(folder) / "check.db"))
    raise SystemExit(SOME_FAILED if any(not one.outcome.good for one in done) else OK)


async def _try(config: Config, db: Path) -> list[Done]:
    done: list[Done] = []

    def note(one: Done) -> None:
        done.append(one)
        outcome = one.outcome
        detail = count(one.report.new, "item") if outcome.good else outcome.reason
        repairs = f" (repaired: {', '.join(one.repairs)})" if one.repairs else ""
        out.print(
            f"{one.stored.source.key}: {outcome.label}: {detail}{repairs}",
            markup=False,
            soft_wrap=True,
        )

    async with open_hub(config, db, now, on_done=note) as hub:
        await hub.pipeline.run(everything=True)
    return done
