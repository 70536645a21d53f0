"""From items, stories and observations at a tick to ordered lists, each place with its reasons.

Pure: the tick's time is ``RankInput.now``; nothing here reads a clock, a file or a socket.
``docs/ranking.md`` has the formulas, their units and their sources.
"""

from feedhub.rank.lists import changed, rank_list, rank_lists
from feedhub.rank.order import detect_order
from feedhub.rank.tuning import TERMS, Tuning

__all__ = ["TERMS", "Tuning", "changed", "detect_order", "rank_list", "rank_lists"]
