"""Notices without end: small events put together from word lists, one to a slot of time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import cache, lru_cache
from typing import Any

from feedhub.demo.catalogue import Telling, catalogue, offset, read_data
from feedhub.values import dataclass

# How long after the first publisher the next one tells it.
_FOLLOWS = timedelta(minutes=14)


@dataclass(frozen=True, slots=True)
class _Words:
    """A language's lists; ``voices`` are a title and a lead for the first to tell, the next ..."""

    actors: tuple[str, ...]
    acts: tuple[str, ...]
    remarks: tuple[str, ...]
    voices: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Notices:
    start: timedelta
    every: timedelta
    places: tuple[str, ...]
    names: tuple[str, ...]
    tellers: tuple[tuple[str, tuple[str, ...]], ...]  # section, feeds
    things: Mapping[str, tuple[str, ...]]  # by section
    words: Mapping[str, _Words]  # by language


def _words(lists: Mapping[str, Any]) -> _Words:
    return _Words(
        actors=tuple(lists["actors"]),
        acts=tuple(lists["acts"]),
        remarks=tuple(lists["remarks"]),
        voices=tuple((voice["title"], voice["lead"]) for voice in lists["voices"]),
    )


@cache
def _notices() -> _Notices:
    data = read_data("notices.toml")
    return _Notices(
        start=offset(data["start"]),
        every=timedelta(minutes=data["every_minutes"]),
        places=tuple(data["places"]),
        names=tuple(data["names"]),
        tellers=tuple((one["section"], tuple(one["by"])) for one in data["teller"]),
        things={section: tuple(things) for section, things in data["things"].items()},
        words={language: _words(lists) for language, lists in data["words"].items()},
    )


def notices_until(since: timedelta, articles: int | None = None) -> Iterator[Telling]:
    """The notices told up to ``since`` after the demo's start.

    With ``articles``, old ones are left out, yet so that every feed that tells notices has at
    least that many where there are as many.
    """
    book = _notices()
    begun = (since - book.start) // book.every + 1
    first = 0
    if articles is not None:
        # Each such feed has its turn once in a round; one more for what has begun but is not told.
        first = max(begun - (articles + 1) * len(book.tellers), 0)
    for slot in range(first, begun):
        yield from (told for told in _notice(slot) if told.at <= since)


@lru_cache(maxsize=4096)
def _notice(slot: int) -> tuple[Telling, ...]:
    """The notice of a slot. Steps through the lists differ, so that words keep parting."""
    book = _notices()
    turn, which = divmod(slot, len(book.tellers))
    section, feeds = book.tellers[which]
    words = book.words[catalogue().feeds[feeds[0]].language]
    things = book.things[section]
    filling = {
        "place": book.places[7 * slot % len(book.places)],
        "name": book.names[3 * slot % len(book.names)],
        "actor": words.actors[7 * slot % len(words.actors)],
        "act": words.acts[5 * slot % len(words.acts)],
        "thing": things[(turn + 3 * which) % len(things)],
        "remark": words.remarks[3 * slot % len(words.remarks)],
    }
    return tuple(
        Telling(
            story=f"notice-{slot}",
            feed=feed,
            at=book.start + slot * book.every + voice * _FOLLOWS,
            title=title.format_map(filling),
            lead=lead.format_map(filling),
            section=section,
        )
        for voice, (feed, (title, lead)) in enumerate(zip(feeds, words.voices, strict=False))
    )
