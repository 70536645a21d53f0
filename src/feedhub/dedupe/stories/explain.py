"""Why two items are, or are not, one story: feature by feature."""

from __future__ import annotations

from feedhub.dedupe.stories.keys import HEAD, TAIL
from feedhub.dedupe.stories.reasons import Explanation, Feature
from feedhub.dedupe.stories.similarity import Neighbours, vetoed
from feedhub.dedupe.stories.tuning import Tuning
from feedhub.dedupe.stories.window import NO_STORY, Window


def explain(a: int, b: int, window: Window, tuning: Tuning) -> Explanation:
    """The comparison of two items, by their slots, by the window as it is now."""
    neighbours = Neighbours(window, tuning)
    neighbours.begin()
    parts = sorted(neighbours.likeness.shares(a, b), key=lambda part: (-part[1], part[0]))
    features: list[Feature] = []
    for key, points in parts:
        kind, text = _name(key)
        features.append(Feature(kind, points, text))
    cosine = sum(points for _, points in parts)
    score = cosine * float(neighbours.decay(a, b))
    hours = abs(float(window.at[a] - window.at[b])) / 3600
    features.append(Feature("time", score - cosine, f"{hours:.1f} h apart"))
    near = neighbours.look(neighbours.among([a])[0])
    threshold = min(near.ask, tuning.twin)
    veto = vetoed(a, b, window, tuning)
    if not veto and not neighbours.likeness.proven(a, b, cosine >= tuning.twin):
        veto = "they share no more than unrelated items do"
    if veto:
        features.append(Feature("veto", -score, veto))
        score = 0.0
    stories = window.story_of[a], window.story_of[b]
    together = stories[0] == stories[1] if NO_STORY not in stories else score >= threshold
    against = f"{score:.3f} against {threshold:.3f}"
    if together and score >= threshold:
        verdict = f"one story: {against}"
    elif together:
        verdict = f"one story through others, or by hand: {against} between these two"
    elif veto:
        verdict = f"two stories: {veto}"
    else:
        verdict = f"two stories: {against}"
    ids = int(window.id[a]), int(window.id[b])
    return Explanation(*ids, together, score, threshold, tuple(features), verdict)


def _name(key: str) -> tuple[str, str]:
    if " " in key:
        return "phrase", " ".join(part.partition(":")[2] for part in key.split(" "))
    if key[0] == HEAD:
        return "ends", key.partition(":")[2] + "-"
    if key[0] == TAIL:
        return "ends", "-" + key.partition(":")[2]
    return "word", key.partition(":")[2]
