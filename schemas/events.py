"""The lifecycle of a complaint: what front-ends and back offices tell Redress, in rank order."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import Field

from schemas.primitives import (
    Flag,
    Frozen,
    Identifier,
    Integer,
    Name,
    ReportedEvent,
    ReportedInstant,
    Severity,
    TargetText,
    Text,
)


class LifecycleEvent(ReportedEvent):
    """One thing that happened to one complaint. ``source_sequence`` breaks ties of a source's own clock."""

    complaint_id: Identifier
    source_sequence: Integer | None = None


class Customer(Frozen):
    """Who complains, without what would name them: that is in ``personal``."""

    id: Name
    tier: Name | None = None
    language: Name | None = None


class Amount(Frozen):
    """Money at stake: a decimal as text, and an ISO 4217 code."""

    value: Annotated[str, Field(pattern=r"^-?[0-9]{1,18}(\.[0-9]{1,6})?$")]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class Attachment(Frozen):
    """What was attached, never the bytes."""

    name: Name
    media_type: Name
    size: Annotated[Integer, Field(ge=0)]
    url: Annotated[str, Field(max_length=2_000, pattern=r"^[^\x00]*$")] | None = None


class ComplaintPersonal(Frozen):
    """All of a complaint that can name a person, in one place, to be encrypted and erased as one."""

    subject: Text = ""
    body: Text = ""
    name: Text | None = None
    contact: Text | None = None


class ReplyPersonal(Frozen):
    """What a customer wrote back."""

    body: Text | None = None


class ComplaintReceived(LifecycleEvent):
    """A complaint reached a front-end."""

    type: Literal["complaint_received"] = "complaint_received"
    channel: Name
    external_ref: Name | None = None
    customer: Customer
    product: Name | None = None
    category: Name | None = None
    severity: Severity | None = None
    language: Name | None = None
    region: Name | None = None
    amount: Amount | None = None
    tags: tuple[Name, ...] = ()
    # A literal {} would be deep-copied for every complaint without attributes: a sixth of its decoding.
    attributes: dict[Name, Text] = Field(default_factory=dict, json_schema_extra={"default": {}})
    attachments: tuple[Attachment, ...] = ()
    personal: ComplaintPersonal = ComplaintPersonal()


class ComplaintAcknowledged(LifecycleEvent):
    """The customer was told that the complaint arrived."""

    type: Literal["complaint_acknowledged"] = "complaint_acknowledged"
    automatic: Flag


class AgentAssigned(LifecycleEvent):
    """An agent took the complaint."""

    type: Literal["agent_assigned"] = "agent_assigned"
    agent_id: Name
    queue: Name | None = None


class AgentReplied(LifecycleEvent):
    """The customer was answered."""

    type: Literal["agent_replied"] = "agent_replied"
    agent_id: Name | None = None
    automatic: Flag = False
    kind: Literal["reply", "holding", "final", "callback"] = "reply"


class CustomerReplied(LifecycleEvent):
    """The customer wrote again."""

    type: Literal["customer_replied"] = "customer_replied"
    channel: Name | None = None
    personal: ReplyPersonal = ReplyPersonal()


class ComplaintPaused(LifecycleEvent):
    """Work waits for somebody else."""

    type: Literal["complaint_paused"] = "complaint_paused"
    reason: Literal["customer", "third_party", "other"]
    agent_id: Name | None = None
    note: Text | None = None


class ComplaintResumed(LifecycleEvent):
    """Work goes on."""

    type: Literal["complaint_resumed"] = "complaint_resumed"
    agent_id: Name | None = None


class ComplaintReclassified(LifecycleEvent):
    """What the complaint is about was corrected; an absent field stands as it was."""

    type: Literal["complaint_reclassified"] = "complaint_reclassified"
    category: Name | None = None
    severity: Severity | None = None
    product: Name | None = None
    agent_id: Name | None = None


class ComplaintEscalated(LifecycleEvent):
    """Somebody with more authority is to look."""

    type: Literal["complaint_escalated"] = "complaint_escalated"
    level: Name
    reason: Text
    agent_id: Name | None = None


class DeadlineExtended(LifecycleEvent):
    """One clock was given more time: ``until`` an instant, or ``by`` a target such as ``5bd``."""

    type: Literal["deadline_extended"] = "deadline_extended"
    clock: Name
    until: ReportedInstant | None = None
    by: TargetText | None = None
    reason: Text


class SuggestionAccepted(LifecycleEvent):
    """An agent used a suggested reply."""

    type: Literal["suggestion_accepted"] = "suggestion_accepted"
    suggestion_id: Name


class ComplaintResolved(LifecycleEvent):
    """The complaint was decided."""

    type: Literal["complaint_resolved"] = "complaint_resolved"
    outcome: Literal["upheld", "partly_upheld", "rejected", "explained", "duplicate"]
    agent_id: Name | None = None


class ComplaintReopened(LifecycleEvent):
    """The decision did not hold; its ``event_id`` names the new cycle."""

    type: Literal["complaint_reopened"] = "complaint_reopened"
    by: Literal["customer", "agent"]
    reason: Text | None = None


class ComplaintClosed(LifecycleEvent):
    """Nothing more will be done."""

    type: Literal["complaint_closed"] = "complaint_closed"
    agent_id: Name | None = None


class ComplaintWithdrawn(LifecycleEvent):
    """The customer took the complaint back."""

    type: Literal["complaint_withdrawn"] = "complaint_withdrawn"
    reason: Text | None = None


class ClockAdvanced(ReportedEvent):
    """Time has come to ``to`` for the partition this stands in. ``origin`` is the partition that says so."""

    type: Literal["clock_advanced"] = "clock_advanced"
    to: ReportedInstant
    origin: Integer | None = None


Lifecycle = Annotated[
    ComplaintReceived
    | ComplaintAcknowledged
    | AgentAssigned
    | AgentReplied
    | CustomerReplied
    | ComplaintPaused
    | ComplaintResumed
    | ComplaintReclassified
    | ComplaintEscalated
    | DeadlineExtended
    | SuggestionAccepted
    | ComplaintResolved
    | ComplaintReopened
    | ComplaintClosed
    | ComplaintWithdrawn
    | ClockAdvanced,
    Field(discriminator="type"),
]
"""What complaint-events carries."""

LIFECYCLE_RANK: dict[str, int] = {
    kind.model_fields["type"].default: rank for rank, kind in enumerate(get_args(get_args(Lifecycle)[0]))
}
"""The order of events of one instant, by type: the second part of the fold order, and the order above."""
