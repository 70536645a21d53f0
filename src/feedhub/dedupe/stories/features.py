"""What an item is compared by: stems, the ends of long words, and neighbouring stems."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from feedhub.dedupe.stories.language import guess, stems, subtag
from feedhub.dedupe.stories.text import clean_title, words
from feedhub.dedupe.stories.tuning import Tuning
from feedhub.model import StoryItem


@dataclass(frozen=True, slots=True)
class Features:
    """Counts by key: ``kron`` is a stem, ``<skatt`` and ``>ronor`` are ends of a long word.

    ``pairs`` are neighbouring stems. A count is the title's weight, the summary's, or both.
    """

    language: str
    counts: dict[str, int]
    pairs: dict[tuple[str, str], int]


def extract(item: StoryItem, tuning: Tuning) -> Features:
    """The features of an item: a function of the item alone."""
    title = words(clean_title(item.title, item.publisher))
    summary = words(item.summary)[: tuning.summary_words]
    language = subtag(item.language) or guess(title + summary)
    counts: dict[str, int] = {}
    pairs: dict[tuple[str, str], int] = {}
    most = tuning.title + 1
    for text, weight in ((title, tuning.title), (summary, 1)):
        cut = stems(text, language)
        for word, stem in zip(text, cut, strict=True):
            counts[stem] = min(counts.get(stem, 0) + weight, most)
            if len(word) >= tuning.long_word:
                for key in (
                    "<" + word[: tuning.affix_letters],
                    ">" + word[-tuning.affix_letters :],
                ):
                    counts[key] = min(counts.get(key, 0) + weight, most)
        for pair in pairwise(cut):
            pairs[pair] = min(pairs.get(pair, 0) + weight, most)
    return Features(language, counts, pairs)
