"""The kinds of events that clocks follow, each with its frozen number; from a kind, its event's type and rank."""

from __future__ import annotations

from typing import Final

from schemas.events import LIFECYCLE_RANK

# Rows keep these numbers: none may change, and none may be used again.
RECEIVED: Final = 0
ACKNOWLEDGED: Final = 1
ASSIGNED: Final = 2
AGENT_REPLIED: Final = 3
CUSTOMER_REPLIED: Final = 4
PAUSED: Final = 5
RESUMED: Final = 6
RECLASSIFIED: Final = 7
ESCALATED: Final = 8
EXTENDED: Final = 9
SUGGESTION_ACCEPTED: Final = 10
RESOLVED: Final = 11
REOPENED: Final = 12
CLOSED: Final = 13
WITHDRAWN: Final = 14
AUTOMATIC_REPLY: Final = 100
ROUTED: Final = 101
HOLDING_REPLY: Final = 102
FINAL_REPLY: Final = 103
CALLBACK: Final = 104

KINDS: dict[str, int] = {
    "complaint_received": RECEIVED,
    "complaint_acknowledged": ACKNOWLEDGED,
    "agent_assigned": ASSIGNED,
    "agent_replied": AGENT_REPLIED,
    "customer_replied": CUSTOMER_REPLIED,
    "complaint_paused": PAUSED,
    "complaint_resumed": RESUMED,
    "complaint_reclassified": RECLASSIFIED,
    "complaint_escalated": ESCALATED,
    "deadline_extended": EXTENDED,
    "suggestion_accepted": SUGGESTION_ACCEPTED,
    "complaint_resolved": RESOLVED,
    "complaint_reopened": REOPENED,
    "complaint_closed": CLOSED,
    "complaint_withdrawn": WITHDRAWN,
    "complaint_routed": ROUTED,
}
"""By type. An event of another type passes by."""
KIND_OF_REPLY = {"reply": AGENT_REPLIED, "holding": HOLDING_REPLY, "final": FINAL_REPLY, "callback": CALLBACK}
"""By the kind that an agent's reply says it is."""

REPLIES: Final = frozenset({AGENT_REPLIED, HOLDING_REPLY, FINAL_REPLY, CALLBACK})
"""What a person answers."""
CANCELS: Final = frozenset({CLOSED, WITHDRAWN})
"""What cancels every clock that runs."""

TYPES: dict[int, str] = {kind: name for name, kind in KINDS.items()} | dict.fromkeys(
    REPLIES | {AUTOMATIC_REPLY}, "agent_replied"
)
"""By kind."""
RANKS: dict[int, int] = {kind: LIFECYCLE_RANK.get(name, len(LIFECYCLE_RANK)) for kind, name in TYPES.items()}
"""The second part of the fold order, by kind. A routing decision has no rank of its own and comes last."""
