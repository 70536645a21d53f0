"""The database file: opening it, one writer thread with grouped commits, pooled readers."""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from feedhub.errors import FeedhubError, StoreError
from feedhub.store import words
from feedhub.store.backup import before_migration, check, one_line, reading
from feedhub.store.codec import Refused, Unreadable
from feedhub.store.version import SCHEMA_VERSION

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], Any]
Answer = Future[Any] | asyncio.Future[Any]
Job = tuple[Work, Answer, bool]  # the last: whether it can wait for others

# A commit costs about 0.3 ms, mostly the WAL write; sharing one among this many fetches
# makes it vanish, and one shared commit still ends well under the 10 s of a shutdown.
GROUP = 64
# How long work that can wait does, for others to share its transaction with. Of what a pass
# stores, a part is paid by the transaction: the search index's above all.
PATIENCE = 0.1
BUSY_TIMEOUT_MS = 30_000


GONE = (
    "the file was moved or removed while it was in use, or another put in its place;"
    " stop feedhub, put it back, and start again"
)
DAMAGED = "it is damaged; feedhub restore FILE puts a backup back"
_HINTS = {
    "database or disk is full": "make room on the disk; nothing stored was lost",
    "attempt to write a readonly database": "make the file and its folder writable",
    "unable to open database file": "is its folder there, and may it be read and written?",
    "file is not a database": "it is some other kind of file; choose another --db",
    "database disk image is malformed": DAMAGED,
    "malformed database schema": DAMAGED,
    "Could not decode to UTF-8": DAMAGED,
    "database is locked": "another process holds it; is a second hub running on it?",
    "disk I/O error": "look whether the disk is full, and at the log of the system",
}
# What reading a row raises where its bytes are not those that were written.
_ODD = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError)


def _explain(path: Path, error: sqlite3.Error) -> StoreError:
    text = one_line(error)
    hint = next((hint for start, hint in _HINTS.items() if text.startswith(start)), "")
    return StoreError(f"{path}: {text}" + (f" ({hint})" if hint else ""))


class Names:
    """What to raise in place of what a piece of work raised: damage by its name, else the same.

    Bytes that have changed on the disk can make any kind of nonsense of a row, so whether
    it was the file or we is asked of the file: once for all errors that one of these names, and
    never with a transaction open, since reading a whole file takes long. What was given to us
    and is no good says nothing about the file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._asked = False
        self._damage: StoreError | None = None

    def __call__(self, error: BaseException) -> BaseException:
        found: BaseException | None = None
        if isinstance(error, sqlite3.Error):
            found = _explain(self._path, error)
        elif isinstance(error, Unreadable):
            found = StoreError(f"{self._path}: {error} ({DAMAGED})")
        elif isinstance(error, _ODD) and not _given(error):
            found = self._look()
        if found is None or found is error:
            return error
        if found.__cause__ is None:
            found.__cause__ = error
        return found

    def _look(self) -> StoreError | None:
        if not self._asked:
            self._asked = True
            try:
                check(self._path)
            except StoreError as damage:
                self._damage = damage
            except (OSError, ValueError):
                pass  # then the error that led here is told as it is
        return self._damage


def _given(error: BaseException) -> bool:
    """Whether an error is of a value on its way in: refused, or nothing that SQLite can hold."""
    if isinstance(error, OverflowError):
        return "SQLite INTEGER" in str(error)
    return isinstance(error, Refused | UnicodeEncodeError)


def connect(
    path: Path,
    *,
    readonly: bool = False,
    factory: type[sqlite3.Connection] = sqlite3.Connection,
) -> sqlite3.Connection:
    """A connection in autocommit mode: transactions begin and end where we say."""
    mode = reading(path) if readonly else "rwc"
    uri = f"{path.resolve().as_uri()}?mode={mode}"
    conn = sqlite3.connect(
        uri, uri=True, isolation_level=None, check_same_thread=False, factory=factory
    )
    try:
        conn.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        conn.execute("PRAGMA foreign_keys = ON")
        conn.execute(f"PRAGMA cache_size = -{2000 if readonly else 8000}")
        conn.execute("PRAGMA temp_store = MEMORY")
    except Exception:  # broken bytes in SQLite's own message make a UnicodeDecodeError
        conn.close()
        raise
    return conn


class Writer(threading.Thread):
    """The one connection that writes. Work queued together shares one transaction.

    Each piece of work runs in its own savepoint, so one that fails takes none with it; all
    futures are resolved only after the commit, so what is reported as stored is stored.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(name="feedhub-writer", daemon=True)
        self._path = path
        self._queue: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._conn: words.Connection | None = None
        self._file: tuple[int, int] | None = None  # which is open, whatever bears its name

    def open(self) -> None:
        """Open, bring the schema up to date and start. Raises StoreError."""
        conn = None
        try:
            conn = connect(self._path, factory=words.Connection)
            assert isinstance(conn, words.Connection)
            conn.noted = []
            # heeded only before the first table is made; lets retention give pages back
            conn.execute("PRAGMA auto_vacuum = INCREMENTAL")
            conn.execute("PRAGMA journal_mode = WAL")
            conn.execute("PRAGMA synchronous = NORMAL")
            (version,) = conn.execute("PRAGMA user_version").fetchone()
            if version != SCHEMA_VERSION:
                # only then: sqlite-utils takes longer to import than all else of opening
                from feedhub.store.schema import migrate

                before_migration(conn, self._path)
                migrate(conn)
            self._file = _which(self._path)
        except (sqlite3.Error, *_ODD) as error:
            if conn is not None:
                conn.close()
            told = Names(self._path)(error)
            if told is error:
                raise
            raise told from error
        except FeedhubError:
            if conn is not None:
                conn.close()
            raise
        self._conn = conn
        self.start()

    def submit(self, work: Work) -> Future[Any]:
        """For callers that may block."""
        future: Future[Any] = Future()
        self._queue.put((work, future, False))
        return future

    def ask(self, work: Work, *, patient: bool = False) -> asyncio.Future[Any]:
        """For callers on an event loop, which is woken once for a whole group.

        ``patient`` work waits up to ``PATIENCE`` seconds for other work.
        """
        future = asyncio.get_running_loop().create_future()
        self._queue.put((work, future, patient))
        return future

    def close(self) -> None:
        """Finish what is queued, then close."""
        self._queue.put(None)
        self.join()

    def run(self) -> None:
        assert self._conn is not None
        conn = self._conn
        last = False
        while not last:
            group: list[Job] = []
            job = self._queue.get()
            patient, until = True, time.monotonic() + PATIENCE
            while True:
                if job is None:
                    last = True
                    break
                if _wanted(job[1]):
                    group.append(job)
                    patient = patient and job[2]
                if len(group) >= GROUP:
                    break
                try:
                    left = until - time.monotonic() if patient and group else 0
                    job = self._queue.get(left > 0, left if left > 0 else None)
                except queue.Empty:
                    break
            if group:
                self._commit(conn, group)
        try:
            conn.execute("PRAGMA optimize")
        except sqlite3.Error:
            pass  # advice for the planner only; a full disk must not keep the file open
        finally:
            conn.close()

    def _commit(self, conn: words.Connection, group: list[Job]) -> None:
        done: list[_Done] = []
        try:
            self._there()
            conn.execute("BEGIN IMMEDIATE")
            for work, future, _ in group:
                noted = len(conn.noted)
                conn.execute("SAVEPOINT work")
                try:
                    result = work(conn)
                except Exception as error:
                    if not conn.in_transaction:
                        raise  # the whole transaction is lost (disk full, I/O error)
                    conn.execute("ROLLBACK TO work")
                    del conn.noted[noted:]
                    done.append((future, None, error))
                else:
                    done.append((future, result, None))
                conn.execute("RELEASE work")
            words.flush(conn)
            conn.execute("COMMIT")
        except Exception as error:
            conn.noted = []
            if conn.in_transaction:
                conn.execute("ROLLBACK")
            done = [(future, None, error) for _, future, _ in group]
        name = Names(self._path)
        _answer([(future, result, error and name(error)) for future, result, error in done])

    def _there(self) -> None:
        """Raises StoreError where the file was moved or removed: SQLite would go on writing into
        what has no name, or another, and all of it would be lost.
        """
        try:
            found = _which(self._path)
        except OSError:
            return  # not to be told now
        if found != self._file:
            raise StoreError(f"{self._path}: {GONE}")


def _which(path: Path) -> tuple[int, int] | None:
    """Which file bears the name: its device and number there. None: no file does."""
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found.st_dev, found.st_ino


_Done = tuple[Answer, Any, BaseException | None]


def _wanted(future: Answer) -> bool:
    """Whether somebody still waits; from then on a blocking caller's cannot be cancelled."""
    if isinstance(future, asyncio.Future):
        return not future.cancelled()
    return future.set_running_or_notify_cancel()


def _answer(done: list[_Done]) -> None:
    """Hand out what a group came to, waking each event loop once."""
    by_loop: defaultdict[asyncio.AbstractEventLoop | None, list[_Done]] = defaultdict(list)
    for one in done:
        loop = one[0].get_loop() if isinstance(one[0], asyncio.Future) else None
        by_loop[loop].append(one)
    for loop, answers in by_loop.items():
        if loop is None:
            _settle(answers)
        else:
            with suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(_settle, answers)


def _settle(answers: list[_Done]) -> None:
    for future, result, error in answers:
        if future.cancelled():
            continue
        if error is None:
            future.set_result(result)
        elif isinstance(error, StopIteration):  # which no future takes; the others wait for theirs
            future.set_exception(RuntimeError("StopIteration was raised"))
        else:
            future.set_exception(error)


class Readers:
    """Read-only connections, one a thread; each read sees one committed state.

    Threads begin when there is work for them. What they come to is handed to the event loop many
    at once where many are done: waking it costs more than a short read.
    """

    def __init__(self, path: Path, threads: int = 2) -> None:
        self._path = path
        self._queue: queue.SimpleQueue[tuple[Work, asyncio.Future[Any]] | None] = (
            queue.SimpleQueue()
        )
        self._most = threads
        self._threads: list[threading.Thread] = []
        self._asked = 0  # and not answered yet
        self._lock = threading.Lock()
        self._done: dict[asyncio.AbstractEventLoop, list[_Done]] = {}
        self._closed = False

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """What ``work`` gives, from one of the threads. Raises StoreError."""
        future = asyncio.get_running_loop().create_future()
        with self._lock:  # what is asked after it was closed nobody would answer
            if self._closed:
                raise StoreError(f"{self._path}: it has been closed")
            if len(self._threads) < min(self._asked + 1, self._most):
                thread = threading.Thread(
                    target=self._serve, name=f"feedhub-reader-{len(self._threads)}", daemon=True
                )
                thread.start()
                self._threads.append(thread)
            self._asked += 1
            self._queue.put((work, future))
        result: T = await future
        return result

    def close(self) -> None:
        """Finish what is asked, then close."""
        with self._lock:
            self._closed = True
            for _ in self._threads:
                self._queue.put(None)
        for thread in self._threads:
            thread.join()

    def _serve(self) -> None:
        conn: sqlite3.Connection | None = None
        while (asked := self._queue.get()) is not None:
            work, future = asked
            result: Any = None
            wrong: BaseException | None = None
            try:
                if not future.cancelled():
                    conn = conn or connect(self._path, readonly=True)
                    result = self._read(conn, work)
            except BaseException as error:
                wrong = self._name(error)
            with self._lock:  # only now: whose caller has gone may still keep a thread busy
                self._asked -= 1
            self._answer(future, result, wrong)
            del (
                work,
                future,
                asked,
                result,
                wrong,
            )  # a window may hang on them while nothing is asked
        if conn is not None:
            conn.close()

    def _read(self, conn: sqlite3.Connection, work: Work) -> Any:
        conn.execute("BEGIN")
        try:
            return work(conn)
        finally:
            conn.execute("ROLLBACK")

    def _name(self, error: BaseException) -> BaseException:
        try:
            return Names(self._path)(error) if isinstance(error, Exception) else error
        except BaseException:  # no memory to look at the file, say: this thread has others to serve
            return error

    def _answer(
        self, future: asyncio.Future[Any], result: Any, wrong: BaseException | None
    ) -> None:
        loop = future.get_loop()
        with self._lock:
            waiting = self._done.setdefault(loop, [])
            waiting.append((future, result, wrong))
            if len(waiting) > 1:
                return  # it has been woken, and has not come yet
        try:
            loop.call_soon_threadsafe(self._hand_out, loop)
        except RuntimeError:  # the loop has ended meanwhile: nobody waits
            with self._lock:
                self._done.pop(loop, None)

    def _hand_out(self, loop: asyncio.AbstractEventLoop) -> None:
        with self._lock:
            waiting = self._done.pop(loop, [])
        _settle(waiting)
