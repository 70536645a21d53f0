"""How many independent voices tell a story.

Sections and sister feeds of one publisher are one voice. Agency copy is one voice however many
carry it, and each carrier beyond the first adds a small credit: printing it is a judgement of
news, but no second source. Copy is known by its text (nearly the same words) or by an agency
named by several items, in the byline, the feed's ``source`` or the dateline, over texts that
share at least half of their words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from feedhub.dedupe.stories.text import without_outlet, words
from feedhub.model import StoryItem

# News agencies by the names that they sign with.
AGENCIES = (
    "AAP", "AFP", "ANP", "ANSA", "AP", "APA", "Anadolu", "Associated Press", "Belga",
    "Bloomberg", "DPA", "EFE", "Interfax", "Kyodo", "LUSA", "Lehtikuva", "NTB", "PA Media",
    "PAP", "PTI", "Press Association", "RIA Novosti", "Reuters", "Ritzau", "SID", "STT", "TASS",
    "TT", "Tidningarnas Telegrambyrå", "UPI", "Xinhua",
)  # fmt: skip
_NAMES = {name.casefold(): name for name in AGENCIES}
_LONG = {"associated press": "AP", "press association": "PA Media"}
_LONG |= {"tidningarnas telegrambyrå": "TT"}
_ALTERNATIVES = "|".join(sorted(map(re.escape, AGENCIES), key=len, reverse=True))
# "(Reuters) - ...", "/TT/", "OSLO (NTB)": at the start of a text, or alone at its end.
_DATELINE = re.compile(rf"^.{{0,40}}?[(/]({_ALTERNATIVES})[)/]")
_CLOSING = re.compile(rf"[(/–—-]\s*({_ALTERNATIVES})\s*[)/]?\.?$")

_COPY = 0.8  # this share of word pairs in common, by text alone, is no coincidence
_SIGNED = 0.5  # ... and this one with the same agency named: a rewrite for length
_CREDIT = 0.25  # for each further carrier: four of them weigh as one more source
_LEAST_WORDS = 4  # shorter texts agree by chance


@dataclass(frozen=True, slots=True)
class Voices:
    """Independent tellers of a story.

    ``count`` of them are independent; ``credit`` is what carriers of copies add. ``groups``
    are the publishers behind each voice, the first to tell first.
    """

    count: int
    credit: float
    publishers: tuple[str, ...]
    groups: tuple[tuple[str, ...], ...]


def agency(item: StoryItem) -> str:
    """The agency that an item names as its maker; empty when it names none."""
    for author in (*item.authors, item.origin_name or ""):
        for part in re.split(r"[/,;&]| och | and | og | und ", author):
            name = part.strip(" ()").casefold()
            if name in _NAMES:
                return _LONG.get(name, _NAMES[name])
    match = _DATELINE.search(item.summary[:120]) or _CLOSING.search(item.summary.rstrip())
    if match is None:
        return ""
    return _LONG.get(match[1].casefold(), _NAMES[match[1].casefold()])


def voices(items: Sequence[StoryItem]) -> Voices:
    """Count the independent voices among the items of one story; order does not matter."""
    ordered = sorted(items, key=lambda item: (item.at, item.id))
    texts = [_Text(item) for item in ordered]
    home = list(range(len(ordered)))

    def root(n: int) -> int:
        while home[n] != n:
            n = home[n]
        return n

    for n, later in enumerate(texts):
        for m in range(n):
            if later.publisher == texts[m].publisher or later.copies(texts[m]):
                one, two = sorted((root(n), root(m)))
                home[two] = one
    groups: dict[int, dict[str, None]] = {}
    for n, text in enumerate(texts):
        groups.setdefault(root(n), {})[text.publisher] = None
    carriers = sum(len(group) - 1 for group in groups.values())
    return Voices(
        len(groups),
        _CREDIT * carriers,
        tuple(sorted({text.publisher for text in texts})),
        tuple(tuple(group) for group in groups.values()),
    )


class _Text:
    """An item as far as copying shows in it."""

    def __init__(self, item: StoryItem) -> None:
        self.publisher = item.publisher
        self.agency = agency(item)
        self.title = _pairs(without_outlet(item.title, item.publisher))
        self.summary = _pairs(item.summary)

    def copies(self, other: _Text) -> bool:
        likeness = max(_alike(self.title, other.title), _alike(self.summary, other.summary))
        signed = self.agency and self.agency == other.agency
        return likeness >= (_SIGNED if signed else _COPY)


def _pairs(text: str) -> frozenset[tuple[str, str]]:
    return frozenset(pairwise(words(text)))


def _alike(one: frozenset[tuple[str, str]], two: frozenset[tuple[str, str]]) -> float:
    """The share of the shorter text's word pairs that the longer has too."""
    least = min(len(one), len(two))
    return len(one & two) / least if least >= _LEAST_WORDS else 0.0
