"""From a decision and a complaint's fields to its entry in a queue."""

from __future__ import annotations

from typing import NamedTuple

from schemas.primitives import Severity
from services.router.domain.match_fields import MatchFields
from services.router.domain.stored_event import StoredDecision


class QueueEntry(NamedTuple):
    """A complaint as it stands in a queue; ``entered`` is microseconds since 1970."""

    queue: str
    priority: int
    skills: str
    category: str | None
    severity: Severity | None
    channel: str
    language: str | None
    entered: int
    agent_id: str | None


def make_queue_entry(decision: StoredDecision, fields: MatchFields, entered: int, agent_id: str | None) -> QueueEntry:
    """How a complaint with these fields stands in the queue that was decided on."""
    return QueueEntry(
        decision.queue,
        decision.priority,
        decision.skills,
        fields.category,
        fields.severity,
        fields.channel,
        fields.language,
        entered,
        agent_id,
    )
