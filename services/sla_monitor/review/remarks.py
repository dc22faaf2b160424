"""A folded complaint and its events in; the events that had no effect on it, each with the reason, out."""

from __future__ import annotations

from typing import NamedTuple

from services.lifecycle.contents import ExtensionContents
from services.lifecycle.effects import REMARKS
from services.lifecycle.event_kinds import ROUTED, TYPES
from services.lifecycle.stored_event import StoredEvent
from services.sla_monitor.domain.fold.complaint_state import ComplaintState


class RemarkedEvent(NamedTuple):
    """An event, when it occurred as it was reported, and why it had no effect."""

    event: StoredEvent
    remark: str

    @property
    def type(self) -> str:
        """The type of the event."""
        return TYPES[self.event.kind]


def list_remarks(complaint: ComplaintState, events: list[StoredEvent]) -> list[RemarkedEvent]:
    """In fold order; what is forgotten comes last. A routing decision that a later one corrected is none."""
    remarks = [
        RemarkedEvent(step.event, remark)
        for step in complaint.steps
        if (remark := _find_remark(complaint, step.event, step.effect)) is not None
    ]
    folded = {step.event.event_id for step in complaint.steps}
    forgotten = sorted(event for event in events if event.event_id not in folded and event.kind != ROUTED)
    return remarks + [RemarkedEvent(event, "forgotten") for event in forgotten]


def _find_remark(complaint: ComplaintState, event: StoredEvent, effect: str) -> str | None:
    if isinstance(event.contents, ExtensionContents) and not complaint.has_clock(event.contents.clock):
        return "no_such_clock"
    return effect if effect in REMARKS else None
