"""From items, stories and observations at a tick to ordered lists, each place with its reasons.

Pure: the tick's time is ``RankInput.now``; nothing here reads a clock, a file or a socket.
``docs/ranking.md`` has the formulas, their units and their sources.
"""

from feedhub.rank.latest import tellers
from feedhub.rank.lists import Explanation, changed, explain, rank_list, rank_lists, scores
from feedhub.rank.order import detect_order
from feedhub.rank.reasons import figure
from feedhub.rank.tuning import TERMS, Tuning

__all__ = [
    "TERMS",
    "Explanation",
    "Tuning",
    "changed",
    "detect_order",
    "explain",
    "figure",
    "rank_list",
    "rank_lists",
    "scores",
    "tellers",
]
