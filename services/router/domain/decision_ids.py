"""From a decision, or an entry in a queue, to the id of the event that says it: a replay derives the same one."""

from __future__ import annotations

from schemas.ids import derived_id, unpack_id
from services.lifecycle.stored_event import StoredEvent
from services.router.domain.decisions import Decision
from services.router.domain.queue_entry import QueueEntry


def cut_id_end(event_id: str) -> bytes:
    """The last 6 bytes of an id, all of them hash: enough to see that a decision is the same again."""
    return bytes.fromhex(event_id[24:])


def derive_decision_id(complaint_id: str, decision: Decision) -> str:
    """The event's id: another for another cause, result or field, so that a replay writes the same one."""
    cause, _, trigger, fields, result, hop, revision = decision
    return derived_id(
        complaint_id,
        unpack_id(cause.event_id),
        "complaint_routed",
        result.key,
        trigger,
        f"{hop} {revision}",
        fields.category or "",
        fields.severity or "",
        fields.language or "",
        *fields.flags,
    )


def derive_item_id(complaint_id: str, cause: StoredEvent, entry: QueueEntry) -> str:
    """The event's id: another for another cause, or an entry that stands otherwise."""
    return derived_id(
        complaint_id,
        unpack_id(cause.event_id),
        "queue_item",
        entry.queue,
        f"{entry.priority} {entry.entered} {entry.waiting_since} {entry.skills}",
        entry.category or "",
        entry.severity or "",
        entry.channel or "",
        entry.language or "",
        entry.agent_id or "",
    )
