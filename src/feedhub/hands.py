"""The editor's hand in the lists: what is hidden is not ranked, what is pinned has its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from feedhub.model import Hand, ListSpec, Ranked, RankedList, RankInput, Reason

PAGE = ".page"  # ends the slug of a list's page where that differs from its feed
GONE = frozenset(("hide", "takedown"))


def rankable(data: RankInput, hands: Sequence[Hand]) -> RankInput:
    """What is ranked, without what is hidden from all lists."""
    gone = [hand for hand in hands if hand.action in GONE and not hand.slug]
    if not gone:
        return data
    items = {hand.target for hand in gone if hand.kind == "i"}
    stories = {hand.target for hand in gone if hand.kind == "s"}
    kept = tuple(
        item for item in data.items if item.id not in items and item.story_id not in stories
    )
    return replace(data, items=kept)


def room(specs: Sequence[ListSpec], hands: Sequence[Hand]) -> tuple[ListSpec, ...]:
    """The lists with places to spare for what hands take out of them."""
    more = sum(hand.action in (*GONE, "pin") for hand in hands)
    return tuple(replace(spec, limit=spec.limit + more) for spec in specs) if more else tuple(specs)


def obeyed(
    ranked: Mapping[str, RankedList],
    specs: Sequence[ListSpec],
    data: RankInput,
    hands: Sequence[Hand],
) -> dict[str, RankedList]:
    """The lists as ranked, with every order for them in it, and no longer than they should be."""
    limits = {spec.slug: spec.limit for spec in specs}
    return {slug: _list(one, limits.get(slug), data, hands) for slug, one in ranked.items()}


def _list(
    ranked: RankedList, limit: int | None, data: RankInput, hands: Sequence[Hand]
) -> RankedList:
    name = ranked.slug.removesuffix(PAGE)
    mine = [hand for hand in hands if hand.slug in ("", name)]
    out = [hand for hand in mine if hand.action in GONE]
    entries = [entry for entry in ranked.entries if not _is_any(entry, out)]
    pins = [hand for hand in mine if hand.action == "pin"]
    for hand in sorted(pins, key=lambda pin: int(pin.value)):
        there = next((entry for entry in entries if _is_any(entry, [hand])), None)
        if there is not None:
            entries.remove(there)
        else:
            there = _bare(hand, data)
        if there is not None:
            entries.insert(int(hand.value) - 1, there)
    return replace(
        ranked,
        entries=tuple(
            entry if entry.position == place else replace(entry, position=place)
            for place, entry in enumerate(entries[:limit], 1)
        ),
    )


def _is_any(entry: Ranked, hands: Iterable[Hand]) -> bool:
    return any(
        hand.target == (entry.item_id if hand.kind == "i" else entry.story_id) for hand in hands
    )


def _bare(hand: Hand, data: RankInput) -> Ranked | None:
    """A place for what did not rank, as long as it is young enough to be looked at at all."""
    told = [
        item
        for item in data.items
        if hand.target == (item.id if hand.kind == "i" else item.story_id)
    ]
    if not told:
        return None
    first = min(told, key=lambda item: (item.effective or item.first_seen, item.id))
    also = tuple(item.id for item in told if item.id != first.id)
    voices = len({item.publisher for item in told})
    return Ranked(1, first.id, first.story_id, 0.0, None, (), voices, also)


def told(ranked: RankedList, hands: Sequence[Hand]) -> RankedList:
    """A list whose places say what hands were in them."""
    if not hands:
        return ranked
    name = ranked.slug.removesuffix(PAGE)
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
