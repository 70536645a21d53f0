"""The one model of feeds.yaml: validation, JSON Schema and reference all come from here."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from feedhub.config.fields import (
    Age,
    BaseUrl,
    Boolean,
    Encoding,
    FeedUrl,
    Interval,
    Keep,
    KeepListed,
    Language,
    Languages,
    Listen,
    Slug,
    SourceId,
    Text,
    Texts,
    Timeout,
    Timezone,
    Verbatims,
    Window,
    choice,
    misplaced,
    number,
    whole,
)
from feedhub.config.reach import (
    Addresses,
    CaFile,
    HeaderName,
    Proxy,
    Secret,
    Token,
    UserName,
)

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


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class LoginSettings(_Settings):
    """Who may read by logging in. Best taken from the environment."""

    user: UserName = Field(description="The user's name; no colon in it.")
    password: Secret = Field(description="The password.", examples=["${HUB_PASSWORD}"])


class HubSettings(_Settings):
    """What the hub is called and where it stands."""

    title: Text = Field(
        default="feedhub", description="The name of the hub, on its page and in its feeds."
    )
    base_url: BaseUrl | None = Field(
        default=None,
        description="The address that subscribers use; a path is allowed. Default: from listen.",
        examples=["https://news.example.org", "https://example.org/news"],
    )
    listen: Listen = Field(
        default=("127.0.0.1", 8000),
        description="host:port that the server listens on; IPv6 in brackets.",
        examples=["127.0.0.1:8000", "[::1]:8000"],
        json_schema_extra={"default": "127.0.0.1:8000"},
    )
    language: Language = Field(default="sv", description="The language of page and default titles.")
    timezone: Timezone = Field(
        default="Europe/Stockholm", description="Decides what a day is on the page."
    )
    contact: Text | None = Field(
        default=None,
        description="An address or mail address that publishers can turn to; sent with requests.",
        examples=["https://example.org/about-our-hub"],
    )
    description: Text | None = Field(
        default=None, description="One sentence under the hub's title."
    )
    images: ImagesWord = Field(
        default="off",
        description="direct: readers load pictures from publishers; proxy: through the hub.",
    )
    clicks: Boolean = Field(
        default=False,
        description="Links lead through the hub, which counts them by item and hour, no more.",
    )
    token: Token | None = Field(
        default=None,
        description="Makes the hub private: readable under /~TOKEN/, 16 characters at least.",
        examples=["${HUB_TOKEN}"],
    )
    login: LoginSettings | None = Field(
        default=None, description="Makes the hub private: readable after logging in."
    )
    websub_hubs: Addresses = Field(
        default=(),
        description="WebSub hubs to name in the feeds and to tell of changes; one or a list.",
        examples=["https://pubsubhubbub.appspot.com/"],
    )
    keep: Keep = Field(
        default=timedelta(days=180),
        description="How long items are kept after they were first seen, 7d at least.",
        examples=["1000d"],
        json_schema_extra={"default": "180d"},
    )
    keep_count: KeepCount | None = Field(
        default=None, description="How many items of one source are kept. Default: any number."
    )
    keep_log: Keep = Field(
        default=timedelta(days=35),
        description="How long the log of requests is kept.",
        json_schema_extra={"default": "35d"},
    )
    keep_history: Keep = Field(
        default=timedelta(days=14),
        description="How long counts, orders and places are kept, for explain --at.",
        json_schema_extra={"default": "14d"},
    )


class AuthSettings(_Settings):
    """Who asks: user and password, or a bearer token. Best taken from the environment."""

    user: Secret | None = Field(default=None, description="Basic authentication: the user.")
    password: Secret | None = Field(
        default=None, description="Basic authentication: the password.", examples=["${PASSWORD}"]
    )
    bearer: Secret | None = Field(default=None, description="A token.", examples=["${TOKEN}"])

    @model_validator(mode="after")
    def _one_way(self) -> AuthSettings:
        basic = (self.user is not None, self.password is not None)
        if basic not in ((True, True), (False, False)) or any(basic) == bool(self.bearer):
            misplaced("must have user: and password:, or bearer: alone")
        return self


class RuleSettings(_Settings):
    """Which entries a rule is for: those whose link, category or title match."""

    link: Text | None = Field(default=None, description="Part of the link, or all of it with *.")
    category: Text | None = Field(default=None, description="A category, or a pattern with *.")
    title: Text | None = Field(default=None, description="Part of the title, or all with *.")
    name: Text | None = Field(default=None, description="What the rule is counted under.")

    @model_validator(mode="after")
    def _one_field(self) -> RuleSettings:
        if sum(each is not None for each in (self.link, self.category, self.title)) != 1:
            misplaced("must have one of link:, category: and title:")
        return self


class SourceSettings(_Settings):
    """A feed to fetch. A bare address stands for ``url:`` alone."""

    url: FeedUrl = Field(description="The address of the feed, http or https.")
    id: SourceId | None = Field(
        default=None,
        description="A name that stays when the address changes, and keeps the history.",
    )
    name: Text | None = Field(
        default=None, description="What the source is called. Default: its own title."
    )
    publisher: Text | None = Field(
        default=None,
        description="Whose voice it is; feeds of one publisher count once. Default: the domain.",
        examples=["dn.se"],
    )
    owner: Text | None = Field(default=None, description="Another word for publisher.")
    category: Text | None = Field(
        default=None,
        description="A word of your choice, which lists can ask for.",
        examples=["inrikes"],
    )
    interval: Interval | None = Field(
        default=None,
        description="How often to ask, 5m to 24h. Default: by the source's own pace.",
        examples=["15m", "2h"],
    )
    language: Language | None = Field(
        default=None, description="For feeds that do not tell theirs."
    )
    timezone: Timezone | None = Field(
        default=None, description="For feeds whose dates have no zone."
    )
    encoding: Encoding | None = Field(
        default=None, description="For feeds that tell a wrong one, or none."
    )
    content: Content = Field(
        default="excerpt", description="How much of the text the hub publishes again."
    )
    weight: Weight = Field(
        default=1.0, description="How much its voice counts in popular, 0 to 10."
    )
    role: RoleWord = Field(
        default="outlet",
        description="An aggregator's or top list's items belong to the outlets that they name.",
    )
    ordered: Ordered | None = Field(
        default=None,
        description="Whether the feed is in an editor's order or by time. Default: detected.",
    )
    rate_group: Text | None = Field(
        default=None,
        description="Sources of one group share their manners, as if they were one host.",
    )
    allow_private: Boolean = Field(
        default=False, description="Allow an address on this machine or a private network."
    )
    enabled: Boolean = Field(
        default=True, description="false pauses the source and keeps its history."
    )
    keep: Keep | None = Field(
        default=None, description="How long its items are kept. Default: as the hub says."
    )
    keep_count: KeepCount | None = Field(
        default=None, description="How many of its items are kept. Default: as the hub says."
    )
    strip_title: Verbatims = Field(
        default=(),
        description="Taken off the start of titles; one or a list.",
        examples=["Just nu: "],
    )
    strip_title_end: Verbatims = Field(
        default=(),
        description="Taken off the end of titles; one or a list.",
        examples=[" | Bladet"],
    )
    strip_kicker: Boolean = Field(
        default=False, description="Take off the word and colon or dash before a headline."
    )
    drop: list[RuleSettings] | None = Field(
        default=None,
        description="Entries that are kept out, such as advertising.",
    )
    paywall: list[RuleSettings] | None = Field(
        default=None, description="Entries that are marked as for subscribers only."
    )
    fast: Boolean = Field(
        default=True, description="false reads every document with the slower, patient parser."
    )
    headers: dict[HeaderName, Secret] | None = Field(
        default=None, description="Further headers, sent to this source's host only."
    )
    auth: AuthSettings | None = Field(default=None, description="Credentials for this source.")
    proxy: Proxy | None = Field(
        default=None, description="A proxy to ask through.", examples=["http://127.0.0.1:3128"]
    )
    ca_file: CaFile | None = Field(
        default=None,
        description="A PEM file of certificates to trust for this source, in place of the usual.",
    )
    timeout: Timeout | None = Field(
        default=None, description="How long one fetch may take, 1s to 5m.", examples=["20s"]
    )


class WhereSettings(_Settings):
    """Which items a list takes. Every key that is given must let an item through."""

    category: Texts = Field(default=(), description="Sources' categories; one or a list.")
    source: Texts = Field(default=(), description="Sources by name, id or address; one or a list.")
    publisher: Texts = Field(default=(), description="Publishers; one or a list.")
    language: Languages = Field(default=(), description="Languages; one or a list.")
    words: Texts = Field(default=(), description="Any of these whole words, in title or summary.")
    exclude_words: Texts = Field(default=(), description="None of these whole words.")
    not_words: Texts = Field(default=(), description="Another name for exclude_words.")
    min_voices: Voices = Field(default=0, description="At least so many independent publishers.")
    max_age: Age | None = Field(default=None, description="Nothing older.", examples=["12h", "3d"])


class WeightSettings(_Settings):
    """What each term of the popular score counts for: 0 turns it off, 1 is as it comes."""

    coverage: Weight | None = Field(default=None, description="Independent publishers.")
    counts: Weight | None = Field(default=None, description="Comments, shares and the like.")
    prominence: Weight | None = Field(default=None, description="Places given by editors.")
    toplist: Weight | None = Field(default=None, description="Places in top lists.")
    clicks: Weight | None = Field(default=None, description="Our own readers' clicks.")
    links: Weight | None = Field(default=None, description="Links from other items.")
    freshness: Weight | None = Field(default=None, description="How new the story is.")


class ListSettings(_Settings):
    """A list: an order, a filter, a limit. Served in every format."""

    title: Text | None = Field(
        default=None, description="What readers see. Default: the list's name."
    )
    order: OrderWord | None = Field(default=None, description="latest or popular. Default: latest.")
    limit: Limit | None = Field(default=None, description="How many places, 1 to 500. Default: 30.")
    window: Window | None = Field(
        default=None,
        description="popular: how far back stories count. Default: 24h.",
        examples=["24h"],
    )
    where: WhereSettings | None = Field(default=None, description="Which items the list takes.")
    description: Text | None = Field(default=None, description="One sentence for readers.")
    fair: Boolean | None = Field(
        default=None,
        description="latest: on its page no publisher takes more than its fair share of places.",
    )
    collapse: Collapse | None = Field(
        default=None, description="latest: story shows a story once, with also in; or none."
    )
    weights: WeightSettings | None = Field(
        default=None,
        description="popular: terms of the score and the factor of each, 0 to 10.",
        examples=[{"coverage": 2, "prominence": 0}],
    )
    token: Token | None = Field(
        default=None, description="Makes the list private: readable under /~TOKEN/."
    )
    login: LoginSettings | None = Field(
        default=None, description="Makes the list private: readable after logging in."
    )
    keep: KeepListed | None = Field(
        default=None,
        description="How long what was in it stays. Default: always for popular, else 0s.",
        examples=["always", "1000d"],
    )


def _bare_address(value: object) -> object:
    if isinstance(value, str):
        return {"url": value}
    if not isinstance(value, dict):
        misplaced("must be an address, or keys and values with url: among them")
    return value


Source = Annotated[
    SourceSettings,
    BeforeValidator(_bare_address, json_schema_input_type=FeedUrl | SourceSettings),
]


class FileSettings(_Settings):
    """feeds.yaml: the sources of a hub, the hub itself, and its lists."""

    model_config = ConfigDict(json_schema_extra={"patternProperties": {"^x-": {}}})

    hub: HubSettings | None = Field(default=None, description="The hub itself.")
    sources: list[Source] | None = Field(description="The feeds to fetch.")
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
