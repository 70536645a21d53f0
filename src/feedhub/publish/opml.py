"""OPML 2.0 of what the hub reads and of what it gives."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from feedhub.model import ListSpec, Source, SourceStatus
from feedhub.publish.context import PublishContext
from feedhub.publish.i18n import words
from feedhub.publish.text import one_line, safe_url, xml

CONTENT_TYPE = "text/x-opml; charset=utf-8"


def render_opml_sources(
    sources: Sequence[Source], ctx: PublishContext, statuses: Iterable[SourceStatus] = ()
) -> bytes:
    """The sources that are turned on, grouped by category in the order they are first named.

    ``statuses`` tell the titles and sites of feeds to which feeds.yaml gives no name.
    """
    known = {status.stored.source.key: status for status in statuses}
    groups: dict[str, list[str]] = {}
    for source in sources:
        # the address as it is asked for: what a page must escape, a subscriber must not see changed
        url = source.url
        if safe_url(url) is None or not source.enabled:
            continue
        status = known.get(source.key)
        name = one_line(source.name or (status.told_name if status else ""))
        site = safe_url(status.stored.state.site_link or "") if status else None
        line = _outline(name or url, url, site)
        groups.setdefault(one_line(source.category or ""), []).append(line)
    lines = groups.pop("", [])
    for name, inside in groups.items():
        lines += [f'<outline text="{xml(name)}" title="{xml(name)}">', *inside, "</outline>"]
    return _document(f"{ctx.name} – {words(ctx.hub.language).sources.lower()}", lines)


def render_opml_lists(lists: Sequence[ListSpec], ctx: PublishContext) -> bytes:
    """The output feeds; of popular lists both subscriptions, the append-only one first."""
    suffix = words(ctx.hub.language).entries_as_they_come
    lines = []
    for spec in lists:
        if spec.access is not None:
            continue  # private: for those who have been told of it
        page = ctx.url(f"/{spec.slug}")
        if spec.order == "popular":
            lines.append(
                _outline(f"{spec.title} – {suffix}", ctx.url(f"/{spec.slug}.new.atom"), page)
            )
        lines.append(_outline(spec.title, ctx.url(f"/{spec.slug}.atom"), page))
    return _document(f"{ctx.name} – {words(ctx.hub.language).lists.lower()}", lines)


def _outline(title: str, url: str, page: str | None) -> str:
    html = f' htmlUrl="{xml(page)}"' if page else ""
    name = xml(one_line(title))
    return f'<outline type="rss" text="{name}" title="{name}" xmlUrl="{xml(url)}"{html}/>'


def _document(title: str, lines: Iterable[str]) -> bytes:
    body = "\n".join(lines)
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<opml version="2.0">\n'
        f"<head><title>{xml(one_line(title))}</title></head>\n<body>\n{body}\n</body>\n</opml>\n"
    ).encode()
