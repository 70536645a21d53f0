"""What ``feedhub doctor`` looks at: each check ends in a finding, and a bad one says what to do."""

from __future__ import annotations

import os
import shutil
import socket
import ssl
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from feedhub.errors import StoreError
from feedhub.model import Config, SourceStatus
from feedhub.store.backup import check
from feedhub.store.owners import HUB, at_work
from feedhub.trouble import troubles

Level = Literal["good", "note", "bad"]
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


def files(config: Config, db: Path) -> Iterator[Finding]:
    """The database, its folder and the room there."""
    folder = db.resolve().parent
    if not os.access(folder, os.W_OK):
        yield Finding("bad", "folder", f"{folder} cannot be written", f"chown or chmod {folder}")
    else:
        free = shutil.disk_usage(folder).free
        text = f"{free / 2**30:.1f} GiB free in {folder}"
        if free < LEAST_FREE:
            yield Finding("bad", "disk", text, "make room, or shorten hub.keep: feedhub prune")
        else:
            yield Finding("good", "disk", text)
    if not db.exists():
        yield Finding("note", "database", f"{db} is not there yet", "feedhub update, or run")
        return
    if not os.access(db, os.R_OK):
        yield Finding("bad", "database", f"{db} cannot be read", f"chown or chmod {db}")
        return
    if not os.access(db, os.W_OK):
        yield Finding("bad", "database", f"{db} cannot be written", f"chown or chmod {db}")
    try:
        check(db)
    except StoreError as error:
        yield Finding("bad", "database", str(error), "feedhub restore FILE puts a backup back")
    else:
        size = db.stat().st_size / 2**20
        working = at_work(db, HUB)
        used = "a hub works on it" if working else "no hub works on it now"
        yield Finding("good", "database", f"sound, {size:.1f} MiB; {used}")
        if working > 1:
            yield Finding(
                "note",
                "processes",
                f"{working} feedhubs work on {db}; they share the work and fetch nothing twice",
                "one is enough: stop the others",
            )
    readable = db.stat().st_mode & 0o007
    secret = config.hub.access is not None or any(s.auth or s.headers for s in config.sources)
    if secret and Path(config.path).stat().st_mode & 0o004:
        yield Finding(
            "note",
            "secrets",
            f"{config.path} holds secrets and all users of this machine can read it",
            f"chmod o-r {config.path}, or take them from the environment with ${{NAME}}",
        )
    if readable & 0o002:
        yield Finding("bad", "database", f"{db} can be written by everybody", f"chmod o-w {db}")


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


def network(config: Config) -> Iterator[Finding]:
    """Names, and the certificates that are trusted; of the first sources that need them."""
    hosts = {
        (parts.hostname, parts.port or (443 if parts.scheme == "https" else 80), parts.scheme)
        for source in config.sources
        if source.enabled and not source.proxy and (parts := urlsplit(source.url)).hostname
    }
    some = sorted(hosts)[:3]
    resolved = []
    for host, port, scheme in some:
        try:
            socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            yield Finding("note", "names", f"{host} is not found: {error.strerror or error}")
        else:
            resolved.append((host, port, scheme))
    if some and not resolved:
        yield Finding("bad", "names", "no name is found", "is this machine online? DNS set?")
    elif resolved:
        yield Finding("good", "names", f"{len(resolved)} of {len(some)} names tried are found")
    secure = next(((host, port) for host, port, scheme in resolved if scheme == "https"), None)
    if secure is not None:
        yield _tls(*secure)


def _tls(host: str | None, port: int) -> Finding:
    assert host is not None
    try:
        with (
            socket.create_connection((host, port), timeout=PATIENCE) as plain,
            ssl.create_default_context().wrap_socket(plain, server_hostname=host) as secure,
        ):
            return Finding("good", "tls", f"{host}: {secure.version()}, certificate trusted")
    except ssl.SSLCertVerificationError as error:
        return Finding(
            "bad",
            "tls",
            f"{host}: {error.verify_message}",
            "is the clock right, are ca-certificates installed, is there a proxy?",
        )
    except OSError as error:
        return Finding("note", "tls", f"{host}: {error.strerror or error}")


def sources(statuses: list[SourceStatus], now: datetime) -> Iterator[Finding]:
    """Sources in trouble, and whether anything is fetched at all."""
    for one in troubles(statuses, now):
        level: Level = "note" if one.kind in ("silent", "misbehaving") else "bad"
        since = one.since.strftime("%Y-%m-%d")
        yield Finding(level, one.kind, f"{one.source}, since {since}: {one.text}", one.advice)
    late = [
        status
        for status in statuses
        if status.stored.state.next_due is not None
        and now - status.stored.state.next_due > timedelta(hours=1)
    ]
    if statuses and len(late) == len(statuses):
        yield Finding("note", "fetching", "every source has been due for an hour", "feedhub run")
    good = sum(status.outcome is not None and status.outcome.good for status in statuses)
    yield Finding("good", "sources", f"{good} of {len(statuses)} answered well the last time")
