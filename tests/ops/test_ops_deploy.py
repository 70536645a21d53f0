"""What is installed works: the wheel, the unit, the files of the image, the alert rules."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest
import yaml

from feedhub.metrics import KNOWN

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"


def without(reason: str) -> None:
    """Skip, unless everything is required to run."""
    if os.environ.get("FEEDHUB_REQUIRE_ALL") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def test_the_wheel_works_in_a_clean_environment(tmp_path):
    """Built, installed with nothing but what it asks for, and asked for its version and help."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
    built = subprocess.run(
        [*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", str(tmp_path), str(ROOT)],
        capture_output=True,
        text=True,
        check=False,
    )
    if built.returncode and "hatchling" in built.stderr:
        without("hatchling is not installed here, and building it needs the network")
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("feedhub-*.whl")
    # what it depends on is taken from here: only the wheel itself is under test
    venv.create(tmp_path / "env", with_pip=False, symlinks=True)
    python = tmp_path / "env/bin/python"
    here = Path(yaml.__file__).parents[1]
    (site,) = (tmp_path / "env/lib").glob("python*/site-packages")
    subprocess.run([*pip, "install", "--no-deps", "--target", str(site), str(wheel)], check=True)
    (site / "others.pth").write_text(f"{here}\n")
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    code = "import feedhub; print(feedhub.__file__)"
    found = subprocess.run([python, "-c", code], capture_output=True, text=True, env=environ)
    assert found.stdout.startswith(str(site)), found.stderr
    folder = tmp_path / "hub"
    folder.mkdir()
    (folder / "feeds.yaml").write_text("sources: []\n")
    for command in (
        ["--version"],
        ["check"],
        ["update"],
        ["build", "out"],
        ["doctor", "--offline"],
    ):
        done = subprocess.run(
            [python, "-m", "feedhub", *command],
            capture_output=True,
            text=True,
            cwd=folder,
            env=environ,
            timeout=60,
        )
        assert done.returncode == 0, (command, done.stdout, done.stderr)
    assert (folder / "out/index.html").exists()
    assert (folder / "out/static").exists()


def test_the_unit_is_right(tmp_path):
    if shutil.which("systemd-analyze") is None:
        without("systemd-analyze is not installed here")
    text = (DEPLOY / "feedhub.service").read_text()
    for path in re.findall(r"^Exec\w+=(\S+)", text, re.MULTILINE):
        if not Path(path).exists():  # it is not installed here; its arguments are not judged
            text = text.replace(path, "/bin/true")
    text = re.sub(r"^(User|Group)=.*$", r"\1=root", text, flags=re.MULTILINE)
    unit = tmp_path / "feedhub.service"
    unit.write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True
    )
    said = [line for line in done.stderr.splitlines() if "feedhub.service" in line]
    assert done.returncode == 0, done.stderr
    assert not said, said


def test_the_image_copies_what_is_there():
    text = (DEPLOY / "Dockerfile").read_text()
    for names in re.findall(r"^COPY (?!--)(.*) \S+$", text, re.MULTILINE):
        for name in names.split():
            assert (ROOT / name).exists(), name
    assert re.search(r"^USER \d+$", text, re.MULTILINE)
    assert "HEALTHCHECK" in text


def test_the_compose_file_is_tight():
    service = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]["feedhub"]
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert (DEPLOY / service["build"]["context"] / service["build"]["dockerfile"]).exists()


def test_alerts_name_figures_that_there_are():
    groups = yaml.safe_load((DEPLOY / "alerts.yaml").read_text())["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    assert len(rules) >= 5
    for rule in rules:
        assert set(re.findall(r"feedhub_[a-z_]+", rule["expr"])) <= set(KNOWN), rule
        assert rule["annotations"]["summary"]
