"""Watching feeds.yaml: a good change is handed over whole, a bad one changes nothing."""

from __future__ import annotations

import os
from pathlib import Path

import structlog

from feedhub.config import load_config
from feedhub.errors import ConfigErrors
from feedhub.model import Config

log = structlog.get_logger()

Stamp = tuple[int, int, int]


class Watch:
    """Knows when the file behind a configuration has changed. ``mistakes`` stand in it now."""

    def __init__(self, config: Config) -> None:
        self._path = Path(config.path)
        self._config = config
        self._seen: Stamp | None = None  # an edit while the hub was starting is seen at once
        self._asked = False
        self.mistakes: tuple[str, ...] = ()

    def ask(self) -> None:
        """Read the file at the next look, changed or not (SIGHUP)."""
        self._asked = True

    def changed(self) -> Config | None:
        """The new configuration, when there is one that differs and is right.

        Mistakes are logged once each time the file changes.
        """
        stamp = self._stamp()
        if stamp == self._seen and not self._asked:
            return None
        self._seen, self._asked = stamp, False
        try:
            config = load_config(self._path, os.environ)
        except ConfigErrors as error:
            self.mistakes = error.lines
            for line in error.lines:
                log.error("feeds.yaml is not right; the old one stays in force", mistake=line)
            return None
        self.mistakes = ()
        return None if config == self._config else config

    def taken(self, config: Config) -> None:
        """The configuration is in force; until this is said, it is offered at every change."""
        self._config = config

    def missed(self) -> None:
        """It could not be taken over: look again at the next beat."""
        self._asked = True

    def _stamp(self) -> Stamp | None:
        """What changes with the file, also when an editor puts a new one in its place."""
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino
