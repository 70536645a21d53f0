"""The time that lists sort by: what the feed says where it can be believed, else first seen."""

from __future__ import annotations

from datetime import datetime, timedelta

from feedhub.model import Entry, FetchState

# A feed that is read within two days of publishing is believed on when it published.
BELIEVED = timedelta(hours=48)
DAY = timedelta(days=1)


def effective_time(entry: Entry, state: FetchState, now: datetime) -> tuple[datetime | None, str]:
    """(effective time, why) of an entry that would be a new item at ``now``.

    Null keeps the item out of latest: on a source's first import, undated items cannot be
    told from old ones. Never after ``now``.
    """
    published = entry.published or entry.updated
    first_import = state.imported_at is None
    if published is None:
        if first_import:
            return None, "undated, from before the source was first read"
        return now, "first seen: the feed gives no date" + _note(entry)
    if published > now + (DAY if entry.date_only else timedelta(0)):
        return now, "first seen: dated in the future"
    if entry.date_only:
        # the moment of that day which is nearest to when we saw it
        return min(max(now, published), published + DAY - timedelta(seconds=1), now), "the day"
    if first_import:
        return published, "published"
    away = now - (state.last_ok_at or now)
    if published >= now - BELIEVED - away:
        return published, "published"
    return now, "first seen: dated long before it appeared"


def _note(entry: Entry) -> str:
    return f" ({entry.date_note})" if entry.date_note else ""
