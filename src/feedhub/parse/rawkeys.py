"""The extension elements that are read, by the names feedparser gives them."""

from __future__ import annotations

# Elements that some publishers use to tell whether reading costs.
PAYWALL_KEYS = (
    "premium", "ispremium", "paywall", "ispaywall", "paid", "access", "accessrights",
    "dcterms_accessrights", "isaccessibleforfree", "subscription", "locked", "plus", "isplus",
    "ns_premium", "bn_premium", "paywall_status", "media_paywall", "content_tier", "contenttier",
)  # fmt: skip

# Elements whose text counts something; what each means is told in counts.py.
COUNT_KEYS = (
    "slash_comments", "thr_total", "comments_count", "commentcount", "comment_count", "score",
    "points", "ups", "shares", "sharecount", "share_count", "views", "viewcount", "favorites",
)  # fmt: skip

# Elements whose attributes count something, and those attributes.
STATISTICS_ELEMENTS = ("media_statistics", "media_starrating")
STATISTICS = ("views", "favorites", "favourites", "count")

# Links that mean something to us; licences, editors and the like are left aside.
LINK_RELS = frozenset({"alternate", "enclosure", "replies"})
FEED_LINK_RELS = frozenset({"alternate", "self", "hub"})
