"""Figures for Prometheus: counted in this process, or read from the store when they are asked for.

The text format is that of https://prometheus.io/docs/instrumenting/exposition_formats/, 0.0.4.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
BOUNDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)  # seconds

# name -> (type, help). The reference is written from it.
KNOWN: Mapping[str, tuple[str, str]] = {
    "feedhub_build_info": ("gauge", "1, with the version as label."),
    "feedhub_fetches_total": ("counter", "Fetches by outcome."),
    "feedhub_fetch_seconds": ("histogram", "How long fetches took."),
    "feedhub_fetch_bytes_total": ("counter", "Bytes received from sources, compressed."),
    "feedhub_entries_total": ("counter", "Entries read by fate: new, changed, gone, carried."),
    "feedhub_refused_total": ("counter", "Entries refused by reason."),
    "feedhub_sources": ("gauge", "Configured sources by their last outcome."),
    "feedhub_troubles": ("gauge", "Sources in trouble by kind, as in /health.atom."),
    "feedhub_lag_seconds": ("gauge", "How long the source longest due has waited."),
    "feedhub_fetching": ("gauge", "Sources under way now."),
    "feedhub_items": ("gauge", "Items stored."),
    "feedhub_stories": ("gauge", "Stories stored."),
    "feedhub_unplaced_items": ("gauge", "Items that wait for a story."),
    "feedhub_list_entries": ("gauge", "Places taken in each list."),
    "feedhub_tick_seconds": ("histogram", "How long placing and ranking took."),
    "feedhub_render_seconds": ("histogram", "How long rendering took."),
    "feedhub_last_tick_timestamp_seconds": ("gauge", "When the lists were last ranked."),
    "feedhub_requests_total": ("counter", "Requests answered, by status and kind of client."),
    "feedhub_database_bytes": ("gauge", "Size of the database file."),
    "feedhub_wal_bytes": ("gauge", "Size of the write-ahead log beside it."),
    "feedhub_pruned_timestamp_seconds": ("gauge", "When old items were last removed."),
    "feedhub_configuration_ok": ("gauge", "0 while feeds.yaml has mistakes."),
    "feedhub_failing": ("gauge", "Parts of the hub that do not work now."),
    "feedhub_resident_bytes": ("gauge", "Memory of the process, without its parser."),
}
Labels = tuple[tuple[str, str], ...]
# Counters whose labels are known before anything has been counted.
_FROM_THE_START: Sequence[tuple[str, Labels]] = (
    ("feedhub_fetch_bytes_total", ()),
    *(("feedhub_fetches_total", (("outcome", one),)) for one in ("ok", "not_modified")),
    *(("feedhub_entries_total", (("fate", one),)) for one in ("new", "changed", "gone", "carried")),
)


@dataclass
class _Histogram:
    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    total: float = 0.0

    def add(self, value: float) -> None:
        self.counts[bisect_left(BOUNDS, value)] += 1
        self.total += value


class Metrics:
    """Counters and histograms of one process, and gauges as they were last set."""

    def __init__(self) -> None:
        self._values: dict[str, dict[Labels, float]] = defaultdict(dict)
        for name, labels in _FROM_THE_START:  # so that the first of them is a rise that is seen
            self.add(name, 0, **dict(labels))
        self._histograms: dict[str, _Histogram] = {}

    def add(self, name: str, amount: float = 1, **labels: str) -> None:
        """Count up."""
        assert KNOWN[name][0] == "counter"
        key = tuple(labels.items())
        self._values[name][key] = self._values[name].get(key, 0) + amount

    def set(self, name: str, value: float, **labels: str) -> None:
        """Set a gauge."""
        assert KNOWN[name][0] == "gauge"
        self._values[name][tuple(labels.items())] = value

    def reset(self, name: str) -> None:
        """Forget a gauge's labels, before they are set anew."""
        self._values[name] = {}

    def observe(self, name: str, seconds: float) -> None:
        """One more in a histogram."""
        assert KNOWN[name][0] == "histogram"
        self._histograms.setdefault(name, _Histogram()).add(seconds)

    @contextmanager
    def timing(self, name: str) -> Iterator[None]:
        """Observe how long the block took, however it ended."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.observe(name, time.perf_counter() - start)

    def text(self) -> bytes:
        """All figures in the text format, in the order of :data:`KNOWN`."""
        lines: list[str] = []
        for name, (kind, help_) in KNOWN.items():
            lines += [f"# HELP {name} {help_}", f"# TYPE {name} {kind}"]
            if kind == "histogram":
                lines += self._histogram(name)
            else:
                lines += [
                    f"{name}{_labels(labels)} {value:.15g}"
                    for labels, value in sorted(self._values[name].items())
                ]
        return "\n".join([*lines, ""]).encode()

    def _histogram(self, name: str) -> Iterator[str]:
        found = self._histograms.get(name) or _Histogram()
        running = 0
        for bound, count in zip((*BOUNDS, None), found.counts, strict=True):
            running += count
            yield f'{name}_bucket{{le="{"+Inf" if bound is None else bound}"}} {running}'
        yield f"{name}_sum {found.total:.6f}"
        yield f"{name}_count {running}"


def _labels(labels: Labels) -> str:
    if not labels:
        return ""
    pairs = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels)
    return f"{{{pairs}}}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
