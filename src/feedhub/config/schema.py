"""The JSON Schema of feeds.yaml, for completion and checks in editors.

``make schema`` writes the copy that is kept in docs/, and a test holds it to the model.
"""

from __future__ import annotations

from typing import Any, Final

from feedhub.config.settings import FileSettings

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> dict[str, Any]:
    """A new dict, made from the model that validates; the same on every run."""
    return {
        "$schema": _DIALECT,
        **FileSettings.model_json_schema(mode="validation"),
        "title": "feeds.yaml of feedhub",
    }
