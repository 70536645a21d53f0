"""Sources fetched once to see what they give, in a database of its own that leaves no trace."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from feedhub import loop
from feedhub.cli.common import Files, count, now, steps
from feedhub.cli.moments import shown
from feedhub.cli.opened import known_of
from feedhub.fetch import Fetcher
from feedhub.hub import open_hub
from feedhub.intake import Done
from feedhub.model import (
    Config,
    Fetched,
    FetchState,
    Item,
    ItemFilter,
    OutcomeKind,
    Source,
    SourceStatus,
    StoredSource,
)


@dataclass(frozen=True)
class Tried:
    """One source as it answered, and what its document came to."""

    done: Done
    status: SourceStatus | None = None
    newest: Item | None = None

    @property
    def good(self) -> bool:
        return self.done.outcome.good

    def line(self) -> str:
        """``KEY: ok: 30 items``, or what was wrong."""
        done = self.done
        detail = count(done.report.new, "item") if self.good else done.outcome.reason
        if done.outcome.kind in (OutcomeKind.NOT_MODIFIED, OutcomeKind.UNCHANGED):
            detail = "as the hub has it"
        repairs = f" (repaired: {', '.join(done.repairs)})" if done.repairs else ""
        return f"{done.stored.source.key}: {done.outcome.label}: {detail}{repairs}"

    def details(self, config: Config) -> list[str]:
        """What a person wants to know of a source that answered, a line each."""
        if not self.good or self.status is None:
            return [f"feed found there: {feed}" for feed in self.done.feeds]
        state = self.status.stored.state
        lines = [f"called {self.status.name}, the voice of {self.status.publisher}"]
        if self.newest is not None:
            at = self.newest.effective or self.newest.published
            when = f", {shown(at, config)}" if at else ", without a date"
            lines.append(f"newest: {self.newest.title or self.newest.link}{when}")
        if state.next_due is not None:
            when = shown(state.next_due, config)
            lines.append(f"would be asked again after {when}: {state.due_reason}")
        return lines

    def row(self) -> dict[str, Any]:
        """All of it, for ``--json``."""
        source, outcome, status = self.done.stored.source, self.done.outcome, self.status
        newest = self.newest
        return {
            "id": source.key,
            "url": source.url,
            "good": self.good,
            "outcome": outcome.label,
            "reason": outcome.reason or None,
            "status": outcome.status,
            "items": self.done.report.new,
            "repairs": list(self.done.repairs),
            "feeds": list(self.done.feeds),
            "name": status.name if status and self.good else None,
            "publisher": status.publisher if status and self.good else None,
            "newest": newest.title if newest else None,
            "newest_at": newest.effective.isoformat() if newest and newest.effective else None,
            "due_reason": status.stored.state.due_reason if status else None,
        }


class Remembering:
    """Fetches sources as another database knows them, so that a trial has the hub's manners."""

    def __init__(self, fetcher: Fetcher, states: Mapping[str, FetchState]) -> None:
        self._fetcher = fetcher
        self._states = states

    async def fetch(self, stored: StoredSource, now: datetime) -> Fetched:
        known = self._states.get(stored.source.key, stored.state)
        return await self._fetcher.fetch(replace(stored, state=known), now)


def enabled(config: Config) -> tuple[Source, ...]:
    """The sources that the hub itself would ask."""
    return tuple(source for source in config.sources if source.enabled)


def try_all(
    config: Config, files: Files, sources: tuple[Source, ...], *, in_full: bool
) -> list[Tried]:
    """Fetch each once, with a bar on a terminal, by what the hub remembers of them."""
    known = {stored.source.key: stored.state for stored in known_of(config, files)}
    done = 0
    with steps("Fetching") as step:

        def note(_one: object) -> None:
            nonlocal done
            done += 1
            step(done, len(sources))

        return _try(config, sources, note, known, in_full=in_full)


def _try(
    config: Config,
    sources: tuple[Source, ...],
    note: Callable[[Done], None],
    known: Mapping[str, FetchState],
    *,
    in_full: bool,
) -> list[Tried]:
    """Fetch each once, whether due or not; in the order of ``sources``.

    ``known``, by key, is what the hub remembers: a server's wish for quiet and a 410 hold here
    as well, and so do validators unless the document is wanted ``in_full``.
    """
    quiet = {
        key: FetchState(
            paused_until=state.paused_until,
            paused_group=state.paused_group,
            quiet_until=state.quiet_until,
            gone_at=state.gone_at,
        )
        if in_full
        else state
        for key, state in known.items()
    }
    alone = replace(
        config, sources=tuple(replace(source, enabled=True) for source in sources), lists=()
    )

    async def main(folder: Path) -> list[Tried]:
        done: dict[str, Done] = {}

        def keep(one: Done) -> None:
            done[one.stored.source.key] = one
            note(one)

        def as_known(fetcher: Fetcher) -> Remembering:
            paused = [StoredSource(0, one, quiet[one.key]) for one in sources if one.key in quiet]
            fetcher.resume(paused, now())
            return Remembering(fetcher, quiet)

        async with open_hub(alone, folder / "try.db", now, on_done=keep, through=as_known) as hub:
            await hub.pipeline.run(everything=True)
            statuses = {each.stored.source.key: each for each in await hub.store.statuses()}
            found = []
            for source in sources:
                status = statuses.get(source.key)
                where = ItemFilter(sources=frozenset({status.stored.id} if status else ()))
                newest = await hub.store.recent(where, 1) if status else []
                found.append(Tried(done[source.key], status, newest[0] if newest else None))
        return found

    with tempfile.TemporaryDirectory(prefix="feedhub-try-") as folder:
        return loop.run(main(Path(folder)))
