"""Arrays that grow, and rows of different lengths laid end to end in one of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Keys = npt.NDArray[np.int32]
Bytes = npt.NDArray[np.uint8]
Singles = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


def grown(old: npt.NDArray[Any], least: int) -> npt.NDArray[Any]:
    """The array with zeros behind it, at least so long and at least a half longer."""
    new = np.zeros(max(least, len(old) + len(old) // 2, 64), old.dtype)
    new[: len(old)] = old
    return new


class Rows:
    """Rows laid end to end; a row is a start and a length, and is never changed."""

    def __init__(self, dtype: type[np.generic]) -> None:
        self.data = np.zeros(64, dtype)
        self.used = 0

    def extend(self, values: npt.NDArray[Any] | list[int]) -> int:
        """Lay values behind all others; where they start."""
        start, end = self.used, self.used + len(values)
        if end > len(self.data):
            self.data = grown(self.data, end)
        self.data[start:end] = values
        self.used = end
        return start


def places(starts: Ints, lengths: Ints) -> tuple[Ints, Ints]:
    """Every place of some rows, end to end; and where each row begins among them."""
    ends = lengths.cumsum()
    begins = ends - lengths
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) + (starts - begins).repeat(lengths), begins
