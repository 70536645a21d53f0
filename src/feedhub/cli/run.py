"""``feedhub run``: the daemon and its server."""

from __future__ import annotations

import signal

import click

from feedhub import loop
from feedhub.cli.common import Files, count, now, say, told, with_files
from feedhub.daemon import serve
from feedhub.model import Config


@click.command(epilog="Example:  feedhub run -c feeds.yaml --db /var/lib/feedhub/feedhub.db")
@with_files
@told
def run(files: Files) -> None:
    """Fetch what is due, rank and serve, until stopped (Ctrl-C or SIGTERM)."""
    # "read again": a hub that reads it now must not die of that; what serves takes it from there
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    config = files.load()
    for note in config.notes:
        say(f"note: {note}", "warning", error=True)
    if not any(source.enabled for source in config.sources):
        text = f"{files.config}: no sources yet; add some, or try: feedhub demo"
        say(text, "warning", error=True)
    loop.run(serve(config, files.db, now, started=lambda: announce(config), reloaded=_read_again))
    say("Stopped; what was stored is kept.")


def _read_again(config: Config) -> None:
    lists = ", ".join(spec.slug for spec in config.lists)
    sources = count(len(config.sources), "source")
    say(f"{config.path} read again: {sources}; lists: {lists}.")
    for note in config.notes:
        say(f"note: {note}", "warning")


def announce(config: Config) -> None:
    """Say where the page and the feeds are."""
    base = config.hub.base_url
    lines = [f"{config.hub.title} is up. Stop with Ctrl-C.", f"  page    {base}/"]
    for spec in config.lists:
        feed = f"{base}/{spec.slug}.atom"
        lines.append(f"  {spec.slug:<8}{feed}   .rss   .json   ({spec.title})")
    lines.append(f"  sources {base}/status   {base}/sources.opml")
    for line in lines:
        say(line)
