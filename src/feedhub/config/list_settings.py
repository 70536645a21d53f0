"""The model of one list in feeds.yaml: an order, a filter, a limit, and who may read it."""

from __future__ import annotations

from pydantic import Field

from feedhub.config.fields import Age, Boolean, KeepListed, Languages, Text, Texts, Window
from feedhub.config.kinds import Collapse, Limit, OrderWord, Settings, Voices, Weight
from feedhub.config.reach import Secret, Token, UserName


class LoginSettings(Settings):
    """Who may read by logging in. Best taken from the environment."""

    user: UserName = Field(description="The user's name; no colon in it.")
    password: Secret = Field(description="The password.", examples=["${HUB_PASSWORD}"])


class WhereSettings(Settings):
    """Which items a list takes. Every key that is given must let an item through."""

    category: Texts = Field(
        default=(), description="Items of sources with this category; one or a list."
    )
    source: Texts = Field(
        default=(), description="Items of these sources, by name, id or address; one or a list."
    )
    publisher: Texts = Field(default=(), description="Items of these publishers; one or a list.")
    language: Languages = Field(default=(), description="Items in these languages; one or a list.")
    words: Texts = Field(
        default=(),
        description="Items with any of these whole words in the title; case does not matter.",
    )
    exclude_words: Texts = Field(default=(), description="Items with none of these whole words.")
    not_words: Texts = Field(default=(), description="Another name for `exclude_words`.")
    min_voices: Voices = Field(
        default=0, description="Stories with at least so many independent publishers."
    )
    max_age: Age | None = Field(
        default=None, description="Items that are no older.", examples=["12h", "3d"]
    )


class WeightSettings(Settings):
    """What each term of the popular score counts for: 0 turns it off, 1 is as it comes."""

    coverage: Weight | None = Field(
        default=None,
        description="Independent publishers that tell the story, and how lately. Default: 1.",
    )
    counts: Weight | None = Field(
        default=None, description="Comments, shares and scores that feeds give. Default: 1."
    )
    prominence: Weight | None = Field(
        default=None, description="Places in feeds that editors order. Default: 1."
    )
    toplist: Weight | None = Field(default=None, description="Places in top lists. Default: 1.")
    clicks: Weight | None = Field(default=None, description="Our own readers' clicks. Default: 1.")
    links: Weight | None = Field(default=None, description="Links from other items. Default: 1.")


class ListSettings(Settings):
    """A list: an order, a filter, a limit. Served in every format."""

    title: Text | None = Field(
        default=None, description="What readers see. Default: the list's name."
    )
    order: OrderWord | None = Field(
        default=None, description="The newest first, or what many write about. Default: `latest`."
    )
    limit: Limit | None = Field(default=None, description="How many places, 1 to 500. Default: 30.")
    window: Window | None = Field(
        default=None,
        description="`popular`: how far back stories count, 5m to 31d. Default: 24h.",
        examples=["24h"],
    )
    where: WhereSettings | None = Field(
        default=None, description="Which items the list takes. Default: everything."
    )
    description: Text | None = Field(default=None, description="One sentence for readers.")
    fair: Boolean | None = Field(
        default=None,
        description="`latest`: on its page no publisher takes more than its fair share of the"
        " places; its feeds are whole in any case. Default: true.",
    )
    collapse: Collapse | None = Field(
        default=None,
        description="`latest`: `story` shows a story once, with the others that tell of it."
        " Default: `none`.",
    )
    weights: WeightSettings | None = Field(
        default=None,
        description="`popular`: what each term of the score counts for, 0 to 10. Default: all 1.",
        examples=[{"coverage": 2, "prominence": 0}],
    )
    token: Token | None = Field(
        default=None,
        description="Makes the list private, as for the hub: it is then in no menu, and this goes"
        " before what the hub says. Default: as the hub.",
    )
    login: LoginSettings | None = Field(
        default=None, description="Makes the list private, as for the hub. Default: as the hub."
    )
    keep: KeepListed | None = Field(
        default=None,
        description="How long what was in the list stays, counted from when it entered."
        " Default: `always` for popular, else 0s.",
        examples=["always", "1000d"],
    )
