"""What is installed works: the wheel, the unit, the files of the image, the alert rules."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tarfile
import threading
import urllib.error
import urllib.request
import venv
import xml.etree.ElementTree as ET
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urljoin

import pytest
import yaml

from feedhub.metrics import KNOWN

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"


def without(reason: str) -> None:
    """Skip; where all tests are required, that is a failure."""
    pytest.skip(reason)


PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
BUILD = [*PIP, "wheel", "--no-deps", "--no-build-isolation"]


@pytest.mark.parametrize("made_from", ["the tree", "the sdist"])
def test_the_wheel_works_in_a_clean_environment(tmp_path, made_from):
    """Built, installed alone, asked for what a new user asks, and its demo serves a feed."""
    tree = ROOT if made_from == "the tree" else unpacked_sdist(tmp_path)
    built = subprocess.run(
        [*BUILD, "-w", str(tmp_path), str(tree)], capture_output=True, text=True, check=False
    )
    if built.returncode and "hatchling" in built.stderr:
        without("hatchling is not installed here, and building it needs the network")
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("feedhub-*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    package = ROOT / "src"
    for path in (package / "feedhub").rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            assert str(path.relative_to(package)) in held
    # what it depends on is taken from here: only the wheel itself is under test
    venv.create(tmp_path / "env", with_pip=False, symlinks=True)
    python = tmp_path / "env/bin/python"
    here = Path(yaml.__file__).parents[1]
    (site,) = (tmp_path / "env/lib").glob("python*/site-packages")
    subprocess.run([*PIP, "install", "--no-deps", "--target", str(site), str(wheel)], check=True)
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
    demo_serves([str(python), "-m", "feedhub", "demo", "--port", "0"], folder, environ)


def unpacked_sdist(folder):
    """The source distribution, made and unpacked: what it lacks cannot be built from it."""
    made = folder / "sdist"
    command = [sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", str(made)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode and "No module named" in done.stderr:
        without("hatchling is not installed here")
    assert done.returncode == 0, done.stderr
    (archive,) = made.glob("feedhub-*.tar.gz")
    with tarfile.open(archive) as packed:
        if hasattr(tarfile, "data_filter"):  # not before Python 3.11.4
            packed.extraction_filter = tarfile.data_filter
        packed.extractall(made)
    (tree,) = (each for each in made.iterdir() if each.is_dir())
    for name in ("Makefile", "constraints.txt", "mkdocs.yml", "deploy", "docs", "tests", "tools"):
        assert (tree / name).exists(), name
    return tree


def demo_serves(command, folder, environ):
    """Start the demo, read a feed from the address that it tells, and stop it."""
    demo = subprocess.Popen(
        command,
        cwd=folder,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        told = []
        for line in demo.stdout:
            told.append(line)
            if address := re.search(r"(http://\S+)/senaste\.atom", line):
                break
        else:
            pytest.fail("".join(told))
        with urllib.request.urlopen(f"{address[1]}/senaste.atom", timeout=30) as answer:
            assert ET.fromstring(answer.read()).tag.endswith("feed")
        with urllib.request.urlopen(f"{address[1]}/", timeout=30) as answer:
            (sheet,) = re.findall(r'href="([^"]+hub[^"]*\.css[^"]*)"', answer.read().decode())[:1]
        with urllib.request.urlopen(urljoin(address[1], sheet), timeout=30) as answer:
            assert answer.status == 200
    finally:
        demo.terminate()
        demo.communicate(timeout=30)
    assert demo.returncode == 0


def test_nginx_takes_its_example(tmp_path):
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None or shutil.which("openssl") is None:
        without("nginx or openssl is not installed here")
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        f"openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=a -keyout {key} -out {cert}".split(),
        check=True,
        capture_output=True,
    )
    text = (DEPLOY / "nginx.conf").read_text()
    text = text.replace("/etc/ssl/example.org.pem", str(cert))
    text = text.replace("/etc/ssl/example.org.key", str(key))
    whole = tmp_path / "nginx.conf"
    whole.write_text(
        f"pid {tmp_path}/pid;\nerror_log stderr;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{text}\n}}\n"
    )
    done = subprocess.run([nginx, "-t", "-c", str(whole)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_caddy_takes_its_example(tmp_path):
    caddy = shutil.which("caddy")
    if caddy is None:
        without("caddy is not installed here")
    command = [caddy, "validate", "--adapter", "caddyfile", "--config", str(DEPLOY / "Caddyfile")]
    environ = os.environ | {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)}
    done = subprocess.run(command, capture_output=True, text=True, env=environ)
    assert done.returncode == 0, done.stderr


class _Anything(BaseHTTPRequestHandler):
    """A hub that answers everything with 200."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        """Say nothing."""


def test_caddy_keeps_figures_inside(tmp_path):
    """Served for real: at a name and under a path the feeds go through, the figures do not."""
    caddy = shutil.which("caddy")
    if caddy is None:
        without("caddy is not installed here")
    hub = ThreadingHTTPServer(("127.0.0.1", 0), _Anything)
    threading.Thread(target=hub.serve_forever, args=(0.02,), daemon=True).start()
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    named, below = (probe.getsockname()[1] for probe in probes)
    for probe in probes:
        probe.close()
    text = (DEPLOY / "Caddyfile").read_text()
    text = text.replace("127.0.0.1:8000", f"127.0.0.1:{hub.server_port}")
    text = text.replace("\nnyheter.example.org {", f"\nhttp://127.0.0.1:{named} {{")
    text = text.replace("\nexample.org {", f"\nhttp://127.0.0.1:{below} {{")
    config = tmp_path / "Caddyfile"
    config.write_text(f"{{\n\tadmin off\n}}\n{text}")
    environ = os.environ | {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)}
    command = [caddy, "run", "--adapter", "caddyfile", "--config", str(config)]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environ)

    def status(port, path):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            with error:
                return error.code

    try:
        for line in server.stderr:
            if "serving initial configuration" in line:
                break
        assert status(named, "/senaste.atom") == 200
        assert status(named, "/metrics") == 404
        assert status(below, "/nyheter/senaste.atom") == 200
        assert status(below, "/nyheter") == 200  # after a redirect
        assert status(below, "/nyheter/metrics") == 404
    finally:
        server.terminate()
        server.communicate(timeout=30)
        hub.shutdown()
        hub.server_close()


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
