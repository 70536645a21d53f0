"""Ranked lists to Atom, RSS, JSON Feed, OPML and HTML: values in, bytes out."""

from feedhub.publish.atom import render_atom
from feedhub.publish.context import (
    Feed,
    FragmentCache,
    PublishContext,
    list_feed,
    new_feed,
    search_feed,
    source_feed,
)
from feedhub.publish.jsonfeed import render_json
from feedhub.publish.opml import render_opml_lists, render_opml_sources
from feedhub.publish.page import (
    render_about,
    render_embed,
    render_front,
    render_item,
    render_list,
    render_message,
    render_search,
    render_source,
    render_status,
    render_story,
)
from feedhub.publish.rss import render_rss
from feedhub.publish.views import Notice, SourceDetail, StoryDetail, notice_for

__all__ = [
    "Feed",
    "FragmentCache",
    "Notice",
    "PublishContext",
    "SourceDetail",
    "StoryDetail",
    "list_feed",
    "new_feed",
    "notice_for",
    "render_about",
    "render_atom",
    "render_embed",
    "render_front",
    "render_item",
    "render_json",
    "render_list",
    "render_message",
    "render_opml_lists",
    "render_opml_sources",
    "render_rss",
    "render_search",
    "render_source",
    "render_status",
    "render_story",
    "search_feed",
    "source_feed",
]
