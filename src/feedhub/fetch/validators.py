"""When validators are sent, and when they are not believed."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

from feedhub.model import FetchState, StoredSource

FULL_AT_LEAST = timedelta(days=8)  # a 200 in so long, or the validators are left out once
FULL_AT_MOST = timedelta(hours=24)  # never in full more often, where a validator was given
SUSPICION_FLOOR = timedelta(days=2)
SUSPICION_GAPS = 12  # usual gaps between items without a 200 before a 304 is doubted
DISTRUST = timedelta(days=30)


def conditional_headers(stored: StoredSource, now: datetime) -> tuple[tuple[str, str], ...]:
    """The validators to send, verbatim; empty where there are none or none are to be sent.

    They are left out, at most once a day, when there has been no 200 for 8 days, when 304s go
    on although by its own cadence the source should have changed a dozen times, and while a
    server is known to answer 304 untruly.
    """
    state = stored.state
    if _in_full(stored, now):
        return ()
    headers: list[tuple[str, str]] = []
    if state.etag is not None:
        headers.append(("If-None-Match", state.etag))
    if state.last_modified is not None:
        headers.append(("If-Modified-Since", state.last_modified))
    return tuple(headers)


def has_validator(state: FetchState) -> bool:
    return state.etag is not None or state.last_modified is not None


def is_distrusted(state: FetchState, now: datetime) -> bool:
    """Whether the server's 304s were found untrue within the last 30 days."""
    return state.distrusted_at is not None and now - state.distrusted_at < DISTRUST


def _in_full(stored: StoredSource, now: datetime) -> bool:
    state = stored.state
    last = state.unconditional_at
    if last is not None and now - last < FULL_AT_MOST:
        return False
    since = state.last_200_at
    if since is not None and now - since < FULL_AT_MOST:
        return False
    if is_distrusted(state, now):
        return True
    if since is None:
        return False
    return now - since >= _patience(stored.recent)


def _patience(recent: tuple[datetime, ...]) -> timedelta:
    """How long a run of 304 is believable for a source with these items, newest first."""
    gaps = [newer - older for newer, older in pairwise(recent)]
    if len(gaps) < 3:
        return FULL_AT_LEAST
    mean = sum(gaps, timedelta(0)) / len(gaps)
    return min(max(mean * SUSPICION_GAPS, SUSPICION_FLOOR), FULL_AT_LEAST)
