"""The line on a clock: fetch what is due, rank what is new, serve; stop without losing a thing."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog

from feedhub.beats import Beats
from feedhub.clicks import Clicks, is_person, reader_of
from feedhub.errors import FeedhubError
from feedhub.hub import CLOCK_WAS_AHEAD, RERANK, Hub, all_unreachable, open_hub
from feedhub.intake import Clock, Done
from feedhub.metrics import Metrics
from feedhub.model import Config
from feedhub.push import Push
from feedhub.queries import StoreQueries
from feedhub.reload import Watch
from feedhub.rendering import context, publish
from feedhub.sdnotify import Notifier
from feedhub.serve import Pictures, Pinger, Server, Site, build_app, with_callbacks
from feedhub.serve.ops import with_ops
from feedhub.store.owners import HUB, Owner, at_work
from feedhub.upkeep import EVERY, Pruned, prune
from feedhub.watching import STALE, Watching

log = structlog.get_logger()

# The scheduler only asks "is anything due?", one index look-up; a source's own due time is
# in the store. A second keeps the delay from fetched to visible under two.
BEAT = timedelta(seconds=1)
# What was stored is ranked and served this soon; several sources that come in together share
# a tick. Looking costs nothing while nothing is new.
SOON = timedelta(seconds=0.3)
# How often feeds.yaml is looked at: one stat, and soon enough for a person who just saved it.
WATCH = timedelta(seconds=2)
# How often it is asked whether a day has passed since retention last ran.
UPKEEP = timedelta(minutes=10)
# Between two of retention's transactions, so that fetches are stored in between.
BREATH = 0.05
# Ticks get a quarter of the time, but never wait longer than this: on a machine under load one
# may take long, and what was stored must be seen soon all the same.
REST = 10.0
# All of stopping. What systemd and container runtimes grant before they kill is as long or
# longer; the fetches in flight get the most of it.
STOP = 9.0
DRAIN = 7.0


class Daemon:
    """Fetching, ranking and serving in one event loop."""

    def __init__(
        self,
        hub: Hub,
        site: Site,
        push: Push,
        metrics: Metrics | None = None,
        reloaded: Callable[[Config], None] = lambda _config: None,
    ) -> None:
        self._reloaded = reloaded
        self._metrics = metrics or Metrics()
        self._notifier = Notifier()
        self._hub = hub
        self._push = push
        self._unsaid: list[Done] = []  # documents whose offers of a hub are to be taken up
        self._site = site
        self.clicks = Clicks()
        self._pinger = Pinger(hub.store, hub.client)
        self._dirty = True  # something was stored since the last tick
        self._ticked_at = hub.clock() - RERANK
        self._last_tick = "never"
        self._rested_at = 0.0  # the loop's time before which no tick begins
        self._unreachable = False
        self._rhythm = Beats()
        self._beats: set[asyncio.Task[object]] = set()
        self._no_beats = asyncio.Event()
        self._watch = Watch(hub.config)
        self._failing: dict[str, str] = {}  # what does not work now, and why
        self._shown: dict[str, datetime] = {}  # the tick of each list as it is served
        self._hands_at: datetime | None = None  # when editors last changed what readers see
        self._pruning: asyncio.Task[Pruned] | None = None

    def read_again(self) -> None:
        """Read feeds.yaml at the next look, changed or not."""
        self._watch.ask()

    def note(self, done: Done) -> None:
        """A source has been committed: the next beat ranks, if that can change anything."""
        if done.read:
            self._unsaid.append(done)
        report = done.report
        first = done.stored.state.last_fetch_at is None
        if first or report.new or report.changed or report.gone or report.carried:
            self._dirty = True

    def health(self) -> dict[str, object]:
        """For ``/healthz``: that the beat goes on, and how far it is."""
        found: dict[str, object] = {
            "last_tick": self._last_tick,
            "fetching": self._hub.pipeline.busy,
        }
        failing = dict(self._failing)
        if self._hub.pipeline.unstored:  # who is due can be found on a full disk, it may be
            failing["storing"] = self._hub.pipeline.unstored
        if failing:
            found["status"] = "failing"
            found["errors"] = failing
        if self._watch.mistakes:
            found["configuration"] = list(self._watch.mistakes)
        return found

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until ``stop`` is set, then finish what is in flight within 10 s."""
        for work, interval in (
            (self._fetch, BEAT),
            (self._tick, SOON),
            (self._subscribe, WATCH),
            (self._ping, WATCH),
            (self._keep_clicks, WATCH),
            (self._look, WATCH),
            (self._upkeep, UPKEEP),
        ):
            self._rhythm.add(work, interval)
        if self._notifier.watchdog is not None:
            self._rhythm.add(self._alive, self._notifier.watchdog)
        self._notifier.tell("READY=1", f"STATUS=serving {self._hub.config.hub.base_url}/")
        self._rhythm.start()
        try:
            if not stop.is_set():  # told to stop while starting up, it begins nothing
                await self._fetch()
            await stop.wait()
        finally:
            self._notifier.tell("STOPPING=1")
            # The scheduler would cancel a running job; ours are waited for instead.
            self._rhythm.pause()
            if self._pruning is not None:
                self._pruning.cancel()
            given_up = await self._hub.pipeline.drain(DRAIN)
            if given_up:
                log.warning(
                    "stopped in the middle of fetches; they are due again", sources=given_up
                )
            await self._keep_clicks()
            await self._end_beats((STOP - DRAIN) / 2)
            self._rhythm.shutdown()

    async def _end_beats(self, timeout: float) -> None:
        """Let what beats have begun end, and give up what is late: what it would still ask for,
        the store and the story process, is closed next, and to fail by that is no news.
        """
        await asyncio.sleep(0)  # what the scheduler has begun begins
        if not self._beats:
            return
        _, late = await asyncio.wait(self._beats, timeout=timeout)
        for beat in late:
            beat.cancel()
        # and who waits for a beat is past it: the scheduler would call them failures
        await self._no_beats.wait()

    async def _fetch(self) -> None:
        await self._watched("fetching", self._hub.pipeline.fill())

    async def _tick(self) -> None:
        # While a thousand sources come in, ranking after each would keep them waiting.
        loop = asyncio.get_running_loop()
        if loop.time() < self._rested_at:
            return
        begun = loop.time()
        await self._tick_if_due()
        self._rested_at = loop.time() + rest(loop.time() - begun)

    async def _tick_if_due(self) -> None:
        # a clock that was set back must not keep the lists from moving
        if self._dirty or abs(self._hub.clock() - self._ticked_at) >= RERANK:
            await self._watched("ranking", self._rank())

    async def _subscribe(self) -> None:
        await self._watched("subscribing", self._step_push())

    async def _step_push(self) -> None:
        unsaid, self._unsaid = self._unsaid, []
        for done in unsaid:
            await self._push.after(done)
        await self._push.step()

    async def _ping(self) -> None:
        await self._watched("pinging", self._pinger.beat(self._hub.clock()))

    async def _keep_clicks(self) -> None:
        if self.clicks.waiting:
            await self._watched("keeping clicks", self._store_clicks())

    async def _store_clicks(self) -> None:
        counts = self.clicks.take()
        try:
            await self._hub.store.add_clicks(counts)
        except BaseException:
            self.clicks.give_back(counts)
            raise

    def clicked(self, item_id: int, method: str, headers: Mapping[str, str], peer: str) -> None:
        """A link was followed: count it if a person did."""
        if is_person(method, headers):
            self.clicks.note(item_id, reader_of(peer, headers), self._hub.clock())

    async def _look(self) -> None:
        config = self._watch.changed()
        if config is not None:
            await self._watched("reloading", self._reload(config))

    async def _alive(self) -> None:
        """Tell systemd's watchdog, unless the lists have stood still: then it may restart us."""
        if abs(self._hub.clock() - self._ticked_at) < STALE:
            self._notifier.tell("WATCHDOG=1")

    async def _upkeep(self) -> None:
        """Let go of what is old, once a day; stopping cuts it short, and the next run goes on."""
        now = self._hub.clock()
        try:
            last = await self._hub.store.pruned_at()
            if last is not None and abs(now - last) < EVERY:
                return
            self._pruning = asyncio.create_task(
                prune(self._hub.store, self._hub.config, now, pause=BREATH)
            )
            done = await self._pruning
        except asyncio.CancelledError:
            return
        except FeedhubError as error:
            log.error("old items could not be removed", error=str(error))
            return
        finally:
            self._pruning = None
        log.info("old items removed", items=done.items, pages=done.pages)

    async def _reload(self, config: Config) -> None:
        """Take a new feeds.yaml over, at once and whole; fetches in flight go on."""
        before = self._hub.config.hub
        try:
            await self._hub.configure(config)
        except FeedhubError:
            self._watch.missed()
            raise
        self._watch.taken(config)
        self._site.publish(self._site.pages, ctx=context(self._hub))
        self._dirty = True
        await self.publish()
        log.info(
            "feeds.yaml read again",
            sources=len(config.sources),
            lists=", ".join(spec.slug for spec in config.lists),
        )
        self._reloaded(config)
        after = config.hub
        if (before.listen_host, before.listen_port) != (after.listen_host, after.listen_port):
            log.warning("hub.listen has changed: that takes a restart")

    async def _watched(self, job: str, work: Coroutine[Any, Any, object]) -> None:
        """Run a beat's work so that stopping waits for it and a failure ends nothing else.

        A failure is told once, and again when it is another; ``/healthz`` tells it meanwhile.
        """
        task: asyncio.Task[object] = asyncio.create_task(work)
        self._beats.add(task)
        self._no_beats.clear()
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            if not task.cancelled():
                raise
            # given up by who stops the hub: its waiter has nothing to tell
        except Exception as error:
            # the next beat tries again; the reason is in the log and nothing was lost
            text = str(error) if isinstance(error, FeedhubError) else repr(error)
            if self._failing.get(job) != text:
                log.error(f"{job} failed; it will be tried again", error=text)
            self._failing[job] = text
        else:
            if self._failing.pop(job, None) is not None:
                log.warning(f"{job} works again")
        finally:
            self._beats.discard(task)
            if not self._beats:
                self._no_beats.set()

    async def _rank(self) -> None:
        dirty, self._dirty = self._dirty, False
        before, self._ticked_at = self._ticked_at, self._hub.clock()
        try:
            if before - self._ticked_at > CLOCK_WAS_AHEAD:
                await self._hub.mend_clock()
            with self._metrics.timing("feedhub_tick_seconds"):
                changed = await self._hub.tick()
        except BaseException:
            self._dirty = dirty or self._dirty
            self._ticked_at = max(before, self._ticked_at)  # a clock set back is seen again
            raise
        self._last_tick = self._ticked_at.isoformat()
        # another process on the same database may have ranked, and saved, before us
        hands_at = await self._hub.store.hands_changed_at()
        touched, self._hands_at = hands_at != self._hands_at, hands_at
        if changed or dirty or touched or await self._standing() != self._shown:
            await self.publish()
        else:
            self._site.expect(self._ticked_at + RERANK)
        if changed:
            await self._pinger.changed(changed, self._site.ctx, self._hub.clock())
            log.info("lists changed", lists=", ".join(sorted(changed)))

    async def _standing(self) -> dict[str, datetime]:
        lists = await self._hub.store.load_lists()
        return {slug: ranked.tick for slug, (ranked, _) in lists.items()}

    async def publish(self) -> None:
        """Render the lists as they stand and serve them from now on."""
        self._shown = await self._standing()
        with self._metrics.timing("feedhub_render_seconds"):
            await publish(self._hub, self._site, tells=RERANK)
        unreachable = all_unreachable(await self._hub.store.statuses())
        if unreachable and not self._unreachable:
            log.warning(
                "None of the sources could be reached; is this machine online?"
                " To see feedhub at work without a network: feedhub demo"
            )
        self._unreachable = unreachable


def rest(took: float) -> float:
    """Seconds until the next tick may begin, after one that took so many."""
    return min(3 * took, REST)


@asynccontextmanager
async def running(db: Path) -> AsyncIterator[None]:
    """While it lasts, others can see that a hub runs on this database."""
    owner = Owner(db, HUB)
    with suppress(OSError):  # what could not be written then will be told by those who must
        owner.hold()
    try:
        yield
    finally:
        owner.drop()


async def serve(
    config: Config,
    db: Path,
    clock: Clock,
    *,
    started: Callable[[], None],
    reloaded: Callable[[Config], None] = lambda _config: None,
    stop: asyncio.Event | None = None,
) -> None:
    """Run the hub until SIGTERM, SIGINT or ``stop``.

    ``started`` is called once the page answers, ``reloaded`` whenever another feeds.yaml has
    come into force. Raises FeedhubError
    where the database or the port cannot be had.
    """
    stop = stop or asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    daemon: Daemon | None = None

    def hung_up() -> None:
        if daemon is not None:  # the first look reads feeds.yaml in any case
            daemon.read_again()

    # from here to the very end: while it starts, which may bring a large database up to date,
    # or ends, a hub that is told to read again must not die of it
    loop.add_signal_handler(signal.SIGHUP, hung_up)

    def note(done: Done) -> None:
        if daemon is not None:
            daemon.note(done)

    if at_work(db, HUB):  # a pass, a backup or an editor's command is no other hub
        log.warning(
            "another feedhub works on this database: they share the work, and each serves;"
            " one is enough",
            database=str(db),
        )
    async with open_hub(config, db, clock, on_done=note) as hub, running(db):
        site = Site(
            context(hub),
            StoreQueries(hub),
            health=lambda: daemon.health() if daemon else {},
            clock=clock,
            pictures=Pictures(hub.client),
            clicked=lambda *click: daemon.clicked(*click) if daemon else None,
        )
        push = Push(hub, hub.client)
        app = with_callbacks(build_app(site), push, lambda: site.ctx.asked_path)
        metrics = Metrics()
        watching = Watching(hub, db, metrics, site.health or dict)
        await watching.count()  # from here on
        app = with_ops(app, watching, lambda: site.ctx)
        server = Server(app, config.hub.listen_host, config.hub.listen_port)
        daemon = Daemon(hub, site, push, metrics, reloaded)
        await daemon.publish()
        await server.start()
        started()
        try:
            await daemon.run(stop)
        finally:
            site.close()
            await server.stop((STOP - DRAIN) / 2)
