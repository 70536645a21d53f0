"""No feed of ours says that an article was published after it came."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from feedhub.publish.atom import render_atom

SEEN = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def test_a_date_that_lay_ahead_gives_way_to_the_time_lists_sort_by(make, parse_feed):
    ahead = make.item(
        1, published=SEEN + timedelta(hours=5), effective=SEEN, first_seen=SEEN, updated=SEEN
    )
    honest = make.item(
        2, published=SEEN - timedelta(hours=5), effective=SEEN, first_seen=SEEN, updated=SEEN
    )
    listing = make.listing(make.placed(ahead, 1), make.placed(honest, 2))
    entries = parse_feed(render_atom(listing, make.ctx())).entries
    found = [datetime(*entry.published_parsed[:6], tzinfo=UTC) for entry in entries]
    assert found == [SEEN, SEEN - timedelta(hours=5)]
