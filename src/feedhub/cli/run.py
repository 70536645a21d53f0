"""``feedhub run``: the daemon and its server."""

from __future__ import annotations

import signal

import click

from feedhub import loop
from feedhub.cli.common import Files, count, err, now, out, told, with_files
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
        err.print(f"note: {note}", markup=False, soft_wrap=True)
    if not any(source.enabled for source in config.sources):
        text = f"{files.config}: no sources yet; add some, or try: feedhub demo"
        err.print(text, markup=False, soft_wrap=True)
    loop.run(serve(config, files.db, now, started=lambda: announce(config), reloaded=_read_again))
    out.print("Stopped; what was stored is kept.")


def _read_again(config: Config) -> None:
    lists = ", ".join(spec.slug for spec in config.lists)
    sources = count(len(config.sources), "source")
    text = f"{config.path} read again: {sources}; lists: {lists}."
    out.print(text, markup=False, soft_wrap=True)
    for note in config.notes:
        out.print(f"note: {note}", markup=False, soft_wrap=True)


def announce(config: Config) -> None:
    """Say where the page and the feeds are."""
    base = config.hub.base_url
    lines = [f"{config.hub.title} is up. Stop with Ctrl-C.", f"  page    {base}/"]
    for spec in config.lists:
        feed = f"{base}/{spec.slug}.atom"
        lines.append(f"  {spec.slug:<8}{feed}   .rss   .json   ({spec.title})")
    lines.append(f"  sources {base}/status   {base}/sources.opml")
    for line in lines:
        out.print(line, markup=False, soft_wrap=True)
