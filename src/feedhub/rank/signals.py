"""What is known of each story at a tick: its voices, counts and places, as plain numbers.

Everything later than the tick is left out, so that a past tick gives its old answer.
Ages are hours before the tick.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from feedhub.model import RankInput, RankItem, SourceNorm
from feedhub.rank.curves import burst, place_value
from feedhub.rank.order import editorial_sources
from feedhub.rank.tuning import Tuning

COUNT_KINDS = ("shares", "score", "comments", "views", "clicks", "links")


@dataclass(slots=True)
class Voice:
    """A publisher that tells the story: its last telling's age, its weight, how often told."""

    publisher: str
    first_age: float
    age: float
    weight: float


@dataclass(slots=True)
class CountSignal:
    """The count of a story that gains most, against its source's own normal."""

    kind: str
    value: int
    typical: float
    pace: float  # gains now; 1 is a whole typical total gained at once just now
    item_id: int


@dataclass(slots=True)
class PlaceSignal:
    """The best place of a story in one document."""

    source: str
    place: int
    entries: int
    value: float  # 1 is the first place, 0 the last


@dataclass(frozen=True, slots=True)
class Context:
    """What all stories of a tick share."""

    now: datetime
    norms: Mapping[int, SourceNorm]
    typical: Mapping[tuple[int, str], float]
    editorial: frozenset[int]
    tuning: Tuning


def context(data: RankInput, tuning: Tuning) -> Context:
    """The shared part of a tick: each source's normal counts, and whose order is an editor's."""
    typical = {
        (id_, kind): value
        for id_, norm in data.norms.items()
        for kind, value in norm.typical_counts.items()
        if value > 0
    }
    seen: dict[tuple[int, str], list[int]] = {}
    for item in data.items:
        if item.counts or item.history:
            for kind, value in latest_counts(item, data.now).items():
                if value > 0 and (item.source_ids[0], kind) not in typical:
                    seen.setdefault((item.source_ids[0], kind), []).append(value)
    typical.update({key: float(median(values)) for key, values in seen.items()})
    return Context(data.now, data.norms, typical, editorial_sources(data), tuning)


def age_of(item: RankItem, now: datetime) -> float:
    """Hours since the item was told: its effective time, else when it was first seen."""
    at = item.effective if item.effective is not None else item.first_seen
    return max(0.0, (now - min(at, item.first_seen)).total_seconds() / 3600.0)


def latest_counts(item: RankItem, now: datetime) -> dict[str, int]:
    """Each count as last observed by the tick; without a history, as the item carries it."""
    found = {kind: value for at, kind, value in item.history if at <= now}
    kinds = {seen.kind for seen in item.history}
    found.update({k: v for k, v in item.counts.items() if k not in kinds})
    return found


def voices(items: Iterable[RankItem], ctx: Context) -> list[Voice]:
    """The independent voices, last telling first.

    A publisher is one voice however many feeds and items it has. A telling of it within
    ``follow_up`` hours after the one that counts is a repeat and changes nothing; a later one
    renews the voice, which is never more than one.
    """
    tellings: dict[str, list[tuple[float, float]]] = {}
    for item in items:
        if item.role == "outlet":
            tellings.setdefault(item.publisher, []).append((age_of(item, ctx.now), item.weight))
    gap = ctx.tuning.follow_up
    found = []
    for publisher, told in tellings.items():
        told.sort(reverse=True)
        first = age = told[0][0]
        for later, _ in told[1:]:
            if age - later >= gap:
                age = later
        found.append(Voice(publisher, first, age, max(weight for _, weight in told)))
    found.sort(key=lambda voice: (voice.age, voice.publisher))
    return found


def coverage(told: Iterable[Voice], tuning: Tuning) -> float:
    """How fast independent voices join in; 1 is one voice of weight 1 just now."""
    return burst(
        ((voice.age, voice.weight) for voice in told),
        tuning.voice_half_life,
        tuning.voice_ease,
        tuning.voice_slow_half_life,
        tuning.voice_slow_share,
    )


def gains(item: RankItem, kind: str, now: datetime) -> list[tuple[float, float]]:
    """(age, gain) of each rise of a count above its highest so far, newest first."""
    found: list[tuple[float, float]] = []
    high = 0
    for at, name, value in item.history:
        if name == kind and value > high and at <= now:
            found.append(((now - at).total_seconds() / 3600.0, float(value - high)))
            high = value
    if not found and kind in item.counts and not any(c.kind == kind for c in item.history):
        found.append((age_of(item, now), float(item.counts[kind])))
    found.reverse()
    return found


def best_count(items: Iterable[RankItem], ctx: Context) -> CountSignal | None:
    """The count that gains most against its source's normal; null without any count."""
    tuning = ctx.tuning
    best: CountSignal | None = None
    for item in items:
        if not (item.counts or item.history):
            continue
        for kind, value in latest_counts(item, ctx.now).items():
            typical = ctx.typical.get((item.source_ids[0], kind), 0.0)
            if value <= 0 or typical <= 0:
                continue
            pace = (
                burst(
                    gains(item, kind, ctx.now),
                    tuning.count_half_life,
                    tuning.count_ease,
                    tuning.count_slow_half_life,
                    tuning.count_slow_share,
                )
                / typical
            )
            if best is None or (pace, kind) > (best.pace, best.kind):
                best = CountSignal(kind, value, typical, pace, item.id)
    return best


def best_place(items: Iterable[RankItem], ctx: Context, *, toplist: bool) -> PlaceSignal | None:
    """The best place in a top list, or else in a document whose order is an editor's."""
    best: PlaceSignal | None = None
    for item in items:
        places = item.places or (
            () if item.position is None else tuple((id_, item.position) for id_ in item.source_ids)
        )
        for source_id, place in places:
            norm = ctx.norms.get(source_id)
            is_top = norm is not None and norm.role == "toplist"
            is_top = is_top or (item.role == "toplist" and len(item.source_ids) == 1)
            if is_top != toplist or not (is_top or source_id in ctx.editorial):
                continue
            entries = max(norm.entries if norm else 0, place + 1)
            value = place_value(place, entries)
            if best is None or value > best.value:
                best = PlaceSignal(norm.name if norm else "", place, entries, value)
    return best
