"""Log lines: tracebacks are whole and tell no secrets; libraries come without their luxuries."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

FAULT = """
import sys
from feedhub.logs import set_up
set_up(0, sys.argv[1])
import structlog

def read(address):
    try:
        {}["cause"]
    except KeyError as error:
        raise ValueError("no such page") from error

try:
    read("https://eva:" + "hemligt"[::-1] + "@e.example/")
except ValueError:
    structlog.get_logger().exception("it broke", source="a")
"""


def run(code, *arguments):
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout, done.stderr


def test_a_traceback_on_the_console_is_whole():
    _, told = run(FAULT, "console")
    assert "it broke" in told.splitlines()[0]
    assert "source=a" in told.splitlines()[0]
    assert "KeyError: 'cause'" in told
    assert "The above exception was the direct cause" in told
    assert told.splitlines()[-1] == "ValueError: no such page"
    assert "in read" in told
    assert "hemligt"[::-1] not in told


def test_a_traceback_as_json_is_one_line_and_tells_no_variables():
    _, told = run(FAULT, "json")
    line = json.loads(told)
    first, cause = line["exception"]
    assert (first["exc_type"], first["exc_value"]) == ("ValueError", "no such page")
    assert [frame["name"] for frame in first["frames"]] == ["<module>", "read"]
    assert (cause["exc_type"], cause["is_cause"]) == ("KeyError", True)
    assert "hemligt"[::-1] not in told


@pytest.mark.parametrize("luxury", ["rich", "pygments", "httpx._main"])
def test_a_pass_imports_no_luxury_and_whoever_wants_it_has_it(luxury):
    code = f"""
import importlib, sys
import feedhub.cli.update
from feedhub.net.library import httpx
print({luxury!r} in sys.modules)
print(importlib.import_module({luxury!r}).__name__)
"""
    told, _ = run(code)
    assert told.split() == ["False", luxury]
