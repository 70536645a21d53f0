"""Log lines on standard error: for people, or as JSON for machines, with the same events."""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
from contextlib import suppress
from datetime import UTC, datetime
from types import TracebackType
from typing import Literal, TextIO

from feedhub.lean import without

with without("rich"):
    import structlog

# What variables hold may be an address with its password.
_FRAMES = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)

Format = Literal["console", "json"]
_as_json = False  # as it was set up last


class Lines:
    """Writes lines. Where they cannot be written, on a full disk or into a pipe that nobody
    reads any more, they are lost: a hub does not stop for want of a log.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def msg(self, line: str) -> None:
        with suppress(OSError, ValueError):
            self._stream.write(line + "\n")
            self._stream.flush()

    log = debug = info = warning = warn = error = err = critical = exception = fatal = failure = msg


def set_up(verbose: int, form: Format = "console", quiet: int = logging.WARNING) -> None:
    """Log to standard error; colours only on a terminal, and not where ``NO_COLOR`` is set.

    JSON lines carry times in UTC.
    """
    global _as_json
    level = {0: quiet, 1: logging.INFO}.get(verbose, logging.DEBUG)
    as_json = _as_json = form == "json"
    # where the stream has no letter for it, "\\xe5" of Python's would be no JSON
    every_letter = (getattr(sys.stderr, "encoding", None) or "").lower() in ("utf-8", "utf8")
    colours = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
    console = structlog.dev.ConsoleRenderer(
        colors=colours, pad_event_to=0, exception_formatter=structlog.dev.plain_traceback
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso" if as_json else "%H:%M:%S", utc=as_json),
            structlog.processors.ExceptionRenderer(_FRAMES) if as_json else _nothing,
            _drop_nothings,
            structlog.processors.JSONRenderer(ensure_ascii=not every_letter)
            if as_json
            else console,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: Lines(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        _AsJson(every_letter) if as_json else logging.Formatter("%(name)s: %(message)s")
    )
    logging.basicConfig(level=max(level, logging.WARNING), handlers=[handler])
    if as_json:
        logging.captureWarnings(True)
        sys.excepthook = _ended
        threading.excepthook = lambda told: _ended(
            told.exc_type, told.exc_value, told.exc_traceback
        )
    # a tick that is still running is skipped by design, not worth a warning
    logging.getLogger("apscheduler").setLevel(logging.ERROR)


def line(text: str, level: str = "info") -> str:
    """What a command says, as the log says things: plain, or as a JSON object."""
    if not _as_json:
        return text
    told = {"event": text, "level": level, "timestamp": datetime.now(UTC).isoformat()}
    return json.dumps(told)


def _ended(
    kind: type[BaseException], error: BaseException | None, trace: TracebackType | None
) -> None:
    """A fault of ours that nobody has met, which Python would tell in lines of its own."""
    log = structlog.get_logger()
    log.critical("ended by a fault of its own", exc_info=(kind, error, trace))


class _AsJson(logging.Formatter):
    """What libraries log, as an object like ours, on one line whatever it holds."""

    def __init__(self, every_letter: bool) -> None:
        super().__init__()
        self._ascii = not every_letter

    def format(self, record: logging.LogRecord) -> str:
        told = {
            "event": record.getMessage(),
            "logger": record.name,
            "level": record.levelname.lower(),
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(),
        }
        if record.exc_info:
            told["exception"] = self.formatException(record.exc_info)
        return json.dumps(told, ensure_ascii=self._ascii)


def _nothing(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    return event


def _drop_nothings(
    _: object, __: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    return {key: value for key, value in event.items() if value is not None}
