"""What every room speaks: frozen values, aware UTC datetimes, nothing imported of ours.

Units: every ``datetime`` is timezone-aware and in UTC; every ``timedelta`` is wall time;
sizes are bytes; ids of items and stories are integers inside and ``i12`` / ``s7`` outside
(see :func:`public_id`).
"""

from feedhub.model.commits import CommitReport, FetchCommit
from feedhub.model.fetching import (
    Due,
    Fetched,
    FetchLogRow,
    FetchState,
    GuidTrust,
    PaceHints,
    StoredSource,
    Visit,
)
from feedhub.model.hands import Hand, HandAction
from feedhub.model.identity import Candidate, GuidCheck, Identity, Key, KnownItem
from feedhub.model.ids import public_id, tag_uri
from feedhub.model.items import Item, Placement, StoryChanges, StoryItem, StoryLinks
from feedhub.model.links import Links
from feedhub.model.outcomes import GOOD_OUTCOMES, Outcome, OutcomeKind, Stage
from feedhub.model.parsing import Document, Enclosure, Entry, Image, KnownEntry, ParsedFeed
from feedhub.model.publishing import (
    ArchivedDocument,
    ArchivePage,
    ItemFilter,
    Listing,
    Ping,
    Placed,
    SourceStatus,
)
from feedhub.model.ranking import (
    CountAt,
    LinkSource,
    Number,
    Ranked,
    RankedList,
    RankInput,
    RankItem,
    Reason,
    SourceNorm,
)
from feedhub.model.settings import (
    Access,
    Auth,
    Config,
    ContentRights,
    DropRule,
    Hub,
    Images,
    Lease,
    ListSpec,
    Order,
    ParseRules,
    Retention,
    Role,
    Source,
    Where,
)

__all__ = [
    "GOOD_OUTCOMES",
    "Access",
    "ArchivePage",
    "ArchivedDocument",
    "Auth",
    "Candidate",
    "CommitReport",
    "Config",
    "ContentRights",
    "CountAt",
    "Document",
    "DropRule",
    "Due",
    "Enclosure",
    "Entry",
    "FetchCommit",
    "FetchLogRow",
    "FetchState",
    "Fetched",
    "GuidCheck",
    "GuidTrust",
    "Hand",
    "HandAction",
    "Hub",
    "Identity",
    "Image",
    "Images",
    "Item",
    "ItemFilter",
    "Key",
    "KnownEntry",
    "KnownItem",
    "Lease",
    "LinkSource",
    "Links",
    "ListSpec",
    "Listing",
    "Number",
    "Order",
    "Outcome",
    "OutcomeKind",
    "PaceHints",
    "ParseRules",
    "ParsedFeed",
    "Ping",
    "Placed",
    "Placement",
    "RankInput",
    "RankItem",
    "Ranked",
    "RankedList",
    "Reason",
    "Retention",
    "Role",
    "Source",
    "SourceNorm",
    "SourceStatus",
    "Stage",
    "StoredSource",
    "StoryChanges",
    "StoryItem",
    "StoryLinks",
    "Visit",
    "Where",
    "public_id",
    "tag_uri",
]
