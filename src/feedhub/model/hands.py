"""The editor's hand."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from feedhub.values import dataclass

HandAction = Literal["hide", "pin", "retitle", "takedown"]


@dataclass(frozen=True, slots=True)
class Hand:
    """What an editor has ordered of one item (``i``) or story (``s``).

    ``slug`` is the list that is meant; "" is all. ``value`` is the new title of ``retitle``,
    the place of ``pin``. It is in force from ``at`` until ``until`` or ``undone_at``.
    """

    id: int
    kind: Literal["i", "s"]
    target: int
    action: HandAction
    value: str
    slug: str
    at: datetime
    by: str
    note: str = ""
    until: datetime | None = None
    undone_at: datetime | None = None
    undone_by: str = ""

    def in_force(self, now: datetime) -> bool:
        ended = self.undone_at is not None or (self.until is not None and self.until <= now)
        return not ended
