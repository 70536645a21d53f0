"""Which items are the oldest: the ids that leave a window, without a heap of all of them."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heapify, heappop, heappush

_SPAN = 600.0  # seconds; items of so long are put in order when the oldest of them may leave


class Ages:
    """Ids by time: those of each ten minutes are kept together, the oldest alone in order."""

    def __init__(self) -> None:
        self._times: dict[int, tuple[list[float], list[int]]] = {}  # times and ids by span
        self._spans: list[int] = []  # a heap of the spans that there are
        self._open = -1  # items of this span and those before are in order
        self._oldest: list[tuple[float, int]] = []  # a heap of them

    def add(self, at: float, id_: int) -> None:
        """An id with its time, in seconds since the epoch."""
        span = int(at // _SPAN)
        if span <= self._open:
            heappush(self._oldest, (at, id_))
            return
        if span not in self._times:
            self._times[span] = [], []
            heappush(self._spans, span)
        times, ids = self._times[span]
        times.append(at)
        ids.append(id_)

    def before(self, at: float) -> Iterator[tuple[float, int]]:
        """Take out what is older, the oldest first: times and ids."""
        while True:
            while self._oldest and self._oldest[0][0] < at:
                yield heappop(self._oldest)
            if self._oldest or not self._spans or self._spans[0] * _SPAN >= at:
                return
            self._open = heappop(self._spans)
            self._oldest = list(zip(*self._times.pop(self._open), strict=True))
            heapify(self._oldest)
