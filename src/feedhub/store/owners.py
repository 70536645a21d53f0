"""Which processes work on a database now: a lock each, that dies with its process.

Every process that writes has one (``LOCK``); a hub that runs, and not only passes by as
``feedhub update`` does, has a second (``HUB``).

A lease names its owner. When a process is killed its leases stay in the file; whoever opens
the database next sees by the lock that the owner is gone, and gives them up at once. Locks,
unlike process ids, are never reused, and hold between containers that share the folder.
"""

from __future__ import annotations

import glob
import os
import secrets
from pathlib import Path
from typing import IO

try:
    import fcntl
except ImportError:  # no such locks on this system: leases then simply run out
    fcntl = None  # type: ignore[assignment]


LOCK, HUB = ".lock", ".hub"


class Owner:
    """This process's name among those that work on ``db``, or among the running hubs."""

    def __init__(self, db: Path, kind: str = LOCK) -> None:
        self._db = db
        self._kind = kind
        self.name = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._file: IO[bytes] | None = None

    def hold(self) -> None:
        """Take the lock; until :meth:`drop` or the end of the process. May raise OSError."""
        if fcntl is None:
            return
        path = self._path(self.name)
        while True:
            file = path.open("wb")
            fcntl.flock(file, fcntl.LOCK_EX)
            if _bears(path, file):
                break
            file.close()  # another has looked before it was locked, and taken it for a dead one's
        self._file = file

    def drop(self) -> None:
        if self._file is not None:
            self._path(self.name).unlink(missing_ok=True)
            self._file.close()
            self._file = None

    def is_gone(self, name: str) -> bool:
        """Whether the owner of that name has ended, however it did."""
        if fcntl is None or name == self.name:
            return False
        path = self._path(name)
        try:
            with path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except FileNotFoundError:
            return True
        except OSError:  # held: it lives
            return False
        path.unlink(missing_ok=True)
        return True

    def _path(self, name: str) -> Path:
        return self._db.with_name(f".{self._db.name}.{name}{self._kind}")


def _bears(path: Path, file: IO[bytes]) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False


def at_work(db: Path, kind: str = LOCK) -> int:
    """How many processes of the kind work on the database now.

    Where there are no locks, none is known.
    """
    if fcntl is None:
        return 0
    owner = Owner(db, kind)
    beginning = f".{db.name}."
    names = [path.name for path in db.parent.glob(f"{glob.escape(beginning)}*{kind}")]
    return sum(not owner.is_gone(name[len(beginning) : -len(kind)]) for name in names)


def in_use(db: Path) -> bool:
    """Whether a process works on the database now. Where there are no locks, no."""
    return at_work(db) > 0
