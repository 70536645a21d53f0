"""What all commands share: where files are, how much is said, and how mistakes are told."""

from __future__ import annotations

import functools
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from feedhub.logs import Format  # before what imports structlog
from feedhub.logs import line as as_told
from feedhub.logs import set_up as set_up_logging

# isort: split
from feedhub.cli.options import files_options, said
from feedhub.config import load_config
from feedhub.errors import ConfigErrors, FeedhubError
from feedhub.model import Config

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

T = TypeVar("T")

OK, SOME_FAILED, USAGE = 0, 1, 2


class _Terminal:
    """rich's console, imported and made when something is first said."""

    def __init__(self, *, stderr: bool) -> None:
        self._stderr = stderr

    @property
    def is_terminal(self) -> bool:
        return (sys.stderr if self._stderr else sys.stdout).isatty()

    def __getattr__(self, name: str) -> Any:
        from rich.console import Console

        # in a pipe a sentence is a line: what it names to be typed must not be torn
        console = Console(stderr=self._stderr, highlight=False, soft_wrap=not self.is_terminal)
        self.__dict__.update(console=console)
        return getattr(self.__dict__["console"], name)


out = cast("Console", _Terminal(stderr=False))
err = cast("Console", _Terminal(stderr=True))


@dataclass(frozen=True)
class Files:
    """The two files of a hub. The database lies beside feeds.yaml unless told otherwise."""

    config: Path
    db: Path

    def load(self) -> Config:
        """Read feeds.yaml. Raises ConfigErrors."""
        if not self.config.exists():
            raise ConfigErrors(
                [
                    f"{self.config}: there is no such file; write one (two lines are enough:"
                    ' "sources:" and "  - ADDRESS OF A FEED"), name another with --config,'
                    " or try: feedhub demo"
                ]
            )
        return load_config(self.config, os.environ)

    def spare(self, target: Path) -> None:
        """Raises Failure where ``target`` is a file of the hub: its name or another of it."""
        ours = [self.config, *(self.db.with_name(self.db.name + e) for e in ("", "-wal", "-shm"))]
        for one in ours:
            if target.exists() and one.exists() and target.samefile(one):
                what = "feeds.yaml" if one == self.config else "the database"
                raise Failure(f"{target}: is {what} itself")

    def stored(self) -> None:
        """Raises Failure where there is no database yet: what reads must not make one."""
        if not self.db.exists():
            raise Failure(f"{self.db}: no database yet; run: feedhub update")


def now() -> datetime:
    """The wall clock, in whole seconds, UTC: the one place where the hub reads it."""
    return datetime.now(UTC).replace(microsecond=0)


def with_files(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command ``--config``, ``--db`` and ``-v``, as one ``files`` argument."""

    @files_options
    @functools.wraps(function)
    def command(
        config: Path, db: Path | None, verbose: int, log_format: Format, **rest: Any
    ) -> Any:
        context = click.get_current_context()
        set_up_logging(
            said(context, "verbose", verbose),
            said(context, "log_format", log_format),
        )
        config = said(context, "config", config)
        files = Files(config, said(context, "db", db) or config.parent / "feedhub.db")
        return function(files=files, **rest)

    return command


def json_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """``--json``, as ``as_json``: JSON and nothing else on standard output."""
    return click.option("--json", "as_json", is_flag=True, help="As JSON.")(function)


def print_json(value: object) -> None:
    """A value as JSON on standard output; letters as they are, where the terminal has them."""
    utf_8 = (getattr(sys.stdout, "encoding", None) or "").lower().replace("-", "") == "utf8"
    click.echo(json.dumps(value, ensure_ascii=not utf_8, indent=2, default=_plain))


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def say(text: str, level: str = "info", *, error: bool = False) -> None:
    """A line of what lives long, on standard output or error: JSON where log lines are."""
    click.echo(as_told(plain(text), level), err=error)


@contextmanager
def steps(what: str, *, shown: bool = True) -> Iterator[Callable[[int, int], None]]:
    """A bar with an estimate for long work, on a terminal; else nothing.

    What it gives is told (done, of how many).
    """
    if not shown or not err.is_terminal:
        yield lambda _done, _total: None
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=err, transient=True) as progress:
        task = progress.add_task(what, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


@contextmanager
def spinning(what: str) -> Iterator[None]:
    """Something that turns while work goes on whose length nobody knows, on a terminal."""
    if err.is_terminal:
        with err.status(f"{what} ..."):
            yield
    else:
        yield


class Failure(click.ClickException):
    """A mistake or a fault, told in plain lines on standard error; exit code 2."""

    exit_code = USAGE

    def show(self, file: Any = None) -> None:
        for line in self.message.splitlines():
            click.echo(as_told(line, "error"), err=True, file=file)


def told(function: Callable[..., T]) -> Callable[..., T]:
    """Turn our errors into lines for a person."""

    @functools.wraps(function)
    def command(*args: Any, **kwargs: Any) -> T:
        try:
            return function(*args, **{name: _as_text(value) for name, value in kwargs.items()})
        except FeedhubError as error:
            raise Failure(_prefixed(error)) from error
        except BrokenPipeError:
            raise  # whoever read our output has gone; click ends quietly
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            raise Failure(f"feedhub: {where}{error.strerror or error}") from error

    return command


def _as_text(value: Any) -> Any:
    """What was typed, where the locale knows fewer letters than the terminal: in UTF-8.

    Names of files are paths, and stay as the system has them. Raises Failure for other bytes.
    """
    if isinstance(value, tuple):
        return tuple(_as_text(each) for each in value)
    if not isinstance(value, str) or value.isprintable():
        return value
    try:
        return value.encode(errors="surrogateescape").decode()
    except UnicodeError as error:
        raise Failure(f"{printed(value)!r} is not UTF-8, as all text here is") from error


def printed(text: str) -> str:
    """Text with ``?`` for what was no text."""
    return text.encode(errors="replace").decode()


def _prefixed(error: FeedhubError) -> str:
    text = str(error)
    # configuration mistakes begin with file:line already
    return text if hasattr(error, "lines") else f"feedhub: {text}"


def printable(text: str) -> Text:
    """Text of a feed as it is: neither our markup, nor emoji codes, nor terminal control."""
    from rich.text import Text

    return Text(plain(text))


def plain(text: str) -> str:
    """Text of a feed or server without terminal control; joiners, which letters need, stay."""
    return "".join(c for c in text if c.isprintable() or c in "\n\u200c\u200d")


def count(number: int, noun: str) -> str:
    """``1 source``, ``2 sources``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
