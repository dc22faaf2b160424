"""From a decision, a complaint's fields and its history to its entry in a queue."""

from __future__ import annotations

from typing import NamedTuple

from services.lifecycle.contents import ComplaintFields
from services.lifecycle.history import History
from services.router.domain.stored_decision import StoredDecision


class QueueEntry(NamedTuple):
    """A complaint as it stands in a queue; ``entered`` and ``waiting_since`` are microseconds since 1970."""

    queue: str
    priority: int
    skills: str
    category: str | None
    severity: str | None
    channel: str | None
    language: str | None
    entered: int
    waiting_since: int
    agent_id: str | None


def make_queue_entry(decision: StoredDecision, fields: ComplaintFields, history: History) -> QueueEntry:
    """How a complaint with these fields stands in the queue that was decided on."""
    return QueueEntry(
        decision.queue,
        decision.priority,
        decision.skills,
        fields.category,
        fields.severity,
        fields.channel,
        fields.language,
        history.entered,
        history.waiting_since,
        history.agent,
    )
