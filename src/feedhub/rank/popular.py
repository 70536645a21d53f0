"""Populärt: stories by the sum of their terms, above a floor, diverse, and steady."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from heapq import merge
from itertools import chain, islice

from feedhub.model import ListSpec, Ranked, RankedList, RankItem, SourceNorm
from feedhub.rank.match import Test, matcher
from feedhub.rank.pool import Pool
from feedhub.rank.reasons import number, popular_reasons
from feedhub.rank.select import Candidate, diverse, steady
from feedhub.rank.signals import Context
from feedhub.rank.stories import Story
from feedhub.rank.tuning import Tuning

FEW_SHARED = "few-shared"
FEW_SHARED_TEXT = (
    "Few stories are told by several sources right now. They come first; below them this list "
    "goes by what else is known: counts in the feeds, the sources' own order, and how fresh a "
    "story is."
)


CORROBORATED = 3  # publishers


def popular(
    spec: ListSpec, pool: Pool, test: Test | None, previous: RankedList | None
) -> RankedList:
    """The list at the tick.

    Where there is room below those above the floor, stories that have gone quiet follow.
    When fewer stories than ``floor_places`` rise above it (two more, to leave it), all others
    follow below them, and the note says so.
    """
    ctx, tuning = pool.ctx, pool.ctx.tuning
    before = {entry.story_id: entry for entry in previous.entries} if previous else {}
    fell = previous is not None and previous.note_code == FEW_SHARED
    least = min(tuning.floor_places + (2 if fell else 0), spec.limit)

    def order(candidate: Candidate) -> tuple[float, float, int]:
        # So a newcomer takes the place of one that was there only when it leads by the margin.
        held = tuning.margin if candidate.story.id in before else 0.0
        return candidate.story.rank(spec.weights, held)

    above = merge(
        sorted(_held(spec, pool, test, before), key=order),
        _above(spec, pool, test, before),
        key=order,
    )
    first = list(islice(above, least))
    fallback = len(first) < least
    below = merge(
        sorted(_held(spec, pool, test, before, above=False), key=order),
        _below(spec, pool, test, before, lone=fallback),
        key=order,
    )
    if not fallback:
        below = (candidate for candidate in below if _was_popular(candidate.story, tuning))
    chosen = diverse(
        chain(first, above),
        spec.limit,
        tuning,
        sections=not spec.where.category,
        below=below,
    )
    places = {story_id: entry.position for story_id, entry in before.items()}
    row = steady(chosen, places, tuning.margin)
    if spec.weights.get("coverage", 1.0) > 0.0:
        row = corroborated_first(row)
    noted = fallback and bool(row)
    return RankedList(
        slug=spec.slug,
        tick=ctx.now,
        entries=tuple(_ranked(place, c, spec.weights, ctx) for place, c in enumerate(row, 1)),
        note=FEW_SHARED_TEXT if noted else "",
        note_code=FEW_SHARED if noted else "",
    )


def corroborated_first(row: Sequence[Candidate]) -> list[Candidate]:
    """Above the floor no story that one publisher tells stands above one that three or more tell.

    Counts are loud: an article that one paper's readers share by the thousand would drown
    what several newsrooms hold to be news. Two voices may be chance, three are not. Below the
    floor no count is loud and voices have fallen silent: there what is told now comes first.
    """
    above = [c for c in row if c.above]
    below = [c for c in row if not c.above]
    single = next((n for n, c in enumerate(above) if len(c.story.voices) < 2), len(above))
    lifted = [c for c in above[single:] if len(c.story.voices) >= CORROBORATED]
    rest = [c for c in above[single:] if len(c.story.voices) < CORROBORATED]
    return [*above[:single], *lifted, *rest, *below]


def above_floor(story: Story, ctx: Context) -> bool:
    """Whether a story may be called popular on its own: shared, much counted, or listed.

    Carriers of a copy weigh by their credit: four are as one voice more. Voices that fell
    silent long ago do not make a story popular now. Much counted is a count that gains fast
    now, however large it is.
    """
    tuning = ctx.tuning
    if story.toplist is not None:
        return True
    if story.pace >= tuning.floor_pace and _shared(story, tuning):
        return True
    return any(count.pace >= tuning.floor_count_pace for count in story.counts.values())


def _shared(story: Story, tuning: Tuning) -> bool:
    """Whether several tell it, or did."""
    return len(story.voices) + tuning.copy_credit * len(story.carriers) >= tuning.floor_voices


def _was_popular(story: Story, tuning: Tuning) -> bool:
    """Whether it may have been above the floor once: shared, or twice its source's normal."""
    return _shared(story, tuning) or any(
        count.value >= tuning.quiet_total * count.typical for count in story.counts.values()
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


def lets_through(
    spec: ListSpec, story: Story, norms: Mapping[int, SourceNorm], now: datetime
) -> bool:
    """Whether a list has room for the story at all, however it scores."""
    return _in_reach(spec, story) and (
        choose_lead(story, matcher(spec.where, norms, now), None) is not None
    )


def _in_reach(spec: ListSpec, story: Story) -> bool:
    in_window = story.age <= spec.window / timedelta(hours=1)
    return in_window and len(story.voices) >= spec.where.min_voices


def _candidate(
    spec: ListSpec, story: Story, test: Test | None, before: Mapping[int, Ranked], ctx: Context
) -> Candidate | None:
    if not _in_reach(spec, story):
        return None
    old = before.get(story.id)
    lead = choose_lead(story, test, old.item_id if old else None)
    score = story.score(spec.weights)
    if lead is None:
        return None
    return Candidate(story, lead, score, above_floor(story, ctx))


def _above(
    spec: ListSpec, pool: Pool, test: Test | None, before: Mapping[int, Ranked]
) -> Iterator[Candidate]:
    """Those above the floor that were not in the previous list, best first, as far as read."""
    for story in pool.shared(spec.weights):
        if story.id not in before:
            found = _candidate(spec, story, test, before, pool.ctx)
            if found is not None and found.above:
                yield found


def _below(
    spec: ListSpec, pool: Pool, test: Test | None, before: Mapping[int, Ranked], *, lone: bool
) -> Iterator[Candidate]:
    """The others of the window that were not in it, best first, as far as read.

    ``lone``: with those that cannot rise above the floor.
    """
    stories = pool.all(spec.weights, spec.window) if lone else pool.shared(spec.weights)
    for story in stories:
        if story.id not in before:
            found = _candidate(spec, story, test, before, pool.ctx)
            if found is not None and not found.above:
                yield found


def _held(
    spec: ListSpec,
    pool: Pool,
    test: Test | None,
    before: Mapping[int, Ranked],
    *,
    above: bool = True,
) -> list[Candidate]:
    """Those of the previous list that still may stand in it, above the floor or below."""
    stories = (pool.story(story_id) for story_id in before if story_id in pool.groups)
    found = (_candidate(spec, story, test, before, pool.ctx) for story in stories)
    return [one for one in found if one is not None and one.above is above]


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
