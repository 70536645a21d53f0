"""The tutorial, done: its commands run in a fresh clone, and what they printed as a page.

    .venv/bin/python tools/newcomer.py [--out docs/newcomers-log.md]

Clones this repository as it is committed into a new folder, with a new home, and types what
``docs/tutorial.md`` of the clone says, block by block, into one shell. Ports of the tutorial are
swapped for free ones and back. Started by root, it types as a user without rights. Ends with 1
when a command failed.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]
MARK = "---done---"
NOBODY = 65534  # the user and group without rights of every Unix
BACKGROUND = 6.0  # seconds that a command in the background gets to come up
HEAD = """\
# A newcomer's log

The commands of the [tutorial](tutorial.md), typed on {day} into a fresh clone on a machine with
nothing of feedhub on it, and what each printed. Made by `tools/newcomer.py`, which types them; only
paths, ports and the ids of processes are put in neutral words.
"""


def blocks(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each heading with the commands of the console blocks below it; heredocs in one piece."""
    for section in re.split(r"^## ", text, flags=re.M)[1:]:
        heading, _, body = section.partition("\n")
        commands: list[str] = []
        for block in re.findall(r"^```console\n(.*?)^```", body, re.M | re.S):
            commands += [each.rstrip("\n") for each in re.split(r"^\$ ", block, flags=re.M)[1:]]
        if commands:
            yield heading, commands


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


class Shell:
    """One bash, as a person has one open."""

    def __init__(self, home: Path, swaps: dict[str, str]) -> None:
        self.swaps = swaps
        kept = {name: os.environ[name] for name in ("LANG", "LC_ALL") if name in os.environ}
        path = "/usr/local/bin:/usr/bin:/bin"
        if not any(Path(folder, "python3").exists() for folder in path.split(":")):
            path = os.environ["PATH"]
        self.process = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            cwd=home,
            env={"HOME": str(home), "PATH": path, "TERM": "dumb"} | kept | pip_settings(home),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            **({"user": NOBODY, "group": NOBODY, "extra_groups": []} if is_root() else {}),
        )

    def type(self, command: str) -> tuple[str, int]:
        """Type a command; what it printed and its exit code."""
        for ours, theirs in self.swaps.items():
            command = command.replace(ours, theirs)
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{command}\n{{ code=$?; }} 2>/dev/null\n")
        if command.rstrip().endswith("&"):
            self.process.stdin.write(f"sleep {BACKGROUND}\n")
        self.process.stdin.write(f"echo {MARK} $code\n")
        self.process.stdin.flush()
        said = []
        while True:
            line = self.process.stdout.readline()
            if MARK in line or not line:
                before, _, code = line.partition(MARK)
                return self.neutral("".join([*said, before])), int(code or 1)
            said.append(line)

    def neutral(self, text: str) -> str:
        for ours, theirs in reversed(self.swaps.items()):
            text = text.replace(theirs, ours)
        # pip's remarks on this machine's settings are no part of what feedhub says
        text = "".join(line for line in text.splitlines(True) if "Location 'file:" not in line)
        text = re.sub(r"^Updating files: .*[\r\n]+", "", text, flags=re.M)  # a slow disk's progress
        return re.sub(r"^\[\d\] \d+\n", "", text, flags=re.M)

    def end(self) -> None:
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(30)


def is_root() -> bool:
    return os.geteuid() == 0


def pip_settings(home: Path) -> dict[str, str]:
    """Where this machine takes packages from, without which nothing can be installed."""
    found = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    for path in (Path.home() / ".config/pip/pip.conf", Path.home() / ".pip/pip.conf"):
        if path.exists() and "PIP_CONFIG_FILE" not in found:
            copy = home.parent / "pip.conf"  # root's own cannot be read by others
            copy.write_bytes(path.read_bytes())
            found["PIP_CONFIG_FILE"] = str(copy)
    return found


def hand_over(folder: Path) -> None:
    """Give all of it to the user without rights, as whose it is read and written."""
    for path in (folder, *folder.rglob("*")):
        os.chown(path, NOBODY, NOBODY)


def run(arguments: argparse.Namespace) -> int:
    folder = Path(tempfile.mkdtemp(prefix="newcomer-"))
    commit = ["git", "-C", str(ROOT), "rev-parse", "HEAD"]
    bare = folder / "repository.git"
    subprocess.run(["git", "clone", "-q", "--bare", str(ROOT), str(bare)], check=True)
    head = subprocess.run(commit, check=True, capture_output=True, text=True).stdout.strip()
    subprocess.run(["git", "-C", str(bare), "update-ref", "--no-deref", "HEAD", head], check=True)
    home = folder / "home"
    home.mkdir()
    if is_root():
        hand_over(folder)
    swaps = {
        "ADDRESS": f"file://{bare}",
        "127.0.0.1:9000": f"127.0.0.1:{(papers := free_port())}",
        "http.server 9000": f"http.server {papers}",
        "127.0.0.1:8000": f"127.0.0.1:{free_port()}",
    }
    shell = Shell(home, swaps)
    page, failed = [HEAD.format(day=datetime.now(UTC).date().isoformat())], []
    try:
        for heading, commands in blocks((ROOT / "docs/tutorial.md").read_text("utf-8")):
            page.append(f"## {heading}\n\n```console")
            for command in commands:
                started = time.monotonic()
                said, code = shell.type(command)
                said = said.replace(str(home), "~").rstrip()
                print(f"{time.monotonic() - started:6.1f} s  {code}  {command.splitlines()[0]}")
                page.append(f"$ {command}" + (f"\n{said}" if said else ""))
                if code:
                    page.append(f"[ended with {code}]")
                    failed.append(command)
            page.append("```\n")
    finally:
        shell.end()
    Path(arguments.out).write_text("\n".join(page), "utf-8")
    for command in failed:
        print(f"failed: {command}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", default=str(ROOT / "docs/newcomers-log.md"))
    raise SystemExit(run(parser.parse_args()))
