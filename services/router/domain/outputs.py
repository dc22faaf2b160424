"""From a decision, or an item in a queue, to the event that says it."""

from __future__ import annotations

from datetime import datetime

from schemas.derived import ComplaintRouted, QueueItem
from schemas.ids import derived_id
from schemas.trusted import trusted
from services.router.domain.decisions import Decision
from services.router.domain.instants import instant
from services.router.domain.journey import Entry, Item
from services.router.domain.ruleset import Ruleset, skills_of


def mark_of(event: ComplaintRouted) -> bytes:
    """The last 6 bytes of the event's id, all of them hash: enough to see that a decision is the same again."""
    return bytes.fromhex(event.event_id[24:])


def complaint_routed(complaint_id: str, decision: Decision, ruleset: Ruleset, recorded_at: datetime) -> ComplaintRouted:
    """The decision as an event."""
    cause, trigger, claims, outcome, hop, revision = decision
    event_id = derived_id(
        complaint_id,
        cause.event_id,
        "complaint_routed",
        outcome.key,
        trigger,
        f"{hop} {revision}",
        claims.category or "",
        claims.severity or "",
        claims.language or "",
        *claims.flags,
    )
    return trusted(
        ComplaintRouted,
        {
            "event_id": event_id,
            "type": "complaint_routed",
            "occurred_at": instant(cause.occurred),
            "recorded_at": recorded_at,
            "cause_event_id": cause.event_id,
            "complaint_id": complaint_id,
            "queue": outcome.queue,
            "priority": outcome.priority,
            "skills": skills_of(outcome.skills_for(claims)),
            "category": claims.category,
            "severity": claims.severity,
            "flags": claims.flags,
            "language": claims.language,
            "rule": outcome.rule,
            "reason": outcome.reason,
            "ruleset_version": ruleset.version,
            "ruleset_hash": ruleset.content_hash,
            "arm": "control",
            "hop": hop,
            "trigger": trigger,
            "queue_without_breach": outcome.queue,
            "priority_without_breach": outcome.priority,
            "facts": {},
        },
    )


def queue_item(complaint_id: str, cause: Entry, item: Item, recorded_at: datetime) -> QueueItem:
    """The item as an event."""
    event_id = derived_id(
        complaint_id,
        cause.event_id,
        "queue_item",
        item.queue,
        f"{item.priority} {item.entered} {item.skills}",
        item.category or "",
        item.severity or "",
        item.channel,
        item.language or "",
        item.agent_id or "",
    )
    occurred_at = instant(cause.occurred)
    return trusted(
        QueueItem,
        {
            "event_id": event_id,
            "type": "queue_item",
            "occurred_at": occurred_at,
            "recorded_at": recorded_at,
            "cause_event_id": cause.event_id,
            "complaint_id": complaint_id,
            "queue": item.queue,
            "priority": item.priority,
            "skills": skills_of(item.skills),
            "category": item.category,
            "severity": item.severity,
            "channel": item.channel,
            "language": item.language,
            "entered_at": occurred_at if item.entered == cause.occurred else instant(item.entered),
            "state": "waiting" if item.agent_id is None else "assigned",
            "agent_id": item.agent_id,
        },
    )
