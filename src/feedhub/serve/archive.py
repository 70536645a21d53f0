"""Archives of latest lists and ``.new`` feeds (RFC 5005): complete pages never change."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from feedhub.model import ArchivedDocument, ArchivePage, Listing, ListSpec, Placed
from feedhub.publish import page
from feedhub.publish.context import (
    ARCHIVE_SIZE,
    PublishContext,
    archive_feed,
    archive_path,
    newest_archive,
)
from feedhub.publish.i18n import words
from feedhub.publish.text import one_line
from feedhub.serve import asking
from feedhub.serve.answers import Answer, asked, html
from feedhub.serve.rendered import Rendered, render
from feedhub.serve.site import FORMATS, Site

KINDS = ("atom", "rss")  # JSON Feed knows no archives


class Archive(Protocol):
    """What sealing asks of the store."""

    async def unsealed(self, feed: str, size: int) -> list[int]: ...

    async def archive_page(self, feed: str, start: int, size: int) -> ArchivePage: ...

    async def seal(
        self, feed: str, number: int, documents: Mapping[str, bytes], now: datetime
    ) -> None: ...


def archived(ctx: PublishContext) -> dict[str, ListSpec]:
    """The feeds that have an archive: latest lists, and the ``.new`` of popular ones."""
    return {spec.slug if spec.order == "latest" else f"{spec.slug}.new": spec for spec in ctx.lists}


def document(
    spec: ListSpec, name: str, number: int, held: ArchivePage, kind: str, ctx: PublishContext
) -> bytes:
    """A page of the archive as a feed, the latest entry first."""
    write, _ = FORMATS[kind]
    ctx = ctx.read_by(spec.slug)
    feed = archive_feed(spec, name, number, _title(spec, number, ctx))
    return write(_listing(spec, held, ctx), ctx, feed)


async def seal(store: Archive, ctx: PublishContext, now: datetime) -> int:
    """Write the documents of pages that have become complete, once and for all; how many."""
    count = 0
    for name, spec in archived(ctx).items():
        for number in await store.unsealed(name, ARCHIVE_SIZE):
            held = await store.archive_page(name, number * ARCHIVE_SIZE, ARCHIVE_SIZE)
            made = {kind: document(spec, name, number, held, kind, ctx) for kind in KINDS}
            await store.seal(name, number, made, now)
            count += 1
    return count


async def show(request: Request) -> Response:
    """One page: as it was sealed, or as it stands while it is still growing."""
    site, queries = asked(request)
    name = request.path_params["feed"]
    number = asking.ident(request.path_params["number"], "")
    if number is None:
        raise HTTPException(404)
    kind = request.path_params.get("ending")
    spec = archived(site.ctx).get(name)
    newest = newest_archive(await queries.entered(name)) if spec else None
    if spec is None or newest is None or number > newest + 1:
        raise HTTPException(404)
    if number > newest:  # what follows the newest page is the list itself
        path = f"{site.ctx.root(spec)}/{name if kind else spec.slug}"
        return RedirectResponse(f"{path}.{kind}" if kind else path, 307)
    if kind is None:
        held = await queries.archive_page(name, number)
        items = [item for _, item, _ in reversed(held.entries)]
        ctx = site.ctx.read_by(spec.slug)
        body = page.render_archive(spec, name, number, items, ctx, newest)
        return Answer(html(site, body, spec=spec), site.max_age())
    kept = await queries.archive(name, number, kind)
    if kept is not None:
        return _sealed(site, spec, kept, kind)
    held = await queries.archive_page(name, number)
    if number < newest and len(held.entries) < ARCHIVE_SIZE:
        raise HTTPException(410)  # retention has taken its document, and entries with it
    return _grown(site, spec, document(spec, name, number, held, kind, site.ctx), held, kind)


def as_file(
    spec: ListSpec,
    name: str,
    number: int,
    held: ArchivePage,
    kept: ArchivedDocument | None,
    kind: str,
    ctx: PublishContext,
) -> dict[str, Rendered]:
    """A page for a static hub, by its address; nothing where it has been taken away."""
    if kept is not None and kept.body is None:
        return {}
    body = kept.body if kept and kept.body else document(spec, name, number, held, kind, ctx)
    return {f"{archive_path(name, number)}.{kind}": render(body, FORMATS[kind][1], cors=True)}


def page_as_file(
    spec: ListSpec, name: str, number: int, held: ArchivePage, newest: int, ctx: PublishContext
) -> dict[str, Rendered]:
    """A page for people in a static hub, by its address."""
    items = [item for _, item, _ in reversed(held.entries)]
    body = page.render_archive(spec, name, number, items, ctx, newest)
    return {archive_path(name, number): render(body, page.CONTENT_TYPE)}


def _sealed(site: Site, spec: ListSpec, kept: ArchivedDocument, kind: str) -> Response:
    if kept.body is None:
        raise HTTPException(410)
    rendered = render(
        kept.body,
        FORMATS[kind][1],
        last_modified=kept.sealed_at,
        immutable=True,
        cors=True,
        private=site.ctx.access(spec) is not None,
    )
    return Answer(rendered)


def _grown(site: Site, spec: ListSpec, body: bytes, held: ArchivePage, kind: str) -> Response:
    private = site.ctx.access(spec) is not None
    latest = held.entries[-1][2] if held.entries else None
    rendered = render(body, FORMATS[kind][1], last_modified=latest, cors=True, private=private)
    return Answer(rendered, site.max_age())


def _title(spec: ListSpec, number: int, ctx: PublishContext) -> str:
    say = words(ctx.hub.language)
    return say.archive_page.format(title=one_line(spec.title), n=number + 1)


def _listing(spec: ListSpec, held: ArchivePage, ctx: PublishContext) -> Listing:
    entered = [at for _, _, at in held.entries]
    at = max(entered, default=ctx.born)
    return Listing(
        spec=spec,
        tick=at,
        updated=at,
        entries=tuple(Placed(ranked, item) for ranked, item, _ in reversed(held.entries)),
    )
