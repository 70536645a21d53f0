"""Short ways to say items, norms and inputs in the tests of ranking."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from feedhub.model import RankItem

NOW = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def now() -> datetime:
    return NOW


@pytest.fixture(scope="session")
def item() -> Callable[..., RankItem]:
    """``item(id, hours_ago, publisher=..., story=...)``; anything else by its own name."""

    def make(id_: int, hours_ago: float | None = 1.0, **more: Any) -> RankItem:
        at = NOW - timedelta(hours=hours_ago) if hours_ago is not None else None
        values: dict[str, Any] = {
            "id": id_,
            "story_id": more.pop("story", id_),
            "source_ids": (more.pop("source", 1),),
            "publisher": "dn.se",
            "section": None,
            "categories": (),
            "language": "sv",
            "title": f"Nyhet nummer {id_}",
            "effective": at,
            "first_seen": at or NOW - timedelta(hours=1),
        }
        return RankItem(**(values | more))

    return make
