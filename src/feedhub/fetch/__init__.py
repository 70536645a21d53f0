"""Source -> Outcome: bytes, validators, what to remember, when to come back.

WebSub has its own modules, :mod:`feedhub.fetch.websub` (decisions) and
:mod:`feedhub.fetch.hubs` (the request).
"""

from feedhub.fetch.audit import Audit, Fault, FaultKind, Grade, audit
from feedhub.fetch.classify import with_its_way
from feedhub.fetch.fetcher import Fetcher, rate_group, user_agent
from feedhub.fetch.gate import HostGate
from feedhub.fetch.pace import NEVER, plan_next_fetch
from feedhub.fetch.state import believed_url, next_state, proposed_url
from feedhub.fetch.wellknown import well_known_feeds

__all__ = [
    "NEVER",
    "Audit",
    "Fault",
    "FaultKind",
    "Fetcher",
    "Grade",
    "HostGate",
    "audit",
    "believed_url",
    "next_state",
    "plan_next_fetch",
    "proposed_url",
    "rate_group",
    "user_agent",
    "well_known_feeds",
    "with_its_way",
]
