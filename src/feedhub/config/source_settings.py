"""The model of one source in feeds.yaml, and of what several sources have in common."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from feedhub.config.fields import (
    Boolean,
    Encoding,
    FeedUrl,
    Interval,
    Keep,
    Language,
    SourceId,
    Text,
    Timeout,
    Timezone,
    Verbatims,
    misplaced,
)
from feedhub.config.kinds import Content, KeepCount, Ordered, RoleWord, Settings, Weight
from feedhub.config.reach import CaFile, HeaderName, Proxy, Secret


class AuthSettings(Settings):
    """Who asks: user and password, or a bearer token. Best taken from the environment."""

    user: Secret | None = Field(
        default=None, description="Basic authentication: the user; needs `password`."
    )
    password: Secret | None = Field(
        default=None, description="Basic authentication: the password.", examples=["${PASSWORD}"]
    )
    bearer: Secret | None = Field(
        default=None,
        description="A token, in place of user and password.",
        examples=["${TOKEN}"],
    )

    @model_validator(mode="after")
    def _one_way(self) -> AuthSettings:
        basic = (self.user is not None, self.password is not None)
        if basic not in ((True, True), (False, False)) or any(basic) == bool(self.bearer):
            misplaced("must have user: and password:, or bearer: alone")
        return self


class RuleSettings(Settings):
    """Which entries a rule is for: those whose link, category or title match."""

    link: Text | None = Field(
        default=None,
        description="Part of the link, or a pattern for all of it.",
        examples=["*/x/*"],
    )
    category: Text | None = Field(
        default=None, description="A category of the entry, or a pattern."
    )
    title: Text | None = Field(
        default=None, description="Part of the title, or a pattern for all of it."
    )
    name: Text | None = Field(default=None, description="What the rule is counted under.")

    @model_validator(mode="after")
    def _one_field(self) -> RuleSettings:
        if sum(each is not None for each in (self.link, self.category, self.title)) != 1:
            misplaced("must have one of link:, category: and title:")
        return self


class DefaultsSettings(Settings):
    """What holds for all sources of a file that do not say otherwise."""

    publisher: Text | None = Field(
        default=None,
        description="Whose voice it is; feeds of one publisher count once in `popular`."
        " Default: the domain of its site.",
        examples=["dn.se"],
    )
    category: Text | None = Field(
        default=None,
        description="A word of your own, which lists can ask for.",
        examples=["inrikes"],
    )
    interval: Interval | None = Field(
        default=None,
        description='How often to ask, 5m to 24h; a server that says "later" is obeyed all the'
        " same. Default: by the source's own pace.",
        examples=["15m", "2h"],
    )
    language: Language | None = Field(
        default=None, description="For feeds that do not tell theirs. Default: what the feed says."
    )
    timezone: Timezone | None = Field(
        default=None, description="For feeds whose dates have no zone. Default: UTC."
    )
    encoding: Encoding | None = Field(
        default=None,
        description="For feeds that tell a wrong one, or none. Default: what the feed says.",
        examples=["windows-1252"],
    )
    content: Content = Field(
        default="excerpt", description="How much of the text the hub publishes again."
    )
    weight: Weight = Field(
        default=1.0, description="How much its voice counts in `popular`, 0 to 10."
    )
    role: RoleWord = Field(
        default="outlet",
        description="An `aggregator`'s or `toplist`'s items belong to the outlets that they name,"
        " and its own word is a signal, not a voice.",
    )
    ordered: Ordered | None = Field(
        default=None,
        description="Whether the feed is in an editor's order or has the newest first."
        " Default: detected.",
    )
    rate_group: Text | None = Field(
        default=None,
        description="Sources of one group share their manners, as if they were one host.",
    )
    allow_private: Boolean = Field(
        default=False, description="Allow an address on this machine or a private network."
    )
    enabled: Boolean = Field(
        default=True, description="`false` pauses the source and keeps its history."
    )
    keep: Keep | None = Field(
        default=None, description="How long its items are kept. Default: as the hub says."
    )
    keep_count: KeepCount | None = Field(
        default=None, description="How many of its items are kept. Default: as the hub says."
    )
    strip_title: Verbatims = Field(
        default=(),
        description="Taken off the start of titles; one or a list. Blanks count.",
        examples=["Just nu: "],
    )
    strip_title_end: Verbatims = Field(
        default=(),
        description="Taken off the end of titles; one or a list. Blanks count.",
        examples=[" | Bladet"],
    )
    strip_kicker: Boolean = Field(
        default=False, description="Take off the word and colon or dash before a headline."
    )
    drop: list[RuleSettings] | None = Field(
        default=None,
        description="Entries that are kept out, such as advertising: a list of rules.",
    )
    paywall: list[RuleSettings] | None = Field(
        default=None,
        description="Entries that are marked as for subscribers only: a list of rules.",
    )
    fast: Boolean = Field(
        default=True, description="`false` reads every document with the slower, patient parser."
    )
    proxy: Proxy | None = Field(
        default=None, description="A proxy to ask through.", examples=["http://127.0.0.1:3128"]
    )
    ca_file: CaFile | None = Field(
        default=None,
        description="A PEM file of certificates to trust for this source; a relative path starts"
        " at the file that names it. Default: the usual certificates.",
    )
    timeout: Timeout | None = Field(
        default=None,
        description="How long one fetch may take, 1s to 5m. Default: feedhub's own.",
        examples=["20s"],
    )


class GroupSettings(DefaultsSettings):
    """What holds for the sources that name a group and do not say otherwise."""

    headers: dict[HeaderName, Secret] | None = Field(
        default=None, description="Further headers, sent to each source's own host only."
    )
    auth: AuthSettings | None = Field(default=None, description="Credentials.")


class SourceSettings(GroupSettings):
    """A feed to fetch. A bare address stands for ``url:`` alone."""

    url: FeedUrl = Field(
        description="The address of the feed, http or https. User and password before an `@` are"
        " used as `auth`; what `${NAME}` gives for its path or query is never shown."
    )
    id: SourceId | None = Field(
        default=None,
        description="A name that stays when the address changes, so that the history is kept:"
        " letters, digits and `. _ - : / @ +`. Default: the address.",
    )
    name: Text | None = Field(
        default=None, description="What readers see. Default: the feed's own title."
    )
    group: Text | None = Field(
        default=None, description="One of `groups`, whose values hold where this source has none."
    )
    owner: Text | None = Field(default=None, description="Another word for `publisher`.")


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
