"""How well the lists foretell what comes: points, coverage, front pages; and at what cost."""

from __future__ import annotations

import sys
from typing import Any

import _ranking_coverage
import _ranking_votes
from _common import arguments, emit, say
from feedhub.rank import TERMS


def main() -> int:
    args = arguments(__doc__).parse_args()
    figures: dict[str, Any] = {}
    ablation: dict[str, dict[str, float]] = {term: {} for term in TERMS}
    for name, run, wanted in (
        ("hn_frontpage", _ranking_votes.measure, 600),
        ("og2021", _ranking_coverage.measure, 400),
    ):
        folder = args.data / name if args.data else None
        if folder is None or not folder.is_dir():
            say(f"{name}: not there, left out")
            continue
        figures[name], without = run(folder, wanted, 1, TERMS)
        for term, found in without.items():
            ablation[term].update(found)
    emit(figures | {"ablation": ablation}, str(figures), as_json=args.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
