"""Figures, readiness, sources in trouble, and what systemd is told."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import socket
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree as ET

import pytest

from feedhub.errors import StoreError
from feedhub.fetch.state import next_state
from feedhub.metrics import KNOWN, Metrics
from feedhub.model import (
    Fetched,
    FetchState,
    GuidTrust,
    Outcome,
    OutcomeKind,
    Source,
    SourceStatus,
    Stage,
    StoredSource,
)
from feedhub.sdnotify import Notifier
from feedhub.serve.ops import client_class
from feedhub.trouble import KINDS, troubles
from feedhub.watching import Watching, health_atom

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
LINE = re.compile(r"^[a-z_]+(\{([a-z_]+=\"[^\"\\]*(\\.[^\"\\]*)*\",?)+\})? -?[0-9.e+-]+$")


def status(outcome=OutcomeKind.OK, stage=None, recent=(), guids=None, **state):
    source = Source(key="a", url="https://a.example/feed", name="Källa <a>")
    state = FetchState(**{"imported_at": NOW - 100 * DAY, "last_ok_at": NOW, **state})
    stored = StoredSource(1, source, state, tuple(recent), guids or GuidTrust())
    return SourceStatus(stored, Outcome(outcome, stage, "skäl"), 3, NOW, "Källa <a>", "a.example")


def test_figures_are_well_formed():
    metrics = Metrics()
    metrics.add("feedhub_fetches_total", outcome="ok")
    metrics.add("feedhub_fetches_total", 2, outcome="ok")
    metrics.add("feedhub_refused_total", reason='med "citat"\\ och\nrad')
    metrics.set("feedhub_items", 7)
    metrics.observe("feedhub_tick_seconds", 0.3)
    lines = metrics.text().decode().splitlines()
    assert 'feedhub_fetches_total{outcome="ok"} 3' in lines
    assert 'feedhub_tick_seconds_bucket{le="0.25"} 0' in lines
    assert 'feedhub_tick_seconds_bucket{le="0.5"} 1' in lines
    assert 'feedhub_tick_seconds_bucket{le="+Inf"} 1' in lines
    assert all(LINE.match(line) for line in lines if not line.startswith("#")), lines


def test_every_figure_is_named_before_anything_has_been_counted():
    lines = Metrics().text().decode().splitlines()
    for name, (kind, words) in KNOWN.items():
        assert f"# HELP {name} {words}" in lines
        assert f"# TYPE {name} {kind}" in lines
    assert "feedhub_fetch_bytes_total 0" in lines
    assert 'feedhub_entries_total{fate="new"} 0' in lines


def test_a_database_that_does_not_answer_is_one_line_to_who_watches():
    async def gone(*_):
        raise StoreError("hub.db: it is gone")

    class Store:
        def __getattr__(self, _name):
            return gone

    hub = SimpleNamespace(store=Store(), clock=lambda: NOW)
    watching = Watching(hub, Path("hub.db"), Metrics(), dict)
    for ask in (watching.metrics, watching.health_feed):
        code, kind, body = asyncio.run(ask())
        assert (code, body) == (503, b"hub.db: it is gone\n")
        assert kind.startswith("text/plain")
    code, _, body = asyncio.run(watching.ready())
    assert (code, json.loads(body)["errors"]) == (503, ["hub.db: it is gone"])


@pytest.mark.parametrize(
    ("found", "kinds"),
    [
        (status(), []),
        (status(gone_at=NOW - DAY), ["dead"]),
        (status(OutcomeKind.FAILED, Stage.DNS, last_ok_at=NOW - 2 * DAY), ["failing"]),
        (status(OutcomeKind.FAILED, Stage.DNS, last_ok_at=NOW - DAY / 2), []),
        (status(OutcomeKind.BLOCKED, last_ok_at=NOW - 2 * DAY), ["failing"]),
        (
            status(redirect_url="https://b.example/feed", redirect_since=NOW - 8 * DAY),
            ["moved"],
        ),
        (status(recent=[NOW - n * DAY for n in (30, 31, 32, 33)]), ["silent"]),
        (status(recent=[NOW - n * DAY for n in (30, 60, 90)]), []),
        (status(guids=GuidTrust(False, "de byts")), ["misbehaving"]),
        (status(distrusted_at=NOW - DAY), ["misbehaving"]),
    ],
)
def test_troubles(found, kinds):
    assert [one.kind for one in troubles([found], NOW)] == kinds
    assert set(kinds) <= set(KINDS)
    assert all(one.advice for one in troubles([found], NOW))


def test_a_source_that_never_answered_is_told_by_its_address():
    found = status(OutcomeKind.FAILED, Stage.DNS, imported_at=None, last_ok_at=None)
    source = replace(found.stored.source, name=None)
    found = replace(found, name="a.example", stored=replace(found.stored, source=source))
    assert [one.source for one in troubles([found], NOW)] == ["https://a.example/feed"]


def test_the_health_feed_keeps_its_ids():
    found = status(gone_at=NOW - DAY)
    first = health_atom(troubles([found], NOW), "https://hub.example", "x,2026")
    later = health_atom(troubles([found], NOW + DAY), "https://hub.example", "x,2026")
    assert first == later
    root = ET.fromstring(first)
    (entry,) = root.findall("{http://www.w3.org/2005/Atom}entry")
    assert entry.findtext("{http://www.w3.org/2005/Atom}title") == "Källa <a>: dead"
    mended = replace(found, stored=replace(found.stored, state=FetchState()))
    assert not troubles([mended], NOW)


@pytest.mark.parametrize(
    ("sent", "outcome"),
    [
        (True, Outcome(OutcomeKind.FAILED, Stage.DNS)),
        (False, Outcome(OutcomeKind.FAILED, Stage.ADDRESS)),  # nothing leaves this machine
    ],
)
def test_a_source_that_has_never_answered_is_one_trouble_however_often_it_is_asked(sent, outcome):
    found = status(outcome.kind, outcome.stage, imported_at=None, last_ok_at=None)
    ids = []
    for hours in range(1, 5):
        at = NOW + timedelta(hours=hours)
        asked = Fetched(outcome, "https://a.example/", at, sent=sent)
        stored = replace(found.stored, state=next_state(found.stored, asked, at))
        found = replace(found, stored=stored)
        body = health_atom(troubles([found], at + timedelta(minutes=7)), "https://h.se", "x,2026")
        ids.append(re.findall("<id>(.*?)</id>", body.decode()))
    assert ids == [ids[0]] * 4
    at += timedelta(hours=1)
    good = Fetched(Outcome(OutcomeKind.OK, status=200), "https://a.example/", at)
    assert next_state(found.stored, good, at).failing_since is None


def test_clients_are_told_apart():
    assert client_class("Mozilla/5.0 (X11) Firefox/140") == "browser"
    assert client_class("Feedly/1.0 (+http://www.feedly.com/fetcher.html)") == "reader"
    assert client_class("Prometheus/3.0") == "machine"
    assert client_class("") == "other"


def test_systemd_is_told(tmp_path):
    path = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(str(path))
        notifier = Notifier({"NOTIFY_SOCKET": str(path), "WATCHDOG_USEC": "30000000"})
        assert notifier.watchdog == timedelta(seconds=15)
        assert notifier.tell("READY=1", "STATUS=här")
        assert receiver.recv(100).decode() == "READY=1\nSTATUS=här"
    assert not Notifier({"NOTIFY_SOCKET": str(tmp_path / "gone")}).tell("READY=1")
    assert not Notifier({}).tell("READY=1")
    assert Notifier({}).watchdog is None


def test_a_daemon_answers_watchers(tmp_path, monkeypatch):
    """The whole hub over loopback: figures, readiness, the health feed."""
    import urllib.error
    import urllib.request

    from feedhub.config import load_config
    from feedhub.daemon import serve

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (tmp_path / "feeds.yaml").write_text(
        f"hub: {{listen: '127.0.0.1:{port}'}}\nsources: []\n", "utf-8"
    )
    config = load_config(tmp_path / "feeds.yaml", {})
    path = tmp_path / "notify"
    monkeypatch.setenv("NOTIFY_SOCKET", str(path))
    told = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    told.bind(str(path))
    told.settimeout(5)

    def get(where):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{where}", timeout=5) as answer:
                return answer.status, answer.headers["content-type"], answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, "", error.read().decode()

    async def main():
        stop, up = asyncio.Event(), asyncio.Event()
        clock = lambda: datetime.now(UTC).replace(microsecond=0)  # noqa: E731
        hub = asyncio.create_task(
            serve(config, tmp_path / "feedhub.db", clock, started=up.set, stop=stop)
        )
        await asyncio.wait_for(up.wait(), 10)
        ready = b""
        while b"READY=1" not in ready:
            ready = await asyncio.to_thread(told.recv, 1000)
        for _ in range(100):
            code, _, body = await asyncio.to_thread(get, "/readyz")
            if code == 200:
                break
            await asyncio.sleep(0.05)
        assert json.loads(body) == {"ready": True, "errors": []}
        await asyncio.to_thread(get, "/senaste.atom")
        code, kind, text = await asyncio.to_thread(get, "/metrics")
        assert (code, kind) == (200, "text/plain; version=0.0.4; charset=utf-8")
        lines = [line for line in text.splitlines() if not line.startswith("#")]
        assert all(LINE.match(line) for line in lines)
        names = {line.partition("{")[0].partition(" ")[0] for line in lines}
        assert {"feedhub_database_bytes", "feedhub_requests_total"} <= names
        assert {name for name, (k, _) in KNOWN.items() if k == "gauge"} - names <= {
            "feedhub_pruned_timestamp_seconds",
            "feedhub_sources",
            "feedhub_list_entries",
        }
        code, kind, text = await asyncio.to_thread(get, "/health.atom")
        assert (code, kind) == (200, "application/atom+xml; charset=utf-8")
        ET.fromstring(text)
        stop.set()
        await asyncio.wait_for(hub, 15)

    asyncio.run(main())
    told.close()


def test_a_log_that_cannot_be_written_stops_nothing():
    from feedhub.logs import Lines

    full = Path("/dev/full").open("w")  # noqa: SIM115 - its closing fails, too
    Lines(full).msg("rad")
    with contextlib.suppress(OSError):
        full.close()
    Lines(full).msg("rad")
