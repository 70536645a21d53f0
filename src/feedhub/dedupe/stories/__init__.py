"""Which items tell one event: an incremental engine over a sliding window, and its reasons.

The engine brings numpy, some 20 MiB: it is imported when it is asked for, so that a process
that only reads reasons or counts voices does without.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from feedhub.dedupe.stories.reasons import Explanation, Feature
from feedhub.dedupe.stories.tuning import Tuning
from feedhub.dedupe.stories.voices import Voices, voices

if TYPE_CHECKING:
    from feedhub.dedupe.stories.engine import StoryEngine

__all__ = ["Explanation", "Feature", "StoryEngine", "Tuning", "Voices", "voices"]


def __getattr__(name: str) -> Any:
    if name == "StoryEngine":
        from feedhub.dedupe.stories.engine import StoryEngine

        return StoryEngine
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
