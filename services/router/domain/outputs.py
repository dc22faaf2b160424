"""From a decision, or an item in a queue, to the event that says it."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from schemas.derived import ComplaintRouted, QueueItem, Trigger
from schemas.ids import derived_id
from schemas.primitives import rfc3339
from schemas.rendering import Form, Rendered
from services.router.domain.decisions import Decision
from services.router.domain.journey import Entry, Item
from services.router.domain.ruleset import Outcome, Reason, Ruleset, skills_of
from services.worktime.instants import instant, text

FORMS = 4_096
"""Forms that are kept: many more than there are kinds of complaints in an hour; 4 KiB each."""


class Routed(NamedTuple):
    """A ComplaintRouted, and what of it is counted."""

    event: Rendered
    queue: str
    reason: Reason


class Queued(NamedTuple):
    """A QueueItem, and the queue it belongs to."""

    event: Rendered
    queue: str


def mark_of(routed: Routed) -> bytes:
    """The last 6 bytes of the event's id, all of them hash: enough to see that a decision is the same again."""
    return bytes.fromhex(routed.event.event_id[24:])


def complaint_routed(complaint_id: str, decision: Decision, ruleset: Ruleset, recorded_at: datetime) -> Routed:
    """The decision as an event."""
    cause, trigger, claims, outcome, hop, _ = decision
    event_id, occurred_at = routed_id(complaint_id, decision), text(cause.occurred)
    form = _routed_form(
        ruleset,
        outcome,
        outcome.skills_for(claims),
        claims.category,
        claims.severity,
        claims.language,
        claims.flags,
        hop,
        trigger,
    )
    value = form.filled(event_id, occurred_at, rfc3339(recorded_at), cause.event_id, complaint_id)
    return Routed(Rendered(event_id, "complaint_routed", occurred_at, value), outcome.queue, outcome.reason)


def routed_id(complaint_id: str, decision: Decision) -> str:
    """The event's id: another for another cause, outcome or claim, so that a replay writes the same one."""
    cause, trigger, claims, outcome, hop, revision = decision
    return derived_id(
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


def queue_item(complaint_id: str, cause: Entry, item: Item, recorded_at: datetime) -> Queued:
    """The item as an event."""
    queue, priority, skills, category, severity, channel, language, entered, agent_id = item
    event_id, occurred_at = item_id(complaint_id, cause, item), text(cause.occurred)
    value = _item_form(queue, priority, skills, category, severity, channel, language, agent_id).filled(
        event_id,
        occurred_at,
        rfc3339(recorded_at),
        cause.event_id,
        complaint_id,
        text(entered),
    )
    return Queued(Rendered(event_id, "queue_item", occurred_at, value), queue)


def item_id(complaint_id: str, cause: Entry, item: Item) -> str:
    """The event's id: another for another cause, or an item that stands otherwise."""
    return derived_id(
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


OWN: dict[str, Any] = {
    "event_id": "00000000-0000-4000-8000-000000000000",
    "occurred_at": instant(0),
    "recorded_at": instant(0),
    "cause_event_id": "00000000-0000-4000-8000-000000000000",
    "complaint_id": "00000000-0000-4000-8000-000000000000",
}
"""Examples of what no two events of a form share."""


@lru_cache(maxsize=FORMS)
def _routed_form(
    ruleset: Ruleset,
    outcome: Outcome,
    skills: str,
    category: str | None,
    severity: str | None,
    language: str | None,
    flags: tuple[str, ...],
    hop: int,
    trigger: Trigger,
) -> Form:
    shared = {
        "queue": outcome.queue,
        "priority": outcome.priority,
        "skills": skills_of(skills),
        "category": category,
        "severity": severity,
        "flags": flags,
        "language": language,
        "rule": outcome.rule,
        "reason": outcome.reason,
        "ruleset_version": ruleset.version,
        "ruleset_hash": ruleset.content_hash,
        "hop": hop,
        "trigger": trigger,
        "queue_without_breach": outcome.queue,
        "priority_without_breach": outcome.priority,
    }
    return Form(ComplaintRouted, shared, OWN)


@lru_cache(maxsize=FORMS)
def _item_form(
    queue: str,
    priority: int,
    skills: str,
    category: str | None,
    severity: str | None,
    channel: str,
    language: str | None,
    agent_id: str | None,
) -> Form:
    shared = {
        "queue": queue,
        "priority": priority,
        "skills": skills_of(skills),
        "category": category,
        "severity": severity,
        "channel": channel,
        "language": language,
        "state": "waiting" if agent_id is None else "assigned",
        "agent_id": agent_id,
    }
    return Form(QueueItem, shared, {**OWN, "entered_at": instant(0)})
