"""From scored stories to places: diversity from the top down, then the margin to pass."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Mapping, Sequence

from feedhub.model import RankItem
from feedhub.rank.stories import Story
from feedhub.rank.tuning import Tuning
from feedhub.values import dataclass

Burden = tuple[tuple[str, ...], str | None]  # the publishers and the section of a candidate


@dataclass(slots=True)
class Candidate:
    """A story that may stand in a list, with the item shown for it there."""

    story: Story
    lead: RankItem
    score: float
    above: bool = True  # the floor

    @property
    def burden(self) -> Burden:
        told = tuple(voice.publisher for voice in (*self.story.voices, *self.story.carriers))
        return told or (self.lead.publisher,), self.lead.section


class _Shares:
    """How much of a list its publishers and sections hold so far."""

    def __init__(self, tuning: Tuning, sections: bool) -> None:
        self._tuning = tuning
        self._by_section = sections
        self._places = 0
        self._publishers: dict[str, float] = {}
        self._sections: dict[str, int] = {}

    def fits(self, burden: Burden) -> bool:
        """Whether a place for this story leaves its section within its share of the list so far,
        and at least one of its publishers: a paper that is over its share does not hold back
        what another tells with it.
        """
        publishers, section = burden
        places = self._places + 1
        if self._by_section and section is not None:
            held = self._sections.get(section, 0)
            if held + 1 > math.ceil(places * self._tuning.section_share):
                return False
        most = math.ceil(places * self._tuning.publisher_share) + 1e-9
        part = 1.0 / len(publishers)
        return any(self._publishers.get(name, 0.0) + part <= most for name in publishers)

    def add(self, burden: Burden) -> None:
        publishers, section = burden
        self._places += 1
        for name in publishers:
            self._publishers[name] = self._publishers.get(name, 0.0) + 1.0 / len(publishers)
        if section is not None:
            self._sections[section] = self._sections.get(section, 0) + 1


def diverse(
    ordered: Iterable[Candidate],
    limit: int,
    tuning: Tuning,
    *,
    sections: bool = True,
    below: Iterable[Candidate] = (),
) -> list[Candidate]:
    """The first ``limit`` of ``ordered`` of which no publisher and no section takes too much.

    A story burdens each of its voices with an equal part of its place, and waits while all of
    them are over their share, until the list has grown: what a paper of many stories tells
    together with one of few is not held back. When nobody else is left, the best goes in all
    the same. ``ordered`` is read no further than needed;
    ``sections=False`` is for lists that ask for a section, where all have the same. ``below``
    is taken up only when ``ordered`` has ended, and beyond its share only for a useful length.
    """
    shares = _Shares(tuning, sections)
    chosen: list[Candidate] = []
    _fill(chosen, ordered, limit, shares, limit)
    _fill(chosen, below, limit, shares, min(limit, tuning.floor_places))
    return chosen


def _fill(
    chosen: list[Candidate],
    ordered: Iterable[Candidate],
    limit: int,
    shares: _Shares,
    regardless: int,
) -> None:
    """Add the best that keep within the shares; up to ``regardless`` places, others as well."""
    source = enumerate(ordered)
    waiting: dict[Burden, deque[tuple[int, Candidate]]] = {}  # each in order

    def take(burden: Burden) -> Candidate:
        row = waiting[burden]
        _, candidate = row.popleft()
        if not row:
            del waiting[burden]
        return candidate

    def best(burdens: Iterable[Burden]) -> Burden | None:
        return min(burdens, key=lambda burden: waiting[burden][0][0], default=None)

    while len(chosen) < limit:
        found: Candidate | None = None
        burden = best(burden for burden in waiting if shares.fits(burden))
        if burden is not None:
            found = take(burden)
        else:
            for place, candidate in source:
                burden = candidate.burden
                if shares.fits(burden):
                    found = candidate
                    break
                waiting.setdefault(burden, deque()).append((place, candidate))
        if found is None:
            burden = best(waiting) if len(chosen) < regardless else None
            if burden is None:
                break
            found = take(burden)
        shares.add(found.burden)
        chosen.append(found)


def steady(
    chosen: Sequence[Candidate], before: Mapping[int, int], margin: float
) -> list[Candidate]:
    """The same stories, where one passes another only when it leads by ``margin`` points.

    ``before`` holds the places of the previous tick by story id. Those who were there start in
    their old order, newcomers below them; then neighbours change places towards the order of
    ``chosen``, but where it is only a lead smaller than the margin that would change them. What
    stands there for diversity's sake, or as being above the floor, needs no lead. Each change
    takes one pair of the two orders' differences away, so it ends.
    """
    if not before:
        return list(chosen)
    rank = {candidate.story.id: place for place, candidate in enumerate(chosen)}

    def passes(lower: Candidate, upper: Candidate) -> bool:
        if rank[lower.story.id] > rank[upper.story.id]:
            return False
        lead = lower.score - upper.score
        return lower.above is not upper.above or not 0.0 <= lead <= margin

    row = sorted(
        chosen,
        key=lambda c: (before.get(c.story.id, math.inf), rank[c.story.id]),
    )
    moved = True
    while moved:
        moved = False
        for i in range(len(row) - 1):
            if passes(row[i + 1], row[i]):
                row[i], row[i + 1] = row[i + 1], row[i]
                moved = True
    return row
