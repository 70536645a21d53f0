"""The editor's hand in the lists: what is hidden is not ranked, what is pinned has its place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from feedhub.model import Hand, ListSpec, Ranked, RankedList, RankInput, Reason

PAGE = ".page"  # ends the slug of a list's page where that differs from its feed
GONE = frozenset(("hide", "takedown"))


def apart(
    specs: Sequence[ListSpec], data: RankInput, hands: Sequence[Hand]
) -> list[tuple[tuple[ListSpec, ...], RankInput]]:
    """The lists to rank, in parts, each with what it ranks: all but what is hidden from it.

    A list that something is hidden from alone is ranked by itself: another telling leads the
    story then, and voices are counted without it, as where it is hidden from all.
    """
    common = _without(data, [hand for hand in hands if not hand.slug])
    parts: dict[str, tuple[tuple[ListSpec, ...], RankInput]] = {"": ((), common)}
    for name in {hand.slug for hand in hands if hand.action in GONE and hand.slug}:
        own = _without(common, [hand for hand in hands if hand.slug == name])
        if own is not common:
            parts[name] = ((), own)
    for spec in specs:
        part = name if (name := _list_of(spec.slug)) in parts else ""
        parts[part] = ((*parts[part][0], spec), parts[part][1])
    return [part for part in parts.values() if part[0]]


def ranked_of(spec: ListSpec, data: RankInput, hands: Sequence[Hand]) -> RankInput:
    """What one list ranks: all but what is hidden from it."""
    return _without(data, [hand for hand in hands if hand.slug in ("", _list_of(spec.slug))])


def _list_of(slug: str) -> str:
    return slug.removesuffix(PAGE)


def _without(data: RankInput, hands: Iterable[Hand]) -> RankInput:
    """What is ranked when these orders are obeyed; the same object when nothing of it is hidden."""
    gone = [hand for hand in hands if hand.action in GONE]
    items = {hand.target for hand in gone if hand.kind == "i"}
    stories = {hand.target for hand in gone if hand.kind == "s"}
    kept = tuple(
        item for item in data.items if item.id not in items and item.story_id not in stories
    )
    return data if len(kept) == len(data.items) else replace(data, items=kept)


def room(specs: Sequence[ListSpec], hands: Sequence[Hand]) -> tuple[ListSpec, ...]:
    """The lists with a place to spare for each pin, which takes one from what ranks."""
    return tuple(
        replace(spec, limit=spec.limit + len(pins)) if (pins := _pins(spec, hands)) else spec
        for spec in specs
    )


def obeyed(
    ranked: Mapping[str, RankedList],
    specs: Sequence[ListSpec],
    data: RankInput,
    hands: Sequence[Hand],
) -> dict[str, RankedList]:
    """The lists as ranked, with every pin in its place, and no longer than they should be."""
    return {spec.slug: _list(ranked[spec.slug], spec, data, _pins(spec, hands)) for spec in specs}


def _pins(spec: ListSpec, hands: Iterable[Hand]) -> list[Hand]:
    name = _list_of(spec.slug)
    return [hand for hand in hands if hand.action == "pin" and hand.slug in ("", name)]


def _list(ranked: RankedList, spec: ListSpec, data: RankInput, pins: Sequence[Hand]) -> RankedList:
    if not pins:
        return ranked
    entries = list(ranked.entries)
    pinned: list[tuple[int, Ranked]] = []
    for hand in reversed(pins):  # the later of two that mean the same entry holds
        meant = _meaning(hand, spec, data)
        if any(meant(entry) for _, entry in pinned):
            continue
        there = next((entry for entry in entries if meant(entry)), None)
        if there is not None:
            entries.remove(there)
        else:
            there = _bare(hand, spec, data)
        if there is not None:
            pinned.append((int(hand.value), _led(there, hand)))
    # From the top down, when all are out, so that none moves another; none beyond the end.
    pinned.reverse()
    pinned.sort(key=lambda pin: pin[0])
    for left, (place, there) in zip(range(len(pinned), 0, -1), pinned, strict=True):
        entries.insert(max(0, min(place - 1, spec.limit - left)), there)
    return replace(
        ranked,
        entries=tuple(
            entry if entry.position == place else replace(entry, position=place)
            for place, entry in enumerate(entries[: spec.limit], 1)
        ),
    )


def _meaning(hand: Hand, spec: ListSpec, data: RankInput) -> Callable[[Ranked], bool]:
    """Which entry an order means; where a story has one entry, an item's order means that."""
    if hand.kind == "s":
        return lambda entry: entry.story_id == hand.target
    if not _by_story(spec):
        return lambda entry: entry.item_id == hand.target
    story = next((item.story_id for item in data.items if item.id == hand.target), None)
    return lambda entry: entry.story_id == story


def _by_story(spec: ListSpec) -> bool:
    return spec.order == "popular" or spec.collapse


def _led(entry: Ranked, hand: Hand) -> Ranked:
    """The entry with the item that an order names as the one that is shown."""
    if hand.kind == "s" or entry.item_id == hand.target:
        return entry
    others = (entry.item_id, *(also for also in entry.also if also != hand.target))
    return replace(entry, item_id=hand.target, also=others)


def unpinned(ranked: RankedList, ended: Sequence[Hand]) -> RankedList:
    """A list as it stood, without the entries that stood where pins had put them."""
    name = _list_of(ranked.slug)
    mine = [hand for hand in ended if hand.slug in ("", name)]
    kept = tuple(entry for entry in ranked.entries if not _is_any(entry, mine))
    return ranked if len(kept) == len(ranked.entries) else replace(ranked, entries=kept)


def _is_any(entry: Ranked, hands: Iterable[Hand]) -> bool:
    return any(
        hand.target == (entry.item_id if hand.kind == "i" else entry.story_id) for hand in hands
    )


def _bare(hand: Hand, spec: ListSpec, data: RankInput) -> Ranked | None:
    """A place for what did not rank, as long as it is young enough to be looked at at all."""
    from feedhub.rank import figure, tellers  # a pass with nothing new ranks nothing

    meant = [
        item
        for item in data.items
        if hand.target == (item.id if hand.kind == "i" else item.story_id)
    ]
    if not meant:
        return None
    first = min(meant, key=lambda item: (item.effective or item.first_seen, item.id))
    told = [item for item in data.items if item.story_id == first.story_id]
    also = tuple(item.id for item in told if item.id != first.id) if _by_story(spec) else ()
    voices = tellers(told)
    number = figure(voices, first, data.now) if spec.order == "popular" else None
    return Ranked(1, first.id, first.story_id, 0.0, number, (), voices, also)


def told(ranked: RankedList, hands: Sequence[Hand]) -> RankedList:
    """A list whose places say what hands were in them."""
    if not hands:
        return ranked
    name = _list_of(ranked.slug)
    return replace(ranked, entries=tuple(_said(entry, name, hands) for entry in ranked.entries))


def _said(entry: Ranked, slug: str, hands: Iterable[Hand]) -> Ranked:
    """The place with a reason for each hand that was in it."""
    mine = [
        _reason(hand)
        for hand in hands
        if hand.action in _SAID and hand.slug in ("", slug) and _is_any(entry, [hand])
    ]
    return replace(entry, reasons=(*entry.reasons, *mine)) if mine else entry


_SAID = {"pin": "put here by an editor", "retitle": "titled by an editor"}


def _reason(hand: Hand) -> Reason:
    params = (("action", hand.action), ("by", hand.by), ("at", hand.at.isoformat()))
    note = f": {hand.note}" if hand.note else ""
    text = f"{_SAID[hand.action]}, {hand.by}, {hand.at:%Y-%m-%d %H:%M} UTC{note}"
    return Reason("hand", 0.0, text, params)
