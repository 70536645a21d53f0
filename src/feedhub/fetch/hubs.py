"""Asking WebSub hubs: the one request of a subscription that leaves this machine."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from datetime import datetime, timedelta

from feedhub.errors import NetError
from feedhub.fetch.pace import retry_after
from feedhub.fetch.websub import Step, Subscription, request_form
from feedhub.net import HttpClient, HttpRequest, host_of, parse_target

TIMEOUT = 10.0  # s; a hub only has to say that it has heard
MOVES = 3  # to another address, where a hub points to one
MOVED = frozenset({301, 302, 307, 308})


class Quiet(str):
    """Why a hub does not take a request on, where it is to be left in peace for all of them."""

    asked = timedelta(0)  # the pause that it asked for, if it did

    @classmethod
    def throttled(cls, reason: str, headers: Mapping[str, str], now: datetime) -> Quiet:
        quiet = cls(reason)
        wish = retry_after(headers.get("retry-after", ""), now, headers.get("date", ""))
        quiet.asked = wish or timedelta(0)
        return quiet


async def ask_hub(
    client: HttpClient,
    subscription: Subscription,
    step: Step,
    base_url: str,
    now: datetime,
    *,
    allow_private: bool = False,
    user_agent: str = "",
) -> str | None:
    """Post ``step`` to the hub: ``None`` when it takes the request on, else why it does not:
    a :class:`Quiet` where it was not reached, or throttles.

    Where the hub points to another address the same is posted there, as the standard has it.
    Never raises for what a network or hub does. ``subscription`` must have been stored as
    :func:`~feedhub.fetch.websub.asked` made it, since the hub may verify before it answers;
    a refusal goes through :func:`~feedhub.fetch.websub.not_taken_on`, applied to what is
    stored by then.
    """
    address = subscription.hub
    for moves in itertools.count():
        request = HttpRequest(
            address,
            allow_private=allow_private,
            content=request_form(subscription, step, base_url),
            content_type="application/x-www-form-urlencoded",
            timeout=TIMEOUT,
            user_agent=user_agent,
        )
        try:
            response = await client.post(request)
        except NetError as error:
            return Quiet(f"hub not reached: {error}")
        if 200 <= response.status < 300:
            return None
        reason = f"hub {host_of(address)} answered {response.status}"
        moved = response.headers.get("location", "") if response.status in MOVED else ""
        if not moved or moves == MOVES:
            break
        try:
            target = parse_target(moved, address)
        except NetError as error:
            return f"{reason}: {error}"
        if address.startswith("https:") and target.scheme != "https":
            return f"{reason}, from https to http: it was sent no secret there"
        address = target.href
    if response.status not in (429, 503):
        return reason
    return Quiet.throttled(reason, response.headers, now)
