"""One source through the line: fetch -> parse -> identify + store, all or nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import datetime
from typing import Any, Protocol

import structlog

from feedhub.dedupe import ARTICLES, candidates, source_publisher
from feedhub.errors import NotAFeed, ParseError, StoreError
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
from feedhub.values import dataclass

log = structlog.get_logger()

Clock = Callable[[], datetime]

# While this many fetched documents wait for the parser, nothing more is leased, and no request
# begins until half of them are read: they are what memory goes to.
WAITING = 32
# While more sources than these are on their way to being stored, what one has changed waits a
# moment to be stored with what others have.
FEW = 8
# Of the feeds that a page names, how many its outcome does; a page may name hundreds.
NAMED = 5


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


class Intake:
    """Takes sources in, many at once, and holds back where more would cost memory for nothing.

    One instance a process.
    """

    def __init__(
        self, config: Config, store: Store, fetcher: Fetches, parser: Parses, clock: Clock
    ) -> None:
        self.config = config
        self._store = store
        self._fetcher = fetcher
        self._parser = parser
        self._clock = clock
        self._under_way = 0
        self._waiting = 0  # documents before the parser
        self._storing = 0  # fetches before the store
        self._room = asyncio.Event()  # for more of them
        self._room.set()

    @property
    def full(self) -> bool:
        """Whether so many documents wait for the parser that nothing more should be leased."""
        return self._waiting >= WAITING

    async def take(self, stored: StoredSource, *, by_hand: bool = False) -> Done:
        """One source through the line; what it changed is stored when this returns.

        ``by_hand`` says that a person asks, due or not. Raises StoreError, and nothing else.
        """
        self._under_way += 1
        try:
            await self._room.wait()
            fetched = await self._fetcher.fetch(stored, self._clock())
            let_go = fetched.let_go
            rest = self._take_in(stored, fetched, by_hand)
            del fetched  # its body is not needed any more once it has been parsed
            try:
                return await rest
            finally:
                let_go()
        finally:
            self._under_way -= 1

    async def _take_in(self, stored: StoredSource, fetched: Fetched, by_hand: bool) -> Done:
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
            commit = self._commit(stored, fetched, parsed, now, by_hand)
            report = await self._to_store(commit, now)
        except StoreError:
            raise
        except Exception as error:
            # A document that we cannot take in, by a fault of ours, must cost its source one
            # fetch with a name, and no other source anything.
            log.exception("document could not be taken in", source=stored.source.key)
            fetched, parsed = _unread(stored.source, fetched, error), None
            commit = self._commit(stored, fetched, parsed, now, by_hand)
            report = await self._store.commit_fetch(commit, now, ARTICLES)
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
            patient = self._under_way - self._storing > FEW
            return await self._store.commit_fetch(commit, now, ARTICLES, patient=patient)
        finally:
            self._storing -= 1

    def _wait(self, more: int) -> None:
        self._waiting += more
        if self.full:
            self._room.clear()
        elif self._waiting <= WAITING // 2:
            self._room.set()

    async def take_pushed(self, stored: StoredSource, fetched: Fetched) -> Done:
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
        report = await self._store.commit_fetch(commit, now, ARTICLES)
        return Done(stored, fetched.outcome, report, parsed.repairs if parsed else ())

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
            known=await self._store.hashes(stored.id) if state.imported_at else frozenset(),
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
        self,
        stored: StoredSource,
        fetched: Fetched,
        parsed: ParsedFeed | None,
        now: datetime,
        by_hand: bool = False,
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
        by_hand = by_hand and (stored.state.next_due or now) > now
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
            owner=self._store.owner,
            address=stored.source.url,
        )


def _is_whole(parsed: ParsedFeed, stored: StoredSource) -> bool:
    """Whether what a document lacks is gone: unless it was cut off, and the one before was not.

    Some servers never send the end of their feeds, and what they show no more is gone too.
    """
    return not parsed.truncated or stored.state.truncated


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
