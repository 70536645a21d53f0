"""The error tree. Each is one clear line for a person; causes are chained with ``from``.

FeedhubError
 |- ConfigErrors          feeds.yaml: every mistake, each ``file:line:column: what and what to do``
 |- NetError              a request that gave no usable answer: stage and reason
 |- ParseError            bytes that are no feed, or too hostile to read: stage and reason
 |   '- NotAFeed          something else (a web page, say), with the feeds found there
 '- StoreError            the database: what is wrong with the file and what to do
     |- StoreTooNew       written by a newer feedhub
     '- StoreUnread       could not be looked at now: nothing is said of what is in it
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from feedhub.model import Stage


class FeedhubError(Exception):
    """The root: its text is fit to be shown to the person who runs the hub."""


class ConfigErrors(FeedhubError):
    """All mistakes of a feeds.yaml, one line each, in the order of the file.

    ``watched`` are the files and folders in which a change may put it right.
    """

    def __init__(self, lines: Sequence[str], *, watched: Sequence[str] = ()) -> None:
        self.lines = tuple(lines)
        self.watched = tuple(watched)
        super().__init__("\n".join(self.lines))


class NetError(FeedhubError):
    """A request failed at a stage.

    ``status`` is set when a status line had come, ``headers`` (lower-case names) when the head
    of the final answer had: a wish in it holds although its body was not to be had.
    """

    def __init__(self, stage: Stage, reason: str, *, status: int | None = None) -> None:
        self.stage = stage
        self.reason = reason
        self.status = status
        self.headers: Mapping[str, str] = {}
        super().__init__(f"{stage}: {reason}")


class ParseError(FeedhubError):
    """The document cannot be read as a feed."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class NotAFeed(ParseError):
    """The document is something else; ``feeds`` are the feed addresses found in it."""

    def __init__(self, reason: str, feeds: Sequence[str] = ()) -> None:
        self.feeds = tuple(feeds)
        super().__init__(reason)


class ChildError(FeedhubError):
    """A child process gave no answer. ``kind``: how it came; the text goes after its name."""

    def __init__(
        self, kind: Literal["start", "late", "died", "failed", "memory"], words: str
    ) -> None:
        self.kind = kind
        super().__init__(words)


class StoreError(FeedhubError):
    """The database cannot be used as it is."""


class StoreTooNew(StoreError):
    """The database was written by a newer feedhub than this one."""


class StoreUnread(StoreError):
    """The database could not be looked at: a full disk, no permission, another who holds it."""
