"""The reference pages of docs/, written from the code: settings, commands, metrics, API, words.

    .venv/bin/python tools/reference.py [--check]

``make reference`` runs it; a test holds the pages that are kept to what it would write now.
"""

from __future__ import annotations

import argparse
import inspect
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from feedhub.cli import main
from feedhub.config.fields import RESERVED_SLUGS
from feedhub.config.list_settings import (
    ListSettings,
    LoginSettings,
    WeightSettings,
    WhereSettings,
)
from feedhub.config.schema import json_schema
from feedhub.config.settings import FileSettings, HubSettings
from feedhub.config.source_settings import (
    AuthSettings,
    DefaultsSettings,
    GroupSettings,
    RuleSettings,
    SourceSettings,
)
from feedhub.fetch import FaultKind
from feedhub.metrics import KNOWN
from feedhub.model.outcomes import GOOD_OUTCOMES, OUTCOMES, REFUSALS, STAGES
from feedhub.serve.openapi import document
from feedhub.trouble import KINDS

PAGES = Path(__file__).parents[1] / "docs"
HEAD = "<!-- Written by tools/reference.py (make reference): change the code, not this page. -->\n"


def table(columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A Markdown table; bars within cells are escaped."""
    lines = [columns, tuple("---" for _ in columns), *rows]
    return "\n".join(f"| {' | '.join(c.replace('|', chr(92) + '|') for c in r)} |" for r in lines)


def code(text: object) -> str:
    return f"`{text}`"


# --- settings -------------------------------------------------------------------------------

# heading, model, the words above its table. What a heading shows once is not shown again.
SECTIONS: tuple[tuple[str, type[BaseModel], str], ...] = (
    ("The file", FileSettings, "The top-level keys. Keys that start with `x-` are your own."),
    ("hub", HubSettings, "The hub itself; in the main file alone."),
    ("sources", SourceSettings, "Each entry is an address, or these keys and values."),
    (
        "groups",
        GroupSettings,
        "Each name stands for keys and values that hold for the sources that name it.",
    ),
    (
        "defaults",
        DefaultsSettings,
        "Hold for the sources of the file, and of those that it includes.",
    ),
    ("drop and paywall", RuleSettings, "A rule has one of `link`, `category` and `title`."),
    ("auth", AuthSettings, "Either `user` and `password`, or `bearer`."),
    ("lists", ListSettings, "Under the name of each list, which is part of its addresses."),
    ("where", WhereSettings, "An item must pass every key that is given."),
    ("weights", WeightSettings, "Each is a factor from 0 (off) to 10; 1 is as it comes."),
    ("login", LoginSettings, "Of the hub, or of one list."),
)


def settings() -> str:
    definitions = json_schema()["$defs"]
    parts = [
        f"{HEAD}\n# Settings\n",
        "Every key of feeds.yaml. How values are written, and whole examples, are in"
        " [feeds.yaml](../configuration.md); `feedhub check` says what is wrong with a file, and"
        " where.\n",
    ]
    for heading, model, words in SECTIONS:
        schema = definitions.get(model.__name__) or json_schema()
        parts.append(f"## {heading}\n\n{words}\n")
        inherited = _told_elsewhere(model)
        if inherited is not None:
            parts.append(inherited)
            continue
        rows = [_setting(name, model.model_fields[name], schema) for name in _ordered(model)]
        parts.append(table(("key", "value", "default", "what it is"), rows) + "\n")
    reserved = ", ".join(code(slug) for slug in sorted(RESERVED_SLUGS))
    parts.append(
        "## Names of lists\n\nSmall letters of a-z, digits and hyphens between them, 60 at most."
        f"\n\nReserved names: {reserved}.\n"
    )
    return "\n".join(parts)


def _told_elsewhere(model: type[BaseModel]) -> str | None:
    """Groups and defaults have a source's keys: say which, and link."""
    if model not in (GroupSettings, DefaultsSettings):
        return None
    keys = ", ".join(code(name) for name in _ordered(model))
    return f"Keys, as [of a source](#sources): {keys}.\n"


def _ordered(model: type[BaseModel]) -> list[str]:
    """A model's own keys first, then those that it has from others."""
    own = [name for name in model.model_fields if name in inspect.get_annotations(model)]
    return own + [name for name in model.model_fields if name not in own]


def _setting(name: str, field: FieldInfo, schema: Mapping[str, Any]) -> tuple[str, ...]:
    words = field.description or ""
    default = _default(field)
    if said := re.search(r" Default: (.*)\.$", words):
        words, default = words[: said.start()], said.group(1)
    kind = _kind(schema["properties"][name])
    if field.examples:
        shown = ", ".join(code(_flat(example)) for example in field.examples)
        words = f"{words} Such as {shown}."
    return code(name), kind, default, words


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "needed"
    extra = field.json_schema_extra
    if isinstance(extra, dict) and "default" in extra:
        return code(extra["default"])
    value = field.default
    if value is None or value == ():
        return "none"
    if isinstance(value, timedelta):
        return code(f"{value.days}d")
    return code(_flat(value))


def _flat(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {each}" for key, each in value.items()) + "}"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _kind(schema: Mapping[str, Any]) -> str:
    """What a value looks like, in a word or two."""
    if "anyOf" in schema:
        kinds = [_kind(each) for each in schema["anyOf"] if each.get("type") != "null"]
        return " or ".join(dict.fromkeys(kinds))
    if "enum" in schema:
        return " or ".join(code(word) for word in schema["enum"])
    if "const" in schema:
        return code(schema["const"])
    if "$ref" in schema:
        return "keys and values"
    kind = schema.get("type")
    if kind == "array":
        return "list"
    if kind == "object":
        plain = schema.get("additionalProperties", {}).get("type") == "string"
        return "names and values" if plain else "names with keys and values"
    if kind == "string":
        pattern = str(schema.get("pattern", ""))
        if "smhdw" in pattern:
            return "duration"
        return "address" if pattern.startswith("^http") else "text"
    names = {"boolean": "`true` or `false`", "integer": "whole number", "number": "number"}
    if kind in ("integer", "number") and "maximum" in schema:
        return f"{names[str(kind)]}, {schema['minimum']} to {schema['maximum']}"
    return names.get(str(kind), "text")


# --- commands -------------------------------------------------------------------------------


def commands() -> str:
    common = [option for option in _options(_command("show")) if option.name in _COMMON]
    parts = [
        f"{HEAD}\n# Commands\n",
        "`feedhub --help` lists them, and `feedhub COMMAND --help` says what this page says.\n",
        "All but `demo` and `completion` take:\n",
        table(("option", "what it is"), [_option(option) for option in common]) + "\n",
        "They exit with 0 when all went well, 1 when something that they looked at did not (a"
        " source failed, a check found fault), 2 when the command, the configuration or the"
        " database is wrong, 130 when stopped with Ctrl-C. Results go to standard output, all else"
        " to standard error. Colours and progress bars are for terminals alone; `NO_COLOR` turns"
        " colours off.\n",
    ]
    for words, command in _walk("feedhub", main):
        parts.append(_page_of(words, command))
    return "\n".join(parts)


_COMMON = ("config", "db", "verbose", "log_format")


def _command(name: str) -> click.Command:
    found = main.get_command(click.Context(main), name)
    assert found is not None
    return found


def _walk(words: str, group: click.Group) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield f"{words} {name}", command
        if isinstance(command, click.Group):
            yield from _walk(f"{words} {name}", command)


def _options(command: click.Command) -> list[click.Option]:
    return [param for param in command.params if isinstance(param, click.Option)]


def _page_of(words: str, command: click.Command) -> str:
    deep = "###" if words.count(" ") > 1 else "##"
    usage = " ".join([words, *command.collect_usage_pieces(click.Context(command))])
    parts = [f"{deep} {words}\n", f"```\n{usage}\n```\n", _paragraphs(command.help or "")]
    own = [option for option in _options(command) if option.name not in _COMMON]
    if words.endswith(" demo"):
        own = [option for option in _options(command) if option.name != "verbose"]
    if own:
        parts.append(table(("option", "what it is"), [_option(option) for option in own]) + "\n")
    if command.epilog:
        parts.append("\n".join(_examples(command.epilog)) + "\n")
    return "\n".join(parts)


def _paragraphs(text: str) -> str:
    """Help as Markdown: paragraphs on one line each, words in capitals left alone."""
    blocks = inspect.cleandoc(text).replace("\b\n", "").split("\n\n")
    return "\n\n".join(" ".join(block.split()) for block in blocks) + "\n"


def _option(option: click.Option) -> tuple[str, str]:
    names = ", ".join(code(name) for name in (*option.opts, *option.secondary_opts))
    if not option.is_flag and not option.count:
        choices = option.type.choices if isinstance(option.type, click.Choice) else ()
        kind = option.metavar or "\\|".join(map(str, choices)) or _value_of(option.type)
        names += f" {kind}".replace("\\|", "|")
    words = re.sub(r"\s+", " ", option.help or "")
    if option.default not in (None, False, 0, "", ()) and option.show_default:
        words += f" Default: {code(option.default)}."
    if option.envvar:
        words += f" Also as {code(option.envvar)}."
    return names, words


def _value_of(kind: click.ParamType) -> str:
    return {"filename": "FILE", "path": "PATH"}.get(kind.name, kind.name.split(" ")[0].upper())


def _examples(epilog: str) -> list[str]:
    """``Example:  a   |   b`` as a code block, what else is said as text."""
    text = epilog.replace("\b\n", "")
    head, _, rest = text.partition(":")
    lines = [each.strip() for each in re.split(r"\s{3,}\|\s{2,}|\n", rest) if each.strip()]
    return [f"{head.strip()}:\n", "```", *lines, "```"]


# --- figures, words -------------------------------------------------------------------------


def metrics() -> str:
    rows = [(code(name), kind, words) for name, (kind, words) in KNOWN.items()]
    return (
        f"{HEAD}\n# Figures\n\nWhat `/metrics` gives Prometheus. Counters begin at 0 when the hub"
        " starts; durations are in seconds. `deploy/alerts.yaml` has rules to begin with, and"
        " [Watching](../operating.md#watching) says what else there is.\n\n"
        + table(("name", "kind", "what it is"), rows)
        + "\n"
    )


def outcomes() -> str:
    good = {str(kind) for kind in GOOD_OUTCOMES}
    kinds = [
        (code(kind), "yes" if str(kind) in good else "no", words)
        for kind, words in OUTCOMES.items()
    ]
    return "\n".join(
        (
            f"{HEAD}\n# Outcomes and troubles\n",
            "One vocabulary for log, figures, status page, `feedhub sources list` and the API.\n",
            "## Outcomes of a fetch\n",
            table(("word", "good", "what happened"), kinds) + "\n",
            "## Stages of a failed fetch\n",
            "`failed` stands with the stage at which it did, as in `failed:timeout`.\n",
            table(("word", "what went wrong"), [(code(k), w) for k, w in STAGES.items()]) + "\n",
            "## Refused entries\n",
            "Nothing is dropped silently: an entry that is not taken in has one of these"
            " reasons, counted in `feedhub_refused_total`.\n",
            table(("reason", "when"), [(code(k), w) for k, w in REFUSALS.items()]) + "\n",
            "## Troubles\n",
            "Sources that need a person, in `/health.atom` and `feedhub doctor`.\n",
            table(("word", "when"), [(code(k), w) for k, w in KINDS.items()]) + "\n",
            "## Faults\n",
            "What `feedhub manners` finds in the hub's own requests.\n",
            "\n".join(f"- {kind}" for kind in FaultKind) + "\n",
        )
    )


# --- API ------------------------------------------------------------------------------------


def api() -> str:
    described = document("/api/v1", "", ())
    parts = [
        f"{HEAD}\n# API\n",
        "Every address of the JSON API, under `/api/v1`. How it behaves (pages, errors, private"
        " hubs) is in [The JSON API](../api.md); the same description for programs is at"
        " `/api/v1/openapi.json`.\n",
    ]
    for path, methods in described["paths"].items():
        answer = methods["get"]
        parts.append(f"## GET {path}\n\n{answer['summary']}.\n")
        rows = [
            (code(each["name"]), each["in"], _shape(each["schema"]), each["description"])
            for each in answer["parameters"]
        ]
        if rows:
            parts.append(table(("parameter", "in", "value", "what it is"), rows) + "\n")
        shape = answer["responses"]["200"]["content"]["application/json"]["schema"]
        others = [f"{number}: {each['description']}" for number, each in _others(answer)]
        parts.append(f"200: {_shape(shape)}. {' '.join(others)}\n")
    parts.append("## Shapes\n")
    for name, shape in described["components"]["schemas"].items():
        rows = [(code(key), _shape(value)) for key, value in shape["properties"].items()]
        parts.append(f"### {name}\n\n" + table(("key", "value"), rows) + "\n")
    return "\n".join(parts)


def _others(answer: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    return [(number, each) for number, each in answer["responses"].items() if number != "200"]


def _shape(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "allOf" in schema:
        return " with ".join(_shape(each) for each in schema["allOf"])
    if "anyOf" in schema:
        return " or ".join(_shape(each) for each in schema["anyOf"])
    if "enum" in schema:
        return " or ".join(code(word) for word in schema["enum"])
    kind = schema.get("type", "anything")
    if isinstance(kind, list):
        return " or ".join(_shape(schema | {"type": each}) for each in kind)
    if kind == "array":
        return f"list of {_shape(schema['items'])}"
    if kind == "object" and "properties" in schema:
        inside = ", ".join(f"{code(k)} ({_shape(v)})" for k, v in schema["properties"].items())
        return f"object of {inside}"
    if schema.get("format") == "date-time" and kind == "string":
        return "time"
    return {"string": "text", "integer": "whole number", "boolean": "true or false"}.get(kind, kind)


# --- decisions ------------------------------------------------------------------------------

ROOMS = {
    "config": "feeds.yaml",
    "net": "The network",
    "fetch": "Fetching",
    "parse": "Parsing",
    "store": "The store",
    "stories": "Stories",
    "rank": "Ranking",
    "publish": "Publishing",
    "serve": "Serving",
    "ops": "Operating",
}


def decisions() -> str:
    parts = [
        f"{HEAD}\n# Decisions\n",
        "What was decided where another way was possible, and why. One page each; a decision that"
        " is taken back stays, and says so.\n",
    ]
    pages = sorted(each for each in (PAGES / "decisions").glob("*.md") if each.name != "index.md")
    for room in dict.fromkeys([*ROOMS, *(page.name.partition("-")[0] for page in pages)]):
        mine = [page for page in pages if page.name.startswith(f"{room}-")]
        if mine:
            parts.append(f"## {ROOMS.get(room, room)}\n")
            lines = [page.read_text("utf-8").partition("\n")[0].lstrip("# ") for page in mine]
            rows = zip(lines, mine, strict=True)
            parts.append("\n".join(f"- [{title}]({page.name})" for title, page in rows) + "\n")
    return "\n".join(parts)


GENERATED = {
    "reference/settings.md": settings,
    "reference/commands.md": commands,
    "reference/metrics.md": metrics,
    "reference/outcomes.md": outcomes,
    "reference/api.md": api,
    "decisions/index.md": decisions,
}


def run(arguments: argparse.Namespace) -> int:
    """Write the pages, or with ``--check`` say which are not as they should be."""
    stale = []
    for name, write in GENERATED.items():
        path, text = PAGES / name, write()
        if path.exists() and path.read_text("utf-8") == text:
            continue
        stale.append(name)
        if not arguments.check:
            path.write_text(text, "utf-8")
    verb = "out of date" if arguments.check else "written"
    print(f"{verb}: {', '.join(stale)}" if stale else "all as they should be")
    return 1 if stale and arguments.check else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing")
    raise SystemExit(run(parser.parse_args()))
