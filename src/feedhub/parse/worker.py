"""The child: a pickled document and its rules in, a parsed feed, or why there is none, out."""

from __future__ import annotations

import pickle
import sys

from feedhub.answering import Answer, answer_all


def parse() -> Answer:
    """What answers: ``(error, value)``, pickled plain values of ours both ways."""
    from feedhub.errors import NotAFeed, ParseError
    from feedhub.parse.document import parse_document

    def answer(message: bytes) -> bytes:
        document, rules = pickle.loads(message)  # noqa: S301 - written by our own parent
        del message
        told: tuple[str, object]
        try:
            told = ("", parse_document(document, rules))
        except NotAFeed as error:
            told = ("not_a_feed", (error.reason, error.feeds))
        except ParseError as error:
            told = ("parse", error.reason)
        except RecursionError:
            told = ("parse", "nested too deeply")
        return pickle.dumps(told, pickle.HIGHEST_PROTOCOL)

    return answer


if __name__ == "__main__":  # python -m feedhub.parse.worker MEMORY DEADLINE
    answer_all(parse, deadline=float(sys.argv[2]), memory=int(sys.argv[1]))
