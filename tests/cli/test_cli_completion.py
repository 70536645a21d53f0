"""Completion as shells do it: the script that is printed is read by a real one and asked."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from feedhub.cli import main

ASK = {
    "bash": (
        "COMP_WORDS=({words}); COMP_CWORD={place}; _feedhub_completion feedhub;"
        ' printf "%s\\n" "${{COMPREPLY[@]}}"'
    ),
    "fish": "complete -C '{line}'",
}
LINES = (
    ("feedhub up", "update"),
    ("feedhub sources im", "import"),
    ("feedhub show --wh", "--why"),
    ("feedhub show eko", "ekonomi"),
    ("feedhub undo i1 take", "takedown"),
    ("feedhub sources remove al", "alfa"),
    ("feedhub completion z", "zsh"),
)


def there(shell: str) -> str:
    found = shutil.which(shell)
    if found is None:
        pytest.skip(f"{shell} is not installed here")
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a feeds.yaml, and one with the command, called as the script calls it."""
    (tmp_path / "feeds.yaml").write_text(
        "sources: [{url: https://a.example/f, id: alfa, category: x}]\n"
        "lists: {ekonomi: {where: {category: x}}}\n"
    )
    command = tmp_path / "bin/feedhub"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m feedhub "$@"\n')
    command.chmod(0o755)
    return tmp_path


def script(shell: str) -> str:
    result = CliRunner().invoke(main, ["completion", shell])
    assert result.exit_code == 0
    return result.output


def ask(shell: str, folder: Path, text: str) -> list[str]:
    environ = os.environ | {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "HOME": str(folder)}
    done = subprocess.run(
        [there(shell), "-c", text],
        capture_output=True,
        text=True,
        cwd=folder,
        env=environ,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize("shell", ["bash", "fish"])
@pytest.mark.parametrize(("line", "wanted"), LINES)
def test_a_shell_completes(shell: str, line: str, wanted: str, folder: Path) -> None:
    words = line.split()
    asked = ASK[shell].format(words=" ".join(words), place=len(words) - 1, line=line)
    assert wanted in ask(shell, folder, f"{script(shell)}\n{asked}\n")


def test_zsh_reads_its_script_and_gets_answers(folder: Path) -> None:
    """Its widget needs a terminal; so what it calls is called as it does."""
    text = script("zsh")
    (folder / "_feedhub").write_text(text)
    check = (
        "autoload -U compinit && compinit -u -d $HOME/dump && source ./_feedhub"
        " && print $+functions[_feedhub_completion]"
    )
    assert ask("zsh", folder, check) == ["1"]
    call = 'COMP_WORDS="feedhub sources im" COMP_CWORD=2 _FEEDHUB_COMPLETE=zsh_complete feedhub'
    assert "_FEEDHUB_COMPLETE=zsh_complete feedhub" in text
    assert ask("zsh", folder, call)[:2] == ["plain", "import"]


def test_a_wrong_file_completes_to_nothing(folder: Path) -> None:
    (folder / "feeds.yaml").write_text("sources: [")
    asked = ASK["bash"].format(words="feedhub show e", place=2)
    assert ask("bash", folder, f"{script('bash')}\n{asked}\n") == []
