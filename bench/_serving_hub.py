"""Servers to load, each a process of its own: our hub, and a bare starlette route.

    python bench/_serving_hub.py hub|bare FOLDER

writes FOLDER/feed.atom, serves it on a free port of 127.0.0.1 and prints the port. It ends when
its standard input does.
"""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from feedhub.model import Hub, Item, Listing, ListSpec, Placed, Ranked
from feedhub.publish import PublishContext
from feedhub.serve import Server, Site, build_app, render_site

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
ITEMS = 100
WORDS = ("hamnen", "bygger", "ut", "efter", "beslut", "i", "nämnden", "om", "nya", "kajer")


def made(number: int) -> Item:
    """An item of ordinary size: a title of eight words, a lead of forty."""
    words = [WORDS[(number * 7 + step) % len(WORDS)] for step in range(48)]
    at = NOW - timedelta(minutes=number)
    return Item(
        id=number,
        source_id=1,
        source_name="Tidningen",
        source_url="https://tidningen.example/rss.xml",
        publisher="tidningen.example",
        content_rights="excerpt",
        title=" ".join(words[:8]),
        link=f"https://tidningen.example/artikel/{number}",
        authors=("Maja Lind",),
        summary=" ".join(words[8:]),
        content_html="",
        image=None,
        enclosures=(),
        categories=("hamnar",),
        section="inrikes",
        published=at,
        effective=at,
        first_seen=at,
        updated=at,
        language="sv",
        comments_url=None,
        counts={},
        story_id=number,
    )


def hub_app() -> tuple[ASGIApp, bytes]:
    """The hub over one latest list of a hundred items, and its Atom document."""
    spec = ListSpec("senaste", "Senaste nytt", "latest", limit=ITEMS)
    places = tuple(
        Placed(Ranked(number, number, number, 0.0, None, ()), made(number))
        for number in range(1, ITEMS + 1)
    )
    listing = Listing(spec, NOW, NOW, places)
    ctx = PublishContext(Hub(title="Mätning"), "bench.invalid,2026", "0", (spec,))
    site = Site(ctx, clock=lambda: NOW)
    site.publish(render_site([listing], [], [], [], ctx), listings=[listing])
    return build_app(site), site.pages["/senaste.atom"].body


def bare_app(body: bytes) -> ASGIApp:
    """What starlette costs at least: a route that returns constant bytes."""

    async def feed(request: Request) -> Response:
        return Response(body, media_type="application/atom+xml")

    return Starlette(routes=[Route("/senaste.atom", feed)])


async def main(kind: str, folder: Path) -> None:
    app, body = hub_app()
    (folder / "senaste.atom").write_bytes(body)
    server = Server(app if kind == "hub" else bare_app(body), "127.0.0.1", 0)
    await server.start()
    print(json.dumps({"port": server.port}), flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await server.stop(1)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
