"""All lists of a tick at once, sharing what is common to them."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from feedhub.model import ListSpec, RankedList, RankInput, Reason
from feedhub.rank.latest import ByTime, latest
from feedhub.rank.match import matcher
from feedhub.rank.pool import Pool
from feedhub.rank.popular import above_floor, lets_through, popular
from feedhub.rank.reasons import popular_reasons
from feedhub.rank.tuning import DEFAULT, Tuning
from feedhub.values import dataclass


@dataclass(frozen=True, slots=True)
class Explanation:
    """A story's score with all its terms; ``voices`` are publishers, the freshest first.

    ``let_through``: whether the list's filter and window have room for it.
    """

    story_id: int
    score: float
    voices: tuple[str, ...]
    above_floor: bool
    reasons: tuple[Reason, ...]
    let_through: bool = True


def rank_list(
    spec: ListSpec,
    data: RankInput,
    previous: RankedList | None = None,
    *,
    tuning: Tuning = DEFAULT,
) -> RankedList:
    """One list at the tick ``data.now``. Pure: the same values give the same list.

    ``previous`` is the list of the tick before, which a popular list holds on to by a margin.
    """
    before = {} if previous is None else {spec.slug: previous}
    return rank_lists((spec,), data, before, tuning=tuning)[spec.slug]


def rank_lists(
    specs: Sequence[ListSpec],
    data: RankInput,
    previous: Mapping[str, RankedList] | None = None,
    *,
    tuning: Tuning = DEFAULT,
) -> dict[str, RankedList]:
    """Every list at the tick, by slug; the same answers as :func:`rank_list` one by one."""
    before = previous or {}
    found = {}
    with _uncollected():
        pool = Pool(data, tuning)
        ordered = ByTime(pool.groups.there, data.now)
        for spec in specs:
            test = matcher(spec.where, data.norms, data.now)
            if spec.order == "latest":
                found[spec.slug] = latest(spec, ordered, pool.groups, test, data.norms, data.now)
            else:
                found[spec.slug] = popular(spec, pool, test, before.get(spec.slug))
    return found


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the search for cyclic garbage, which takes a third of the time over many items.

    Ranking makes no cycles, so nothing is left behind by it.
    """
    working = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if working:
            gc.enable()


def scores(
    data: RankInput, spec: ListSpec | None = None, *, tuning: Tuning = DEFAULT
) -> dict[int, float]:
    """The score of every story at the tick, by id, best first: before floor, diversity and margin.

    Where scores are equal, the story that was told last comes first.
    """
    pool = Pool(data, tuning)
    weights = spec.weights if spec else {}
    ranked = sorted(pool.story(story_id).rank(weights) for story_id in pool.groups)
    return {-negative: -score for score, _, negative in ranked}


def explain(
    data: RankInput, story_id: int, spec: ListSpec | None = None, *, tuning: Tuning = DEFAULT
) -> Explanation | None:
    """Why a story scores what it does, listed or not; null when it was not there at the tick."""
    pool = Pool(data, tuning)
    if story_id not in pool.groups:
        return None
    story = pool.story(story_id)
    weights = spec.weights if spec else {}
    return Explanation(
        story_id=story_id,
        score=story.score(weights),
        voices=tuple(voice.publisher for voice in story.voices),
        above_floor=above_floor(story, pool.ctx),
        reasons=popular_reasons(story, weights),
        let_through=spec is None or lets_through(spec, story, data.norms, data.now),
    )


def changed(old: RankedList | None, new: RankedList) -> bool:
    """Whether what readers see differs: scores fall with every tick and are not looked at."""
    if old is None:
        return True
    return _seen(old) != _seen(new)


def _seen(ranked: RankedList) -> object:
    return ranked.note, [
        (entry.item_id, entry.story_id, entry.number, entry.voices, entry.also)
        for entry in ranked.entries
    ]
