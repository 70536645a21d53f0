"""The first half of the line: due -> fetch -> parse -> identify + store, many sources at once.

    lease_due | fetch | parse | candidates | commit_fetch      (one task a source)

Each source ends in exactly one outcome, committed together with everything it changed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

import structlog

from feedhub.crowds import Crowds
from feedhub.dedupe import ARTICLES, candidates, source_publisher
from feedhub.errors import FeedhubError, NotAFeed, ParseError, StoreError
from feedhub.fetch import next_state, plan_next_fetch, rate_group, with_its_way
from feedhub.fetch.websub import Offer, offered
from feedhub.model import (
    CommitReport,
    Config,
    Document,
    Enclosure,
    Entry,
    FetchCommit,
    Fetched,
    FetchState,
    Image,
    Outcome,
    OutcomeKind,
    ParsedFeed,
    ParseRules,
    Source,
    Stage,
    StoredSource,
)
from feedhub.store import Store

log = structlog.get_logger()

Clock = Callable[[], datetime]

# How many sources are under way at once: more than the fetcher's quick and slow lanes hold
# together, so that a thousand dead hosts, each waiting out its time limit, keep no living one
# from being leased. Waiting costs about 20 KB each.
IN_FLIGHT = 600
# Of these, how many may be sources whose last fetch failed. They are slow to end.
DOUBTFUL = 400
ROUNDS = 4  # of leasing at once, where crowds are met and passed over
# While this many fetched documents wait for the parser, nothing more is leased, and no request
# begins until half of them are read: they are what memory goes to.
WAITING = 32
# While more sources than these are on their way to being stored, what one has changed waits a
# moment to be stored with what others have.
FEW = 8
# Of the feeds that a page names, how many its outcome does; a page may name hundreds.
NAMED = 5
# Longer than a fetch and its parse may take in all, so that a lease outlives honest work.
LEASE = timedelta(minutes=5)


class Fetches(Protocol):
    """What the pipeline needs of a fetcher."""

    async def fetch(self, stored: StoredSource, now: datetime) -> Fetched: ...


class Parses(Protocol):
    """What the pipeline needs of a parser."""

    async def parse(self, document: Document, rules: ParseRules | None = None) -> ParsedFeed: ...


@dataclass(frozen=True, slots=True)
class Done:
    """One source, fetched and committed."""

    stored: StoredSource
    outcome: Outcome
    report: CommitReport
    repairs: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()  # found on the page, where the address is no feed
    offer: Offer | None = None  # the hub that a document named
    read: bool = False  # a document was read so far that no offer means none
    url: str = ""  # the address that answered, after redirects


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
        self.config = config
        self.store = store
        self._fetcher = fetcher
        self._parser = parser
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
        self._waiting = 0  # documents before the parser
        self._storing = 0  # fetches before the store
        self._room = asyncio.Event()  # for more of them
        self._room.set()
        self._ended = asyncio.Event()
        self._stopping = False
        self._failures: dict[str, list[BaseException]] = {}  # of a pass, by cause
        self._passing = False  # whether who waits is told of those by an exception
        self._told: set[str] = set()  # why fetches could not be stored, since one could
        self.unstored = ""  # what the store said of the last one, until one can be stored

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
        if self._waiting >= WAITING:
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
        await self._room.wait()
        fetched = await self._fetcher.fetch(stored, self._clock())
        let_go = fetched.let_go
        rest = self._take_in(stored, fetched)
        del fetched  # its body is not needed any more once it has been parsed
        try:
            return await rest
        finally:
            let_go()

    async def _take_in(self, stored: StoredSource, fetched: Fetched) -> Done:
        now = self._clock()
        parsed: ParsedFeed | None = None
        feeds: tuple[str, ...] = ()
        if fetched.body is not None and fetched.outcome.kind in (
            OutcomeKind.OK,
            OutcomeKind.MOVED,
        ):
            self._wait(1)
            try:
                fetched, parsed, feeds = await self._parse(stored, fetched, now)
            finally:
                self._wait(-1)
        fetched = with_its_way(fetched)
        try:
            commit = self._commit(stored, fetched, parsed, now)
            report = await self._to_store(commit, now)
        except StoreError:
            raise
        except Exception as error:
            # A document that we cannot take in, by a fault of ours, must cost its source one
            # fetch with a name, and no other source anything.
            log.exception("document could not be taken in", source=stored.source.key)
            fetched, parsed = _unread(stored.source, fetched, error), None
            commit = self._commit(stored, fetched, parsed, now)
            report = await self.store.commit_fetch(commit, now, ARTICLES)
        if parsed is None:
            return Done(stored, fetched.outcome, report, feeds=feeds, url=fetched.url)
        offer = None
        if not stored.source.secrets:  # a hub would be told the address
            offer = offered(fetched.headers, parsed.hub_links, parsed.self_link, fetched.url)
        # the link to its hub may stand in the part that is missing
        read = offer is not None or _is_whole(parsed, stored)
        return Done(stored, fetched.outcome, report, parsed.repairs, offer=offer, read=read)

    async def _to_store(self, commit: FetchCommit, now: datetime) -> CommitReport:
        self._storing += 1
        try:
            patient = len(self._tasks) - self._storing > FEW
            return await self.store.commit_fetch(commit, now, ARTICLES, patient=patient)
        finally:
            self._storing -= 1

    def _wait(self, more: int) -> None:
        self._waiting += more
        if self._waiting >= WAITING:
            self._room.clear()
        elif self._waiting <= WAITING // 2:
            self._room.set()

    async def process_push(self, stored: StoredSource, fetched: Fetched) -> Done:
        """A document that a hub has pushed, on the same way as a fetched one.

        It may hold a part of the feed only, so nothing is gone for want of being in it, and
        when the source is fetched next stays as planned.
        """
        now = self._clock()
        parsed: ParsedFeed | None = None
        if fetched.body is not None:
            fetched, parsed, _ = await self._parse(stored, fetched, now)
            if parsed is None:  # what its own server gives may well be a feed
                reason = f"pushed by its hub: {fetched.outcome.reason}"
                fetched = replace(fetched, outcome=replace(fetched.outcome, reason=reason))
        commit = self._commit(stored, fetched, parsed, now)
        commit = replace(commit, state=stored.state, complete=False, owner="", pushed=True)
        report = await self.store.commit_fetch(commit, now, ARTICLES)
        done = Done(stored, fetched.outcome, report, parsed.repairs if parsed else ())
        self._tell(done)
        return done

    async def _parse(
        self, stored: StoredSource, fetched: Fetched, now: datetime
    ) -> tuple[Fetched, ParsedFeed | None, tuple[str, ...]]:
        source, state = stored.source, stored.state
        feeds: tuple[str, ...] = ()
        document = Document(
            body=fetched.body or b"",
            url=fetched.url,
            content_type=fetched.headers.get("content-type", ""),
            encoding=source.encoding,
            timezone=source.timezone or self.config.hub.timezone,
            language=source.language,
            received_at=now,
            known=await self.store.hashes(stored.id) if state.imported_at else frozenset(),
        )
        try:
            parsed = await self._parser.parse(document, source.rules)
            fetched = replace(fetched, body=None)
            kept = fetched if _is_whole(parsed, stored) else _forgotten(fetched)
            return kept, _veiled(parsed, source), ()
        except NotAFeed as error:
            feeds = tuple(map(source.veiled, error.feeds))
            named = ", ".join(feeds[:NAMED])
            more = f" and {len(feeds) - NAMED} more" if len(feeds) > NAMED else ""
            found = f"; feeds found there: {named}{more}" if feeds else ""
            outcome = Outcome(
                OutcomeKind.NOT_A_FEED,
                reason=f"{source.veiled(error.reason)}{found}",
                status=fetched.outcome.status,
            )
        except ParseError as error:
            reason = source.veiled(error.reason)
            outcome = Outcome(OutcomeKind.FAILED, Stage.PARSE, reason, fetched.outcome.status)
        return _forgotten(replace(fetched, outcome=outcome)), None, feeds

    def _commit(
        self, stored: StoredSource, fetched: Fetched, parsed: ParsedFeed | None, now: datetime
    ) -> FetchCommit:
        news = parsed is None or bool(parsed.entries)
        state = next_state(stored, fetched, now, news=news)
        if parsed is not None:
            state = replace(
                state,
                hints=parsed.hints,
                dated=parsed.dated,
                truncated=parsed.truncated,
                date_trust=parsed.date_trust,
                site_link=parsed.site_link or state.site_link,
                imported_at=state.imported_at or now,
            )
        # from the answer on, which our clock, in whole seconds, may date before it came
        then = max(now, fetched.ended_at)
        due = plan_next_fetch(replace(stored, state=state), fetched, state.hints, then)
        state = replace(state, next_due=due.at, due_reason=due.reason)
        by_hand = self._by_hand and (stored.state.next_due or now) > now
        return FetchCommit(
            source_id=stored.id,
            fetched=fetched,
            state=state,
            publisher=source_publisher(stored.source, state.site_link) if parsed else None,
            candidates=candidates(parsed, stored, now) if parsed else (),
            known=parsed.known if parsed else (),
            complete=parsed is not None and _is_whole(parsed, stored),
            parsed=parsed,
            group=rate_group(stored.source, fetched.requested_url or None),
            allowed_at=stored.state.paused_until if by_hand else stored.state.next_due,
            by_hand=by_hand,
            owner=self._owner,
            address=stored.source.url,
        )


def _is_whole(parsed: ParsedFeed, stored: StoredSource) -> bool:
    """Whether what a document lacks is gone: unless it was cut off, and the one before was not.

    Some servers never send the end of their feeds, and what they show no more is gone too.
    """
    return not parsed.truncated or stored.state.truncated


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


def _veiled(parsed: ParsedFeed, source: Source) -> ParsedFeed:
    """A document without the secrets in its source's address, which its links may hold again."""
    if not source.secrets:
        return parsed

    def veil(value: Any) -> Any:
        if isinstance(value, str):
            return source.veiled(value)
        if isinstance(value, tuple):
            return tuple([veil(one) for one in value])
        if isinstance(value, Entry | Image | Enclosure):
            return replace(value, **{f.name: veil(getattr(value, f.name)) for f in fields(value)})
        return value

    return replace(
        parsed,
        title=veil(parsed.title),
        site_link=veil(parsed.site_link),
        icon=veil(parsed.icon),
        entries=veil(parsed.entries),
        # what entries are compared with
        repeated_guids=frozenset(map(source.veiled, parsed.repeated_guids)),
        repeated_links=frozenset(map(source.veiled, parsed.repeated_links)),
    )


def _unread(source: Source, fetched: Fetched, error: Exception) -> Fetched:
    """A fetch whose document was not taken in: failed, and nothing of it is remembered."""
    reason = source.veiled(f"not taken in: {type(error).__name__}: {error}")
    outcome = Outcome(OutcomeKind.FAILED, Stage.PARSE, reason, fetched.outcome.status)
    return _forgotten(replace(fetched, outcome=outcome))


def _forgotten(fetched: Fetched) -> Fetched:
    """What could not be read must not be taken for read: no validator, no hash."""
    return replace(fetched, etag=None, last_modified=None, body_hash=None)


async def sync(store: Store, config: Config) -> None:
    """Make the store's sources those of the configuration."""
    await store.sync_sources(config.sources, _described)


def _described(source: Source) -> tuple[str, str]:
    return shown_name(source), source_publisher(source, None)
