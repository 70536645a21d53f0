"""What an item is compared by: its keys with their counts, its words in order, its mould."""

from __future__ import annotations

import re

from feedhub.dedupe.stories.index import Index
from feedhub.dedupe.stories.language import guess, subtag
from feedhub.dedupe.stories.templates import Mould, mould, with_form
from feedhub.dedupe.stories.text import (
    dates,
    numbers,
    sentences,
    split_kicker,
    without_outlet,
    words,
)
from feedhub.dedupe.stories.tuning import Tuning
from feedhub.model import StoryItem
from feedhub.values import dataclass

Counts = dict[int, int]
_DIGIT = re.compile(r"[0-9]")


@dataclass(slots=True)
class Features:
    """Counts by key of the index: the title's weight, the summary's, or both.

    The title's keys come first, so many as ``title_to``. ``kicker_counts`` are what the kicker
    adds when it is no boilerplate. ``summary`` are its stems in order.
    """

    language: str
    counts: Counts
    kicker: str
    kicker_counts: Counts
    body: str
    title_to: int
    summary: tuple[int, ...]
    stops: tuple[int, ...]  # where each of the summary's sentences ends
    lede: float  # 0 to 1: how much of a lede there is
    mould: Mould
    numbers: tuple[str, ...]  # of headline and summary; not looked for without a summary
    dates: tuple[int, ...]  # of both, as month and day in four digits


def extract(item: StoryItem, index: Index, tuning: Tuning) -> Features:
    """The features of an item, the same whatever the index holds."""
    headline = without_outlet(item.title, item.publisher)
    kicker, body, shouted = split_kicker(headline)
    title = words(body)
    summary: list[str] = []
    stops: list[int] = []
    figures = numbers(headline) if item.summary else set()
    days = dates(headline) if _DIGIT.search(headline) else set()
    for sentence in sentences(item.summary) if item.summary else ():
        summary += words(sentence)
        if told := numbers(sentence):
            figures |= told
            days |= dates(sentence)
        stops.append(min(len(summary), tuning.summary_words))
        if len(summary) >= tuning.summary_words:
            del summary[tuning.summary_words :]
            break
    language = subtag(item.language) or guess(title + summary)
    title_keys = index.keys(title, language)
    summary_keys = index.keys(summary, language) if summary else []
    most = tuning.title + 1
    once = [key for keys in title_keys for key in keys]
    counts: Counts = dict.fromkeys(once, tuning.title)
    if len(counts) < len(once):
        counts = {}
        _count(counts, title_keys, tuning.title, most)
    title_to = len(counts)
    if summary_keys:
        _count(counts, summary_keys, 1, most)
    kicker_counts: Counts = {}
    if kicker and not shouted:
        _count(kicker_counts, index.keys(words(kicker), language), tuning.title, most)
        for key in [key for key in kicker_counts if key in counts]:
            del kicker_counts[key]
    return Features(
        language,
        counts,
        "" if shouted else kicker,
        kicker_counts,
        body.casefold() if kicker else "",
        title_to,
        tuple([keys[0] for keys in summary_keys]),
        tuple(stops),
        min(1.0, len(summary) / tuning.lede_words) if summary else 0.0,
        _mould(headline, language, index) if item.publisher else mould(headline),
        tuple(figures),
        tuple(days),
    )


def _mould(headline: str, language: str, index: Index) -> Mould:
    """The mould with its form. A first word is no name if it is commonly known."""
    shape = with_form(mould(headline), headline)
    if shape.many and index.listed[index.keys([shape.opening], language)[0][0]]:
        shape.many = False
    return shape


def _count(counts: Counts, found: list[tuple[int, ...]], weight: int, most: int) -> None:
    for keys in found:
        for key in keys:
            if key in counts:
                counts[key] = min(most, counts[key] + weight)
            else:
                counts[key] = weight
