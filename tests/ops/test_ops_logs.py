"""What the log must not say."""

import json
import subprocess
import sys

RAISES = """
import structlog
from feedhub.logs import set_up

set_up(0, FORM)


def ask(url):
    headers = {"X-Api-Key": url}
    raise ValueError("a fault of ours")


try:
    ask("http://bob:very-secret@feed.example/")
except ValueError:
    structlog.get_logger().exception("document could not be taken in")
"""


def said(form):
    code = RAISES.replace("FORM", repr(form))
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    return done.stderr


def test_a_traceback_tells_where_and_not_what_stood_there():
    told = json.loads(said("json"))
    assert told["exception"][0]["exc_value"] == "a fault of ours"
    assert [frame["name"] for frame in told["exception"][0]["frames"]] == ["<module>", "ask"]
    assert "very-secret" not in json.dumps(told)
    text = said("console")
    assert "a fault of ours" in text
    assert "very-secret" not in text
