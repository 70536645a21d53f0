"""The feed behind an address that a person gives: itself, one that its page names, or a usual one.

All of it through one fetcher, so that a host is asked no faster than when the hub runs.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from feedhub import loop
from feedhub.cli.common import now
from feedhub.fetch import Fetcher, well_known_feeds
from feedhub.hub import open_hub
from feedhub.intake import Done
from feedhub.model import Config, Outcome, OutcomeKind, Source, StoredSource
from feedhub.net.url import same_party
from feedhub.parse.discover import A_LIST

TRIES = 3  # of the feeds that a page names, where the first that works is to be taken


@dataclass(frozen=True)
class Found:
    """What there is at an address: one feed to take, several to choose from, or the trouble."""

    outcome: Outcome
    feeds: tuple[str, ...] = ()
    url: str = ""  # whose outcome that is: the address given, or the last that its page names


def same_host(one: str, other: str) -> bool:
    """Whether two addresses have the scheme, host and port alike, to the letter."""
    return urlsplit(one)[:2] == urlsplit(other)[:2]


def find_feeds(
    config: Config, source: Source, known: Sequence[StoredSource] = (), *, take_first: bool
) -> Found:
    """Look at ``source``'s address; nothing of it is stored.

    What hosts have asked the hub for, as its ``known`` sources have it, holds here as well.
    A page's own links go before the usual places, which are tried only where it has none, beside
    where it was found, and only until one of them is a feed. ``take_first``: the first named feed
    that works.
    """

    async def main(folder: Path) -> Found:
        done: list[Done] = []
        alone = replace(config, sources=(), lists=())

        def as_known(fetcher: Fetcher) -> Fetcher:
            fetcher.resume(known, now())
            return fetcher

        async with open_hub(
            alone, folder / "try.db", now, on_done=done.append, through=as_known
        ) as hub:

            async def ask(url: str) -> Done:
                auth = source.auth if same_party(source.url, url) else None  # no other has a claim
                tried = replace(source, key=url, url=url, auth=auth)
                await hub.configure(replace(alone, sources=(tried,)))
                await hub.pipeline.run(everything=True)
                return done[-1]

            async def first(urls: Sequence[str]) -> Found | None:
                for url in urls:
                    answer = await ask(url)
                    if answer.outcome.good:
                        return Found(answer.outcome, (url,), url)
                    if answer.outcome.kind is OutcomeKind.THROTTLED:
                        return None  # it has had enough of us
                return None

            page = await ask(source.url)
            there = Found(page.outcome, page.feeds, source.url)
            if page.outcome.good:
                return replace(there, feeds=(source.url,))
            reason = page.outcome.reason
            if page.outcome.kind is not OutcomeKind.NOT_A_FEED or reason.endswith(A_LIST):
                return there
            if not page.feeds:
                return await first(well_known_feeds(page.url)) or there
            if take_first or len(page.feeds) == 1:
                works = await first(page.feeds[:TRIES])
                return works or Found(done[-1].outcome, url=done[-1].stored.source.url)
            return there

    with tempfile.TemporaryDirectory(prefix="feedhub-find-") as folder:
        return loop.run(main(Path(folder)))
