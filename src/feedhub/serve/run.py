"""uvicorn inside a loop that is already running: it takes no signals and ends no process."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp

from feedhub.errors import FeedhubError


class _Uvicorn(uvicorn.Server):
    """uvicorn's server without its signal handlers: the daemon owns SIGTERM."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Server:
    """An ASGI app on one host and port. ``port`` 0 asks the system for a free one."""

    def __init__(self, app: ASGIApp, host: str, port: int) -> None:
        self.host = host
        self.port = port  # the real one once started
        self._app = app
        self._server: _Uvicorn | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Listen and serve. Raises FeedhubError, in one line, where the address cannot be had."""
        listener = _listen(self.host, self.port)
        self.port = listener.getsockname()[1]
        config = uvicorn.Config(
            self._app,
            lifespan="off",
            http="httptools",  # less than half of the time of a request in plain Python
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=30,
        )
        self._server = _Uvicorn(config)
        self._task = asyncio.create_task(self._server.serve([listener]), name="serve")
        while not self._server.started:
            if self._task.done():
                listener.close()
                await self._task
                raise FeedhubError(f"the web server on {self.host}:{self.port} ended at once")
            await asyncio.sleep(0.005)

    async def stop(self, timeout: float = 10.0) -> None:
        """Take no new requests, finish those in flight for ``timeout`` seconds, then cut them."""
        if self._server is None or self._task is None:
            return
        self._server.config.timeout_graceful_shutdown = max(1, round(timeout))
        self._server.should_exit = True
        done, _ = await asyncio.wait({self._task}, timeout=timeout + 1)
        if not done:
            self._server.force_exit = True
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=1)
        self._server = self._task = None


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        infos = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)
    except socket.gaierror as error:
        raise FeedhubError(f"hub.listen: {host} is no address of this machine") from error
    # The protocol is named: asyncio turns Nagle's algorithm off only for sockets that say TCP, and
    # with it on, a small compressed feed waits 40 ms for an acknowledgement.
    listener = socket.socket(infos[0][0], socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(infos[0][4])
    except OSError as error:
        listener.close()
        raise FeedhubError(_why(host, port, error)) from error
    listener.setblocking(False)
    return listener


def _why(host: str, port: int, error: OSError) -> str:
    where = f"hub.listen {host}:{port}"
    if error.errno == errno.EADDRINUSE:
        return f"{where}: the port is taken; stop what uses it, or choose another"
    if error.errno == errno.EACCES:
        return f"{where}: ports below 1024 need more rights; choose a higher one"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{where}: {host} is no address of this machine"
    return f"{where}: {error.strerror or error}"
