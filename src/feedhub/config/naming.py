"""By which words a person may mean a source: its id, its name, its address however it is shown.

What is shown of an address has no user and password in it, and ``${NAME}`` for what the
environment gave. Such an address, taken from a page, a log or an export, still means its source.
"""

from __future__ import annotations

from collections.abc import Iterable

from feedhub.config.fields import normal_url, without_user
from feedhub.config.veil import veiled
from feedhub.model import Source


def means(which: str, source: Source) -> bool:
    """Whether ``which`` is the source's id, name or address."""
    if which in (source.key, source.url, source.name):
        return True
    return not bare_forms(which).isdisjoint(
        {source.url, normal_url(source.url), source.unveiled(source.url)}
    )


def bare_forms(which: str) -> frozenset[str]:
    """An address as given and in normal form without user and password; none when it is none."""
    url = normal_url(which)
    return frozenset() if url is None else frozenset((which, without_user(url)[0]))


def shown_forms(url: str, references: Iterable[tuple[str, str]]) -> frozenset[str]:
    """The addresses that a person may have seen of a source at the normal address ``url``.

    ``references`` are the names and values that the environment filled into it.
    """
    bare = without_user(url)[0]
    shown = veiled(bare, references)[0]
    return frozenset((bare, shown, normal_url(shown) or shown))
