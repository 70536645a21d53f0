"""The schema file and the reference say what the model says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel

from feedhub.config import json_schema, load_config
from feedhub.config.fields import RESERVED_SLUGS
from feedhub.config.settings import (
    AuthSettings,
    FileSettings,
    HubSettings,
    ListSettings,
    RuleSettings,
    SourceSettings,
    WeightSettings,
    WhereSettings,
)

MODELS: dict[str, type[BaseModel]] = {
    "hub": HubSettings,
    "sources": SourceSettings,
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


def rows(text: str, heading: str) -> Iterator[str]:
    """The keys in the first column of the table under a heading."""
    section = re.split(r"^## ", text, flags=re.MULTILINE)
    (body,) = (part for part in section if part.startswith(f"`{heading}`"))
    for row in re.findall(r"^\| (`[^|]*) \|", body, flags=re.MULTILINE):
        yield from re.findall(r"`([^`]+)`", row)


def test_every_key_is_documented_and_no_other(repository: Path) -> None:
    text = (repository / "docs/configuration.md").read_text("utf-8")
    for heading, model in MODELS.items():
        assert set(rows(text, heading)) == set(model.model_fields), heading


def test_reserved_names_are_documented(repository: Path) -> None:
    text = (repository / "docs/configuration.md").read_text("utf-8")
    (sentence,) = re.findall(r"Reserved names: (.*?)\.\n", text, flags=re.DOTALL)
    assert set(re.findall(r"`([^`]+)`", sentence)) == RESERVED_SLUGS


def test_every_example_in_the_reference_loads(repository: Path, tmp_path: Path) -> None:
    text = (repository / "docs/configuration.md").read_text("utf-8")
    examples = re.findall(r"^```yaml\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    assert len(examples) >= 5
    (tmp_path / "our-ca.pem").touch()
    for example in examples:
        path = tmp_path / "feeds.yaml"
        path.write_text(example, "utf-8")
        values = {"EXAMPLE_TOKEN": "secret", "EXAMPLE_PASSWORD": "secret"}
        load_config(path, values | {"HUB_TOKEN": "a" * 16, "HUB_PASSWORD": "secret"})
