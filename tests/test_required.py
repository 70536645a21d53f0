"""Where everything is required, a test that would be skipped fails."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = """\
import pytest

@pytest.fixture
def browser():
    pytest.skip("no browser here")

def test_by_fixture(browser): ...

@pytest.mark.skipif(True, reason="no root here")
def test_by_mark(): ...

def test_by_word():
    pytest.skip("no fish here")

@pytest.mark.optional
def test_optional():
    pytest.skip("no corpora here")

@pytest.mark.xfail(strict=True)
def test_known():
    assert False

def test_good(): ...
"""


@pytest.mark.parametrize(
    ("required", "said"),
    [
        ("", "1 passed, 4 skipped, 1 xfailed in"),
        ("1", "1 failed, 1 passed, 1 skipped, 1 xfailed, 2 errors in"),
    ],
)
def test_a_skipped_test_fails_where_all_are_required(
    tmp_path: Path, required: str, said: str
) -> None:
    shutil.copy(Path(__file__).with_name("conftest.py"), tmp_path)
    (tmp_path / "test_it.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = optional\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly"],
        cwd=tmp_path,
        env=os.environ | {"FEEDHUB_REQUIRE_ALL": required, "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert said in done.stdout, done.stdout
    assert done.returncode == (1 if required else 0)
    for reason in ("no browser", "no root", "no fish") if required else ():
        assert f"may not be left out here: Skipped: {reason} here" in done.stdout
