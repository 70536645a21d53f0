"""Log lines on standard error: for people, or as JSON for machines, with the same events."""

from __future__ import annotations

import json
import logging
import os
import sys
from contextlib import suppress
from datetime import UTC, datetime
from typing import Literal, TextIO

from feedhub.lean import without

with without("rich"):
    import structlog

# What variables hold may be an address with its password.
_FRAMES = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)

Format = Literal["console", "json"]


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
    level = {0: quiet, 1: logging.INFO}.get(verbose, logging.DEBUG)
    as_json = form == "json"
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
            structlog.processors.JSONRenderer(ensure_ascii=False) if as_json else console,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: Lines(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_AsJson() if as_json else logging.Formatter("%(name)s: %(message)s"))
    logging.basicConfig(level=max(level, logging.WARNING), handlers=[handler])
    # a tick that is still running is skipped by design, not worth a warning
    logging.getLogger("apscheduler").setLevel(logging.ERROR)


class _AsJson(logging.Formatter):
    """What libraries log, as an object like ours, on one line whatever it holds."""

    def format(self, record: logging.LogRecord) -> str:
        told = {
            "event": record.getMessage(),
            "logger": record.name,
            "level": record.levelname.lower(),
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(),
        }
        if record.exc_info:
            told["exception"] = self.formatException(record.exc_info)
        return json.dumps(told, ensure_ascii=False)


def _nothing(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    return event


def _drop_nothings(
    _: object, __: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    return {key: value for key, value in event.items() if value is not None}
