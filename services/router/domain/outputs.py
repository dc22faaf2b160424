"""From a decision, or an entry in a queue, to the event that says it."""

from __future__ import annotations

from typing import NamedTuple

from schemas.ids import unpack_id
from schemas.rendering import Rendered, escape
from services.lifecycle.stored_event import StoredEvent
from services.router.domain.decision_ids import cut_id_end, derive_decision_id, derive_item_id
from services.router.domain.decisions import Decision
from services.router.domain.forms import make_decision_form, make_item_form
from services.router.domain.queue_entry import QueueEntry
from services.router.domain.queue_rules import Ruleset
from services.router.domain.reasons import Reason
from services.router.domain.stored_decision import StoredDecision
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


def render_decision(complaint_id: str, decision: Decision, ruleset: Ruleset, recorded: int) -> RenderedDecision:
    """The decision as a ComplaintRouted."""
    cause, at, trigger, fields, result, hop, revision = decision
    event_id, occurred_at = derive_decision_id(complaint_id, decision), text(at)
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
        revision,
    )
    value = form.filled(event_id, occurred_at, text(recorded), unpack_id(cause.event_id), complaint_id)
    return RenderedDecision(Rendered(event_id, "complaint_routed", occurred_at, value), result.queue, result.reason)


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
        cut_id_end(routed.event.event_id),
    )


def render_item(complaint_id: str, cause: StoredEvent, at: int, entry: QueueEntry, recorded: int) -> RenderedItem:
    """The entry as a QueueItem."""
    queue, priority, skills, category, severity, channel, language, entered, waiting_since, agent_id = entry
    event_id, occurred_at = derive_item_id(complaint_id, cause, entry), text(at)
    agent = () if agent_id is None else (escape(agent_id),)
    is_assigned = agent_id is not None
    form = make_item_form(queue, priority, skills, category, severity, channel, language, is_assigned=is_assigned)
    value = form.filled(
        event_id,
        occurred_at,
        text(recorded),
        unpack_id(cause.event_id),
        complaint_id,
        text(entered),
        text(waiting_since),
        *agent,
    )
    return RenderedItem(Rendered(event_id, "queue_item", occurred_at, value), queue)
