"""The attributes of one HTML tag, as authors write them and as our sanitiser does."""

from __future__ import annotations

import re
from html import unescape

_WRITTEN = re.compile(r"""[\s/"'=]*([^\s"'>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?""")
_SERIALISED = re.compile(r'([^\s=>"]+)="([^"]*)"')


def written(text: str) -> dict[str, str]:
    """What stands between a tag's name and its end: names in lower case, values unescaped.

    As in browsers the first of a name counts, and one without a value has "". Quotes that belong
    to no value are passed over; an angle bracket outside a value is the end.
    """
    told: dict[str, str] = {}
    at = 0
    while (found := _WRITTEN.match(text, at)) is not None:
        name, *values = found.groups()
        told.setdefault(name.lower(), unescape(next(filter(None, values), "")))
        at = found.end()
    return told


def serialised(text: str) -> dict[str, str]:
    """The same of nh3's output, where each value is in double quotes; values stay escaped."""
    return dict(_SERIALISED.findall(text))
