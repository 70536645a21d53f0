"""The demo's origin: a small HTTP server for the scenario's feeds, inside the running loop."""

from __future__ import annotations

import asyncio
import hashlib
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from types import TracebackType

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from feedhub.demo.clock import DemoClock
from feedhub.demo.pictures import landscape
from feedhub.demo.scenario import Scenario

# A minute: shorter than the hub's own least pace, so that it never decides.
_CACHE_CONTROL = "max-age=60"


def _http_date(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def _unchanged(request: Request, etag: str, changed: datetime) -> bool:
    """Whether the request's validators name the current document (RFC 9110, 13.2.2)."""
    if (tags := request.headers.get("if-none-match")) is not None:
        return etag in (tag.strip().removeprefix("W/") for tag in tags.split(","))
    since = request.headers.get("if-modified-since")
    if since is None:
        return False
    try:
        return changed.replace(microsecond=0) <= parsedate_to_datetime(since)
    except (TypeError, ValueError):  # no date, or one without a zone: as if it were not there
        return False


def demo_app(scenario: Scenario, now: Callable[[], datetime]) -> Starlette:
    """The origin as an ASGI app: a feed per path of the scenario, ``/`` lists them."""
    keys = {feed.path: feed.key for feed in scenario.feeds()}

    async def index(_: Request) -> Response:
        return PlainTextResponse("".join(f"/{path}\n" for path in keys))

    async def feed(request: Request) -> Response:
        key = keys.get(request.path_params["path"])
        if key is None:
            raise HTTPException(404)
        moment = now()
        body, content_type = scenario.render_feed(key, moment)
        changed = scenario.changed_at(key, moment)
        etag = f'"{hashlib.blake2b(body, digest_size=8).hexdigest()}"'
        headers = {
            "date": _http_date(moment),
            "etag": etag,
            "last-modified": _http_date(changed),
            "cache-control": _CACHE_CONTROL,
        }
        if _unchanged(request, etag, changed):
            return Response(status_code=304, headers=headers)
        return Response(body, headers={**headers, "content-type": content_type})

    async def picture(request: Request) -> Response:
        return Response(
            landscape(request.path_params["number"]),
            media_type="image/png",
            headers={"cache-control": "max-age=86400", "date": _http_date(now())},
        )

    return Starlette(
        routes=[
            Route("/", index),
            Route("/bilder/{number:int}.png", picture),
            Route("/{path:path}", feed),
        ]
    )


class _QuietServer(uvicorn.Server):
    """A uvicorn server that leaves the process's signals to whoever runs the loop."""

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


class DemoOrigin:
    """The origin on 127.0.0.1, for as long as the ``async with`` lasts.

    ``port`` 0 takes a free one; :attr:`base_url` is known as soon as the object is made.

    Raises:
        OSError: when the port is taken.
    """

    def __init__(self, clock: DemoClock, *, port: int = 0) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind(("127.0.0.1", port))
        except OSError:
            self._socket.close()
            raise
        self.base_url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.scenario = Scenario(clock.start, media_base=self.base_url)
        self._server = _QuietServer(
            uvicorn.Config(
                demo_app(self.scenario, clock),
                lifespan="off",
                log_config=None,
                access_log=False,
                date_header=False,  # the origin lives in demo time and dates its answers so
                server_header=False,
                timeout_graceful_shutdown=2,
            )
        )
        self._running: asyncio.Task[None] | None = None

    async def __aenter__(self) -> DemoOrigin:
        self._socket.listen(128)  # from here on connections queue until the server accepts
        self._running = asyncio.create_task(
            self._server.serve(sockets=[self._socket]), name="demo origin"
        )
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.should_exit = True
        if self._running is not None:
            await self._running
        self._socket.close()
