"""feeds.yaml: read into a Config, described by a schema, edited with its comments kept."""

from __future__ import annotations

from feedhub.config.load import load_config
from feedhub.config.schema import json_schema

__all__ = ["json_schema", "load_config"]
