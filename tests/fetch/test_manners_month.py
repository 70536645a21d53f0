"""A month in the life of the hub, on an injected clock: a server of each temper, no fault.

The servers judge for themselves too, so that the audit is not the only witness. At the end some
days of it go down the whole line, database and all, and are judged by ``feedhub manners``.
"""

import asyncio
import json
import os
import random
import sqlite3
from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise

import pytest
import structlog
from click.testing import CliRunner

from feedhub.cli import main
from feedhub.errors import NetError
from feedhub.fetch import FaultKind, Fetcher, audit, next_state, plan_next_fetch, rate_group
from feedhub.model import (
    Config,
    Entry,
    FetchLogRow,
    FetchState,
    OutcomeKind,
    PaceHints,
    ParsedFeed,
    Source,
    Stage,
    StoredSource,
)
from feedhub.model import Hub as Settings
from feedhub.net import HttpResponse, host_of
from feedhub.pipeline import Pipeline, sync
from feedhub.store import SqliteStore

pytestmark = pytest.mark.xdist_group("month")  # or each worker would play it

START = datetime(2026, 3, 1, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
END = START + 30 * DAY


class FakeClock:
    def __init__(self):
        self.seconds = 0.0

    def time(self):
        return self.seconds

    @property
    def now(self):
        return START + timedelta(seconds=self.seconds)

    async def sleep(self, seconds):
        self.seconds += seconds
        await asyncio.sleep(0)


@dataclass
class Server:
    """A feed that gains an item every ``gap``; ``temper`` may answer in its stead."""

    name: str
    gap: timedelta = HOUR
    headers: dict = field(default_factory=dict)
    validators: str = "both"  # both, etag, none, rotating
    temper: object = None
    hints: PaceHints = field(default_factory=PaceHints)
    source: dict = field(default_factory=dict)
    url: str = ""
    visits: list = field(default_factory=list)

    def published(self, now):
        return int((now - START) / self.gap)

    def answer(self, request, now):
        self.visits.append((now, request))
        if self.temper is not None and (said := self.temper(self, request, now)) is not None:
            return said
        count = self.published(now)
        tag = f'"{count}"'
        sent = dict(request.conditional)
        headers = dict(self.headers)
        if self.validators in ("both", "etag"):
            headers["etag"] = tag
        if self.validators == "both":
            headers["last-modified"] = format_datetime(START + count * self.gap, usegmt=True)
        if self.validators == "rotating":
            headers["etag"] = f'"{now.timestamp()}"'
        if sent.get("If-None-Match") == tag:
            return 304, {}, b""
        return 200, headers, f"<rss>{count}</rss>".encode()


def status(code, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda server, request, now: (code, named, b"page")


def between(first, last, code, **headers):
    """Answer ``code`` from day ``first`` to day ``last``."""

    def temper(server, request, now):
        if first <= (now - START) / DAY < last:
            return status(code, **headers)(server, request, now)
        return None

    return temper


def unreachable(stage):
    def temper(server, request, now):
        raise NetError(stage, "no luck")

    return temper


def strict(least, **headers):
    """Throttles whoever comes back within ``least``."""

    def temper(server, request, now):
        if len(server.visits) > 1 and now - server.visits[-2][0] < least:
            return 429, headers, b""
        return None

    return temper


def dated(server, request, now):
    """503 with a date, every second day."""
    if int((now - START) / DAY) % 2:
        until = now.replace(hour=23, minute=59, second=0, microsecond=0)
        return 503, {"retry-after": format_datetime(until, usegmt=True)}, b""
    return None


def liar(server, request, now):
    """304 to whoever sends validators, whatever has happened since."""
    return (304, {}, b"") if request.conditional else None


def flapping(server, request, now):
    return (500, {}, b"") if random.Random(int(now.timestamp())).random() < 0.4 else None


def moved(server, request, now):
    if request.url == server.url:
        return 301, {"location": "https://new-home.example/feed"}, b""
    return None


def upgraded(server, request, now):
    if request.url.startswith("http:"):
        return 301, {"location": request.url.replace("http:", "https:")}, b""
    return None


def everyone():
    found = [
        Server("lively", 20 * MINUTE),
        Server("hourly"),
        Server("daily", DAY),
        Server("weekly", 7 * DAY),
        Server("asleep", 400 * DAY),
        Server("etag-only", validators="etag"),
        Server("no-validators", validators="none"),
        Server("rotating-etags", 2 * HOUR, validators="rotating"),
        Server("max-age", headers={"cache-control": "max-age=7200"}),
        Server("old-copy", headers={"cache-control": "max-age=3600", "age": "1800"}),
        Server("expires", headers={"expires": "0"}),
        Server("forever", headers={"cache-control": "max-age=31536000, immutable"}),
        Server("ttl", 5 * MINUTE, hints=PaceHints(ttl=90 * MINUTE)),
        Server("sy-daily", hints=PaceHints(update_period=DAY)),
        Server("no-nights", 20 * MINUTE, hints=PaceHints(skip_hours=frozenset(range(7)))),
        Server("no-weekends", hints=PaceHints(skip_days=frozenset({5, 6}))),
        Server("eager", source={"interval": 15 * MINUTE}),
        Server("too-eager", temper=between(4, 99, 410), source={"interval": 0.2 * MINUTE}),
        Server("strict", 5 * MINUTE, temper=strict(HOUR, **{"retry-after": "3600"})),
        Server("strict-and-mute", 5 * MINUTE, temper=strict(HOUR)),
        Server("eager-strict", temper=strict(HOUR), source={"interval": 5 * MINUTE}),
        Server("dated", temper=dated),
        Server("week-off", temper=between(3, 4, 429, retry_after="600000")),
        Server("gone", temper=between(10, 99, 410)),
        Server("lost-and-found", temper=between(5, 12, 404)),
        Server("forbidden", temper=status(403)),
        Server("challenge", temper=status(403, cf_mitigated="challenge")),
        Server("flapping", temper=flapping),
        Server("broken", temper=status(500)),
        Server("silent", temper=unreachable(Stage.TIMEOUT)),
        Server("nameless", temper=unreachable(Stage.DNS)),
        Server("liar", 3 * HOUR, temper=liar),
        Server("lazy-liar", 2 * DAY, temper=liar, validators="etag"),
        Server("patient", headers={"retry-after": "5400"}),
        Server("moved", temper=moved),
        Server("upgraded", temper=upgraded),
    ]
    for server in found:
        server.url = f"http://{server.name}.example/feed"
    found += [Server(f"section-{n}", url=f"http://paper.example/{n}") for n in range(8)]
    for number in range(3):
        throttle = strict(2 * HOUR, **{"retry-after": "1800"}) if number == 0 else None
        blog = Server(f"blog-{number}", 30 * MINUTE, temper=throttle)
        blog.url, blog.source = f"http://b{number}.tumbling.example/rss", {"rate_group": "tumbling"}
        found.append(blog)
    return found


class World:
    """All servers behind the one method that the fetcher calls."""

    def __init__(self, servers, clock):
        self.clock = clock
        self.by_url = {server.url: server for server in servers}
        for server in servers:
            self.by_url[server.url.replace("http:", "https:")] = server
        self.by_url["https://new-home.example/feed"] = self.by_url["http://moved.example/feed"]

    async def get(self, request):
        permanent, url = None, request.url
        for _ in range(3):
            await asyncio.sleep(0)
            request.line.sent()
            server = self.by_url[url]
            code, headers, body = server.answer(replace(request, url=url), self.clock.now)
            self.clock.seconds += 0.2
            if code != 301:
                break
            permanent = url = headers["location"]
            await request.line.hop(url)
        return HttpResponse(url, code, headers, body, len(body), permanent)


def logged(stored, fetched):
    """A request as the database gives it back: what was planned before is what allowed it."""
    return FetchLogRow(
        source_key=stored.source.key,
        group=rate_group(stored.source, fetched.requested_url),
        at=fetched.started_at,
        outcome=fetched.outcome.kind,
        status=fetched.outcome.status,
        conditional=fetched.conditional,
        had_validator=fetched.had_validator,
        retry_after=fetched.retry_after,
        allowed_at=stored.state.next_due,
        url=fetched.requested_url,
        elapsed=fetched.elapsed,
        hops=fetched.visits[1:],
    )


class Hub:
    """What the daemon does, in a dozen lines: due, fetch, remember, plan, log."""

    def __init__(self, servers):
        self.clock = FakeClock()
        self.world = World(servers, self.clock)
        self.servers = {server.name: server for server in servers}
        self.rows, self.reasons = [], defaultdict(set)
        self.sources = {}
        for number, server in enumerate(servers):
            source = Source(key=server.name, url=server.url, **server.source)
            self.sources[server.name] = StoredSource(number, source, FetchState(next_due=START))
        self.restart()

    def restart(self):
        self.fetcher = Fetcher(self.world, clock=self.clock)
        self.fetcher.resume(self.sources.values(), self.clock.now)

    async def one(self, stored):
        now = self.clock.now
        fetched = await self.fetcher.fetch(stored, now)
        now = self.clock.now
        if fetched.sent:
            self.rows.append(logged(stored, fetched))
        server = self.servers[stored.source.key]
        recent = stored.recent
        hints = None
        if fetched.body:
            count = min(10, server.published(fetched.started_at))
            newest = server.published(fetched.started_at)
            recent = tuple(START + server.gap * (newest - n) for n in range(count))
            hints = server.hints
        seen = replace(stored, recent=recent)
        state = replace(next_state(seen, fetched, now), hints=hints or stored.state.hints)
        due = plan_next_fetch(replace(seen, state=state), fetched, hints, now)
        state = replace(state, next_due=due.at, due_reason=due.reason)
        self.reasons[stored.source.key].add(due.reason)
        self.sources[stored.source.key] = replace(seen, state=state)

    async def run(self, until, restart_every):
        next_restart = self.clock.now + restart_every
        while True:
            soonest = min(stored.state.next_due for stored in self.sources.values())
            if soonest >= until:
                return
            # Ticks of a quarter of a minute, as the daemon's.
            wait = max((soonest - self.clock.now).total_seconds(), 0)
            self.clock.seconds += wait + (-(self.clock.seconds + wait)) % 15
            if self.clock.now >= next_restart:
                self.restart()
                next_restart = self.clock.now + restart_every
            now = self.clock.now
            due = [s for s in self.sources.values() if s.state.next_due <= now]
            await asyncio.gather(*map(self.one, due))


@pytest.fixture(scope="module")
def month():
    hub = Hub(everyone())
    asyncio.run(hub.run(END, restart_every=timedelta(hours=19)))
    return hub


def test_not_a_single_fault(month):
    verdict = audit(month.rows)
    assert verdict.faults == ()
    assert verdict.score == 1.0
    assert {grade.letter for grade in verdict.grades} == {"A"}
    assert verdict.requests == len(month.rows) > 10_000


def visits(month, name):
    return [at for at, _ in month.servers[name].visits]


def gaps(month, name):
    times = visits(month, name)
    return [later - earlier for earlier, later in pairwise(times)]


def test_no_source_is_ever_asked_within_five_minutes(month):
    for name in month.servers:
        if name not in ("moved", "upgraded"):  # these see both ends of a redirect
            assert min(gaps(month, name), default=DAY) >= 5 * MINUTE, name


def test_the_eager_get_the_floor(month):
    assert 5 * MINUTE <= gaps(month, "too-eager")[5] <= 6 * MINUTE


def test_410_ends_it(month):
    last = visits(month, "gone")[-1]
    assert last - START < 11 * DAY
    assert month.sources["gone"].state.gone_at is not None


def test_hints_are_honoured(month):
    assert min(gaps(month, "ttl")) >= 90 * MINUTE
    assert min(gaps(month, "sy-daily")) >= DAY
    assert min(gaps(month, "max-age")[1:]) >= 2 * HOUR
    assert all(at.hour >= 7 for at in visits(month, "no-nights")[1:])
    assert all(at.weekday() < 5 for at in visits(month, "no-weekends")[1:])


def test_retry_after_is_honoured_across_restarts(month):
    times = visits(month, "week-off")
    assert max(gaps(month, "week-off")) >= timedelta(seconds=600000)
    assert times[-1] > START + 12 * DAY
    for before, after in pairwise(times):
        assert after - before >= HOUR / 6


def test_throttling_quiets_the_whole_group(month):
    rows = sorted((row for row in month.rows if row.group == "tumbling"), key=lambda r: r.at)
    throttled = [row for row in rows if row.outcome is OutcomeKind.THROTTLED]
    assert throttled
    for row in throttled:
        assert not [r for r in rows if row.at < r.at < row.at + 30 * MINUTE]


def test_trouble_slows_down(month):
    for name in ("forbidden", "challenge", "broken", "silent", "nameless"):
        assert len(visits(month, name)) < 60, name
        assert gaps(month, name)[-1] >= 20 * HOUR, name
    assert len(visits(month, "lost-and-found")) > 100


def test_a_lie_is_found_out_and_the_news_comes_through(month):
    liar = month.sources["liar"].state
    assert liar.distrusted_at is not None
    assert END - liar.last_200_at < 3 * DAY
    in_full = [row.at for row in month.rows if row.source_key == "liar" and not row.conditional]
    assert all(b - a >= DAY for a, b in pairwise(in_full))
    assert len(in_full) > 15
    lazy = month.sources["lazy-liar"].state
    assert END - lazy.last_200_at < 9 * DAY


def test_a_move_is_believed_after_a_week(month):
    old = [at for at, r in month.servers["moved"].visits if host_of(r.url) == "moved.example"]
    assert 7 * DAY - HOUR <= old[-1] - START < 8 * DAY
    assert month.sources["moved"].state.redirect_url == "https://new-home.example/feed"


def test_an_upgrade_to_https_is_believed_at_once(month):
    plain = [r for _, r in month.servers["upgraded"].visits if r.url.startswith("http:")]
    assert len(plain) == 1


def test_who_never_says_anything_is_asked_ever_less(month):
    assert len(visits(month, "asleep")) < 400
    assert gaps(month, "asleep")[-1] >= 6 * HOUR


def test_every_wait_has_its_reason(month):
    for name, reasons in month.reasons.items():
        assert all(reasons), name
    assert any("ttl" in reason for reason in month.reasons["ttl"])
    assert any("skipped" in reason for reason in month.reasons["no-nights"])
    assert any("Retry-After" in reason for reason in month.reasons["patient"])


def test_sections_of_one_host_do_not_march_in_step(month):
    lasts = sorted(visits(month, f"section-{n}")[-1] for n in range(8))
    assert min(b - a for a, b in pairwise(lasts)) >= timedelta(seconds=1)


def rude(rows):
    """The same log with each sin committed once."""
    rows = sorted(rows, key=lambda row: row.at)
    sins = {}

    def commit(kind, row):
        sins[kind] = row
        return row

    hourly = [row for row in rows if row.source_key == "hourly"]
    yield from rows
    late = hourly[50]
    yield commit(FaultKind.TOO_SOON, replace(late, at=late.at + MINUTE))
    full = hourly[5]
    yield commit(
        FaultKind.UNCONDITIONAL, replace(full, conditional=False, at=full.at + timedelta(seconds=9))
    )
    gone = next(row for row in rows if row.outcome is OutcomeKind.GONE)
    yield commit(FaultKind.AFTER_GONE, replace(gone, at=gone.at + DAY))
    section = next(row for row in rows if row.group == "paper.example")
    yield commit(
        FaultKind.BURST,
        replace(section, at=section.at + timedelta(milliseconds=200), source_key="section-8"),
    )
    throttled = next(row for row in rows if row.source_key == "week-off" and row.retry_after)
    yield commit(
        FaultKind.IGNORED_RETRY_AFTER,
        replace(throttled, at=throttled.at + HOUR, by_hand=True, allowed_at=None),
    )


def test_a_rude_log_is_caught(month):
    verdict = audit(rude(month.rows))
    assert set(verdict.counts) == set(FaultKind)
    assert verdict.score < 1.0
    assert verdict.grades[0].letter != "A"
    spotless = [grade for grade in verdict.grades if not grade.faults]
    assert len(spotless) == len(verdict.grades) - 4  # one of them sinned twice


@pytest.mark.parametrize("change", [{}, {"by_hand": True}, {"allowed_at": START + DAY}])
def test_who_is_given_another_address_owes_the_old_one_nothing(change):
    """That is: where nothing was planned for it. A hand or a plan is no change of address."""

    def row(minutes, host, **fields):
        at = START + minutes * MINUTE
        return FetchLogRow("a", host, at, OutcomeKind.OK, url=f"http://{host}/rss", **fields)

    first = row(0, "old.example", retry_after=2 * HOUR)
    assert audit([first, row(1, "old.example")]).counts
    assert bool(audit([first, row(1, "new.example", **change)]).counts) is bool(change)
    # what a whole group was asked for holds at any address of it
    throttled = replace(first, outcome=OutcomeKind.THROTTLED, status=429)
    other = replace(row(1, "old.example", **change), url="http://old.example/atom")
    assert FaultKind.IGNORED_RETRY_AFTER in audit([throttled, other]).counts


def test_an_empty_log_has_no_faults():
    verdict = audit([])
    assert (verdict.score, verdict.requests, verdict.grades) == (1.0, 0, ())


# --- the whole line -----------------------------------------------------------------------

# 30 shows the month; it takes minutes.
DAYS = int(os.environ.get("FEEDHUB_MONTH_DAYS", "2"))


class Parser:
    """Reads what :class:`Server` writes: how many items there have been."""

    def __init__(self, world):
        self.world = world

    async def parse(self, document, rules=None):
        server = self.world.by_url[document.url]
        newest = int(document.body.removeprefix(b"<rss>").removesuffix(b"</rss>"))
        entries = tuple(
            Entry(
                hash=f"{server.name} {number}".encode(),
                position=place,
                title=f"{server.name} {number}",
                guid=str(number),
                published=START + number * server.gap,
            )
            for place, number in enumerate(range(newest, max(newest - 10, 0), -1))
        )
        return ParsedFeed("rss20", entries=entries, hints=server.hints, dated=len(entries))


class WholeHub:
    """The daemon's first half: what is due goes down the line, every quarter of a minute."""

    def __init__(self, servers, path):
        self.clock = FakeClock()
        self.world = World(servers, self.clock)
        self.servers = {server.name: server for server in servers}
        self.path = path
        sources = tuple(Source(key=s.name, url=s.url, **s.source) for s in servers)
        self.config = Config(hub=Settings(), sources=sources, lists=())

    async def start(self):
        self.store = SqliteStore(self.path)
        await self.store.open()
        await sync(self.store, self.config)
        fetcher = Fetcher(self.world, clock=self.clock)
        fetcher.resume(await self.store.paused(), self.clock.now)
        parser, now = Parser(self.world), lambda: self.clock.now
        self.pipeline = Pipeline(self.config, self.store, fetcher, parser, now)

    async def stop(self):
        self.rows = await self.store.fetch_log(START)
        await self.store.close()

    async def run(self, until, restart_every):
        await self.start()
        next_restart = self.clock.now + restart_every
        while (soonest := await self.store.next_due()) < until:
            wait = max((soonest - self.clock.now).total_seconds(), 0)
            self.clock.seconds += wait + (-(self.clock.seconds + wait)) % 15
            if self.clock.now >= next_restart:
                await self.stop()
                await self.start()
                next_restart = self.clock.now + restart_every
            await self.pipeline.run()
        await self.stop()


def manners(db, *options):
    """What ``feedhub manners`` says of a database, and its exit code."""
    feeds = db.with_name("feeds.yaml")
    feeds.write_text("sources: []\n", "utf-8")
    span = ("--days", "36500")  # the days played are long gone, or still to come
    told = CliRunner().invoke(
        main, ["manners", "--config", str(feeds), "--db", str(db), *span, *options]
    )
    return told.exit_code, told.stdout


def test_feedhub_manners_finds_no_fault_and_can(tmp_path, monkeypatch):
    logging = structlog.make_filtering_bound_logger(50)
    monkeypatch.setattr("feedhub.pipeline.log", logging(None, [], {}))
    hub = WholeHub(everyone(), tmp_path / "hub.db")
    asyncio.run(hub.run(START + DAYS * DAY, restart_every=timedelta(hours=19)))
    assert len(hub.rows) > 1000 * DAYS
    assert any(row.hops for row in hub.rows)
    code, said = manners(hub.path)
    print(said)
    assert (code, "100.00% beyond reproach" in said) == (0, True), said

    with closing(sqlite3.connect(hub.path)) as conn, conn:
        # the same requests once more, a minute after each, of one lively source
        conn.execute(
            "CREATE TEMP TABLE again AS SELECT f.* FROM fetches f JOIN sources s"
            " ON s.id = f.source_id WHERE s.key = 'hourly' LIMIT 9"
        )
        conn.execute("UPDATE again SET id = NULL, at = at + 60")
        conn.execute("INSERT INTO fetches SELECT * FROM again")
    code, said = manners(hub.path, "--json")
    found = json.loads(said)
    assert (code, found["score"] < 1) == (1, True)
    assert set(found["faults"]) == {FaultKind.TOO_SOON}
    assert found["sources"][0]["source"] == "hourly"
    assert found["sources"][0]["grade"] != "A"
