"""Log lines: tracebacks are whole and tell no secrets; libraries come without their luxuries."""

from __future__ import annotations

import json
import os
import socket
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


UNMET = """
import sys, threading, warnings
from feedhub.logs import set_up
set_up(0, "json")
warnings.warn("old ways")
thread = threading.Thread(target=lambda: 1 / 0)
thread.start()
thread.join()
raise ValueError("Åh nej 😀")
"""


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "ascii"])
def test_what_nobody_met_is_json_too_whatever_letters_the_stream_has(encoding):
    done = subprocess.run(
        [sys.executable, "-c", UNMET],
        capture_output=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": f"{encoding}:backslashreplace"},
    )
    assert done.returncode == 1
    warning, in_thread, at_last = (json.loads(row) for row in done.stderr.splitlines())
    assert "old ways" in warning["event"]
    assert in_thread["exception"][0]["exc_type"] == "ZeroDivisionError"
    assert at_last["exception"][0]["exc_value"] == "Åh nej 😀"


def test_each_line_of_a_hub_that_logs_json_is_an_object(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        text = (
            f"hub: {{listen: '127.0.0.1:{taken.getsockname()[1]}'}}\n"
            "sources: []\nlists: {senaste: {window: 1d}}\n"
        )
        (tmp_path / "feeds.yaml").write_text(text)
        done = subprocess.run(
            [sys.executable, "-m", "feedhub", "run", "-v", "--log-format", "json"],
            capture_output=True,
            timeout=60,
            check=False,
            cwd=tmp_path,
        )
    assert done.returncode == 2
    said = [(row["level"], row["event"]) for row in map(json.loads, done.stderr.splitlines())]
    assert [level for level, _ in said] == ["warning", "warning", "error"]
    assert said[0][1].startswith("note: feeds.yaml:3:")
    assert "no sources yet" in said[1][1]
    assert "the port is taken" in said[2][1]


def test_what_a_hub_says_of_itself_is_json_where_its_log_is():
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            'from feedhub.logs import set_up; set_up(0, "json")\n'
            "from feedhub.cli.run import announce; from feedhub.model import Config, Hub\n"
            "announce(Config(Hub(), (), ()))",
        ],
        capture_output=True,
        timeout=60,
        check=True,
    )
    rows = [json.loads(row) for row in done.stdout.splitlines()]
    assert "is up" in rows[0]["event"]
    assert {row["level"] for row in rows} == {"info"}
