"""What a person types: the command ``feedhub`` and its subcommands."""

from __future__ import annotations

from importlib import import_module

import click

from feedhub import __version__

# In the order that --help shows them; each lives in the module of its name, or of these.
_HOMES = {
    "restore": "backup",
    "import": "export",
    **dict.fromkeys(("hide", "pin", "retitle", "takedown", "undo", "hands"), "hand"),
}
COMMANDS = (
    "run",
    "update",
    "show",
    "explain",
    "search",
    "items",
    "stories",
    "hide",
    "pin",
    "retitle",
    "takedown",
    "undo",
    "hands",
    "sources",
    "manners",
    "doctor",
    "prune",
    "backup",
    "restore",
    "export",
    "import",
    "check",
    "build",
    "demo",
    "completion",
)


class _Commands(click.Group):
    """Commands are imported when they are asked for: ``show`` needs no web server."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        home = import_module(f"feedhub.cli.{_HOMES.get(name, name)}")
        command = getattr(home, "import_" if name == "import" else name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """As click does, but with whole sentences: wrapped, not cut off."""
        rows = [
            (name, command.get_short_help_str(limit=200))
            for name in self.list_commands(ctx)
            if (command := self.get_command(ctx, name)) is not None
        ]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Start with:  feedhub demo   (no network needed). Then edit feeds.yaml:  feedhub run",
)
@click.version_option(__version__, prog_name="feedhub", message="%(prog)s %(version)s")
def main() -> None:
    """Your news sources, ranked into "senaste nytt" and "populärt", served as feeds and a page.

    feedhub fetches the feeds named in feeds.yaml, keeps their items in one SQLite file,
    finds which of them tell the same story, and serves two ranked lists as Atom, RSS and
    JSON Feed for the reader that you already have, and as a web page.
    """
