"""``${NAME}`` and ``${NAME:-default}`` in a value, from the environment; ``$$`` is a dollar."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_REFERENCE: Final = re.compile(r"\$(?:\$|\{([^}]*)(\}?))")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


class BadReference(ValueError):
    """A reference that cannot be filled in; the text names the variable, never a value."""


def substitute(
    text: str, environ: Mapping[str, str], taken: list[tuple[str, str]] | None = None
) -> str:
    """Fill in every reference of ``text``. A dollar that starts none stays as it is.

    As in a shell, ``:-`` gives the value for a variable that is unset or empty. Names and values
    that come from ``environ`` are added to ``taken``.
    Raises BadReference for the first one that cannot be filled in.
    """

    def fill(found: re.Match[str]) -> str:
        if found.group() == "$$":
            return "$"
        inside, closed = found.group(1), found.group(2)
        if not closed:
            raise BadReference('"${" has no closing "}"; write $$ for a dollar sign')
        name, has_default, default = inside.partition(":-")
        if not _NAME.match(name):
            raise BadReference(f'"${{{name[:40]}}}" does not name an environment variable')
        value = environ.get(name)
        if has_default and not value:
            return default
        if value is None:
            raise BadReference(
                f"the environment variable {name} is not set (${{{name}:-...}} gives a default)"
            )
        if not value.isprintable() and any("\ud800" <= c <= "\udfff" for c in value):
            # bytes that are no UTF-8 come so; nothing of it could be stored or sent
            raise BadReference(f"the environment variable {name} is not UTF-8")
        if taken is not None and value:
            taken.append((name, value))
        return value

    return _REFERENCE.sub(fill, text)
