"""The feeds.yaml of the demo's hub, as text."""

from __future__ import annotations

import json

from feedhub.demo.catalogue import Feed, catalogue


def demo_config_text(origin_base_url: str, hub_base_url: str, listen: str) -> str:
    """A whole feeds.yaml that reads every feed of the origin.

    ``origin_base_url`` and ``hub_base_url`` are ``http://host:port``; ``listen`` is
    ``host:port``.
    """
    origin = origin_base_url.rstrip("/")
    sources = "\n".join(_source(feed, origin) for feed in catalogue().feeds.values())
    return f"""\
# The demo: invented publishers, served from this machine. Nothing here is real news.
hub:
  title: Demonytt
  description: Påhittade nyheter från påhittade tidningar
  base_url: {_quoted(hub_base_url.rstrip("/"))}
  listen: {_quoted(listen)}
  language: sv
  timezone: Europe/Stockholm
  images: direct  # the pictures, too, come from this machine

# All sources come from one host that is this machine: allow_private lets the hub go there,
# and a rate_group for each keeps them from waiting for one another. Papers without a category
# keep the section that each article names itself.
sources:
{sources}
lists:
  senaste: {{title: Senaste nytt, order: latest, limit: 30}}
  popular: {{title: Populärt just nu, order: popular, window: 24h, limit: 30}}
  sport: {{title: Senaste sport, order: latest, where: {{category: sport}}}}
"""


def _source(feed: Feed, origin: str) -> str:
    lines = [
        f"  - url: {_quoted(f'{origin}/{feed.path}')}",
        f"    id: {feed.key}",
        f"    name: {_quoted(feed.title)}",
        f"    publisher: {feed.publisher}",
        f"    language: {_quoted(feed.language)}",
        "    interval: 5m",
        "    allow_private: true",
        f"    rate_group: {feed.key}",
    ]
    if feed.category:
        lines.insert(4, f"    category: {feed.category}")
    if feed.editorial:
        lines.append("    ordered: editorial")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A double-quoted YAML scalar: ``no`` stays Norwegian, ``127.0.0.1:80`` stays text."""
    return json.dumps(text, ensure_ascii=False)
