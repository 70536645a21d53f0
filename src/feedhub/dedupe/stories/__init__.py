"""Which items tell one event: an incremental engine over a sliding window, and its reasons."""

from feedhub.dedupe.stories.engine import StoryEngine
from feedhub.dedupe.stories.explain import Explanation, Feature
from feedhub.dedupe.stories.tuning import Tuning
from feedhub.dedupe.stories.voices import Voices, voices

__all__ = ["Explanation", "Feature", "StoryEngine", "Tuning", "Voices", "voices"]
