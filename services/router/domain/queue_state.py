"""From a complaint's events in fold order to where it stands: open or not, in which queue, with which agent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from services.router.domain.match_fields import Correction, MatchFields, correct
from services.router.domain.queue_entry import QueueEntry, make_queue_entry
from services.router.domain.reasons import Effect, is_trigger
from services.router.domain.stored_event import EventKind, StoredDecision, StoredEvent

Status = Literal["open", "resolved", "ended"]
"""Ended is closed or withdrawn; a reopening opens either again."""

ENDS = frozenset((EventKind.CLOSED, EventKind.WITHDRAWN))


class QueueState:
    """Where a received complaint stands after the events applied so far; ``cause`` last changed its ``entry``."""

    __slots__ = ("agent_id", "cause", "decision", "entered", "entry", "fields", "status")

    def __init__(self, received: StoredEvent, fields: MatchFields) -> None:
        self.fields = fields
        self.cause = received
        self.status: Status = "open"
        self.decision: StoredDecision | None = None
        self.entered = received.occurred
        self.agent_id: str | None = None
        self.entry: QueueEntry | None = None

    def apply(self, event: StoredEvent) -> Effect:
        """Apply one event. Where the effect is a trigger, ``place`` must follow."""
        effect = self._change(event)
        if not is_trigger(effect):
            self._update_entry(event)
        return effect

    def place(self, event: StoredEvent) -> None:
        """Put the open complaint where the event's decision says. A move or a reopening frees it of its agent."""
        self.decision = event.decision
        if self.entry is None or self.decision is None or self.decision.queue != self.entry.queue:
            self.entered, self.agent_id = event.occurred, None
        self._update_entry(event)

    def _change(self, event: StoredEvent) -> Effect:
        kind = event.kind
        if kind is EventKind.RECEIVED:
            return "received" if self.decision is None else "already_received"
        if kind is EventKind.REOPENED:
            if self.status == "open":
                return "already_open"
            self.status = "open"
            return "reopened"
        if kind in ENDS:
            if self.status == "ended":
                return "not_open"
            self.status = "ended"
            return "ended"
        if isinstance(event.content, Correction):
            self.fields = correct(self.fields, event.content)
        return self._change_while_open(event) if self.status == "open" else "not_open"

    def _change_while_open(self, event: StoredEvent) -> Effect:
        if event.kind is EventKind.RECLASSIFIED:
            return "reclassified"
        if event.kind is EventKind.ESCALATED:
            return "escalated"
        if event.kind is EventKind.RESOLVED:
            self.status = "resolved"
            return "resolved"
        if self.agent_id is not None:
            return "already_assigned"
        self.agent_id = str(event.content)
        return "assigned"

    def _update_entry(self, event: StoredEvent) -> None:
        """Note how the complaint stands in its queue now, and the event as the cause if that is a change."""
        entry = None
        if self.status == "open" and self.decision is not None:
            entry = make_queue_entry(self.decision, self.fields, self.entered, self.agent_id)
        if entry != self.entry:
            self.entry, self.cause = entry, event


def begin_fold(events: Sequence[StoredEvent]) -> QueueState | None:
    """The state before the first of a complaint's events, or None while its reception is waited for."""
    if not events or not isinstance(events[0].content, MatchFields):
        return None
    return QueueState(events[0], events[0].content)


def fold(events: Sequence[StoredEvent]) -> QueueState | None:
    """The state after events in fold order, each with the decision that was made for it."""
    state = begin_fold(events)
    if state is not None:
        for event in events:
            if is_trigger(state.apply(event)):
                state.place(event)
    return state
