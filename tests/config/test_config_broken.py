"""Each broken file gives exactly the lines beside it, and nothing ever gives a traceback."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from feedhub.config import load_config
from feedhub.errors import ConfigErrors

BROKEN = Path(__file__).parent / "broken"
ENVIRON = {"FEEDHUB_TEST_SECRET": "hunter2"}


@pytest.mark.parametrize("name", sorted(path.stem for path in BROKEN.glob("*.yaml")))
def test_gives_the_lines_beside_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(BROKEN)
    with pytest.raises(ConfigErrors) as caught:
        load_config(Path(f"{name}.yaml"), ENVIRON)
    assert list(caught.value.lines) == Path(f"{name}.txt").read_text("utf-8").splitlines()
    assert "hunter2" not in str(caught.value)


def test_there_are_files_and_each_has_its_lines() -> None:
    yamls = {path.stem for path in BROKEN.glob("*.yaml")}
    assert len(yamls) >= 20
    assert yamls == {path.stem for path in BROKEN.glob("*.txt")}


def test_missing_directory_and_unreadable(tmp_path: Path) -> None:
    for path, what in (
        (tmp_path / "nowhere.yaml", "there is no such file"),
        (tmp_path, "is a directory; name the file in it"),
        (tmp_path / "a\0b.yaml", "cannot be read: embedded null byte"),
        (tmp_path / "file" / "feeds.yaml", "cannot be read: Not a directory"),
    ):
        (tmp_path / "file").touch()
        with pytest.raises(ConfigErrors) as caught:
            load_config(path, {})
        assert caught.value.lines == (f"{path}: {what}",)


def test_hostile_files_cost_little(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(BROKEN)
    before = time.process_time()
    for name in ("alias_bomb", "alias_of_itself", "deep"):
        with pytest.raises(ConfigErrors):
            load_config(Path(f"{name}.yaml"), {})
    assert time.process_time() - before < 10


def test_too_large_a_file(tmp_path: Path) -> None:
    path = tmp_path / "feeds.yaml"
    path.write_bytes(b"#" * (16 * 2**20 + 1))
    with pytest.raises(ConfigErrors, match="larger than 16 MiB"):
        load_config(path, {})
