"""What an item is compared by: stems, the ends of long words, and neighbouring stems."""

from __future__ import annotations

from dataclasses import dataclass

from feedhub.dedupe.stories.language import guess, stems, subtag
from feedhub.dedupe.stories.templates import Mould, mould
from feedhub.dedupe.stories.text import split_kicker, without_outlet, words
from feedhub.dedupe.stories.tuning import Tuning
from feedhub.model import StoryItem

# Set before a key to tell the ends of a word from a stem; no word begins with one.
HEAD, TAIL = "<", ">"


@dataclass(frozen=True, slots=True)
class Features:
    """Counts by key: ``kron`` is a stem, ``<skatt`` and ``>ronor`` are ends of a long word.

    Keys carry their language (``sv:kron``), so that each language has its own counts. A count
    is the title's weight, the summary's, or both. ``kicker_counts`` are what the kicker adds
    when it is no boilerplate. ``title`` and ``summary`` are the stems in order.
    """

    language: str
    counts: dict[str, int]
    kicker: str
    kicker_counts: dict[str, int]
    body: str
    title: tuple[str, ...]
    summary: tuple[str, ...]
    lede: float  # 0 to 1: how much of a lede there is
    mould: Mould


def extract(item: StoryItem, tuning: Tuning) -> Features:
    """The features of an item: a function of the item alone."""
    headline = without_outlet(item.title, item.publisher)
    kicker, body, shouted = split_kicker(headline)
    title = words(body)
    before = [] if shouted else words(kicker)
    summary = words(item.summary)[: tuning.summary_words] if item.summary else []
    language = subtag(item.language) or guess(title + summary)
    most = tuning.title + 1
    counts: dict[str, int] = {}
    title_stems = stems(title, language)
    _count(counts, title, title_stems, tuning.title, language, tuning)
    kicker_counts: dict[str, int] = {}
    if before:
        _count(kicker_counts, before, stems(before, language), tuning.title, language, tuning)
    summary_stems = stems(summary, language)
    _count(counts, summary, summary_stems, 1, language, tuning)
    for table in (counts, kicker_counts):
        for key, count in table.items():
            if count > most:
                table[key] = most
    for key in [key for key in kicker_counts if key in counts]:
        del kicker_counts[key]
    return Features(
        language,
        counts,
        "" if shouted else kicker,
        kicker_counts,
        body.casefold(),
        tuple(f"{language}:{stem}" for stem in title_stems),
        tuple(f"{language}:{stem}" for stem in summary_stems),
        min(1.0, len(summary) / tuning.lede_words),
        mould(headline),
    )


def _count(
    counts: dict[str, int],
    found: list[str],
    cut: list[str],
    weight: int,
    language: str,
    tuning: Tuning,
) -> None:
    letters, long_word = tuning.affix_letters, tuning.long_word
    get = counts.get
    for word, stem in zip(found, cut, strict=True):
        key = f"{language}:{stem}"
        counts[key] = get(key, 0) + weight
        if len(word) >= long_word:
            key = f"{HEAD}{language}:{word[:letters]}"
            counts[key] = get(key, 0) + weight
            key = f"{TAIL}{language}:{word[-letters:]}"
            counts[key] = get(key, 0) + weight
