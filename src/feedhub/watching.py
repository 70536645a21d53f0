"""How the hub is, for those who watch it: figures, readiness, and the sources in trouble."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

from feedhub import __version__
from feedhub.errors import FeedhubError
from feedhub.hub import Hub
from feedhub.metrics import CONTENT_TYPE, Metrics
from feedhub.trouble import KINDS, Trouble, troubles

Answer = tuple[int, str, bytes]
# A tick comes every minute; after five without one something is wrong.
STALE = timedelta(minutes=5)
_ATOM = "http://www.w3.org/2005/Atom"


class Watching:
    """See :class:`feedhub.serve.ops.Watched`. ``health`` is what ``/healthz`` says."""

    def __init__(
        self, hub: Hub, db: Path, metrics: Metrics, health: Callable[[], Mapping[str, object]]
    ) -> None:
        self._hub = hub
        self._db = db
        self._metrics = metrics
        self._health = health
        self._after: int | None = None  # the newest request counted
        self._gathering = asyncio.Lock()

    def answered(self, status: int, client: str) -> None:
        self._metrics.add("feedhub_requests_total", status=str(status), client=client)

    async def metrics(self) -> Answer:
        """All figures, as of now."""
        async with self._gathering:
            try:
                await self.gather()
            except FeedhubError as error:
                return _unreadable(error)
            return 200, CONTENT_TYPE, self._metrics.text()

    async def ready(self) -> Answer:
        """200 when lists were ranked of late and the database answers; else 503, and why."""
        wrong: list[str] = []
        health = self._health()
        errors = health.get("errors")
        if isinstance(errors, Mapping):
            wrong += [f"{part}: {why}" for part, why in errors.items()]
        try:
            last = await self._hub.store.last_tick()
        except FeedhubError as error:
            wrong.append(str(error))
        else:
            if last is None or abs(self._hub.clock() - last) > STALE:
                wrong.append("the lists have not been ranked for five minutes")
        said = {"ready": not wrong, "errors": wrong}
        body = json.dumps(said, ensure_ascii=False).encode() + b"\n"
        return (503 if wrong else 200), "application/json", body

    async def health_feed(self) -> Answer:
        """Sources in trouble as an Atom feed, each trouble once, under an id of its own."""
        try:
            found = troubles(await self._hub.store.statuses(), self._hub.clock())
        except FeedhubError as error:
            return _unreadable(error)
        body = health_atom(found, self._hub.config.hub.base_url, self._hub.authority)
        return 200, "application/atom+xml; charset=utf-8", body

    async def gather(self) -> None:
        """Bring the gauges up to date, and count the requests made since the last time."""
        metrics, store, now = self._metrics, self._hub.store, self._hub.clock()
        await self.count()
        statuses = await store.statuses()
        metrics.set("feedhub_build_info", 1, version=__version__)
        metrics.reset("feedhub_sources")
        labels = Counter(s.outcome.label if s.outcome else "none" for s in statuses)
        for label, count in labels.items():
            metrics.set("feedhub_sources", count, outcome=label)
        kinds = Counter(one.kind for one in troubles(statuses, now))
        for kind in KINDS:
            metrics.set("feedhub_troubles", kinds[kind], kind=kind)
        due = await store.next_due()
        lag = (now - due).total_seconds() if due is not None and due.timestamp() > 0 else 0.0
        metrics.set("feedhub_lag_seconds", max(lag, 0.0))
        metrics.set("feedhub_fetching", self._hub.pipeline.busy)
        for name, count in (await store.sizes()).items():
            metrics.set(f"feedhub_{name}", count)
        metrics.reset("feedhub_list_entries")
        standing = await store.load_lists()
        for slug in (spec.slug for spec in self._hub.config.lists):
            places = len(standing[slug][0].entries) if slug in standing else 0
            metrics.set("feedhub_list_entries", places, list=slug)
        _set_time(metrics, "feedhub_last_tick_timestamp_seconds", await store.last_tick())
        _set_time(metrics, "feedhub_pruned_timestamp_seconds", await store.pruned_at())
        health = self._health()
        metrics.set("feedhub_configuration_ok", int("configuration" not in health))
        errors = health.get("errors")
        metrics.set("feedhub_failing", len(errors) if isinstance(errors, Mapping) else 0)
        metrics.set("feedhub_database_bytes", _size(self._db))
        metrics.set("feedhub_wal_bytes", _size(self._db.with_name(self._db.name + "-wal")))
        metrics.set("feedhub_resident_bytes", _resident())

    async def count(self) -> None:
        """Count the requests that the log has gained; those before this process not at all."""
        self._after, rows = await self._hub.store.requests_after(self._after)
        for row in rows:
            self._metrics.add("feedhub_fetches_total", outcome=row.outcome)
            self._metrics.add("feedhub_fetch_bytes_total", row.wire_bytes)
            self._metrics.observe("feedhub_fetch_seconds", row.elapsed)
            for fate, count in row.fates.items():
                if count:
                    self._metrics.add("feedhub_entries_total", count, fate=fate)
            for reason, count in row.refused.items():
                self._metrics.add("feedhub_refused_total", count, reason=reason)


def _unreadable(error: FeedhubError) -> Answer:
    """The database does not answer: who watches is told so, and not half of the truth."""
    return 503, "text/plain; charset=utf-8", f"{error}\n".encode()


def health_atom(found: list[Trouble], base_url: str, authority: str) -> bytes:
    """Troubles as an Atom feed (RFC 4287) for the owner of the hub."""
    feed = ET.Element("feed", xmlns=_ATOM)
    _text(feed, "id", f"tag:{authority}:health")
    _text(feed, "title", "feedhub: sources in trouble")
    _text(feed, "updated", found[0].since.isoformat() if found else "1970-01-01T00:00:00+00:00")
    _text(ET.SubElement(feed, "author"), "name", "feedhub")
    ET.SubElement(feed, "link", rel="self", href=f"{base_url}/health.atom")
    for one in found:
        entry = ET.SubElement(feed, "entry")
        stamp = int(one.since.timestamp())
        _text(entry, "id", f"tag:{authority}:health:{one.source_id}:{one.kind}:{stamp}")
        _text(entry, "title", _legal(f"{one.source}: {one.kind}"))
        _text(entry, "updated", one.since.isoformat())
        ET.SubElement(entry, "link", href=f"{base_url}/source/{one.source_id}")
        _text(entry, "summary", _legal(f"{one.text}. {one.advice}"))
    body: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return body


def _text(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = text


def _legal(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)


def _set_time(metrics: Metrics, name: str, at: datetime | None) -> None:
    if at is not None:
        metrics.set(name, at.timestamp())


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _resident() -> int:
    try:
        pages = Path("/proc/self/statm").read_text("ascii").split()[1]
    except OSError:
        return 0  # no such file on this system
    return int(pages) * 4096
