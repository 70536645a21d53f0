"""Options of a hub before the command, and sources named by what is shown of them."""

from __future__ import annotations

import json
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import get_args

import pytest
from click.testing import CliRunner, Result

from feedhub.cli import main
from feedhub.cli.options import FORMATS
from feedhub.logs import Format


@pytest.fixture
def two(tmp_path: Path) -> tuple[str, str]:
    for name in ("one", "two"):
        (tmp_path / f"{name}.yaml").write_text(
            f"sources: [{{url: https://{name}.example/f, id: {name}}}]\nlists: {{{name}: {{}}}}\n"
        )
    return str(tmp_path / "one.yaml"), str(tmp_path / "two.yaml")


def run(*words: str, **environ: str) -> Result:
    return CliRunner().invoke(main, words, env=environ, catch_exceptions=False)


def ids(result: Result) -> list[str]:
    return [row["id"] for row in json.loads(result.stdout)]


def test_a_file_is_named_before_or_behind_and_what_is_behind_wins(two):
    one, other = two
    assert ids(run("-c", one, "sources", "list", "--json")) == ["one"]
    assert ids(run("-c", one, "sources", "list", "--json", "-c", other)) == ["two"]
    assert ids(run("-c", one, "sources", "list", "--json", FEEDHUB_CONFIG=other)) == ["one"]
    assert ids(run("sources", "list", "--json", FEEDHUB_CONFIG=other)) == ["two"]


def test_a_database_too(two, tmp_path):
    result = run("--db", str(tmp_path / "x.db"), "-c", two[0], "items")
    assert f"{tmp_path / 'x.db'}: no database yet" in result.output


def test_what_has_no_such_file_says_so():
    result = run("-c", "feeds.yaml", "demo")
    assert result.exit_code == 2
    assert "demo has no option --config" in result.output


def test_completion_reads_the_file_that_is_named_before(two):
    environ = {
        "_FEEDHUB_COMPLETE": "bash_complete",
        "COMP_WORDS": f"feedhub -c {two[1]} show tw",
        "COMP_CWORD": "4",
    }
    result = CliRunner().invoke(main, [], env=environ, prog_name="feedhub")
    assert "plain,two" in result.output


def test_formats_are_those_of_the_log():
    assert get_args(Format) == FORMATS


SECRETS = """\
sources:
  - {url: "https://me:hunter2@a.example/feed"}
  - {url: "https://b.example/f?key=${FEED_KEY}", name: B}
"""


def test_sources_are_removed_by_what_list_shows(desk, monkeypatch):
    monkeypatch.setenv("FEED_KEY", "abcdefgh1234")
    desk.write(SECRETS)
    shown = json.loads(desk.run("sources", "list", "--json").output)
    for row in shown:
        assert desk.run("sources", "remove", row["url"]).exit_code == 0
    assert json.loads(desk.run("sources", "list", "--json").output) == []


def test_a_list_imported_twice_adds_nothing_twice_and_shows_no_password(desk, monkeypatch):
    monkeypatch.setenv("FEED_KEY", "abcdefgh1234")
    desk.write(SECRETS)
    urls = desk.folder / "urls"
    urls.write_text(
        "https://me:hunter2@a.example/feed news\n"
        "https://b.example/f?key=abcdefgh1234 news\n"
        'https://you:hunter2@c.example/feed sport "~C"\n'
    )
    first = desk.run("sources", "import", str(urls), "--json")
    assert json.loads(first.output)["added"] == [
        {"url": "https://c.example/feed", "name": "C", "category": "sport"}
    ]
    text = (desk.folder / "feeds.yaml").read_text()
    assert "https://you:hunter2@c.example/feed" in text
    again = desk.run("sources", "import", str(urls))
    assert "0 sources added, 3 there already" in again.output
    assert (desk.folder / "feeds.yaml").read_text() == text
    exported = desk.run("sources", "export").output
    assert "hunter2" not in exported
    assert "abcdefgh1234" not in exported
    (desk.folder / "all.opml").write_text(exported)
    assert "0 sources added" in desk.run("sources", "import", str(desk.folder / "all.opml")).output


def test_only_enabled_sources_are_tried_unless_named(desk, origin, make_rss):
    body = make_rss("A", ("https://a.example/1", "Ett ord eller två", ""))
    on, off = origin.feed("/on", body), origin.feed("/off", body)
    desk.write(
        f"sources:\n  - {{url: '{on}', id: on, allow_private: true}}\n"
        f"  - {{url: '{off}', id: off, allow_private: true, enabled: false}}\n"
    )
    assert ids(desk.run("sources", "test", "--json")) == ["on"]
    assert ids(desk.run("sources", "test", "--json", "off")) == ["off"]


def test_a_password_in_an_address_to_try_is_sent_and_not_shown(desk, origin, make_rss):
    origin.feed("/x", make_rss("A", ("https://a.example/1", "Ett ord eller två", "")))
    desk.write("sources: []\n")
    url = f"{origin.base}/x".replace("//", "//me:hunter2@")
    result = desk.run("sources", "test", url, "--allow-private")
    assert result.exit_code == 0
    assert "hunter2" not in result.output


def moved(desk, key, to, days):
    """As if permanent redirects had agreed for so long."""
    since = int(time.time()) - days * 86400
    with closing(sqlite3.connect(desk.folder / "feedhub.db")) as conn:
        (text,) = conn.execute("SELECT state FROM sources WHERE key = ?", (key,)).fetchone()
        state = json.loads(text) | {"redirect_url": to, "redirect_since": {"t": since}}
        conn.execute("UPDATE sources SET state = ? WHERE key = ?", (json.dumps(state), key))
        conn.commit()


def test_sources_that_moved_for_good_get_their_new_address(desk, origin, make_rss):
    body = make_rss("A", ("https://a.example/1", "Ett ord eller två", ""))
    urls = [origin.feed(path, body).replace("//", "//me:hunter2@") for path in ("/a", "/b", "/c")]
    desk.write(
        "sources:\n"
        + "".join(
            f"  - {{url: '{url}', allow_private: true}}  # {n}\n" for n, url in enumerate(urls)
        )
    )
    desk.run("update")
    keys = [url.replace("me:hunter2@", "") for url in urls]
    moved(desk, keys[0], f"{origin.base}/new", 8)
    moved(desk, keys[1], "https://elsewhere.example/b", 8)
    moved(desk, keys[2], f"{origin.base}/soon", 6)
    before = (desk.folder / "feeds.yaml").read_text()
    told = json.loads(desk.run("sources", "apply", "--dry-run", "--json").stdout)
    assert [(row["from"], row["mistake"]) for row in told["moved"]] == [
        (key, None) for key in keys[:2]
    ]
    assert (desk.folder / "feeds.yaml").read_text() == before
    result = desk.run("sources", "apply", "--json")
    assert result.exit_code == 1
    rows = json.loads(result.stdout)["moved"]
    assert [row["mistake"] is None for row in rows] == [True, False]
    assert "change it by hand" in rows[1]["mistake"]
    assert "hunter2" not in result.output
    new = urls[0].removesuffix("/a") + "/new"
    after = (desk.folder / "feeds.yaml").read_text()
    assert after == before.replace(f"'{urls[0]}'", new)
    assert len(json.loads(desk.run("sources", "list", "--json").output)) == 3


def test_what_is_removed_is_told_with_the_file_it_stood_in(desk):
    desk.write("include: more.yaml\nsources: [https://a.example/feed]\n")
    (desk.folder / "more.yaml").write_text("sources:\n  - https://b.example/feed\n")
    result = desk.run("sources", "remove", "https://b.example/feed")
    assert result.output.endswith("more.yaml: removed https://b.example/feed\n")
