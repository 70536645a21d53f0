"""``feedhub update``: one pass over what is due."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from feedhub.cli.common import OK, SOME_FAILED, Files, err, now, out, run_async, told, with_files
from feedhub.hub import open_hub
from feedhub.model import Config, Outcome
from feedhub.pipeline import Done

UNREACHABLE = (
    "None of the sources could be reached; is this machine online?"
    " To see feedhub at work without a network: feedhub demo"
)


@click.command(
    epilog="Example, as a cron job:  feedhub update -q; feedhub build /var/www/nyheter"
    "   Exit codes: 0 good, 1 some sources failed, 2 usage or configuration."
)
@click.option("--all", "everything", is_flag=True, help="Everything, whether due or not.")
@click.option("-q", "--quiet", is_flag=True, help="No table, no progress bar.")
@with_files
@told
def update(files: Files, everything: bool, quiet: bool) -> None:
    """Fetch what is due once, find the stories and rank the lists."""
    config = files.load()
    summary = run_async(_update(config, files, everything, quiet))
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


async def _update(config: Config, files: Files, everything: bool, quiet: bool) -> Summary:
    summary = Summary()
    total = sum(source.enabled for source in config.sources)
    with _progress(total if everything and not quiet else 0) as step:

        def note(one: Done) -> None:
            summary.add(one)
            step()

        async with open_hub(config, files.db, now, on_done=note) as hub:
            try:
                await hub.pipeline.run(everything=everything)
            finally:  # what was stored is ranked, also when something could not be
                if summary.changed_anything or await hub.stale():
                    await hub.tick()
    return summary


class _Step:
    """One source further; nothing where there is no bar."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress = progress
        self._task = progress.add_task("Fetching", total=total) if progress else None

    def __call__(self) -> None:
        if self._progress is not None and self._task is not None:
            self._progress.advance(self._task)


@contextmanager
def _progress(total: int) -> Iterator[_Step]:
    if not total or not err.is_terminal:
        yield _Step(None, 0)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=err, transient=True) as progress:
        yield _Step(progress, total)


def _print(config: Config, summary: Summary) -> None:
    total = sum(summary.sources.values())
    if not total:
        out.print(
            "Nothing was due.  (feedhub update --all fetches everything.)"
            if any(source.enabled for source in config.sources)
            else f"{config.path}: there are no sources yet; add one: feedhub sources add ADDRESS"
        )
        return
    for key, outcome in sorted(summary.bad, key=lambda pair: pair[0]):
        reason = f": {outcome.reason}" if outcome.reason else ""
        err.print(f"{key}: {outcome.label}{reason}", soft_wrap=True, markup=False)
    table = Table("outcome", "sources", "new", "changed", box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    for label, count in summary.sources.most_common():
        table.add_row(label, str(count), str(summary.new[label]), str(summary.changed[label]))
    out.print(table)
    if len(summary.bad) == total > 1:
        err.print(UNREACHABLE)
