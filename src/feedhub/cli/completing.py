"""What may stand behind a command, for the shell to complete: lists and sources of feeds.yaml.

A file that is wrong, or not there, completes to nothing: the command itself will say why.
"""

from __future__ import annotations

import os
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from feedhub.cli.options import said
from feedhub.errors import ConfigErrors
from feedhub.model import Config


def lists(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names of lists."""
    config = _config(ctx)
    return [
        CompletionItem(spec.slug, help=spec.title)
        for spec in (config.lists if config else ())
        if spec.slug.startswith(incomplete)
    ]


def sources(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Ids or addresses, and names without blanks, of sources."""
    config = _config(ctx)
    return [
        CompletionItem(word, help=source.name)
        for source in (config.sources if config else ())
        for word in dict.fromkeys((source.key, source.name or ""))
        if word and " " not in word and word.startswith(incomplete)
    ]


def _config(ctx: click.Context) -> Config | None:
    from feedhub.config import load_config

    path = said(ctx, "config", ctx.params.get("config"))
    path = path or os.environ.get("FEEDHUB_CONFIG") or "feeds.yaml"
    try:
        return load_config(Path(path), os.environ)
    except (ConfigErrors, OSError):
        return None
