"""The model of feeds.yaml: validation, JSON Schema and reference all come from here."""

from __future__ import annotations

from datetime import timedelta

from pydantic import ConfigDict, Field, model_validator

from feedhub.config.fields import (
    BaseUrl,
    Boolean,
    Keep,
    Language,
    Listen,
    Slug,
    Text,
    Texts,
    Timezone,
)
from feedhub.config.kinds import ImagesWord, KeepCount, Settings
from feedhub.config.list_settings import ListSettings, LoginSettings
from feedhub.config.reach import Addresses, Token
from feedhub.config.source_settings import DefaultsSettings, GroupSettings, Source


class HubSettings(Settings):
    """What the hub is called and where it stands."""

    title: Text = Field(
        default="feedhub", description="The name of the hub, on its page and in its feeds."
    )
    base_url: BaseUrl | None = Field(
        default=None,
        description="The address that subscribers use, http or https; a path is allowed, a query"
        " is not. Default: from `listen`.",
        examples=["https://news.example.org", "https://example.org/news"],
    )
    listen: Listen = Field(
        default=("127.0.0.1", 8000),
        description="`host:port` that the server listens on. `0.0.0.0:8000` opens it to the"
        " network; an IPv6 address stands in brackets.",
        examples=["127.0.0.1:8000", "[::1]:8000"],
        json_schema_extra={"default": "127.0.0.1:8000"},
    )
    language: Language = Field(
        default="sv",
        description="The language of the hub. The page's own words, and the titles of the standing"
        " lists, are Swedish for `sv` and English for all others.",
    )
    timezone: Timezone = Field(
        default="Europe/Stockholm", description="Decides what a day is on the page."
    )
    contact: Text | None = Field(
        default=None,
        description="An address or mail address, sent with each request, so that publishers can"
        " reach you.",
        examples=["https://example.org/about-our-hub"],
    )
    description: Text | None = Field(
        default=None, description="One sentence under the hub's title."
    )
    images: ImagesWord = Field(
        default="off",
        description="`direct` lets pages load pictures from publishers, who then see who reads;"
        " `proxy` shows them through the hub.",
    )
    clicks: Boolean = Field(
        default=False,
        description="Links lead through the hub, which counts them by item and hour, as a small"
        " part of popular. No cookie is set, no address or browser is stored.",
    )
    token: Token | None = Field(
        default=None,
        description="Makes the hub private: it is read under `/~TOKEN/`, and not found without."
        " 16 characters at least of a-z, A-Z, 0-9, `-` and `_`.",
        examples=["${HUB_TOKEN}"],
    )
    login: LoginSettings | None = Field(
        default=None,
        description="Makes the hub private: browsers and feed readers are asked for user and"
        " password. With `token` as well, either opens.",
    )
    websub_hubs: Addresses = Field(
        default=(),
        description="WebSub hubs, one address or a list: named in the feeds, and told when a list"
        " changes.",
        examples=["https://pubsubhubbub.appspot.com/"],
    )
    keep: Keep = Field(
        default=timedelta(days=180),
        description="How long items are kept, counted from when they were first seen; 7d at least.",
        examples=["1000d"],
        json_schema_extra={"default": "180d"},
    )
    keep_count: KeepCount | None = Field(
        default=None, description="How many items of one source are kept. Default: any number."
    )
    keep_log: Keep = Field(
        default=timedelta(days=35),
        description="How long the log of requests is kept, which `feedhub manners` and the"
        " metrics read.",
        json_schema_extra={"default": "35d"},
    )
    keep_history: Keep = Field(
        default=timedelta(days=14),
        description="How long counts, orders and places are kept: as far back as"
        " `explain --at` can look.",
        json_schema_extra={"default": "14d"},
    )


class IncludedSettings(Settings):
    """A file that feeds.yaml takes in: sources, and what belongs to them."""

    include: Texts = Field(
        default=(),
        description="Further files, one or a list; relative paths start at this file. With `*` or"
        " `?`, every file that fits.",
        examples=["regions.yaml", "sources/*.yaml"],
    )
    defaults: DefaultsSettings | None = Field(
        default=None,
        description="What holds for the sources of this file, and of those that it includes,"
        " where they do not say otherwise.",
    )
    groups: dict[Text, GroupSettings] | None = Field(
        default=None,
        description="Names with what holds for the sources that say `group: NAME`.",
    )
    sources: list[Source] | None = Field(default=None, description="The feeds to fetch.")
    lists: dict[Slug, ListSettings | None] | None = Field(
        default=None,
        description="Lists beside senaste and popular, or changes to these; null removes one.",
    )

    @model_validator(mode="before")
    @classmethod
    def _without_own_keys(cls, value: object) -> object:
        """Keys that start with ``x-`` are the user's own, say for anchors to take from."""
        if isinstance(value, dict):
            return {key: each for key, each in value.items() if not str(key).startswith("x-")}
        return value


class FileSettings(IncludedSettings):
    """feeds.yaml: the sources of a hub, the hub itself, and its lists."""

    model_config = ConfigDict(
        json_schema_extra={
            "patternProperties": {"^x-": {}},
            "anyOf": [{"required": ["sources"]}, {"required": ["include"]}],
        }
    )

    hub: HubSettings | None = Field(default=None, description="The hub itself.")
