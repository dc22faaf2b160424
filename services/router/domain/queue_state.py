"""From a complaint's events in fold order, with the decisions made for them, to how it stands in its queue."""

from __future__ import annotations

from typing import Final

from services.lifecycle.contents import UNKNOWN_COMPLAINT, ComplaintFields, Correction, correct
from services.lifecycle.effects import Effect
from services.lifecycle.fold import advance
from services.lifecycle.history import History
from services.lifecycle.stored_event import StoredEvent
from services.router.domain.queue_entry import QueueEntry, make_queue_entry
from services.router.domain.stored_decision import StoredDecision

CLAIMS_AND_ENDS: Final[frozenset[Effect]] = frozenset(
    ("assigned", "handed_over", "released", "resolved", "closed", "withdrawn")
)
"""The effects that change how a complaint stands in its queue, besides TRIGGERS, which move it."""


class QueueState:
    """How a complaint stands after the events applied so far; ``cause`` last changed its ``entry``.

    ``history`` is None while nobody received it. ``decision`` is the one in force, ``decided_for`` the event that asked
    for it.
    """

    __slots__ = ("cause", "decided_for", "decision", "entry", "fields", "history")

    def __init__(self) -> None:
        self.history: History | None = None
        self.fields: ComplaintFields = UNKNOWN_COMPLAINT
        self.decision: StoredDecision | None = None
        self.decided_for: StoredEvent | None = None
        self.entry: QueueEntry | None = None
        self.cause: StoredEvent | None = None

    def copy(self) -> QueueState:
        """The same state, to be changed apart."""
        other = QueueState()
        other.history = None if self.history is None else self.history.copy()
        other.fields, other.decision, other.decided_for = self.fields, self.decision, self.decided_for
        other.entry, other.cause = self.entry, self.cause
        return other

    def at(self, event: StoredEvent) -> int:
        """The instant as of which the event counts."""
        return event.occurred if self.history is None else self.history.at(event)

    def apply(self, event: StoredEvent) -> Effect:
        """Apply one event. Where the effect is a trigger, ``place`` must follow, unless no decision is due yet."""
        history, effect = advance(self.history, event)
        if history is not self.history:
            self.history = history
            fields = event.contents
            self.fields = fields if isinstance(fields, ComplaintFields) else UNKNOWN_COMPLAINT
            self.decision = self.decided_for = None
        if isinstance(event.contents, Correction) and effect != "forgotten":
            self.fields = correct(self.fields, event.contents)
        if effect in CLAIMS_AND_ENDS:
            self._update_entry(event)
        return effect

    def place(self, event: StoredEvent, decision: StoredDecision) -> None:
        """Put the open complaint where the event's decision says."""
        self.decision, self.decided_for = decision, event
        if self.history is not None:
            self.history.place(decision.queue, self.history.at(event))
        self._update_entry(event)

    def _update_entry(self, event: StoredEvent) -> None:
        """Note how the complaint stands in its queue now, and the event as the cause if that is a change."""
        entry = None
        if self.history is not None and self.history.status == "open" and self.decision is not None:
            entry = make_queue_entry(self.decision, self.fields, self.history)
        if entry != self.entry:
            self.entry, self.cause = entry, event
