"""What is known of each story at a tick: its voices, counts and places, as plain numbers.

Everything later than the tick is left out, so that a past tick gives its old answer.
Ages are hours before the tick.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from math import sqrt
from statistics import median

from feedhub.model import RankInput, RankItem, SourceNorm
from feedhub.rank.curves import place_value, rate, swell
from feedhub.rank.order import editorial_sources
from feedhub.rank.tuning import Tuning
from feedhub.values import dataclass

# A source's counts, the one that says most about how many care first: only the first that a
# feed carries is scored, for comments beside a score say how much it is disputed.
SOURCE_KINDS = ("score", "shares", "views", "comments")
HUB_KINDS = ("clicks", "links")  # our own; clicks are known by the hour only
SHOWN_KINDS = ("shares", "score", "comments", "views", "clicks", "links")
HUB = 0  # in place of a source id: counts that are the hub's own


@dataclass(slots=True)
class Voice:
    """A publisher that tells the story: ages of its first and its counted telling.

    ``copied``: it only carries another's words, and is no independent voice. ``undated``: it is
    of what a new source's document held without a time, and may be old.
    """

    publisher: str
    first_age: float
    age: float
    weight: float
    copied: bool = False
    undated: bool = False


@dataclass(slots=True)
class CountSignal:
    """A count with its pace: 1 is a whole normal total an hour, now."""

    kind: str
    value: int
    typical: float
    pace: float
    item_id: int
    gone: bool = False


@dataclass(slots=True)
class PlaceSignal:
    """The best place of a story in one document; ``value`` is 1 for the first, 0 after it."""

    source: str
    place: int
    entries: int
    value: float


@dataclass(frozen=True, slots=True)
class Context:
    """What all stories of a tick share."""

    now: datetime
    norms: Mapping[int, SourceNorm]
    typical: Mapping[tuple[int, str], float]
    editorial: frozenset[int]
    toplists: frozenset[int]
    tuning: Tuning


def context(
    data: RankInput, counted: Iterable[RankItem], placed: Iterable[RankItem], tuning: Tuning
) -> Context:
    """The shared part of a tick: each source's normal counts, and whose order says something.

    ``counted`` are the items with counts, ``placed`` those that stand in a document. A normal
    that the norms lack (or that is 0, where most articles have none) is the median of what the
    source's items have here, those without any left out.
    """
    typical = {
        (id_, kind): value
        for id_, norm in data.norms.items()
        for kind, value in norm.typical_counts.items()
        if value > 0 and kind in SOURCE_KINDS
    }
    seen: dict[tuple[int, str], list[int]] = {}
    for item in counted:
        for kind, value in latest_counts(item, data.now).items():
            scopes = item.source_ids if kind in SOURCE_KINDS else (HUB,)
            if value > 0 and not any((id_, kind) in typical for id_ in scopes):
                seen.setdefault((scopes[0], kind), []).append(value)
    typical.update({key: float(median(values)) for key, values in seen.items()})
    for kind, least in (("clicks", tuning.least_clicks), ("links", tuning.least_links)):
        typical[HUB, kind] = max(typical.get((HUB, kind), 0.0), least)
    toplists = frozenset(id_ for id_, norm in data.norms.items() if norm.role == "toplist")
    editorial = editorial_sources(placed, data.norms)
    return Context(data.now, data.norms, typical, editorial, toplists, tuning)


def age_of(item: RankItem, now: datetime) -> float:
    """Hours since the item was told: its effective time, never later than first seen."""
    at = item.first_seen
    if item.effective is not None and item.effective < at:
        at = item.effective
    return max(0.0, (now - at).total_seconds() / 3600.0)


def latest_counts(item: RankItem, now: datetime) -> dict[str, int]:
    """Each count as last observed by the tick; without a history, as the item carries it."""
    if not item.history:
        return dict(item.counts)
    found = {kind: value for at, kind, value in item.history if at <= now}
    kinds = {seen.kind for seen in item.history}
    found.update({kind: value for kind, value in item.counts.items() if kind not in kinds})
    return found


def voices(items: Iterable[RankItem], ctx: Context) -> list[Voice]:
    """Who tells it, the freshest first and undated ones last: independent voices, and those who
    carry a copy.

    A publisher is one voice however many feeds and items it has. A telling of it within
    ``follow_up`` hours after the one that counts is a repeat and changes nothing; a later one
    renews the voice, which is never more than one. One item of its own words makes a carrier
    of copies a voice.
    """
    now = ctx.now
    found: dict[str, Voice] = {}
    gap = ctx.tuning.follow_up
    for item in items:  # first told first
        if item.role != "outlet":
            continue
        age = age_of(item, now)
        voice = found.get(item.publisher)
        undated = item.effective is None
        if voice is None:
            voice = Voice(item.publisher, age, age, item.weight, item.copied, undated)
            found[item.publisher] = voice
        else:
            voice.copied = voice.copied and item.copied
            if voice.undated:
                voice.first_age, voice.age, voice.undated = age, age, undated
            elif voice.age - age >= gap and not undated:
                voice.age = age
            if item.weight > voice.weight:
                voice.weight = item.weight
    told = list(found.values())
    if len(told) > 1:
        told.sort(key=lambda voice: (voice.undated, voice.age, voice.publisher))
    return told


def coverage(told: Iterable[Voice], tuning: Tuning) -> float:
    """How strongly it is told now; 1 is one independent voice of weight 1 just now.

    Of what nobody knows when it was told, nobody can say that it is told now.
    """
    credit = tuning.copy_credit
    dated = (voice for voice in told if not voice.undated)
    return swell(
        ((voice.age, voice.weight * (credit if voice.copied else 1.0)) for voice in dated),
        tuning.voice_fast,
        tuning.voice_slow,
        tuning.voice_slow_share,
    )


def gains(
    item: RankItem, kind: str, now: datetime, first: Callable[[float], float] = float
) -> list[tuple[float, float]]:
    """(age, gain) of each rise of a count above its highest so far, oldest first.

    What it had when first seen is no rise that anybody saw: it counts for ``first`` of it. It
    came somewhere since the item was told, and is dated half-way: a source read for the first
    time has not gained all its counts just now.
    """
    found: list[tuple[float, float]] = []
    high = 0
    observed = False
    for at, name, value in item.history:
        if name == kind:
            if value > high and at <= now:
                age = (now - at).total_seconds() / 3600.0
                if observed:
                    found.append((age, float(value - high)))
                else:
                    found.append((max(age, (age + age_of(item, now)) / 2.0), first(value)))
                high = value
            observed = True
    if not observed and item.counts.get(kind, 0) > 0:
        found.append((age_of(item, now), first(item.counts[kind])))
    return found


def source_count(items: Iterable[RankItem], ctx: Context) -> CountSignal | None:
    """The source's count that gains most against its source's normal; null without any."""
    best: CountSignal | None = None
    for item in items:
        if not (item.counts or item.history):
            continue
        counts = latest_counts(item, ctx.now)
        kind = next((kind for kind in SOURCE_KINDS if counts.get(kind, 0) > 0), None)
        if kind is None:
            continue
        scope = _scope(item, kind, ctx)
        found = _signal(item, scope, kind, counts[kind], ctx)
        found.pace *= item.weight * _heat(found, item, counts, ctx)
        if item.position is None and not item.places:
            found.gone = True
            found.pace *= ctx.tuning.count_gone
        if best is None or found.pace > best.pace:
            best = found
    return best


def hub_count(items: Iterable[RankItem], kind: str, ctx: Context) -> CountSignal | None:
    """The hub's own count (clicks, links) of the story's strongest item; null without any."""
    best: CountSignal | None = None
    for item in items:
        if not (item.counts or item.history):
            continue
        value = latest_counts(item, ctx.now).get(kind, 0)
        if value > 0:
            found = _signal(item, HUB, kind, value, ctx)
            if best is None or found.pace > best.pace:
                best = found
    return best


def count_bound(item: RankItem, ctx: Context) -> float:
    """More than the pace of any count of the item can be: as if gained at once at its last rise."""
    tuning = ctx.tuning
    last = age_of(item, ctx.now)
    highest = dict(item.counts)
    for at, kind, value in item.history:
        age = (ctx.now - at).total_seconds() / 3600.0
        if age < last:
            last = max(0.0, age)
        if value > highest.get(kind, 0):
            highest[kind] = value
    top = 0.0
    for kind, value in highest.items():
        part = value / ctx.typical.get((_scope(item, kind, ctx), kind), 1.0)
        if part > top:
            top = part
    rises = ((last, top + tuning.count_first * sqrt(top)),)
    since = max(0.0, (ctx.now - item.first_seen).total_seconds() / 3600.0)
    most = _source_pace(rises, since, tuning)
    if not highest.keys().isdisjoint(HUB_KINDS):
        most = max(most, _own_pace(rises, since, tuning))
    return most * max(1.0, item.weight)


def best_place(items: Iterable[RankItem], ctx: Context, *, toplist: bool) -> PlaceSignal | None:
    """The best place in a top list, or else in a document whose order is an editor's."""
    best: PlaceSignal | None = None
    wanted = ctx.toplists if toplist else ctx.editorial - ctx.toplists
    if not wanted:
        return None
    for item in items:
        if item.position is None and not item.places:
            continue
        for source_id, place in _places(item):
            if source_id not in wanted:
                continue
            norm = ctx.norms.get(source_id)
            entries = max(norm.entries if norm else 0, place + 1)
            value = place_value(place, entries)
            if best is None or value > best.value:
                best = PlaceSignal(norm.name if norm else "", place, entries, value)
    return best


def _places(item: RankItem) -> tuple[tuple[int, int], ...]:
    if item.places or item.position is None:
        return item.places
    return tuple((source_id, item.position) for source_id in item.source_ids)


def _scope(item: RankItem, kind: str, ctx: Context) -> int:
    """The source against whose normal the item's count is read: one that has a normal."""
    for id_ in item.source_ids:
        if (id_, kind) in ctx.typical:
            return id_
    return HUB


def _signal(item: RankItem, scope: int, kind: str, value: int, ctx: Context) -> CountSignal:
    tuning = ctx.tuning
    typical = ctx.typical[scope, kind]
    since = max(0.0, (ctx.now - item.first_seen).total_seconds() / 3600.0)
    if kind in HUB_KINDS:
        pace = _own_pace(gains(item, kind, ctx.now), since, tuning)
    else:

        def first(value: float) -> float:
            return tuning.count_first * sqrt(value * typical)

        pace = _source_pace(gains(item, kind, ctx.now, first), since, tuning)
    return CountSignal(kind, value, typical, pace / typical, item.id)


def _source_pace(rises: Sequence[tuple[float, float]], since: float, tuning: Tuning) -> float:
    """Gains an hour: mostly those of the last half hour, partly those of the last hours."""
    fast = rate(rises, since, tuning.count_fast, tuning.count_fast_ease)
    slow = rate(rises, since, tuning.count_slow, tuning.count_slow_ease)
    return (fast + tuning.count_slow_share * slow) / (1.0 + tuning.count_slow_share)


def _own_pace(rises: Sequence[tuple[float, float]], since: float, tuning: Tuning) -> float:
    return rate(rises, since, tuning.own_half_life, tuning.own_ease)


def _heat(found: CountSignal, item: RankItem, counts: Mapping[str, int], ctx: Context) -> float:
    """Below 1 where comments outrun the score: ``((s + .1) / (s + c + .1)) ^ heat``.

    ``s`` and ``c`` are the score and the comments over the source's normal of each.
    """
    comments = counts.get("comments", 0)
    if found.kind == "comments" or comments <= 0:
        return 1.0
    score = found.value / found.typical
    dispute = comments / ctx.typical[_scope(item, "comments", ctx), "comments"]
    return float(((score + 0.1) / (score + dispute + 0.1)) ** ctx.tuning.count_heat)
