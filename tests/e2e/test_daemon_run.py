"""The daemon as it runs: real command, real HTTP, a feeds.yaml that changes under it."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys

from feedhub.store.owners import HUB, Owner, at_work


def test_a_changed_feeds_yaml_is_taken_over_and_a_bad_one_changes_nothing(hub, paper, until):
    paper.titles = ["Första nyheten"]
    hub.write()
    hub.start()
    assert hub.titles() == set()
    hub.write(paper.url)
    until(lambda: hub.titles() == {"Första nyheten"})
    (hub.folder / "feeds.yaml").write_text("sources: [1, {]", encoding="utf-8")
    until(lambda: "the old one stays in force" in hub.said())
    assert "feeds.yaml:1" in json.dumps(json.loads(hub.get("/healthz"))["configuration"])
    assert "feeds.yaml:1" in hub.get("/status")
    assert "feedhub_configuration_ok 0" in hub.get("/metrics")
    assert hub.titles() == {"Första nyheten"}
    hub.write(paper.url, extra="lists: {egen: {title: Egen, order: latest}}\n")
    until(lambda: "read again" in hub.said().split("stays in force")[-1])
    until(lambda: hub.titles("egen") == {"Första nyheten"})
    assert "feeds.yaml:1" not in hub.get("/status")
    assert hub.stop() < 10


def test_after_a_restart_the_lists_stand_at_once_and_nobody_is_asked_again(hub, paper, until):
    paper.titles = ["En nyhet", "En till"]
    hub.write(paper.url)
    hub.start()
    until(lambda: len(hub.titles()) == 2)
    ids = {item["id"] for item in json.loads(hub.get("/senaste.json"))["items"]}
    hub.stop()
    asked = hub.said().count("outcome=")
    hub.start()
    assert {item["id"] for item in json.loads(hub.get("/senaste.json"))["items"]} == ids
    hub.get("/healthz")
    assert hub.said().count("outcome=") == asked
    hub.stop()


def test_where_nothing_answers_the_page_says_so_in_one_sentence(hub, until):
    hub.write("http://127.0.0.1:1/a", "http://127.0.0.1:1/b")
    hub.start()
    until(lambda: "feedhub demo" in hub.said())
    until(lambda: re.search("feedhub demo", hub.get("/")))
    hub.stop()


def test_a_taken_port_is_one_line(hub, paper, until):
    hub.write(paper.url)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", hub.port))
        taken.listen()
        found = subprocess.run(
            [sys.executable, "-m", "feedhub", "run"],
            cwd=hub.folder,
            capture_output=True,
            text=True,
            timeout=40,
            check=False,
        )
    assert found.returncode == 2
    assert "port is taken" in found.stderr
    assert "Traceback" not in found.stderr


def test_only_another_hub_is_another_hub(hub, paper, until):
    paper.titles = ["En nyhet"]
    hub.write(paper.url)
    database = hub.folder / "feedhub.db"
    passing = Owner(database)  # as an update, a backup or an editor's command has one
    passing.hold()
    hub.start()
    assert at_work(database, HUB) == 1
    assert "another feedhub" not in hub.said()
    hub.stop()
    assert at_work(database, HUB) == 0
    other = Owner(database, HUB)
    other.hold()
    hub.start()
    until(lambda: "another feedhub works on this database" in hub.said())
    hub.stop()
    for owner in (passing, other):
        owner.drop()
    assert at_work(database) == at_work(database, HUB) == 0
