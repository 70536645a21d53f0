"""Bytes that a server calls a feed, to safe and uniform entries, or a named refusal.

``parse_document`` is the pure function; ``ParserProcess`` runs it in a process with limits.
"""

from feedhub.parse.document import parse_document
from feedhub.parse.html import clean_html
from feedhub.parse.process import ParserProcess
from feedhub.parse.urls import canonical_url

__all__ = ["ParserProcess", "canonical_url", "clean_html", "parse_document"]
