"""``feedhub demo``: the whole hub on bundled sample feeds, without a network."""

from __future__ import annotations

import os
import socket
import tempfile
from datetime import timedelta
from pathlib import Path

import click

from feedhub import loop
from feedhub.cli.common import now, out, told
from feedhub.cli.run import announce
from feedhub.config import load_config
from feedhub.daemon import serve
from feedhub.demo import DemoClock, DemoOrigin, demo_config_text
from feedhub.logs import set_up


@click.command(epilog="Example:  feedhub demo --port 8080 --speed 120")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help="0 takes any free port.",
)
@click.option(
    "--speed",
    type=click.FloatRange(min=1.01),
    default=60.0,
    show_default=True,
    help="How much faster than real time the demo's day passes until it has caught up.",
)
@click.option(
    "--hours",
    type=click.FloatRange(min=0, max=24),
    default=6.0,
    show_default=True,
    help="How many hours ago the demo's day begins.",
)
@click.option("--keep", type=click.Path(path_type=Path), help="Keep feeds.yaml and database here.")
@click.option("-v", "--verbose", count=True, help="Say more: -v each fetch, -vv everything.")
@told
def demo(host: str, port: int, speed: float, hours: float, keep: Path | None, verbose: int) -> None:
    """Run the hub on invented newspapers in which hours pass in minutes.

    Everything is real but the news: the sample feeds are served over HTTP on this machine,
    and the hub fetches, ranks and serves them as it would any others.
    """
    set_up(verbose)
    clock = DemoClock(now(), speed=speed, head_start=timedelta(hours=hours))
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        loop.run(_demo(clock, host, port, keep))
        return
    with tempfile.TemporaryDirectory(prefix="feedhub-demo-") as folder:
        loop.run(_demo(clock, host, port, Path(folder)))


def _free_port(host: str) -> int:
    """A port that is free now: base_url must name it before the server has it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


async def _demo(clock: DemoClock, host: str, port: int, folder: Path) -> None:
    shown_host = f"[{host}]" if ":" in host else host
    port = port or _free_port(host)
    async with DemoOrigin(clock) as origin:
        config_file = folder / "feeds.yaml"
        text = demo_config_text(
            origin.base_url, f"http://{shown_host}:{port}", f"{shown_host}:{port}"
        )
        config_file.write_text(text, encoding="utf-8")
        config = load_config(config_file, os.environ)

        def started() -> None:
            announce(config)
            out.print(
                "Invented news, served on this machine: hours pass in minutes, so watch the"
                " lists move.\nThen edit feeds.yaml and start your own:  feedhub run",
                markup=False,
            )

        await serve(
            config,
            folder / "feedhub.db",
            lambda: clock().replace(microsecond=0),
            started=started,
        )
