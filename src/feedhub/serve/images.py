"""Pictures through the hub: those of stored items alone, bounded, looked at before they go on."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import Protocol

from feedhub.errors import NetError
from feedhub.net import HttpRequest, HttpResponse
from feedhub.values import dataclass

MAX_PICTURE = 4 * 1024 * 1024
KEPT = 64 * 1024 * 1024  # bytes of pictures in memory; those asked for least lately go first
AT_ONCE = 8  # fetches under way; the guarded client bounds each further
TIMEOUT = 15.0  # seconds
REFUSED_FOR = 300.0  # seconds until a picture that could not be had is asked for again

_MAGIC = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)


class Client(Protocol):
    """The guarded way out."""

    async def get(self, request: HttpRequest) -> HttpResponse: ...


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture: its bytes and its type as its first bytes tell."""

    body: bytes
    content_type: str


class Pictures:
    """Fetches pictures once for all readers, who stay unknown to the publisher."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._kept: OrderedDict[str, Shown | float] = OrderedDict()
        self._size = 0
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._under_way: dict[str, asyncio.Task[Shown | None]] = {}

    async def get(self, url: str) -> Shown | None:
        """The picture at ``url``, or None where there is none that can be shown."""
        kept = self._kept.get(url)
        if isinstance(kept, Shown):
            self._kept.move_to_end(url)
            return kept
        if kept is not None and asyncio.get_running_loop().time() < kept:
            return None
        task = self._under_way.get(url)
        if task is None:
            task = asyncio.ensure_future(self._fetch(url))
            self._under_way[url] = task
            task.add_done_callback(lambda _: self._under_way.pop(url, None))
        return await asyncio.shield(task)

    async def _fetch(self, url: str) -> Shown | None:
        shown = None
        async with self._turn:
            try:
                accept = (("Accept", "image/avif, image/webp, image/*;q=0.8"),)
                got = await self._client.get(HttpRequest(url, headers=accept, timeout=TIMEOUT))
            except NetError:
                got = None  # counted below like any other refusal: readers see no picture
        if got is not None and got.status == 200 and len(got.body) <= MAX_PICTURE:
            kind = picture_type(got.body)
            shown = Shown(got.body, kind) if kind else None
        self._keep(url, shown)
        return shown

    def _keep(self, url: str, shown: Shown | None) -> None:
        self._drop(url)
        self._kept[url] = shown or asyncio.get_running_loop().time() + REFUSED_FOR
        self._size += len(shown.body) if shown else 0
        while self._size > KEPT or len(self._kept) > 10_000:
            self._drop(next(iter(self._kept)))

    def _drop(self, url: str) -> None:
        old = self._kept.pop(url, None)
        if isinstance(old, Shown):
            self._size -= len(old.body)


def picture_type(body: bytes) -> str | None:
    """The type of a picture that cannot run anything (SVG can), by its first bytes."""
    for magic, kind in _MAGIC:
        if body.startswith(magic):
            return kind
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return "image/webp"
    if body[4:12] in (b"ftypavif", b"ftypavis"):
        return "image/avif"
    return None
