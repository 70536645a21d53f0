"""Places items against the stories of a sliding window, one batch at a time."""

from __future__ import annotations

import gc
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from hashlib import blake2b
from operator import itemgetter
from sys import intern

from feedhub.dedupe.stories.explain import Explanation, explain
from feedhub.dedupe.stories.features import extract
from feedhub.dedupe.stories.similarity import Near, Scorer, base, vetoed
from feedhub.dedupe.stories.tuning import Tuning
from feedhub.dedupe.stories.window import NO_STORY, Doc, Window
from feedhub.model import Links, Placement, StoryChanges, StoryItem

Pair = tuple[int, int]


class StoryEngine:
    """Items in, stories out: pure and deterministic.

    There is no clock: the newest item's time is the window's end. The index in memory is a
    cache; :meth:`load` makes the same one, in a new engine, from the items of the window.
    """

    def __init__(
        self, window: timedelta = timedelta(hours=72), *, tuning: Tuning | None = None
    ) -> None:
        self._tuning = tuning or Tuning()
        self._window = Window(window.total_seconds(), self._tuning)

    def load(self, items: Iterable[StoryItem]) -> None:
        """Take in items that carry their ``story_id``, the oldest pages first; no others."""
        with _uncollected():
            window = self._window
            told = [(*_order(item), item) for item in items if item.story_id is not None]
            told.sort(key=itemgetter(0, 1, 2))
            if told:
                window.advance(told[-1][0])
            held = [one for one in told if window.holds(one[0])]
            docs = [self._make(item, at, tie) for at, tie, _, item in held]
            window.add_all(docs)
            for (*_, item), doc in zip(held, docs, strict=True):
                if item.story_id is not None:
                    window.settle(doc, item.story_id)

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
        window = self._window
        # What has a story is taken in first, as it would be by a window that is loaded.
        docs = window.docs
        fresh = {one.id for one in items if one.story_id is None and one.id not in docs}
        ordered = [(item.id in fresh, *_order(item), item) for item in items]
        ordered.sort(key=itemgetter(0, 1, 2, 3))
        for _, at, tie, id_, item in ordered:
            window.advance(at)
            known = docs.get(id_)
            story = item.story_id if known is None else known.story
            if known is not None:
                window.remove(known)
            if story is not None:
                turn.placed[id_] = story
            elif not window.holds(at):
                turn.placed[id_] = mint()
            if window.holds(at):
                doc = self._make(item, at, tie)
                window.add(doc)
                if story is None:
                    turn.place(doc)
                else:
                    window.settle(doc, story)
        turn.obey()
        return turn.changes()

    def explain(self, a: StoryItem, b: StoryItem) -> Explanation:
        """Why two items are, or are not, one story, by the window as it is now."""
        return explain(self._find(a), self._find(b), self._window, self._tuning)

    def likeness(self, a: StoryItem, b: StoryItem) -> float:
        """How alike two items are, 0 to 1, whatever keeps them apart."""
        other = self._find(b)
        scorer = Scorer(self._find(a), self._window, self._tuning)
        return scorer.cosines([other])[0] * scorer.decay(other)

    def _find(self, item: StoryItem) -> Doc:
        return self._window.docs.get(item.id) or self._make(item, item.at.timestamp(), _tie(item))

    def _make(self, item: StoryItem, at: float, tie: int) -> Doc:
        found = extract(item, self._window.index, self._tuning)
        # Told once a process, however often a pass brings them.
        publisher = intern(item.publisher)
        source = intern(str(item.source_id)) if item.source_id else publisher
        return self._window.make(item.id, at, tie, publisher, source, found)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without looks for garbage: an index that grows has no cycles, and is all looked through."""
    looking = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if looking:
            gc.enable()


_NOTHING: frozenset[int] = frozenset()


class _Turn:
    """One call of ``place``: what it has decided so far."""

    def __init__(
        self, window: Window, tuning: Tuning, links: Links, mint: Callable[[], int]
    ) -> None:
        self._window = window
        self._tuning = tuning
        self._links = links
        self._mint = mint
        self.placed: dict[int, int] = {}
        self._merges: list[tuple[int, int]] = []

    def changes(self) -> StoryChanges:
        placements = tuple(Placement(id_, story) for id_, story in self.placed.items())
        return StoryChanges(placements, tuple(self._merges))

    # --- by likeness --------------------------------------------------------------------

    def place(self, doc: Doc) -> None:
        """Choose a story for a new item of the window, and let that settle its neighbours."""
        near = Scorer(doc, self._window, self._tuning).look()
        barred = near.barred | self._kept_apart(doc)
        story = self._told(doc, barred)
        if story is None:
            story = choose(near, barred | near.unproven)
        self._settle(doc, self._mint() if story is None else story)
        self._draw_in(doc, near)
        if story is not None:
            self._merge_near(doc, near, barred | near.unproven)

    def _kept_apart(self, doc: Doc) -> frozenset[int]:
        if not self._links.splits:
            return _NOTHING
        docs = self._window.docs
        return frozenset(docs[id_].story for id_ in self._links.apart(doc.id) if id_ in docs)

    def _told(self, doc: Doc, barred: frozenset[int]) -> int | None:
        """The story that a person has put this item into, if any."""
        docs = self._window.docs
        if not self._links.joins:
            return None
        for id_ in sorted(self._links.together(doc.id) - {doc.id}):
            if id_ in docs and docs[id_].story not in (NO_STORY, *barred):
                return docs[id_].story
        return None

    def _draw_in(self, doc: Doc, near: Near) -> None:
        """Let neighbours in other, small stories move here where they fit better now."""
        stories, tuning = self._window.stories, self._tuning
        asked = 0
        for similarity, other in near.items:
            if similarity < tuning.threshold or asked == tuning.moves:
                break
            mates = stories[other.story]
            if other.story == doc.story or self._links.holds(other.id):
                continue
            if len(mates) > tuning.move_size or len(mates) == len(stories[doc.story]) == 1:
                continue  # of two that are alone, it was asked already
            asked += 1
            own = stories[doc.story]
            least = base(other, self._window, tuning)
            if similarity < least:
                continue  # what has come is too far away to bring it nearer to the rest
            again = Scorer(other, self._window, tuning)
            again.know(doc, near.scorer)
            here = similarity if len(own) == 1 else again.fit(own)
            if here < least or (len(mates) > 1 and here < again.fit(mates) + tuning.move_margin):
                continue
            if not near.proves(other):
                continue
            look = again.look()
            barred = look.barred | look.unproven | self._kept_apart(other)
            if here < look.ask or doc.story in barred:
                continue
            if len(mates) == 1:
                self._join(doc.story, other.story)
            else:
                self._settle(other, doc.story)

    def _merge_near(self, doc: Doc, near: Near, barred: frozenset[int]) -> None:
        """Join the stories on both sides of an item that turn out to be one."""
        stories = self._window.stories
        for fit, story in near.fits[: self._tuning.merge_reach]:
            if fit < near.ask * self._tuning.merge_fit:
                break
            if story == doc.story or story not in stories or story in barred:
                continue
            proven = any(near.proves(other) for _, other in near.items if other.story == story)
            enough = near.ask * self._tuning.merge_ask
            alike = proven and self._link(near, doc.story, story) >= enough
            if alike and not self._held_apart(doc.story, story):
                self._join(doc.story, story)

    def _link(self, near: Near, one: int, two: int) -> float:
        """The mean likeness of the newest members of two stories; none over a veto."""
        most = self._tuning.merge_members
        asked, asking = near.scorer, near.scorer.doc
        first = _newest(self._window.stories[one], most)
        second = _newest(self._window.stories[two], most)
        if len(second) < len(first):
            first, second = second, first  # the fewer are asked about the more
        total = 0.0
        for a in first:
            scorer = asked if a is asking else Scorer(a, self._window, self._tuning)
            if asking in second:
                scorer.know(asking, asked)
            for b, cosine in zip(second, scorer.cosines(second), strict=True):
                if vetoed(a, b, self._window, self._tuning):
                    return 0.0
                total += cosine * scorer.decay(b)
        return total / (len(first) * len(second))

    def _held_apart(self, one: int, two: int) -> bool:
        stories = self._window.stories
        if not self._links.splits:
            return False
        there = {doc.id for doc in stories[two]}
        return any(self._links.apart(doc.id) & there for doc in stories[one])

    # --- by hand ------------------------------------------------------------------------

    def obey(self) -> None:
        """Make what people have joined and split so, where it is not."""
        docs = self._window.docs
        for a, b in self._links.joins:
            if a in docs and b in docs and docs[a].story != docs[b].story:
                self._join(docs[a].story, docs[b].story)
        for a, b in self._links.splits:
            if a in docs and b in docs and docs[a].story == docs[b].story:
                stays, leaves = sorted((docs[a], docs[b]), key=lambda doc: (doc.at, doc.id))
                story = self._mint()
                for id_ in sorted(self._links.together(leaves.id) - {stays.id}):
                    if id_ in docs and docs[id_].story == stays.story:
                        self._settle(docs[id_], story)

    # --- changes ------------------------------------------------------------------------

    def _settle(self, doc: Doc, story: int) -> None:
        self._window.settle(doc, story)
        self.placed[doc.id] = story

    def _join(self, one: int, two: int) -> None:
        older, younger = min(one, two), max(one, two)
        for doc in self._window.stories[younger]:
            self._window.settle(doc, older)
        for id_, story in self.placed.items():
            if story == younger:
                self.placed[id_] = older
        self._merges.append((younger, older))


def choose(near: Near, barred: frozenset[int]) -> int | None:
    """The story that an item joins, or none: pure."""
    if near.twin is not None and near.twin.story not in barred:
        return near.twin.story
    for fit, story in near.fits:
        if fit < near.ask:
            break
        if story not in barred:
            return story
    return None


def _newest(members: tuple[Doc, ...], most: int) -> list[Doc]:
    if len(members) == 1:
        return list(members)
    return sorted(members, key=lambda doc: (-doc.at, doc.tie, doc.id))[:most]


def _order(item: StoryItem) -> tuple[float, int, int]:
    """By time; of one time by what they say, since ids tell who was fetched first."""
    return (item.at.timestamp(), _tie(item), item.id)


def _tie(item: StoryItem) -> int:
    """What decides between items that are alike in all that is weighed: a number of the text."""
    said = "\0".join((item.title, item.publisher, item.summary)).encode("utf-8", "replace")
    return int.from_bytes(blake2b(said, digest_size=7).digest(), "big")
