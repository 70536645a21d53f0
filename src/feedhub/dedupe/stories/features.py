"""What an item is compared by: its keys with their counts, its words in order, its mould."""

from __future__ import annotations

from dataclasses import dataclass

from feedhub.dedupe.stories.language import guess, subtag
from feedhub.dedupe.stories.templates import Mould, mould
from feedhub.dedupe.stories.text import sentences, split_kicker, without_outlet, words
from feedhub.dedupe.stories.tuning import Tuning
from feedhub.dedupe.stories.vocabulary import Vocabulary
from feedhub.model import StoryItem


@dataclass(slots=True)
class Features:
    """Counts by key: the title's weight, the summary's, or both; the kicker's own keys are last.

    ``title`` and ``summary`` are the stems in order.
    """

    language: str
    counts: dict[int, int]
    kicker: str
    kicker_from: int  # how many keys come before the kicker's own
    body: str
    title: list[int]
    summary: list[int]
    stops: list[int]  # where each of the summary's sentences ends
    lede: float  # 0 to 1: how much of a lede there is
    mould: Mould


def extract(item: StoryItem, vocabulary: Vocabulary, tuning: Tuning) -> Features:
    """The features of an item, the same whatever the vocabulary holds."""
    headline = without_outlet(item.title, item.publisher)
    kicker, body, shouted = split_kicker(headline)
    title = words(body)
    summary: list[str] = []
    stops: list[int] = []
    for sentence in sentences(item.summary) if item.summary else ():
        summary += words(sentence)
        stops.append(min(len(summary), tuning.summary_words))
        if len(summary) >= tuning.summary_words:
            del summary[tuning.summary_words :]
            break
    language = subtag(item.language) or guess(title + summary)
    most = tuning.title + 1
    title_keys = vocabulary.keys(title, language)
    counts = _title(title_keys, tuning.title, most)
    summary_keys: list[tuple[int, ...]] = []
    if summary:
        summary_keys = vocabulary.keys(summary, language)
        for keys in summary_keys:
            for key in keys:
                if key in counts:
                    if counts[key] < most:
                        counts[key] += 1
                else:
                    counts[key] = 1
    kicker_from = len(counts)
    if kicker and not shouted:
        own = _title(vocabulary.keys(words(kicker), language), tuning.title, most)
        counts = (
            own | counts
            if not counts
            else counts | {key: count for key, count in own.items() if key not in counts}
        )
    return Features(
        language,
        counts,
        "" if shouted else kicker,
        kicker_from,
        body.casefold() if kicker else "",
        [keys[0] for keys in title_keys],
        [keys[0] for keys in summary_keys],
        stops,
        min(1.0, len(summary) / tuning.lede_words),
        mould(headline),
    )


def _title(found: list[tuple[int, ...]], weight: int, most: int) -> dict[int, int]:
    flat = [key for keys in found for key in keys]
    counts = dict.fromkeys(flat, weight)
    if len(counts) < len(flat):  # some word stands there twice
        twice = set()
        for key in flat:
            if key in twice:
                counts[key] = most
            twice.add(key)
    return counts
