"""google_news_se and se_frontpages: items as a stream through the story engine, then ranked."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from _ranking_measure import Means, Stream, by, ndcg, read_csv, utc
from feedhub.model import ListSpec, RankInput, RankItem, SourceNorm, StoryItem
from feedhub.rank import rank_list, scores

DAY = timedelta(hours=24)
Figures = tuple[dict[str, float], dict[str, dict[str, float]]]


class Piece(NamedTuple):
    """An item of the stream, and which of its outlet's documents carried it where."""

    at: datetime
    id: int
    title: str
    summary: str
    outlet: str


class Asked(NamedTuple):
    """Orders given at an instant, each a list of items that stand for stories."""

    due: datetime
    orders: dict[str, list[int]]
    known: frozenset[int]  # items there at the instant


def google_news(folder: Path, wanted: int, seed: int, without: Sequence[str]) -> Figures:
    """Of the next hour's stories on the page, the share that our list of as many holds."""
    pieces = sorted(
        Piece(utc(row["first_seen"]), int(row["item_id"]), row["title"], "", row["source"])
        for row in read_csv(folder / "items.csv.gz")
        if row["market"] == "se"
    )
    pages: dict[datetime, list[int]] = defaultdict(list)
    for row in read_csv(folder / "snapshots.csv.gz"):
        if row["market"] == "se":
            pages[utc(row["snapshot_ts"])].append(int(row["item_id"]))
    polls = sorted(pages)
    hour = timedelta(hours=1)
    pool = [
        now
        for last, now, after in zip(polls, polls[1:], polls[2:], strict=False)
        if now - polls[0] > DAY and now - last < 2 * hour and after - now < 2 * hour
    ]
    means, ablation = Means(), {term: Means() for term in without}
    spec = ListSpec("popular", "Popular", "popular", limit=20)

    def ask(now: datetime, recent: Sequence[Piece], stream: Stream) -> Asked:
        data = _rank_input(now, recent, stream, {})
        one = _one_each(recent, stream)
        held = rank_list(spec, _rank_input(now - hour / 4, recent, stream, {}))
        listed = rank_list(spec, data, held)
        orders = {
            "feedhub": _shown(by(scores(data)), one, 20),
            "feedhub_list": [entry.item_id for entry in listed.entries],
            "newest": _shown(by(_newest(recent, stream)), one, 20),
            "size": _shown(by(_size(recent, stream)), one, 20),
            "persistence": pages[now],
        }
        for term in without:
            order = by(scores(data, replace(spec, weights={term: 0.0})))
            orders[f"-{term}"] = _shown(order, one, 20)
        due = polls[bisect_right(polls, now + hour / 2)]
        return Asked(due, orders, frozenset())

    def check(asked: Asked, stream: Stream) -> None:
        there = {stream.story_of[item] for item in pages[asked.due] if item in stream.story_of}
        for name, order in asked.orders.items():
            held = {stream.story_of[item] for item in order if item in stream.story_of}
            share = len(there & held) / len(there) if there else None
            _add(means, ablation, name, "google_news_se", share)

    _run(pieces, _pick(pool, wanted, seed), ask, check)
    return means.figures(), {term: found.figures() for term, found in ablation.items()}


def se_frontpages(folder: Path, wanted: int, seed: int, without: Sequence[str]) -> Figures:
    """Which stories other outlets take up in the next six hours: NDCG@10 over those of a day."""
    pieces = sorted(
        Piece(
            utc(row["first_seen_utc"]),
            int(row["item_id"]),
            row["title"],
            row["description"],
            row["outlet"],
        )
        for row in read_csv(folder / "items.csv.gz")
    )
    pages: dict[str, dict[datetime, dict[int, int]]] = defaultdict(lambda: defaultdict(dict))
    for row in read_csv(folder / "observations.csv.gz"):
        page = pages[row["outlet"]][utc(row["snapshot_utc"])]
        page.setdefault(int(row["item_id"]), int(row["position"]) - 1)
    polls = {outlet: sorted(found) for outlet, found in pages.items()}
    outlet_of = {piece.id: piece.outlet for piece in pieces}
    times = sorted({at for found in polls.values() for at in found})
    pool = [at for at in times if times[0] + DAY < at < times[-1] - DAY]
    means, ablation = Means(), {term: Means() for term in without}
    spec = ListSpec("popular", "Popular", "popular", limit=10)

    def places(now: datetime) -> dict[int, tuple[int, int]]:
        """(place, entries) of each item on the page that its outlet showed last."""
        found: dict[int, tuple[int, int]] = {}
        for outlet, seen in polls.items():
            last = bisect_right(seen, now) - 1
            if last >= 0 and now - seen[last] <= timedelta(hours=12):
                page = pages[outlet][seen[last]]
                found.update({item: (place, len(page)) for item, place in page.items()})
        return found

    def ask(now: datetime, recent: Sequence[Piece], stream: Stream) -> Asked:
        standing = places(now)
        data = _rank_input(now, recent, stream, standing)
        one = _one_each(recent, stream)
        plain = replace(spec, weights={"prominence": 0.0})
        held = rank_list(spec, replace(data, now=now - timedelta(minutes=15)))
        best = {
            stream.story_of[p.id]: -min(
                standing[q.id][0] if q.id in standing else 999
                for q in recent
                if stream.story_of[q.id] == stream.story_of[p.id]
            )
            for p in recent
        }
        orders = {
            "feedhub": _shown(by(scores(data)), one, 10),
            "feedhub_without_prominence": _shown(by(scores(data, plain)), one, 10),
            "feedhub_list": [e.item_id for e in rank_list(spec, data, held).entries],
            "newest": _shown(by(_newest(recent, stream)), one, 10),
            "size": _shown(by(_size(recent, stream)), one, 10),
            "position": _shown(by(best), one, 10),
        }
        for term in without:
            order = by(scores(data, replace(spec, weights={term: 0.0})))
            orders[f"-{term}"] = _shown(order, one, 10)
        known = frozenset(piece.id for piece in recent)
        return Asked(now + timedelta(hours=6, minutes=15), orders, known)

    def check(asked: Asked, stream: Stream) -> None:
        had: dict[int, set[str]] = defaultdict(set)
        since: dict[int, set[str]] = defaultdict(set)
        for item in asked.known:
            had[stream.story_of[item]].add(outlet_of[item])
        for item, story in stream.story_of.items():
            if item not in asked.known and story in had:
                since[story].add(outlet_of[item])
        gain = {story: float(len(since[story] - told)) for story, told in had.items()}
        for name, order in asked.orders.items():
            held = list(dict.fromkeys(stream.story_of[item] for item in order))
            _add(means, ablation, name, "se_frontpages", ndcg(held, gain))

    _run(pieces, _pick(pool, wanted, seed), ask, check)
    return means.figures(), {term: found.figures() for term, found in ablation.items()}


def _run(
    pieces: Sequence[Piece],
    instants: Sequence[datetime],
    ask: Callable[[datetime, Sequence[Piece], Stream], Asked],
    check: Callable[[Asked, Stream], None],
) -> None:
    """The stream in order of time: items are placed, orders asked for, answers checked."""
    stream = Stream()
    waiting: list[Asked] = []
    placed = start = 0

    def place(until: datetime) -> int:
        end = placed
        while end < len(pieces) and pieces[end].at <= until:
            end += 1
        stream.place(
            StoryItem(p.id, p.title, p.summary, p.outlet, "sv", p.at) for p in pieces[placed:end]
        )
        return end

    for now in [*instants, None]:
        while waiting and (now is None or waiting[0].due <= now):
            asked = waiting.pop(0)
            placed = place(asked.due)
            check(asked, stream)
        if now is None:
            break
        placed = place(now)
        while pieces[start].at <= now - DAY:
            start += 1
        waiting.append(ask(now, pieces[start:placed], stream))


def _rank_input(
    now: datetime,
    recent: Sequence[Piece],
    stream: Stream,
    standing: Mapping[int, tuple[int, int]],
) -> RankInput:
    outlets = {name: n for n, name in enumerate(sorted({p.outlet for p in recent}), 1)}
    entries: dict[int, int] = {}
    items = []
    for piece in recent:
        source = outlets[piece.outlet]
        place, of = standing.get(piece.id, (None, 0))
        entries[source] = max(of, entries.get(source, 0))
        items.append(
            RankItem(
                id=piece.id,
                story_id=stream.story_of[piece.id],
                source_ids=(source,),
                publisher=piece.outlet,
                section=None,
                categories=(),
                language="sv",
                title=piece.title,
                effective=piece.at,
                first_seen=piece.at,
                position=place,
            )
        )
    norms = {
        n: SourceNorm(n, name, name, name, entries=entries.get(n, 0), ordered="editorial")
        for name, n in outlets.items()
    }
    return RankInput(now, tuple(items), norms)


def _pick(pool: Sequence[datetime], wanted: int, seed: int) -> list[datetime]:
    return sorted(random.Random(seed).sample(pool, min(wanted, len(pool))))


def _one_each(recent: Sequence[Piece], stream: Stream) -> dict[int, int]:
    return {stream.story_of[piece.id]: piece.id for piece in recent}


def _shown(order: Sequence[int], one: Mapping[int, int], limit: int) -> list[int]:
    return [one[story] for story in order[:limit]]


def _newest(recent: Sequence[Piece], stream: Stream) -> dict[int, float]:
    return {stream.story_of[piece.id]: piece.at.timestamp() for piece in recent}


def _size(recent: Sequence[Piece], stream: Stream) -> dict[int, float]:
    tellers: dict[int, set[str]] = defaultdict(set)
    for piece in reversed(recent):
        tellers[stream.story_of[piece.id]].add(piece.outlet)
    return {story: float(len(outlets)) for story, outlets in tellers.items()}


def _add(
    means: Means, ablation: Mapping[str, Means], name: str, part: str, value: float | None
) -> None:
    if name.startswith("-"):
        ablation[name[1:]].add(part, value)
    else:
        means.add(name, value)
