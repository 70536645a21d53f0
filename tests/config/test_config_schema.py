"""The schema file says what the model says, and the examples of the guide are right."""

from __future__ import annotations

import json
import re
from pathlib import Path

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


def test_every_example_in_the_reference_loads(repository: Path, tmp_path: Path) -> None:
    text = (repository / "docs/configuration.md").read_text("utf-8")
    examples = re.findall(r"^```yaml\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    assert len(examples) >= 5
    (tmp_path / "our-ca.pem").touch()
    (tmp_path / "regions.yaml").write_text("sources: []\n")
    for example in examples:
        path = tmp_path / "feeds.yaml"
        path.write_text(example, "utf-8")
        values = {"EXAMPLE_TOKEN": "secret", "EXAMPLE_PASSWORD": "secret"}
        load_config(path, values | {"HUB_TOKEN": "a" * 16, "HUB_PASSWORD": "secret"})
