"""Which clicks count: one a reader, item and hour, of people alone; nobody is remembered.

Of who clicked nothing is stored. To tell one reader's second click from another's first, a
salted hash of the address is held in memory for the hour; then hash and salt are thrown away.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address

# One reader opens a handful of articles in a row; what follows a whole page's links is no reader.
BURST = 6
BURST_TIME = timedelta(seconds=20)
MOST = 40  # articles of one address in an hour, an office behind one address included
# Past so many addresses in an hour no new ones are taken: of a small hub's readers there are
# not so many, and a flood from everywhere must cost neither memory nor the list.
ADDRESSES = 20_000

_MACHINE = re.compile(
    r"bot|crawl|spider|slurp|scan|monitor|preview|fetch|prerender|headless|phantom|lighthouse"
    r"|curl|wget|libwww(?!-fm)|python|java/|okhttp|go-http|node|axios|php|perl|ruby|httpclient"
    r"|facebookexternalhit|whatsapp|telegram|discord|slack|skype|embedly|validator|archiver"
    r"|feed|rss|miniflux|inoreader|netnewswire",
    re.IGNORECASE,
)
_AHEAD = re.compile(r"prefetch|prerender|preview", re.IGNORECASE)


def is_person(method: str, headers: Mapping[str, str]) -> bool:
    """Whether a request looks like somebody who follows a link. ``headers``: lower-case names."""
    if method != "GET":
        return False
    agent = headers.get("user-agent", "")
    if not agent.startswith(("Mozilla/", "Opera/", "Lynx/", "w3m/", "Links ", "ELinks/")):
        return False
    if _MACHINE.search(agent):
        return False
    for name in ("sec-purpose", "purpose", "x-purpose", "x-moz"):
        if _AHEAD.search(headers.get(name, "")):
            return False
    # browsers that say what a request is for say this of a followed link
    return headers.get("sec-fetch-mode", "navigate") == "navigate"


def reader_of(peer: str, headers: Mapping[str, str]) -> str:
    """The address that a reader's limits go by: of IPv6, the network that a household has.

    Where the peer is a proxy of ours, on this machine or the private network, it is the last
    address that this proxy has noted.
    """
    address = _address(peer)
    forwarded = headers.get("x-forwarded-for", "").rpartition(",")[2]
    if forwarded and (address is None or address.is_private):
        address = _address(forwarded) or address
    if address is None:
        return ""
    if isinstance(address, IPv6Address):
        address = address.ipv4_mapped or address
    if isinstance(address, IPv6Address):
        return str(int(address) >> 64)
    return str(address)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text.strip().strip("[]"))
    except ValueError:
        return None


class Clicks:
    """The clicks of this process that are not stored yet."""

    def __init__(self) -> None:
        self._counts: dict[tuple[int, datetime], int] = defaultdict(int)
        self._hour: datetime | None = None
        self._salt = b""
        self._readers: dict[bytes, tuple[set[int], list[datetime]]] = {}

    def note(self, item_id: int, reader: str, now: datetime) -> bool:
        """Count a person's click, unless it is a repeat or one of a flood; whether it counted."""
        hour = now.replace(minute=0, second=0, microsecond=0)
        if hour != self._hour:
            self._hour, self._salt = hour, secrets.token_bytes(32)
            self._readers = {}
        key = hmac.digest(self._salt, reader.encode(), "sha256")[:12]
        known = self._readers.get(key)
        if known is None:
            if len(self._readers) >= ADDRESSES:
                return False
            known = self._readers[key] = (set(), [])
        opened, times = known
        recent = [at for at in times if now - at < BURST_TIME]
        times[:] = [*recent, now][-BURST:]
        if item_id in opened or len(recent) >= BURST or len(opened) >= MOST:
            return False
        opened.add(item_id)
        self._counts[item_id, hour] += 1
        return True

    @property
    def waiting(self) -> bool:
        """Whether there is anything to be stored."""
        return bool(self._counts)

    def take(self) -> dict[tuple[int, datetime], int]:
        """What is to be stored, by item and beginning of the hour; it is no longer kept here."""
        counts, self._counts = self._counts, defaultdict(int)
        return dict(counts)

    def give_back(self, counts: Mapping[tuple[int, datetime], int]) -> None:
        """Keep again what could not be stored."""
        for key, count in counts.items():
            self._counts[key] += count
