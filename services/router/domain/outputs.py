"""From a decision, or an entry in a queue, to the event that says it."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from schemas.ids import derived_id
from schemas.instants import rfc3339
from schemas.rendering import Rendered
from services.router.domain.decisions import Decision
from services.router.domain.forms import make_decision_form, make_item_form
from services.router.domain.queue_entry import QueueEntry
from services.router.domain.reasons import Reason
from services.router.domain.ruleset import Ruleset
from services.router.domain.stored_event import StoredDecision, StoredEvent
from services.worktime.instants import text


class RenderedDecision(NamedTuple):
    """A ComplaintRouted, and what of it is counted."""

    event: Rendered
    queue: str
    reason: Reason


class RenderedItem(NamedTuple):
    """A QueueItem, and the queue it belongs to."""

    event: Rendered
    queue: str


def render_decision(complaint_id: str, decision: Decision, ruleset: Ruleset, recorded_at: datetime) -> RenderedDecision:
    """The decision as a ComplaintRouted."""
    cause, trigger, fields, result, hop, _ = decision
    event_id, occurred_at = derive_decision_id(complaint_id, decision), text(cause.occurred)
    form = make_decision_form(
        ruleset,
        result,
        result.format_skills(fields),
        fields.category,
        fields.severity,
        fields.language,
        fields.flags,
        hop,
        trigger,
    )
    value = form.filled(event_id, occurred_at, rfc3339(recorded_at), cause.event_id, complaint_id)
    return RenderedDecision(Rendered(event_id, "complaint_routed", occurred_at, value), result.queue, result.reason)


def derive_decision_id(complaint_id: str, decision: Decision) -> str:
    """The event's id: another for another cause, result or field, so that a replay writes the same one."""
    cause, trigger, fields, result, hop, revision = decision
    return derived_id(
        complaint_id,
        cause.event_id,
        "complaint_routed",
        result.key,
        trigger,
        f"{hop} {revision}",
        fields.category or "",
        fields.severity or "",
        fields.language or "",
        *fields.flags,
    )


def cut_id_end(routed: RenderedDecision) -> bytes:
    """The last 6 bytes of the event's id, all of them hash: enough to see that a decision is the same again."""
    return bytes.fromhex(routed.event.event_id[24:])


def make_stored_decision(decision: Decision, routed: RenderedDecision) -> StoredDecision:
    """What is kept of a decision and of the event that says it."""
    result = decision.result
    return StoredDecision(
        result.queue,
        result.priority,
        result.format_skills(decision.fields),
        result.reason,
        decision.hop,
        decision.revision,
        cut_id_end(routed),
    )


def render_item(complaint_id: str, cause: StoredEvent, entry: QueueEntry, recorded_at: datetime) -> RenderedItem:
    """The entry as a QueueItem."""
    queue, priority, skills, category, severity, channel, language, entered, agent_id = entry
    event_id, occurred_at = derive_item_id(complaint_id, cause, entry), text(cause.occurred)
    value = make_item_form(queue, priority, skills, category, severity, channel, language, agent_id).filled(
        event_id,
        occurred_at,
        rfc3339(recorded_at),
        cause.event_id,
        complaint_id,
        text(entered),
    )
    return RenderedItem(Rendered(event_id, "queue_item", occurred_at, value), queue)


def derive_item_id(complaint_id: str, cause: StoredEvent, entry: QueueEntry) -> str:
    """The event's id: another for another cause, or an entry that stands otherwise."""
    return derived_id(
        complaint_id,
        cause.event_id,
        "queue_item",
        entry.queue,
        f"{entry.priority} {entry.entered} {entry.skills}",
        entry.category or "",
        entry.severity or "",
        entry.channel,
        entry.language or "",
        entry.agent_id or "",
    )
