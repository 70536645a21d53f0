"""Whole copies of the database: taken while it is in use, checked, and put back."""

from __future__ import annotations

import itertools
import os
import secrets
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path

from feedhub.errors import StoreError, StoreTooNew, StoreUnread
from feedhub.store.owners import in_use
from feedhub.store.version import SCHEMA_VERSION

Progress = Callable[[int, int], None]
PAGES = 2000  # copied at a time: some 10 ms
_LONGEST = 120  # characters of what SQLite says
_BESIDE = ("-wal", "-shm", "-journal")  # what SQLite keeps beside a file
_OURS = stat.S_IRUSR | stat.S_IWUSR  # what is copied must be written
# What keeps SQLite from a file, whatever is in it.
_NOT_NOW = frozenset(
    (
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
    )
)
NEWER = "was written by a newer feedhub; upgrade feedhub first"
_NOT_OURS = "is no database of feedhub"


def backup(source: Path, target: Path, step: Progress | None = None) -> int:
    """Copy ``source`` as of now to ``target``, whoever writes meanwhile; its size in bytes.

    The copy appears under its name only when it is whole and has been checked. ``step`` is
    told (pages copied, of how many). Raises StoreError.
    """
    if not source.exists():
        raise StoreError(f"{source}: there is no database")
    if in_use(target):
        raise StoreError(f"{target}: a feedhub works on it; choose another file")
    with _appearing(target) as partial:
        _copy(source, partial, step)
        try:
            check(partial)
        except StoreError as error:  # of the copy, which nobody has heard of, as of the original
            raise type(error)(str(error).replace(str(partial), str(source), 1)) from error
        # no wider than those of what it is a copy of
        partial.chmod(_mode(partial) & _mode(source) | _OURS)
        # of a database that was there, whose process was killed: SQLite would read it into the copy
        for ending in _BESIDE:
            _part(target, ending).unlink(missing_ok=True)
    return target.stat().st_size


def restore(copy: Path, db: Path, now: datetime) -> Path | None:
    """Put ``copy`` in the place of ``db``; where what was there has been put, if anything was.

    Raises StoreError, and changes nothing, when the copy is damaged, not ours or newer than
    this feedhub, or when a process works on ``db``.
    """
    if not copy.exists():
        raise StoreError(f"{copy}: there is no such file")
    if in_use(db):
        raise StoreError(f"{db}: a feedhub works on it; stop it first")
    aside = None
    with _appearing(db) as partial:
        check(copy)
        _copy(copy, partial, None)
        _let_shrink(partial)
        _give(partial, db)
        # also what stands beside a database that was removed: SQLite would read it into the copy
        there = [ending for ending in (*_BESIDE, "") if _part(db, ending).exists()]
        if there:
            aside = _free(db.with_name(f"{db.name}.before-restore-{now:%Y%m%dT%H%M%S}"))
            for ending in there:
                _part(db, ending).rename(_part(aside, ending))
    return aside


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _give(partial: Path, db: Path) -> None:
    """To whom the database is that it replaces, else its folder: root puts it back for a hub that
    runs as another user. May raise OSError."""
    if db.exists():
        partial.chmod(_mode(db) | _OURS)
    was, now = (db if db.exists() else db.parent).stat(), partial.stat()
    if hasattr(os, "chown") and (was.st_uid, was.st_gid) != (now.st_uid, now.st_gid):
        with suppress(PermissionError):  # who is not root keeps what he makes
            os.chown(partial, was.st_uid, was.st_gid)


def _part(db: Path, ending: str) -> Path:
    return db.with_name(db.name + ending)


def _free(path: Path) -> Path:
    """That name, or one like it that nothing has: two may be asked for in one second."""
    names = (path if n == 1 else path.with_name(f"{path.name}-{n}") for n in itertools.count(1))
    return next(
        name for name in names if not any(_part(name, end).exists() for end in ("", *_BESIDE))
    )


def before_migration(conn: sqlite3.Connection, db: Path) -> Path | None:
    """Copy a database that an earlier version made, before it is changed; the copy's path.

    None when it is new, or up to date. Raises StoreError when there is no room for a copy.
    """
    (version,) = conn.execute("PRAGMA user_version").fetchone()
    row = conn.execute("SELECT 1 FROM sqlite_schema WHERE name = 'items'").fetchone()
    if row is None or version >= SCHEMA_VERSION:
        return None
    target = db.with_name(f"{db.name}.before-v{SCHEMA_VERSION}")
    try:
        backup(db, target)
    except StoreError as error:
        raise StoreError(
            f"{db}: is of an earlier version, and could not be copied before the upgrade: {error}"
        ) from error
    return target


def check(path: Path) -> None:
    """Raise StoreError unless the file is a sound database of ours that we can read."""
    try:
        with closing(_open(path)) as conn:
            faults = [str(row[0]) for row in conn.execute("PRAGMA quick_check(3)")]
            names = {row[0] for row in conn.execute("SELECT name FROM sqlite_schema")}
            (version,) = conn.execute("PRAGMA user_version").fetchone()
    except (sqlite3.Error, UnicodeDecodeError) as error:  # broken bytes may be part of the reason
        raise fault(path, error, f"{_NOT_OURS}, or damaged") from error
    if faults != ["ok"]:
        raise StoreError(f"{path}: is damaged: {faults[0].splitlines()[-1]}")
    if not {"items", "sources", "meta"} <= names:
        raise StoreError(f"{path}: {_NOT_OURS}")
    if version > SCHEMA_VERSION:
        raise StoreTooNew(f"{path}: {NEWER}")


def fault(path: Path, error: Exception, words: str) -> StoreError:
    """What is wrong with a file, in these words, where it is the file that is at fault."""
    if getattr(error, "sqlite_errorcode", 0) & 0xFF in _NOT_NOW:
        return StoreUnread(f"{path}: cannot be read now: {one_line(error)}")
    return StoreError(f"{path}: {words}: {one_line(error)}")


def one_line(error: Exception) -> str:
    """What SQLite says, without the broken bytes and the pieces of a schema that it quotes."""
    text = " ".join(str(error).partition(" with text ")[0].split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} ..."


def reading(path: Path) -> str:
    """The mode in which SQLite reads a file, also where nothing can be written beside it."""
    if os.access(path.parent, os.W_OK) or _part(path, "-wal").exists():
        return "ro"
    return "ro&immutable=1"  # it would make its shared memory there; nobody can be writing


def _open(path: Path, mode: str = "") -> sqlite3.Connection:
    mode = mode or reading(path)
    uri = f"{path.resolve().as_uri()}?mode={mode}"
    conn = sqlite3.connect(uri, uri=True, isolation_level=None)
    conn.execute("PRAGMA busy_timeout = 30000")
    return conn


def _copy(source: Path, target: Path, step: Progress | None) -> None:
    def told(_status: int, remaining: int, total: int) -> None:
        if step is not None:
            step(total - remaining, total)

    try:
        with closing(_open(source)) as there, closing(_open(target, "rwc")) as here:
            # Inside one read transaction the copy is of one instant, and no write of others
            # makes it begin anew.
            there.execute("BEGIN")
            there.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            there.backup(here, pages=PAGES, progress=told, sleep=0)
            there.execute("ROLLBACK")
            here.execute("PRAGMA journal_mode = DELETE")  # one file, with nothing beside it
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise StoreError(
            f"{source}: could not be copied to {target.parent}: {one_line(error)}"
        ) from error


def _let_shrink(path: Path) -> None:
    """Lay a database out anew where an early version made it such that it cannot shrink."""
    try:
        with closing(_open(path, "rw")) as conn:
            if conn.execute("PRAGMA auto_vacuum").fetchone() == (0,):
                conn.execute("PRAGMA auto_vacuum = INCREMENTAL")
                conn.execute("VACUUM")
    except sqlite3.Error as error:  # it takes room for a second copy
        raise StoreError(
            f"{path.parent}: could not be restored there: {one_line(error)}"
        ) from error


@contextmanager
def _appearing(target: Path) -> Iterator[Path]:
    """A file beside ``target`` that takes its name once all went well, else goes."""
    partial = target.with_name(f".{target.name}.{secrets.token_hex(4)}.partial")
    try:
        yield partial
        with partial.open("rb+") as file:
            os.fsync(file.fileno())
        partial.replace(target)
    except OSError as error:
        raise StoreError(f"{target}: {error.strerror}") from error
    finally:
        for ending in ("", *_BESIDE):
            _part(partial, ending).unlink(missing_ok=True)
