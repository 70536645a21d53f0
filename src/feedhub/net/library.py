"""httpx without its command line, which would bring rich and pygments along."""

from feedhub.lean import without

with without("httpx._main"):
    import httpx

__all__ = ["httpx"]
