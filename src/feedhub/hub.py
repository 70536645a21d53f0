"""All rooms of one hub, opened in order and closed in reverse: what every command works with."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from feedhub import ticks
from feedhub.clusterer import Clusterer
from feedhub.evidence import Copies
from feedhub.fetch import Fetcher, user_agent
from feedhub.fetch.clock import to_the_point
from feedhub.intake import Clock, Done, Fetches
from feedhub.memory import apart, give_back, look_seldom
from feedhub.model import Config, SourceStatus
from feedhub.neighbours import Neighbours
from feedhub.net import HttpClient
from feedhub.parse import ParserProcess
from feedhub.pipeline import Pipeline, sync
from feedhub.store import SqliteStore, Store
from feedhub.ticks import Stories

log = structlog.get_logger()

# Scores fall with time, so lists may change with nothing new. A minute of the hub's clock is
# finer than any list needs and costs little.
RERANK = timedelta(minutes=1)


# More than two machines' clocks differ by: the clock was ahead when the hub last worked.
CLOCK_WAS_AHEAD = timedelta(minutes=5)
# The longest that any source is left alone, but for those that are gone.
LONGEST_PLAN = timedelta(hours=24)


class Hub:
    """One process's hub over one database. Made by :func:`open_hub`."""

    def __init__(
        self,
        config: Config,
        store: Store,
        pipeline: Pipeline | None,
        stories: Stories,
        clock: Clock,
        authority: str,
        client: HttpClient | None = None,
        parser: ParserProcess | None = None,
        fetcher: Fetcher | None = None,
    ) -> None:
        self.config = config
        self.store = store
        self.stories = stories
        self.clock = clock
        self.authority = authority
        self._pipeline = pipeline
        self._client = client
        self._parser = parser
        self._fetcher = fetcher
        self._copies = Copies(store)
        self._identify()

    @property
    def pipeline(self) -> Pipeline:
        assert self._pipeline is not None, "this hub was opened for reading only"
        return self._pipeline

    @property
    def client(self) -> HttpClient:
        assert self._client is not None, "this hub was opened for reading only"
        return self._client

    async def configure(self, config: Config) -> None:
        """Work by another configuration from now on."""
        await sync(self.store, config)
        self.config = config
        if self._pipeline is not None:
            self._pipeline.config = config
        self._identify()

    def _identify(self) -> None:
        """Under one name all that leaves: pictures and pings too, not feeds alone."""
        contact = self.config.hub.contact
        if self._fetcher is not None:
            self._fetcher.identify(contact)
        if self._client is not None:
            self._client.user_agent = user_agent(contact)

    async def stale(self) -> bool:
        """Whether the lists are due for a tick with nothing new: scores fall with time."""
        last = await self.store.last_tick()
        fingerprint = await self.store.fingerprint_at(self.clock())
        return (
            last is None
            or abs(self.clock() - last) >= RERANK
            or fingerprint != self.config.fingerprint
        )

    async def mend_clock(self) -> None:
        """Take back what was dated and planned while the clock was ahead."""
        await _mend_clock(self.store, self.clock())
        self.stories.forget()

    async def tick(self, *, last: bool = False) -> frozenset[str]:
        """Stories, then ranks, at the clock's time; the lists that readers see changed.

        After the ``last`` one nothing more is read or placed: the processes for both end before
        the lists are ranked, so that what all three need is never held at once.
        """
        if last and self._parser is not None:
            await self._parser.close()
        now = self.clock()
        await self.stories.place(now)
        if last:
            await self.stories.close()
            give_back()
        return await ticks.rank(self.store, self.config, now, self._copies)


@asynccontextmanager
async def open_hub(
    config: Config,
    db: Path,
    clock: Clock,
    *,
    fetching: bool = True,
    readonly: bool = False,
    on_done: Callable[[Done], None] | None = None,
    through: Callable[[Fetcher], Fetches] | None = None,
) -> AsyncIterator[Hub]:
    """Open the store and, with ``fetching``, the client and the parser. Raises StoreError.

    ``through`` may put something before the fetcher.
    """
    apart()
    look_seldom()
    async with AsyncExitStack() as stack:
        store = SqliteStore(db, readonly=readonly)
        stack.push_async_callback(store.close)
        await store.open()
        await sync(store, config)
        stories = Stories(store, Clusterer.start)
        pipeline = client = parser = fetcher = None
        if not readonly:
            # before a tick of ours is the last: from it alone is seen that the clock was ahead
            last = await store.last_tick()
            if last is not None and last - clock() > CLOCK_WAS_AHEAD:
                await _mend_clock(store, clock())
        if fetching:
            client = await stack.enter_async_context(HttpClient())
            parser = ParserProcess()  # spawned by the first document that needs it
            stack.push_async_callback(parser.close)
            fetcher = Fetcher(client, precise=to_the_point)
            fetcher.resume(await store.paused(), clock())
            fetcher.gate.others = Neighbours(store, db, clock, fetcher.resume)
            fetches = through(fetcher) if through else fetcher
            pipeline = Pipeline(config, store, fetches, parser, clock, on_done=on_done)
        if not readonly:
            stack.push_async_callback(stories.close)
        authority = await store.authority()
        yield Hub(config, store, pipeline, stories, clock, authority, client, parser, fetcher)


async def _mend_clock(store: Store, now: datetime) -> None:
    sources = await store.mend_clock(now, LONGEST_PLAN)
    log.warning(
        "the clock was set back: what had been dated and planned ahead of it is taken back",
        sources=sources,
    )


def all_unreachable(statuses: list[SourceStatus]) -> bool:
    """Whether every source has been tried and none has ever answered."""
    return bool(statuses) and all(
        status.outcome is not None
        and not status.outcome.good
        and status.stored.state.last_ok_at is None
        for status in statuses
    )
