"""What publishing asks of any store: pages of items, search filters, archives, pings."""

import sqlite3
from contextlib import closing
from datetime import timedelta

from feedhub.model import ItemFilter, Placement, Ranked, RankedList, StoryChanges


async def read_five(w):
    """Five items of two sources, a minute apart, the first the newest; their ids in that order."""
    await w.configure(w.source("a", category="inrikes"), w.source("b"))
    first, second = await w.lease()
    ids = []
    for source, numbers in ((first, (1, 2, 3)), (second, (4, 5))):
        entries = [
            w.entry(
                str(n),
                place,
                canonical=f"https://a.example/{n}",
                published=w.now - n * w.minute,
                categories=("sport",) if n > 3 else ("inrikes", "brott"),
            )
            for place, n in enumerate(numbers)
        ]
        ids += (await w.read(source.id, *entries)).new_ids
    return first.id, second.id, ids


def test_the_newest_come_page_by_page_through_filters(play):
    async def scenario(w):
        first, second, ids = await read_five(w)
        seen, before = [], None
        while page := await w.store.recent(ItemFilter(), 2, before):
            seen += [item.id for item in page]
            before = (page[-1].effective, page[-1].id)
        assert seen == ids

        async def passing(**where):
            return [item.id for item in await w.store.recent(ItemFilter(**where), 9)]

        assert await passing(sources=frozenset({second})) == ids[3:]
        assert await passing(sources=frozenset({first, second})) == ids
        assert await passing(section="inrikes") == ids[:3]
        assert await passing(section="sport") == ids[3:]
        assert await passing(section="finns inte") == []
        assert await passing(since=w.now - 2 * w.minute) == ids[:2]

    play(scenario)


def test_search_takes_filters_and_letters_as_they_are_written(play):
    async def scenario(w):
        await w.configure(w.source("a", category="inrikes"), w.source("b"))
        first, second = await w.lease()
        one = w.entry("1", title="Får på vift i Malmö", canonical=None)
        two = w.entry("2", title="Far och son i Malmö", canonical=None)
        await w.read(first.id, one)
        await w.read(second.id, two)

        async def found(text, limit=9, offset=0, **where):
            items = await w.store.search(text, limit, ItemFilter(**where), offset)
            return sorted(item.title for item in items)

        assert len(await found("malmo")) == len(await found("Malmö")) == 2
        assert await found("får") == ["Får på vift i Malmö"]
        assert len(await found("far")) == 2
        assert await found("fa\u030ar") == ["Får på vift i Malmö"]
        assert await found("malmö", section="inrikes") == ["Får på vift i Malmö"]
        assert await found("malmö", sources=frozenset({second.id})) == ["Far och son i Malmö"]
        assert await found("malmö", since=w.now + timedelta(days=1)) == []
        assert await found("malmo", 1) + await found("malmo", 1, 1) != []
        assert await found("malmo", 9, 2) == []

    play(scenario)


def test_search_gives_the_newest_first_where_that_is_asked(play):
    async def scenario(w):
        await w.configure(w.source("a"))
        (source,) = await w.lease()
        titles = ("Malmö växer", "Malmö, Malmö, Malmö", "Även i Malmö byggs en hamn")
        entries = [
            w.entry(str(n), title=title, canonical=None, published=w.now - n * w.minute)
            for n, title in enumerate(titles)
        ]
        await w.read(source.id, *reversed(entries))

        async def found(**how):
            return [one.title for one in await w.store.search("malmö", 9, **how)]

        assert await found(newest=True) == list(titles)
        assert await found(newest=True, offset=1) == list(titles[1:])
        assert sorted(await found()) == sorted(titles)

    play(scenario)


def ranked(w, slug, ids, minutes=0, stories=None):
    tick = w.now + minutes * w.minute
    entries = tuple(
        Ranked(place, item, stories[item] if stories else 1, 1.0, None, ())
        for place, item in enumerate(ids, 1)
    )
    return RankedList(slug, tick, entries)


async def save(w, listing, firsts=frozenset()):
    await w.store.save_lists([listing], listing.tick, "f", firsts)


def test_all_that_entered_a_latest_list_stays_in_order_once_each(play):
    async def scenario(w):
        _, _, ids = await read_five(w)
        assert await w.store.entered("senaste") == 0
        await save(w, ranked(w, "senaste", ids[3:]))
        await save(w, ranked(w, "senaste", ids[1:4], 1))
        await save(w, ranked(w, "senaste", ids[0:2], 2))
        assert await w.store.entered("senaste") == 5
        page = await w.store.archive_page("senaste", 0, 3)
        assert [item.id for _, item, _ in page.entries] == [ids[4], ids[3], ids[2]]
        rest = await w.store.archive_page("senaste", 3, 3)
        assert [item.id for _, item, _ in rest.entries] == [ids[1], ids[0]]
        assert [at for _, _, at in rest.entries] == [w.now + w.minute, w.now + 2 * w.minute]
        assert rest.missing == 0

    play(scenario)


def test_a_popular_lists_append_only_feed_keeps_what_stories_entered_as(play):
    async def scenario(w):
        first, _, ids = await read_five(w)
        stories = {item: number for number, item in enumerate(ids, 1)}
        await w.store.take_lease("stories", "me", w.now, w.minute)
        changes = StoryChanges(tuple(Placement(item, story) for item, story in stories.items()))
        await w.store.commit_stories(changes, w.now, "me")
        new = frozenset({"popular"})
        await save(w, ranked(w, "popular", ids[:2], 0, stories), new)
        await w.read(first, w.entry("1", title="Ny rubrik", published=w.now - w.minute))
        await save(w, ranked(w, "popular", ids[:3], 1, stories), new)
        page = await w.store.archive_page("popular.new", 0, 9)
        assert [one.story_id for one, _, _ in page.entries] == [2, 1, 3]
        assert [item.title for _, item, _ in page.entries] == ["Rubrik 2", "Rubrik 1", "Rubrik 3"]
        assert await w.store.entered("popular") == 0

    play(scenario)


def test_a_sealed_document_never_changes(play):
    async def scenario(w):
        _, _, ids = await read_five(w)
        await save(w, ranked(w, "senaste", ids))
        assert await w.store.unsealed("senaste", 2) == [0, 1]
        assert await w.store.archive("senaste", 0, 2, "atom") is None
        await w.store.seal("senaste", 0, {"atom": b"<a/>", "rss": b"<r/>"}, w.now)
        await w.store.seal("senaste", 0, {"atom": b"<b/>"}, w.now + w.minute)
        assert await w.store.unsealed("senaste", 2) == [1]
        kept = await w.store.archive("senaste", 0, 2, "atom")
        assert (kept.body, kept.sealed_at) == (b"<a/>", w.now)

    play(scenario)


def test_pings_wait_are_tried_again_and_are_logged(play):
    async def scenario(w):
        store, later = w.store, w.now + 5 * w.minute
        pairs = [("https://hub.example/", f"https://vi.example/{n}.atom") for n in (1, 2)]
        await store.ask_pings(pairs, w.now)
        await store.ask_pings(pairs, w.now + w.minute)
        assert await store.due_pings(w.now - w.minute, 9) == []
        one, two = await store.due_pings(w.now, 9)
        assert (one.topic, one.asked_at) == (pairs[0][1], w.now + w.minute)
        await store.note_ping(one, w.now, later, 503, "busy")
        await store.note_ping(two, w.now, None, 204, "")
        assert await store.due_pings(w.now + w.minute, 9) == []
        await store.ask_pings(pairs[:1], w.now + 2 * w.minute)
        (again,) = await store.due_pings(later, 9)
        assert (again.attempts, again.status, again.next_at) == (1, 503, later)
        # the feed changes again while the hub is being told of the former change
        await store.ask_pings(pairs[:1], later + w.minute)
        await store.note_ping(again, later + w.minute, None, 204, "")
        (last,) = await store.due_pings(later + w.minute, 9)
        assert last.attempts == 0
        with closing(sqlite3.connect(store.path)) as conn:
            log = conn.execute("SELECT status FROM websub_pings ORDER BY id").fetchall()
        assert log == [(204,), (204,), (None,)]

    play(scenario)
