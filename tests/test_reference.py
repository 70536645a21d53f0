"""The documentation speaks of what there is: commands and options, words, figures."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from feedhub.cli import COMMANDS as LISTED
from feedhub.cli import main
from feedhub.metrics import KNOWN
from feedhub.model.outcomes import OUTCOMES, REFUSALS, STAGES, OutcomeKind, Stage
from feedhub.parse import normalise

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "deploy/alerts.yaml"])


def test_every_word_has_a_meaning() -> None:
    assert set(OUTCOMES) == set(OutcomeKind)
    assert set(STAGES) == set(Stage)
    store = (ROOT / "src/feedhub/store/commit.py").read_text()
    assert {normalise.EMPTY, normalise.TWICE, normalise.TOO_MANY} <= set(REFUSALS)
    assert set(re.findall(r'\("([a-z ]+)", work\.(?:repeated|pruned)\)', store)) <= set(REFUSALS)


def _commands() -> dict[tuple[str, ...], click.Command]:
    found: dict[tuple[str, ...], click.Command] = {}

    def walk(words: tuple[str, ...], group: click.Group) -> None:
        context = click.Context(group)
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            assert command is not None
            found[*words, name] = command
            if isinstance(command, click.Group):
                walk((*words, name), command)

    walk((), main)
    return found


COMMANDS = _commands()


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_help_is_whole(words: tuple[str, ...]) -> None:
    """Of one voice: a sentence with its full stop, help for every option, an example."""
    command = COMMANDS[words]
    help_ = command.get_short_help_str(limit=500)
    assert re.match(r"[A-Z].*[.]$", help_), help_
    for option in command.params:
        if isinstance(option, click.Option):
            assert option.help, option.opts
            assert re.match(r"[A-Z0-9].*[.\]]$", option.help), option.help
    assert "Example" in (command.epilog or ""), words
    assert "feedhub" in (command.epilog or "")


def _shown(text: str) -> set[str]:
    """What pages show as to be typed: code spans, and lines of code blocks."""
    spans = re.findall(r"`(feedhub [^`]+)`", text)
    found = {part for span in spans for part in re.split("; ", span.replace("\\|", "|"))}
    fenced = re.findall(r"^```(?:console|sh)?\n(.*?)^```", text, re.M | re.S)
    indented = re.findall(r"^    (?:.*&& )?(\S*feedhub .*)$", text, re.M)
    prompted = [line for line in "".join(fenced).splitlines() if line.startswith("$ ")]
    bare = [line for block in fenced if "$ " not in block for line in block.splitlines()]
    for line in [*indented, *prompted, *bare]:
        if typed := re.match(r"(?:\$ )?(?:\S*bin/)?(feedhub .*)", line.strip()):
            found |= {part.strip() for part in re.split(r"[;|&] ?(?=feedhub)", typed[1])}
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_and_options_in_the_documentation_exist(page: Path) -> None:
    for line in _shown(page.read_text("utf-8")):
        words = [word.strip(",.:") for word in line.split()[1:]]
        path: tuple[str, ...] = ()
        for word in words:
            if (*path, word) not in COMMANDS:
                break
            path = (*path, word)
        rest = words[len(path) :]
        if rest and re.fullmatch(r"[a-z]+(\|[a-z]+)+", rest[0]):  # hide|pin|retitle
            for each in rest[0].split("|"):
                assert (*path, each) in COMMANDS, line
            continue
        if words[0].startswith("-") or words[0].isupper():
            continue
        assert path, f"there is no such command: {line}"
        assert not (isinstance(COMMANDS[path], click.Group) and rest and rest[0].islower()), line
        known = {opt for param in COMMANDS[path].params for opt in param.opts} | {"--help"}
        typed = re.findall(r"(?<![\w-])--[a-z][a-z-]*", line)
        assert set(typed) <= known, line


def test_figures_in_alert_rules_and_pages_exist() -> None:
    for page in PAGES:
        for name in re.findall(r"\bfeedhub_[a-z_]+\b", page.read_text("utf-8")):
            plain = re.sub(r"_(bucket|sum|count)$", "", name)
            known = plain in KNOWN or any(each.startswith(name) for each in KNOWN)
            assert known or name in {"feedhub_list"}, f"{page.name}: {name}"


def test_what_help_lists_is_what_the_commands_say() -> None:
    for name, words in LISTED.items():
        assert COMMANDS[name,].get_short_help_str(limit=500) == words
