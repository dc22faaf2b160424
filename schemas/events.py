"""The lifecycle of a complaint: what front-ends and back offices tell Redress, in rank order."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import ConfigDict, Field

from schemas.complaint import About, Amount, Attachment, Customer, RedressItem
from schemas.instants import ReportedInstant
from schemas.personal import (
    ComplaintPersonal,
    NotePersonal,
    ReasonPersonal,
    ReplyPersonal,
    RequiredReasonPersonal,
)
from schemas.primitives import Flag, Identifier, Integer, Name, Number, ReportedEvent, Severity, TargetText

WholeSeconds = Annotated[Integer, Field(ge=0)]
ReferredTo = Literal["ombudsman", "regulator", "review", "court"]
NOTHING_PERSONAL = ComplaintPersonal()


class LifecycleEvent(ReportedEvent):
    """One thing that happened to one complaint. ``source_sequence`` orders events of one source at one instant."""

    complaint_id: Identifier
    source_sequence: Integer | None = None


class ComplaintReceived(LifecycleEvent):
    """A complaint reached a front-end.

    ``remedy_sought`` is what the customer asks for, by the codes of a resolution's ``redress``.
    """

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
    remedy_sought: Name | None = None
    about: About | None = None
    tags: tuple[Name, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    # As a literal it would be deep-copied for every complaint without it, for its dict: three times the decoding.
    personal: ComplaintPersonal = Field(default_factory=lambda: NOTHING_PERSONAL, json_schema_extra={"default": {}})


class ComplaintAcknowledged(LifecycleEvent):
    """The customer was told that the complaint arrived."""

    type: Literal["complaint_acknowledged"] = "complaint_acknowledged"
    automatic: Flag


class AgentReleased(LifecycleEvent):
    """An agent gave the complaint back: it waits again."""

    type: Literal["agent_released"] = "agent_released"
    agent_id: Name | None = None
    personal: ReasonPersonal = ReasonPersonal()


class AgentAssigned(LifecycleEvent):
    """An agent took the complaint. ``replaces`` is the agent who handed it over."""

    type: Literal["agent_assigned"] = "agent_assigned"
    agent_id: Name
    queue: Name | None = None
    replaces: Name | None = None


class AgentReplied(LifecycleEvent):
    """The customer was answered. ``handled_seconds`` is how long the agent worked on it."""

    type: Literal["agent_replied"] = "agent_replied"
    agent_id: Name | None = None
    automatic: Flag = False
    kind: Literal["reply", "holding", "final", "callback"] = "reply"
    handled_seconds: WholeSeconds | None = None
    personal: ReplyPersonal = ReplyPersonal()


class ReplyDelivered(LifecycleEvent):
    """How far a reply came on its way to the customer.

    ``reply`` is its ``event_id``; ``code`` is the carrier's own, such as an SMTP status.
    """

    type: Literal["reply_delivered"] = "reply_delivered"
    reply: Identifier
    status: Literal["sent", "delivered", "read", "failed"]
    code: Name | None = None


class CustomerReplied(LifecycleEvent):
    """The customer wrote again. What is ``automatic``, such as an out-of-office reply, was written by nobody."""

    type: Literal["customer_replied"] = "customer_replied"
    channel: Name | None = None
    automatic: Flag = False
    personal: ReplyPersonal = ReplyPersonal()


class ComplaintPaused(LifecycleEvent):
    """Work waits for somebody else, until it is resumed or, where it is given, until ``until``."""

    type: Literal["complaint_paused"] = "complaint_paused"
    reason: Literal["customer", "third_party", "other"]
    until: ReportedInstant | None = None
    agent_id: Name | None = None
    personal: NotePersonal = NotePersonal()


class ComplaintResumed(LifecycleEvent):
    """Work on the complaint continues."""

    type: Literal["complaint_resumed"] = "complaint_resumed"
    agent_id: Name | None = None


class ComplaintClassified(LifecycleEvent):
    """What an outside classifier says of the complaint; ``by`` and ``version`` name the classifier."""

    type: Literal["complaint_classified"] = "complaint_classified"
    by: Name
    version: Name
    category: Name | None = None
    severity: Severity | None = None
    flags: tuple[Name, ...] = ()
    confidence: Annotated[Number, Field(ge=0, le=1)]


class ComplaintReclassified(LifecycleEvent):
    """What the complaint is about was corrected; an absent field stands as it was."""

    type: Literal["complaint_reclassified"] = "complaint_reclassified"
    category: Name | None = None
    severity: Severity | None = None
    product: Name | None = None
    agent_id: Name | None = None


class ComplaintEscalated(LifecycleEvent):
    """The complaint goes to somebody with more authority."""

    type: Literal["complaint_escalated"] = "complaint_escalated"
    level: Name
    agent_id: Name | None = None
    personal: RequiredReasonPersonal


class DeadlineExtended(LifecycleEvent):
    """One clock was given more time: ``until`` an instant, or ``by`` a target such as ``5bd``."""

    type: Literal["deadline_extended"] = "deadline_extended"
    clock: Name
    until: ReportedInstant | None = None
    by: TargetText | None = None
    personal: RequiredReasonPersonal


class PromiseMade(LifecycleEvent):
    """The customer was promised something; ``what`` is a code of the operator's list, such as callback."""

    type: Literal["promise_made"] = "promise_made"
    what: Name
    until: ReportedInstant
    agent_id: Name | None = None


class CauseFound(LifecycleEvent):
    """Why the customer had to complain; ``cause`` is a code of the operator's list."""

    type: Literal["cause_found"] = "cause_found"
    cause: Name
    agent_id: Name | None = None


class Link(LifecycleEvent):
    """What linking and unlinking share: the ``other`` complaint, and what this one is to it.

    The relation is called ``as`` outside Python.
    """

    model_config = ConfigDict(serialize_by_alias=True)

    other: Identifier
    relation: Annotated[Literal["duplicate", "split_from", "part_of"], Field(alias="as")]
    agent_id: Name | None = None


class ComplaintLinked(Link):
    """The complaint is linked ``as`` a duplicate of the ``other``, split from it, or part of it."""

    type: Literal["complaint_linked"] = "complaint_linked"


class ComplaintUnlinked(Link):
    """A link to the ``other`` complaint no longer holds."""

    type: Literal["complaint_unlinked"] = "complaint_unlinked"


class ComplaintReferred(LifecycleEvent):
    """The complaint went to somebody outside; ``reference`` is their name for it, ``due`` when they are answered."""

    type: Literal["complaint_referred"] = "complaint_referred"
    to: ReferredTo
    reference: Name | None = None
    due: ReportedInstant | None = None


class ExternalDecision(LifecycleEvent):
    """Somebody outside decided the complaint."""

    type: Literal["external_decision"] = "external_decision"
    to: ReferredTo
    reference: Name | None = None
    outcome: Literal["upheld", "partly_upheld", "rejected"]


class SuggestionAccepted(LifecycleEvent):
    """An agent used a suggested reply."""

    type: Literal["suggestion_accepted"] = "suggestion_accepted"
    suggestion_id: Name


class ComplaintResolved(LifecycleEvent):
    """The complaint was resolved. ``handled_seconds`` is how long the agent worked on it."""

    type: Literal["complaint_resolved"] = "complaint_resolved"
    outcome: Literal["upheld", "partly_upheld", "rejected", "explained", "duplicate"]
    redress: tuple[RedressItem, ...] = ()
    agent_id: Name | None = None
    handled_seconds: WholeSeconds | None = None


class ComplaintReopened(LifecycleEvent):
    """The complaint is open again; its ``event_id`` names the new cycle."""

    type: Literal["complaint_reopened"] = "complaint_reopened"
    by: Literal["customer", "agent"]
    personal: ReasonPersonal = ReasonPersonal()


class ComplaintClosed(LifecycleEvent):
    """The complaint was closed: nothing more will be done."""

    type: Literal["complaint_closed"] = "complaint_closed"
    agent_id: Name | None = None


class ComplaintWithdrawn(LifecycleEvent):
    """The customer took the complaint back."""

    type: Literal["complaint_withdrawn"] = "complaint_withdrawn"
    personal: ReasonPersonal = ReasonPersonal()


class CustomerErased(LifecycleEvent):
    """The customer's personal data was destroyed; written for each of the customer's complaints."""

    type: Literal["customer_erased"] = "customer_erased"


class ClockAdvanced(ReportedEvent):
    """The time of this partition is now ``to``. ``origin`` is the upstream partition whose time it is."""

    type: Literal["clock_advanced"] = "clock_advanced"
    to: ReportedInstant
    origin: Integer | None = None


Lifecycle = Annotated[
    ComplaintReceived
    | ComplaintAcknowledged
    | AgentReleased
    | AgentAssigned
    | AgentReplied
    | ReplyDelivered
    | CustomerReplied
    | ComplaintPaused
    | ComplaintResumed
    | ComplaintClassified
    | ComplaintReclassified
    | ComplaintEscalated
    | DeadlineExtended
    | PromiseMade
    | CauseFound
    | ComplaintLinked
    | ComplaintUnlinked
    | ComplaintReferred
    | ExternalDecision
    | SuggestionAccepted
    | ComplaintResolved
    | ComplaintReopened
    | ComplaintClosed
    | ComplaintWithdrawn
    | CustomerErased
    | ClockAdvanced,
    Field(discriminator="type"),
]
"""What complaint-events carries."""

LIFECYCLE_RANK: dict[str, int] = {
    kind.model_fields["type"].default: rank for rank, kind in enumerate(get_args(get_args(Lifecycle)[0]))
}
"""The order of events of one instant, by type: the second part of the fold order, and the order above."""
