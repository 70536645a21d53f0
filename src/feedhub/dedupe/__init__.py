"""Which entries are one item, and which items tell one story."""

from feedhub.dedupe.compared import compared
from feedhub.dedupe.identity import ARTICLES, Articles, candidates
from feedhub.dedupe.publisher import registrable_domain, source_publisher

__all__ = [
    "ARTICLES",
    "Articles",
    "candidates",
    "compared",
    "registrable_domain",
    "source_publisher",
]
