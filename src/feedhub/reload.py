"""Watching feeds.yaml: a good change is handed over whole, a bad one changes nothing."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import structlog

from feedhub.config import load_config
from feedhub.errors import ConfigErrors
from feedhub.model import Config

log = structlog.get_logger()

Stamp = tuple[int, int, int]  # of one file or folder


class Watch:
    """Knows when the file behind a configuration has changed. ``mistakes`` stand in it now."""

    def __init__(self, config: Config) -> None:
        self._path = Path(config.path)
        self._config = config
        self._watched = config.watched or (config.path,)  # feeds.yaml and what it includes
        # an edit while the hub was starting is seen at once
        self._seen: tuple[Stamp | None, ...] | None = None
        self._asked = False
        self.mistakes: tuple[str, ...] = ()

    def ask(self) -> None:
        """Read the file at the next look, changed or not (SIGHUP)."""
        self._asked = True

    def changed(self) -> Config | None:
        """The new configuration, when there is one that is right, and differs or was asked for.

        Mistakes are logged once, and again when they are others.
        """
        if _is_stream(self._path):
            return None
        stamp = self._stamp()
        if stamp == self._seen and not self._asked:
            return None
        asked, self._seen, self._asked = self._asked, stamp, False
        try:
            config = load_config(self._path, os.environ)
        except ConfigErrors as error:
            self._watch(error.watched)
            told, self.mistakes = self.mistakes, error.lines
            for line in error.lines if error.lines != told else ():
                log.error("feeds.yaml is not right; the old one stays in force", mistake=line)
            return None
        self._watch(config.watched)
        if self.mistakes:
            log.warning("feeds.yaml is right again")
        self.mistakes = ()
        return config if asked or config != self._config else None

    def taken(self, config: Config) -> None:
        """The configuration is in force; until this is said, it is offered at every change."""
        self._config = config

    def missed(self) -> None:
        """It could not be taken over: look again at the next beat."""
        self._asked = True

    def _watch(self, watched: tuple[str, ...]) -> None:
        """Look at these from now on: what they were before counts as a change to none of them.

        A file that was written between being read and being looked at would be missed, so the
        next look reads once more.
        """
        if watched and watched != self._watched:
            self._watched, self._seen = watched, None

    def _stamp(self) -> tuple[Stamp | None, ...]:
        """What changes with the files, also when an editor puts a new one in its place."""
        return tuple(_stamp_of(Path(each)) for each in self._watched)


def _is_stream(path: Path) -> bool:
    """Whether it gives what it holds once, as a pipe does: reading it again may never end."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode) or stat.S_ISSOCK(mode)


def _stamp_of(path: Path) -> Stamp | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
