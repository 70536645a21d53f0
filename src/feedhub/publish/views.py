"""What the page templates are given: values ready to be written, in the hub's language and zone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Literal

from feedhub.model import (
    FetchState,
    Item,
    Listing,
    ListSpec,
    Placed,
    Ranked,
    Reason,
    SourceStatus,
)
from feedhub.publish.context import (
    PublishContext,
    archive_path,
    category_path,
    newest_archive,
)
from feedhub.publish.entry import (
    Picture,
    item_path,
    mended_line,
    others,
    outlet_of,
    outward,
    picture_of,
    story_path,
    summary_of,
    title_of,
)
from feedhub.publish.i18n import Words, page_language, words
from feedhub.publish.phrases import due_text, note_text, reason_text
from feedhub.publish.text import language_tag, legal, one_line, rfc3339
from feedhub.values import dataclass

Notice = Literal["fetching", "unreachable", "no_sources"]


@dataclass(frozen=True, slots=True)
class StoryDetail:
    """A story with all its items, in any order, and where it stands: (list title, place)."""

    id: int
    items: tuple[Item, ...]
    placed: tuple[tuple[str, Ranked], ...] = ()

    @property
    def weighed(self) -> tuple[tuple[str, Ranked], ...]:
        """The places that have more reasons than the time: those in popular lists."""
        return tuple(
            (title, ranked)
            for title, ranked in self.placed
            if any(reason.term != "time" for reason in ranked.reasons)
        )

    @property
    def voices(self) -> int:
        """Independent ones: as ranking counted them, to which a copied text is none, where the
        story stands in a popular list; else its publishers.
        """
        counted = (ranked.voices for _, ranked in self.weighed)
        return max(counted, default=len({item.publisher for item in self.items}))


@dataclass(frozen=True, slots=True)
class SourceDetail:
    """A source with its health and its newest items, newest first."""

    status: SourceStatus
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Explained:
    """What a story scores in one list right now, listed or not; ``position`` null: not listed."""

    story_id: int
    slug: str
    score: float
    voices: tuple[str, ...]
    above_floor: bool
    reasons: tuple[Reason, ...]
    position: int | None = None


@dataclass(frozen=True, slots=True)
class Stamp:
    """A time as the page shows it; ``iso`` is UTC, the others the hub's zone."""

    iso: str
    text: str
    long: str
    clock: str


@dataclass(frozen=True, slots=True)
class Telling:
    """Another outlet's telling of a story."""

    outlet: str
    link: str


@dataclass(frozen=True, slots=True)
class Why:
    """One reason: what it says, and its points as written; "" for one that gives none."""

    text: str
    points: str


@dataclass(frozen=True, slots=True)
class Row:
    """An item or a ranked place, for a template."""

    id: str
    title: str
    link: str
    own_page: str
    outlet: str
    source_page: str
    section: str
    lead: str
    authors: str
    at: Stamp | None
    picture: Picture | None
    lang: str | None
    paywall: bool
    position: int = 0
    number: str = ""
    story_page: str = ""
    marks: tuple[str, ...] = ()
    unit: str = ""
    section_page: str = ""
    also: tuple[Telling, ...] = ()
    why: tuple[Why, ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """A list, for a template."""

    slug: str
    title: str
    popular: bool
    note: str
    description: str
    updated: Stamp
    rows: tuple[Row, ...]
    page: str = ""
    older: str = ""  # the newest page of its archive
    private: bool = False


@dataclass(frozen=True, slots=True)
class Health:
    """A source, for the status page."""

    name: str
    page: str
    address: str
    outcome: str
    kind: Literal["good", "bad", "none"]
    reason: str
    items: str
    newest: Stamp | None
    next_due: Stamp | None
    fetched: Stamp | None
    due_reason: str
    errors: int
    remarks: tuple[str, ...] = ()
    usual_gap: str = ""  # between its items
    dates: str = ""  # how far its dates can be believed
    dates_bad: bool = False


def stamp(at: datetime | None, ctx: PublishContext) -> Stamp | None:
    """The time in the page's forms, or None for none."""
    if at is None:
        return None
    say, zone = words(ctx.hub.language), ctx.zone
    return Stamp(rfc3339(at), say.stamp(at, zone), say.long_stamp(at, zone), say.clock(at, zone))


def item_row(item: Item, ctx: PublishContext, marks: tuple[str, ...] = ()) -> Row:
    """An item that stands for itself: in search (``marks`` were found), a source, a story."""
    page = ctx.prefix + item_path(item.id)
    # who does not tell is taken to write in the hub's language
    lang = language_tag(item.language) or language_tag(ctx.hub.language)
    around = page_language(ctx.hub.language).split("-")[0]
    return Row(
        id=f"i{item.id}",
        title=title_of(item, ctx),
        link=outward(item, ctx) or page,
        own_page=page,
        outlet=outlet_of(item),
        source_page=f"{ctx.prefix}/source/{item.source_id}",
        section=(section := one_line(item.section or "")),
        section_page=ctx.prefix + category_path(section) if section and not ctx.static else "",
        lead=summary_of(item),
        authors=", ".join(
            dict.fromkeys(mended_line(name) for name in item.authors if name.strip())
        ),
        at=stamp(item.effective or item.published, ctx),
        picture=_shown_picture(item, ctx),
        lang=lang if lang and lang.lower().split("-")[0] != around else None,
        paywall=item.paywall,
        marks=marks,
    )


def _shown_picture(item: Item, ctx: PublishContext) -> Picture | None:
    """The item's picture at the address that pages load it from."""
    picture = picture_of(item)
    if picture is None or ctx.hub.images != "proxy":
        return picture
    return replace(picture, url=f"{ctx.prefix}{item_path(item.id)}/image")


def place_row(placed: Placed, ctx: PublishContext) -> Row:
    """A ranked place: its item's row with number, other tellings and reasons."""
    say = words(ctx.hub.language)
    row = item_row(placed.item, ctx)
    ranked = placed.ranked
    return replace(
        row,
        position=ranked.position,
        story_page=ctx.prefix + story_path(ranked.story_id),
        number=say.number(ranked.number.value) if ranked.number else "",
        unit=say.unit(one_line(ranked.number.unit), ranked.number.value) if ranked.number else "",
        also=tuple(
            Telling(outlet_of(item), outward(item, ctx) or ctx.prefix + item_path(item.id))
            for item in others(placed)
        ),
        why=reasons(ranked, ctx, (placed.item, *placed.also)),
    )


def reasons(ranked: Ranked, ctx: PublishContext, items: Iterable[Item] = ()) -> tuple[Why, ...]:
    """A place's reasons in their order; ``items`` of the story tell what publishers are called."""
    say = words(ctx.hub.language)
    called: dict[str, set[str]] = {}
    for item in items:
        called.setdefault(item.publisher, set()).add(outlet_of(item))
    # the sections of one paper have names of their own, and the paper's is not known here
    names = {publisher: min(told) for publisher, told in called.items() if len(told) == 1}
    return tuple(
        Why(
            reason_text(reason, ctx.hub.language, ctx.zone, names),
            say.points_of(reason.points) if reason.points else "",  # a time or a hand has none
        )
        for reason in ranked.reasons
    )


def column(
    listing: Listing, ctx: PublishContext, limit: int | None = None, entered: int = 0
) -> Column:
    """A list's rows, all or the first ``limit``; ``entered`` counts its archive's entries."""
    root = ctx.root(listing.spec)
    name = listing.spec.slug + (".new" if listing.spec.order == "popular" else "")
    newest = newest_archive(entered)
    updated = stamp(listing.updated, ctx)
    assert updated is not None
    return Column(
        slug=listing.spec.slug,
        title=one_line(listing.spec.title),
        popular=listing.spec.order == "popular",
        note=note_text(listing.note_code, listing.note, ctx.hub.language),
        description=one_line(listing.spec.description),
        updated=updated,
        rows=tuple(place_row(placed, ctx) for placed in listing.entries[:limit]),
        page=f"{root}/{listing.spec.slug}",
        older="" if newest is None else root + archive_path(name, newest),
        private=listing.spec.access is not None,
    )


# A source is called silent after twice the longest gap among its newest items, and never
# within a day: papers sleep at night and rest on Sundays.
SILENCE = 2
LEAST_SILENCE = timedelta(days=1)
LEAST_KNOWN = 4  # items, for a habit to be seen at all


def silence(recent: Sequence[datetime], now: datetime) -> timedelta | None:
    """How long a source has been silent, when that is longer than its own habit.

    ``recent`` are the times of its newest items, newest first.
    """
    if len(recent) < LEAST_KNOWN:
        return None
    longest = max(later - earlier for later, earlier in pairwise(recent))
    silent = now - recent[0]
    return silent if silent > max(SILENCE * longest, LEAST_SILENCE) else None


def usual_gap(recent: Sequence[datetime]) -> timedelta | None:
    """The middle one of the gaps between a source's newest items, newest first; its cadence."""
    if len(recent) < LEAST_KNOWN:
        return None
    gaps = [(later - earlier).total_seconds() for later, earlier in pairwise(recent)]
    return timedelta(seconds=median(gaps))


def believed(state: FetchState) -> tuple[int, int] | None:
    """(dates that can be believed, dates) of the last document; None where none was read."""
    if state.dated is None:
        return None
    return round((state.date_trust or 0.0) * state.dated), state.dated


def health(status: SourceStatus, ctx: PublishContext, now: datetime | None = None) -> Health:
    """A source's state in words; whether it is silent shows only where ``now`` is told."""
    say = words(ctx.hub.language)
    source, state, outcome = status.stored.source, status.stored.state, status.outcome
    name, reason = say.never, ""
    kind: Literal["good", "bad", "none"] = "none"
    gap, dates = usual_gap(status.stored.recent), believed(state)
    if not source.enabled:
        name = say.paused
    elif outcome is not None:
        name = say.outcomes.get(str(outcome.kind), str(outcome.kind))
        kind = "good" if outcome.good else "bad"
        stage = f"{outcome.stage}: " if outcome.stage and outcome.reason else outcome.stage or ""
        reason = "" if outcome.good else legal(f"{stage}{outcome.reason}")
    return Health(
        name=source_name(status),
        page=f"{ctx.prefix}/source/{status.stored.id}",
        address=legal(source.url),
        outcome=name,
        kind=kind,
        reason=reason,
        items=say.number(status.items),
        newest=stamp(status.newest, ctx),
        next_due=stamp(status.stored.next_due, ctx),
        fetched=stamp(state.last_fetch_at, ctx),
        due_reason=due_text(state.due_reason, ctx.hub.language),
        errors=state.errors,
        remarks=_remarks(status, ctx, now),
        usual_gap=say.usual_gap.format(span=say.span(gap)) if gap else "",
        dates=_dates(dates, say),
        dates_bad=dates is not None and dates[0] < max(dates[1], 1),
    )


def _dates(dates: tuple[int, int] | None, say: Words) -> str:
    if dates is None:
        return ""
    good, count = dates
    if not count:
        return say.dates_none
    text = say.dates_all if good == count else say.dates_some
    return text.format(good=say.number(good), n=say.number(count))


def _remarks(status: SourceStatus, ctx: PublishContext, now: datetime | None) -> tuple[str, ...]:
    say, stored = words(ctx.hub.language), status.stored
    found = []
    silent = silence(stored.recent, now) if now and stored.source.enabled else None
    if silent is not None:
        found.append(say.silent.format(span=say.span(silent)))
    if not stored.guids.trusted:
        reason = one_line(stored.guids.reason)
        found.append(say.guids_distrusted + (f" ({reason})" if reason else ""))
    return tuple(found)


def source_name(status: SourceStatus) -> str:
    """What readers call it; one that never answered goes by its address: hosts have several."""
    return one_line(status.told_name) or legal(status.stored.source.url)


def notice_for(listings: Sequence[Listing], statuses: Iterable[SourceStatus]) -> Notice | None:
    """The one sentence a front page owes its reader, if any.

    ``unreachable``: every source that is on was tried, and none answered with a feed;
    ``fetching``: nothing to show yet, and not all have been tried; ``no_sources``: none are on.
    """
    on = [status for status in statuses if status.stored.source.enabled]
    empty = not any(listing.entries for listing in listings)
    if not on:
        return "no_sources" if empty else None
    tried = [status.outcome for status in on if status.outcome is not None]
    if len(tried) == len(on) and not any(outcome.good for outcome in tried):
        return "unreachable"
    return "fetching" if empty and len(tried) < len(on) else None


def first_of(listings: Sequence[Listing], order: str) -> Listing | None:
    """The first list of an order: what stands as a main column of the front page."""
    return next((listing for listing in listings if listing.spec.order == order), None)


def titles(lists: Sequence[ListSpec]) -> tuple[tuple[str, str], ...]:
    """(slug, title) of every list, for menus."""
    return tuple((spec.slug, one_line(spec.title)) for spec in lists)
