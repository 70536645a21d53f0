"""When a source is fetched next: one pure decision, with its reason in words.

The next fetch is the latest of all that ask for patience, within 5 minutes and 24 hours:
the source's own cadence, what its document says (``ttl``, ``sy:``, skipped hours and days),
what its server says (``Cache-Control``, ``Expires``), and, where a fetch went wrong, a pause
that doubles. ``interval`` in feeds.yaml stands in for cadence, ``ttl`` and ``sy:``, which are
hints; it never stands in for Retry-After, for a 429 or for the 5 minutes. Only Retry-After
may reach beyond a day.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from hashlib import blake2b
from itertools import pairwise

from feedhub.fetch.validators import is_distrusted
from feedhub.model import Due, Fetched, OutcomeKind, PaceHints, StoredSource

FLOOR = timedelta(minutes=5)
CEILING = timedelta(hours=24)
DEFAULT = timedelta(minutes=20)
SLOWEST_CADENCE = timedelta(hours=4)
RETRY_AFTER_MOST = timedelta(days=7)
SAFETY_NET = timedelta(hours=6)
NEVER = datetime(9999, 12, 31, tzinfo=UTC)

FIRST_BACKOFF = timedelta(minutes=5)
NOT_FOUND_FIRST = timedelta(hours=1)
BLOCKED_FIRST = timedelta(hours=2)
THROTTLED_FIRST = timedelta(minutes=30)
NOT_A_FEED_FIRST = timedelta(hours=6)
# How long an error is believed to last by its Cache-Control: servers put a year on all they send,
# and what they mean of errors they say with Retry-After.
TROUBLE_FRESH_MOST = timedelta(hours=1)

_SECONDS = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*(?:s|sec|seconds)?\s*\Z", re.ASCII)

# name, name=token or name="quoted"; what is none is passed over up to the next comma, or the
# semicolon that some write in its place
_DIRECTIVE = re.compile(
    r"([\w!#$%&'*+.^`|~-]{1,100})[ \t]{0,9}(?:=[ \t]{0,9}(?:\"([^\"]*)\"|([^\s,;\"]*)))?[^,;]*"
)

SPREAD = 0.1  # the share of a pause over which sources are spread
IDLE = (  # how long since the newest item -> how often to look
    (timedelta(days=30), CEILING),
    (timedelta(days=14), timedelta(hours=12)),
    (timedelta(days=7), timedelta(hours=6)),
)
LONG_PAUSE = timedelta(days=14)  # between two items; what came before it says nothing of the pace
ENOUGH = 8  # of now, once so many have come since


def plan_next_fetch(
    stored: StoredSource, fetched: Fetched, hints: PaceHints | None, now: datetime
) -> Due:
    """When to fetch ``stored`` again, after ``fetched``.

    ``stored`` carries the state that :func:`~feedhub.fetch.next_state` made of this fetch.
    ``hints`` are those of the document just parsed; ``None`` after a fetch without one, when
    the remembered ones stand. Deterministic: the same values, the same answer.
    """
    key = stored.source.key
    if fetched.outcome.kind is OutcomeKind.GONE:
        return Due(NEVER, "410: gone for good; not asked again until its address is changed")
    if not fetched.sent and fetched.outcome.good:  # a push: polling goes on as planned
        return Due(stored.state.next_due or now + FLOOR, stored.state.due_reason)
    if not fetched.sent:
        wait = max(fetched.retry_after or FLOOR, FLOOR)
        at, reason = now + _jittered(wait, key), f"held back: {fetched.outcome.reason}"
        hints = stored.state.hints or PaceHints()
    else:
        hints = hints if hints is not None else stored.state.hints or PaceHints()
        if fetched.outcome.good:
            pause, reason, firm = _good_pause(stored, fetched, hints, now)
        else:
            pause, reason, firm = _bad_pause(stored, fetched, hints, now)
        asked = fetched.retry_after or timedelta(0)
        if asked > pause:
            pause, reason = asked, f"{reason}; {_whose(fetched, now)} {words(asked)}"
        spread = min(_jittered(pause, key), _day(key))
        at = now + max(spread, min(firm, CEILING), asked)
    if stored.source.interval is None:
        moved = _outside_skipped(at, hints)
        if moved != at:
            return Due(moved, f"{reason}; put off to {moved:%a %H:%M} UTC by skipped hours or days")
    return Due(at, reason)


def _whose(fetched: Fetched, now: datetime) -> str:
    """Who wants a pause as long as ``fetched.retry_after``: its server, or we of its host."""
    headers = fetched.headers
    said = retry_after(headers.get("retry-after", ""), now, headers.get("date", ""))
    if fetched.outcome.kind is OutcomeKind.THROTTLED and not said:
        return "its host goes on throttling, and is left in peace for"
    return "Retry-After asks for"


def _good_pause(
    stored: StoredSource, fetched: Fetched, hints: PaceHints, now: datetime
) -> tuple[timedelta, str, timedelta]:
    """The pause after a good answer, before jitter; the wish that decided it; the least pause.

    The least is what others than feedhub have wished for, and is not to be undercut.
    """
    wishes: list[tuple[timedelta, str]] = []  # of others
    own: list[tuple[timedelta, str]] = []
    interval = stored.source.interval
    if interval is not None:
        wishes.append((interval, f"every {words(interval)}, as feeds.yaml says"))
    else:
        own.append(cadence(stored.recent, now, stored.state.changed_at))
        if hints.ttl:
            wishes.append((hints.ttl, f"its ttl asks for {words(hints.ttl)}"))
        if hints.update_period:
            wishes.append(
                (hints.update_period, f"sy:updatePeriod asks for {words(hints.update_period)}")
            )
        fresh = freshness(fetched.headers, now)
        if fresh is None and fetched.outcome.kind is OutcomeKind.NOT_MODIFIED:
            fresh = stored.state.fresh_for  # what a 304 leaves out stands as it was (RFC 9111, 3.2)
        if fresh is not None and fresh > timedelta(0):
            wishes.append((fresh, f"its server says it stays fresh for {words(fresh)}"))
    pause, reason = max([*wishes, *own], key=lambda wish: wish[0])
    firm = max((wish for wish, _ in wishes), default=FLOOR)
    state = stored.state
    if state.backoff:
        pause *= 2**state.backoff
        reason = f"{reason}; slower since it throttled us"
    if is_distrusted(state, now) and pause < CEILING:
        return CEILING, "its 304s were found untrue, so it is asked for in full once a day", CEILING
    if state.push_until is not None and now < state.push_until and pause < SAFETY_NET:
        return (
            SAFETY_NET,
            f"its hub pushes its news; every {words(SAFETY_NET)} as a safety net",
            firm,
        )
    if pause < FLOOR:
        return FLOOR, f"{reason}, but never sooner than {words(FLOOR)}", firm
    if pause > CEILING:
        return CEILING, f"{reason}, but at least once a day", firm
    return pause, reason, firm


def cadence(
    recent: tuple[datetime, ...], now: datetime, changed_at: datetime | None = None
) -> tuple[timedelta, str]:
    """A source's own pace from the times of its newest items, newest first.

    Half the mean gap between items, from 5 minutes to 4 hours; slower when nothing has come
    for a week, a fortnight, a month. With nothing known, 20 minutes: soon enough to learn the
    pace of a newspaper within the hour, and no more than three requests an hour to a stranger
    that has not said what it can bear. With too few items to tell, an eighth of the silence.
    ``changed_at`` stands in for the newest item of a document without dated ones.
    What came before a pause of a fortnight is left out once eight have come since.
    """
    times = _of_late([at for at in recent if at <= now])
    newest = times[0] if times else changed_at
    if newest is None:
        return DEFAULT, f"every {words(DEFAULT)}: nothing is known yet of its pace"
    silent = max(now - newest, timedelta(0))
    for limit, pause in IDLE:
        if silent >= limit:
            return pause, f"nothing new for {words(silent)}"
    if len(times) < 3:
        pause = min(max(DEFAULT, silent / 8), SLOWEST_CADENCE)
        return pause, f"every {words(pause)}: too few items to know its pace"
    gaps = len(times) - 1
    # The silence now counts as a gap once it is longer than usual.
    mean = max((times[0] - times[-1]) / gaps, silent / 4)
    pause = min(max(mean / 2, FLOOR), SLOWEST_CADENCE)
    return pause, f"an item about every {words(mean)}"


def _of_late(times: list[datetime]) -> list[datetime]:
    """``times``, newest first, up to the first long pause, where enough have come since.

    One article of years ago, kept in a document for good, would hide how often news come now.
    """
    for count, (later, earlier) in enumerate(pairwise(times), 1):
        if count >= ENOUGH and later - earlier >= LONG_PAUSE:
            return times[:count]
    return times


def freshness(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """How long a response says it stays fresh (RFC 9111 section 4.2), its Age taken off.

    ``max-age`` before ``Expires``; ``no-store`` and ``no-cache`` ask for no patience. ``None``
    when nothing is said.
    """
    span = lifetime(headers, now)
    if not span:
        return span
    # of several, the first counts (RFC 9111, 5.1)
    age = timedelta(seconds=_integer(headers.get("age", "").partition(",")[0]) or 0)
    return max(span - age, timedelta(0))


def lifetime(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """The same from when the origin sent it, whatever time caches have taken of it since."""
    said = headers.get("cache-control", "")
    told = _max_age(said) if len(said) <= 100 else _max_age.__wrapped__(said)  # no server's memory
    if told is not None:
        return told
    expires = http_date(headers.get("expires", ""))
    if expires is None:
        return timedelta(0) if "expires" in headers else None
    sent = http_date(headers.get("date", "")) or now
    return max(expires - sent, timedelta(0))


@lru_cache(maxsize=256)
def _max_age(cache_control: str) -> timedelta | None:
    directives: dict[str, str] = {}
    for name, quoted, token in _DIRECTIVE.findall(cache_control):
        directives.setdefault(name.lower(), quoted or token)
    # no-cache="set-cookie", as some balancers add to everything, speaks of that header alone
    if "no-store" in directives or directives.get("no-cache") == "":
        return timedelta(0)
    seconds = _integer(directives.get("max-age", ""))
    return None if seconds is None else timedelta(seconds=seconds)


def retry_after(value: str, now: datetime, date: str = "") -> timedelta | None:
    """A Retry-After header as a pause: seconds, or a date read against the server's own clock.

    ``date`` is the answer's Date header. Bounded by a week; ``None`` when it says nothing
    that can be read.
    """
    # A plain number as a rule; also 1.5, "60 s", or two answers' worth joined by a comma.
    numbers = [_SECONDS.match(part) for part in value.split(",")]
    if all(numbers):
        seconds = max(math.ceil(float(number[1][:16])) for number in numbers if number)
        return min(timedelta(seconds=min(seconds, 10**9)), RETRY_AFTER_MOST)
    until = http_date(value)
    if until is None:
        return None
    server_now = http_date(date) or now
    return min(max(until - server_now, timedelta(0)), RETRY_AFTER_MOST)


def http_date(value: str) -> datetime | None:
    """An HTTP date in any of its three forms, in UTC; ``None`` for anything else."""
    if not value or not value[-1:].strip():
        return None
    try:
        parsed = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if parsed.tzinfo is None:
        parsed = parsed.replace(tzinfo=UTC)
    try:
        return parsed.astimezone(UTC)
    except OverflowError:
        return None


def _integer(text: str) -> int | None:
    text = text.strip()
    # Anything longer is past any bound; int() of a million digits is an attack.
    return int(text[:10]) if text.isascii() and text.isdigit() else None


def _bad_pause(
    stored: StoredSource, fetched: Fetched, hints: PaceHints, now: datetime
) -> tuple[timedelta, str, timedelta]:
    """A pause that doubles with each fetch in a row that did not end well; as for a good one."""
    outcome = fetched.outcome
    first, what = FIRST_BACKOFF, outcome.reason or outcome.label
    if outcome.kind is OutcomeKind.THROTTLED:
        first, what = THROTTLED_FIRST, "it asks for fewer requests"
    elif outcome.kind is OutcomeKind.BLOCKED:
        first, what = BLOCKED_FIRST, f"it does not let us in ({outcome.reason})"
    elif outcome.kind is OutcomeKind.NOT_A_FEED:
        first, what = NOT_A_FEED_FIRST, "what is there is no feed"
    elif outcome.status in (404, 410):
        first, what = NOT_FOUND_FIRST, outcome.reason or "404: not found"
    errors = max(stored.state.errors, 1)  # this one included
    pause = min(first * 2 ** min(errors - 1, 12), CEILING)
    # Trouble never makes a source be asked sooner than its own pace would.
    usual, firm = FLOOR, FLOOR
    if stored.recent or stored.state.last_ok_at is not None:
        usual, _, firm = _good_pause(stored, replace(fetched, headers={}), hints, now)
    lasting = timedelta(0)
    if stored.source.interval is None:
        lasting = min(freshness(fetched.headers, now) or lasting, TROUBLE_FRESH_MOST)
    firm = max(firm, lasting)
    if lasting > max(usual, pause):
        return lasting, f"{what}; its server says that this stays so for {words(lasting)}", firm
    if usual > pause:
        return usual, f"{what}; tried again at its usual pace", firm
    again = f"; {errors} times in a row" if errors > 1 else ""
    return pause, f"{what}{again}, so in {words(pause)}", firm


def _jittered(pause: timedelta, key: str) -> timedelta:
    """``pause``, lengthened by a share that is the source's own for good.

    Always longer, so that no wish is undercut. Two sources with the same pause drift apart by
    a constant each round instead of meeting again, as they would with a fresh random draw.
    """
    return pause * (1 + SPREAD * _share(key))


def _day(key: str) -> timedelta:
    """The longest pause of our own: a day, less a share that is the source's own.

    Otherwise all that have grown to a day would be asked in step for ever once they have come
    to be due together, as they do while the hub is down.
    """
    return CEILING * (1 - SPREAD * (1 - _share(key)))


def _share(key: str) -> float:
    digest = blake2b(key.encode(), digest_size=4, person=b"feedhub-pace").digest()
    return int.from_bytes(digest, "big") / 2**32


def _outside_skipped(at: datetime, hints: PaceHints) -> datetime:
    """The first moment from ``at`` on that the document does not ask to be left alone in."""
    if len(hints.skip_hours) >= 24 or len(hints.skip_days) >= 7:
        return at  # skipping everything is a mistake, not a wish
    moved = at
    for _ in range(24 * 8):
        if moved.hour not in hints.skip_hours and moved.weekday() not in hints.skip_days:
            return moved
        following = moved.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        # Keep the minutes: they are what sets sources apart.
        moved = following + timedelta(minutes=at.minute / 2, seconds=at.second)
    return at


def words(span: timedelta) -> str:
    """A span for people: ``45 s``, ``20 min``, ``3 h``, ``2 days``."""
    seconds = span.total_seconds()
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 120 * 60:
        return f"{seconds / 60:.0f} min"
    if seconds < 48 * 3600:
        return f"{seconds / 3600:.0f} h"
    return f"{seconds / 86400:.0f} days"
