"""Populärt: stories by the sum of their terms, above a floor, diverse, and steady."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta

from feedhub.model import ListSpec, Ranked, RankedList, RankItem
from feedhub.rank.match import Test
from feedhub.rank.reasons import number, popular_reasons
from feedhub.rank.select import Candidate, diverse, steady
from feedhub.rank.signals import Context
from feedhub.rank.stories import Story

FEW_SHARED = "few-shared"
FEW_SHARED_TEXT = (
    "Few stories are told by several sources right now, so this list also goes by what else is "
    "known: counts in the feeds, the sources' own order, and how fresh a story is."
)


def popular(
    spec: ListSpec,
    stories: Iterable[Story],
    test: Test | None,
    ctx: Context,
    previous: RankedList | None,
) -> RankedList:
    """The list at the tick. ``stories`` may come in any order."""
    tuning = ctx.tuning
    before = {entry.story_id: entry for entry in previous.entries} if previous else {}
    oldest = spec.window / timedelta(hours=1)
    candidates = []
    for story in stories:
        if story.age > oldest or len(story.voices) < spec.where.min_voices:
            continue
        old = before.get(story.id)
        lead = choose_lead(story, test, old.item_id if old else None)
        if lead is None:
            continue
        score = story.score(spec.weights)
        if score > 0.0:
            candidates.append(Candidate(story, lead, score))
    above = [c for c in candidates if above_floor(c.story, ctx)]
    fallback = len(above) < min(tuning.floor_places, spec.limit)
    pool = candidates if fallback else above
    pool.sort(
        key=lambda c: (
            -(c.score + (tuning.margin if c.story.id in before else 0.0)),
            -c.lead.id,
        )
    )
    chosen = diverse(pool, spec.limit, tuning)
    places = {story_id: entry.position for story_id, entry in before.items()}
    row = steady(chosen, places, tuning.margin)
    noted = fallback and bool(row)
    return RankedList(
        slug=spec.slug,
        tick=ctx.now,
        entries=tuple(_ranked(place, c, spec.weights, ctx) for place, c in enumerate(row, 1)),
        note=FEW_SHARED_TEXT if noted else "",
        note_code=FEW_SHARED if noted else "",
    )


def above_floor(story: Story, ctx: Context) -> bool:
    """Whether a story may be called popular on its own: shared, much counted, or listed."""
    tuning = ctx.tuning
    return (
        len(story.voices) >= tuning.floor_voices
        or story.toplist is not None
        or story.points["counts"] >= tuning.floor_counts
    )


def choose_lead(story: Story, test: Test | None, shown: int | None) -> RankItem | None:
    """The item to show: the one shown at the previous tick, else the first teller.

    Only items that pass the list's filter; an outlet's own before an aggregator's; and a
    title of three words at least, where there is one.
    """
    items = story.items
    if len(items) == 1:
        return items[0] if test is None or test(items[0]) else None
    passing = [item for item in items if test is None or test(item)]
    if not passing:
        return None
    for item in passing:
        if item.id == shown:
            return item
    return min(
        enumerate(passing),
        key=lambda row: (row[1].role != "outlet", row[1].title.count(" ") < 2, row[0]),
    )[1]


def _ranked(place: int, found: Candidate, weights: Mapping[str, float], ctx: Context) -> Ranked:
    return Ranked(
        position=place,
        item_id=found.lead.id,
        story_id=found.story.id,
        score=found.score,
        number=number(found.story, found.lead, ctx),
        reasons=popular_reasons(found.story, weights),
        voices=len(found.story.voices),
        also=tuple(item.id for item in found.story.items if item.id != found.lead.id),
    )
