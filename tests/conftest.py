"""For all tests: where ``FEEDHUB_REQUIRE_ALL=1`` is set, as in CI, none may be skipped.

They run on the event loop that commands run on, or with ``FEEDHUB_TEST_LOOP=asyncio`` on asyncio's.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Generator

import pytest
from hypothesis import settings

# A machine under load takes as long as it takes; what must be quick has a benchmark.
settings.register_profile("feedhub", deadline=None)
settings.load_profile("feedhub")

if os.environ.get("FEEDHUB_TEST_LOOP") != "asyncio" and sys.version_info < (3, 14):
    try:
        from uvloop import EventLoopPolicy
    except ImportError:
        pass  # not made for this system
    else:
        asyncio.set_event_loop_policy(EventLoopPolicy())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A skipped test fails, unless what it needs cannot be asked of every machine.

    That is the corpora, and what is marked as ``optional``.
    """
    report = yield
    required = os.environ.get("FEEDHUB_REQUIRE_ALL") == "1"
    if required and report.skipped and not hasattr(report, "wasxfail") and not _optional(item):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"may not be left out here: {reason}"
    return report


def _optional(item: pytest.Item) -> bool:
    fixtures: list[str] = getattr(item, "fixturenames", [])
    return "corpora" in fixtures or item.get_closest_marker("optional") is not None
