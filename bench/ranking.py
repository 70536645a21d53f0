"""How well the lists foretell what comes: points, coverage, front pages; and what a tick costs.

Every order is asked at the same seeded instants, knowing only what had been seen by then.
``feedhub`` is the product's score order with its default configuration, ``feedhub_list`` the
list itself after floor, diversity and margin, holding on to the list of the tick before.
``--instants`` divides the time by asking less often.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import _ranking_coverage
import _ranking_fronts
import _ranking_speed
import _ranking_votes
from _common import arguments, emit, say
from feedhub.rank import TERMS

Measure = Callable[[Path, int, int, Sequence[str]], _ranking_fronts.Figures]

PARTS: dict[str, tuple[str, Measure, int, str]] = {
    "hn_frontpage": ("hn_frontpage", _ranking_votes.measure, 600, "NDCG@10, points in 3 h"),
    "og2021": ("og2021", _ranking_coverage.measure, 400, "NDCG@10, articles in 6 h"),
    "google_news_se": (
        "google_news_top",
        _ranking_fronts.google_news,
        300,
        "share of the next hour's top 20",
    ),
    "se_frontpages": (
        "se_frontpages",
        _ranking_fronts.se_frontpages,
        300,
        "NDCG@10, outlets joining in 6 h",
    ),
}


def main() -> int:
    parser = arguments(__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--instants", type=float, default=1.0, help="part of the instants asked")
    parser.add_argument("--only", action="append", choices=[*PARTS, "speed"])
    args = parser.parse_args()
    figures: dict[str, Any] = {}
    ablation: dict[str, dict[str, float]] = {term: {} for term in TERMS}
    for name, (folder_name, run, wanted, _) in PARTS.items():
        if args.only and name not in args.only:
            continue
        folder = args.data / folder_name if args.data else None
        if folder is None or not folder.is_dir():
            say(f"{name}: the data is not there, left out")
            continue
        asked = max(1, round(wanted * args.instants))
        figures[name], without = run(folder, asked, args.seed, TERMS)
        for term, found in without.items():
            ablation[term].update(found)
    if figures:
        figures["ablation"] = {term: found for term, found in ablation.items() if found}
    if not args.only or "speed" in args.only:
        figures["speed"] = _ranking_speed.measure()
    emit(figures, _text(figures), as_json=args.json)
    return 0


def _text(figures: dict[str, Any]) -> str:
    lines = []
    for name, (_, _, _, what) in PARTS.items():
        found = figures.get(name)
        if not found:
            continue
        rivals = {rival: worth for rival, worth in found.items() if "feedhub" not in rival}
        best = max(rivals.values())
        lines += ["", f"{name}: {what} (ratio to the best rival)"]
        for order, worth in sorted(found.items(), key=lambda row: -row[1]):
            ratio = f"  {worth / best:.3f}" if "feedhub" in order else ""
            lines.append(f"  {order:<28}{worth:.4f}{ratio}")
        lines.append("  without the term:")
        for term, without in figures["ablation"].items():
            row = ", ".join(
                f"{k.removeprefix(name) or 'score'} {v:.4f}"
                for k, v in without.items()
                if k.startswith(name)
            )
            lines.append(f"    {term:<26}{row}")
    speed = figures.get("speed")
    if speed:
        lines += [
            "",
            f"speed: {speed['items']} items into {speed['lists']} lists in {speed['ms']} ms "
            f"(goal {speed['goal_ms']:.0f} ms, ratio {speed['ratio']})",
        ]
    return "\n".join(lines).strip()


if __name__ == "__main__":
    sys.exit(main())
