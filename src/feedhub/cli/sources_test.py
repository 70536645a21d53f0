"""``feedhub sources test``: what a source gives, before or after it stands in feeds.yaml."""

from __future__ import annotations

import click

from feedhub.cli import completing
from feedhub.cli.common import (
    OK,
    SOME_FAILED,
    Failure,
    Files,
    json_option,
    out,
    print_json,
    printable,
    told,
    with_files,
)
from feedhub.cli.trying import enabled, try_all
from feedhub.config.fields import for_the_web, normal_url, without_user
from feedhub.config.naming import means
from feedhub.model import Auth, Config, Source


@click.command(
    "test",
    epilog="Example:  feedhub sources test 'Dagens Nyheter'   |"
    "   feedhub sources test https://www.example.se/rss",
)
@click.argument("which", metavar="[SOURCE]...", nargs=-1, shell_complete=completing.sources)
@click.option("--allow-private", is_flag=True, help="Let it be an address of a private network.")
@json_option
@with_files
@told
def test(files: Files, which: tuple[str, ...], allow_private: bool, as_json: bool) -> None:
    """Fetch each SOURCE once, storing nothing, and say what it gives (without SOURCE: all).

    SOURCE is an address, id or name in feeds.yaml, or any other address; a disabled one is
    tried only when it is named. Exit code 0 when all of them answered with a feed, else 1.
    """
    config = files.load()
    wanted = tuple(dict.fromkeys(_source(config, each, allow_private) for each in which))
    found = try_all(config, files, wanted or enabled(config), in_full=True)
    if as_json:
        print_json([one.row() for one in found])
    else:
        for one in found:
            out.print(printable(one.line()), soft_wrap=True)
            for line in one.details(config) if which else ():
                out.print(printable(f"  {line}"), soft_wrap=True)
    raise SystemExit(OK if all(one.good for one in found) else SOME_FAILED)


def _source(config: Config, which: str, allow_private: bool) -> Source:
    for source in config.sources:
        if means(which, source):
            return source
    given = normal_url(for_the_web(which))
    if given is None:
        raise Failure(f"feedhub sources test: no source has the address, id or name {which!r}")
    url, user, password = without_user(given)
    auth = Auth("basic", user, password) if user or password else None
    return Source(key=url, url=url, allow_private=allow_private, auth=auth)
