"""What a language has to say on feeds and pages, and how it writes dates and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from feedhub.values import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """One language's words. ``units``, ``outcomes``, ``about_rank`` are keyed by stored words."""

    code: str
    months: tuple[str, ...]
    weekdays: tuple[str, ...]
    units: Mapping[str, tuple[str, str]]  # one, several
    outcomes: Mapping[str, str]
    source: str
    also_in: str
    untitled: str
    entries_as_they_come: str
    why: str
    why_long: str
    all_of: str
    subscribe: str
    recommended: str
    snapshot: str
    search: str
    search_hits: tuple[str, str, str]
    search_hint: str
    quotes: tuple[str, str]
    status: str
    about: str
    lists: str
    sources: str
    story: str
    timeline: str
    first_teller: str
    voices: tuple[str, str]
    articles: tuple[str, str]
    photo: str
    updated: str
    empty: str
    read_at: str
    to_front: str
    skip: str
    by: str
    paywall: str
    points: str
    undated: str
    fetching: str
    unreachable: str
    no_sources: str
    demo_hint: str
    not_found: str
    not_found_help: str
    wrong_method: str
    server_error: str
    starting: str
    col_source: str
    col_outcome: str
    col_newest: str
    col_dates: str
    col_items: str
    col_next: str
    never: str
    paused: str
    status_sum: str
    mistakes: str
    about_what: str
    about_popular: str
    about_number: str
    about_latest: str
    about_new: str
    about_rights: str
    about_privacy: str
    about_feeds: str
    about_embed: str
    made_with: str
    in_story: str
    place: str
    story_link: str
    others_tell: str
    archive: str
    archive_page: str
    older: str
    newer: str
    fresh: tuple[str, str]
    category: str
    categories: str
    every_category: str
    every_source: str
    ages: tuple[str, str, str, str]  # any, the last day, week, month
    silent: str
    guids_distrusted: str
    remark: str
    usual_gap: str
    dates_all: str
    dates_some: str
    dates_none: str
    about_rank: Mapping[str, str]  # by the terms of the sum
    about_api: str
    about_archive: str
    private: str
    log_in: str
    taken_away: str
    searched: str

    def unit(self, name: str, count: int) -> str:
        """The unit after a number; a unit without a translation stands as it is stored."""
        one, several = self.units.get(name, (name, name))
        return one if count == 1 else several

    def number(self, value: int) -> str:
        """Thousands apart: 12 345 (with a no-break space) or 12,345."""
        return f"{value:,}" if self.code == "en" else f"{value:,}".replace(",", "\u00a0")

    def span(self, length: timedelta) -> str:
        """A length of time in its greatest unit: ``40 min``, ``7 tim``, ``3 dygn``."""
        minutes = max(0, round(length / timedelta(minutes=1)))
        if minutes < 120:
            return f"{minutes} min"
        if minutes < 48 * 60:
            return f"{round(minutes / 60)} {'tim' if self.code == 'sv' else 'h'}"
        return f"{round(minutes / 1440)} {'dygn' if self.code == 'sv' else 'days'}"

    def decimal(self, value: float) -> str:
        """At most one decimal, none where it is a whole: 2,4 or 12."""
        text = f"{value:.1f}".removesuffix(".0")
        return text if self.code == "en" else text.replace(".", ",")

    def points_of(self, value: float) -> str:
        """A signed term with at most two decimals: +2,41 or −0.35 with a true minus."""
        text = f"{value:+.2f}".rstrip("0").rstrip(".")
        if text in ("+0", "-0"):
            return "0"
        return text.replace("-", "\u2212").replace(".", "." if self.code == "en" else ",")

    def stamp(self, at: datetime, zone: ZoneInfo) -> str:
        """``24 nov. 09:15`` in the hub's own time zone."""
        local = at.astimezone(zone)
        return f"{local.day} {self.months[local.month - 1]} {local:%H:%M}"

    def long_stamp(self, at: datetime, zone: ZoneInfo) -> str:
        """``tisdag 24 nov. 2026 kl. 09:15``."""
        local = at.astimezone(zone)
        day = f"{self.weekdays[local.weekday()]} {local.day} {self.months[local.month - 1]}"
        return f"{day} {local.year}{' kl.' if self.code == 'sv' else ','} {local:%H:%M}"

    def clock(self, at: datetime, zone: ZoneInfo) -> str:
        return f"{at.astimezone(zone):%H:%M}"
