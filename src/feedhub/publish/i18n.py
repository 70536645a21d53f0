"""The languages of feeds and pages: which words a hub speaks in."""

from __future__ import annotations

from feedhub.publish.english import ENGLISH
from feedhub.publish.swedish import SWEDISH
from feedhub.publish.wording import Words

__all__ = ["Words", "words"]


def words(language: str) -> Words:
    """The words for ``hub.language``: Swedish for ``sv``, English for everything else."""
    return SWEDISH if language.lower().split("-")[0] == "sv" else ENGLISH
