"""``feedhub`` and ``python -m feedhub``: Ctrl-C is one word from the first import on."""

from __future__ import annotations

import signal
import sys


def main() -> None:
    """The command ``feedhub``."""
    try:
        from feedhub.cli import main as command

        command(prog_name="feedhub")
    except KeyboardInterrupt:  # before, or after, what the command itself answers for
        sys.stderr.write("stopped\n")
        raise SystemExit(128 + signal.SIGINT) from None


if __name__ == "__main__":
    main()
