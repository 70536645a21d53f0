"""Places items against the stories of a sliding window, one batch at a time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from feedhub.dedupe.stories.explain import explain
from feedhub.dedupe.stories.features import extract
from feedhub.dedupe.stories.links import Links
from feedhub.dedupe.stories.reasons import Explanation
from feedhub.dedupe.stories.similarity import Found, Near, Neighbours
from feedhub.dedupe.stories.tuning import Tuning
from feedhub.dedupe.stories.window import NO_STORY, Arrival, Window
from feedhub.model import Placement, StoryChanges, StoryItem

Pair = tuple[int, int]

_HANDFUL = 32  # items that are looked up together
_MOMENT = 100  # ... when they are no further apart than this part of the window


class StoryEngine:
    """Items in, stories out: pure and deterministic.

    There is no clock: the newest item's time is the window's end. The index in memory is a
    cache; :meth:`load` makes the same one, in a new engine, from the items of the window.
    """

    def __init__(
        self, window: timedelta = timedelta(hours=72), *, tuning: Tuning | None = None
    ) -> None:
        self._tuning = tuning or Tuning()
        self._span = window.total_seconds()
        self._window = Window(self._span, self._tuning)

    def load(self, items: Iterable[StoryItem]) -> None:
        """Take in items that carry their ``story_id``, the oldest pages first; no others."""
        placed = [item for item in items if item.story_id is not None]
        turn = _Turn(self._window, self._tuning, Links((), ()), _never)
        for handful in handfuls(placed, self._span, 1024):
            self._take_in(handful, turn)
        self._window.tidy()

    def place(
        self,
        items: Sequence[StoryItem],
        mint: Callable[[], int],
        *,
        must_link: Collection[Pair] = (),
        cannot_link: Collection[Pair] = (),
    ) -> StoryChanges:
        """Give every item its story; the order of ``items`` does not matter.

        ``mint`` gives the id of a new story, higher than all before. ``must_link`` and
        ``cannot_link`` are pairs of item ids that a person has joined or split: all that are
        in force, at every call; where both speak of a pair, the split holds. Placements cover
        every given item, and older items of the window that have moved. An item that the
        window knows keeps its story, whatever ``story_id`` it carries.
        """
        turn = _Turn(self._window, self._tuning, Links(must_link, cannot_link), mint)
        for handful in handfuls(items, self._span):
            self._window.tidy()
            turn.place(self._take_in(handful, turn))
        turn.obey()
        return turn.changes()

    def explain(self, a: StoryItem, b: StoryItem) -> Explanation:
        """Why two items are, or are not, one story, by the window as it is now."""
        with self._borrowed((a, b)) as (one, two):
            return explain(one, two, self._window, self._tuning)

    @contextmanager
    def _borrowed(self, items: Sequence[StoryItem]) -> Iterator[list[int]]:
        """Slots of items; those that the window does not hold are there for the while only."""
        window = self._window
        slots = [window.slot_of.get(item.id, -1) for item in items]
        strange = [item for item, slot in zip(items, slots, strict=True) if slot < 0]
        borrowed = window.add([self._arrival(item) for item in strange])
        there = iter(borrowed)
        try:
            yield [next(there) if slot < 0 else slot for slot in slots]
        finally:
            if borrowed:
                window.remove(borrowed)

    def _arrival(self, item: StoryItem) -> Arrival:
        found = extract(item, self._window.vocabulary, self._tuning)
        source = str(item.source_id) if item.source_id else item.publisher
        return Arrival(item.id, item.at.timestamp(), item.publisher, source, found)

    def _take_in(self, handful: Sequence[StoryItem], turn: _Turn) -> list[int]:
        """Bring items into the window; the slots of those that have no story, in order."""
        window = self._window
        window.advance(handful[-1].at.timestamp())
        known = {item.id: window.slot_of[item.id] for item in handful if item.id in window.slot_of}
        story = {id_: window.story_of[slot] for id_, slot in known.items()}
        if known:
            window.remove(sorted(known.values()))
        arrivals: list[Arrival] = []
        for item in handful:
            given = story.get(item.id, item.story_id)
            holds = window.holds(item.at.timestamp())
            if holds:
                arrivals.append(self._arrival(item))
            if given is not None:
                story[item.id] = turn.placed[item.id] = given
            elif not holds:
                turn.placed[item.id] = turn.mint()
        slots = window.add(arrivals)
        new: list[int] = []
        for slot, one in zip(slots, arrivals, strict=True):
            if one.id in story:
                window.settle(slot, story[one.id])
            else:
                new.append(slot)
        return new


def handfuls(
    items: Iterable[StoryItem], span: float, most: int = _HANDFUL
) -> Iterator[list[StoryItem]]:
    """Items by time, so many at a time as come about at once; what they are does not hang on

    the order in which they are given.
    """
    handful: list[StoryItem] = []
    for item in sorted(items, key=_order):
        apart = handful and item.at.timestamp() - handful[0].at.timestamp() > span / _MOMENT
        if len(handful) == most or apart:
            yield handful
            handful = []
        handful.append(item)
    if handful:
        yield handful


def _never() -> int:
    raise AssertionError("a story for an item that has one")


class _Turn:
    """One call of ``place``: what it has decided so far."""

    def __init__(
        self, window: Window, tuning: Tuning, links: Links, mint: Callable[[], int]
    ) -> None:
        self._window = window
        self._tuning = tuning
        self._links = links
        self._neighbours = Neighbours(window, tuning)
        self.mint = mint
        self.placed: dict[int, int] = {}
        self._merges: list[tuple[int, int]] = []

    def changes(self) -> StoryChanges:
        placements = tuple(Placement(id_, story) for id_, story in self.placed.items())
        return StoryChanges(placements, tuple(self._merges))

    # --- by likeness --------------------------------------------------------------------

    def place(self, slots: Sequence[int]) -> None:
        """Choose stories for new items of the window, and let each settle its neighbours."""
        if not slots:
            return
        self._neighbours.begin()
        handful = self._neighbours.find(slots)
        self._neighbours.foresee(handful)
        chosen = [self._choose(found) for found in handful]
        self._foresee([near for near, _ in chosen])
        for near, _ in chosen:
            self._draw_in(near)
        joined = [(near, barred) for near, barred in chosen if barred is not None]
        # Worked out at once, as far as nothing moves meanwhile.
        stories = self._window.stories
        self._neighbours.links(
            [
                (stories[one], stories[two])
                for near, barred in joined
                for one, two in self._mergeable(near, barred)
            ]
        )
        for near, barred in joined:
            self._merge_near(near, barred)

    def _choose(self, found: Found) -> tuple[Near, frozenset[int] | None]:
        """Choose a story for an item; of one that joins, also the stories to keep out of."""
        near = self._neighbours.look(found)
        barred = near.barred | self._kept_apart(found.slot)
        story = self._told(found.slot, barred)
        barred |= near.unproven
        if story is None:
            story = choose(near, barred, self._window)
        self._settle(found.slot, self.mint() if story is None else story)
        return near, None if story is None else barred

    def _foresee(self, nears: Sequence[Near]) -> None:
        """Work out at once what :meth:`_draw_in` will ask, as far as nothing moves meanwhile."""
        asked = [(near, other) for near in nears for other in self._movable(near)]
        fits = self._fit_both(asked)
        self._neighbours.among(
            [
                other
                for (near, other), both in zip(asked, fits, strict=True)
                if self._fits_here(near, other, *both)
            ]
        )

    def _fit_both(self, asked: Sequence[tuple[Near, int]]) -> list[tuple[float, float]]:
        """How well others fit the stories of items, and how well their own."""
        stories, story_of = self._window.stories, self._window.story_of
        fits = self._neighbours.fits(
            [
                (other, stories[story_of[slot]])
                for near, other in asked
                for slot in (near.found.slot, other)
            ]
        )
        return list(zip(fits[::2], fits[1::2], strict=True))

    def _fits_here(self, near: Near, other: int, here: float, there: float) -> bool:
        """Whether another item, by its fits, does better in the item's story than in its own."""
        window = self._window
        alone = len(window.stories[window.story_of[other]]) == 1
        if not alone and here < there + self._tuning.move_margin:
            return False
        if here < self._neighbours.bases([other])[0]:
            return False
        return self._neighbours.proves(near.found.slot, other, near.twin)

    def _kept_apart(self, slot: int) -> frozenset[int]:
        if not self._links.splits:
            return frozenset()
        window = self._window
        apart = self._links.apart(int(window.id[slot]))
        return frozenset(
            window.story_of[window.slot_of[id_]] for id_ in apart if id_ in window.slot_of
        )

    def _told(self, slot: int, barred: frozenset[int]) -> int | None:
        """The story that a person has put this item into, if any."""
        if not self._links.joins:
            return None
        window = self._window
        own = int(window.id[slot])
        for id_ in sorted(self._links.together(own) - {own}):
            if id_ in window.slot_of:
                story = window.story_of[window.slot_of[id_]]
                if story not in (NO_STORY, *barred):
                    return story
        return None

    def _draw_in(self, near: Near) -> None:
        """Let neighbours in other, small stories move here where they fit better now."""
        neighbours, story_of = self._neighbours, self._window.story_of
        for other in self._movable(near):
            here, there = story_of[near.found.slot], story_of[other]
            if here == there:
                continue
            fit, least = self._fit_both([(near, other)])[0]
            if not self._fits_here(near, other, fit, least):
                continue
            look = neighbours.look(neighbours.among([other])[0])
            barred = look.barred | look.unproven | self._kept_apart(other)
            if fit < look.ask or here in barred:
                continue
            if len(self._window.stories[there]) == 1:
                self._join(here, there)
            else:
                self._settle(other, here)

    def _movable(self, near: Near) -> list[int]:
        """The nearest items in small stories that may move to the item's."""
        window, tuning = self._window, self._tuning
        stories, story_of = window.stories, window.story_of
        here = story_of[near.found.slot]
        others: list[int] = []
        for similarity, _, other in near.found.near:
            if similarity < near.found.base or len(others) == tuning.moves:
                break
            there = story_of[other]
            if here == there or self._links.holds(int(window.id[other])):
                continue
            mates = len(stories[there])
            # Of two that are alone, it was asked already.
            if mates <= tuning.move_size and not mates == len(stories[here]) == 1:
                others.append(other)
        return others

    def _merge_near(self, near: Near, barred: frozenset[int]) -> None:
        """Join the stories on both sides of an item that turn out to be one."""
        stories, story_of = self._window.stories, self._window.story_of
        for _, story in self._mergeable(near, barred):
            own = story_of[near.found.slot]
            if story == own or story not in stories:
                continue
            link = self._neighbours.links([(stories[own], stories[story])])[0]
            alike = link >= near.ask * self._tuning.merge_ask
            if alike and not self._held_apart(own, story):
                self._join(own, story)

    def _mergeable(self, near: Near, barred: frozenset[int]) -> list[tuple[int, int]]:
        """The item's story with each near it that shares more with it than chance."""
        stories, story_of = self._window.stories, self._window.story_of
        own = story_of[near.found.slot]
        found: list[tuple[int, int]] = []
        for fit, story in near.fits[: self._tuning.merge_reach]:
            if fit < near.ask * self._tuning.merge_fit:
                break
            if story == own or story not in stories or story in barred:
                continue
            if any(
                self._neighbours.proves(near.found.slot, other, near.twin)
                for _, _, other in near.found.near
                if story_of[other] == story
            ):
                found.append((own, story))
        return found

    def _held_apart(self, one: int, two: int) -> bool:
        if not self._links.splits:
            return False
        window = self._window
        members = {int(window.id[slot]) for slot in window.stories[two]}
        return any(
            self._links.apart(int(window.id[slot])) & members for slot in window.stories[one]
        )

    # --- by hand ------------------------------------------------------------------------

    def obey(self) -> None:
        """Make what people have joined and split so, where it is not."""
        if not self._links.joins and not self._links.splits:
            return
        window = self._window

        def story_of(id_: int) -> int:
            slot = window.slot_of.get(id_)
            return NO_STORY if slot is None else window.story_of[slot]

        for a, b in self._links.joins:
            one, two = story_of(a), story_of(b)
            if NO_STORY not in (one, two) and one != two:
                self._join(one, two)
        for a, b in self._links.splits:
            both = story_of(a)
            if both != NO_STORY and both == story_of(b):
                stays, leaves = sorted(
                    (a, b), key=lambda id_: (window.at[window.slot_of[id_]], id_)
                )
                story = self.mint()
                for id_ in sorted(self._links.together(leaves) - {stays}):
                    if story_of(id_) == both:
                        self._settle(window.slot_of[id_], story)

    # --- changes ------------------------------------------------------------------------

    def _settle(self, slot: int, story: int) -> None:
        self._window.settle(slot, story)
        self.placed[int(self._window.id[slot])] = story

    def _join(self, one: int, two: int) -> None:
        older, younger = min(one, two), max(one, two)
        for slot in list(self._window.stories[younger]):
            self._window.settle(slot, older)
        for id_, story in self.placed.items():
            if story == younger:
                self.placed[id_] = older
        self._merges.append((younger, older))


def choose(near: Near, barred: frozenset[int], window: Window) -> int | None:
    """The story that an item joins, or none."""
    if near.twin is not None and window.story_of[near.twin] not in barred:
        return window.story_of[near.twin]
    for fit, story in near.fits:
        if fit < near.ask:
            break
        if story not in barred:
            return story
    return None


def _order(item: StoryItem) -> tuple[float, int]:
    return (item.at.timestamp(), item.id)
