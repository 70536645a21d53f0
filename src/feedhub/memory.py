"""Freed memory goes back to the system, where the C library would keep it for later."""

from __future__ import annotations

import sys


def give_back() -> None:
    """Hand free pages back; some milliseconds. Nothing happens where the C library is not glibc.

    A pass that has read a thousand documents leaves holes all over the heap, and glibc gives
    back none but those at its end.
    """
    if sys.platform != "linux":
        return
    import ctypes  # who never needs it does without

    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
