"""The reasons of a place and the number before its title, from a story's terms."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from feedhub.model import Number, RankItem, Reason
from feedhub.rank.signals import SHOWN_KINDS, Context, CountSignal, latest_counts
from feedhub.rank.stories import Story


def number(story: Story, lead: RankItem, ctx: Context) -> Number | None:
    """The real figure to show: voices when there are several, else the lead's own count.

    A story of one voice and no count shows that one voice; a story known only from
    aggregators shows nothing.
    """
    return figure(len(story.voices), lead, ctx.now)


def figure(voices: int, lead: RankItem, now: datetime) -> Number | None:
    """The same for what has not been ranked."""
    if voices > 1:
        return Number(voices, "voices")
    counts = latest_counts(lead, now)
    for kind in SHOWN_KINDS:
        if counts.get(kind, 0) > 0:
            return Number(counts[kind], kind)
    return Number(1, "voices") if voices else None


def popular_reasons(story: Story, weights: Mapping[str, float]) -> tuple[Reason, ...]:
    """Every term that gave points, the greatest first."""
    found = []
    for term, worth in story.points.items():
        factor = weights.get(term, 1.0)
        if worth * factor:
            text, params = _WORDS[term](story)
            if factor != 1.0:
                text += f" (this list counts it {factor:g} times)"
                params += (("factor", factor),)
            found.append(Reason(term, worth * factor, text, params))
    found.sort(key=lambda reason: (-reason.points, reason.term))
    return tuple(found)


def latest_reason(at: datetime) -> Reason:
    """Why an item stands where it does in a list by time."""
    stamp = at.isoformat(timespec="seconds")
    return Reason("time", 0.0, f"told at {stamp}", (("at", stamp),))


Params = tuple[tuple[str, float | int | str], ...]


def _coverage(story: Story) -> tuple[str, Params]:
    told = [voice for voice in (*story.voices, *story.carriers) if not voice.undated]
    newest = min(voice.age for voice in told)
    oldest = max(voice.first_age for voice in told)
    names = ", ".join(voice.publisher for voice in story.voices)
    count = len(story.voices)
    if count == 1:
        text = f"told by {names}, {_hours(newest)} ago"
    else:
        text = (
            f"told by {count} independent voices over {_hours(oldest)}, "
            f"the last {_hours(newest)} ago: {names}"
        )
    carriers = ", ".join(voice.publisher for voice in story.carriers)
    if carriers:
        text += f"; the same words are carried by {carriers}, each a quarter of a voice"
    return text, (
        ("voices", count),
        ("pace", round(story.pace, 4)),
        ("newest_hours", round(newest, 4)),
        ("oldest_hours", round(oldest, 4)),
        ("publishers", names),
        *((("carriers", carriers),) if carriers else ()),
    )


def _counts(story: Story) -> tuple[str, Params]:
    return _count(story.counts["counts"], "its source's normal")


def _clicks(story: Story) -> tuple[str, Params]:
    return _count(story.counts["clicks"], "this hub's normal")


def _links(story: Story) -> tuple[str, Params]:
    return _count(story.counts["links"], "this hub's normal")


def _count(count: CountSignal, whose: str) -> tuple[str, Params]:
    text = (
        f"{_counted(count)}, where {count.typical:g} is {whose}; right now it gains "
        f"at {count.pace:.2f} of a normal article's whole count an hour"
    )
    if count.gone:
        text += ", halved since its source carries it no more"
    return text, (
        ("kind", count.kind),
        ("value", count.value),
        ("typical", count.typical),
        ("pace", round(count.pace, 4)),
        ("item", count.item_id),
        ("gone", int(count.gone)),
    )


def _prominence(story: Story) -> tuple[str, Params]:
    place = story.prominence
    assert place is not None
    text = f"place {place.place + 1} of {place.entries} in the order of {place.source}"
    return text, (("source", place.source), ("place", place.place + 1), ("of", place.entries))


def _toplist(story: Story) -> tuple[str, Params]:
    place = story.toplist
    assert place is not None
    text = f"place {place.place + 1} of {place.entries} in the top list {place.source}"
    return text, (("source", place.source), ("place", place.place + 1), ("of", place.entries))


def _counted(count: CountSignal) -> str:
    return f"{count.value} {count.kind.removesuffix('s') if count.value == 1 else count.kind}"


def _hours(hours: float) -> str:
    if hours < 1.0:
        return f"{round(hours * 60)} min"
    return f"{hours:.1f} h"


_WORDS = {
    "coverage": _coverage,
    "counts": _counts,
    "clicks": _clicks,
    "links": _links,
    "prominence": _prominence,
    "toplist": _toplist,
}
