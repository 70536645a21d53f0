"""The lists as they stand, rendered: from the store to every prepared address of the site."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from feedhub import __version__, ticks
from feedhub.hub import Hub
from feedhub.publish.context import (
    ARCHIVE_SIZE,
    PublishContext,
    archive_path,
    newest_archive,
)
from feedhub.publish.views import notice_for
from feedhub.serve import Rendered, Site, archive, render_site
from feedhub.ticks import Listings


def context(hub: Hub, *, static: bool = False) -> PublishContext:
    """The hub as its publications name it; ``static`` where no server answers."""
    folder = Path(hub.config.path).parent if hub.config.path else None
    own = folder is not None and any((folder / name).is_dir() for name in ("templates", "static"))
    return PublishContext(
        hub=hub.config.hub,
        authority=hub.authority,
        version=__version__,
        lists=hub.config.lists,
        static=static,
        overrides=folder if own else None,
    )


async def render(
    hub: Hub,
    ctx: PublishContext,
    previous: Mapping[str, Rendered] | None = None,
    step: Callable[[int, int], None] = lambda _done, _total: None,
) -> dict[str, Rendered]:
    """Every prepared address, from the lists as the last tick that changed them left them.

    For a static hub, all pages of the archives are among them; ``step`` is told how many of
    these are made, of how many.
    """
    found = await ticks.listings(hub.store, hub.config, hub.clock())
    pages = await _render(hub, found, ctx, previous)
    if ctx.static:
        open_to_all = {
            name: spec for name, spec in archive.archived(ctx).items() if spec.access is None
        }
        newest = {
            name: number
            for name in open_to_all
            if (number := newest_archive(await hub.store.entered(name))) is not None
        }
        wanted = [(name, number) for name in newest for number in range(newest[name] + 1)]
        for done, (name, number) in enumerate(wanted):
            step(done, len(wanted))
            spec, start = open_to_all[name], number * ARCHIVE_SIZE
            held = await hub.store.archive_page(name, start, ARCHIVE_SIZE)
            pages |= archive.page_as_file(spec, name, number, held, newest[name], ctx)
            for kind in archive.KINDS:
                kept = await hub.store.archive(name, number, ARCHIVE_SIZE, kind)
                pages |= archive.as_file(spec, name, number, held, kept, kind, ctx)
        for name, number in newest.items():  # what follows the newest page is the list itself
            for kind in archive.KINDS:
                if (feed := pages.get(f"/{name}.{kind}")) is not None:
                    pages[f"{archive_path(name, number + 1)}.{kind}"] = feed
    return pages


async def publish(hub: Hub, site: Site, *, tells: timedelta) -> None:
    """Serve the lists as they stand; they can next change after ``tells``.

    Where nothing differs from what the pages were made of, none is made again.
    """
    ctx = site.ctx
    found = await ticks.listings(hub.store, hub.config, hub.clock())
    statuses = await hub.store.statuses()
    known = tuple(
        (status.told_name, status.stored.state.site_link, status.stored.source.enabled)
        for status in statuses
    )
    # a context made anew may bring other templates, so it is told by what it is, not by value
    basis = (id(ctx), hub.config, found, notice_for(found.standing, statuses), known)
    if site.made_of == basis:
        site.publish(site.pages, next_change=hub.clock() + tells)
        return
    pages = await _render(hub, found, ctx, site.pages)
    if site.ctx is ctx:  # else the configuration has changed meanwhile, and is rendered next
        site.made_of = basis
        site.publish(pages, listings=found.as_seen, next_change=hub.clock() + tells)


async def _render(
    hub: Hub,
    found: Listings,
    ctx: PublishContext,
    previous: Mapping[str, Rendered] | None,
) -> dict[str, Rendered]:
    now: datetime = hub.clock()
    await archive.seal(hub.store, ctx, now)
    entered = {name: await hub.store.entered(name) for name in archive.archived(ctx)}
    statuses = await hub.store.statuses()
    # In a thread: whoever is being served does not wait for a tick.
    work = partial(
        render_site,
        found.standing,
        found.firsts,
        statuses,
        hub.config.sources,
        ctx,
        previous=previous,
        entered=entered,
        on_page=found.pages,
    )
    return await asyncio.to_thread(work)
