"""Why two items are, or are not, one story: feature by feature."""

from __future__ import annotations

from feedhub.dedupe.stories.keys import HEAD, TAIL
from feedhub.dedupe.stories.similarity import Scorer, vetoed
from feedhub.dedupe.stories.tuning import Tuning
from feedhub.dedupe.stories.window import NO_STORY, Doc, Window
from feedhub.values import dataclass


@dataclass(frozen=True, slots=True)
class Feature:
    """One reason: its kind, its points, and what it is in words.

    Kinds: ``word``, ``ends`` (of a long word), ``numbers`` and ``dates`` (when none
    agrees), ``time`` and ``veto``. Points of all add up to the score.
    """

    name: str
    points: float
    text: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """The reasons, heaviest first; the likeness ``score`` is weighed against ``threshold``.

    ``together`` is what holds: the stories as they are when both items are in the window,
    else what the score would give. They can differ, since a story is joined by its nearest
    members, and since a person may have joined or split them.
    """

    a: int
    b: int
    together: bool
    score: float
    threshold: float
    features: tuple[Feature, ...]
    verdict: str


def explain(a: Doc, b: Doc, window: Window, tuning: Tuning) -> Explanation:
    """The comparison of two items by the window as it is now."""
    scorer = Scorer(a, window, tuning)
    parts = sorted(scorer.shares(b), key=lambda part: (-part[1], part[0]))
    features: list[Feature] = []
    for key, points in parts:
        kind, text = _name(key)
        features.append(Feature(kind, points, text))
    words = sum(points for _, points in parts)
    cosine = words * scorer.agreement(b)
    if cosine < words:
        features.append(Feature("numbers", cosine - words, "both tell numbers, none the same"))
    undated, cosine = cosine, cosine * scorer.concord(b)
    if cosine < undated:
        features.append(Feature("dates", cosine - undated, "both name days, none the same"))
    score = cosine * scorer.decay(b)
    hours = abs(a.at - b.at) / 3600
    features.append(Feature("time", score - cosine, f"{hours:.1f} h apart"))
    near = scorer.look()
    threshold = min(near.ask, tuning.twin)
    veto = vetoed(a, b, window, tuning)
    if veto:
        features.append(Feature("veto", -score, veto))
        score = 0.0
    if not veto and not scorer.proven(b, cosine >= tuning.twin):
        veto = "they share no more than unrelated items do"
        features.append(Feature("veto", -score, veto))
        score = 0.0
    placed = a.story != NO_STORY and b.story != NO_STORY
    together = a.story == b.story if placed else score >= threshold
    against = f"{score:.3f} against {threshold:.3f}"
    if together and score >= threshold:
        verdict = f"one story: {against}"
    elif together:
        verdict = f"one story through others, or by hand: {against} between these two"
    elif veto:
        verdict = f"two stories: {veto}"
    else:
        verdict = f"two stories: {against}"
    return Explanation(a.id, b.id, together, score, threshold, tuple(features), verdict)


def _name(key: str) -> tuple[str, str]:
    if key[0] == HEAD:
        return "ends", key.partition(":")[2] + "-"
    if key[0] == TAIL:
        return "ends", "-" + key.partition(":")[2]
    return "word", key.partition(":")[2]
