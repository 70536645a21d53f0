"""The lists as they stand, rendered: from the store to every prepared address of the site."""

from __future__ import annotations

from collections.abc import Mapping

from feedhub import __version__, ticks
from feedhub.hub import Hub
from feedhub.publish.context import PublishContext
from feedhub.serve import Rendered, render_site


def context(hub: Hub, *, static: bool = False) -> PublishContext:
    """The hub as its publications name it; ``static`` where no server answers."""
    return PublishContext(
        hub=hub.config.hub,
        authority=hub.authority,
        version=__version__,
        lists=hub.config.lists,
        static=static,
    )


async def render(
    hub: Hub, ctx: PublishContext, previous: Mapping[str, Rendered] | None = None
) -> dict[str, Rendered]:
    """Every prepared address, from the lists as the last tick that changed them left them."""
    found = await ticks.listings(hub.store, hub.config, hub.clock())
    return render_site(
        found.standing,
        found.firsts,
        await hub.store.statuses(),
        hub.config.sources,
        ctx,
        previous=previous,
    )
