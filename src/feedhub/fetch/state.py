"""What is remembered of a source after a fetch: one pure step."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from feedhub.fetch.pace import http_date, lifetime
from feedhub.fetch.validators import FULL_AT_MOST
from feedhub.model import Fetched, FetchState, OutcomeKind, StoredSource
from feedhub.net import is_https_upgrade

BELIEVED_AFTER = timedelta(days=7)
MAX_BACKOFF = 6
DOUBT_MOVE = 3  # failures in a row from which a believed address and the configured are tried
CHOKED = frozenset({400, 412, 413, 431})
_NOWHERE: dict[str, Any] = dict.fromkeys(
    ("redirect_url", "redirect_since", "onward_url", "onward_since")
)
SKEW = timedelta(hours=1)  # between a server's clocks, before its dates are held against it


def next_state(
    stored: StoredSource, fetched: Fetched, now: datetime, *, news: bool = True
) -> FetchState:
    """The state to store after ``fetched``; ``fetched.outcome`` may have been set by parsing.

    ``news``: what was read holds entries that were not known so. Many feeds say in each document
    when it was made, and are no less true for it.
    ``next_due``, ``due_reason``, ``hints``, ``site_link`` and ``imported_at`` are left as they
    were: they come from the plan and from the document.
    """
    before = stored.state
    kind, good = fetched.outcome.kind, fetched.outcome.good
    failing_since = None if good else before.failing_since or fetched.started_at
    if not fetched.sent:  # held back by what others asked for, or never to be sent
        held_back = kind is OutcomeKind.THROTTLED
        return before if held_back else replace(before, failing_since=failing_since)
    changes: dict[str, Any] = {
        "last_fetch_at": fetched.started_at,
        "failing_since": failing_since,
        "errors": 0 if good else before.errors + 1,
        "paused_until": None,
        "paused_group": None,
        "quiet_until": None,
    }
    if fetched.retry_after is not None:
        changes["quiet_until"] = fetched.ended_at + fetched.retry_after
    if fetched.had_validator and not fetched.conditional:
        changes["unconditional_at"] = fetched.started_at
    if kind is OutcomeKind.THROTTLED and fetched.outcome.status is not None:
        changes["backoff"] = min(before.backoff + 2, MAX_BACKOFF)
        if fetched.retry_after is not None:
            changes["paused_until"] = fetched.ended_at + fetched.retry_after
            changes["paused_group"] = fetched.group
    elif kind is OutcomeKind.GONE:
        changes["gone_at"] = fetched.started_at
    elif not good:
        if fetched.conditional and fetched.outcome.status in CHOKED and _a_day_old(before, fetched):
            # It may be its own validators that it cannot swallow.
            changes.update(etag=None, last_modified=None)
    else:
        changes.update(last_ok_at=fetched.started_at, backoff=max(0, before.backoff - 1))
        changes.update(_redirect(stored, fetched))
        if kind is not OutcomeKind.NOT_MODIFIED:
            changes.update(
                etag=fetched.etag,
                last_modified=fetched.last_modified,
                body_hash=fetched.body_hash,
                last_200_at=fetched.started_at,
                fresh_for=lifetime(fetched.headers, fetched.ended_at),
                **_trust(before, fetched, news=news),
            )
            if fetched.body_hash != before.body_hash:
                changes["changed_at"] = fetched.started_at
        else:
            # A 304 need not repeat what a 200 has said; it still holds.
            if (fresh_for := lifetime(fetched.headers, fetched.ended_at)) is not None:
                changes["fresh_for"] = fresh_for
            if fetched.etag is not None:
                changes["etag"] = fetched.etag
            if fetched.last_modified is not None:
                changes["last_modified"] = fetched.last_modified
    return replace(before, **changes)


def moved_to(stored: StoredSource, now: datetime) -> str | None:
    """A permanent redirect's address, once it is believed.

    A redirect is believed after seven days of agreement, at once when it only goes from http
    to https on the same host.
    """
    state = stored.state
    if state.redirect_url is None or state.redirect_since is None:
        return None
    if now - state.redirect_since >= BELIEVED_AFTER:
        return state.redirect_url
    if is_https_upgrade(stored.source.url, state.redirect_url):
        return state.redirect_url
    return None


def believed_url(stored: StoredSource, now: datetime) -> str:
    """The address to ask: the one moved to, once it is believed; else the configured.

    By turns where it fails again and again: the move may have been a mistake, but so may be
    our own network, and the configured address may be long gone.
    """
    moved, errors = moved_to(stored, now), stored.state.errors
    if moved is None or (errors >= DOUBT_MOVE and errors % 2):
        return stored.source.url
    return moved


def proposed_url(stored: StoredSource, now: datetime) -> str | None:
    """The address to be written into feeds.yaml, where that has another."""
    moved = moved_to(stored, now)
    if moved == stored.source.url or stored.state.errors >= DOUBT_MOVE:
        return None
    return moved


def _redirect(stored: StoredSource, fetched: Fetched) -> dict[str, Any]:
    """How a good answer changes what is remembered of permanent redirects."""
    state, goal, at = stored.state, fetched.permanent_url, fetched.started_at
    if goal == stored.source.url:
        return _NOWHERE
    if state.redirect_url is not None and fetched.requested_url == state.redirect_url:
        # The believed address answers: for itself, or it has moved in its turn. It is asked on
        # until that is believed; the configured one may lead nowhere by now.
        if goal in (None, state.redirect_url):
            return {"onward_url": None, "onward_since": None}
        since = state.onward_since if goal == state.onward_url and state.onward_since else at
        if at - since >= BELIEVED_AFTER:
            return {**_NOWHERE, "redirect_url": goal, "redirect_since": since}
        if is_https_upgrade(state.redirect_url, goal):
            return {**_NOWHERE, "redirect_url": goal, "redirect_since": state.redirect_since}
        return {"onward_url": goal, "onward_since": since}
    if goal == state.redirect_url:
        return {}
    if goal is None:
        return _NOWHERE
    return {**_NOWHERE, "redirect_url": goal, "redirect_since": at}


def _trust(before: FetchState, fetched: Fetched, *, news: bool) -> dict[str, Any]:
    """Whether a 200 belies the 304s before it.

    It does at once when, asked in full, a server gives news under the very validators that it
    kept confirming, or such as by its own Last-Modified was there before its last 304; and it
    does when it happens twice in a row that asking in full, after 304s past believing, brings
    news.
    """
    if fetched.conditional:
        return {"suspicions": 0}  # it can tell news from old
    if not (fetched.had_validator and _ran_on_304(before)):
        return {}
    if not news or fetched.body_hash == before.body_hash:
        return {"suspicions": 0}
    suspicions = before.suspicions + 1
    same = fetched.etag == before.etag and fetched.last_modified == before.last_modified
    changed_at = http_date(fetched.last_modified or "")
    earlier = (
        changed_at is not None
        and before.last_ok_at is not None
        and changed_at < before.last_ok_at - SKEW
    )
    if same or earlier or suspicions >= 2:
        return {"suspicions": suspicions, "distrusted_at": fetched.started_at}
    return {"suspicions": suspicions}


def _a_day_old(state: FetchState, fetched: Fetched) -> bool:
    last = state.last_200_at
    return last is not None and fetched.started_at - last >= FULL_AT_MOST


def _ran_on_304(state: FetchState) -> bool:
    """Whether the last good answers were 304s, later than the last 200."""
    return (
        state.last_ok_at is not None
        and state.last_200_at is not None
        and state.last_ok_at > state.last_200_at
    )
