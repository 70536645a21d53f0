"""The far side of a child process of ours: it answers messages on two pipes until they end.

A message is a four-byte length and that many bytes; an answer's first byte is its kind. The
child ends when its input does, so that it cannot outlive the hub; while it works, an alarm of
its own ends it at twice the deadline, should the hub be gone by then.
"""

from __future__ import annotations

import contextlib
import os
import signal
import struct
import sys
from collections.abc import Callable
from typing import BinaryIO

from feedhub.memory import look_later, look_seldom

HEADER = struct.Struct("!I")
# Kinds of answers.
GOOD, FAILED, OUT_OF_MEMORY = b".", b"!", b"m"
# What asks a process to end, or the hub to read feeds.yaml again; the hub's children leave that to
# the hub.
STOPPING = frozenset(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
_MOST_WORDS = 300  # letters of an error that cross the pipe

Answer = Callable[[bytes], bytes]


def answer_all(make: Callable[[], Answer], deadline: float, memory: int = 0) -> None:
    """Answer standard input on standard output until it ends, then end the process.

    ``make`` gives the function that answers; what takes long to import it imports itself.
    ``deadline`` is in seconds, ``memory`` in bytes of address space, 0 for no limit.
    """
    _limit(memory)
    look_later()
    for number in STOPPING:
        # A terminal sends these to the whole group; the parent decides when we end.
        signal.signal(number, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):  # held back until now, by whoever started us
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
    source, sink = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # a stray print must not break a message
    with contextlib.suppress(BrokenPipeError):
        try:
            answer = make()
        except Exception as error:  # a broken installation, say
            _send(sink, _words(error))
        else:
            look_seldom()
            serve(source, sink, answer, deadline)
    os._exit(0)  # no clean-up that could hang on a broken pipe


def serve(source: BinaryIO, sink: BinaryIO, answer: Answer, deadline: float) -> None:
    """Say that we are there (an empty message; other words mean why not), then answer.

    What the function raises is an answer too: its words, for a log line, not a traceback on
    somebody's terminal. After running out of memory there is no other: a heap that hit its
    limit is not to be trusted with the next message.
    """
    _send(sink, b"")
    while (message := _receive(source)) is not None:
        held = [message]  # handed over, so that who answers can let go of megabytes once read
        del message
        _alarm(deadline * 2)
        kind, value = GOOD, b""
        try:
            value = answer(held.pop())
        except (MemoryError, SystemError):  # extensions at the limit forget to say what it was
            kind = OUT_OF_MEMORY
        except Exception as error:
            kind, value = FAILED, _words(error)
        _alarm(0.0)
        _send(sink, kind, value)
        if kind == OUT_OF_MEMORY:
            return


def _words(error: Exception) -> bytes:
    text = f"{type(error).__name__}: {error}"[:_MOST_WORDS]
    return text.encode(errors="backslashreplace")


def _send(sink: BinaryIO, *parts: bytes) -> None:
    sink.write(HEADER.pack(sum(map(len, parts))))
    for part in parts:
        sink.write(part)
    sink.flush()


def _receive(source: BinaryIO) -> bytes | None:
    header = source.read(HEADER.size)
    if len(header) < HEADER.size:
        return None
    size = HEADER.unpack(header)[0]
    message = source.read(size)
    return message if len(message) == size else None


def _alarm(seconds: float) -> None:
    if hasattr(signal, "setitimer"):  # not on Windows
        signal.setitimer(signal.ITIMER_REAL, seconds)


def _limit(memory: int) -> None:
    """No core dumps, and a bound on the address space, where the system can."""
    try:
        import resource
    except ImportError:  # not on Windows
        return
    with contextlib.suppress(ValueError, OSError):  # macOS knows the limit and refuses it
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if memory:
            resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
