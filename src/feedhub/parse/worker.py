"""The child: reads documents from standard input, writes parsed feeds to standard output.

Frames are a four-byte length and a pickle of plain values of ours. It ends when its input
does, so that it cannot outlive the hub; while it works, an alarm of its own ends it at
twice the deadline, should the hub be gone by then.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import sys
from typing import BinaryIO

from feedhub.parse.frames import HEADER


def limit_memory(limit: int) -> None:
    """Bound the address space, in bytes, where the system can."""
    try:
        import resource
    except ImportError:  # not on Windows
        return
    with contextlib.suppress(ValueError, OSError):  # macOS knows the limit and refuses it
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _read(stream: BinaryIO, size: int) -> bytes | None:
    data = stream.read(size)
    return data if data and len(data) == size else None


def serve(source: BinaryIO, sink: BinaryIO, deadline: float) -> None:
    """Answer requests until the input ends. An answer is ``(error, value)``."""
    from feedhub.errors import NotAFeed, ParseError
    from feedhub.parse.document import parse_document

    sink.write(HEADER.pack(0))
    sink.flush()
    while True:
        header = _read(source, HEADER.size)
        if header is None:
            return
        request = _read(source, HEADER.unpack(header)[0])
        if request is None:
            return
        document, rules = pickle.loads(request)  # noqa: S301 - written by our own parent
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, deadline * 2)
        answer: tuple[str, object]
        try:
            answer = ("", parse_document(document, rules))
        except NotAFeed as error:
            answer = ("not_a_feed", (error.reason, error.feeds))
        except ParseError as error:
            answer = ("parse", error.reason)
        except (MemoryError, SystemError):
            answer = ("memory", None)  # extensions at the limit forget to say what it was
        except RecursionError:
            answer = ("parse", "nested too deeply")
        except Exception as error:
            answer = ("crash", f"{type(error).__name__}: {str(error)[:200]}")
        del document
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, 0)
        data = pickle.dumps(answer, pickle.HIGHEST_PROTOCOL)
        sink.write(HEADER.pack(len(data)) + data)
        sink.flush()
        if answer[0] == "memory":
            return  # a heap that hit its limit is not to be trusted with the next document


def main() -> None:
    """``python -m feedhub.parse.worker MEMORY DEADLINE``."""
    limit_memory(int(sys.argv[1]))
    for name in ("SIGINT", "SIGTERM"):
        # A terminal sends these to the whole group; the parent decides when we end.
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    source, sink = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # a stray print must not break a frame
    with contextlib.suppress(BrokenPipeError):
        serve(source, sink, float(sys.argv[2]))
    os._exit(0)  # no clean-up that could hang on a broken pipe


if __name__ == "__main__":
    main()
