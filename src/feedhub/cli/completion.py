"""``feedhub completion``: the shell's own completion script."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

# \b keeps click from breaking the path at a hyphen
_EXAMPLE = (
    "\b\nExample:\n  feedhub completion bash > ~/.local/share/bash-completion/completions/feedhub"
)


@click.command(epilog=_EXAMPLE)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion script for SHELL."""
    root = ctx.find_root()
    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(root.command, {}, "feedhub", "_FEEDHUB_COMPLETE").source())
