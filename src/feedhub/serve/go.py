"""``/go/i12``: to the article of an item, and nowhere else; the click may be counted."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from feedhub.publish.entry import item_path
from feedhub.publish.text import safe_url
from feedhub.serve.answers import SAFE, asked


async def go(request: Request) -> Response:
    """302 to the stored link of an item, to our own page of it where it has none.

    It works whether clicks are counted or not: links in feeds outlive a setting.
    """
    site, queries = asked(request)
    text = request.path_params["id"]
    if not (text.startswith("i") and text[1:].isascii() and text[1:].isdigit() and len(text) < 19):
        raise HTTPException(404)
    item = await queries.item(int(text[1:]))
    if item is None:
        raise HTTPException(404)
    link = safe_url(item.link)
    if link is not None and site.ctx.hub.clicks and site.clicked is not None:
        peer = request.client.host if request.client else ""
        site.clicked(item.id, request.method, dict(request.headers), peer)
    headers = {
        "location": link or site.ctx.prefix + item_path(item.id),
        "cache-control": "no-store",
        "x-robots-tag": "noindex, nofollow",
    }
    headers |= {name.decode(): value.decode() for name, value in SAFE}
    return Response(status_code=302, headers=headers)
