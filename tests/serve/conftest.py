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
from pathlib import Path
from typing import Any

import pytest

from feedhub.model import Item, SourceStatus
from feedhub.publish import PublishContext, SourceDetail, StoryDetail
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
    broken: bool = False

    async def search(self, text: str, limit: int) -> Sequence[Item]:
        self._check()
        found = {one.id: one for one in self.items.values() if text.lower() in one.title.lower()}
        return list(found.values())[:limit]

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
        packed = self.headers.get("content-encoding") == "gzip"
        return gzip.decompress(self.raw) if packed else self.raw

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
    return FakeQueries(items | {99: items[1]}, stories | {99: stories[1]}, {1: source})


@pytest.fixture
def site(make: Any, queries: FakeQueries) -> Site:
    return make_site(make, queries, make.ctx())


def make_site(make: Any, queries: FakeQueries | None, ctx: PublishContext) -> Site:
    latest, popular = make.pair()
    made = Site(ctx, queries, clock=lambda: make.now)
    made.publish(
        render_site([latest, popular], [popular], [make.status(1, make.ok())], [make.source()], ctx)
    )
    return made


@pytest.fixture
def new_site(make: Any, queries: FakeQueries) -> Callable[..., Site]:
    """A site of another hub: ``new_site(base_url=...)``."""
    return lambda **hub: make_site(make, queries, make.ctx(**hub))


@pytest.fixture
def serve() -> Iterator[Callable[..., str]]:
    """Serve a site in a loop of its own over loopback; gives ``http://127.0.0.1:PORT``.

    ``asked`` receives (path, status) of every answer.
    """
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    servers: list[Server] = []

    def start(site: Site, asked: list[tuple[str, int]] | None = None) -> str:
        app = build_app(site)

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
