"""``feedhub sources``: what is read, how it is doing, and edits of feeds.yaml."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import click
from rich.text import Text

from feedhub.cli import completing
from feedhub.cli.common import (
    Failure,
    Files,
    json_option,
    out,
    print_json,
    printable,
    told,
    with_files,
)
from feedhub.cli.finding import find_feeds, same_host
from feedhub.cli.groups import Subcommands
from feedhub.cli.moments import shown
from feedhub.cli.opened import known_of, proposed_url, statuses_of
from feedhub.cli.tables import print_table
from feedhub.config.edit import add_source, remove_source, source_as_added
from feedhub.config.fields import for_the_web, normal_url, without_user
from feedhub.config.naming import means
from feedhub.model import Config, Source, SourceStatus, Stage, StoredSource


@click.group(
    cls=Subcommands,
    order=("list", "test", "add", "remove", "import", "export", "apply"),
    homes={
        "test": "feedhub.cli.sources_test:test",
        "import": "feedhub.cli.sources_exchange:import_feeds",
        "export": "feedhub.cli.sources_exchange:export",
        "apply": "feedhub.cli.sources_exchange:apply",
    },
    epilog="Example:  feedhub sources add https://www.example.se/",
)
def sources() -> None:
    """Show, try, add and remove sources; comments and order of feeds.yaml are kept."""


@sources.command("list", epilog="Example:  feedhub sources list --json")
@json_option
@with_files
@told
def list_sources(files: Files, as_json: bool) -> None:
    """Every source with its last outcome, when it is due next, and why then."""
    config = files.load()
    by_key = {status.stored.source.key: status for status in statuses_of(config, files)}
    if as_json:
        rows = [_row(source, by_key.get(source.key)) for source in config.sources]
        print_json(rows)
        return
    cells = [_cells(source, by_key.get(source.key), config) for source in config.sources]
    print_table(("source", "outcome", "items", "next", "why then"), cells, right=(2,))


def _cells(source: Source, status: SourceStatus | None, config: Config) -> list[Text | str]:
    name = printable(source.name or (status.told_name if status else "") or source.url)
    if not source.enabled:
        return [name, "disabled", "", "", ""]
    if status is None or status.outcome is None:
        return [name, "not fetched yet", "", "", ""]
    state = status.stored.state
    due = "never" if state.gone_at else ""
    if at := status.stored.next_due:
        due = shown(at, config)
    reason = f": {status.outcome.reason}" if status.outcome.reason else ""
    return [
        name,
        printable(f"{status.outcome.label}{reason}"),
        str(status.items),
        due,
        printable(state.due_reason),
    ]


def _row(source: Source, status: SourceStatus | None) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": source.key,
        "url": source.url,
        "name": source.name or (status.name if status else None),
        "publisher": source.publisher or (status.publisher if status else None),
        "category": source.category,
        "enabled": source.enabled,
    }
    if status is not None:
        state, outcome = status.stored.state, status.outcome
        row |= {
            "outcome": outcome.label if outcome else None,
            "reason": outcome.reason if outcome else None,
            "items": status.items,
            "last_fetch": state.last_fetch_at.isoformat() if state.last_fetch_at else None,
            "last_ok": state.last_ok_at.isoformat() if state.last_ok_at else None,
            "next_due": at.isoformat() if (at := status.stored.next_due) else None,
            "due_reason": state.due_reason,
            "guids_trusted": status.stored.guids.trusted,
            "guids_reason": status.stored.guids.reason or None,
            "moved_to": proposed_url(status.stored),
        }
    return row


@sources.command("add", epilog="Example:  feedhub sources add https://www.example.se/ --yes")
@click.argument("url")
@click.option("--name", help="What readers see; else the feed's own title.")
@click.option("--category", help="A word that lists can ask for.")
@click.option("--allow-private", is_flag=True, help="Let it be an address of a private network.")
@click.option("-y", "--yes", is_flag=True, help="Take the first feed found without asking.")
@click.option("--no-check", is_flag=True, help="Write it down without trying it.")
@with_files
@told
def add(
    files: Files,
    url: str,
    name: str | None,
    category: str | None,
    allow_private: bool,
    yes: bool,
    no_check: bool,
) -> None:
    """Add the feed at URL, or one of those found on the web page at URL."""
    config = files.load()
    url = for_the_web(url)
    if "://" not in url:
        url = f"https://{url}"
    # user and password are kept for the file, and out of what is said and logged
    given = normal_url(url) or url
    bare = without_user(given)[0]
    feed = bare
    if not no_check:
        source = source_as_added(files.config, url, allow_private=allow_private, environ=os.environ)
        tried = replace(source, key=bare, enabled=True)
        feed = _find_feed(config, tried, known_of(config, files), yes)
    written = _as_given(feed, given) if bare != given else feed
    add_source(
        files.config, written, name, category, allow_private=allow_private, environ=os.environ
    )
    out.print(f"{files.config}: added {feed}", markup=False, soft_wrap=True)


def _as_given(feed: str, given: str) -> str:
    """A feed at the host that user and password were given for, with these."""
    if not same_host(feed, without_user(given)[0]):
        return feed
    return urlunsplit(urlsplit(feed)._replace(netloc=urlsplit(given).netloc))


def _find_feed(config: Config, source: Source, known: Sequence[StoredSource], yes: bool) -> str:
    """The address to write down, found at that of ``source``."""
    found = find_feeds(config, source, known, take_first=yes)
    if not found.feeds:
        reason = f": {found.outcome.reason}" if found.outcome.reason else ""
        hint = "; --no-check adds it all the same"
        if found.outcome.stage is Stage.ADDRESS:
            reason, _, permitted = reason.partition(";")
            hint = "; --allow-private permits it" if permitted else ""
        raise Failure(f"feedhub sources add: {found.url}: {found.outcome.label}{reason}{hint}")
    if len(found.feeds) == 1:
        return found.feeds[0]
    for number, feed in enumerate(found.feeds, 1):
        out.print(f"{number:>3}  {feed}", markup=False, soft_wrap=True)
    choice: int = click.prompt("Which one", type=click.IntRange(1, len(found.feeds)), default=1)
    return found.feeds[choice - 1]


@sources.command("remove", epilog="Example:  feedhub sources remove https://www.example.se/rss")
@click.argument("which", metavar="SOURCE", shell_complete=completing.sources)
@with_files
@told
def remove(files: Files, which: str) -> None:
    """Remove the source with this address, id or name. Its items stay until they are old."""
    file = remove_source(files.config, _address(files, which), environ=os.environ)
    out.print(f"{file}: removed {which}", markup=False, soft_wrap=True)


def _address(files: Files, which: str) -> str:
    """A source may also be meant by the title that its feed gives itself."""
    config = files.load()
    if any(means(which, source) for source in config.sources):
        return which
    named = [
        status.stored.source.url for status in statuses_of(config, files) if status.name == which
    ]
    return named[0] if len(named) == 1 else which
