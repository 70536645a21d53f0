"""What a person types: the command ``feedhub`` and its subcommands."""

from __future__ import annotations

import signal
import sys
from collections.abc import Mapping
from typing import Any

import click
from click.shell_completion import CompletionItem

from feedhub import __version__
from feedhub.cli.groups import Subcommands
from feedhub.cli.options import files_options_before
from feedhub.memory import leave_quickly, look_later

# Each command lives in the module of its name, or of these.
_HOMES = {
    "restore": "backup",
    "import": "export",
    **dict.fromkeys(("hide", "pin", "retitle", "takedown", "undo", "hands"), "hand"),
}
# In the order that --help shows them: name -> what --help says of it, so that neither it nor
# completion imports them all; a test holds each to the command's own words.
COMMANDS: Mapping[str, str] = {
    "run": "Fetch what is due, rank and serve, until stopped (Ctrl-C or SIGTERM).",
    "update": "Fetch what is due once, find the stories and rank the lists.",
    "show": "Show LIST as it stands (without LIST: which lists there are).",
    "explain": "Why the story of ID ranks where it does; with two IDs, why they are one story"
    " or not.",
    "search": "Items that hold all the WORDS, or words that begin with them; the best match first.",
    "items": "Items by ID (i12, or s7 for those of a story), else the newest that are stored.",
    "stories": "Show a story, or put right which items are one.",
    "hide": "Show an item (i12) or story (s7) in no list, feed, search or archive; its own page"
    " stays.",
    "pin": "Give an item or story a place in a list, as long as it is of the last days.",
    "retitle": "Show an item, or all of a story's, under another title.",
    "takedown": "Show an item, or a whole story, nowhere: no list, feed, page, search or archive.",
    "undo": "Take back what was ordered of ID: one action, or all.",
    "hands": "What editors have ordered, who did and when, newest first.",
    "sources": "Show, try, add and remove sources; comments and order of feeds.yaml are kept.",
    "manners": "Grade the hub's own requests: too soon, in bursts, in full without need, after"
    " 410.",
    "doctor": "Look at database, disk, permissions, clock, names, TLS and sources; say what to do.",
    "prune": "Remove items and logs that feeds.yaml lets go (a running hub does so every day).",
    "backup": "Copy the database to FILE as it is now, also while the hub runs; the copy is"
    " checked.",
    "restore": "Put a backup in the place of the database; what was there is kept beside it.",
    "export": "Print all items as JSON lines, with their sources, keys and counts, and editors'"
    " orders.",
    "import": "Take in the JSON lines of an export (- is standard input).",
    "check": "Check feeds.yaml and say what is wrong, line by line.",
    "build": "Write all lists and pages into DIR, for any web host.",
    "demo": "Run the hub on invented newspapers in which hours pass in minutes.",
    "completion": "Print the completion script for SHELL.",
}


class _Commands(Subcommands):
    """Commands are imported when they are asked for: ``show`` needs no web server."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        look_later()
        leave_quickly()
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):  # what a terminal has no letters for becomes "?"
                stream.reconfigure(errors="replace")
        return super().main(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; Ctrl-C ends it as a shell expects, whatever it was at."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            from feedhub.logs import line

            click.echo(line("stopped"), err=True)
            raise SystemExit(128 + signal.SIGINT) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Names begin at once; what stands behind a command is for the command to complete."""
        options = [
            CompletionItem(name, help=option.help)
            for option in self.get_params(ctx)
            if isinstance(option, click.Option)
            for name in option.opts
        ]
        names = [CompletionItem(name, help=words) for name, words in COMMANDS.items()]
        found = options if incomplete.startswith("-") else names
        return [item for item in found if item.value.startswith(incomplete)]

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            name, command, rest = super().resolve_command(ctx, args)
        except click.UsageError as error:
            from difflib import get_close_matches  # only for the mistyped

            near = get_close_matches(args[0], COMMANDS, n=1)
            if near:
                raise click.UsageError(f"{error.message} Did you mean {near[0]!r}?", ctx) from error
            raise
        known = {param.name for param in command.params} if command is not None else set()
        stray = {key for key, value in ctx.params.items() if value} - known
        if stray and not isinstance(command, click.Group):
            option = min(stray).replace("_", "-")
            raise click.UsageError(f"{name} has no option --{option}.", ctx)
        return name, command, rest


@click.group(
    cls=_Commands,
    order=tuple(COMMANDS),
    homes={
        name: f"feedhub.cli.{_HOMES.get(name, name)}:{'import_' if name == 'import' else name}"
        for name in COMMANDS
    },
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Start with:  feedhub demo   (no network needed). Then edit feeds.yaml:  feedhub run",
)
@click.version_option(__version__, prog_name="feedhub", message="%(prog)s %(version)s")
@files_options_before
def main(**_said: object) -> None:
    """Your news sources, ranked into "senaste nytt" and "populärt", served as feeds and a page.

    feedhub fetches the feeds named in feeds.yaml, keeps their items in one SQLite file,
    finds which of them tell the same story, and serves two ranked lists as Atom, RSS and
    JSON Feed for the reader that you already have, and as a web page.
    """
