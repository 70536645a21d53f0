"""Laws of the engine, over streams that hypothesis makes up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st

from feedhub.dedupe.stories import StoryEngine
from feedhub.model import Links, StoryChanges, StoryItem

T0 = datetime(2026, 3, 1, tzinfo=UTC)
WORDS = ["brand", "lagerlokal", "sundbyberg", "regeringen", "skatten", "riksbanken", "räntan"]
WORDS += ["höjer", "polisen", "skottlossning", "malmö", "gripen", "lavin", "italien", "svensk"]


@st.composite
def streams(draw: st.DrawFn) -> list[StoryItem]:
    titles = st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join)
    figures = st.lists(st.sampled_from(["12", "4 512", "3,870"]), max_size=2).map(" och ".join)
    ledes = st.just("") | st.tuples(titles, figures).map(lambda both: " ".join([*both] * 3))
    row = st.tuples(titles, st.integers(0, 6000), st.sampled_from("abc"), ledes)
    rows = draw(st.lists(row, max_size=25))
    return [
        StoryItem(n, title, lede, publisher, "sv", T0 + timedelta(minutes=minutes))
        for n, (title, minutes, publisher, lede) in enumerate(sorted(rows, key=lambda r: r[1]), 1)
    ]


class World:
    """An engine with what a store would keep of its answers."""

    def __init__(self) -> None:
        self.engine = StoryEngine()
        self.story: dict[int, int] = {}
        self.minted = 0

    def mint(self) -> int:
        self.minted += 1
        return self.minted

    def place(self, items: Sequence[StoryItem]) -> StoryChanges:
        changes = self.engine.place(items, self.mint)
        for younger, older in changes.merges:
            for id_, story in self.story.items():
                if story == younger:
                    self.story[id_] = older
        self.story.update({p.item_id: p.story_id for p in changes.placements})
        return changes


def chunks(items: Sequence[StoryItem], size: int) -> list[Sequence[StoryItem]]:
    return [items[start : start + size] for start in range(0, len(items), size)]


@settings(max_examples=60, deadline=None)
@given(streams(), st.integers(1, 5))
def test_the_same_stream_gives_the_same_stories_and_ids(items: list[StoryItem], size: int) -> None:
    one, two = World(), World()
    for chunk in chunks(items, size):
        assert one.place(chunk) == two.place(list(reversed(chunk)))
    assert one.story == two.story
    assert set(one.story) == {item.id for item in items}


@settings(max_examples=60, deadline=None)
@given(streams())
def test_feeding_what_is_known_again_changes_nothing(items: list[StoryItem]) -> None:
    world = World()
    world.place(items)
    before, minted = dict(world.story), world.minted
    again = world.place([replace(i, story_id=world.story[i.id]) for i in items])
    assert (again.merges, world.story, world.minted) == ((), before, minted)


@settings(max_examples=60, deadline=None)
@given(streams(), st.integers(0, 25))
def test_a_restart_changes_no_answer(items: list[StoryItem], cut: int) -> None:
    lived = World()
    for item in items[:cut]:
        lived.place([item])
    restarted = World()
    restarted.story, restarted.minted = dict(lived.story), lived.minted
    restarted.engine.load(replace(i, story_id=lived.story[i.id]) for i in items[:cut])
    for item in items[cut:]:
        assert restarted.place([item]) == lived.place([item])


@settings(max_examples=60, deadline=None)
@given(streams(), st.integers(1, 25))
def test_a_window_loaded_by_pages_is_the_one_loaded_whole(
    items: list[StoryItem], size: int
) -> None:
    lived = World()
    lived.place(items)
    told = [replace(item, story_id=lived.story[item.id]) for item in items]
    whole, paged = World(), World()
    whole.engine.load(told)
    for page in chunks(told, size):
        paged.engine.load(page)
    late = [StoryItem(99, " ".join(WORDS[:4]), "", "d", "sv", T0 + timedelta(minutes=6000))]
    whole.minted = paged.minted = lived.minted
    assert whole.place(late) == paged.place(late)


@settings(max_examples=60, deadline=None)
@given(streams(), st.data())
def test_what_people_have_said_holds(items: list[StoryItem], data: st.DataObject) -> None:
    if len(items) < 2:
        return
    ids = [item.id for item in items if item.at >= items[-1].at - timedelta(hours=72)]
    a, b = data.draw(st.sampled_from(ids)), data.draw(st.sampled_from(ids))
    if a == b:
        return
    for joined in (True, False):
        engine, ids_ = StoryEngine(), count(1)
        mint: Callable[[], int] = lambda ids_=ids_: next(ids_)  # noqa: E731
        must, cannot = ([(a, b)], []) if joined else ([], [(a, b)])
        story: dict[int, int] = {}
        for item in items:
            changes = engine.place([item], mint, must_link=must, cannot_link=cannot)
            for younger, older in changes.merges:
                story = {i: older if s == younger else s for i, s in story.items()}
            story.update({p.item_id: p.story_id for p in changes.placements})
        assert (story[a] == story[b]) == joined


pairs = st.lists(st.tuples(st.integers(1, 8), st.integers(1, 8)).filter(lambda p: p[0] != p[1]))


@settings(max_examples=60, deadline=None)
@given(streams(), pairs, pairs)
def test_whatever_people_have_said_is_obeyed_once(
    items: list[StoryItem], must: list[tuple[int, int]], cannot: list[tuple[int, int]]
) -> None:
    engine, ids = StoryEngine(), count(1)
    mint: Callable[[], int] = lambda: next(ids)  # noqa: E731
    story: dict[int, int] = {}
    for item in items:
        changes = engine.place([item], mint, must_link=must, cannot_link=cannot)
        for younger, older in changes.merges:
            story = {i: older if s == younger else s for i, s in story.items()}
        story.update({p.item_id: p.story_id for p in changes.placements})
    again = engine.place([], mint, must_link=must, cannot_link=cannot)
    assert (again.placements, again.merges) == ((), ())
    said = Links(must, cannot)
    there = {i.id for i in items if i.at >= items[-1].at - timedelta(hours=72)}
    for a, b in said.joins:
        assert story[a] == story[b] if {a, b} <= there else True
    for a, b in said.splits:
        assert story[a] != story[b] if {a, b} <= there else True
