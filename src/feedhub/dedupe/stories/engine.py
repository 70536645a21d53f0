"""Places items against the stories of a sliding window, one batch at a time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import timedelta

from feedhub.dedupe.stories.explain import Explanation, Feature
from feedhub.dedupe.stories.features import extract
from feedhub.dedupe.stories.links import Links
from feedhub.dedupe.stories.similarity import Scorer, crowding
from feedhub.dedupe.stories.tuning import Tuning
from feedhub.dedupe.stories.window import Doc, Window
from feedhub.model import Placement, StoryChanges, StoryItem

Pair = tuple[int, int]


class StoryEngine:
    """Items in, stories out: pure and deterministic.

    There is no clock: the newest item's time is the window's end. The index in memory is a
    cache; :meth:`load` makes the same one from the items of the window.
    """

    def __init__(
        self, window: timedelta = timedelta(hours=72), *, tuning: Tuning | None = None
    ) -> None:
        self._span = window.total_seconds()
        self._tuning = tuning or Tuning()
        self._window = Window(self._span, self._tuning)

    def load(self, items: Iterable[StoryItem]) -> None:
        """Make the index anew from items that carry their ``story_id``; others are left out."""
        self._window = Window(self._span, self._tuning)
        for item in sorted(items, key=_order):
            if item.story_id is not None:
                self._window.advance(item.at.timestamp())
                self._index(item, item.story_id)

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
        in force, at every call; where both speak of a pair, the split holds.
        """
        links = Links(must_link, cannot_link)
        placed: dict[int, int] = {}
        for item in sorted(items, key=_order):
            self._window.advance(item.at.timestamp())
            placed[item.id] = self._place(item, mint, links)
        merges = self._obey(links, placed, mint)
        return StoryChanges(
            tuple(Placement(id_, story) for id_, story in placed.items()), tuple(merges)
        )

    def explain(self, a: StoryItem, b: StoryItem) -> Explanation:
        """Why two items are, or are not, one story, by the window as it is now."""
        left = self._doc(a, -1)
        right = self._doc(b, -1)
        scorer = Scorer(left, self._window, self._tuning)
        shared = scorer.shared(right)
        threshold = self._tuning.threshold + crowding(scorer.stories(), self._tuning)
        one = self._window.docs.get(a.id)
        two = self._window.docs.get(b.id)
        together = (
            one.story == two.story
            if one is not None and two is not None
            else shared.similarity >= threshold
        )
        parts = sorted(shared.parts, key=lambda part: (-part[1], part[0]))
        features = tuple(Feature("words", points, key) for key, points in parts)
        verdict = "one story" if together else "two stories"
        return Explanation(a.id, b.id, together, shared.similarity, threshold, features, verdict)

    def _doc(self, item: StoryItem, story: int) -> Doc:
        found = extract(item, self._tuning)
        return Doc(item.id, item.at.timestamp(), item.publisher, story, found)

    def _index(self, item: StoryItem, story: int) -> None:
        doc = self._doc(item, story)
        if self._window.holds(doc.at):
            self._window.add(doc)

    def _place(self, item: StoryItem, mint: Callable[[], int], links: Links) -> int:
        known = self._window.docs.get(item.id)
        if known is not None:
            story = known.story
            self._window.remove(known)
        elif item.story_id is not None:
            story = item.story_id
        else:
            found = self._choose(item, links)
            story = mint() if found is None else found
        self._index(item, story)
        return story

    def _choose(self, item: StoryItem, links: Links) -> int | None:
        docs = self._window.docs
        doc = self._doc(item, -1)
        if not self._window.holds(doc.at):
            return None
        barred = {docs[id_].story for id_ in links.apart(item.id) if id_ in docs}
        for id_ in sorted(links.together(item.id)):
            if id_ in docs and docs[id_].story not in barred:
                return docs[id_].story
        fits = Scorer(doc, self._window, self._tuning).stories()
        ask = self._tuning.threshold + crowding(fits, self._tuning)
        for score, story in fits:
            if score < ask:
                break
            if story not in barred:
                return story
        return None

    def _obey(
        self, links: Links, placed: dict[int, int], mint: Callable[[], int]
    ) -> list[tuple[int, int]]:
        """Make what people have joined and split so, where it is not."""
        docs = self._window.docs
        merges: list[tuple[int, int]] = []
        for a, b in links.joins:
            if a in docs and b in docs and docs[a].story != docs[b].story:
                older, younger = sorted((docs[a].story, docs[b].story))
                merges.append((younger, older))
                for id_ in sorted(self._window.stories[younger]):
                    self._window.move(docs[id_], older)
                for id_, story in placed.items():
                    if story == younger:
                        placed[id_] = older
        for a, b in links.splits:
            if a in docs and b in docs and docs[a].story == docs[b].story:
                leaver = max((docs[a], docs[b]), key=lambda doc: (doc.at, doc.id))
                story = mint()
                for id_ in sorted({leaver.id, *links.together(leaver.id)}):
                    if id_ in docs and docs[id_].story == leaver.story and id_ not in (a, b):
                        self._window.move(docs[id_], story)
                        placed[id_] = story
                self._window.move(leaver, story)
                placed[leaver.id] = story
        return merges


def _order(item: StoryItem) -> tuple[float, int]:
    return (item.at.timestamp(), item.id)
