"""Why two items are two articles and not one, key by key: what ``feedhub explain`` tells."""

from __future__ import annotations

from datetime import timedelta

from feedhub.dedupe.identity import is_article_link
from feedhub.dedupe.moves import SAME_MOMENT, likeness, traits_of
from feedhub.model import KnownItem


def compared(a: KnownItem, b: KnownItem) -> list[tuple[str, str]]:
    """(trait, what it says) of two items: link, guid, headline, text, published.

    ``guids`` must be those of any source.
    """
    found = [("link", _links(a, b)), ("guid", _guids(a, b))]
    alike = likeness(a.title, b.title)
    found.append(
        ("headline", "the same" if alike == 1.0 else f"{alike:.0%} of the words in common")
    )
    if a.summary or b.summary:
        found.append(("text", f"{likeness(a.summary, b.summary):.0%} of the words in common"))
    return [*found, ("published", _times(a, b))]


def _links(a: KnownItem, b: KnownItem) -> str:
    if a.canonical is None or b.canonical is None:
        return "not both have one"
    if a.canonical != b.canonical:
        same_path = traits_of(a).path == traits_of(b).path != ""
        pages = f"{a.canonical} and {b.canonical}"
        return f"one path on two sites: {pages}" if same_path else f"two pages: {pages}"
    if not is_article_link(a.canonical):
        return f"one page, {a.canonical}: a front or section, which names no article"
    return (
        f"one page, {a.canonical}: several entries of a document had it, or it was given again"
        " under another guid, headline and time"
    )


def _guids(a: KnownItem, b: KnownItem) -> str:
    if a.source_id != b.source_id:
        return "of two sources, and compared within one alone"
    if not (a.guids and b.guids):
        return "not both have one of their own"
    return f"two of one source: {min(a.guids)} and {min(b.guids)}"


def _times(a: KnownItem, b: KnownItem) -> str:
    if a.published is None or b.published is None:
        return "not both are dated"
    apart: timedelta = abs(a.published - b.published)
    if apart <= SAME_MOMENT:
        return "at the same time"
    return f"{apart.total_seconds() / 3600:.1f} h apart"
