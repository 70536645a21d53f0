"""What the tests of the configuration share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from feedhub.config import load_config
from feedhub.errors import ConfigErrors
from feedhub.model import Config


@pytest.fixture
def load(tmp_path: Path) -> Callable[..., Config]:
    """``load(text, NAME="value")``: the Config of a feeds.yaml with that text."""

    def load(text: str, **environ: str) -> Config:
        path = tmp_path / "feeds.yaml"
        path.write_bytes(text.encode())
        return load_config(path, environ)

    return load


@pytest.fixture
def mistakes(
    load: Callable[..., Config], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[..., list[str]]:
    """``mistakes(text)``: the lines of its ConfigErrors, without the file's folder."""

    def mistakes(text: str, **environ: str) -> list[str]:
        with pytest.raises(ConfigErrors) as caught:
            load(text, **environ)
        return [line.removeprefix(f"{tmp_path}/") for line in caught.value.lines]

    return mistakes


@pytest.fixture(scope="session")
def repository() -> Path:
    """The folder that holds feeds.yaml, docs/ and the rest."""
    return Path(__file__).parents[2]
