"""Ticks over a real store: past ones replay, copies and links count, floods take nothing."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from types import SimpleNamespace

import pytest
from structlog.testing import capture_logs

from feedhub import rendering, ticks
from feedhub.dedupe import ARTICLES, candidates
from feedhub.errors import ChildError
from feedhub.evidence import Copies
from feedhub.hub import Hub as OpenHub
from feedhub.model import (
    Config,
    Entry,
    FetchCommit,
    Fetched,
    FetchState,
    Hand,
    Hub,
    ListSpec,
    Outcome,
    OutcomeKind,
    ParsedFeed,
    Placement,
    Source,
    StoryChanges,
)
from feedhub.queries import StoreQueries
from feedhub.serve import Site
from feedhub.store import SqliteStore
from feedhub.ticks import PAGE, Stories

NOW = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
NAMES = ("a", "b", "c", "d", "e", "flood")
CONFIG = Config(
    hub=Hub(),
    sources=tuple(
        Source(key=name, url=f"https://{name}.example/feed", publisher=f"{name}.example")
        for name in NAMES
    ),
    lists=(
        ListSpec("senaste", "Senaste", "latest", limit=12, fair=True),
        ListSpec("popular", "Populärt", "popular", limit=12),
    ),
    fingerprint="f",
)


def entry(n, title, at, position=0, **more):
    link = more.pop("link", f"https://x.example/{n}")
    values = {"title": title, "link": link, "canonical": link, "published": at, **more}
    digest = blake2b(repr((n, sorted(values.items()))).encode(), digest_size=16).digest()
    return Entry(hash=digest, position=position, guid=str(n), **values)


class Running:
    """A hub without sockets: documents in, ticks out."""

    def __init__(self, store):
        self.store = store
        self.stories = Stories(store)

    async def begin(self):
        await self.store.sync_sources(CONFIG.sources, lambda s: (s.key, s.publisher))
        leased = await self.store.lease_due(NOW, "me", length=5 * MINUTE, limit=99)
        self.sources = {one.source.key: one for one in leased}

    async def read(self, key, now, *entries):
        stored = self.sources[key]
        entries = tuple(replace(one, position=n) for n, one in enumerate(entries))
        parsed = ParsedFeed(format="rss20", entries=entries)
        state = FetchState(imported_at=NOW - timedelta(days=9), last_ok_at=now, last_200_at=now)
        known = replace(stored, state=state)
        commit = FetchCommit(
            source_id=stored.id,
            fetched=Fetched(Outcome(OutcomeKind.OK, status=200), stored.source.url, now),
            state=state,
            publisher=stored.source.publisher,
            candidates=candidates(parsed, known, now),
            complete=True,
            parsed=parsed,
            owner="me",
        )
        return await self.store.commit_fetch(commit, now, ARTICLES)

    async def tick(self, now):
        await self.stories.place(now)
        return await ticks.rank(self.store, CONFIG, now)

    async def lists(self):
        return {slug: ranked for slug, (ranked, _) in (await self.store.load_lists()).items()}


@pytest.fixture
def run(tmp_path):
    def play(scenario):
        async def main():
            store = SqliteStore(tmp_path / "hub.db")
            await store.open()
            running = Running(store)
            try:
                await running.begin()
                await scenario(running)
            finally:
                await running.stories.close()
                await store.close()

        asyncio.run(main())

    return play


STORIES = (
    "Stormen Hilda drar in över Bohuslän under natten",
    "Riksbanken sänker räntan med en halv procentenhet",
    "Domen mot miljardären överklagas till hovrätten",
    "Hammarby möter Malmö i cupfinalen på söndag",
)

# every paper in words of its own, or it would be taken for a copy
WORDS = {
    "a": "enligt polisen",
    "b": "- så vet vi hittills om det som hände",
    "c": "och flera väntas följa under kommande veckor",
    "d": "trots hård kritik",
    "e": "rapporterar flera källor till tidningen",
}


def tellings(key, now, count):
    """What a paper tells by then: the first stories in its own order, with comments growing."""
    shift = NAMES.index(key)
    told = [STORIES[(shift + n) % len(STORIES)] for n in range(min(count, len(STORIES)))]
    return [
        entry(
            f"{key}{title[:5]}",
            title + " " + WORDS[key]
            if key in "ab"
            else " ".join((WORDS[key], *title.split()[::2])),
            NOW - 90 * MINUTE + 7 * shift * MINUTE,
            link=f"https://{key}.example/{n}-{title[:5].lower()}",
            counts={"comments": int((now - NOW) / MINUTE) * (n + 1)},
        )
        for n, title in enumerate(told)
    ]


def test_every_past_tick_replays_to_the_same_list(run):
    async def scenario(hub):
        kept = {}
        for step in range(8):
            now = NOW + 13 * step * MINUTE
            for n, key in enumerate("abcde"):
                if (step + n) % 2:
                    await hub.read(key, now, *tellings(key, now, step + n // 2))
            if step in (0, 5):
                await hub.store.add_clicks({(step + 1, now.replace(minute=0)): 5})
            changed = await hub.tick(now)
            lists = await hub.lists()
            kept[now] = {slug: lists[slug] for slug in lists if slug.removesuffix(PAGE) in changed}
        assert sum(len(lists) for lists in kept.values()) > 8
        for now, lists in kept.items():
            again = await ticks.replay(hub.store, CONFIG, now)
            for slug, ranked in lists.items():
                if ranked.tick == now:
                    assert again[slug] == ranked, (slug, now)

    run(scenario)


def test_an_arrival_that_changes_no_list_renders_nothing(run, monkeypatch):
    rendered = []
    render_site = rendering.render_site

    def noted(*args, **more):
        rendered.append(args)
        return render_site(*args, **more)

    monkeypatch.setattr(rendering, "render_site", noted)
    config = replace(CONFIG, lists=tuple(replace(spec, limit=3) for spec in CONFIG.lists))

    async def scenario(hub):
        at = NOW
        opened = OpenHub(config, hub.store, None, hub.stories, lambda: at, "x.example,2026")
        site = Site(rendering.context(opened), clock=lambda: at)

        async def tick():
            await hub.stories.place(at)
            await ticks.rank(hub.store, config, at)
            await rendering.publish(opened, site, tells=MINUTE)
            return dict(site.pages)

        for key in "abc":
            await hub.read(key, at, *tellings(key, at, 4))
        old = NOW - timedelta(hours=30)
        await hub.read("d", at, entry("d8", "Hundutställning i Vingåker", old))  # its name is known
        first = await tick()
        assert len(rendered) == 1

        at = NOW + MINUTE
        report = await hub.read("d", at, entry("d9", "Kattutställning i Vingåker", old))
        assert report.new == 1
        assert await tick() == first
        assert len(rendered) == 1

        at = NOW + 2 * MINUTE
        await hub.read("e", at, entry("e9", "Bro stängd efter påkörning i Nyköping", at))
        assert await tick() != first
        assert len(rendered) == 2

    run(scenario)


def order(n, action, target, now, **more):
    values = {"value": "1" if action == "pin" else "", "slug": "", "kind": "s", **more}
    return Hand(n, target=target, action=action, at=now, by="eva", **values)


def test_what_editors_had_ordered_is_in_a_replay(run):
    async def scenario(hub):
        kept, seen = {}, set()
        for step in range(9):
            now = NOW + 13 * step * MINUTE
            for n, key in enumerate("abcde"):
                if (step + n) % 2:
                    await hub.read(key, now, *tellings(key, now, step + n // 2))
            top = [e.story_id for e in (await hub.lists())["popular"].entries] if step else []
            if step == 2:
                until = now + 30 * MINUTE
                await hub.store.lay_hand(order(1, "hide", top[0], now, until=until))
            elif step == 3:
                await hub.store.lay_hand(order(2, "pin", top[-1], now, slug="popular"))
            elif step == 5:
                await hub.store.lay_hand(order(3, "hide", top[0], now, slug="popular"))
                await hub.store.lift_hand("s", top[0], "pin", now, "eva")
            elif step == 6:
                item = (await hub.lists())["senaste"].entries[0].item_id
                await hub.store.lay_hand(order(4, "takedown", item, now, kind="i"))
            elif step == 8:
                for hand in await hub.store.hands(now):
                    await hub.store.lift_hand(hand.kind, hand.target, "", now, "eva")
            changed = await hub.tick(now)
            lists = await hub.lists()
            seen.add(len(await hub.store.hands(now)))
            kept[now] = {slug: lists[slug] for slug in lists if slug.removesuffix(PAGE) in changed}
        assert seen >= {0, 1, 2}
        for now, lists in kept.items():
            again = await ticks.replay(hub.store, CONFIG, now)
            for slug, ranked in lists.items():
                if ranked.tick == now:
                    assert again[slug] == ranked, (slug, now)

    run(scenario)


def test_an_order_for_a_story_that_was_merged_twice_replays_at_every_time(run):
    async def scenario(hub):
        names = [entry(n, f"Nyhet {n}", NOW, link=f"https://a.example/{n}") for n in range(4)]
        await hub.read("a", NOW, *names)
        await hub.tick(NOW)
        data = await ticks.rank_data(hub.store, CONFIG, NOW)
        story = {item.id: item.story_id for item in data.items}
        one, two, three = sorted(story.values())[:3]  # the younger merges into the older
        await hub.store.lay_hand(order(1, "hide", three, NOW))
        lease = "stories", hub.store.owner, NOW, MINUTE
        assert await hub.store.take_lease(*lease)
        for minute, pair in ((10, (three, two)), (20, (two, one))):
            now = NOW + minute * MINUTE
            await hub.store.commit_stories(StoryChanges(merges=(pair,)), now, hub.store.owner)
        for minute, target in ((0, three), (9, three), (10, two), (19, two), (20, one), (30, one)):
            then = NOW + minute * MINUTE
            (hand,) = await hub.store.hands(then, past=True)
            assert hand.target == target, minute
            there = {*story.values()} - ({three} if minute >= 10 else set())
            there -= {two} if minute >= 20 else set()
            listed = (await ticks.replay(hub.store, CONFIG, then))["senaste"].entries
            assert {entry.story_id for entry in listed} == there - {target}, minute

    run(scenario)


def test_agency_copy_is_one_voice_with_a_credit(run):
    copy = "Regeringen föreslår höjd skatt på flygresor från och med nästa år, säger ministern"

    async def scenario(hub):
        for n, key in enumerate("abc"):
            told = entry(
                f"{key}1", copy, NOW, summary=f"(TT) {copy}.", link=f"https://{key}.example/1"
            )
            await hub.read(key, NOW + n * MINUTE, told)
        await hub.tick(NOW + 5 * MINUTE)
        (entry_,) = (await hub.lists())["popular"].entries
        assert entry_.voices == 1
        assert len(entry_.also) == 2
        (coverage,) = (one for one in entry_.reasons if one.term == "coverage")
        assert dict(coverage.params)["carriers"] == "b.example, c.example"

    run(scenario)


def test_the_api_explains_by_what_the_tick_ranked_from_copies_and_long_windows_too(run):
    copy = "Regeringen föreslår höjd skatt på flygresor från och med nästa år, säger ministern"
    weeks = replace(CONFIG.lists[1], window=timedelta(days=14))
    config = replace(CONFIG, lists=(CONFIG.lists[0], weeks))

    async def scenario(hub):
        for n, key in enumerate("abc"):
            told = entry(
                f"{key}1", copy, NOW, summary=f"(TT) {copy}.", link=f"https://{key}.example/1"
            )
            await hub.read(key, NOW + n * MINUTE, told)
        later = NOW + timedelta(days=5)
        await hub.stories.place(NOW + 5 * MINUTE)
        await ticks.rank(hub.store, config, later)
        (listed,) = (await hub.lists())["popular"].entries
        asked = SimpleNamespace(store=hub.store, config=config, clock=lambda: later)
        told = await StoreQueries(asked).explain(listed.story_id, "popular")
        assert told.score == pytest.approx(listed.score)
        assert told.reasons == listed.reasons
        assert len(told.voices) == listed.voices == 1

    run(scenario)


def test_a_copy_that_is_rewritten_is_a_voice_also_for_a_hub_that_knew_it_as_a_copy(run):
    copy = "Regeringen föreslår höjd skatt på flygresor från och med nästa år, säger ministern"
    own = "Branschen rasar mot flygskatten: Regeringen föreslår höjd skatt på flygresor nästa år"

    async def scenario(hub):
        copies = Copies(hub.store)
        for n, key in enumerate("ab"):
            told = entry(
                f"{key}1", copy, NOW, summary=f"(TT) {copy}.", link=f"https://{key}.example/1"
            )
            await hub.read(key, NOW + n * MINUTE, told)
        await hub.stories.place(NOW + 5 * MINUTE)
        before = await ticks.rank_data(hub.store, CONFIG, NOW + 5 * MINUTE, copies=copies)
        assert [item.copied for item in before.items].count(True) == 1
        told = entry(
            "b1", own, NOW, summary="Branschens egen ekonom räknar.", link="https://b.example/1"
        )
        await hub.read("b", NOW + 6 * MINUTE, told)
        after = await ticks.rank_data(hub.store, CONFIG, NOW + 7 * MINUTE, copies=copies)
        assert not any(item.copied for item in after.items)

    run(scenario)


def test_links_from_other_publishers_are_counted(run):
    target = "https://a.example/1"

    async def scenario(hub):
        link = f'<p>As <a rel="nofollow" href="{target}?utm_source=b">they say</a></p>'
        await hub.read("b", NOW, entry("b1", "Om det de säger", NOW, content_html=link))
        await hub.tick(NOW)
        own = entry("a2", "Vi igen", NOW, content_html=link, link="https://a.example/2")
        await hub.read("a", NOW + MINUTE, entry("a1", "Det de säger", NOW, link=target), own)
        await hub.tick(NOW + MINUTE)
        data = await ticks.rank_data(hub.store, CONFIG, NOW + 2 * MINUTE)
        counts = {item.title: dict(item.counts) for item in data.items}
        assert counts == {"Om det de säger": {}, "Det de säger": {"links": 1}, "Vi igen": {}}

    run(scenario)


def test_three_thousand_items_in_an_hour_take_no_list(run):
    async def scenario(hub):
        for key in "abcde":
            await hub.read(key, NOW, *tellings(key, NOW, 4))
        await hub.tick(NOW)
        calm = await hub.lists()
        now = NOW + 60 * MINUTE
        flood = [
            entry(
                f"f{n}",
                f"ord{n} sak{n * 7} ting{n * 13}",
                now - n * MINUTE / 50,
                link=f"https://flood.example/{n}-x",
            )
            for n in range(3000)
        ]
        await hub.read("flood", now, *flood)
        await hub.tick(now)
        lists = await hub.lists()
        ids = {e.item_id for one in lists.values() for e in one.entries}
        items = await hub.store.items(ids)

        def share(slug):
            return Counter(items[e.item_id].publisher for e in lists[slug].entries)["flood.example"]

        shared = [e.story_id for e in calm["popular"].entries if e.voices > 1]
        assert shared
        entries = lists["popular"].entries
        assert sorted(e.story_id for e in entries[: len(shared)]) == sorted(shared)
        assert share("popular") <= 10 - len(shared)  # what fills a list of few shared stories
        assert share("senaste" + PAGE) <= 5
        assert share("senaste") == 12  # the feed is whole

    run(scenario)


def test_a_source_that_postdates_everything_leads_nothing(run):
    async def scenario(hub):
        ahead = [
            entry(f"f{n}", f"Framtid nummer {n}", NOW + timedelta(days=n + 1)) for n in range(9)
        ]
        await hub.read("flood", NOW - 60 * MINUTE, *ahead)
        await hub.read("a", NOW, *tellings("a", NOW, 2))
        late = entry("b1", "Färsk nyhet", NOW - MINUTE, link="https://b.example/1")
        await hub.read("b", NOW, late)
        await hub.tick(NOW)
        first = (await hub.lists())["senaste"].entries[0]
        assert (await hub.store.items([first.item_id]))[first.item_id].title == "Färsk nyhet"

    run(scenario)


class Placing:
    """A story engine that takes its time, and may fail: each item is a story of its own."""

    def __init__(self, seconds=0.0, error=None):
        self.seconds, self.error = seconds, error
        self.elapsed = 0.0
        self.asked = asyncio.Event()

    async def start(self, _window):
        return self

    async def load(self, _items):
        pass

    async def place(self, items, first, _links):
        self.elapsed += self.seconds
        self.asked.set()
        if self.error:
            raise self.error
        return StoryChanges(tuple(Placement(one.id, first + n) for n, one in enumerate(items)))

    async def close(self):
        pass


def many(hub, monkeypatch, count=6, batch=2):
    monkeypatch.setattr(ticks, "BATCH", batch)
    return hub.read(
        "a",
        NOW,
        *(entry(n, f"Nyhet {n}", NOW, link=f"https://a.example/{n}") for n in range(count)),
    )


def test_a_backlog_longer_than_a_lease_keeps_it(run, monkeypatch):
    async def scenario(hub):
        await many(hub, monkeypatch)
        engine = Placing(seconds=100.0)
        stories = Stories(hub.store, engine.start, lambda: engine.elapsed)
        assert await stories.place(NOW) == 6
        # 300 s after it was taken, another still has to wait
        late = NOW + timedelta(seconds=310)
        assert await hub.store.take_lease("stories", "another", late, MINUTE) is None
        await stories.close()

    run(scenario)


def test_a_hub_that_lived_places_by_what_headlines_say_now(run):
    fire = "Kraftig brand i hamnen i Luleå under natten"

    async def scenario(hub):
        at = NOW - 9 * MINUTE
        first = entry(1, "Det här vet vi hittills", at, link="https://a.example/1-a-b")
        await hub.read("a", NOW, first)
        await hub.tick(NOW)
        told = replace(first, title="Stor brand i hamnen i Luleå: flera evakuerade", hash=b"r" * 16)
        await hub.read("a", NOW + MINUTE, told)
        await hub.read("b", NOW + 2 * MINUTE, entry(2, fire, NOW, link="https://b.example/2-a-b"))
        await hub.tick(NOW + 2 * MINUTE)
        items = await hub.store.story_items([1, 2])
        assert len({item.story_id for item in items}) == 1
        assert await hub.store.take_restated() == []

    run(scenario)


def test_an_item_that_became_another_draws_none_to_itself(run):
    fire = "Kraftig brand i hamnen i Luleå under natten"

    async def scenario(hub):
        at = NOW - 9 * MINUTE
        one, two = "https://a.example/1-a-b", "https://b.example/2-a-b"
        await hub.read("a", NOW, entry(1, fire, at, link=one, summary="Ett."))
        await hub.read("b", NOW, entry(2, fire, at, link=two, summary="Annat."))
        await hub.tick(NOW)
        await hub.read("b", NOW + MINUTE, entry(2, fire, at, link=one, summary="Annat."))
        assert len(await hub.store.story_items([1, 2])) == 1
        loads = []
        start = hub.stories._start

        async def counted(window):
            loads.append(window)
            return await start(window)

        hub.stories._start = counted
        await hub.read(
            "c", NOW + MINUTE, entry(3, "Något annat", NOW, link="https://c.example/3-a")
        )
        await hub.tick(NOW + 2 * MINUTE)
        assert len(loads) == 1  # the window was read anew, without what is no more

    run(scenario)


def test_what_comes_while_it_places_keeps_no_tick_waiting(run):
    async def scenario(hub):
        shown = []

        class Meanwhile(Placing):
            async def place(self, items, first, links):
                at = NOW + len(shown) * MINUTE
                shown.insert(0, entry(len(shown), f"Nyhet {len(shown)}", at))
                await hub.read("b", at, *shown)  # each time one more, without end
                return await super().place(items, first, links)

        await hub.read("a", NOW, entry("a", "Först", NOW, link="https://a.example/1"))
        stories = Stories(hub.store, Meanwhile().start)
        assert [await stories.place(NOW) for _ in range(3)] == [1, 1, 1]
        assert len(await hub.store.unplaced(9)) == 1
        await stories.close()

    run(scenario)


def test_what_fails_beside_fetching_is_logged_and_the_next_goes_on(run, monkeypatch):
    async def scenario(hub):
        await many(hub, monkeypatch)
        engine = Placing(error=ChildError("died", "the story process died (signal 9)"))
        stories = Stories(hub.store, engine.start)
        more = asyncio.Event()
        with capture_logs() as lines:
            task = asyncio.create_task(stories.follow(lambda: NOW, more))
            more.set()
            await engine.asked.wait()
            engine.error = None
            engine.asked.clear()
            more.set()
            await engine.asked.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert await hub.store.unplaced(1) == []
        await stories.close()
        assert [line["error"] for line in lines] == ["the story process died (signal 9)"]

    run(scenario)
