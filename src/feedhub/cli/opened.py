"""The hub's database, opened to read what is known of its sources."""

from __future__ import annotations

import asyncio

from feedhub import fetch
from feedhub.cli.common import Files, now
from feedhub.errors import StoreError
from feedhub.hub import open_hub
from feedhub.model import Config, SourceStatus, StoredSource


def statuses_of(config: Config, files: Files) -> list[SourceStatus]:
    """Every source with how it is doing; none where there is no database. Raises StoreError."""

    async def main() -> list[SourceStatus]:
        async with open_hub(config, files.db, now, fetching=False, readonly=True) as hub:
            return await hub.store.statuses()

    return asyncio.run(main()) if files.db.exists() else []


def known_of(config: Config, files: Files) -> list[StoredSource]:
    """What the hub remembers of its sources, for who only tries some; none where that cannot be
    read: ``feedhub doctor`` says why.
    """
    try:
        return [status.stored for status in statuses_of(config, files)]
    except StoreError:
        return []


def take_over(config: Config, files: Files) -> None:
    """Let the database know the sources as feeds.yaml has them now."""

    async def main() -> None:
        async with open_hub(config, files.db, now, fetching=False):
            pass

    asyncio.run(main())


def proposed_url(stored: StoredSource) -> str | None:
    """The address that a source has moved to for good, where feeds.yaml has another."""
    return fetch.proposed_url(stored, now())
