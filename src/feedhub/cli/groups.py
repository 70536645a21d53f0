"""Groups of commands: in an order of ours, told in whole sentences, imported when asked for.

Imports nothing but click.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

import click


class Subcommands(click.Group):
    """A group whose commands are listed in an order of ours: the most used first.

    ``homes`` says where commands are that no decorator adds: name -> ``module:attribute``.
    """

    def __init__(
        self,
        *args: Any,
        order: Sequence[str] = (),
        homes: Mapping[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._order = tuple(order)
        self._homes = dict(homes or {})

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self._order) or [*self.commands, *self._homes]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name in self._homes and name not in self.commands:
            module, _, attribute = self._homes[name].partition(":")
            self.add_command(getattr(import_module(module), attribute), name)
        return super().get_command(ctx, name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """As click does, but with whole sentences: wrapped, not cut off."""
        rows = [
            (name, command.get_short_help_str(limit=200))
            for name in self.list_commands(ctx)
            if (command := self.get_command(ctx, name)) is not None
        ]
        with formatter.section("Commands"):
            formatter.write_dl(rows)
