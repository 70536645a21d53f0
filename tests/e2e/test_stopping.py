"""Stopped at an awkward moment: while it starts, or while what it waits for never comes."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from click.testing import CliRunner

from feedhub import __main__, beats, daemon
from feedhub.child import Child
from feedhub.cli import main
from feedhub.cli.common import Files
from feedhub.clusterer import Clusterer
from feedhub.config import load_config
from feedhub.errors import ChildError, ConfigErrors


@pytest.fixture
def run(hub: Any, paper: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """A hub in this process over one paper, until ``stop`` is set."""
    paper.titles = ["En nyhet", "En till"]
    hub.write(paper.url)
    monkeypatch.setattr(daemon, "STOP", daemon.DRAIN + 0.02)

    def run(stop: asyncio.Event, started: Callable[[], None] = lambda: None) -> Any:
        folder: Path = hub.folder
        config = load_config(folder / "feeds.yaml", {})
        clock = lambda: datetime.now(UTC).replace(microsecond=0)  # noqa: E731
        return daemon.serve(config, folder / "feedhub.db", clock, started=started, stop=stop)

    return run


def test_stopped_while_the_story_process_is_awaited_it_leaves_no_traceback(
    run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        asked, closed = asyncio.Event(), asyncio.Event()

        class Late:
            """A process that is given up before it has answered."""

            async def place(self, *_: object) -> object:
                asked.set()
                await closed.wait()
                raise ChildError("died", "the story process died")

            async def close(self) -> None:
                closed.set()

        async def start(*_: object) -> Late:
            return Late()

        monkeypatch.setattr(Clusterer, "start", start)
        stop = asyncio.Event()
        serving = asyncio.create_task(run(stop))
        async with asyncio.timeout(30):
            await asked.wait()
            stop.set()
            await serving
        assert closed.is_set()

    with caplog.at_level(logging.WARNING, "asyncio"):
        asyncio.run(main())
    assert "Traceback" not in caplog.text
    assert "never retrieved" not in caplog.text


def test_stopped_while_it_starts_nobody_is_asked(run: Callable[..., Any], paper: Any) -> None:
    async def main() -> None:
        stop = asyncio.Event()
        await run(stop, started=stop.set)

    asyncio.run(main())
    assert paper.polls == 0


def test_told_to_read_again_while_it_starts_or_ends_it_does_not_die_of_it(
    run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    deadly: list[int] = []  # what would have met no handler
    before = signal.signal(signal.SIGHUP, lambda number, _: deadly.append(number))
    close = daemon.Site.close

    def closing(site: Any) -> None:
        os.kill(os.getpid(), signal.SIGHUP)
        close(site)

    async def main() -> None:
        stop = asyncio.Event()

        def started() -> None:
            os.kill(os.getpid(), signal.SIGHUP)
            stop.set()

        await run(stop, started=started)

    monkeypatch.setattr(daemon.Site, "close", closing)
    try:
        asyncio.run(main())
    finally:
        signal.signal(signal.SIGHUP, before)
    assert deadly == []


def test_told_to_read_again_while_it_reads_feeds_yaml_it_does_not_die_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    deadly: list[int] = []
    before = signal.signal(signal.SIGHUP, lambda number, _: deadly.append(number))

    def load(_: Files) -> None:
        os.kill(os.getpid(), signal.SIGHUP)
        raise ConfigErrors(["feeds.yaml: enough"])

    monkeypatch.setattr(Files, "load", load)
    try:
        assert CliRunner().invoke(main, ["run"]).output == "feeds.yaml: enough\n"
    finally:
        signal.signal(signal.SIGHUP, before)
    assert deadly == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_child_that_is_told_to_stop_while_it_starts_goes_on(
    number: signal.Signals, capfd: pytest.CaptureFixture[str]
) -> None:
    async def main() -> None:
        child = await Child.spawn("feedhub.parse.worker", "0", "5")
        assert child.pid is not None
        os.kill(child.pid, number)
        await child.ready()
        os.kill(child.pid, number)
        assert await child.end() == -signal.SIGKILL
        assert not signal.pthread_sigmask(signal.SIG_BLOCK, ()) & {number}

    asyncio.run(main())
    assert capfd.readouterr() == ("", "")


def test_ctrl_c_during_the_first_import_is_one_word(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(**_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, "feedhub.cli", SimpleNamespace(main=interrupted))
    with pytest.raises(SystemExit) as ended:
        __main__.main()
    assert ended.value.code == 130
    assert capsys.readouterr().err == "stopped\n"


def test_a_tick_that_took_long_on_a_machine_under_load_keeps_the_next_waiting_for_seconds() -> None:
    assert daemon.rest(0.5) == 1.5
    assert daemon.rest(60.0) == daemon.REST <= 10


def test_beats_that_were_just_begun_when_it_stops_are_no_failures(
    run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        stop = asyncio.Event()

        class Scheduler(AsyncIOScheduler):  # type: ignore[misc]  # it is not typed
            def _process_jobs(self) -> Any:
                if any(job.next_run_time <= datetime.now(UTC) for job in self.get_jobs()):
                    stop.set()
                return super()._process_jobs()

        async def step(_: object) -> None:
            for _ in range(50):
                await asyncio.sleep(0)

        monkeypatch.setattr(daemon.Daemon, "_step_push", step)
        monkeypatch.setattr(daemon, "WATCH", timedelta(seconds=0.02))
        monkeypatch.setattr(beats, "AsyncIOScheduler", Scheduler)
        async with asyncio.timeout(30):
            await run(stop)

    with caplog.at_level(logging.WARNING):
        asyncio.run(main())
    assert "Traceback" not in caplog.text
    assert "CancelledError" not in caplog.text
