"""hn_frontpage: which stories gain most points in the next three hours?"""

from __future__ import annotations

import random
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from _ranking_measure import Means, by, hacker_news, lemmy, lobsters, ndcg, read_csv, reddit
from feedhub.model import CountAt, ListSpec, RankInput, RankItem, SourceNorm
from feedhub.rank import rank_list, scores

DAY = 24 * 60
AHEAD = 3 * 60
SPEC = ListSpec("popular", "Popular", "popular", limit=10)


class Seen(NamedTuple):
    minute: int  # since 1970
    rank: int  # 1 is the first
    points: int
    comments: int


class Votes:
    """The observations of a front page, and what a hub that polls it knows at an instant."""

    def __init__(self, folder: Path) -> None:
        self.seen: dict[int, list[Seen]] = {}
        for row in read_csv(folder / "observations.csv.gz"):
            self.seen.setdefault(int(row["story_id"]), []).append(
                Seen(
                    int(row["minute_utc"]),
                    int(row["rank"]),
                    int(row["points"] or 0),
                    int(row["comments"] or 0),
                )
            )
        for rows in self.seen.values():
            rows.sort()
        self.hosts = {
            int(row["story_id"]): urlsplit(row["url"]).netloc.removeprefix("www.") or "self"
            for row in read_csv(folder / "stories.csv.gz")
        }
        self.order = sorted(self.seen, key=lambda story: (self.seen[story][0].minute, story))
        self._first = [self.seen[story][0].minute for story in self.order]
        self.polls = sorted({row.minute for rows in self.seen.values() for row in rows})

    def instants(self, wanted: int, seed: int) -> list[int]:
        """Random polls with a day behind them and three hours ahead, none in a gap."""
        pool = [
            at
            for at in self.polls
            if self._polls(at - DAY, at) >= 30 and self._polls(at, at + AHEAD) >= 3
        ]
        return random.Random(seed).sample(pool, min(wanted, len(pool)))

    def candidates(self, at: int) -> dict[int, list[Seen]]:
        """Stories first seen in the last day, with what had been observed of each."""
        start, end = bisect_right(self._first, at - DAY), bisect_right(self._first, at)
        return {
            story: self.seen[story][: bisect_right(self.seen[story], (at, 999))]
            for story in self.order[start:end]
        }

    def gains(self, known: Mapping[int, Sequence[Seen]], at: int) -> dict[int, float]:
        found = {}
        for story, rows in known.items():
            after = self.seen[story][len(rows) : bisect_right(self.seen[story], (at + AHEAD, 999))]
            found[story] = max(0.0, after[-1].points - rows[-1].points) if after else 0.0
        return found

    def before(self, at: int) -> int:
        """The poll before this one: the tick whose list a popular list holds on to."""
        return self.polls[bisect_left(self.polls, at) - 1]

    def rank_input(self, known: Mapping[int, Sequence[Seen]], at: int, *, rank: bool) -> RankInput:
        """The page as a source of links to others: an aggregator, or a top list where its own
        order may be used. Positions say in both cases what is still on it."""
        norm = SourceNorm(
            1,
            "hn",
            "Hacker News",
            "news.ycombinator.com",
            entries=30,
            role="toplist" if rank else "aggregator",
            ordered="time",
        )
        return RankInput(
            _time(at), tuple(self._item(s, r, at) for s, r in known.items()), {1: norm}
        )

    def _item(self, story: int, rows: Sequence[Seen], at: int) -> RankItem:
        history: list[CountAt] = []
        points = comments = -1
        for row in rows:
            if row.points != points:
                history.append(CountAt(_time(row.minute), "score", row.points))
            if row.comments != comments:
                history.append(CountAt(_time(row.minute), "comments", row.comments))
            points, comments = row.points, row.comments
        first = _time(rows[0].minute)
        return RankItem(
            id=story,
            story_id=story,
            source_ids=(1,),
            publisher=self.hosts.get(story, "self"),
            section=None,
            categories=(),
            language="en",
            title=str(story),
            effective=first,
            first_seen=first,
            counts={"score": points, "comments": comments},
            history=tuple(history),
            position=rows[-1].rank - 1 if rows[-1].minute == at else None,
            role="aggregator",
        )

    def _polls(self, after: int, until: int) -> int:
        return bisect_right(self.polls, until) - bisect_right(self.polls, after)


def measure(
    folder: Path, wanted: int, seed: int, without: Sequence[str]
) -> tuple[dict[str, float], dict[str, dict[str, float]]]:
    """NDCG@10 of each order; and of ours with each term taken away."""
    votes = Votes(folder)
    means, ablation = Means(), {term: Means() for term in without}
    for at in votes.instants(wanted, seed):
        known = votes.candidates(at)
        gain = votes.gains(known, at)
        for name, order in _rivals(known, at).items():
            means.add(name, ndcg(order, gain))
        for rank, suffix in ((False, ""), (True, "_with_rank")):
            data = votes.rank_input(known, at, rank=rank)
            means.add(f"feedhub{suffix}", ndcg(by(scores(data)), gain))
            earlier = votes.before(at)
            past = votes.rank_input(votes.candidates(earlier), earlier, rank=rank)
            listed = rank_list(SPEC, data, rank_list(SPEC, past))
            means.add(f"feedhub_list{suffix}", ndcg([e.story_id for e in listed.entries], gain))
            for term in without:
                found = ndcg(by(scores(data, replace(SPEC, weights={term: 0.0}))), gain)
                ablation[term].add(f"hn_frontpage{suffix}", found)
    return means.figures(), {term: found.figures() for term, found in ablation.items()}


def _rivals(known: Mapping[int, Sequence[Seen]], at: int) -> dict[str, list[int]]:
    rows = {story: seen[-1] for story, seen in known.items()}
    ages = {story: (at - seen[0].minute) / 60.0 for story, seen in known.items()}
    return {
        "hacker_news": by({s: hacker_news(r.points, ages[s]) for s, r in rows.items()}),
        "reddit": by({s: reddit(r.points, ages[s]) for s, r in rows.items()}),
        "lobsters": by({s: lobsters(r.points, r.comments, ages[s]) for s, r in rows.items()}),
        "lemmy": by({s: lemmy(r.points, ages[s]) for s, r in rows.items()}),
        "newest": by({s: -ages[s] for s in rows}),
        "velocity_60min": by({s: _velocity(seen, at) for s, seen in known.items()}),
    }


def _velocity(seen: Sequence[Seen], at: int) -> float:
    """Points gained in the last hour; all of them for a story seen first within it."""
    past = [row.points for row in seen if row.minute <= at - 60]
    return float(seen[-1].points - (past[-1] if past else 0))


def _time(minute: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
