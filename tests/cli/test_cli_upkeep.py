"""The commands of the person who runs the hub: they say what they did, in words and as JSON."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

DATE = "Sun, 01 Mar 2026 10:00:00 GMT"


def test_prune_counts_then_removes(desk, origin, make_rss):
    desk.sources(origin.feed("/a", make_rss("Ett", ("https://a.example/1", "Rubrik", DATE))))
    assert desk.run("prune").exit_code == 2  # no database yet
    desk.run("update", "--all")
    assert "0 items are past" in desk.run("prune", "--dry-run").output
    found = json.loads(desk.run("prune", "--json").output)
    assert found == {"items": 0, "held": 0, "pages": 0, "dry_run": False}


def filled(desk, origin, make_rss):
    rows = [(f"https://a.example/{n}", f"Rubrik {n} om ränta", DATE) for n in range(3)]
    desk.sources(origin.feed("/a", make_rss("Ett", *rows)))
    assert desk.run("update", "--all").exit_code == 0


def test_search_and_items(desk, origin, make_rss):
    filled(desk, origin, make_rss)
    found = json.loads(desk.run("search", "ränta", "--json").output)
    assert {row["title"] for row in found} == {f"Rubrik {n} om ränta" for n in range(3)}
    assert "Rubrik 1" in desk.run("search", "rubrik").output
    assert json.loads(desk.run("search", "finns", "inte", "--json").output) == []
    rows = json.loads(desk.run("items", "--source", "s0", "--json").output)
    assert [row["id"] for row in rows] == ["i3", "i2", "i1"]
    assert "Källa 0" in desk.run("items", "i1", "s1").output
    assert desk.run("items", "i99").exit_code == 2
    assert "there is no source" in desk.run("items", "--source", "x").output


def test_backup_and_restore(desk, origin, make_rss):
    filled(desk, origin, make_rss)
    copy = desk.folder / "copy.db"
    assert "checked" in desk.run("backup", str(copy)).output
    assert "is there already" in desk.run("backup", str(copy)).output
    assert desk.run("backup", "--force", str(copy)).exit_code == 0
    assert desk.run("restore", str(copy)).exit_code == 0
    assert len(json.loads(desk.run("items", "--json").output)) == 3
    assert list(desk.folder.glob("feedhub.db.before-restore-*"))
    assert "no such file" in desk.run("restore", "nowhere.db").output


def test_export_and_import(desk, origin, make_rss, tmp_path):
    filled(desk, origin, make_rss)
    text = desk.run("export").output
    assert len(text.splitlines()) == 1 + 1 + 3
    out = desk.folder / "items.jsonl"
    assert desk.run("export", "-o", str(out)).exit_code == 0
    assert out.read_text("utf-8") == text
    (desk.folder / "feedhub.db").unlink()
    assert "3 items added" in desk.run("import", str(out)).output
    assert desk.run("export").output == text
    assert "0 items added, 3 were" in desk.run("import", str(out)).output
    out.write_text("{\n")
    assert "line 1 is no JSON" in desk.run("import", str(out)).output
    out.write_text("[" * 100_000)
    assert "line 1 is no JSON" in desk.run("import", str(out)).output


def test_the_hand(desk, origin, make_rss):
    filled(desk, origin, make_rss)
    assert "hide" in desk.run("hide", "i1", "--by", "ann", "--until", "2d").output
    shown = json.loads(desk.run("show", "senaste", "--json").output)["entries"]
    assert len(shown) == 2
    assert desk.run("retitle", "i2", "Ny \u202etitel", "--by", "ann").exit_code == 0
    assert "Ny titel" in desk.run("show", "senaste").output
    shown = json.loads(desk.run("show", "senaste", "--json").output)["entries"]
    assert "Ny titel" in [entry["title"] for entry in shown]
    assert (
        "i2: pin at place 2 of senaste."
        in desk.run("pin", "i2", "--place", "2", "--list", "senaste").output
    )
    assert desk.run("undo", "i2", "pin").exit_code == 0
    assert desk.run("takedown", "i3", "--by", "ann", "--note", "fel").exit_code == 0
    assert "there is no i3" in desk.run("items", "i3").output
    (row, *_) = json.loads(desk.run("hands", "--json").output)
    assert (row["id"], row["action"], row["by"], row["note"]) == ("i3", "takedown", "ann", "fel")
    assert "fel" in desk.run("hands").output
    assert desk.run("undo", "i3", "--by", "bo").exit_code == 0
    assert desk.run("items", "i3").exit_code == 0
    assert len(json.loads(desk.run("hands", "--all", "--json").output)) == 4
    for wrong in (
        ("hide", "x1"),
        ("hide", "i99"),
        ("undo", "i3"),
        ("pin", "i1", "--list", "finns-inte"),
        ("hide", "i1", "--until", "2020-01-01"),
        ("hide", "i1", "--until", "snart"),
        ("hide", "i1", "--until", "0s"),
        ("hide", "i1", "--until", "999999w"),
        ("hide", "i1", "--until", "9999-12-31T23:59+00:00"),
        ("explain", "i1", "--at", "0001-01-01T00:00+00:00"),
        ("items", "--days", "nan"),
        ("retitle", "i1", "  "),
    ):
        result = desk.run(*wrong)
        assert result.exit_code == 2
        assert len(result.output.splitlines()) == 1


def test_no_copy_is_written_into_the_hubs_own_files(desk, origin, make_rss):
    filled(desk, origin, make_rss)
    ours = [desk.folder / "feedhub.db", desk.folder / "feeds.yaml"]
    before = [path.read_bytes() for path in ours]
    for path in ours:
        for command in (("export", "-o"), ("backup", "--force")):
            result = desk.run(*command, str(path))
            assert (result.exit_code, len(result.output.splitlines())) == (2, 1)
            assert "itself" in result.output
    assert [path.read_bytes() for path in ours] == before


@pytest.mark.parametrize("days", ["1e300", "inf", "999999999999"])
def test_further_back_than_time_goes_is_from_the_beginning(desk, origin, make_rss, days):
    filled(desk, origin, make_rss)
    assert len(json.loads(desk.run("items", "--days", days, "--json").output)) == 3
    if days.isdecimal():
        assert json.loads(desk.run("manners", "--days", days, "--json").output)["requests"] == 1


def test_letters_keep_the_joiners_that_they_need(desk, origin, make_rss):
    title = "می\u200cخواهم 👩\u200d👧 \u202eok"
    desk.sources(origin.feed("/a", make_rss("A", ("https://a.example/1", title, ""))))
    desk.run("update", "-q")
    assert "می\u200cخواهم 👩\u200d👧" in desk.run("items").output


def test_the_doctor(desk, origin, make_rss):
    desk.sources(origin.base + "/nothing")
    first = json.loads(desk.run("doctor", "--json", "--offline").output)
    assert {row["about"] for row in first} == {"feeds.yaml", "disk", "database"}
    filled(desk, origin, make_rss)
    result = desk.run("doctor")
    assert result.exit_code == 0, result.output
    assert "1 of 1 answered well" in result.output
    assert "sound, every page and index" in desk.run("doctor", "--offline", "--mend").output
    assert "sound at a first look" in desk.run("doctor", "--offline", "--quick").output
    db = desk.folder / "feedhub.db"
    db.write_bytes(db.read_bytes()[:4096] + b"\xff" * 40_000)
    result = desk.run("doctor", "--offline")
    assert result.exit_code == 1
    assert "feedhub restore" in result.output


def test_logs_as_json(desk, origin, make_rss):
    desk.sources(origin.feed("/a", make_rss("Ett", ("https://a.example/1", "Rubrik", DATE))))
    result = desk.run("update", "--all", "-v", "--log-format", "json", "-q")
    lines = [json.loads(line) for line in result.stderr.splitlines()]
    (line,) = (line for line in lines if line["event"] == "fetched")
    assert (line["source"], line["outcome"], line["level"]) == ("s0", "ok", "info")
    assert line["timestamp"].endswith("Z")


def test_the_doctor_says_of_a_database_that_cannot_be_read_what_to_do(
    desk, origin, make_rss, monkeypatch
):
    """Root may read all: the system's word is changed."""
    filled(desk, origin, make_rss)
    db, access = desk.folder / "feedhub.db", os.access

    def no_reading(path, mode, **more):
        shut = Path(path).name == db.name and mode & os.R_OK
        return not shut and access(path, mode, **more)

    monkeypatch.setattr(os, "access", no_reading)
    done = desk.run("doctor", "--offline", "--json", "--db", str(db))
    assert done.exit_code == 1
    assert {
        "level": "bad",
        "about": "database",
        "text": f"{db} cannot be read",
        "advice": f"chown or chmod {db}",
    } in json.loads(done.stdout)


def test_the_doctor_looks_at_the_database_also_where_feeds_yaml_has_mistakes(
    desk, origin, make_rss
):
    filled(desk, origin, make_rss)
    desk.write("sources: [nonsense, more]\n")
    done = desk.run("doctor", "--offline", "--json")
    assert done.exit_code == 1
    found = json.loads(done.stdout)
    assert [(one["level"], one["about"]) for one in found] == [
        ("bad", "feeds.yaml"),
        ("bad", "feeds.yaml"),
        ("good", "disk"),
        ("good", "database"),
    ]
    assert found[0]["text"].startswith(f"{desk.folder}/feeds.yaml:1:11: sources[0]")
    assert "feedhub check" in found[0]["advice"]
