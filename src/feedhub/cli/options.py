"""The options that every command on a hub has, behind its name or before it.

Imports click alone.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import click
from click.core import ParameterSource

T = TypeVar("T")

FORMATS: Final = ("console", "json")  # of log lines


def files_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """``config``, ``db``, ``verbose`` and ``log_format``, with their defaults."""
    for option in reversed(
        (
            click.option(
                "-c",
                "--config",
                type=click.Path(path_type=Path),
                envvar="FEEDHUB_CONFIG",
                default=Path("feeds.yaml"),
                show_default=True,
                show_envvar=True,
                help="The configuration file.",
            ),
            click.option(
                "--db",
                type=click.Path(path_type=Path, dir_okay=False, readable=False),
                envvar="FEEDHUB_DB",
                show_envvar=True,
                help="The database file.  [default: feedhub.db beside the configuration]",
            ),
            click.option(
                "-v", "--verbose", count=True, help="Say more: -v each fetch, -vv everything."
            ),
            click.option(
                "--log-format",
                type=click.Choice(FORMATS),
                envvar="FEEDHUB_LOG_FORMAT",
                default="console",
                help="Log lines for people, or as JSON.",
            ),
        )
    ):
        function = option(function)
    return function


def files_options_before(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same for the program itself: ``feedhub -c FILE run``. Nothing is the default."""
    for option in reversed(
        (
            click.option("-c", "--config", type=click.Path(path_type=Path), help=_BEFORE),
            click.option(
                "--db",
                type=click.Path(path_type=Path, dir_okay=False, readable=False),
                help=_BEFORE,
            ),
            click.option("-v", "--verbose", count=True, help=_BEFORE),
            click.option("--log-format", type=click.Choice(FORMATS), help=_BEFORE),
        )
    ):
        function = option(function)
    return function


_BEFORE: Final = "As behind the command."


def said(ctx: click.Context, name: str, value: T) -> T:
    """An option's value: what stands behind the command, else before it, else ``value``."""
    if ctx.get_parameter_source(name) is not ParameterSource.COMMANDLINE:
        before: T | None = ctx.find_root().params.get(name)
        return before or value
    return value
