"""From an event to what every service keeps of it: its place in the order, and what only its kind says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, cast

from schemas.derived import ComplaintRouted
from schemas.events import (
    AgentAssigned,
    AgentReleased,
    AgentReplied,
    ComplaintPaused,
    ComplaintReceived,
    ComplaintReclassified,
    ComplaintResolved,
    CustomerReplied,
    DeadlineExtended,
    LifecycleEvent,
)
from schemas.ids import pack_id
from services.lifecycle.contents import (
    FLAGS,
    ByAgent,
    Claim,
    ComplaintFields,
    Contents,
    Correction,
    ExtensionContents,
    Found,
    PauseContents,
    RoutedContents,
)
from services.lifecycle.event_kinds import (
    AGENT_REPLIED,
    ASSIGNED,
    AUTOMATIC_CUSTOMER_REPLY,
    AUTOMATIC_REPLY,
    CUSTOMER_REPLIED,
    EXTENDED,
    KIND_OF_REPLY,
    KINDS,
    PAUSED,
    RANKS,
    RECEIVED,
    RECLASSIFIED,
    RELEASED,
    RESOLVED,
    ROUTED,
)
from services.worktime.instants import microseconds

NO_SEQUENCE = -(1 << 63)
"""Stands before every ``source_sequence``."""


class StoredEvent(NamedTuple):
    """One event; events compare in the order of a history, but for routing decisions (fold_order.py).

    ``later`` is 0 for a reception and 1 for all else. Instants are microseconds since 1970, as they were reported.
    """

    later: int
    occurred: int
    sequence: int
    rank: int
    event_id: bytes
    kind: int
    recorded: int
    contents: Contents | None


def make_stored_event(event: LifecycleEvent | ComplaintRouted) -> StoredEvent:
    """What is kept of an event whose type is in KINDS."""
    kind = KINDS[event.type]
    sequence = NO_SEQUENCE
    # By kind: isinstance of pydantic's models takes longer than all that is stored of an event.
    if kind == AGENT_REPLIED:
        reply = cast("AgentReplied", event)
        kind = AUTOMATIC_REPLY if reply.automatic else KIND_OF_REPLY[reply.kind]
    elif kind == CUSTOMER_REPLIED and cast("CustomerReplied", event).automatic:
        kind = AUTOMATIC_CUSTOMER_REPLY
    if kind != ROUTED:
        numbered = cast("LifecycleEvent", event).source_sequence
        sequence = NO_SEQUENCE if numbered is None else numbered
    read_contents = CONTENTS_READERS.get(kind)
    return StoredEvent(
        0 if kind == RECEIVED else 1,
        microseconds(event.occurred_at),
        sequence,
        RANKS[kind],
        pack_id(event.event_id),
        kind,
        microseconds(event.recorded_at),
        None if read_contents is None else read_contents(event),
    )


def read_complaint_fields(event: ComplaintReceived) -> ComplaintFields:
    """The fields as the front-end reported them."""
    customer, amount = event.customer, event.amount
    return ComplaintFields(
        event.channel,
        event.product,
        event.category,
        event.severity,
        customer.tier,
        event.language or customer.language,
        event.region,
        amount.value if amount else None,
        amount.currency if amount else None,
        tuple(sorted(FLAGS.intersection(event.tags))) if event.tags else (),
    )


def _read_correction(event: ComplaintReclassified) -> Correction:
    return Correction(event.product, event.category, event.severity)


def _read_claim(event: AgentAssigned) -> Claim:
    return Claim(event.agent_id, event.replaces)


def _read_agent(event: AgentReleased | ComplaintResolved) -> ByAgent:
    return ByAgent(event.agent_id)


def _read_pause(event: ComplaintPaused) -> PauseContents:
    return PauseContents(event.reason, event.agent_id, None if event.until is None else microseconds(event.until))


def _read_extension(event: DeadlineExtended) -> ExtensionContents:
    return ExtensionContents(event.clock, None if event.until is None else microseconds(event.until), event.by)


def _read_routed(event: ComplaintRouted) -> RoutedContents:
    return RoutedContents(
        pack_id(event.cause_event_id),
        event.trigger,
        event.hop,
        event.revision,
        event.queue,
        event.ruleset_version,
        event.arm,
        Found(
            event.queue_without_breach,
            event.priority_without_breach,
            event.category,
            event.severity,
            event.language,
            event.flags,
        ),
    )


CONTENTS_READERS: dict[int, Callable[[Any], Contents]] = {
    RECEIVED: read_complaint_fields,
    RECLASSIFIED: _read_correction,
    ASSIGNED: _read_claim,
    RELEASED: _read_agent,
    RESOLVED: _read_agent,
    PAUSED: _read_pause,
    EXTENDED: _read_extension,
    ROUTED: _read_routed,
}
"""By the kind of event; the others say nothing more."""
