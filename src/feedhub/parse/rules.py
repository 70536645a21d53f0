"""A source's rules at work: titles freed of kickers, entries dropped or marked as paid."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import translate
from functools import lru_cache

from feedhub.model import DropRule, ParseRules

# "INRIKES: ", "Just nu – ", "TV | ": a word or three, a separator, then the headline.
_KICKER = re.compile(r"^[^\W\d_][\w&/.-]*(?: [\w&/.-]+){0,2}\s*(?:[:|•]\s+|\s[–—-]\s)(?=\S)")


@lru_cache(maxsize=512)
def _glob(pattern: str) -> re.Pattern[str]:
    # Brackets are not for sets of letters here: "[annons] *" is what headlines begin with.
    return re.compile(translate(pattern.lower().replace("[", "[[]")), re.DOTALL)


def _matches(rule: DropRule, values: Sequence[str]) -> bool:
    pattern = rule.pattern.lower()
    if "*" in pattern or ("?" in pattern and rule.field != "link"):
        return any(_glob(pattern).fullmatch(value.lower()) for value in values)
    if rule.field == "category":
        return any(pattern == value.lower() for value in values)
    return any(pattern in value.lower() for value in values)


def matching(
    rules: Sequence[DropRule], *, title: str, link: str | None, categories: Sequence[str]
) -> str | None:
    """The name of the first rule that an entry falls under, or ``None``."""
    values = {"title": (title,), "link": (link or "",), "category": tuple(categories)}
    for rule in rules:
        if rule.pattern and _matches(rule, values[rule.field]):
            return rule.name or f"{rule.field}: {rule.pattern}"
    return None


def ruled_title(title: str, rules: ParseRules) -> str:
    """A title without the prefixes, suffixes and kicker that the rules take off.

    A rule never empties a title.
    """
    for prefix in rules.strip_title:
        if prefix and title.lower().startswith(prefix.lower()):
            title = title[len(prefix) :].lstrip() or title
    for suffix in rules.strip_title_end:
        if suffix and title.lower().endswith(suffix.lower()):
            title = title[: -len(suffix)].rstrip() or title
    if rules.strip_kicker:
        kicker = _KICKER.match(title)
        if kicker and len(title) - kicker.end() >= 10:
            title = title[kicker.end() :]
    return title
