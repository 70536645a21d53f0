"""What the benchmarks stand on: the origin, the generated feeds, the costs, the comparisons."""

from __future__ import annotations

import asyncio
import http.client
import socket
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import feedparser
import pytest

Bench = Callable[[str], ModuleType]
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def ask(
    host: str, port: int, headers: dict[str, str] | None = None
) -> tuple[int, dict[str, str], bytes]:
    with closing(http.client.HTTPConnection(host, port, timeout=5)) as connection:
        connection.request("GET", "/feed", headers=headers or {})
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()


def test_every_document_has_its_host(bench: Bench, tmp_path: Path) -> None:
    origin = bench("_origin")
    documents = bench("_generated").make_documents(tmp_path, 3, items=2, now=NOW)
    with origin.Origin(documents) as running:
        for document in documents:
            status, _, body = ask(document.address, running.port)
            assert status == 200
            assert body == Path(document.file).read_bytes()
        assert ask("127.0.0.1", running.port)[0] == 404
        assert running.asked() == {**{d.address: 1 for d in documents}, "127.0.0.1": 1}


def test_validators_are_honoured_until_the_edition_changes(bench: Bench, tmp_path: Path) -> None:
    origin = bench("_origin")
    (document,) = bench("_generated").make_documents(tmp_path, 1, items=2, now=NOW)
    with origin.Origin([document]) as running:
        _, headers, first = ask(document.address, running.port)
        known = {"If-None-Match": headers["ETag"]}
        assert ask(document.address, running.port, known)[0] == 304
        running.set(edition=1)
        status, headers, second = ask(document.address, running.port, known)
        assert (status, second) == (200, first + b"\n")
        running.set(validators=False)
        status, headers, _ = ask(document.address, running.port, {"If-None-Match": headers["ETag"]})
        assert status == 200
        assert "ETag" not in headers
        assert running.counts() == {"200": 3, "304": 1, "open": 0}


def test_dead_hosts_are_silent_or_refuse(bench: Bench) -> None:
    origin = bench("_origin")
    with origin.Origin([], silent=["127.9.0.1"]) as running:
        with pytest.raises(ConnectionRefusedError):
            ask("127.9.0.2", running.refusing_port)
        with closing(socket.create_connection(("127.9.0.1", running.port), 5)) as mute:
            mute.sendall(b"GET /feed HTTP/1.1\r\nHost: x\r\n\r\n")
            while running.counts()["open"] == 0:
                pass
            mute.setblocking(False)
            with pytest.raises(BlockingIOError):
                mute.recv(1)


def test_addresses_are_all_loopback_and_all_different(bench: Bench) -> None:
    address = bench("_origin").address
    made = [address(number) for number in range(200_000)]
    assert len(set(made)) == len(made)
    assert made[0] == "127.1.0.1"
    for one in made[::997]:
        first, *_, last = map(int, one.split("."))
        assert first == 127
        assert 0 < last < 255


def test_content_types_are_told_from_the_document(bench: Bench) -> None:
    content_type = bench("_origin").content_type
    assert content_type(b"<?xml version='1.0'?>\n<rss version='2.0'>") == "application/rss+xml"
    assert content_type(b"\xef\xbb\xbf<feed xmlns='x'>") == "application/atom+xml"
    assert content_type(b"<rdf:RDF>") == "application/rdf+xml"
    assert content_type(b' {"version": "x"}') == "application/feed+json"
    assert content_type(b"<html>") == "text/xml"


def test_generated_feeds_are_the_same_for_the_same_seed(bench: Bench, tmp_path: Path) -> None:
    make = bench("_generated").make_documents
    texts = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        made = make(tmp_path / name, 4, now=NOW)
        texts.append([Path(document.file).read_bytes() for document in made])
    assert texts[0] == texts[1]
    assert all(30_000 < len(text) < 45_000 for text in texts[0])
    for text in texts[0]:
        found = feedparser.parse(text)
        assert not found.bozo
        assert len({entry.id for entry in found.entries}) == 30
        assert all(entry.title and entry.published_parsed for entry in found.entries)


def test_a_commands_cost_is_measured_with_its_children(bench: Bench) -> None:
    work = "x = b'x' * (64 << 20); import time; t = time.process_time()\n"
    work += "while time.process_time() - t < 0.3: pass\n"
    parent = f"import subprocess, sys; sys.exit(subprocess.run([sys.executable, '-c', {work!r}])"
    cost = bench("_common").measure([sys.executable, "-c", parent + ".returncode + 3)"])
    assert cost.code == 3
    assert cost.cpu_s > 0.3
    assert cost.wall_s > 0.3
    assert cost.peak_mib > 64


def test_tables_line_up(bench: Bench) -> None:
    text = bench("_common").table("who", {"a": {"x": 1.0, "y": "b"}, "longer": {"x": 1234.5}})
    assert text.splitlines() == ["who        x  y", "a       1.00  b", "longer  1234   "]


def test_rows_that_came_or_changed_are_counted(bench: Bench) -> None:
    before = {"items": {(1,): (1, "a"), (2,): (2, "b")}, "stories": {(1,): (1,)}}
    after = {"items": {(1,): (1, "A"), (3,): (3, "c")}, "stories": {(1,): (1,)}}
    assert bench("_database").difference(before, before) == (0, 0)
    assert bench("_database").difference(before, after) == (1, 2)


def test_a_damaged_database_is_found_out(bench: Bench, tmp_path: Path) -> None:
    database = bench("_database")
    from feedhub.store.connection import connect
    from feedhub.store.schema import migrate

    db = tmp_path / "hub.db"
    with closing(connect(db)) as conn:
        migrate(conn)
    assert database.faults(db) == []
    with closing(sqlite3.connect(db)) as conn, conn:
        conn.execute("INSERT INTO item_keys VALUES (0, 'link', 'x', 7)")
        conn.execute("INSERT INTO items_fts (rowid, title, text) VALUES (9, 'a', 'b')")
    assert database.faults(db) == [
        "keys without an item: 1",
        "search rows without an item: 1",
    ]
    empty, other = database.contents(tmp_path / "hub.db"), database.contents(db)
    assert database.unlike(empty, other) == []


def test_the_figures_of_stories_have_all_their_parts(bench: Bench) -> None:
    parts = bench("stories").PARTS
    assert [*parts] == ["labelled", "pairs", "hard_negatives", "scale", "republication"]


def test_what_stands_where_is_told_by_the_document_read_last(bench: Bench) -> None:
    made = bench("_republication")

    async def scenario() -> None:
        items = [{"title": f"Rubrik {n}", "link": f"https://a.example/{n}"} for n in range(3)]
        async with made.hub(["a"]) as one:
            _, parsed = await one.read("a", made.rss(items[1:]), made.NOW)
            first = one.places("a", parsed)
            assert sorted(first) == [0, 1]
            # the newest comes in above: the others are known, and stand one place lower
            _, parsed = await one.read("a", made.rss(items), made.NOW + made.HOUR)
            second = one.places("a", parsed)
            assert (second[1], second[2]) == (first[0], first[1])
            assert second[0] not in first.values()

    asyncio.run(scenario())
