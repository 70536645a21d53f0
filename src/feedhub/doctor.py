"""What ``feedhub doctor`` looks at: each check ends in a finding, and a bad one says what to do."""

from __future__ import annotations

import os
import shutil
import socket
import ssl
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from feedhub import __version__
from feedhub.errors import StoreError, StoreTooNew, StoreUnread
from feedhub.model import Config, SourceStatus
from feedhub.store.backup import check
from feedhub.store.examine import examine
from feedhub.store.owners import HUB, at_work
from feedhub.trouble import troubles
from feedhub.values import dataclass

Level = Literal["good", "note", "bad"]
RESTORE = "feedhub restore FILE puts a backup back"
AGAIN = "it may well be sound: make room on the disk, let the file be read, and look again"
LEAST_FREE = 256 * 2**20
# A clock that differs by more makes articles of now look like those of tomorrow.
CLOCK = timedelta(minutes=5)
PATIENCE = 5.0  # seconds for a look-up or a handshake


@dataclass(frozen=True, slots=True)
class Finding:
    """``about`` is one word; ``advice`` is empty where nothing needs to be done."""

    level: Level
    about: str
    text: str
    advice: str = ""


def secrets(config: Config) -> Iterator[Finding]:
    """Files with passwords in them that everybody can read."""
    for name in config.telling:
        if Path(name).stat().st_mode & 0o004:
            yield Finding(
                "note",
                "secrets",
                f"{name} holds secrets and all users of this machine can read it",
                f"chmod o-r {name}, or take them from the environment with ${{NAME}}",
            )


def files(db: Path, *, thorough: bool = True) -> Iterator[Finding]:
    """The database, its folder and the room there. ``thorough`` reads all of the database."""
    folder = db.resolve().parent
    if not os.access(folder, os.W_OK):
        yield Finding("bad", "folder", f"{folder} cannot be written", f"chown or chmod {folder}")
    else:
        free = shutil.disk_usage(folder).free
        text = f"{free / 2**30:.1f} GiB free in {folder}"
        size = db.stat().st_size if db.exists() else 0
        if free < LEAST_FREE:
            yield Finding("bad", "disk", text, "make room, or shorten hub.keep: feedhub prune")
        elif free < size:
            text += f", less than the database's {size / 2**30:.1f} GiB"
            yield Finding("note", "disk", text, "an upgrade copies it first: make room before one")
        else:
            yield Finding("good", "disk", text)
    if not db.exists():
        if at_work(db, HUB):
            text = f"{db} is not there any more, and a hub works on it"
            yield Finding("bad", "database", text, "stop the hub and put the file back, or restore")
        else:
            yield Finding("note", "database", f"{db} is not there yet", "feedhub update, or run")
        return
    if not os.access(db, os.R_OK):
        yield Finding("bad", "database", f"{db} cannot be read", f"chown or chmod {db}")
        return
    for path in (db, *(db.with_name(db.name + ending) for ending in ("-wal", "-shm"))):
        # a command run by another user leaves files that the hub's own user may not write
        if path.exists() and not os.access(path, os.W_OK):
            yield Finding("bad", "database", f"{path} cannot be written", f"chown or chmod {path}")
    yield from _database(db, thorough=thorough)
    readable = db.stat().st_mode & 0o007
    if readable & 0o002:
        yield Finding("bad", "database", f"{db} can be written by everybody", f"chmod o-w {db}")


def _database(db: Path, *, thorough: bool) -> Iterator[Finding]:
    """Whether the file is whole, and who works on it."""
    try:
        if thorough:
            faults = examine(db)
        else:
            check(db)
            faults = []
    except StoreUnread as error:
        yield Finding("bad", "database", str(error), AGAIN)
        return
    except StoreTooNew as error:
        advice = "install that feedhub again, or restore the copy that its upgrade made: "
        yield Finding("bad", "database", str(error), f"{advice}feedhub restore {db}.before-vN")
        return
    except StoreError as error:
        yield Finding("bad", "database", str(error), RESTORE)
        return
    for fault in faults:
        advice = "stop the hub, then: feedhub doctor --mend" if fault.mended else RESTORE
        yield Finding("bad", "database", f"{db}: is damaged: {fault.text}", advice)
    if faults:
        return
    size = db.stat().st_size / 2**20
    working = at_work(db, HUB)
    used = "a hub works on it" if working else "no hub works on it now"
    sound = "sound, every page and index" if thorough else "sound at a first look"
    yield Finding("good", "database", f"{sound}, {size:.1f} MiB; {used}")
    if working > 1:
        yield Finding(
            "note",
            "processes",
            f"{working} feedhubs work on {db}; they share the work and fetch nothing twice",
            "one is enough: stop the others",
        )


def times(statuses: Iterable[SourceStatus], now: datetime) -> Iterator[Finding]:
    """Whether this machine's clock can be right, by what is stored."""
    ahead = [
        status.stored.state.last_fetch_at
        for status in statuses
        if status.stored.state.last_fetch_at is not None
        and status.stored.state.last_fetch_at - now > CLOCK
    ]
    if ahead:
        yield Finding(
            "bad",
            "clock",
            f"the clock says {now:%Y-%m-%d %H:%M} UTC, and fetches are stored from"
            f" {max(ahead):%Y-%m-%d %H:%M}",
            "set the clock (timedatectl); nothing stored is lost",
        )
    else:
        yield Finding("good", "clock", f"{now:%Y-%m-%d %H:%M} UTC, not before what is stored")


def network(config: Config, now: datetime) -> Iterator[Finding]:
    """Names, certificates that are trusted, and the time elsewhere; of a few sources' hosts."""
    hosts = {
        (
            parts.hostname or "",
            parts.port or (443 if parts.scheme == "https" else 80),
            parts.scheme,
            source.ca_file or "",
        )
        for source in config.sources
        if source.enabled and not source.proxy and (parts := urlsplit(source.url)).hostname
    }
    some = sorted(hosts)[:3]
    resolved = []
    for one in some:
        try:
            socket.getaddrinfo(*one[:2], type=socket.SOCK_STREAM)
        except OSError as error:
            yield Finding("note", "names", f"{one[0]} is not found: {error.strerror or error}")
        except UnicodeError:  # a part of it is longer than names can be
            yield Finding("note", "names", f"{one[0]} can be no name")
        else:
            resolved.append(one)
    if some and not resolved:
        yield Finding("bad", "names", "no name is found", "is this machine online? DNS set?")
    elif resolved:
        yield Finding("good", "names", f"{len(resolved)} of {len(some)} names tried are found")
    secure = next((one for one in resolved if one[2] == "https"), None)
    if secure is not None:
        yield from _tls(secure[0], secure[1], secure[3])
    if resolved:
        yield from _time_at(*resolved[0], now)


def _tls(host: str, port: int, ca_file: str) -> Iterator[Finding]:
    try:
        trusting = ssl.create_default_context(cafile=ca_file or None)
        with (
            socket.create_connection((host, port), timeout=PATIENCE) as plain,
            trusting.wrap_socket(plain, server_hostname=host) as secure,
        ):
            yield Finding("good", "tls", f"{host}: {secure.version()}, certificate trusted")
    except ssl.SSLCertVerificationError as error:
        yield Finding(
            "bad",
            "tls",
            f"{host}: {error.verify_message}",
            f"is the clock right, does {ca_file} hold who signed it?"
            if ca_file
            else "is the clock right, are ca-certificates installed, is there a proxy?",
        )
    except OSError as error:
        yield Finding("note", "tls", f"{host}: {error.strerror or error}")


def _time_at(host: str, port: int, scheme: str, ca_file: str, now: datetime) -> Iterator[Finding]:
    """The clock against that of a server, which one request without a body asks."""
    try:
        connection = (
            HTTPSConnection(
                host,
                port,
                timeout=PATIENCE,
                context=ssl.create_default_context(cafile=ca_file or None),
            )
            if scheme == "https"
            else HTTPConnection(host, port, timeout=PATIENCE)
        )
        with closing(connection) as asked:
            asked.request("HEAD", "/", headers={"User-Agent": f"feedhub/{__version__}"})
            there = parsedate_to_datetime(asked.getresponse().headers["Date"])
    except (OSError, HTTPException, TypeError, ValueError):  # no answer, or none with a time
        return
    if there.tzinfo is None or abs(there - now) <= CLOCK:
        return
    yield Finding(
        "bad",
        "clock",
        f"the clock says {now:%Y-%m-%d %H:%M} UTC, and that of {host} {there:%Y-%m-%d %H:%M}",
        "set the clock (timedatectl)",
    )


def sources(statuses: list[SourceStatus], now: datetime) -> Iterator[Finding]:
    """Sources in trouble, and whether anything is fetched at all."""
    for one in troubles(statuses, now):
        level: Level = "note" if one.kind in ("silent", "misbehaving") else "bad"
        since = one.since.strftime("%Y-%m-%d")
        yield Finding(level, one.kind, f"{one.source}, since {since}: {one.text}", one.advice)
    due = [at for status in statuses if (at := status.stored.next_due) is not None]
    if due and all(now - at > timedelta(hours=1) for at in due):
        yield Finding("note", "fetching", "every source has been due for an hour", "feedhub run")
    good = sum(status.outcome is not None and status.outcome.good for status in statuses)
    yield Finding("good", "sources", f"{good} of {len(statuses)} answered well the last time")
