"""A hub served for tests: the publishing makers, a fake of what is asked for, a client."""

from __future__ import annotations

import asyncio
import gzip
import http.client
import importlib.util
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import brotli
import pytest
from starlette.types import ASGIApp

from feedhub.model import (
    ArchivedDocument,
    ArchivePage,
    Item,
    ItemFilter,
    Listing,
    Ranked,
    SourceStatus,
)
from feedhub.publish import PublishContext, SourceDetail, StoryDetail
from feedhub.publish.context import ARCHIVE_SIZE
from feedhub.publish.views import Explained
from feedhub.serve import Server, Site, build_app, render_site

# The makers are those of the publishing tests; test folders are no packages, so by path.
_spec = importlib.util.spec_from_file_location(
    "publish_makers", Path(__file__).parents[1] / "publish" / "conftest.py"
)
assert _spec is not None
assert _spec.loader is not None
_makers = importlib.util.module_from_spec(_spec)
sys.modules[_spec.name] = _makers  # dataclasses look their module up
_spec.loader.exec_module(_makers)


@dataclass
class FakeQueries:
    """What the store would answer, from plain dicts. ``broken`` makes every question fail."""

    items: dict[int, Item] = field(default_factory=dict)
    stories: dict[int, StoryDetail] = field(default_factory=dict)
    sources: dict[int, SourceDetail] = field(default_factory=dict)
    archives: dict[str, list[tuple[Ranked, Item, datetime]]] = field(default_factory=dict)
    sealed: dict[tuple[str, int, str], ArchivedDocument] = field(default_factory=dict)
    broken: bool = False

    async def search(
        self,
        text: str,
        limit: int,
        where: ItemFilter | None = None,
        offset: int = 0,
        *,
        newest: bool = False,
    ) -> Sequence[Item]:
        self._check()
        found = [one for one in self._all() if text.lower() in one.title.lower()]
        if newest:
            found.sort(key=lambda one: (one.effective or one.first_seen, one.id), reverse=True)
        return self._passing(found, where or ItemFilter())[offset : offset + limit]

    async def recent(
        self, where: ItemFilter, limit: int, before: tuple[datetime, int] | None = None
    ) -> Sequence[Item]:
        self._check()
        found = sorted(self._all(), key=lambda one: (one.effective, one.id), reverse=True)
        if before is not None:
            found = [one for one in found if (one.effective, one.id) < before]
        return self._passing(found, where)[:limit]

    def _all(self) -> list[Item]:
        return list({one.id: one for one in self.items.values()}.values())

    def _passing(self, found: list[Item], where: ItemFilter) -> list[Item]:
        return [
            one
            for one in found
            if (not where.sources or one.source_id in where.sources)
            and (where.section is None or one.section == where.section)
            and (where.since is None or one.effective >= where.since)
        ]

    async def item(self, number: int) -> Item | None:
        self._check()
        return self.items.get(number)

    async def story(self, number: int) -> StoryDetail | None:
        self._check()
        return self.stories.get(number)

    async def source(self, number: int) -> SourceDetail | None:
        self._check()
        return self.sources.get(number)

    async def statuses(self) -> Sequence[SourceStatus]:
        self._check()
        return [one.status for one in self.sources.values()]

    async def explain(self, number: int, slug: str) -> Explained | None:
        self._check()
        found = self.stories.get(number)
        if found is None:
            return None
        return Explained(found.id, slug, 1.5, ("sundet.example",), True, found.placed[0][1].reasons)

    async def entered(self, feed: str) -> int:
        self._check()
        return len(self.archives.get(feed, ()))

    async def archive_page(self, feed: str, number: int) -> ArchivePage:
        self._check()
        start = number * ARCHIVE_SIZE
        return ArchivePage(tuple(self.archives.get(feed, ())[start : start + ARCHIVE_SIZE]))

    async def archive(self, feed: str, number: int, kind: str) -> ArchivedDocument | None:
        self._check()
        return self.sealed.get((feed, number, kind))

    def _check(self) -> None:
        if self.broken:
            raise RuntimeError("the store is away")


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> bytes:
        undo = {"gzip": gzip.decompress, "br": brotli.decompress}
        coding = self.headers.get("content-encoding")
        return undo[coding](self.raw) if coding and self.raw else self.raw

    @property
    def text(self) -> str:
        return self.body.decode()


@pytest.fixture
def make() -> Any:
    return _makers.Make()


@pytest.fixture
def queries(make: Any) -> FakeQueries:
    """Five items in four stories of one source, and a merged item and story at 99."""
    latest, popular = make.pair()
    items = {one.item.id: one.item for one in latest.entries}
    items[9] = popular.entries[0].also[0]
    stories = {
        number: StoryDetail(
            number,
            tuple(one for one in items.values() if one.story_id == number),
            (("Populärt just nu", popular.entries[number - 1].ranked),),
        )
        for number in range(1, 5)
    }
    source = SourceDetail(make.status(1, make.ok()), tuple(items.values()))
    held = [(one.ranked, one.item, make.now) for one in reversed(latest.entries)]
    return FakeQueries(
        items | {99: items[1]}, stories | {99: stories[1]}, {1: source}, {"senaste": held}
    )


@pytest.fixture
def site(make: Any, queries: FakeQueries) -> Site:
    return make_site(make, queries, make.ctx())


def make_site(
    make: Any,
    queries: FakeQueries | None,
    ctx: PublishContext,
    pair: tuple[Listing, Listing] | None = None,
) -> Site:
    latest, popular = pair or make.pair()
    made = Site(ctx, queries, clock=lambda: make.now)
    statuses, sources = [make.status(1, make.ok())], [make.source()]
    pages = render_site([latest, popular], [popular], statuses, sources, ctx)
    made.publish(pages, listings=[latest, popular])
    return made


@pytest.fixture
def new_site(make: Any, queries: FakeQueries) -> Callable[..., Site]:
    """A site of another hub: ``new_site(base_url=...)``."""
    return lambda **hub: make_site(make, queries, make.ctx(**hub))


@pytest.fixture
def site_of(make: Any) -> Callable[..., Site]:
    """A site of other items: ``site_of(ctx, (latest, popular), items={...}, stories={...})``."""
    return lambda ctx, pair, **held: make_site(make, FakeQueries(**held), ctx, pair)


@pytest.fixture
def serve() -> Iterator[Callable[..., str]]:
    """Serve a site in a loop of its own over loopback; gives ``http://127.0.0.1:PORT``.

    ``asked`` receives (path, status) of every answer; ``wrap`` puts something before the app.
    """
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    servers: list[Server] = []

    def start(
        site: Site,
        asked: list[tuple[str, int]] | None = None,
        wrap: Callable[[ASGIApp], ASGIApp] = lambda app: app,
    ) -> str:
        app = wrap(build_app(site))

        async def noting(scope: Any, receive: Any, send: Any) -> None:
            async def noted(message: Any) -> None:
                if asked is not None and message["type"] == "http.response.start":
                    asked.append((scope["path"], message["status"]))
                await send(message)

            await app(scope, receive, noted)

        server = Server(noting, "127.0.0.1", 0)
        asyncio.run_coroutine_threadsafe(server.start(), loop).result(10)
        servers.append(server)
        return f"http://127.0.0.1:{server.port}"

    yield start
    for server in servers:
        asyncio.run_coroutine_threadsafe(server.stop(1), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5)
    loop.close()


@pytest.fixture
def fetch() -> Callable[..., Answer]:
    """One request, no redirects followed: ``fetch(base, path, method="GET", **headers)``."""

    def one(base: str, path: str, method: str = "GET", **headers: str) -> Answer:
        connection = http.client.HTTPConnection(base.removeprefix("http://"), timeout=10)
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, headers=named)
            response = connection.getresponse()
            return Answer(
                response.status,
                {name.lower(): value for name, value in response.getheaders()},
                response.read(),
            )
        finally:
            connection.close()

    return one


# The checks of the publishing tests, for documents that come over HTTP.
check_atom = _makers.check_atom
check_rss = _makers.check_rss
check_json = _makers.check_json
parse_feed = _makers.parse_feed
