"""Where commands run: pipes, narrow and plain terminals, no rights, no database, Ctrl-C."""

from __future__ import annotations

import errno
import io
import json
import os
import pty
import signal
import socket
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner
from rich.console import Console

from feedhub.cli import common, main, tables

COMMAND = [sys.executable, "-m", "feedhub"]
READERS = (
    ("show", "senaste"),
    ("explain", "i1"),
    ("search", "ord"),
    ("items",),
    ("hands",),
    ("stories", "show", "s1"),
    ("export",),
    ("manners",),
    ("prune", "--dry-run"),
)
WRITERS = (("hide", "i1"), ("stories", "join", "i1", "i2"), ("undo", "i1"), ("build", "out"))
JSON = (
    ("show", "--json"),
    ("show", "senaste", "--json"),
    ("explain", "i1", "--json"),
    ("explain", "i1", "i2", "--json"),
    ("search", "ord", "--json"),
    ("items", "--json"),
    ("items", "i1", "--json"),
    ("hands", "--json"),
    ("stories", "show", "i1", "--json"),
    ("sources", "list", "--json"),
    ("sources", "test", "--json"),
    ("sources", "apply", "--dry-run", "--json"),
    ("manners", "--json"),
    ("doctor", "--offline", "--json"),
    ("prune", "--dry-run", "--json"),
    ("check", "--json"),
    ("check", "--online", "--json"),
    ("update", "--json"),
    ("update", "--all", "--json"),
)


@pytest.fixture
def hub(desk, origin, make_rss):
    rows = [(f"https://a.example/{n}", f"Åtta ord om sak nummer {n} i dag", "") for n in range(3)]
    desk.sources(origin.feed("/a", make_rss("A", *rows)))
    desk.run("update")
    return desk


@pytest.mark.parametrize("words", [*READERS, *WRITERS], ids=" ".join)
def test_what_needs_a_database_makes_none(desk, words):
    desk.write("sources: []\n")
    result = desk.run(*words)
    assert result.exit_code == 2
    assert result.output.endswith("feedhub.db: no database yet; run: feedhub update\n")
    assert [each.name for each in desk.folder.iterdir()] == ["feeds.yaml"]


def test_every_readable_command_gives_json_alone(hub):
    for words in JSON:
        result = hub.run(*words)
        assert result.exit_code in (0, 1), (words, result.output)
        json.loads(result.stdout)
    known = {tuple(part for part in words if part.islower()) for words in JSON}
    context = click.Context(main)
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        has = any("--json" in param.opts for param in command.params)
        assert not has or any(words[0] == name for words in known), name


def test_mistakes_as_json(desk):
    desk.write("sources: [nonsense]\n")
    result = desk.run("check", "--json")
    assert result.exit_code == 2
    told = json.loads(result.stdout)
    assert not told["good"]
    assert ":1:11: sources[0]" in told["mistakes"][0]


@pytest.fixture
def readonly(hub):
    """The hub's folder, as one who may not write there has it; root may, so as if not root."""
    os.chmod(hub.folder, 0o555)  # noqa: PTH101
    yield hub
    os.chmod(hub.folder, 0o755)  # noqa: PTH101


@pytest.mark.parametrize("words", READERS, ids=" ".join)
def test_readers_do_with_a_folder_that_cannot_be_written(readonly, words):
    drop = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all"]
    command = [*COMMAND, *words] if os.getuid() else [*drop, *COMMAND, *words]
    done = subprocess.run(command, cwd=readonly.folder, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_a_plain_locale_shows_what_it_can(hub):
    environ = {
        "PATH": os.environ["PATH"],
        "LC_ALL": "C",
        "PYTHONUTF8": "0",
        "PYTHONCOERCECLOCALE": "0",
    }
    for words in (("show", "senaste"), ("items", "--json")):
        done = subprocess.run(
            [*COMMAND, *words], cwd=hub.folder, capture_output=True, env=environ, timeout=60
        )
        assert done.returncode == 0, done.stderr
        assert b"Traceback" not in done.stderr
    assert json.loads(done.stdout)[0]["title"].startswith("Åtta ord")


def test_who_stops_reading_is_no_fault(hub):
    done = subprocess.run(
        ["sh", "-c", f"{' '.join(COMMAND)} export | head -c 10"],
        cwd=hub.folder,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stderr == ""


def test_a_quiet_update_says_what_failed_and_nothing_else(desk):
    desk.sources("http://127.0.0.1:9/feed")
    words = ["update", "-q", "--all"]
    done = subprocess.run([*COMMAND, *words], cwd=desk.folder, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == "s0: failed:connect: 127.0.0.1 port 9: connection refused\n"


def test_in_a_pipe_no_sentence_is_torn(hub):
    words = ["pin", "i1", "--list", "popular", "--until", "3d", "--note", "n"]
    done = subprocess.run([*COMMAND, *words], cwd=hub.folder, capture_output=True, text=True)
    (line,) = done.stdout.splitlines()
    assert len(line) > 80
    assert line.endswith("(Take it back: feedhub undo i1)")


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_are_no_fault_and_no_file_takes_their_place(hub, closed):
    before = (hub.folder / "feedhub.db").read_bytes()
    for words, code in (("export", 0), ("items --json", 0), ("show none", 2), ("nonsense", 2)):
        done = subprocess.run(
            ["sh", "-c", f"exec {' '.join(COMMAND)} {words} {closed}"],
            cwd=hub.folder,
            capture_output=True,
            timeout=60,
        )
        assert done.returncode == code, (words, done.stderr)
        assert b"Traceback" not in done.stderr
    assert (hub.folder / "feedhub.db").read_bytes() == before


def test_rights_and_full_disks_are_one_line(desk, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/some/file")

    desk.write("sources: []\n")
    monkeypatch.setattr(common, "load_config", full)
    result = desk.run("check")
    assert result.exit_code == 2
    assert result.output == "feedhub: /some/file: No space left on device\n"


def test_a_mistyped_command_is_guessed():
    result = CliRunner().invoke(main, ["updat"])
    assert result.exit_code == 2
    assert "Did you mean 'update'?" in result.output


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_rows_on_a_terminal_of_any_width_lose_nothing(width, monkeypatch):
    written = io.StringIO()
    console = Console(file=written, force_terminal=True, width=width, highlight=False)
    monkeypatch.setattr(tables, "out", console)
    title = "En ganska lång rubrik om en bro som skulle bli till glädje för alla"
    tables.print_table(("item", "when", "title"), [("i12", "2026-03-01 12:00", title)])
    text = " ".join(written.getvalue().split())
    for word in ("i12", "12:00", *title.split()):
        assert word in text
    assert all(len(line) <= width for line in written.getvalue().splitlines() if "\x1b" not in line)


def test_rows_in_a_pipe_are_a_line_each(monkeypatch, capsys):
    monkeypatch.setattr(tables, "out", Console(file=io.StringIO()))
    tables.print_table(("a", "n"), [("x" * 300, "5"), ("å", "10")], right=(1,))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert all(
        line.endswith(number) for line, number in zip(lines, (" n", " 5", "10"), strict=True)
    )


@pytest.mark.parametrize(("environ", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_colours_are_for_terminals_and_can_be_turned_off(hub, environ, coloured):
    """In a real terminal; in pipes (all other tests) there is never an escape."""
    leader, follower = pty.openpty()
    done = subprocess.Popen(
        [*COMMAND, "doctor", "--offline"],
        cwd=hub.folder,
        stdout=follower,
        stderr=follower,
        env=os.environ | {"TERM": "xterm"} | environ,
    )
    os.close(follower)
    text = b""
    while True:
        try:
            chunk = os.read(leader, 4096)
        except OSError:
            break
        if not chunk:
            break
        text += chunk
    assert done.wait(60) == 0
    os.close(leader)
    assert (b"\x1b[32m" in text) == coloured
    assert "\x1b" not in hub.run("doctor", "--offline").output


def test_ctrl_c_in_the_middle_of_an_update(desk, tmp_path):
    """The source never answers; the database is whole after, and 130 is what shells expect."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        desk.sources(f"http://127.0.0.1:{silent.getsockname()[1]}/a")
        # who runs the tests in the background may have it ignored, and children inherit that
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        update = subprocess.Popen(
            [*COMMAND, "update"], cwd=desk.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        signal.signal(signal.SIGINT, before)
        silent.settimeout(60)
        connection, _ = silent.accept()
        update.send_signal(signal.SIGINT)
        out, err = update.communicate(timeout=60)
        connection.close()
    assert update.returncode == 130
    assert err == b"stopped\n"
    assert out == b""
    assert desk.run("doctor", "--offline").exit_code == 0


def test_what_is_typed_in_a_locale_without_its_letters_is_utf_8(hub):
    asked = (*COMMAND, "search", "åtta", "-c", str(hub.folder / "feeds.yaml"), "--json")
    plain = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = subprocess.run(asked, capture_output=True, env=plain, check=True)
    assert len(json.loads(done.stdout)) == 3


@pytest.mark.parametrize(
    "command",
    [("search", "\udce5tta"), ("retitle", "i1", "\udce5tta"), ("hide", "i1", "--note", "\udce5")],
)
def test_what_is_typed_and_is_no_utf_8_is_refused_in_one_line(hub, command):
    done = hub.run(*command)
    assert done.exit_code == 2
    assert "is not UTF-8" in done.stderr
    assert len(done.stderr.splitlines()) == 1
