"""The image of deploy/Dockerfile, made and tried: by Docker, else its steps in a clean root.

    python3 tools/image.py [--root DIR]

Where a Docker engine answers, the image is built and run by it. Where none does, root on Debian
carries out the same steps, read from the Dockerfile, in an empty Debian that debootstrap makes
(its Python in the place of the image's), and runs what came of it as the image would be run: as
its user, without capabilities, on a read-only root. Either way the health check must answer, a
list must be served, a backup must work, and SIGTERM must end it with 0. Ends with 1 when
something fails, with 3 where neither can be done here, saying why.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCKERFILE = ROOT / "deploy/Dockerfile"
CONFIG = "hub: {listen: '0.0.0.0:PORT', base_url: 'http://127.0.0.1:PORT'}\nsources: []\n"
CANNOT = 3
_APART = "FEEDHUB_IMAGE_APART"
PATIENCE = 120.0  # seconds for a start, on a machine that is busy
TAG = "feedhub-image-check"


class Failed(Exception):
    """A step went wrong: what, and what it said."""


class Cannot(Exception):
    """This machine does not give what is needed: why."""


def run(command: list[str], *, env: dict[str, str] | None = None, cwd: Path | None = None) -> str:
    done = subprocess.run(
        command, env=env, cwd=cwd, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if done.returncode:
        raise Failed(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout[-3000:]}")
    return done.stdout


def say(text: str) -> None:
    print(f"image: {text}", flush=True)


def wait_for(true: Callable[[], bool], what: str) -> float:
    start = time.monotonic()
    while time.monotonic() - start < PATIENCE:
        if true():
            return time.monotonic() - start
        time.sleep(0.5)
    raise Failed(f"{what}: not within {PATIENCE:.0f} s")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(command: list[str]) -> Callable[[], bool]:
    return lambda: subprocess.run(command, capture_output=True, check=False).returncode == 0


# --- by Docker ------------------------------------------------------------------------------


def by_docker(folder: Path) -> None:
    config, port = folder / "feeds.yaml", 8000
    config.write_text(CONFIG.replace("PORT", str(port)), "utf-8")
    config.chmod(0o644)
    run(["docker", "build", "-q", "-t", TAG, "-f", str(DOCKERFILE), str(ROOT)])
    size = int(run(["docker", "image", "inspect", "-f", "{{.Size}}", TAG]))
    say(f"built, {size / 2**20:.0f} MiB")
    options = ["--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL"]
    options += ["--security-opt", "no-new-privileges", "-v", f"{config}:/etc/feedhub/feeds.yaml:ro"]
    name = run(["docker", "run", "-d", *options, TAG]).strip()
    try:
        inside = ["docker", "exec", name]
        took = wait_for(answers([*inside, *health(Image.read())]), "the health check")
        say(f"healthy after {took:.0f} s")
        run([*inside, "feedhub", "doctor", "--offline"])
        run([*inside, "feedhub", "backup", "/data/copy.db"])
        run(["docker", "stop", "-t", "20", name])
        code = run(["docker", "inspect", "-f", "{{.State.ExitCode}}", name]).strip()
        if code != "0":
            raise Failed(f"stopped, it ended with {code}:\n{run(['docker', 'logs', name])}")
    finally:
        subprocess.run(["docker", "rm", "-f", name], capture_output=True, check=False)


# --- by hand --------------------------------------------------------------------------------


# Of the process, or of nothing: no step of a build.
_RUNNING = ("USER", "VOLUME", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT", "CMD")


@dataclass
class Stage:
    """The steps from one FROM to the next: (instruction, what stands behind it)."""

    name: str
    steps: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Image:
    """What the last stage says of the process in it."""

    stages: list[Stage]

    @staticmethod
    def read() -> Image:
        text = re.sub(r"\\\n", " ", DOCKERFILE.read_text("utf-8"))
        stages: list[Stage] = []
        for line in text.splitlines():
            word, _, rest = line.strip().partition(" ")
            if word == "FROM":
                stages.append(Stage(rest.partition(" AS ")[2] or str(len(stages))))
            elif word and not word.startswith("#"):
                stages[-1].steps.append((word, rest.strip()))
        return Image(stages)

    def last(self, word: str) -> str:
        return next(rest for each, rest in reversed(self.stages[-1].steps) if each == word)


def health(image: Image) -> list[str]:
    return list(json.loads(image.last("HEALTHCHECK").partition("CMD ")[2]))


def can_by_hand() -> bool:
    """Whether this is root with debootstrap, who may mount (in most containers root may not)."""
    there = os.geteuid() == 0 and shutil.which("debootstrap") and shutil.which("unshare")
    return bool(there) and answers(["unshare", "--mount", "mount", "-t", "tmpfs", "x", "/mnt"])()


def by_hand(folder: Path) -> None:
    image = Image.read()
    base = folder / "base"
    start = time.monotonic()
    make_base(base)
    say(f"an empty Debian after {time.monotonic() - start:.0f} s")
    roots: dict[str, Path] = {}
    with ExitStack() as stack:
        for stage in image.stages:
            root = roots[stage.name] = folder / f"stage-{stage.name}"
            run(["cp", "-a", str(base), str(root)])
            environ = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin", "LANG": "C.UTF-8"}
            with mounted(root):
                carry_out(stage, root, roots, environ)
        size = sum(f.lstat().st_size for f in (root / "opt/feedhub").rglob("*")) / 2**20
        say(f"all steps of the Dockerfile; {size:.0f} MiB of feedhub and what it needs")
        tried(image, root, environ, stack)


def make_base(base: Path) -> None:
    """A Debian with Python and nothing else; ``python`` and pip as the Python image has them."""
    release = dict(
        line.split("=", 1) for line in Path("/etc/os-release").read_text().splitlines() if line
    )
    suite = release.get("VERSION_CODENAME", "").strip('"')
    mirror = next(
        (found[1] for found in re.finditer(r"(?:^URIs:|^deb(?: \[.*\])?) *(\S+)", sources(), re.M)),
        None,
    )
    if mirror is None:
        raise Cannot("where Debian's packages are is not said in /etc/apt")
    include = "--include=python3,python3-venv,ca-certificates"
    try:
        run(["debootstrap", "--variant=minbase", include, suite, str(base), mirror])
    except Failed as error:
        raise Cannot(f"no empty Debian can be made: {str(error)[-300:]}") from error
    (base / "usr/local/bin/python").symlink_to("/usr/bin/python3")
    settings = run([sys.executable, "-m", "pip", "config", "list"]).splitlines()
    rows = [line.partition("=")[::2] for line in settings if line.startswith("global.")]
    lines = [f"{name.removeprefix('global.')} = {value.strip(chr(39))}" for name, value in rows]
    (base / "etc/pip.conf").write_text("\n".join(["[global]", *lines]) + "\n")


def sources() -> str:
    folder = Path("/etc/apt")
    files = [*folder.glob("sources.list.d/*.sources"), folder / "sources.list"]
    files += folder.glob("sources.list.d/*.list")
    return "\n".join(path.read_text() for path in files if path.exists())


@contextmanager
def mounted(root: Path) -> Iterator[None]:
    """What builds need of this machine: names, certificates, and where pip finds packages."""
    text = (root / "etc/pip.conf").read_text() + " ".join(
        value for name, value in os.environ.items() if name.startswith("PIP_")
    )
    named = {Path(path) for path in re.findall(r"(?:file://)?(/[\w./+-]+)", text)}
    named |= {path if path.name != "simple" else path.parent for path in named}
    shared = [path for path in sorted(named) if path.is_dir() and path != Path("/")]
    for path in (*named, Path("/etc/resolv.conf"), Path("/etc/hosts")):
        if path.is_file():
            inside = root / path.relative_to("/")
            inside.parent.mkdir(parents=True, exist_ok=True)
            inside.unlink(missing_ok=True)
            shutil.copy(path, inside)
    with ExitStack() as stack:
        for path in shared:
            stack.enter_context(bound(path, root / path.relative_to("/")))
        stack.enter_context(bound(Path("/proc"), root / "proc"))
        yield


@contextmanager
def bound(what: Path, where: Path) -> Iterator[None]:
    where.mkdir(parents=True, exist_ok=True)
    run(["mount", "--bind", str(what), str(where)])
    try:
        if what != where:  # what is this machine's is not to be changed from in there
            run(["mount", "-o", "remount,ro,bind", str(where)])
        yield
    finally:
        subprocess.run(["umount", "-l", str(where)], check=False)


def carry_out(stage: Stage, root: Path, roots: dict[str, Path], environ: dict[str, str]) -> None:
    folder = "/"
    for word, rest in stage.steps:
        if word == "WORKDIR":
            folder = rest
            (root / rest.lstrip("/")).mkdir(parents=True, exist_ok=True)
        elif word == "ENV":
            for name, value in re.findall(r"(\w+)=(\S+)", rest):
                environ[name] = value.replace("$PATH", environ["PATH"])
        elif word == "COPY":
            copy(rest, root, roots, folder)
        elif word == "RUN":
            kept = {
                name: value
                for name, value in os.environ.items()
                if name.startswith("PIP_") or name.lower().endswith("_proxy")
            }
            command = ["chroot", str(root), "sh", "-c", f"cd {folder} && {rest}"]
            run(command, env=environ | kept)
        elif word not in _RUNNING:
            raise Failed(f"this tool does not know the instruction {word}")


def copy(rest: str, root: Path, roots: dict[str, Path], folder: str) -> None:
    words = rest.split()
    origin = ROOT
    if words[0].startswith("--from="):
        origin = roots[words.pop(0).partition("=")[2]]
    *names, target = words
    there = root / str(Path(folder, target)).lstrip("/")
    for name in names:
        found = origin / name.lstrip("/")
        if found.is_dir():
            shutil.copytree(
                found, there, symlinks=True, ignore=shutil.ignore_patterns("__pycache__")
            )
        else:
            shutil.copy(found, there / found.name)


def tried(image: Image, root: Path, environ: dict[str, str], stack: ExitStack) -> None:
    """Run it as the image is run: its user, no capabilities, nothing to write to but /data."""
    user, port = image.last("USER"), free_port()
    config = root / "etc/feedhub/feeds.yaml"
    config.parent.mkdir()
    config.write_text(CONFIG.replace("PORT", str(port)), "utf-8")
    stack.enter_context(bound(root, root))
    run(["mount", "-o", "remount,ro,bind", str(root)])
    for name in ("data", "tmp"):
        run(["mount", "-t", "tmpfs", "-o", f"mode=1777,uid={user}", "tmpfs", str(root / name)])
        stack.callback(subprocess.run, ["umount", "-l", str(root / name)], check=False)
    bounds = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"]
    bounds += [f"--reuid={user}", f"--regid={user}", "--clear-groups"]
    inside = ["chroot", str(root), *bounds, "env", "-C", "/data"]
    command = [*json.loads(image.last("ENTRYPOINT")), *json.loads(image.last("CMD"))]
    with tempfile.TemporaryFile("w+") as told:
        hub = subprocess.Popen([*inside, *command], env=environ, stdout=told, stderr=told)
        try:
            check = " ".join(health(image)[-1:]).replace(":8000", f":{port}")
            asked = [*inside, "env", *(f"{k}={v}" for k, v in environ.items())]
            took = wait_for(answers([*asked, "python", "-c", check]), "the health check")
            say(f"healthy after {took:.0f} s, as user {user} on a read-only root")
            run([*asked, "feedhub", "doctor", "--offline"])
            run([*asked, "feedhub", "backup", "/data/copy.db"])
            hub.send_signal(signal.SIGTERM)
            code = hub.wait(30)
        except (Failed, subprocess.TimeoutExpired) as error:
            told.seek(0)
            raise Failed(f"{error}\n{told.read()[-3000:]}") from error
        finally:
            hub.kill()
            hub.wait()
    if code:
        raise Failed(f"stopped, it ended with {code}")
    say("doctor and backup work; SIGTERM ended it with 0")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--root", help="where to work; else a temporary folder")
    folder = parser.parse_args().root
    docker = shutil.which("docker") and answers(["docker", "info"])()
    if not docker and not can_by_hand():
        say("no Docker engine answers, and a clean root needs root, mounts, debootstrap: not done")
        return CANNOT
    if not docker and os.environ.get(_APART) is None:
        # mounts of our own, which end with us however we end
        os.environ[_APART] = "1"
        os.execvp("unshare", ["unshare", "--mount", sys.executable, __file__, *sys.argv[1:]])
    place = Path(tempfile.mkdtemp(prefix="feedhub-image-", dir=folder))
    place.chmod(0o755)
    try:
        (by_docker if docker else by_hand)(place)
    except Failed as error:
        say(f"FAILED: {error}")
        return 1
    except Cannot as error:
        say(f"not done: {error}")
        return CANNOT
    finally:
        if str(place) not in Path("/proc/mounts").read_text():  # else it would be emptied as well
            shutil.rmtree(place)
    say("good" + ("" if docker else ", with Debian's Python; no Docker engine answers here"))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
