"""From scored stories to places: diversity from the top down, then the margin to pass."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from feedhub.model import RankItem
from feedhub.rank.stories import Story
from feedhub.rank.tuning import Tuning


@dataclass(slots=True)
class Candidate:
    """A story that may stand in a list, with the item shown for it there."""

    story: Story
    lead: RankItem
    score: float


def diverse(ordered: Iterable[Candidate], limit: int, tuning: Tuning) -> list[Candidate]:
    """The first ``limit`` by score of which no publisher and no section takes too much.

    A story of several voices burdens each of them with its part, so that shared stories are
    hardly held back. Who is over the share is passed over until the list has grown, not
    dropped; when nobody else is left, the best goes in all the same.
    """
    waiting: list[Candidate] = []
    source = iter(ordered)
    by_publisher: dict[str, float] = {}
    by_section: dict[str, float] = {}
    chosen: list[Candidate] = []
    while len(chosen) < limit:
        places = len(chosen) + 1
        per_publisher = math.ceil(places * tuning.publisher_share)
        per_section = math.ceil(places * tuning.section_share)

        def fits(
            candidate: Candidate,
            per_publisher: int = per_publisher,
            per_section: int = per_section,
        ) -> bool:
            share = 1.0 / max(1, len(candidate.story.voices))
            section = candidate.lead.section
            return all(
                by_publisher.get(name, 0.0) + share <= per_publisher + 1e-9
                for name in _publishers(candidate)
            ) and (section is None or by_section.get(section, 0.0) + 1.0 <= per_section)

        found = next((candidate for candidate in waiting if fits(candidate)), None)
        if found is not None:
            waiting.remove(found)
        else:
            for candidate in source:
                if fits(candidate):
                    found = candidate
                    break
                waiting.append(candidate)
            else:
                if not waiting:
                    break
                found = waiting.pop(0)
        chosen.append(found)
        share = 1.0 / max(1, len(found.story.voices))
        for name in _publishers(found):
            by_publisher[name] = by_publisher.get(name, 0.0) + share
        if found.lead.section is not None:
            by_section[found.lead.section] = by_section.get(found.lead.section, 0.0) + 1.0
    return chosen


def steady(
    chosen: Sequence[Candidate], before: Mapping[int, int], margin: float
) -> list[Candidate]:
    """The same stories, where one passes another only when it leads by ``margin`` points.

    ``before`` holds the places of the previous tick by story id. Those who were there start in
    their old order, newcomers below them; then neighbours change places while the lower one
    leads by the margin. Each change puts a higher score higher, so it ends.
    """
    if not before:
        return list(chosen)
    rank = {candidate.story.id: place for place, candidate in enumerate(chosen)}
    row = sorted(
        chosen,
        key=lambda c: (before.get(c.story.id, math.inf), rank[c.story.id]),
    )
    moved = True
    while moved:
        moved = False
        for i in range(len(row) - 1):
            if row[i + 1].score > row[i].score + margin:
                row[i], row[i + 1] = row[i + 1], row[i]
                moved = True
    return row


def _publishers(candidate: Candidate) -> list[str]:
    told = [voice.publisher for voice in candidate.story.voices]
    return told or [candidate.lead.publisher]
