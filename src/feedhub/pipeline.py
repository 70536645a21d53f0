"""Which sources are under way: leases what is due, and ends each in one outcome.

    lease_due | fetch | parse | candidates | commit_fetch      (one task a source)

What happens to one source is the intake's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import structlog

from feedhub.crowds import Crowds
from feedhub.dedupe import source_publisher
from feedhub.errors import FeedhubError, StoreError
from feedhub.intake import Clock, Done, Fetches, Intake, Parses
from feedhub.model import Config, Fetched, FetchState, Source, StoredSource
from feedhub.store import Store

log = structlog.get_logger()

# How many sources are under way at once: more than the fetcher's quick and slow lanes hold
# together, so that a thousand dead hosts, each waiting out its time limit, keep no living one
# from being leased. Waiting costs about 20 KB each.
IN_FLIGHT = 600
# Of these, how many may be sources whose last fetch failed. They are slow to end.
DOUBTFUL = 400
ROUNDS = 4  # of leasing at once, where crowds are met and passed over
# Longer than a fetch and its parse may take in all, so that a lease outlives honest work.
LEASE = timedelta(minutes=5)


class Pipeline:
    """Fetches what is due, up to a bounded number at once. One instance a process."""

    def __init__(
        self,
        config: Config,
        store: Store,
        fetcher: Fetches,
        parser: Parses,
        clock: Clock,
        *,
        in_flight: int = IN_FLIGHT,
        on_done: Callable[[Done], None] | None = None,
    ) -> None:
        self._intake = Intake(config, store, fetcher, parser, clock)
        self.store = store
        self._clock = clock
        self._owner = store.owner
        self._log = log.bind()  # as logging is set up now: a lazy one is made anew at each line
        self._in_flight = in_flight
        self._on_done = on_done
        self._by_hand = False
        self._tasks: dict[asyncio.Task[None], StoredSource] = {}
        self._doubtful = 0  # of those under way
        self._crowds = Crowds()
        self._asked: set[int] = set()  # ids, in a pass over all
        self._ended = asyncio.Event()
        self._stopping = False
        self._failures: dict[str, list[BaseException]] = {}  # of a pass, by cause
        self._passing = False  # whether who waits is told of those by an exception
        self._told: set[str] = set()  # why fetches could not be stored, since one could
        self.unstored = ""  # what the store said of the last one, until one can be stored

    @property
    def config(self) -> Config:
        """What sources there are, and how the hub wants them."""
        return self._intake.config

    @config.setter
    def config(self, config: Config) -> None:
        self._intake.config = config

    @property
    def busy(self) -> int:
        """How many sources are under way."""
        return len(self._tasks)

    async def fill(self) -> int:
        """Lease what is due into the free places and start on it; how many were."""
        return await self._lease(doubtful=False) + await self._lease(doubtful=True)

    async def _lease(self, *, doubtful: bool, everything: bool = False, after: int = 0) -> int:
        """Lease and start; the highest source id leased, or 0 when there was nothing."""
        highest = 0
        for _ in range(ROUNDS):
            free = self._free(doubtful)
            if free <= 0 or self._stopping:
                break
            leased = await self.store.lease_due(
                self._clock(),
                self._owner,
                length=LEASE,
                limit=free,
                doubtful=doubtful,
                everything=everything,
                after=after,
                but=() if everything else self._crowds.passed_over(self.config.sources),
            )
            highest = max((stored.id for stored in leased), default=highest)
            after = max(after, highest)
            spared = self._start(leased, all_of_them=everything)
            if not spared:
                break
            await self.store.release(spared, self._owner)
        return highest

    def _start(self, leased: Sequence[StoredSource], *, all_of_them: bool) -> list[int]:
        """Start on sources; the ids of those that were not started on.

        These are they whose group has enough in line already, and, in a pass over all, they
        that it has asked before.
        """
        under_way = {stored.id: stored for stored in self._tasks.values()}
        spared = []
        for stored in leased:
            if (ours := under_way.get(stored.id)) is not None:
                # Either its lease ran out in our own queue, and has just been renewed; or what it
                # brought is stored, it is due again at once, and its task has yet to end.
                if _remembered(stored) != _remembered(ours):
                    spared.append(stored.id)
                continue
            if all_of_them:
                if stored.id in self._asked:
                    # its answer moved it to the doubtful ones, or from them: once is enough
                    spared.append(stored.id)
                    continue
                self._asked.add(stored.id)
            elif self._crowds.turns_away(stored.source):
                spared.append(stored.id)
                continue
            task = asyncio.create_task(self._run(stored), name=f"fetch {stored.source.key}")
            self._tasks[task] = stored
            self._doubtful += stored.state.errors > 0
            self._crowds.join(stored.source)
            task.add_done_callback(self._forget)
        return spared

    def _free(self, doubtful: bool) -> int:
        if self._intake.full:
            return 0
        free = self._in_flight - len(self._tasks)
        return min(free, DOUBTFUL - self._doubtful) if doubtful else free

    async def run(self, *, everything: bool = False) -> None:
        """One pass: everything that is due now (or simply everything), until it has ended.

        Raises the first error that kept a fetch from being stored, after all have ended; other
        causes have each been logged, once.
        """
        self._by_hand, self._passing = everything, True
        self._asked.clear()
        self._failures.clear()
        after = {False: 0, True: 0}
        more = {False, True}
        # a few places at a time: a lease is a transaction
        worth = max(1, self._in_flight // 10)
        while more or self._tasks:
            self._ended.clear()
            for doubtful in sorted(more):
                if self._free(doubtful) < min(worth, DOUBTFUL):
                    continue
                # asked before, for those who end meanwhile were passed over all the same
                waiting = self._crowds.waiting and not everything
                try:
                    leased = await self._lease(
                        doubtful=doubtful, everything=everything, after=after[doubtful]
                    )
                except StoreError as error:
                    # nobody is asked for what could not be stored, and all have their end
                    self._failed(error)
                    more.clear()
                    break
                after[doubtful] = max(after[doubtful], leased)
                waiting |= self._crowds.waiting and not everything
                if not leased and self._free(doubtful) > 0 and not waiting:
                    more.discard(doubtful)
            if self._tasks:
                await self._ended.wait()
        self._passing = False
        causes = list(self._failures.values())
        for errors in causes[1:]:
            self._say(errors[0], sources=len(errors))
        if causes:
            raise causes[0][0]

    async def drain(self, timeout: float) -> int:
        """Stop leasing, let what is under way end, give up the rest; how many were given up."""
        self._stopping = True
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=timeout)
        unfinished = dict(self._tasks)
        for task in unfinished:
            task.cancel()
        if unfinished:
            await asyncio.wait(unfinished)
            await self.store.release([s.id for s in unfinished.values()], self._owner)
        return len(unfinished)

    def _forget(self, task: asyncio.Task[None]) -> None:
        stored = self._tasks.pop(task)
        self._doubtful -= stored.state.errors > 0
        self._crowds.leave(stored.source)
        self._ended.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            # a fault of ours, or the database's: the lease runs out and the source is due again
            self._failed(error, source=task.get_name())

    def _failed(self, error: BaseException, **told: object) -> None:
        """One cause is one line, however many sources it meets."""
        cause = _cause(error)
        if isinstance(error, StoreError):
            self.unstored = cause
        if self._passing:
            self._failures.setdefault(cause, []).append(error)
        elif cause not in self._told:
            self._told.add(cause)
            self._say(error, **told)

    def _say(self, error: BaseException, **told: object) -> None:
        log.error("fetch could not be stored", error=_cause(error), **told)

    async def _run(self, stored: StoredSource) -> None:
        self._tell(await self.process(stored))
        self._told.clear()
        self.unstored = ""

    def _tell(self, done: Done) -> None:
        self._log.info(
            "fetched",
            source=done.stored.source.key,
            outcome=done.outcome.label,
            reason=done.outcome.reason or None,
            new=done.report.new,
            changed=done.report.changed,
        )
        if self._on_done is not None:
            self._on_done(done)

    async def process(self, stored: StoredSource) -> Done:
        """One source through the line; what it changed is stored when this returns."""
        return await self._intake.take(stored, by_hand=self._by_hand)

    async def process_push(self, stored: StoredSource, fetched: Fetched) -> Done:
        """A document that a hub has pushed, on the same way as a fetched one."""
        done = await self._intake.take_pushed(stored, fetched)
        self._tell(done)
        return done


def _remembered(stored: StoredSource) -> FetchState:
    return replace(stored.state, push_until=None)  # that is its subscription's


def _cause(error: BaseException) -> str:
    return str(error) if isinstance(error, FeedhubError) else repr(error)


def shown_name(source: Source) -> str:
    """What a source is called before its feed has been read."""
    if source.name:
        return source.name
    with suppress(ValueError):
        return source_publisher(replace(source, publisher=None), None)
    return source.url


async def sync(store: Store, config: Config) -> None:
    """Make the store's sources those of the configuration."""
    await store.sync_sources(config.sources, _described)


def _described(source: Source) -> tuple[str, str]:
    return shown_name(source), source_publisher(source, None)
