"""The commands of the person who runs the hub: they say what they did, in words and as JSON."""

from __future__ import annotations

import json

DATE = "Sun, 01 Mar 2026 10:00:00 GMT"


def test_prune_counts_then_removes(desk, origin, make_rss):
    desk.sources(origin.feed("/a", make_rss("Ett", ("https://a.example/1", "Rubrik", DATE))))
    assert desk.run("prune").exit_code == 2  # no database yet
    desk.run("update", "--all")
    assert "0 items are past" in desk.run("prune", "--dry-run").output
    found = json.loads(desk.run("prune", "--json").output)
    assert found == {"items": 0, "held": 0, "pages": 0, "dry_run": False}
