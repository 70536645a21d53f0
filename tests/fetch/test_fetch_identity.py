"""Who we say we are, whatever is asked for."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

from feedhub import __version__
from feedhub.hub import open_hub
from feedhub.model import Config, Hub, Source
from feedhub.net import HttpRequest

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def test_all_that_leaves_bears_the_name_and_contact_of_now(tmp_path, origin, ok):
    async def main():
        async with origin() as it:
            it.routes["/feed"] = ok(b"<rss version='2.0'><channel/></rss>")
            source = Source(key="a", url=it.url(), allow_private=True)
            config = Config(Hub(contact="first@a.example"), (source,), ())
            ask = HttpRequest(it.url(), allow_private=True)  # as pictures and pings are asked
            async with open_hub(config, tmp_path / "hub.db", lambda: START) as hub:
                await hub.pipeline.run()
                await hub.client.get(ask)
                await hub.configure(replace(config, hub=Hub(contact="then@a.example")))
                await hub.pipeline.run(everything=True)
                await hub.client.post(ask)
        whom = ("first", "first", "then", "then")
        agents = [seen.headers["user-agent"] for seen in it.seen]
        assert agents == [f"feedhub/{__version__} (+{who}@a.example)" for who in whom]

    asyncio.run(main())
