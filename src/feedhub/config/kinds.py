"""What the settings models share: their base, and the words and numbers that they hold."""

from __future__ import annotations

import os
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, WithJsonSchema

from feedhub.config.fields import choice, number, whole

Content = Annotated[Literal["title", "excerpt", "full"], choice("title", "excerpt", "full")]
RoleWord = Annotated[
    Literal["outlet", "aggregator", "toplist"], choice("outlet", "aggregator", "toplist")
]
Ordered = Annotated[Literal["editorial", "time"], choice("editorial", "time")]
ImagesWord = Annotated[Literal["off", "direct", "proxy"], choice("off", "direct", "proxy")]
Collapse = Annotated[Literal["story", "none"], choice("story", "none")]
OrderWord = Annotated[Literal["latest", "popular"], choice("latest", "popular")]
Weight = Annotated[
    float, number(0, 10), WithJsonSchema({"type": "number", "minimum": 0, "maximum": 10})
]
Limit = Annotated[
    int, whole(1, 500), WithJsonSchema({"type": "integer", "minimum": 1, "maximum": 500})
]
KeepCount = Annotated[
    int, whole(50, 10_000_000), WithJsonSchema({"type": "integer", "minimum": 50})
]
Voices = Annotated[
    int, whole(0, 1000), WithJsonSchema({"type": "integer", "minimum": 0, "maximum": 1000})
]


# What else is installed here has no say in what feeds.yaml means, and looking for it takes longer
# than reading a small one.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")


class Settings(BaseModel):
    """Keys and values, none but the known ones; text in, checked values out."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
