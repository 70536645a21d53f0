"""feedhub: an RSS/Atom feed aggregator with ranking."""

__version__ = "0.1.0"
