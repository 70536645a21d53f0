"""Importing a library without the luxuries that it would bring along."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without(*names: str) -> Iterator[None]:
    """While it lasts, modules that are not imported yet count as not installed.

    Some libraries import at once whatever they may ever want (httpx its own command line,
    structlog a prettier traceback), which takes longer to load than all that we want of
    them. They do without where it is missing.
    """
    left_out = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(left_out))  # type: ignore[arg-type]  # None: "not there"
    try:
        yield
    finally:
        for name in left_out:
            sys.modules.pop(name, None)
