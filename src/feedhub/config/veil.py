"""Addresses that hold a secret: what ``${NAME}`` stood for stays apart from what is shown.

Only in an address's path and query: the host is what requests are rationed by, and is no secret.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote, urlsplit

from feedhub.config.fields import normal_url

SHORTEST = 6  # characters; what is shorter (a language, a year) is no secret and may be common


def veiled(
    url: str, references: Iterable[tuple[str, str]]
) -> tuple[str, tuple[tuple[str, str], ...]]:
    """``url`` with ``${NAME}`` again for what the environment gave, and what each stands for.

    ``references`` are the names and values filled into it. Filling them in again gives ``url``.
    """
    host, slash, rest = _parted(url)
    secrets: dict[str, str] = {}
    for name, value in references:
        for form in _forms(value):
            if len(form) >= SHORTEST and form in rest:
                rest = rest.replace(form, f"${{{name}}}")
                secrets[f"${{{name}}}"] = form
                break
    return f"{host}{slash}{rest}", tuple(secrets.items())


def _parted(url: str) -> tuple[str, str, str]:
    scheme, _, after = url.partition("//")
    host, slash, rest = after.partition("/")
    return f"{scheme}//{host}", slash, rest


def _forms(value: str) -> list[str]:
    """A value as it can stand in a normal address: whole, as a part, encoded or not."""
    whole = normal_url(value) if "://" in value else None
    if whole is not None:
        return [_parted(whole)[2]]
    in_path = urlsplit(normal_url(f"http://h/{value}") or "").path.removeprefix("/")
    in_query = urlsplit(normal_url(f"http://h/?{value}") or "").query
    return [value, in_path, in_query, quote(value, safe="")]
