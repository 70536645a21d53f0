"""What is remembered of a source after a fetch: one pure step."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from feedhub.fetch.pace import http_date
from feedhub.fetch.validators import has_validator
from feedhub.model import Fetched, FetchState, OutcomeKind, StoredSource
from feedhub.net import is_https_upgrade

BELIEVED_AFTER = timedelta(days=7)
MAX_BACKOFF = 6
SKEW = timedelta(hours=1)  # between a server's clocks, before its dates are held against it


def next_state(stored: StoredSource, fetched: Fetched, now: datetime) -> FetchState:
    """The state to store after ``fetched``; ``fetched.outcome`` may have been set by parsing.

    ``next_due``, ``due_reason``, ``hints``, ``site_link`` and ``imported_at`` are left as they
    were: they come from the plan and from the document.
    """
    state = stored.state
    if not fetched.sent:
        return state
    kind = fetched.outcome.kind
    state = replace(
        state,
        last_fetch_at=fetched.started_at,
        errors=0 if fetched.outcome.good else state.errors + 1,
        paused_until=None,
    )
    if fetched.had_validator and not fetched.conditional:
        state = replace(state, unconditional_at=fetched.started_at)
    if fetched.retry_after is not None:
        state = replace(state, paused_until=fetched.started_at + fetched.retry_after)
    if kind is OutcomeKind.THROTTLED:
        return replace(state, backoff=min(state.backoff + 1, MAX_BACKOFF))
    if not fetched.outcome.good:
        return _after_trouble(stored, state, fetched)
    state = replace(state, last_ok_at=fetched.started_at, backoff=max(0, state.backoff - 1))
    state = _with_redirect(stored, state, fetched)
    if kind is OutcomeKind.NOT_MODIFIED:
        # A 304 need not repeat the validators; those sent still hold.
        return replace(
            state,
            etag=fetched.etag if fetched.etag is not None else state.etag,
            last_modified=(
                fetched.last_modified if fetched.last_modified is not None else state.last_modified
            ),
        )
    return replace(
        state,
        etag=fetched.etag,
        last_modified=fetched.last_modified,
        body_hash=fetched.body_hash,
        last_200_at=fetched.started_at,
        distrusted_at=_distrusted(stored.state, fetched),
    )


def believed_url(stored: StoredSource, now: datetime) -> str:
    """The address to ask: a permanent redirect's, once it is believed; else the configured.

    A redirect is believed after seven days of agreement, at once when it only goes from http
    to https on the same host.
    """
    state, configured = stored.state, stored.source.url
    if state.redirect_url is None or state.redirect_since is None:
        return configured
    if now - state.redirect_since >= BELIEVED_AFTER:
        return state.redirect_url
    if is_https_upgrade(configured, state.redirect_url):
        return state.redirect_url
    return configured


def _with_redirect(stored: StoredSource, state: FetchState, fetched: Fetched) -> FetchState:
    goal = fetched.permanent_url
    asked = fetched.requested_url or stored.source.url
    if goal is None and asked == state.redirect_url:
        return state  # the believed address answers for itself
    if goal is None:
        return replace(state, redirect_url=None, redirect_since=None)
    if goal == state.redirect_url:
        return state
    if goal == stored.source.url:
        return replace(state, redirect_url=None, redirect_since=None)
    return replace(state, redirect_url=goal, redirect_since=fetched.started_at)


def _after_trouble(stored: StoredSource, state: FetchState, fetched: Fetched) -> FetchState:
    at_believed = fetched.requested_url and fetched.requested_url == state.redirect_url
    if fetched.outcome.kind is OutcomeKind.GONE:
        return replace(state, gone_at=fetched.started_at)
    if at_believed and state.errors >= 3:
        # The move may have been a mistake: let the configured address speak again.
        return replace(state, redirect_url=None, redirect_since=None)
    return state


def _distrusted(before: FetchState, fetched: Fetched) -> datetime | None:
    """When its 304s were last found untrue.

    Evident is: asked in full, it gave another body under the very validators that it had
    kept confirming, or one that by its own Last-Modified was there before the last 304.
    """
    if not fetched.had_validator or fetched.conditional or not has_validator(before):
        return before.distrusted_at
    if fetched.body_hash == before.body_hash or not _ran_on_304(before):
        return before.distrusted_at
    same = fetched.etag == before.etag and fetched.last_modified == before.last_modified
    changed_at = http_date(fetched.last_modified or "")
    earlier = (
        changed_at is not None
        and before.last_ok_at is not None
        and changed_at < before.last_ok_at - SKEW
    )
    return fetched.started_at if same or earlier else before.distrusted_at


def _ran_on_304(state: FetchState) -> bool:
    """Whether the last good answers were 304s, later than the last 200."""
    return (
        state.last_ok_at is not None
        and state.last_200_at is not None
        and state.last_ok_at > state.last_200_at
    )
