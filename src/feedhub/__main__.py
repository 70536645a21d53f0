"""``python -m feedhub``: the same as the command ``feedhub``."""

from feedhub.cli import main

if __name__ == "__main__":
    main(prog_name="feedhub")
