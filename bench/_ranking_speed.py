"""What a tick costs: many live items into ten lists, and a tick in which nothing happened."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime, timedelta

from feedhub.model import CountAt, ListSpec, RankInput, RankItem, SourceNorm, Where
from feedhub.rank import changed, rank_lists

GOAL_MS = 300.0
LISTS = (
    ListSpec("senaste", "Latest", "latest"),
    ListSpec("popular", "Popular", "popular"),
    ListSpec("sport", "Sport", "latest", where=Where(category=frozenset({"s3"}))),
    ListSpec("sport-pop", "Sport", "popular", where=Where(category=frozenset({"s3"}))),
    ListSpec("fair", "Fair", "latest", fair=True),
    ListSpec("once", "Once", "latest", collapse=True),
    ListSpec("words", "Words", "latest", where=Where(words=("ord77", "ord78 ord1"))),
    ListSpec("words-pop", "Words", "popular", where=Where(exclude_words=("ord5",))),
    ListSpec("wide", "Wide", "popular", where=Where(min_voices=3)),
    ListSpec("counts", "Counts", "popular", weights={"coverage": 0.5}),
)


def live(count: int, seed: int = 1) -> RankInput:
    """A made-up day: two items in five alone, the others in stories of two to six items by as
    many of 300 publishers; one in twenty carries counts; places in 400 documents of 30."""
    dice = random.Random(seed)
    now = datetime(2026, 3, 14, 12, tzinfo=UTC)
    items: list[RankItem] = []
    story = 0
    while len(items) < count:
        story += 1
        start = dice.random() * 24.0
        for _ in range(1 if dice.random() < 0.7 else dice.randint(2, 6)):
            n = len(items)
            source = dice.randrange(400)
            at = now - timedelta(hours=max(0.0, start - dice.random()))
            comments = dice.randrange(1, 80) if dice.random() < 0.05 else 0
            items.append(
                RankItem(
                    id=n,
                    story_id=story,
                    source_ids=(source,),
                    publisher=f"p{source % 300}.example",
                    section=f"s{source % 12}",
                    categories=(),
                    language="sv",
                    title=" ".join(f"ord{dice.randrange(2000)}" for _ in range(8)),
                    effective=at,
                    first_seen=at,
                    counts={"comments": comments} if comments else {},
                    history=(CountAt(at, "comments", comments),) if comments else (),
                    position=n % 30 if dice.random() < 0.12 else None,
                )
            )
    norms = {
        n: SourceNorm(n, f"k{n}", f"Source {n}", f"p{n % 300}.example", 250.0, {}, 30)
        for n in range(400)
    }
    return RankInput(now, tuple(items[:count]), norms)


def measure(count: int = 100_000, rounds: int = 5) -> dict[str, float]:
    """The best of some ticks, each after the one before, in CPU time of one core."""
    data = live(count)
    before = rank_lists(LISTS, data, {})
    best = float("inf")
    for _ in range(rounds):
        start = time.process_time()
        after = rank_lists(LISTS, data, before)
        best = min(best, (time.process_time() - start) * 1000.0)
    again = sum(changed(before[slug], after[slug]) for slug in before)
    return {
        "items": count,
        "lists": len(LISTS),
        "ms": round(best, 1),
        "goal_ms": GOAL_MS,
        "ratio": round(GOAL_MS / best, 2),
        "lists_changed_by_nothing": again,
    }
