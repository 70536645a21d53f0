"""The demo: invented publishers, served by a small origin in which time passes.

:mod:`~feedhub.demo.clock` maps real time to demo time, :mod:`~feedhub.demo.scenario` tells
what is published at a demo time and renders it, :mod:`~feedhub.demo.origin` serves that over
HTTP, and :mod:`~feedhub.demo.settings` writes the feeds.yaml of the hub that reads it.
"""

from __future__ import annotations

from feedhub.demo.clock import DemoClock
from feedhub.demo.origin import DemoOrigin
from feedhub.demo.scenario import Scenario
from feedhub.demo.settings import demo_config_text

__all__ = ["DemoClock", "DemoOrigin", "Scenario", "demo_config_text"]
