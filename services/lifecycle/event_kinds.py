"""The kinds of events in a history, each with its frozen number; from a kind, its event's type and rank."""

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
RELEASED: Final = 15
REPLY_DELIVERED: Final = 16
CLASSIFIED: Final = 17
PROMISE_MADE: Final = 18
CAUSE_FOUND: Final = 19
LINKED: Final = 20
UNLINKED: Final = 21
REFERRED: Final = 22
EXTERNAL_DECISION: Final = 23
ERASED: Final = 24
AUTOMATIC_REPLY: Final = 100
ROUTED: Final = 101
HOLDING_REPLY: Final = 102
FINAL_REPLY: Final = 103
CALLBACK: Final = 104
AUTOMATIC_CUSTOMER_REPLY: Final = 105

KINDS: dict[str, int] = {
    "complaint_received": RECEIVED,
    "complaint_acknowledged": ACKNOWLEDGED,
    "agent_assigned": ASSIGNED,
    "agent_released": RELEASED,
    "agent_replied": AGENT_REPLIED,
    "reply_delivered": REPLY_DELIVERED,
    "customer_replied": CUSTOMER_REPLIED,
    "complaint_paused": PAUSED,
    "complaint_resumed": RESUMED,
    "complaint_classified": CLASSIFIED,
    "complaint_reclassified": RECLASSIFIED,
    "complaint_escalated": ESCALATED,
    "deadline_extended": EXTENDED,
    "promise_made": PROMISE_MADE,
    "cause_found": CAUSE_FOUND,
    "complaint_linked": LINKED,
    "complaint_unlinked": UNLINKED,
    "complaint_referred": REFERRED,
    "external_decision": EXTERNAL_DECISION,
    "suggestion_accepted": SUGGESTION_ACCEPTED,
    "complaint_resolved": RESOLVED,
    "complaint_reopened": REOPENED,
    "complaint_closed": CLOSED,
    "complaint_withdrawn": WITHDRAWN,
    "customer_erased": ERASED,
    "complaint_routed": ROUTED,
}
"""By type: all that happens to a complaint."""
KIND_OF_REPLY = {"reply": AGENT_REPLIED, "holding": HOLDING_REPLY, "final": FINAL_REPLY, "callback": CALLBACK}
"""By the kind that an agent's reply says it is."""

REPLIES: Final = frozenset({AGENT_REPLIED, HOLDING_REPLY, FINAL_REPLY, CALLBACK})
"""What a person answers."""
ENDS: Final = frozenset({CLOSED, WITHDRAWN})
"""After these a complaint is over, until it is reopened."""
CHANGES: Final = frozenset(
    {
        RECEIVED,
        ASSIGNED,
        RELEASED,
        CUSTOMER_REPLIED,
        PAUSED,
        RESUMED,
        RECLASSIFIED,
        ESCALATED,
        RESOLVED,
        REOPENED,
        CLOSED,
        WITHDRAWN,
        ROUTED,
    }
)
"""What may change a history, or ask for a routing decision. All other events are kept and noted."""
OPENS_WORK: Final = frozenset({REOPENED, CUSTOMER_REPLIED})
"""What somebody must look at even if nobody knows the complaint."""

TYPES: dict[int, str] = {
    **{kind: name for name, kind in KINDS.items()},
    **dict.fromkeys(REPLIES | {AUTOMATIC_REPLY}, "agent_replied"),
    AUTOMATIC_CUSTOMER_REPLY: "customer_replied",
}
"""By kind."""
RANKS: dict[int, int] = {kind: LIFECYCLE_RANK.get(name, len(LIFECYCLE_RANK)) for kind, name in TYPES.items()}
"""The order of the types among events of one instant without a sequence. A routing decision has none of its own."""
