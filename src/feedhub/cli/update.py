"""``feedhub update``: one pass over what is due."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import click

from feedhub import loop
from feedhub.cli.common import (
    OK,
    SOME_FAILED,
    Files,
    err,
    json_option,
    now,
    out,
    print_json,
    say,
    steps,
    told,
    with_files,
)
from feedhub.cli.tables import print_table
from feedhub.hub import Hub, open_hub
from feedhub.intake import Done
from feedhub.model import Config, Outcome
from feedhub.ticks import BATCH

UNREACHABLE = (
    "None of the sources could be reached; is this machine online?"
    " To see feedhub at work without a network: feedhub demo"
)


@click.command(
    epilog="Example, as a cron job:  feedhub update -q; feedhub build /var/www/nyheter"
    "   Exit codes: 0 good, 1 some sources failed, 2 usage or configuration."
)
@click.option("--all", "everything", is_flag=True, help="Everything, whether due or not.")
@click.option("-q", "--quiet", is_flag=True, help="Say only what failed.")
@json_option
@with_files
@told
def update(files: Files, everything: bool, quiet: bool, as_json: bool) -> None:
    """Fetch what is due once, find the stories and rank the lists."""
    config = files.load()
    summary = loop.run(_update(config, files, everything, quiet))
    if as_json:
        print_json(summary.row())
    else:
        _tell_of_bad(summary)
        if not quiet:
            _print(config, summary)
    raise SystemExit(SOME_FAILED if summary.bad else OK)


@dataclass
class Summary:
    """What a pass came to, without the documents it read."""

    sources: Counter[str] = field(default_factory=Counter)  # by outcome
    new: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)
    changed_anything: bool = False
    bad: list[tuple[str, Outcome]] = field(default_factory=list)

    def add(self, done: Done) -> None:
        label = done.outcome.label
        self.sources[label] += 1
        self.new[label] += done.report.new
        self.changed[label] += done.report.changed
        report = done.report
        if report.new or report.changed or report.gone or report.carried:
            self.changed_anything = True
        if not done.outcome.good:
            self.bad.append((done.stored.source.key, done.outcome))

    def row(self) -> dict[str, Any]:
        """All of it, for ``--json``."""
        return {
            "outcomes": {
                label: {
                    "sources": number,
                    "new": self.new[label],
                    "changed": self.changed[label],
                }
                for label, number in self.sources.most_common()
            },
            "failed": [
                {"source": key, "outcome": outcome.label, "reason": outcome.reason or None}
                for key, outcome in sorted(self.bad, key=lambda pair: pair[0])
            ],
        }


async def _update(config: Config, files: Files, everything: bool, quiet: bool) -> Summary:
    summary = Summary()
    more = asyncio.Event()
    done = unplaced = 0
    with steps("Fetching", shown=not quiet) as step:

        def note(one: Done) -> None:
            nonlocal done, unplaced
            summary.add(one)
            done += 1
            step(done, total)
            unplaced += one.report.new
            if unplaced >= BATCH:  # worth a core of its own while others are fetched
                unplaced = 0
                more.set()

        total = 0
        async with open_hub(config, files.db, now, on_done=note) as hub:
            total = await _how_many(hub, everything) if err.is_terminal and not quiet else 0
            placing = asyncio.create_task(hub.stories.follow(now, more))
            try:
                await hub.pipeline.run(everything=everything)
            finally:
                await _ended(placing)
                # what was stored is ranked, also when something could not be
                if summary.changed_anything or await hub.stale():
                    await hub.tick(last=True)
    return summary


async def _how_many(hub: Hub, everything: bool) -> int:
    """How many sources a pass will ask: what a bar needs to tell how long it takes."""
    states = [one.stored for one in await hub.store.statuses() if one.stored.source.enabled]
    if everything:
        return len(states)
    at = now()
    return sum(one.state.next_due is None or one.state.next_due <= at for one in states)


async def _ended(task: asyncio.Task[None]) -> None:
    """Let a task that works until it is cancelled end; ours to be cancelled is another matter."""
    task.cancel()
    await asyncio.wait([task])
    if not task.cancelled():
        task.result()  # raises the fault that ended it


def _print(config: Config, summary: Summary) -> None:
    total = sum(summary.sources.values())
    if not total:
        out.print(
            "Nothing was due.  (feedhub update --all fetches everything.)"
            if any(source.enabled for source in config.sources)
            else f"{config.path}: there are no sources yet; add one: feedhub sources add ADDRESS"
        )
        return
    rows = [
        (label, str(count), str(summary.new[label]), str(summary.changed[label]))
        for label, count in summary.sources.most_common()
    ]
    print_table(("outcome", "sources", "new", "changed"), rows, right=(1, 2, 3))


def _tell_of_bad(summary: Summary) -> None:
    """A line for each source that failed; whoever wants no table wants these all the more."""
    for key, outcome in sorted(summary.bad, key=lambda pair: pair[0]):
        reason = f": {outcome.reason}" if outcome.reason else ""
        say(f"{key}: {outcome.label}{reason}", "warning", error=True)
    if len(summary.bad) == sum(summary.sources.values()) > 1:
        say(UNREACHABLE, "warning", error=True)
