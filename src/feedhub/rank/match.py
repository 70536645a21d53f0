"""Which items a list's filter lets through: linear in the text, no patterns that can stall."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from feedhub.model import RankItem, SourceNorm, Where

Test = Callable[[RankItem], bool]


def fold(text: str) -> str:
    """Text as it is compared: composed, then case-folded. Letters keep their dots and rings."""
    return unicodedata.normalize("NFC", text).casefold()


def has_word(folded: str, word: str) -> bool:
    """Whether the folded ``word`` (or phrase) stands in ``folded`` as a whole word.

    A word ends where a neighbour is neither letter, digit nor underscore. After an occurrence
    that does not count, the search goes on behind the word it was found in.
    """
    if not word:
        return False
    start = folded.find(word)
    while start >= 0:
        end = start + len(word)
        before = folded[start - 1] if start else " "
        after = folded[end] if end < len(folded) else " "
        if not (_in_word(before) or _in_word(after)):
            return True
        start += 1
        while start < len(folded) and _in_word(folded[start - 1]):
            start += 1
        start = folded.find(word, start)
    return False


def matcher(where: Where, norms: Mapping[int, SourceNorm], now: datetime) -> Test | None:
    """The item part of a filter as one function; null when everything passes.

    ``min_voices`` is about stories and is not looked at here. Names of categories, sources,
    publishers and languages compare without case; a language matches its regions
    (``sv`` lets ``sv-FI`` through).
    """
    tests: list[Test] = []
    if where.category:
        tests.append(_category(_folded(where.category)))
    if where.source:
        tests.append(_source(_folded(where.source), norms))
    if where.publisher:
        tests.append(_publisher(_folded(where.publisher)))
    if where.language:
        tests.append(_language(_folded(where.language)))
    if where.max_age is not None:
        oldest = now - where.max_age
        tests.append(lambda item: (item.effective or item.first_seen) >= oldest)
    if where.words or where.exclude_words:
        tests.append(_words(_folded(where.words), _folded(where.exclude_words)))
    if not tests:
        return None
    if len(tests) == 1:
        return tests[0]
    return lambda item: all(test(item) for test in tests)


def _folded(values: Iterable[str]) -> frozenset[str]:
    return frozenset(fold(value.strip()) for value in values)


def _in_word(char: str) -> bool:
    return char.isalnum() or char == "_"


def _category(wanted: frozenset[str]) -> Test:
    memo: dict[str, bool] = {}

    def one(name: str) -> bool:
        known = memo.get(name)
        if known is None:
            known = memo[name] = fold(name) in wanted
        return known

    def test(item: RankItem) -> bool:
        if item.section is not None and one(item.section):
            return True
        return any(one(name) for name in item.categories)

    return test


def _source(wanted: frozenset[str], norms: Mapping[int, SourceNorm]) -> Test:
    ids = frozenset(
        id_ for id_, norm in norms.items() if fold(norm.key) in wanted or fold(norm.name) in wanted
    )
    return lambda item: not ids.isdisjoint(item.source_ids)


def _publisher(wanted: frozenset[str]) -> Test:
    memo: dict[str, bool] = {}

    def test(item: RankItem) -> bool:
        known = memo.get(item.publisher)
        if known is None:
            known = memo[item.publisher] = fold(item.publisher) in wanted
        return known

    return test


def _language(wanted: frozenset[str]) -> Test:
    memo: dict[str | None, bool] = {None: False}

    def test(item: RankItem) -> bool:
        known = memo.get(item.language)
        if known is None:
            tag = fold(item.language or "").replace("_", "-")
            known = memo[item.language] = tag in wanted or tag.split("-")[0] in wanted
        return known

    return test


def _words(wanted: frozenset[str], refused: frozenset[str]) -> Test:
    def test(item: RankItem) -> bool:
        title = fold(item.title)
        if refused and any(word in title and has_word(title, word) for word in refused):
            return False
        return not wanted or any(word in title and has_word(title, word) for word in wanted)

    return test
