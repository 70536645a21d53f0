"""Which entries are one item, and which items tell one story."""

from feedhub.dedupe.identity import candidates, same_article
from feedhub.dedupe.publisher import registrable_domain, source_publisher

__all__ = ["candidates", "registrable_domain", "same_article", "source_publisher"]
