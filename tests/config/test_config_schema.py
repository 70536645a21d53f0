"""The schema file says what the model says, and the examples of the guide are right."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from feedhub.config import json_schema, load_config
from feedhub.config.list_settings import ListSettings, WeightSettings, WhereSettings
from feedhub.config.settings import FileSettings, HubSettings
from feedhub.config.source_settings import (
    AuthSettings,
    DefaultsSettings,
    GroupSettings,
    RuleSettings,
    SourceSettings,
)
from feedhub.errors import ConfigErrors

MODELS: dict[str, type[BaseModel]] = {
    "hub": HubSettings,
    "sources": SourceSettings,
    "groups": GroupSettings,
    "defaults": DefaultsSettings,
    "drop": RuleSettings,
    "auth": AuthSettings,
    "lists": ListSettings,
    "where": WhereSettings,
    "weights": WeightSettings,
}


def test_the_schema_file_is_current(repository: Path) -> None:
    """Written by ``make schema``."""
    kept = json.loads((repository / "docs/feeds.schema.json").read_text("utf-8"))
    assert kept == json_schema()


def test_the_schema_knows_every_key() -> None:
    schema = json_schema()
    assert set(schema["properties"]) == set(FileSettings.model_fields)
    for model in MODELS.values():
        part = schema["$defs"][model.__name__]
        assert set(part["properties"]) == set(model.model_fields)
        assert part["additionalProperties"] is False
        assert all("description" in key for key in part["properties"].values())


def test_a_source_may_be_an_address_in_the_schema() -> None:
    (kind,) = (
        each for each in json_schema()["properties"]["sources"]["anyOf"] if each["type"] == "array"
    )
    kinds = kind["items"]["anyOf"]
    assert {"type": "string", "pattern": "^https?://"} in kinds
    assert {"$ref": "#/$defs/SourceSettings"} in kinds


def test_every_example_in_the_documentation_loads(repository: Path, tmp_path: Path) -> None:
    pages = [repository / "README.md", *sorted(repository.glob("docs/**/*.md"))]
    examples = [
        (page.name, example)
        for page in pages
        for example in re.findall(
            r"^ *```yaml\n(.*?)^ *```", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL
        )
    ]
    assert len(examples) >= 10
    assert {"README.md", "configuration.md"} <= {name for name, _ in examples}
    (tmp_path / "our-ca.pem").touch()
    (tmp_path / "regions.yaml").write_text("sources: []\n")
    values = {"EXAMPLE_TOKEN": "secret", "EXAMPLE_PASSWORD": "secret"}
    values |= {"HUB_TOKEN": "a" * 16, "HUB_PASSWORD": "secret"}
    for name, example in examples:
        path = tmp_path / "feeds.yaml"
        path.write_text(example, "utf-8")
        try:
            load_config(path, values)
        except ConfigErrors as error:
            pytest.fail(f"{name}: {error}\n{example}")
