"""Who goes with whom when a person splits two items of a story."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from feedhub.model import Links, StoryItem

Likeness = Callable[[StoryItem, StoryItem], float]


def parting(
    members: Sequence[StoryItem], stays: int, leaves: int, links: Links, likeness: Likeness
) -> list[int]:
    """Which of a story's items go with the one that leaves: those that are liker to it.

    The likest of all are taken first, each to the side that has its nearest item, so that a
    report follows the one that it is a report of. What is like neither stays. Items that a
    person has joined go together, with whichever of them comes first; none goes to an item
    that it was split from.
    """
    by_id = {item.id: item for item in members}
    sides = {
        stays: links.together(stays) & by_id.keys(),
        leaves: links.together(leaves) & by_id.keys(),
    }
    nearest: dict[int, dict[int, float]] = {}
    for id_ in by_id.keys() - sides[stays] - sides[leaves]:
        nearest[id_] = {
            side: max(likeness(by_id[id_], by_id[other]) for other in sides[side])
            for side in (stays, leaves)
        }
    while nearest:
        id_ = max(nearest, key=lambda one: (max(nearest[one].values()), -one))
        near = nearest[id_]
        if max(near.values()) <= 0.0:
            break
        side = leaves if near[leaves] > near[stays] else stays
        other = stays if side == leaves else leaves
        if links.apart(id_) & sides[side] and not links.apart(id_) & sides[other]:
            side = other
        group = links.together(id_) & nearest.keys()
        sides[side] |= group
        for gone in group:
            del nearest[gone]
        for rest, found in nearest.items():
            found[side] = max([found[side], *(likeness(by_id[rest], by_id[g]) for g in group)])
    return sorted(sides[leaves] - links.together(leaves))


def later(a: StoryItem, b: StoryItem) -> StoryItem:
    """Of two items that are split, the one that leaves: the one told later."""
    return max(a, b, key=lambda item: (item.at, item.id))
