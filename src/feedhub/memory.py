"""How memory is given back: to Python by its collector, and to the system by the C library."""

from __future__ import annotations

import atexit
import gc
import sys

# New objects, less those gone, between two looks for cyclic garbage: some two megabytes of
# them, where Python has 700. And how many such looks until those that outlived one are looked
# at again.
YOUNG = 10_000
OLDER = 20
# The same while a command starts: what it imports and reads then, stays.
NEW = 1_000_000


def look_later() -> None:
    """Do not look for cyclic garbage until :func:`look_seldom`, or a great deal is made."""
    gc.set_threshold(NEW, OLDER, OLDER)


def look_seldom() -> None:
    """Look for cyclic garbage seldom: a hub makes little, and each look goes through what lives.

    What there is when this is first called is not looked through again.
    """
    if not gc.get_freeze_count():
        gc.freeze()
    gc.set_threshold(YOUNG, OLDER, OLDER)


def leave_quickly() -> None:
    """At the end of the process, leave its memory to the system.

    Python would look through every object once more, which takes a twentieth of a short command.
    """
    atexit.unregister(gc.freeze)  # said twice is said once
    atexit.register(gc.freeze)


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
