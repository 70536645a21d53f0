"""The languages of feeds and pages: which words a hub speaks in."""

from __future__ import annotations

from feedhub.publish.english import ENGLISH
from feedhub.publish.swedish import SWEDISH
from feedhub.publish.text import language_tag
from feedhub.publish.wording import Words

__all__ = ["Words", "page_language", "words"]


def words(language: str) -> Words:
    """The words for ``hub.language``: Swedish for ``sv``, English for everything else."""
    return SWEDISH if language.lower().split("-")[0] == "sv" else ENGLISH


def page_language(language: str) -> str:
    """The tag of the words around the news: ``hub.language`` where it is spoken, else ``en``.

    A screen reader would read English words by the rules of another language.
    """
    tag, code = language_tag(language) or "", words(language).code
    return tag if tag.lower().split("-")[0] == code else code
