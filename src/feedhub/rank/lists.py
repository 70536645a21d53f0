"""All lists of a tick at once, sharing what is common to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from feedhub.model import ListSpec, RankedList, RankInput
from feedhub.rank.latest import by_time, latest
from feedhub.rank.match import matcher
from feedhub.rank.popular import popular
from feedhub.rank.signals import context
from feedhub.rank.stories import Story, gather, study
from feedhub.rank.tuning import DEFAULT, Tuning


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
    groups = gather(data)
    ctx = context(data, tuning)
    ordered = by_time(data.items, data.now) if any(s.order == "latest" for s in specs) else []
    stories: list[Story] = []
    if any(spec.order == "popular" for spec in specs):
        stories = [study(story_id, items, ctx) for story_id, items in groups.items()]
    found = {}
    for spec in specs:
        test = matcher(spec.where, data.norms, data.now)
        if spec.order == "latest":
            found[spec.slug] = latest(spec, ordered, groups, test, data.norms, data.now)
        else:
            found[spec.slug] = popular(spec, stories, test, ctx, before.get(spec.slug))
    return found


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
