"""Groups of commands: in an order of ours, told in whole sentences. Imports nothing but click."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click


class Subcommands(click.Group):
    """A group whose commands are listed in an order of ours: the most used first."""

    def __init__(self, *args: Any, order: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._order = tuple(order)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self._order) or list(self.commands)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """As click does, but with whole sentences: wrapped, not cut off."""
        rows = [
            (name, command.get_short_help_str(limit=200))
            for name in self.list_commands(ctx)
            if (command := self.get_command(ctx, name)) is not None
        ]
        with formatter.section("Commands"):
            formatter.write_dl(rows)
