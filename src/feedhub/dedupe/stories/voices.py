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
from itertools import pairwise

from feedhub.dedupe.stories.text import site_name, without_outlet, words
from feedhub.model import StoryItem
from feedhub.values import dataclass

# News agencies by the names that they sign with.
AGENCIES = (
    "AAP", "AFP", "ANP", "ANSA", "AP", "APA", "Anadolu", "Associated Press", "Belga",
    "Bloomberg", "DPA", "EFE", "Europa Press", "FNB", "Interfax", "Kyodo", "LUSA", "Lehtikuva",
    "NPK", "NTB", "PA Media", "PAP", "PTI", "Press Association", "RIA Novosti", "Reuters",
    "Ritzau", "SID", "SPT", "STT", "TASS", "TT", "Tidningarnas Telegrambyrå", "UPI", "Xinhua",
)  # fmt: skip
_NAMES = {name.casefold(): name for name in AGENCIES}
_LONG = {"associated press": "AP", "press association": "PA Media"}
_LONG |= {"tidningarnas telegrambyrå": "TT", "norsk telegrambyrå": "NTB"}
_LONG |= {"agence france-presse": "AFP", "deutsche presse-agentur": "DPA"}
_LONG |= {"ritzaus bureau": "Ritzau", "suomen tietotoimisto": "STT"}
# Names that a word makes an agency's: "Direkt" and "Siren" alone are not.
_LONG |= {"nyhetsbyrån direkt": "Direkt", "nyhetsbyrån siren": "Siren"}
# ... and the sites of those whose own feeds do not sign.
_SITES = {"apnews": "AP", "pressassociation": "PA Media"}
# What stands beside the name in a byline and says no more: "Av TT", "NTB Nyheter", "AP Writer".
_BEFORE = re.compile(
    r"^(?:av|af|by|von|from|fra|från|text|tekst|källa|kilde|quelle|source|the|nyhetsbyrån"
    r"|nyhedsbureauet|nyhetsbyrået|©)\b:?\s*|^©\s*"
)
_AFTER = re.compile(
    r"\.(?:com|se|no|dk|de)$|\s+(?:nyhetsbyrån|nyheter|news|finans|staff|wire|english|video"
    r"|sport|kultur|ekonomi|utrikes|inrikes"
    r"|infocom|afx|news agency|news wire|(?:\w+ ){0,2}(?:writers?|reporters?|correspondents?))$"
)
_BETWEEN = re.compile(
    r"[/,;&|()]|\s[–—-]\s|(?<=\w)[-–](?=[^\W\d_])(?=[A-ZÅÄÖÆØ]|infocom|afx)|\s(?:och|and|og|und|ja)\s"
)
_ENDS = re.compile(r"\s(associated press|press association|tidningarnas telegrambyrå)$")
# In texts two sign in small letters; all others are words there if they are not written so.
_ALTERNATIVES = "|".join(
    sorted(map(re.escape, (*AGENCIES, "dpa", "ritzau")), key=len, reverse=True)
)
_MORE = r"(?:\s?[-–/]\s?[^\W\d_]{2,12}){0,3}"  # "(NTB-AFP)", "(dpa/tmn)"
# "(Reuters) - ...", "/TT/", "OSLO (NTB)": at the start of a text, or alone at its end.
_DATELINE = re.compile(rf"^.{{0,40}}?[(/]\s?©?\s?({_ALTERNATIVES}){_MORE}[)/]")
# With a capital, or in brackets: a "data source" is not who wrote.
_SOURCE = r"(?:\b(?:Källa|KÄLLA|Kilde|Quelle|Source)|(?<=[(/])(?i:källa|kilde|quelle|source))"
_CLOSING = re.compile(
    rf"(?:[(/–—-]\s*|{_SOURCE}:\s|(?<=[.!?”\"]\s))"
    rf"©?\s?({_ALTERNATIVES}){_MORE}\s*[)/]?\.?$|\b(dpa):\d{{6}}-[\d/-]+$"
)
# "Foto: Ada Berg / NTB" signs a picture, "Image Source: AP" and "Photo (AP)" as well.
_PICTURE = re.compile(
    r"(?:foto|photo|bilde?|kuva|image)s?(?:\s*(?::|\sby\s)[^.!?]*|[\s-]*)$", re.IGNORECASE
)

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
    """The agency that an item names as its maker; empty when it names none.

    Of several ("NTB-AFP") the first, who wrote it. An agency's own feed need not sign.
    """
    for author in (*item.authors, item.origin_name or ""):
        if author and (name := _signed(author)):
            return name
    text = item.summary.rstrip()
    match = _DATELINE.search(text[:120])
    if match is None:
        match = _CLOSING.search(text[-120:])
        if match is not None and _PICTURE.search(text[-120:][: match.start()]):
            match = None
    if match is not None:
        return _plain(match[match.lastindex or 1].casefold())
    label = site_name(item.publisher).casefold()
    return _SITES.get(label) or _plain(label)


def _plain(name: str) -> str:
    return _LONG.get(name) or _NAMES.get(name, "")


def _signed(author: str) -> str:
    """The first agency that a byline or the name of a source consists of, in part."""
    for part in (author, *_BETWEEN.split(author)):  # "Agence France-Presse" is one
        name = " ".join(part.casefold().split()).strip(" .:")
        for _ in range(3):  # "Av Nyhetsbyrån TT"
            if found := _plain(name):
                return found
            shorter = _AFTER.sub("", _BEFORE.sub("", name)).strip()
            if shorter == name:
                break
            name = shorter
        if (end := _ENDS.search(name)) is not None:
            return _plain(end[1])
    return ""


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
