"""``feedhub explain``: why a story ranks where it does; why two items are one story, or not."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import click

from feedhub import hands, ticks
from feedhub.cli.common import (
    Failure,
    Files,
    json_option,
    now,
    out,
    print_json,
    told,
    with_files,
)
from feedhub.cli.ids import item_of, parse_id
from feedhub.cli.moments import PRECISE, read, shown
from feedhub.dedupe import compared
from feedhub.dedupe.stories import Explanation as Likeness
from feedhub.hub import Hub, open_hub
from feedhub.model import Config, Hand, Item, KnownItem, ListSpec, RankInput, StoryItem, public_id
from feedhub.rank import explain as explain_rank


@click.command(epilog="Example:  feedhub explain s7   |   feedhub explain i812 i640")
@click.argument("one", metavar="ID")
@click.argument("other", metavar="[ID]", required=False)
@click.option(
    "--at",
    metavar="TIME",
    help="As it was then: 2026-03-01T12:00 in the hub's time zone, or with an offset.",
)
@json_option
@with_files
@told
def explain(files: Files, one: str, other: str | None, at: str | None, as_json: bool) -> None:
    """Why the story of ID ranks where it does; with two IDs, why they are one story or not."""
    config = files.load()
    files.stored()
    then = _moment(at, config) if at else None
    told_json = asyncio.run(_explain(config, files, one, other, then))
    if as_json:
        print_json(told_json)
        return
    for line in told_json["lines"]:
        out.print(line, markup=False, soft_wrap=True)


def _moment(text: str, config: Config) -> datetime:
    then = read(text, config, "--at")
    if then > now():
        raise Failure(f"feedhub: --at: {text} has not come yet")
    if then.year < 1970:
        raise Failure(f"feedhub: --at: {text} is before anything that is stored")
    return then


async def _explain(
    config: Config, files: Files, one: str, other: str | None, then: datetime | None
) -> dict[str, Any]:
    async with open_hub(config, files.db, now, fetching=False, readonly=True) as hub:
        first = await item_of(hub.store, one)
        if other is None:
            return await _rank(hub, config, first, then)
        return await _pair(hub, config, (one, first), (other, await item_of(hub.store, other)))


async def _rank(hub: Hub, config: Config, item_id: int, then: datetime | None) -> dict[str, Any]:
    item = (await hub.store.items([item_id]))[item_id]
    at = then or now()
    data = await ticks.rank_data(hub.store, config, at, past=then is not None)
    story_id = next((one.story_id for one in data.items if one.id == item_id), None)
    lines = [f"{public_id('i', item.id)}  {item.title}"]
    lines.append(f"  latest: sorted by {_effective(item, config)}")
    orders = await hub.store.hands(at, past=then is not None)
    lists: dict[str, Any] = {}
    for spec in config.lists:
        if spec.order == "popular":
            lists[spec.slug] = _in_list(hands.ranked_of(spec, data, orders), story_id, spec, lines)
    below = any(found and not found["above_floor"] for found in lists.values())
    if then is None:
        places = _places(await hub.store.load_lists(), item.story_id)
        lines += [f"  {_called(slug)}: place {place} now" for slug, place in places.items()]
        if below and lists.keys() & places.keys():
            lines.append("  listed all the same, where there was room below those called popular")
    else:
        places = _places(await hub.store.standing_at(then), story_id)
        lines += [f"  {_called(slug)}: place {place} then" for slug, place in places.items()]
        if await hub.store.fingerprint_at(then) != config.fingerprint:
            lines.append("  feeds.yaml was another then: terms are weighed by today's")
    ordered = [
        hand
        for hand in orders
        if hand.target == (item_id if hand.kind == "i" else story_id or item.story_id)
    ]
    lines += [f"  by hand: {_said(hand, config)}" for hand in ordered]
    return {
        "item": public_id("i", item.id),
        "story": public_id("s", story_id) if story_id else None,
        "hands": [asdict(hand) for hand in ordered],
        "at": at.isoformat(),
        "title": item.title,
        "effective": item.effective.isoformat() if item.effective else None,
        "places": places,
        "popular": lists,
        "lines": lines,
    }


def _said(hand: Hand, config: Config) -> str:
    where = f" in {hand.slug}" if hand.slug else ""
    value = f" {hand.value}" if hand.value else ""
    note = f": {hand.note}" if hand.note else ""
    return f"{hand.action}{value}{where}, {hand.by}, {shown(hand.at, config)}{note}"


def _effective(item: Item, config: Config) -> str:
    if item.effective is None:
        return "nothing: undated and from before the source was first read, so left out"
    return shown(item.effective, config, PRECISE)


def _in_list(
    data: RankInput, story_id: int | None, spec: ListSpec, lines: list[str]
) -> dict[str, Any] | None:
    found = None if story_id is None else explain_rank(data, story_id, spec)
    if found is None:
        lines.append(f"  {spec.slug}: not there, or older than the lists look back")
        return None
    floor = "" if found.above_floor else "  (below the floor: not called popular)"
    if not found.let_through:
        floor += "  (not in this list: its window or where leaves it out)"
    voices = ", ".join(found.voices)
    lines.append(f"  {spec.slug}: {found.score:.3f} points{floor}; voices: {voices}")
    lines += [f"    {reason.points:+.3f}  {reason.text}" for reason in found.reasons]
    return {
        "score": found.score,
        "above_floor": found.above_floor,
        "let_through": found.let_through,
        "voices": list(found.voices),
        "reasons": [asdict(reason) for reason in found.reasons],
    }


def _called(slug: str) -> str:
    """A list as people call it; of a fair one the page is ranked apart from the feed."""
    return f"{slug.removesuffix(hands.PAGE)}, its page" if slug.endswith(hands.PAGE) else slug


def _places(standing: dict[str, Any], story_id: int | None) -> dict[str, int]:
    """The place of the story's best item in each list as readers see it on the page."""
    found: dict[str, int] = {}
    for slug, (ranked, _) in sorted(standing.items()):
        for entry in ranked.entries:
            if entry.story_id == story_id:
                found.setdefault(slug, entry.position)
    return found


async def _pair(
    hub: Hub, config: Config, one: tuple[str, int], other: tuple[str, int]
) -> dict[str, Any]:
    first, second = one[1], other[1]
    known = await hub.store.known_items([first, second])
    if first == second:
        return await _one(hub, config, known[first], (one[0], other[0]))
    a, b = await hub.store.story_item(first), await hub.store.story_item(second)
    assert a is not None
    assert b is not None
    engine = await hub.stories.engine(max(a.at, b.at))
    found = engine.explain(a, b)
    keys = compared(known[first], known[second])
    links = await hub.store.story_links()
    pair = (min(first, second), max(first, second))
    by_hand = "joined" if pair in links.joins else "split" if pair in links.splits else None
    return {
        "same_item": False,
        "keys": [{"name": name, "text": text} for name, text in keys],
        "same_story": a.story_id == b.story_id,
        "by_hand": by_hand,
        "score": found.score,
        "threshold": found.threshold,
        "features": [asdict(feature) for feature in found.features],
        "lines": _pair_lines(a, b, found, by_hand, keys),
    }


async def _one(hub: Hub, config: Config, item: KnownItem, ids: tuple[str, str]) -> dict[str, Any]:
    """What makes one item of what goes by two ids, or of a story and its first item."""
    lines = [f"the same item: {public_id('i', item.id)}  {item.title}"]
    for text in dict.fromkeys(ids):
        kind, number = parse_id(text)
        if kind == "i" and (merged := await hub.store.merged_at(number)) is not None:
            into = public_id("i", item.id)
            lines.append(f"  {text} was found to be {into} at {shown(merged, config)}")
        elif kind == "s":
            lines.append(f"  {text} stands for its first item here")
    lines += [f"  link     {item.canonical}"] if item.canonical else []
    lines += [f"  guid     {guid}" for guid in sorted(item.guids)]
    return {
        "lines": lines,
        "same_item": True,
        "item": public_id("i", item.id),
        "link": item.canonical,
        "guids": sorted(item.guids),
    }


def _pair_lines(
    a: StoryItem,
    b: StoryItem,
    found: Likeness,
    by_hand: str | None,
    keys: Sequence[tuple[str, str]],
) -> list[str]:
    lines = [f"{public_id('i', one.id)}  {one.publisher}: {one.title}" for one in (a, b)]
    lines.append("two items:")
    lines += [f"  {name:<9} {text}" for name, text in keys]
    if by_hand:
        lines.append(f"{by_hand} by hand, which overrides what follows")
    lines.append(found.verdict)
    lines += [
        f"  {feature.points:+.3f}  {feature.name:<7} {feature.text}" for feature in found.features
    ]
    return lines
