"""What an item is compared by: stems, the ends of long words, and neighbouring stems."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from feedhub.dedupe.stories.common import classes
from feedhub.dedupe.stories.language import guess, stems, subtag
from feedhub.dedupe.stories.templates import Mould, mould
from feedhub.dedupe.stories.text import sentences, split_kicker, without_outlet, words
from feedhub.dedupe.stories.tuning import Tuning
from feedhub.model import StoryItem

# Set before a key to tell the ends of a word from a stem; no word begins with one.
HEAD, TAIL = "<", ">"

_SHORT = {1: 0.06, 2: 0.06, 3: 0.02}  # by letters, where a language's words are not listed


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
    stops: tuple[int, ...]  # where each of the summary's sentences ends
    lede: float  # 0 to 1: how much of a lede there is
    mould: Mould


def extract(item: StoryItem, tuning: Tuning) -> Features:
    """The features of an item: a function of the item alone."""
    headline = without_outlet(item.title, item.publisher)
    kicker, body, shouted = split_kicker(headline)
    title = words(body)
    before = [] if shouted else words(kicker)
    summary: list[str] = []
    stops: list[int] = []
    for sentence in sentences(item.summary):
        summary += words(sentence)
        stops.append(min(len(summary), tuning.summary_words))
        if len(summary) >= tuning.summary_words:
            del summary[tuning.summary_words :]
            break
    language = subtag(item.language) or guess(title + summary)
    most = tuning.title + 1
    shape = (language, tuning.long_word, tuning.affix_letters)
    title_keys = [_keys(word, *shape) for word in title]
    summary_keys = [_keys(word, *shape) for word in summary]
    counts: dict[str, int] = {}
    _count(counts, title_keys, tuning.title)
    _count(counts, summary_keys, 1)
    kicker_counts: dict[str, int] = {}
    if before:
        _count(kicker_counts, [_keys(word, *shape) for word in before], tuning.title)
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
        tuple([keys[0] for keys in title_keys]),
        tuple([keys[0] for keys in summary_keys]),
        tuple(stops),
        min(1.0, len(summary) / tuning.lede_words),
        mould(headline),
    )


@lru_cache(maxsize=1 << 16)
def _keys(word: str, language: str, long_word: int, letters: int) -> tuple[str, ...]:
    """The keys of a word, its stem's first. Kept, for most words come again and again."""
    stem = f"{language}:{stems([word], language)[0]}"
    if len(word) < long_word:
        return (stem,)
    return (
        stem,
        f"{HEAD}{language}:{word[:letters]}",
        f"{TAIL}{language}:{word[-letters:]}",
    )


def commonness(key: str, tuning: Tuning) -> float:
    """The share of items that hold a key, as far as is known before any item is seen."""
    language, _, word = key.lstrip(HEAD + TAIL).partition(":")
    listed = _common(language, tuning.long_word, tuning.affix_letters)
    if listed:
        return listed.get(key, tuning.prior_share)
    # No list for this language. The commonest words are short in all of them.
    return _SHORT.get(len(word), tuning.prior_share)


@lru_cache(maxsize=64)
def _common(language: str, long_word: int, letters: int) -> dict[str, float]:
    found: dict[str, float] = {}
    for share, listed in classes(language):
        for word in listed:
            for key in _keys(word, language, long_word, letters):
                found.setdefault(key, share)
    return found


def _count(counts: dict[str, int], found: list[tuple[str, ...]], weight: int) -> None:
    get = counts.get
    for keys in found:
        for key in keys:
            counts[key] = get(key, 0) + weight
