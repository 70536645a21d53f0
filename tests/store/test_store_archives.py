"""Archives over a real database: sealed by publishing, walked to the end, gone with their items."""

import re
import sqlite3

from feedhub.model import Hub, ListSpec, Placement, Ranked, RankedList, StoryChanges
from feedhub.publish import PublishContext
from feedhub.publish.context import ARCHIVE_SIZE
from feedhub.serve.archive import KINDS, document, seal

COUNT = 2 * ARCHIVE_SIZE + 20


def ids(body):
    return re.findall(r"<id>(tag:[^<]*:[is]\d+)</id>", body.decode())


async def fill(w):
    """Items that enter both lists one after the other, ten places each; the ids in that order."""
    await w.configure(w.source("a"))
    (stored,) = await w.lease()
    entries = [
        w.entry(str(n), n, canonical=f"https://a.example/{n}", published=w.now - n * w.minute)
        for n in range(COUNT)
    ]
    found = (await w.read(stored.id, *entries)).new_ids[::-1]
    await w.store.take_lease("stories", "me", w.now, w.minute)
    changes = StoryChanges(tuple(Placement(item, item) for item in found))
    await w.store.commit_stories(changes, w.now, "me")
    for end in range(10, COUNT + 1, 10):
        places = tuple(
            Ranked(place, item, item, 1.0, None, ())
            for place, item in enumerate(reversed(found[end - 10 : end]), 1)
        )
        tick = w.now + end * w.minute
        lists = [RankedList("senaste", tick, places), RankedList("popular", tick, places)]
        await w.store.save_lists(lists, tick, "f", frozenset({"popular"}))
    return list(found)


def test_every_entry_ever_listed_is_met_once_and_pages_go_with_their_items(play):
    async def scenario(w):
        found = await fill(w)
        specs = (
            ListSpec("senaste", "Senaste", "latest", 10),
            ListSpec("popular", "Populärt", "popular", 10),
        )
        ctx = PublishContext(Hub(), "prov.example,2026", "0", specs)
        assert await seal(w.store, ctx, w.now) == 4
        assert await seal(w.store, ctx, w.now) == 0
        for name, spec, kind in (("senaste", specs[0], "i"), ("popular.new", specs[1], "s")):
            met = []
            for number in (0, 1):
                for form in KINDS:
                    assert await w.store.archive(name, number, ARCHIVE_SIZE, form)
                kept = await w.store.archive(name, number, ARCHIVE_SIZE, "atom")
                met += ids(kept.body)[::-1]
            held = await w.store.archive_page(name, 2 * ARCHIVE_SIZE, ARCHIVE_SIZE)
            met += ids(document(spec, name, 2, held, "atom", ctx))[::-1]
            assert met == [f"tag:prov.example,2026:{kind}{item}" for item in found]
        conn = sqlite3.connect(w.store.path)
        with conn:  # what retention or a takedown does
            conn.execute("DELETE FROM sightings WHERE item_id = ?", (found[5],))
            conn.execute("DELETE FROM items WHERE id = ?", (found[5],))
        conn.close()
        gone = await w.store.archive("senaste", 0, ARCHIVE_SIZE, "atom")
        assert gone.body is None
        whole = await w.store.archive("senaste", 1, ARCHIVE_SIZE, "atom")
        assert whole.body
        with sqlite3.connect(w.store.path) as conn:  # and what was noted of another's entering
            conn.execute("DELETE FROM feed_entries WHERE feed = 'senaste' AND n = 150")
        conn.close()
        later = await w.store.archive("senaste", 1, ARCHIVE_SIZE, "atom")
        assert later.body is None
        held = await w.store.archive_page("senaste", 0, ARCHIVE_SIZE)
        assert (len(held.entries), held.missing) == (ARCHIVE_SIZE - 1, 1)

    play(scenario)
