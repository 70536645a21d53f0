"""How well, how safely and how fast are feeds parsed? Figures over the parsing corpora."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import feedparser

from _parsing_conformance import conformance
from _parsing_corpora import PLACE, Tally, clock, members, nordic, real, sample_feed
from _parsing_expected import expected
from feedhub.model import Document, ParseRules
from feedhub.parse import parse_document

FIELDS = ("entries", "title", "link", "id", "published")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--data", type=Path, default=os.environ.get("FEEDHUB_DATA"))
    options.add_argument("--json", action="store_true", help="one JSON object, nothing else")
    options.add_argument("--slow", action="store_true", help="without the fast path")
    options.add_argument("--differences", type=int, default=10, help="how many to print of each")
    chosen = options.parse_args()
    rules = ParseRules(fast=not chosen.slow)
    data = Path(chosen.data) if chosen.data else None
    report: dict[str, Any] = {}
    missing: list[str] = []
    tallies: dict[str, Tally] = {}
    for name, path, measure in (
        ("real", "feeds/real.tar.xz", real),
        ("expected", "feeds/expected.tar.xz", expected),
        ("conformance", "feeds/conformance.tar.xz", conformance),
    ):
        if data is None or not (data / path).is_file():
            missing.append(f"{name}: {path} is not there, left out")
            continue
        tallies[name] = measure(data, rules)
        report[name] = _figures(name, tallies[name])
    if data is not None and (data / "feeds_nordic" / "nordic.tar.xz").is_file():
        report["nordic"] = nordic(data, rules)
    else:
        missing.append("nordic: feeds_nordic/nordic.tar.xz is not there, left out")
    archive = data / "feeds" / "real.tar.xz" if data else None
    report["speed"] = speed(archive if archive and archive.is_file() else None, rules)
    if chosen.json:
        for line in missing:
            print(line, file=sys.stderr)
        print(json.dumps(report, ensure_ascii=False))
        return
    _print(report, tallies, missing, chosen.differences)


def _figures(name: str, tally: Tally) -> dict[str, Any]:
    figures: dict[str, Any] = {
        "documents": tally.documents,
        "exceptions": len(tally.exceptions),
        "timeouts": len(tally.timeouts),
        "refused": len(tally.refused),
    }
    if name == "conformance":
        figures["expect_honoured"] = tally.share("expect")
        figures["expectations"] = tally.good["expect"] + tally.bad["expect"]
        return figures
    kinds = FIELDS if name == "real" else sorted({*tally.good, *tally.bad})
    figures |= {kind: tally.share(kind) for kind in kinds}
    good, bad = sum(tally.good.values()), sum(tally.bad.values())
    figures["all"] = round(good / (good + bad), 5) if good + bad else None
    return figures


# --- speed ------------------------------------------------------------------------------


def _side_by_side(work: dict[str, tuple[int, Callable[[], Any]]]) -> dict[str, float]:
    """The least CPU seconds of each piece of work in many rounds, in which all take turns:
    what else the machine does then falls on all alike."""
    best = dict.fromkeys(work, float("inf"))
    for _ in range(25):
        for name, (times, one) in work.items():
            before = clock()
            for _ in range(times):
                one()
            best[name] = min(best[name], (clock() - before) / times)
    return best


def speed(archive: Path | None, rules: ParseRules) -> dict[str, Any]:
    """The fast path and the whole stage beside feedparser, in CPU time of one process."""
    from feedhub.parse import fast, slow
    from feedhub.parse.charset import decode
    from feedhub.parse.repair import legal, mend, tidy

    sample = sample_feed()
    text = tidy(decode(sample).text).text
    assert fast.read(text) is not None, "the sample feed must be fit for the fast path"
    document = Document(sample, PLACE)
    known = frozenset(entry.hash for entry in parse_document(document, rules).entries)
    seen = Document(sample, PLACE, known=known)
    times = _side_by_side(
        {
            "feedparser": (1, lambda: feedparser.parse(sample)),
            "bare": (
                1,
                lambda: feedparser.parse(sample, sanitize_html=False, resolve_relative_uris=False),
            ),
            "fast": (10, lambda: fast.read(text)),
            "whole": (4, lambda: parse_document(document, rules)),
            "known": (6, lambda: parse_document(seen, rules)),
        }
    )
    feedparser_time, bare_time, fast_time = times["feedparser"], times["bare"], times["fast"]
    whole_time, known_time = times["whole"], times["known"]
    figures: dict[str, Any] = {
        "sample_bytes": len(sample),
        "feedparser_ms": round(feedparser_time * 1e3, 3),
        "feedparser_bare_ms": round(bare_time * 1e3, 3),
        "fast_path_ms": round(fast_time * 1e3, 3),
        "whole_ms": round(whole_time * 1e3, 3),
        "all_known_ms": round(known_time * 1e3, 3),
        "fast_path_speedup": round(feedparser_time / fast_time, 1),
        "fast_path_speedup_over_bare": round(bare_time / fast_time, 1),
        "whole_speedup_generated": round(feedparser_time / whole_time, 1),
    }
    if archive is None:
        return figures
    documents = [Document(body, PLACE) for _, body in members(archive)]
    readers: Counter[str] = Counter()
    size = sum(len(document.body) for document in documents)
    stages: defaultdict[str, float] = defaultdict(float)
    for one in documents:
        before = clock()
        decoded = tidy(decode(one.body).text).text
        stages["decode"] += clock() - before
        before = clock()
        raw = fast.read(decoded, one.url) if decoded.startswith("<") else None
        stages["fast"] += clock() - before
        if raw is None and decoded.startswith("<"):
            before = clock()
            mended = mend(legal(decoded).text)
            if mended.well_formed and mended.text != decoded:
                raw = fast.read(mended.text, one.url)
            stages["repair"] += clock() - before
            before = clock()
            if raw is None:
                slow.read(mended.text, one.url)
            stages["feedparser for the rest"] += clock() - before
    ours = theirs = 0.0
    for one in documents:  # turn by turn, so that both meet the same machine
        before = clock()
        try:
            readers[parse_document(one, rules).reader] += 1
        except Exception:  # refusals are counted elsewhere
            readers["refused"] += 1
        between = clock()
        feedparser.parse(one.body)
        ours += between - before
        theirs += clock() - between
    xml = readers["fast"] + readers["feedparser"]
    stages["normalise"] = ours - sum(stages.values())
    return figures | {
        "fallback_share": round(readers["feedparser"] / xml, 4) if xml else None,
        "speedup": round(theirs / ours, 2),
        "feeds_per_s": round(len(documents) / ours, 1),
        "mb_per_s": round(size / ours / 1e6, 2),
        "feedparser_feeds_per_s": round(len(documents) / theirs, 1),
        "readers": dict(readers),
        "cpu_s": {name: round(value, 3) for name, value in stages.items()},
    }


# --- for people -------------------------------------------------------------------------


def _print(
    report: dict[str, Any], tallies: dict[str, Tally], missing: list[str], differences: int
) -> None:
    for line in missing:
        print(line)
    for section, figures in report.items():
        print(f"\n{section}")
        for key, value in figures.items():
            if isinstance(value, dict | list):
                value = "  ".join(
                    f"{k} {v}"
                    for k, v in (value.items() if isinstance(value, dict) else enumerate(value))
                )
            print(f"  {key:<28} {value}")
        tally = tallies.get(section)
        if tally is None:
            continue
        for line in [*tally.exceptions, *tally.timeouts, *tally.refused][:differences]:
            print(f"    {line}")
        for kind, count in tally.bad.most_common():
            print(f"    {kind}: {count} differ")
            shown = [d for d in tally.differences if d["field"] == kind]
            for item in shown[:differences]:
                print(
                    f"      {item['file']}\n        expected {item['expected']}"
                    f"\n        got      {item['got']}"
                )


if __name__ == "__main__":
    main()
