"""Freed memory goes back to the system, where the C library would keep it for later."""

from __future__ import annotations

import sys


def apart(size: int = 256 * 1024) -> None:
    """Have blocks of ``size`` bytes or more go back to the system as soon as they are freed.

    glibc begins so, and from the first large block that is freed keeps all of that size in its
    heap, where they leave holes: documents of megabytes came to twice what they hold.
    """
    if sys.platform != "linux":
        return
    import ctypes

    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(-3, size)  # M_MMAP_THRESHOLD


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
