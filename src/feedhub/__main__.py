"""``feedhub`` and ``python -m feedhub``: sound streams, and Ctrl-C is one word from the start."""

from __future__ import annotations

import os
import signal
import sys


def main() -> None:
    """The command ``feedhub``."""
    _open_closed_streams()
    try:
        from feedhub.cli import main as command

        command(prog_name="feedhub")
    except KeyboardInterrupt:  # before, or after, what the command itself answers for
        sys.stderr.write("stopped\n")
        raise SystemExit(128 + signal.SIGINT) from None


def _open_closed_streams() -> None:
    """Where a caller has closed standard streams, nothing is read there, and nothing kept.

    Python has none then, and the next files that are opened would be taken for them.
    """
    while (fd := os.open(os.devnull, os.O_RDWR)) < 3:  # the lowest that is free
        os.set_inheritable(fd, True)
    os.close(fd)
    sys.stdin = sys.stdin or os.fdopen(0, encoding="utf-8", closefd=False)
    sys.stdout = sys.stdout or os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(2, "w", encoding="utf-8", closefd=False)


if __name__ == "__main__":
    main()
