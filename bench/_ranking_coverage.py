"""og2021: which stories get most articles in the next six hours?"""

from __future__ import annotations

import random
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from math import exp
from pathlib import Path

from _ranking_measure import Means, by, hacker_news, ndcg, read_csv, utc
from feedhub.model import ListSpec, RankInput, RankItem
from feedhub.rank import rank_list, scores

BACK = timedelta(hours=48)
AHEAD = timedelta(hours=6)
LEAST = 3  # stories that gain: with fewer an instant says next to nothing
SPEC = ListSpec("popular", "Popular", "popular", limit=10, window=BACK)
TICK = timedelta(minutes=15)


def measure(
    folder: Path, wanted: int, seed: int, without: Sequence[str]
) -> tuple[dict[str, float], dict[str, dict[str, float]]]:
    """NDCG@10 of each order; and of ours with each term taken away."""
    rows = sorted(
        (utc(r["published_utc"]), r["cluster"]) for r in read_csv(folder / "og2021.csv.gz")
    )
    times = [at for at, _ in rows]
    numbers = {name: n for n, name in enumerate(sorted({name for _, name in rows}), 1)}
    stories = [numbers[name] for _, name in rows]
    means, ablation = Means(), {term: Means() for term in without}
    for now in _instants(times, stories, wanted, seed):
        start, end = bisect_left(times, now - BACK), bisect_right(times, now)
        gain = _gains(times, stories, now, start, end)
        ages: dict[int, list[float]] = {}
        for n in range(start, end):
            ages.setdefault(stories[n], []).append((now - times[n]) / timedelta(hours=1))
        for name, order in _rivals(ages).items():
            means.add(name, ndcg(order, gain))
        data = _rank_input(times, stories, start, end, now)
        means.add("feedhub", ndcg(by(scores(data, SPEC)), gain))
        listed = rank_list(SPEC, data, rank_list(SPEC, replace(data, now=now - TICK)))
        means.add("feedhub_list", ndcg([e.story_id for e in listed.entries], gain))
        for term in without:
            found = ndcg(by(scores(data, replace(SPEC, weights={term: 0.0}))), gain)
            ablation[term].add("og2021", found)
    return means.figures(), {term: found.figures() for term, found in ablation.items()}


def _instants(
    times: Sequence[datetime], stories: Sequence[int], wanted: int, seed: int
) -> list[datetime]:
    first, last = times[0] + BACK, times[-1] - AHEAD
    if first >= last:
        return []
    dice = random.Random(seed)
    found: list[datetime] = []
    for _ in range(50 * wanted):
        now = first + dice.random() * (last - first)
        start, end = bisect_left(times, now - BACK), bisect_right(times, now)
        gain = _gains(times, stories, now, start, end)
        if len(gain) >= 10 and sum(value > 0 for value in gain.values()) >= LEAST:
            found.append(now)
        if len(found) == wanted:
            break
    return found


def _gains(
    times: Sequence[datetime], stories: Sequence[int], now: datetime, start: int, end: int
) -> dict[int, float]:
    after = Counter(stories[end : bisect_right(times, now + AHEAD)])
    return {story: float(after[story]) for story in dict.fromkeys(stories[start:end])}


def _rank_input(
    times: Sequence[datetime], stories: Sequence[int], start: int, end: int, now: datetime
) -> RankInput:
    """Each article its own voice, seen when it was published."""
    items = tuple(
        RankItem(
            id=n,
            story_id=stories[n],
            source_ids=(n,),
            publisher=f"p{n}",
            section=None,
            categories=(),
            language=None,
            title=str(n),
            effective=times[n],
            first_seen=times[n],
        )
        for n in range(start, end)
    )
    return RankInput(now, items)


def _rivals(ages: Mapping[int, Sequence[float]]) -> dict[str, list[int]]:
    return {
        "decay_3h": by({s: sum(exp(-age / 3.0) for age in row) for s, row in ages.items()}),
        "hacker_news": by({s: hacker_news(len(row) + 1.0, min(row)) for s, row in ages.items()}),
        "newest": by({s: -min(row) for s, row in ages.items()}),
        "size": by({s: float(len(row)) for s, row in ages.items()}),
    }
