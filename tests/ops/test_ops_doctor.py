"""What the doctor says of files that were damaged on purpose, of clocks, and what it mends."""

from __future__ import annotations

import sqlite3
import ssl
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from feedhub import doctor
from feedhub.config import load_config
from feedhub.errors import StoreError
from feedhub.fetch import NEVER
from feedhub.model import Config, FetchState, Hub, Source, SourceStatus, StoredSource
from feedhub.store import owners
from feedhub.store.examine import examine, mend
from feedhub.store.owners import HUB, Owner

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def db(play) -> Path:
    """A database with twenty items, closed."""
    paths = []

    async def scenario(room):
        paths.append(room.store.path)
        await room.configure("a")
        entries = [room.entry("a", n, room.now - timedelta(minutes=n)) for n in range(20)]
        await room.read("a", entries, room.now)

    play(scenario)
    return paths[0]


def change(db: Path, *statements: str) -> None:
    with closing(sqlite3.connect(db, isolation_level=None)) as conn:
        conn.execute("PRAGMA writable_schema = ON")
        for statement in statements:
            conn.execute(statement)


def index_behind(db: Path) -> None:
    """Change an indexed column while the schema does not know the index."""
    with closing(sqlite3.connect(db)) as conn:
        name, table, page, sql = conn.execute(
            "SELECT name, tbl_name, rootpage, sql FROM sqlite_schema"
            " WHERE name = 'items_first_seen'"
        ).fetchone()
    change(db, f"DELETE FROM sqlite_schema WHERE name = '{name}'")
    change(db, "UPDATE items SET first_seen = first_seen + 1")
    change(db, f"INSERT INTO sqlite_schema VALUES ('index', '{name}', '{table}', {page}, '{sql}')")


def texts(db: Path) -> list[tuple[str, str, str]]:
    found = doctor.files(db)
    return [(one.level, one.text, one.advice) for one in found if one.about == "database"]


def test_a_database_that_cannot_be_looked_at_now_is_not_called_damaged(db):
    # SQLite cannot make what it needs beside the file, as on a full disk
    db.with_name(f"{db.name}-shm").symlink_to("no/such/folder")
    ((level, text, advice),) = texts(db)
    assert level == "bad"
    assert "cannot be read now" in text
    assert "restore" not in advice


def test_what_is_sound_is_called_so(db):
    assert examine(db) == []
    ((level, text, advice),) = texts(db)
    assert (level, advice) == ("good", "")
    assert text.startswith("sound, every page and index")


def test_an_index_that_lags_behind_is_found_and_mended(db):
    index_behind(db)
    assert {fault.mended for fault in examine(db)} == {True}
    assert {(level, advice) for level, _, advice in texts(db)} == {
        ("bad", "stop the hub, then: feedhub doctor --mend")
    }
    mend(db)
    assert examine(db) == []


def test_the_index_of_search_is_found_and_mended(db):
    change(db, "UPDATE items_fts_data SET block = zeroblob(20) WHERE id > 10")
    (fault,) = examine(db)
    assert "search" in fault.text
    mend(db)
    assert examine(db) == []


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("DELETE FROM sources", "of sources that is not there"),
        ("DELETE FROM items_fts WHERE rowid < 4", "search does not know 3 items"),
        ("INSERT INTO items_fts (rowid, title, text) VALUES (999, 'a', 'b')", "1 items that are"),
    ],
)
def test_rows_that_do_not_fit_are_told(db, statement, said):
    change(db, statement)
    faults = examine(db)
    assert any(said in fault.text for fault in faults)
    assert not any(fault.mended for fault in faults)
    assert texts(db)[0][2] == doctor.RESTORE


def test_nothing_is_mended_under_a_hub_at_work_and_looking_goes_on(db):
    owner = Owner(db)
    owner.hold()
    try:
        assert examine(db) == []
        with pytest.raises(StoreError, match="stop it first"):
            mend(db)
    finally:
        owner.drop()


def test_a_file_beside_the_database_that_cannot_be_written_is_told(db, monkeypatch):
    wal = db.with_name(db.name + "-wal")
    wal.touch()
    real = doctor.os.access
    monkeypatch.setattr(doctor.os, "access", lambda p, mode: p != wal and real(p, mode))
    assert ("bad", f"{wal} cannot be written", f"chown or chmod {wal}") in texts(db)


@pytest.mark.parametrize(("off", "said"), [(timedelta(hours=25), True), (timedelta(0), False)])
def test_a_clock_that_differs_from_a_servers_is_told(off, said):
    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response_only(404)
            self.send_header("Date", format_datetime(NOW + off, usegmt=True))
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        url = f"http://127.0.0.1:{server.server_port}/feed"
        found = list(doctor.network(Config(Hub(), (Source(url, url),), ()), NOW))
    finally:
        server.shutdown()
        server.server_close()
    assert [one.text for one in found if one.about == "clock"] == (
        ["the clock says 2026-03-01 12:00 UTC, and that of 127.0.0.1 2026-03-02 13:00"]
        if said
        else []
    )


def test_a_database_that_is_gone_under_a_hub_is_bad_and_one_that_is_not_made_yet_is_not(db):
    hub = Owner(db, HUB)
    hub.hold()
    db.unlink()
    try:
        assert [(level, "not there any more" in text) for level, text, _ in texts(db)] == [
            ("bad", True)
        ]
    finally:
        hub.drop()
    assert [(level, "not there yet" in text) for level, text, _ in texts(db)] == [("note", True)]


def test_who_looks_while_a_lock_is_taken_does_not_take_it_for_a_dead_ones(tmp_path, monkeypatch):
    db = tmp_path / "hub.db"
    real, looked = owners.fcntl.flock, []

    def flock(file, how):
        if not looked:
            looked.append(True)
            assert owners.at_work(db) == 0  # made, and not locked yet
        real(file, how)

    monkeypatch.setattr(owners.fcntl, "flock", flock)
    owner = Owner(db)
    owner.hold()
    assert owners.at_work(db) == 1
    owner.drop()
    assert owners.at_work(db) == 0


CERTS = Path(__file__).parents[1] / "fetch" / "certs"


def test_a_source_with_certificates_of_its_own_is_trusted_by_them():
    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response_only(404)
            self.send_header("Date", format_datetime(NOW + timedelta(days=2), usegmt=True))
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    class Quiet(ThreadingHTTPServer):
        def handle_error(self, *args: object) -> None:
            """A handshake that was refused."""

    server = Quiet(("127.0.0.1", 0), Handler)
    own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.load_cert_chain(CERTS / "good.pem")
    server.socket = own.wrap_socket(server.socket, server_side=True)
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    url = f"https://localhost:{server.server_port}/feed"

    def seen(ca_file: str | None) -> list[tuple[str, str]]:
        config = Config(Hub(), (Source(url, url, ca_file=ca_file),), ())
        return [(one.about, one.level) for one in doctor.network(config, NOW)]

    try:
        assert seen(None) == [("names", "good"), ("tls", "bad")]
        assert seen(str(CERTS / "ca.pem")) == [("names", "good"), ("tls", "good"), ("clock", "bad")]
    finally:
        server.shutdown()
        server.server_close()


def test_a_host_that_can_be_no_name_is_a_note():
    url = f"http://{'a' * 64}.example/feed"
    found = [*doctor.network(Config(Hub(), (Source(url, url),), ()), NOW)]
    assert found[0].text == f"{'a' * 64}.example can be no name"


@pytest.mark.parametrize(
    ("part", "tells"),
    [
        ("sources: [{url: https://a.se, auth: {bearer: abc}}]", True),
        ("sources: [{url: https://a.se, headers: {X-Key: abc}}]", True),
        ("sources: ['https://eva:abc@a.se']", True),
        ("groups: {g: {auth: {user: eva, password: '${NONE:-abc}'}}}", True),
        ("lists: {own: {token: abcabcabcabcabcabc}}", True),
        ("sources: [{url: https://a.se, auth: {bearer: '${SECRET}'}}]", False),
        ("sources: [{url: https://a.se, auth: {user: eva, password: '${SECRET}'}}]", False),
        ("sources: ['https://eva:${SECRET}@a.se', 'https://a.se/@eva']", False),
        ("sources: [{url: https://a.se, name: token}]", False),
    ],
)
def test_secrets_that_all_can_read_are_told_of_the_file_they_stand_in(tmp_path, part, tells):
    main, more = tmp_path / "feeds.yaml", tmp_path / "more.yaml"
    main.write_text("include: more.yaml\nsources: []\n")
    more.write_text(f"{part}\n")
    config = load_config(main, {"SECRET": "hemligt"})
    more.chmod(0o644)
    assert [one.text.split()[0] for one in doctor.secrets(config)] == [str(more)] * tells
    more.chmod(0o640)
    assert [*doctor.secrets(config)] == []


def test_only_sources_that_are_asked_at_all_can_be_late():
    now = datetime(2026, 11, 25, 12, tzinfo=UTC)

    def told(*ones: tuple[bool, FetchState]) -> bool:
        sources = [
            StoredSource(n, Source(key=f"s{n}", url=f"http://s{n}.example/", enabled=on), state)
            for n, (on, state) in enumerate(ones)
        ]
        statuses = [SourceStatus(source, None, 0, None) for source in sources]
        return any(found.about == "fetching" for found in doctor.sources(statuses, now))

    late = FetchState(next_due=now - timedelta(hours=2))
    gone = FetchState(next_due=NEVER, gone_at=now - timedelta(days=1))
    soon = FetchState(next_due=now + timedelta(minutes=5))
    assert told((True, late))
    assert told((True, late), (True, gone)), "one that is gone for good is none that is fetched"
    assert not told((False, late)), "one that is switched off is not late"
    assert not told((True, late), (True, soon))
