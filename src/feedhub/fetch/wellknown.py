"""Where feeds usually live, for pages that name none."""

from __future__ import annotations

from feedhub.errors import NetError
from feedhub.net import parse_target

WELL_KNOWN = (
    "feed",
    "rss",
    "feed.xml",
    "rss.xml",
    "atom.xml",
    "index.xml",
    "feed.json",
    "feeds/posts/default",
)


def well_known_feeds(page: str) -> tuple[str, ...]:
    """Addresses to try for a page without feed links: beside it first, then at the root.

    Few, since each is a request to a stranger. Empty when ``page`` is no web address.
    """
    try:
        target = parse_target(page)
    except NetError:
        return ()
    bases = [f"{target.scheme}://{target.authority}/"]
    folder = target.path.partition("?")[0]
    if folder.strip("/"):
        bases.insert(0, f"{bases[0].rstrip('/')}{folder.rstrip('/')}/")
    found = [parse_target(name, base).href for base in bases for name in WELL_KNOWN]
    return tuple(dict.fromkeys(found))[:12]
